/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From power-on to the first instruction: files into memory, the device tree, and the CPUs' states as QEMU's
 * virt board has them. A Linux image is entered at EL2 (EL1 without virtualization=on) with the device tree's
 * address in x0; an ELF executable or firmware at the highest exception level that exists, with the device
 * tree at the start of RAM.
 */
#include "sim/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/cpu.h"
#include "dev/fw_cfg.h"
#include "loader/blob.h"
#include "loader/elf.h"
#include "loader/image.h"
#include "loader/place.h"
#include "sim/fdt.h"

/* uImage, U-Boot's legacy format, starts with this big-endian number. */
#define UIMAGE_MAGIC_LE 0x56190527u
#define AFFINITY_MASK UINT64_C(0xff00ffffff)

/* What is found out while images are loaded. */
struct boot {
    struct board *b;
    const struct options *o;
    struct place_request request;
    struct placement place;
    uint64_t entry;
    bool has_entry;
    uint64_t x0;
};

static NORETURN void refuse(const char *what, const char *path, const struct load_error *e)
{
    user_error("%s '%s': %s", what, path, e->text);
}

static void read_file(struct blob *blob, const char *what, const char *path, size_t max)
{
    struct load_error e;
    if (!blob_read(blob, path, max, &e))
        refuse(what, path, &e);
    if (blob->size == 0)
        user_error("%s '%s' is empty", what, path);
}

unsigned board_boot_el(const struct options *o)
{
    bool linux_boot = o->kernel != NULL && o->bios == NULL;
    if (o->secure && !linux_boot)
        return 3;
    return o->virtualization ? 2 : 1;
}

/* ---- images ---- */

static void load_elf(struct boot *t, const struct blob *blob, const char *what, const char *path,
                     struct elf_result *r)
{
    struct load_error e;
    if (!elf_load_blob(t->b->cfg.bus, blob, r, &e))
        refuse(what, path, &e);
}

/* Reads the kernel; an ELF executable is loaded at once, an Image when its place is known. */
static void read_kernel(struct boot *t, struct blob *blob)
{
    const char *path = t->o->kernel;
    struct load_error e;
    read_file(blob, "kernel", path, t->o->ram_size);
    if (!image_unpack(blob, t->o->ram_size, &e))
        refuse("kernel", path, &e);
    if (elf_detect(blob)) {
        struct elf_result r;
        load_elf(t, blob, "kernel", path, &r);
        t->request.low = r.low;
        t->request.high = r.high;
        t->entry = r.entry;
    } else {
        if (blob->size >= 4 && blob_u32(blob, 0) == UIMAGE_MAGIC_LE)
            user_error("kernel '%s' is a U-Boot uImage: not implemented (give the Image or ELF file inside)",
                       path);
        if (!image_parse(blob, &t->request.image, &e))
            refuse("kernel", path, &e);
        t->request.linux_boot = true;
    }
    t->has_entry = true;
}

static void load_kernel_and_initrd(struct boot *t)
{
    struct blob kernel = {NULL, 0}, initrd = {NULL, 0};
    struct load_error e;
    bool direct = t->o->bios == NULL && t->o->kernel != NULL;
    if (direct)
        read_kernel(t, &kernel);
    if (direct && t->o->initrd != NULL)
        read_file(&initrd, "initrd", t->o->initrd, t->o->ram_size);
    t->request.initrd_size = initrd.size;
    if (!place_images(&t->request, &t->place, &e))
        user_error("%s", e.text);
    if (t->request.linux_boot) {
        t->entry = t->place.kernel;
        if (!bus_load(t->b->cfg.bus, t->place.kernel, kernel.data, kernel.size))
            bug("the kernel was placed outside RAM");
    }
    if (initrd.size != 0 && !bus_load(t->b->cfg.bus, t->place.initrd_start, initrd.data, initrd.size))
        bug("the initrd was placed outside RAM");
    blob_free(&kernel);
    blob_free(&initrd);
}

/* ---- firmware ---- */

static void offer(struct boot *t, unsigned size_key, unsigned data_key, const char *what, const char *path)
{
    struct blob blob;
    if (path == NULL)
        return;
    read_file(&blob, what, path, t->o->ram_size);
    fw_cfg_set_u32(t->b->fw_cfg, size_key, (uint32_t)blob.size);
    fw_cfg_set(t->b->fw_cfg, data_key, blob.data, blob.size);
    blob_free(&blob);
}

/* Firmware in flash; a kernel is offered to it through fw_cfg. */
static void load_firmware(struct boot *t)
{
    struct blob blob;
    if (t->o->bios == NULL)
        return;
    read_file(&blob, "firmware", t->o->bios, BOARD_FLASH_SIZE / 2);
    if (!bus_load(t->b->cfg.bus, BOARD_FLASH, blob.data, blob.size))
        bug("firmware doesn't fit into flash");
    blob_free(&blob);
    offer(t, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, "kernel", t->o->kernel);
    offer(t, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA, "initrd", t->o->initrd);
    if (t->o->append != NULL) {
        size_t len = strlen(t->o->append) + 1;
        fw_cfg_set_u32(t->b->fw_cfg, FW_CFG_CMDLINE_SIZE, (uint32_t)len);
        fw_cfg_set(t->b->fw_cfg, FW_CFG_CMDLINE_DATA, t->o->append, len);
    }
    t->entry = BOARD_FLASH;
    t->has_entry = true;
}

static void fill_fw_cfg(struct boot *t)
{
    fw_cfg_set_u16(t->b->fw_cfg, FW_CFG_NB_CPUS, (uint16_t)t->o->smp);
    fw_cfg_set_u16(t->b->fw_cfg, FW_CFG_MAX_CPUS, (uint16_t)t->o->smp);
    for (unsigned n = 0; n < t->o->n_fw_cfgs; n++) {
        const struct fw_cfg_option *f = &t->o->fw_cfgs[n];
        struct blob blob = {NULL, 0};
        struct load_error e;
        if (f->string != NULL) {
            fw_cfg_set_file(t->b->fw_cfg, f->name, f->string, strlen(f->string));
            continue;
        }
        if (!blob_read(&blob, f->file, UINT32_MAX, &e))
            refuse("fw_cfg file", f->file, &e);
        fw_cfg_set_file(t->b->fw_cfg, f->name, blob.data, blob.size);
        blob_free(&blob);
    }
}

/* ---- -device loader ---- */

/* Returns the address to start at, if the device says where. */
static uint64_t load_item(struct boot *t, const struct device_option *d)
{
    struct blob blob;
    struct elf_result r;
    if (d->data_len != 0) {
        uint8_t le[8];
        for (unsigned n = 0; n < 8; n++)
            le[n] = (uint8_t)(d->data >> (8 * n));
        if (!bus_load(t->b->cfg.bus, d->addr, le, d->data_len))
            user_error("-device loader: there is no RAM at 0x%llx", (unsigned long long)d->addr);
    }
    if (d->file == NULL)
        return d->addr;
    read_file(&blob, "loader file", d->file, SIZE_MAX / 2);
    r.entry = d->addr;
    if (!d->force_raw && elf_detect(&blob)) {
        load_elf(t, &blob, "loader file", d->file, &r);
    } else {
        if (!d->has_addr)
            user_error("loader file '%s' is no ELF executable and needs addr=", d->file);
        if (!bus_load(t->b->cfg.bus, d->addr, blob.data, blob.size))
            user_error("loader file '%s': %zu bytes at 0x%llx are not inside RAM", d->file, blob.size,
                       (unsigned long long)d->addr);
    }
    blob_free(&blob);
    return r.entry;
}

static void load_items(struct boot *t, uint64_t *pcs, bool *has_pc)
{
    for (unsigned n = 0; n < t->o->n_devices; n++) {
        const struct device_option *d = &t->o->devices[n];
        if (d->kind != DEVICE_LOADER)
            continue;
        uint64_t pc = load_item(t, d);
        if (d->cpu_num >= 0) {
            pcs[d->cpu_num] = pc;
            has_pc[d->cpu_num] = true;
        }
    }
}

/* ---- device tree ---- */

static void dump_dtb(const char *path, const void *dtb, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(dtb, 1, size, f) != size || fclose(f) != 0)
        user_error("can't write device tree to '%s': %s", path, strerror(errno));
    exit(0);
}

static void *make_dtb(struct boot *t, size_t *size)
{
    uint64_t mpidr[OPTIONS_MAX_CPUS];
    for (unsigned n = 0; n < t->b->n_cpus; n++)
        mpidr[n] = t->b->cpus[n]->sr[SR_MPIDR_EL1] & AFFINITY_MASK;
    const struct fdt_facts facts = {.opt = t->o,
                                    .feat = t->b->cpus[0]->feat,
                                    .conduit = t->b->psci.conduit,
                                    .mpidr = mpidr,
                                    .ram_base = BOARD_RAM,
                                    .ram_size = t->o->ram_size,
                                    .initrd_start = t->place.initrd_start,
                                    .initrd_end = t->place.initrd_start + t->request.initrd_size};
    if (t->o->dtb == NULL)
        return fdt_build(&facts, size);
    struct blob blob;
    read_file(&blob, "device tree", t->o->dtb, 64 << 20);
    void *dtb = fdt_patch_user(&facts, t->o->dtb, blob.data, blob.size, size);
    blob_free(&blob);
    return dtb;
}

static void load_dtb(struct boot *t)
{
    size_t size;
    void *dtb = make_dtb(t, &size);
    if (t->o->dump_dtb != NULL)
        dump_dtb(t->o->dump_dtb, dtb, size);
    bool fits = t->place.dtb < t->place.dtb_limit && size <= t->place.dtb_limit - t->place.dtb;
    if (fits && !bus_load(t->b->cfg.bus, t->place.dtb, dtb, size))
        bug("the device tree was placed outside RAM");
    /* A bare-metal program that starts right at the beginning of RAM lives without a device tree. */
    if (!fits && t->request.linux_boot)
        user_error("the device tree of %zu bytes doesn't fit into RAM at 0x%llx; try a larger -m", size,
                   (unsigned long long)t->place.dtb);
    if (t->request.linux_boot)
        t->x0 = t->place.dtb;
    free(dtb);
}

/* ---- CPUs ---- */

/* What EL3 firmware leaves behind for Non-secure software: everything below is AArch64 and nothing traps to
 * EL3. */
static void open_el3(struct cpu *c)
{
    static const uint8_t scr_bits[] = {
        0,  /* NS */
        8,  /* HCE */
        10, /* RW */
        16, /* APK */
        17, /* API */
        25, /* EnSCXT */
        26, /* ATA */
        27, /* FGTEn */
        28, /* ECVEn */
        35, /* AMVOFFEN */
        36, /* EnAS0 */
        38, /* HXEn */
        43, /* TCR2En */
        44, /* SCTLR2En */
        45, /* PIEn */
        46, /* AIEn */
        59, /* FGTEn2 */
    };
    uint64_t scr = 0;
    for (size_t n = 0; n < ARRAY_LEN(scr_bits); n++)
        scr |= BIT(scr_bits[n]);
    c->sr[SR_SCR_EL3] = sysreg_mask_write(c->feat, SR_SCR_EL3, c->sr[SR_SCR_EL3], scr);
    c->sr[SR_MPAM3_EL3] &= ~BIT(62); /* TRAPLOWER */
    if (has(c->feat, FEAT_AMUv1))
        c->sr[SR_AMCNTENSET0_EL0] = 15;
    cpu_context_changed(c, EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG | EFFECT_TIMER);
}

static void start_cpu(void *opaque, struct cpu *c, unsigned el, uint64_t pc, uint64_t x0)
{
    struct board *b = opaque;
    if (b->cfg.reset_cpu != NULL)
        b->cfg.reset_cpu(b->cfg.opaque, c, el, pc);
    else
        cpu_reset(c, el, pc);
    c->x[0] = x0;
    if (el < 3 && c->feat->has_el3)
        open_el3(c);
}

/* Firmware that owns EL3, or software started there, provides PSCI itself. */
static enum psci_conduit choose_conduit(const struct options *o, unsigned boot_el)
{
    if (boot_el == 3 || (o->secure && o->bios != NULL))
        return PSCI_DISABLED;
    return o->virtualization ? PSCI_SMC : PSCI_HVC;
}

static void stop_hook(void *opaque, enum stop_request what, int status)
{
    struct board *b = opaque;
    b->cfg.stop(b->cfg.opaque, what, status);
}

static void start_cpus(struct boot *t, const uint64_t *pcs, const bool *has_pc)
{
    struct board *b = t->b;
    if (!t->has_entry && !has_pc[0])
        user_error("nothing says where to start: give cpu-num=0 to a -device loader, or a -kernel");
    for (unsigned n = 0; n < b->n_cpus; n++) {
        struct cpu *c = b->cpus[n];
        uint64_t pc = has_pc[n] ? pcs[n] : t->entry;
        start_cpu(b, c, b->boot_el, pc, n == 0 ? t->x0 : 0);
        c->power = n == 0 || b->psci.conduit == PSCI_DISABLED ? CPU_ON : CPU_OFF;
    }
}

void board_boot(struct board *b, struct cpu **cpus, unsigned n_cpus)
{
    struct boot t = {.b = b, .o = b->cfg.opt};
    uint64_t pcs[OPTIONS_MAX_CPUS] = {0};
    bool has_pc[OPTIONS_MAX_CPUS] = {false};
    b->cpus = cpus;
    b->n_cpus = n_cpus;
    t.request.ram_base = BOARD_RAM;
    t.request.ram_size = t.o->ram_size;
    load_kernel_and_initrd(&t);
    load_firmware(&t);
    fill_fw_cfg(&t);
    if (t.o->secure && !t.request.linux_boot)
        b->boot_el = 3;
    else
        b->boot_el = t.o->virtualization ? 2 : 1;
    b->psci = (struct psci){.cpus = cpus,
                            .n_cpus = n_cpus,
                            .conduit = choose_conduit(t.o, b->boot_el),
                            .entry_el = b->boot_el,
                            .reset_cpu = start_cpu,
                            .stop = stop_hook,
                            .opaque = b};
    load_dtb(&t);
    load_items(&t, pcs, has_pc);
    start_cpus(&t, pcs, has_pc);
}
