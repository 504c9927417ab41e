/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The device tree of the virt board: node names, properties and values as QEMU gives them to guests, for the
 * devices that this board has. Bindings: Linux Documentation/devicetree/bindings. Nodes appear in a fixed
 * order, so that the tree is the same for the same options.
 */
#include "sim/fdt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "base/compiler.h"
#include "base/log.h"
#include "sim/board.h"
#include "sim/options.h"
#include "sysregs/features.h"

enum { IRQ_SPI = 0, IRQ_PPI = 1, EDGE_RISING = 1, LEVEL_HIGH = 4 };
/* PPI numbers (INTID - 16) of the generic timer and the GIC's maintenance interrupt. */
enum {
    PPI_S_PHYS = 13,
    PPI_NS_PHYS = 14,
    PPI_VIRT = 11,
    PPI_HYP_PHYS = 10,
    PPI_HYP_VIRT = 12,
    PPI_MAINTENANCE = 9,
    PPI_PMU = 7
};
enum { PHANDLE_CLOCK = 1, PHANDLE_GIC = 2, PHANDLE_ITS = 3, PHANDLE_CPU = 16 };
enum { CPUS_PER_CLUSTER = 16, FIXED_SIZE = 65536, BYTES_PER_CPU = 512, MAX_CELLS = 24 };

/* The tree under construction; errors other than lack of space can't happen, and space is reckoned
 * beforehand. */
struct tree {
    void *fdt;
};

static void ok(int error)
{
    if (error != 0)
        bug("device tree: %s", fdt_strerror(error));
}

static void begin(struct tree *t, const char *name)
{
    ok(fdt_begin_node(t->fdt, name));
}

/* A node called name@address. */
static void begin_at(struct tree *t, const char *name, uint64_t address)
{
    char full[64];
    snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
    begin(t, full);
}

static void end(struct tree *t)
{
    ok(fdt_end_node(t->fdt));
}

static void prop_empty(struct tree *t, const char *name)
{
    ok(fdt_property(t->fdt, name, NULL, 0));
}

static void prop_text(struct tree *t, const char *name, const char *text)
{
    ok(fdt_property_string(t->fdt, name, text));
}

/* A list of strings, ended by NULL. */
static void prop_texts(struct tree *t, const char *name, const char *first, ...)
{
    char list[128];
    size_t used = 0;
    va_list ap;
    va_start(ap, first);
    for (const char *s = first; s != NULL; s = va_arg(ap, const char *)) {
        size_t n = strlen(s) + 1;
        if (used + n > sizeof(list))
            bug("device tree: %s is too long", name);
        memcpy(list + used, s, n);
        used += n;
    }
    va_end(ap);
    ok(fdt_property(t->fdt, name, list, (int)used));
}

static void prop_cells(struct tree *t, const char *name, unsigned count, const uint32_t *cells)
{
    fdt32_t be[MAX_CELLS];
    if (count > MAX_CELLS)
        bug("device tree: %s has too many cells", name);
    for (unsigned n = 0; n < count; n++)
        be[n] = cpu_to_fdt32(cells[n]);
    ok(fdt_property(t->fdt, name, be, (int)(count * sizeof(be[0]))));
}

#define PROP_CELLS(t, name, ...)                                                                             \
    prop_cells(t, name, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (uint32_t[]){__VA_ARGS__})

static uint32_t high(uint64_t v)
{
    return (uint32_t)(v >> 32);
}

/* reg with two cells each for address and size. */
static void prop_reg(struct tree *t, uint64_t address, uint64_t size)
{
    PROP_CELLS(t, "reg", high(address), (uint32_t)address, high(size), (uint32_t)size);
}

static void prop_spi(struct tree *t, uint32_t spi, uint32_t type)
{
    PROP_CELLS(t, "interrupts", IRQ_SPI, spi, type);
}

/* ---- nodes ---- */

static void node_psci(struct tree *t, const struct fdt_facts *f)
{
    if (f->conduit == PSCI_DISABLED)
        return;
    begin(t, "psci");
    prop_texts(t, "compatible", "arm,psci-1.0", "arm,psci-0.2", "arm,psci", NULL);
    prop_text(t, "method", f->conduit == PSCI_SMC ? "smc" : "hvc");
    PROP_CELLS(t, "cpu_suspend", 0xc4000001);
    PROP_CELLS(t, "cpu_off", 0x84000002);
    PROP_CELLS(t, "cpu_on", 0xc4000003);
    PROP_CELLS(t, "migrate", 0xc4000005);
    end(t);
}

/* The binding's name of a CPU model. */
static const char *cpu_compatible(const struct features *f)
{
    static const char *const models[][2] = {{"cortex-a57", "arm,cortex-a57"},
                                            {"neoverse-n1", "arm,neoverse-n1"},
                                            {"neoverse-v1", "arm,neoverse-v1"}};
    for (size_t n = 0; f->model != NULL && n < ARRAY_LEN(models); n++)
        if (strcmp(f->model, models[n][0]) == 0)
            return models[n][1];
    return "arm,armv8"; /* "only for software models" */
}

static void node_cpu_map(struct tree *t, unsigned cpus)
{
    char name[24];
    begin(t, "cpu-map");
    begin(t, "socket0");
    for (unsigned n = 0; n < cpus; n++) {
        if (n % CPUS_PER_CLUSTER == 0) {
            snprintf(name, sizeof(name), "cluster%u", n / CPUS_PER_CLUSTER);
            begin(t, name);
        }
        snprintf(name, sizeof(name), "core%u", n % CPUS_PER_CLUSTER);
        begin(t, name);
        PROP_CELLS(t, "cpu", PHANDLE_CPU + n);
        end(t);
        if (n % CPUS_PER_CLUSTER == CPUS_PER_CLUSTER - 1 || n == cpus - 1)
            end(t);
    }
    end(t);
    end(t);
}

static void node_cpus(struct tree *t, const struct fdt_facts *f)
{
    begin(t, "cpus");
    PROP_CELLS(t, "#address-cells", 1);
    PROP_CELLS(t, "#size-cells", 0);
    node_cpu_map(t, f->opt->smp);
    for (unsigned n = 0; n < f->opt->smp; n++) {
        begin_at(t, "cpu", f->mpidr[n]);
        prop_text(t, "device_type", "cpu");
        prop_text(t, "compatible", cpu_compatible(f->feat));
        PROP_CELLS(t, "reg", (uint32_t)f->mpidr[n]);
        if (f->conduit != PSCI_DISABLED)
            prop_text(t, "enable-method", "psci");
        PROP_CELLS(t, "phandle", PHANDLE_CPU + n);
        end(t);
    }
    end(t);
}

static void node_timer(struct tree *t, const struct fdt_facts *f)
{
    static const uint32_t ppis[] = {PPI_S_PHYS, PPI_NS_PHYS, PPI_VIRT, PPI_HYP_PHYS, PPI_HYP_VIRT};
    uint32_t cells[3 * ARRAY_LEN(ppis)];
    /* The EL2 virtual timer came with VHE. */
    unsigned count = f->feat->has_el2 && has(f->feat, FEAT_VHE) ? 5 : 4;
    for (unsigned n = 0; n < count; n++) {
        cells[3 * n] = IRQ_PPI;
        cells[3 * n + 1] = ppis[n];
        cells[3 * n + 2] = LEVEL_HIGH;
    }
    begin(t, "timer");
    prop_texts(t, "compatible", "arm,armv8-timer", "arm,armv7-timer", NULL);
    prop_cells(t, "interrupts", 3 * count, cells);
    prop_empty(t, "always-on");
    end(t);
}

static void node_pmu(struct tree *t, const struct fdt_facts *f)
{
    if (!has(f->feat, FEAT_PMUv3))
        return;
    begin(t, "pmu");
    prop_text(t, "compatible", "arm,armv8-pmuv3");
    PROP_CELLS(t, "interrupts", IRQ_PPI, PPI_PMU, LEVEL_HIGH);
    end(t);
}

static void node_gic(struct tree *t, const struct fdt_facts *f)
{
    begin_at(t, "intc", BOARD_GICD);
    prop_text(t, "compatible", "arm,gic-v3");
    prop_empty(t, "interrupt-controller");
    PROP_CELLS(t, "#interrupt-cells", 3);
    PROP_CELLS(t, "#redistributor-regions", 1);
    PROP_CELLS(t, "reg", 0, BOARD_GICD, 0, BOARD_GICD_SIZE, 0, BOARD_GICR, 0, BOARD_GICR_SIZE);
    if (f->feat->has_el2)
        PROP_CELLS(t, "interrupts", IRQ_PPI, PPI_MAINTENANCE, LEVEL_HIGH);
    PROP_CELLS(t, "#address-cells", 2);
    PROP_CELLS(t, "#size-cells", 2);
    prop_empty(t, "ranges");
    PROP_CELLS(t, "phandle", PHANDLE_GIC);
    if (f->opt->its) {
        begin_at(t, "its", BOARD_ITS);
        prop_text(t, "compatible", "arm,gic-v3-its");
        prop_empty(t, "msi-controller");
        PROP_CELLS(t, "#msi-cells", 1);
        prop_reg(t, BOARD_ITS, BOARD_ITS_SIZE);
        PROP_CELLS(t, "phandle", PHANDLE_ITS);
        end(t);
    }
    end(t);
}

static void node_clock(struct tree *t)
{
    begin(t, "apb-pclk");
    prop_text(t, "compatible", "fixed-clock");
    PROP_CELLS(t, "#clock-cells", 0);
    PROP_CELLS(t, "clock-frequency", 24000000);
    prop_text(t, "clock-output-names", "clk24mhz");
    PROP_CELLS(t, "phandle", PHANDLE_CLOCK);
    end(t);
}

/* What only software in Secure state may use. */
static void prop_secure(struct tree *t)
{
    prop_text(t, "status", "disabled");
    prop_text(t, "secure-status", "okay");
}

static void node_uart(struct tree *t, uint64_t base, uint32_t spi, bool secure)
{
    begin_at(t, "pl011", base);
    prop_texts(t, "compatible", "arm,pl011", "arm,primecell", NULL);
    prop_reg(t, base, 0x1000);
    prop_spi(t, spi, LEVEL_HIGH);
    PROP_CELLS(t, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    prop_texts(t, "clock-names", "uartclk", "apb_pclk", NULL);
    if (secure)
        prop_secure(t);
    end(t);
}

static void node_rtc(struct tree *t)
{
    begin_at(t, "pl031", BOARD_RTC);
    prop_texts(t, "compatible", "arm,pl031", "arm,primecell", NULL);
    prop_reg(t, BOARD_RTC, 0x1000);
    prop_spi(t, SPI_RTC, LEVEL_HIGH);
    PROP_CELLS(t, "clocks", PHANDLE_CLOCK);
    prop_text(t, "clock-names", "apb_pclk");
    end(t);
}

static void node_fw_cfg(struct tree *t)
{
    begin_at(t, "fw-cfg", BOARD_FW_CFG);
    prop_text(t, "compatible", "qemu,fw-cfg-mmio");
    prop_reg(t, BOARD_FW_CFG, 0x18);
    prop_empty(t, "dma-coherent");
    end(t);
}

static void node_virtio(struct tree *t)
{
    for (uint32_t n = 0; n < BOARD_VIRTIO_SLOTS; n++) {
        uint64_t base = BOARD_VIRTIO + (uint64_t)n * BOARD_VIRTIO_STEP;
        begin_at(t, "virtio_mmio", base);
        prop_text(t, "compatible", "virtio,mmio");
        prop_reg(t, base, BOARD_VIRTIO_STEP);
        prop_spi(t, SPI_VIRTIO + n, EDGE_RISING);
        prop_empty(t, "dma-coherent");
        end(t);
    }
}

static void node_memory(struct tree *t, const char *name, uint64_t base, uint64_t size, bool secure)
{
    begin_at(t, name, base);
    prop_text(t, "device_type", "memory");
    prop_reg(t, base, size);
    if (secure)
        prop_secure(t);
    end(t);
}

static void node_chosen(struct tree *t, const struct fdt_facts *f)
{
    begin(t, "chosen");
    prop_text(t, "stdout-path", "/pl011@9000000");
    if (f->opt->append != NULL)
        prop_text(t, "bootargs", f->opt->append);
    if (f->initrd_end > f->initrd_start) {
        PROP_CELLS(t, "linux,initrd-start", high(f->initrd_start), (uint32_t)f->initrd_start);
        PROP_CELLS(t, "linux,initrd-end", high(f->initrd_end), (uint32_t)f->initrd_end);
    }
    if (f->opt->dtb_randomness) {
        /* Digits of pi: fixed, so that the run stays the same. */
        PROP_CELLS(t, "kaslr-seed", 0x243f6a88, 0x85a308d3);
        PROP_CELLS(t, "rng-seed", 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89,
                   0x452821e6, 0x38d01377);
    }
    end(t);
}

void *fdt_build(const struct fdt_facts *f, size_t *size)
{
    size_t room =
        FIXED_SIZE + (size_t)f->opt->smp * BYTES_PER_CPU + (f->opt->append ? strlen(f->opt->append) : 0);
    struct tree t = {xcalloc(1, room)};
    ok(fdt_create(t.fdt, (int)room));
    ok(fdt_finish_reservemap(t.fdt));
    begin(&t, "");
    prop_text(&t, "compatible", "linux,dummy-virt");
    prop_text(&t, "model", "linux,dummy-virt");
    PROP_CELLS(&t, "#address-cells", 2);
    PROP_CELLS(&t, "#size-cells", 2);
    PROP_CELLS(&t, "interrupt-parent", PHANDLE_GIC);
    node_psci(&t, f);
    node_memory(&t, "memory", f->ram_base, f->ram_size, false);
    if (f->opt->secure)
        node_memory(&t, "secram", BOARD_SECURE_RAM, BOARD_SECURE_RAM_SIZE, true);
    node_cpus(&t, f);
    node_timer(&t, f);
    node_pmu(&t, f);
    node_gic(&t, f);
    node_clock(&t);
    node_uart(&t, BOARD_UART0, SPI_UART0, false);
    if (f->opt->secure)
        node_uart(&t, BOARD_UART1, SPI_UART1, true);
    node_rtc(&t);
    node_fw_cfg(&t);
    node_virtio(&t);
    begin(&t, "aliases");
    prop_text(&t, "serial0", "/pl011@9000000");
    end(&t);
    node_chosen(&t, f);
    end(&t);
    ok(fdt_finish(t.fdt));
    *size = fdt_totalsize(t.fdt);
    return t.fdt;
}

/* ---- a user's device tree ---- */

struct patch {
    void *fdt;
    const char *path;
};

static int checked(const struct patch *p, int result)
{
    if (result < 0)
        user_error("can't edit device tree '%s': %s", p->path, fdt_strerror(result));
    return result;
}

static void patch_chosen(const struct patch *p, const struct fdt_facts *f)
{
    bool initrd = f->initrd_end > f->initrd_start;
    if (f->opt->append == NULL && !initrd)
        return;
    int node = fdt_path_offset(p->fdt, "/chosen");
    if (node == -FDT_ERR_NOTFOUND)
        node = fdt_add_subnode(p->fdt, 0, "chosen");
    checked(p, node);
    if (f->opt->append != NULL)
        checked(p, fdt_setprop_string(p->fdt, node, "bootargs", f->opt->append));
    if (initrd) {
        checked(p, fdt_setprop_u64(p->fdt, node, "linux,initrd-start", f->initrd_start));
        checked(p, fdt_setprop_u64(p->fdt, node, "linux,initrd-end", f->initrd_end));
    }
}

/* Gives the tree's first memory node, or a new one, exactly our RAM. */
static void patch_memory(const struct patch *p, const struct fdt_facts *f)
{
    int address_cells = checked(p, fdt_address_cells(p->fdt, 0));
    int size_cells = checked(p, fdt_size_cells(p->fdt, 0));
    fdt32_t reg[4];
    int used = 0;
    if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2)
        user_error("can't edit device tree '%s': #address-cells %d, #size-cells %d of the root", p->path,
                   address_cells, size_cells);
    if (address_cells == 2)
        reg[used++] = cpu_to_fdt32(high(f->ram_base));
    reg[used++] = cpu_to_fdt32((uint32_t)f->ram_base);
    if (size_cells == 2)
        reg[used++] = cpu_to_fdt32(high(f->ram_size));
    else if (high(f->ram_size) != 0)
        user_error("device tree '%s' can't express %llu MiB of RAM (#size-cells is 1)", p->path,
                   (unsigned long long)(f->ram_size >> 20));
    reg[used++] = cpu_to_fdt32((uint32_t)f->ram_size);
    int node = fdt_node_offset_by_prop_value(p->fdt, -1, "device_type", "memory", sizeof("memory"));
    if (node < 0) {
        node = checked(p, fdt_add_subnode(p->fdt, 0, "memory"));
        checked(p, fdt_setprop_string(p->fdt, node, "device_type", "memory"));
    }
    checked(p, fdt_setprop(p->fdt, node, "reg", reg, used * (int)sizeof(reg[0])));
}

void *fdt_patch_user(const struct fdt_facts *f, const char *path, const void *blob, size_t blob_size,
                     size_t *size)
{
    int error = fdt_check_full(blob, blob_size);
    if (error != 0)
        user_error("'%s' is not a valid device tree: %s", path, fdt_strerror(error));
    size_t room = fdt_totalsize(blob) + 4096 + (f->opt->append != NULL ? strlen(f->opt->append) : 0);
    struct patch p = {xcalloc(1, room), path};
    checked(&p, fdt_open_into(blob, p.fdt, (int)room));
    patch_chosen(&p, f);
    if (f->opt->ram_size_given)
        patch_memory(&p, f);
    checked(&p, fdt_pack(p.fdt));
    *size = fdt_totalsize(p.fdt);
    return p.fdt;
}
