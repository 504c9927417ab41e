/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A QEMU with the same machine and memory as ours. See twin.h.
 */
#define _GNU_SOURCE /* SEEK_DATA */
#include "diff/twin.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"

enum { ARGS = 256, PAGE = 4096 };

/* QEMU's command line; strings are ours. */
struct args {
    char *text[ARGS + 1];
    unsigned n;
};

PRINTF_LIKE(2, 3) static void add(struct args *a, const char *fmt, ...)
{
    va_list ap;
    char text[8192];
    if (a->n == ARGS)
        bug("more than %d arguments for QEMU", ARGS);
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    a->text[a->n++] = xstrdup(text);
}

static void add_pair(struct args *a, const char *option, const char *value)
{
    if (value == NULL)
        return;
    add(a, "%s", option);
    add(a, "%s", value);
}

static void args_free(struct args *a)
{
    for (unsigned n = 0; n < a->n; n++)
        free(a->text[n]);
}

/* ---- what can't be had ---- */

static bool has_contents(const struct bus_ram *r)
{
    for (uint64_t n = 0; r != NULL && n < r->size / PAGE; n++)
        if (r->page_flags[n] & PAGE_DIRTY)
            return true;
    return false;
}

const char *twin_refuses(const struct options *o, const struct machine *m)
{
    if (o->smp != 1)
        return "lock-step is of one CPU: -smp 1 is wanted";
    if (o->secure && m->board->boot_el != 3)
        return "-machine secure=on with a Linux kernel: QEMU has PSCI there only with its own loader; leave "
               "out "
               "secure=on, or start at EL3";
    for (size_t n = 0; bus_ram_at(m->bus, n) != NULL; n++) {
        const struct bus_ram *r = bus_ram_at(m->bus, n);
        if (r->base != BOARD_RAM && !(r->base == BOARD_FLASH && o->bios != NULL) && has_contents(r))
            return "only RAM from 0x40000000 on, and flash by -bios, can be filled in both machines";
    }
    return NULL;
}

/* ---- the command line ---- */

/* QEMU's models have our names, and some of them what el2sim doesn't implement. */
static void add_cpu(struct args *a, const struct twin_config *cfg, const struct options *o)
{
    static const struct {
        const char *model, *without;
    } more[] = {{"max", ",sve=off,sme=off,cntfrq=62500000"}, {"neoverse-v1", ",sve=off"}};
    int n = (int)strcspn(o->cpu, ",");
    const char *without = "";
    add(a, "-cpu");
    for (size_t k = 0; k < ARRAY_LEN(more); k++)
        if ((int)strlen(more[k].model) == n && strncmp(o->cpu, more[k].model, (size_t)n) == 0)
            without = more[k].without;
    if (cfg->cpu != NULL)
        add(a, "%s", cfg->cpu);
    else
        add(a, "%.*s%s", n, o->cpu, without);
}

static void add_machine(struct args *a, const struct options *o, const char *ram)
{
    add(a, "-M");
    add(a, "virt,virtualization=%s,secure=%s,gic-version=3,its=%s,mte=%s,memory-backend=ram",
        o->virtualization ? "on" : "off", o->secure ? "on" : "off", o->its ? "on" : "off",
        o->mte && o->mte_given ? "on" : "off");
    add(a, "-object");
    add(a, "memory-backend-file,id=ram,size=%" PRIu64 ",mem-path=%s,share=on", o->ram_size, ram);
    add(a, "-m");
    add(a, "%" PRIu64 "K", o->ram_size >> 10);
    if (o->semihosting)
        add(a, "-semihosting");
}

static void add_time(struct args *a, const struct options *o)
{
    time_t base = (time_t)o->rtc_base;
    struct tm tm;
    gmtime_r(&base, &tm);
    add(a, "-rtc");
    add(a, "base=%04d-%02d-%02dT%02d:%02d:%02d,clock=vm", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
        tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* -drive and -device as ours; writes stay in a snapshot. */
static void add_devices(struct args *a, const struct options *o)
{
    static const char *const names[] = {[DEVICE_VIRTIO_BLK] = "virtio-blk-device",
                                        [DEVICE_VIRTIO_RNG] = "virtio-rng-device",
                                        [DEVICE_VIRTIO_SERIAL] = "virtio-serial-device",
                                        [DEVICE_VIRTCONSOLE] = "virtconsole"};
    for (unsigned n = 0; n < o->n_drives; n++) {
        const struct drive_option *d = &o->drives[n];
        add(a, "-drive");
        add(a, "file=%s,format=raw,snapshot=on,if=%s%s%s%s", d->file, d->is_virtio ? "virtio" : "none",
            d->id != NULL ? ",id=" : "", d->id != NULL ? d->id : "", d->read_only ? ",readonly=on" : "");
    }
    for (unsigned n = 0; n < o->n_devices; n++) {
        const struct device_option *d = &o->devices[n];
        if (d->kind == DEVICE_LOADER)
            continue;
        if (d->kind == DEVICE_VIRTCONSOLE) {
            add(a, "-chardev");
            add(a, "null,id=el2sim-console%u", n);
        }
        add(a, "-device");
        if (d->kind == DEVICE_VIRTIO_BLK)
            add(a, "%s,drive=%s", names[d->kind], d->backend_id);
        else if (d->kind == DEVICE_VIRTCONSOLE)
            add(a, "%s,chardev=el2sim-console%u", names[d->kind], n);
        else
            add(a, "%s", names[d->kind]);
    }
    for (unsigned n = 0; n < o->n_fw_cfgs; n++) {
        const struct fw_cfg_option *f = &o->fw_cfgs[n];
        add(a, "-fw_cfg");
        add(a, "name=%s,%s=%s", f->name, f->file != NULL ? "file" : "string",
            f->file != NULL ? f->file : f->string);
    }
}

static void add_all(struct args *a, const struct twin_config *cfg, const struct options *o, const char *ram)
{
    add_machine(a, o, ram);
    add_cpu(a, cfg, o);
    add_time(a, o);
    add_devices(a, o);
    if (o->bios != NULL) {
        add_pair(a, "-bios", o->bios);
        add_pair(a, "-kernel", o->kernel);
        add_pair(a, "-initrd", o->initrd);
        add_pair(a, "-append", o->append);
    }
    add_pair(a, "-serial", "null");
    add_pair(a, "-display", "none");
    add_pair(a, "-nic", "none");
    add(a, "-no-reboot");
}

/* ---- memory ---- */

static bool write_all(int fd, const uint8_t *data, uint64_t size, uint64_t at)
{
    while (size != 0) {
        ssize_t n = pwrite(fd, data, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        at += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return true;
}

/* Our RAM into the file, and over whatever else is in it: QEMU's loader has left a device tree there. */
static bool fill(int fd, const struct bus_ram *r)
{
    for (uint64_t n = 0; n < r->size / PAGE; n++)
        if ((r->page_flags[n] & PAGE_DIRTY) && !write_all(fd, r->host + n * PAGE, PAGE, n * PAGE))
            return false;
    off_t at = 0, end;
    while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (end = lseek(fd, at, SEEK_HOLE)) > at) {
        for (uint64_t n = (uint64_t)at / PAGE; n < ((uint64_t)end + PAGE - 1) / PAGE; n++)
            if (!(r->page_flags[n] & PAGE_DIRTY) && !write_all(fd, r->host + n * PAGE, PAGE, n * PAGE))
                return false;
        at = end;
    }
    return true;
}

bool twin_memory(const struct twin *t, uint64_t pa, void *data, uint64_t size)
{
    if (pa < BOARD_RAM || pa - BOARD_RAM > t->ram_size || size > t->ram_size - (pa - BOARD_RAM))
        return false;
    return pread(t->ram, data, size, (off_t)(pa - BOARD_RAM)) == (ssize_t)size;
}

/* ---- the first instruction ---- */

static bool set_register(struct gdbclient *g, const char *name, uint64_t value)
{
    const struct gdb_register *r = gdbclient_find(g, name);
    const uint64_t both[2] = {value, 0};
    return r != NULL && gdbclient_write(g, r, both);
}

static bool set_start(struct twin *t, const struct cpu *c, char *error)
{
    char name[8];
    t->gdb = gdbclient_new(qemu_gdb_fd(t->qemu), error, QEMU_ERROR_SIZE);
    if (t->gdb == NULL)
        return false;
    bool ok = set_register(t->gdb, "pc", c->pc);
    for (unsigned n = 0; ok && n < 4; n++) {
        snprintf(name, sizeof(name), "x%u", n);
        ok = set_register(t->gdb, name, c->x[n]);
    }
    if (!ok)
        snprintf(error, QEMU_ERROR_SIZE, "QEMU's gdb stub doesn't take registers");
    return ok;
}

/* A file of the size of RAM that exists only as long as both programs have it open. */
static int ram_file(char *path, size_t size, uint64_t ram_size)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, size, "%s/el2sim-diff-XXXXXX", tmp != NULL && *tmp != 0 ? tmp : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0 && ftruncate(fd, (off_t)ram_size) != 0) {
        unlink(path);
        close(fd);
        return -1;
    }
    return fd;
}

static bool start(struct twin *t, const struct twin_config *cfg, struct machine *m, const char *path,
                  char *error)
{
    const struct bus_ram *r = bus_find_ram(m->bus, BOARD_RAM);
    struct args a = {.n = 0};
    add_all(&a, cfg, m->opt, path);
    const struct qemu_config q = {.program = cfg->program,
                                  .args = (const char *const *)a.text,
                                  .icount_shift = m->opt->icount_shift,
                                  .icount = true,
                                  .detail = cfg->detail,
                                  .gdb = true,
                                  .monitor = cfg->monitor};
    t->qemu = qemu_start(&q, error);
    args_free(&a);
    if (t->qemu == NULL)
        return false;
    if (!fill(t->ram, r)) {
        snprintf(error, QEMU_ERROR_SIZE, "can't fill QEMU's RAM: %s", strerror(errno));
        return false;
    }
    return set_start(t, m->cpus[0], error);
}

bool twin_start(struct twin *t, const struct twin_config *cfg, struct machine *m, char error[QEMU_ERROR_SIZE])
{
    char path[PATH_MAX];
    *t = (struct twin){.ram_size = m->opt->ram_size};
    t->ram = ram_file(path, sizeof(path), t->ram_size);
    if (t->ram < 0) {
        snprintf(error, QEMU_ERROR_SIZE, "can't make a file for QEMU's RAM: %s (TMPDIR says where)",
                 strerror(errno));
        return false;
    }
    bool ok = start(t, cfg, m, path, error);
    unlink(path);
    if (!ok)
        twin_stop(t);
    return ok;
}

bool twin_go(struct twin *t)
{
    return gdbclient_continue(t->gdb);
}

void twin_stop(struct twin *t)
{
    if (t->gdb != NULL)
        gdbclient_free(t->gdb);
    if (t->qemu != NULL)
        qemu_stop(t->qemu);
    if (t->ram >= 0)
        close(t->ram);
    *t = (struct twin){.ram = -1};
}
