/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semihosting for AArch64, version 2.0 of Arm's document. Parameters are 64-bit fields of a block in the
 * guest's memory, read through the caller's own translation without side effects.
 */
#include "sim/semihost.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/cpu.h"
#include "sim/terminal.h"

enum operation {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0a,
    SYS_FLEN = 0x0c,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};

#define ADP_STOPPED_APPLICATION_EXIT 0x20026
#define FAILED UINT64_MAX
#define MAX_STRING 65536
#define HOST_ENOSYS 38
#define HOST_EACCES 13
#define HOST_EBADF 9

/* The only file there is: the console, under handles for reading and writing. */
enum { HANDLE_TT_READ = 1, HANDLE_TT_WRITE = 2 };

struct request {
    struct semihost *s;
    struct cpu *c;
    uint64_t x1;
};

/* ---- guest memory ---- */

/* The physical address of va for the caller. `chunk` is how much is uniform from there, to the end of the
 * page. */
static bool translate(struct cpu *c, uint64_t va, bool write, uint64_t *pa, size_t *chunk)
{
    struct tctx t;
    struct mmu_result r;
    const struct mmu_access a = {.type = write ? ACCESS_WRITE : ACCESS_READ, .debug = true};
    tctx_make(&t, c->feat, c->sr, c->el, false, c->pan);
    if (!mmu_translate(&t, &c->port, va, &a, &r))
        return false;
    *pa = r.pa;
    *chunk = 4096 - (va & 4095);
    return true;
}

static bool guest_copy(struct cpu *c, uint64_t va, void *buf, size_t len, bool write)
{
    uint8_t *p = buf;
    while (len != 0) {
        uint64_t pa;
        size_t n;
        if (!translate(c, va, write, &pa, &n))
            return false;
        n = n < len ? n : len;
        if (write ? !bus_dma_write(c->bus, pa, p, n) : !bus_dma_read(c->bus, pa, p, n))
            return false;
        va += n;
        p += n;
        len -= n;
    }
    return true;
}

/* Field n of the parameter block. */
static bool field(const struct request *q, unsigned n, uint64_t *v)
{
    return guest_copy(q->c, q->x1 + 8 * (uint64_t)n, v, sizeof(*v), false);
}

static uint64_t fail(const struct request *q, uint64_t error)
{
    q->s->error = error;
    return FAILED;
}

/* ---- operations: each returns X0 ---- */

static uint64_t sys_open(const struct request *q)
{
    uint64_t name, mode, len;
    char text[4] = "";
    if (!field(q, 0, &name) || !field(q, 1, &mode) || !field(q, 2, &len) || len != 3 ||
        !guest_copy(q->c, name, text, 3, false) || strcmp(text, ":tt") != 0)
        return fail(q, HOST_EACCES);
    /* Modes 0-3 are fopen()'s "r", 4 and up write. */
    return mode < 4 ? HANDLE_TT_READ : HANDLE_TT_WRITE;
}

static uint64_t sys_close(const struct request *q)
{
    uint64_t handle;
    if (!field(q, 0, &handle) || handle < HANDLE_TT_READ || handle > HANDLE_TT_WRITE)
        return fail(q, HOST_EBADF);
    return 0;
}

static uint64_t sys_writec(const struct request *q)
{
    uint8_t byte;
    if (guest_copy(q->c, q->x1, &byte, 1, false))
        terminal_put(q->s->terminal, byte);
    return q->c->x[0];
}

static uint64_t sys_write0(const struct request *q)
{
    uint8_t byte;
    for (uint64_t n = 0; n < MAX_STRING && guest_copy(q->c, q->x1 + n, &byte, 1, false) && byte != 0; n++)
        terminal_put(q->s->terminal, byte);
    return q->c->x[0];
}

/* Returns the number of bytes not written. */
static uint64_t sys_write(const struct request *q)
{
    uint64_t handle, from, len;
    uint8_t byte;
    if (!field(q, 0, &handle) || !field(q, 1, &from) || !field(q, 2, &len) || handle != HANDLE_TT_WRITE)
        return fail(q, HOST_EBADF);
    uint64_t n = 0;
    for (; n < len && n < MAX_STRING && guest_copy(q->c, from + n, &byte, 1, false); n++)
        terminal_put(q->s->terminal, byte);
    return len - n;
}

/* Nobody types to semihosting: the console is at its end. Returns the number of bytes not read. */
static uint64_t sys_read(const struct request *q)
{
    uint64_t handle, len;
    if (!field(q, 0, &handle) || !field(q, 2, &len) || handle != HANDLE_TT_READ)
        return fail(q, HOST_EBADF);
    return len;
}

static uint64_t sys_readc(const struct request *q)
{
    return fail(q, HOST_ENOSYS);
}

static uint64_t sys_iserror(const struct request *q)
{
    uint64_t v;
    return field(q, 0, &v) && (int64_t)v >= 0 ? 0 : 1;
}

static uint64_t sys_istty(const struct request *q)
{
    uint64_t handle;
    if (!field(q, 0, &handle) || handle < HANDLE_TT_READ || handle > HANDLE_TT_WRITE)
        return fail(q, HOST_EBADF);
    return 1;
}

/* The console has no length and no position. */
static uint64_t sys_no_position(const struct request *q)
{
    return fail(q, HOST_ENOSYS);
}

/* Centiseconds of simulated time. */
static uint64_t sys_clock(const struct request *q)
{
    return cpu_now(q->c) / 10000000;
}

static uint64_t sys_time(const struct request *q)
{
    return (uint64_t)q->s->rtc_base + cpu_now(q->c) / 1000000000;
}

static uint64_t sys_errno(const struct request *q)
{
    return q->s->error;
}

static uint64_t sys_get_cmdline(const struct request *q)
{
    uint64_t buffer, room, len = strlen(q->s->cmdline);
    if (!field(q, 0, &buffer) || !field(q, 1, &room) || room <= len ||
        !guest_copy(q->c, buffer, (char *)(uintptr_t)q->s->cmdline, len + 1, true) ||
        !guest_copy(q->c, q->x1 + 8, &len, sizeof(len), true))
        return FAILED;
    return 0;
}

/* Heap: the upper half of RAM but its last quarter, which is the stack. */
static uint64_t sys_heapinfo(const struct request *q)
{
    const struct semihost *s = q->s;
    uint64_t at, end = s->ram_base + s->ram_size;
    uint64_t info[4] = {s->ram_base + s->ram_size / 2, end - s->ram_size / 8, end, end - s->ram_size / 8};
    if (!field(q, 0, &at) || !guest_copy(q->c, at, info, sizeof(info), true))
        return FAILED;
    return 0;
}

/* A64 SYS_EXIT and SYS_EXIT_EXTENDED both take {reason, subcode}. */
static uint64_t sys_exit(const struct request *q)
{
    uint64_t reason = 0, code = 0;
    bool known = field(q, 0, &reason) && field(q, 1, &code);
    int status = known && reason == ADP_STOPPED_APPLICATION_EXIT ? (int)(code & 0xff) : 1;
    q->s->stop(q->s->opaque, STOP_EXIT, status);
    return 0;
}

static uint64_t sys_elapsed(const struct request *q)
{
    uint64_t ns = cpu_now(q->c);
    return guest_copy(q->c, q->x1, &ns, sizeof(ns), true) ? 0 : FAILED;
}

static uint64_t sys_tickfreq(const struct request *q)
{
    (void)q;
    return 1000000000;
}

static const struct {
    uint32_t operation;
    uint64_t (*perform)(const struct request *q);
} operations[] = {
    {SYS_OPEN, sys_open},         {SYS_CLOSE, sys_close},       {SYS_WRITEC, sys_writec},
    {SYS_WRITE0, sys_write0},     {SYS_WRITE, sys_write},       {SYS_READ, sys_read},
    {SYS_READC, sys_readc},       {SYS_ISERROR, sys_iserror},   {SYS_ISTTY, sys_istty},
    {SYS_SEEK, sys_no_position},  {SYS_FLEN, sys_no_position},  {SYS_CLOCK, sys_clock},
    {SYS_TIME, sys_time},         {SYS_ERRNO, sys_errno},       {SYS_GET_CMDLINE, sys_get_cmdline},
    {SYS_HEAPINFO, sys_heapinfo}, {SYS_EXIT, sys_exit},         {SYS_EXIT_EXTENDED, sys_exit},
    {SYS_ELAPSED, sys_elapsed},   {SYS_TICKFREQ, sys_tickfreq},
};

bool semihost_call(struct semihost *s, struct cpu *c)
{
    const struct request q = {s, c, c->x[1]};
    uint64_t result = FAILED;
    bool known = false;
    for (size_t n = 0; n < ARRAY_LEN(operations) && !known; n++) {
        if (operations[n].operation == (uint32_t)c->x[0]) {
            result = operations[n].perform(&q);
            known = true;
        }
    }
    if (!known)
        s->error = HOST_ENOSYS; /* files of the host are not offered */
    c->x[0] = result;
    return true;
}

void semihost_visit(struct semihost *s, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, s, error);
}
