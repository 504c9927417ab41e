/* SPDX-License-Identifier: BSD-2-Clause
 *
 * peer [-m] [QEMU...]: the real QEMUs (without arguments: the installed one and, if it is in the cache, the
 * newer one of tests/matrix/fetch-qemu) run the bundled hypervisor, watched in every way that diff/ has. What
 * the log says in its three details, what it says while the detail changes and what the gdb stub says must be
 * one and the same sequence of instructions. A line per QEMU (and with -m per detail, too) with the records
 * per second of the whole pipe. Exit status 77: there is no QEMU.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/compiler.h"
#include "diff/gdbclient.h"
#include "diff/qemu.h"
#include "diff/qemulog.h"

enum { COUNT = 10000, STEPS = 100, ENTRY = 0x40200000 };

/* The instructions that were executed, in order. */
struct trace {
    unsigned n, fp;
    uint64_t pc[COUNT];
    uint8_t el[COUNT];
};

/* One QEMU, being looked at. */
struct peer {
    struct qemu *qemu;
    struct qemulog *log;
    struct gdbclient *gdb;
};

static const char *kernel;

static NORETURN PRINTF_LIKE(1, 2) void fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("FAIL peer: ", stdout);
    vprintf(fmt, ap);
    putchar('\n');
    exit(1);
}

static struct peer open_peer(const char *program, enum qemu_detail detail, bool gdb, bool monitor)
{
    const char *args[] = {
        "-M", "virt,virtualization=on,gic-version=3", "-cpu", "neoverse-n1", "-m", "512", "-kernel", kernel,
        NULL};
    struct qemu_config c = {.program = program,
                            .args = args,
                            .icount_shift = 4,
                            .icount = true,
                            .detail = detail,
                            .gdb = gdb,
                            .monitor = monitor};
    char error[QEMU_ERROR_SIZE];
    struct peer p = {.qemu = qemu_start(&c, error)};
    if (p.qemu == NULL)
        fail("%s", error);
    p.log = qemulog_new(qemu_log_fd(p.qemu));
    qemu_set_drain(p.qemu, qemulog_drain, p.log);
    if (gdb && (p.gdb = gdbclient_new(qemu_gdb_fd(p.qemu), error, sizeof(error))) == NULL)
        fail("%s: %s", program, error);
    return p;
}

static void close_peer(struct peer *p)
{
    gdbclient_free(p->gdb);
    qemulog_free(p->log);
    qemu_stop(p->qemu);
}

static void note(struct trace *t, const struct qemulog_record *r)
{
    if (r->kind == QEMULOG_UNDONE) {
        t->n--;
    } else if (r->kind == QEMULOG_STATE) {
        t->pc[t->n] = r->pc;
        t->el[t->n++] = r->el;
        t->fp += r->has_fp;
        if (r->has_core && r->el != (r->pstate >> 2 & 3))
            fail("EL%u where PSTATE is 0x%x", r->el, r->pstate);
    }
}

/* The first COUNT instructions. With a monitor, every 1,000th changes the detail. */
static void watch(const char *program, enum qemu_detail detail, bool changes, struct trace *t)
{
    static const enum qemu_detail details[] = {QEMU_LOG_PC, QEMU_LOG_CORE, QEMU_LOG_FP};
    struct peer p = open_peer(program, detail, false, changes);
    unsigned core = 0;
    memset(t, 0, sizeof(*t));
    while (t->n < COUNT) {
        struct qemulog_record r;
        if (!qemulog_next(p.log, &r))
            fail("%s: %s", program, qemulog_error(p.log));
        if (r.kind == QEMULOG_END)
            fail("%s: it ends after %u instructions: %s", program, t->n, qemu_stderr(p.qemu));
        core += r.kind == QEMULOG_STATE && r.has_core;
        if (!changes && r.kind == QEMULOG_STATE && r.has_core != (detail >= QEMU_LOG_CORE))
            fail("%s: not in the detail that was asked for", program);
        note(t, &r);
        if (changes && t->n % 1000 == 999 && r.kind == QEMULOG_STATE &&
            !qemu_set_detail(p.qemu, details[t->n / 1000 % 3]))
            fail("%s: the log's detail can't be changed", program);
    }
    if (t->pc[0] != ENTRY || t->el[0] != 2)
        fail("%s: begins at EL%u 0x%" PRIx64, program, t->el[0], t->pc[0]);
    if (changes && (core == 0 || core == COUNT)) /* when a change is seen depends on the host */
        fail("%s: the log's detail didn't change: %u with registers", program, core);
    close_peer(&p);
}

static void same(const char *program, const char *what, const struct trace *a, const struct trace *b,
                 unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (a->pc[i] != b->pc[i] || a->el[i] != b->el[i])
            fail("%s: %s: instruction %u is EL%u 0x%" PRIx64 ", was EL%u 0x%" PRIx64, program, what, i,
                 b->el[i], b->pc[i], a->el[i], a->pc[i]);
    }
}

/* STEPS steps by gdb: before each, the stub and the log tell the same PC, X0 and SP. */
static void step(const char *program, struct trace *t)
{
    static const char *const names[] = {"pc", "x0", "sp"};
    struct peer p = open_peer(program, QEMU_LOG_CORE, true, false);
    const struct gdb_register *reg[3];
    uint64_t v[3][2];
    memset(t, 0, sizeof(*t));
    qemulog_set_timeout(p.log, 1); /* a step's log is there when it is done */
    for (unsigned i = 0; i < 3; i++) {
        if ((reg[i] = gdbclient_find(p.gdb, names[i])) == NULL)
            fail("%s: its gdb stub has no %s", program, names[i]);
    }
    while (t->n < STEPS) {
        struct qemulog_record r;
        unsigned was = t->n;
        for (unsigned i = 0; i < 3; i++) {
            if (!gdbclient_read(p.gdb, reg[i], v[i]))
                fail("%s: %s", program, gdbclient_error(p.gdb));
        }
        if (!gdbclient_step(p.gdb))
            fail("%s: %s", program, gdbclient_error(p.gdb));
        while (qemulog_next(p.log, &r) && r.kind != QEMULOG_END) {
            if (r.kind == QEMULOG_STATE && (r.pc != v[0][0] || r.x[0] != v[1][0] || r.sp != v[2][0]))
                fail("%s: at 0x%" PRIx64 " in the log, 0x%" PRIx64 " by gdb", program, r.pc, v[0][0]);
            note(t, &r);
        }
        if (!qemulog_timed_out(p.log) || t->n != was + 1)
            fail("%s: step %u is %u in the log: %s", program, was, t->n - was, qemulog_error(p.log));
    }
    close_peer(&p);
}

/* A breakpoint, memory, and an interrupt of a program that runs. */
static void stop(const char *program, const struct trace *t)
{
    struct peer p = open_peer(program, QEMU_LOG_NONE, true, true);
    uint64_t v[2] = {0};
    uint32_t word = 0, image = 0;
    char answer[256];
    bool exited;
    if (!gdbclient_breakpoint(p.gdb, t->pc[STEPS], true) || !gdbclient_continue(p.gdb) ||
        !gdbclient_wait(p.gdb, 20000, &exited) || exited ||
        !gdbclient_read(p.gdb, gdbclient_find(p.gdb, "pc"), v) || v[0] != t->pc[STEPS])
        fail("%s: not at its breakpoint but at 0x%" PRIx64 ": %s", program, v[0], gdbclient_error(p.gdb));
    if (!gdbclient_memory(p.gdb, true, ENTRY, &image, 4) || image == 0 ||
        !gdbclient_memory_write(p.gdb, true, 0x48000000, &image, 4) ||
        !gdbclient_memory(p.gdb, true, 0x48000000, &word, 4) || word != image)
        fail("%s: memory 0x%x, was 0x%x: %s", program, word, image, gdbclient_error(p.gdb));
    if (!gdbclient_breakpoint(p.gdb, t->pc[STEPS], false) || !qemu_set_detail(p.qemu, QEMU_LOG_FP) ||
        !gdbclient_continue(p.gdb) || !qemu_monitor(p.qemu, "info status", answer, sizeof(answer)) ||
        strncmp(answer, "VM status: running", 18) != 0)
        fail("%s: doesn't run: %s", program, answer);
    if (!gdbclient_interrupt(p.gdb, 20000, qemulog_drain, p.log))
        fail("%s: can't be stopped: %s", program, gdbclient_error(p.gdb));
    close_peer(&p);
}

/* Runs it to its end, as fast as the pipe goes. */
static void measure(const char *program, enum qemu_detail detail)
{
    static const char *const names[] = {"", "PC", "CORE", "FP"};
    struct peer p = open_peer(program, detail, false, false);
    struct qemulog_record r;
    unsigned n = 0, exceptions = 0;
    int status;
    int64_t start = now_ms();
    do {
        if (!qemulog_next(p.log, &r))
            fail("%s: %s", program, qemulog_error(p.log));
        n++;
        exceptions += r.kind == QEMULOG_EXCEPTION;
    } while (r.kind != QEMULOG_END);
    int64_t ms = now_ms() - start;
    if (!qemu_wait(p.qemu, 20000, &status) || status != 0)
        fail("%s: doesn't end well: %s", program, qemu_stderr(p.qemu));
    if (exceptions < 100)
        fail("%s: only %u exceptions", program, exceptions);
    printf("QEMU %s, %s: %u records, %" PRIi64 " per second\n", qemu_version(p.qemu), names[detail], n,
           (int64_t)n * 1000 / (ms != 0 ? ms : 1));
    close_peer(&p);
}

/* What can't be started is said so, in one line. */
static void refuse(const char *program)
{
    static const struct {
        const char *program, *option, *value, *expected;
    } cases[] = {
        {"/nonexistent/qemu", "-m", "128", "/nonexistent/qemu can't be run"},
        {"/bin/true", "-m", "128", "/bin/true "},
        {NULL, "-no-such-option", "128", "-no-such-option: invalid option"},
        {NULL, "-kernel", "/nonexistent/kernel", "could not load kernel '/nonexistent/kernel'"},
    };
    for (unsigned n = 0; n < ARRAY_LEN(cases); n++) {
        for (unsigned way = 0; way < 4; way++) {
            const char *args[] = {"-M", "virt", cases[n].option, cases[n].value, NULL};
            struct qemu_config c = {.program = cases[n].program != NULL ? cases[n].program : program,
                                    .args = args,
                                    .detail = way == 0 ? QEMU_LOG_PC : QEMU_LOG_NONE,
                                    .gdb = way == 1 || way == 3,
                                    .monitor = way >= 2};
            char error[QEMU_ERROR_SIZE] = "none";
            if (qemu_start(&c, error) != NULL || strstr(error, cases[n].expected) == NULL ||
                strchr(error, '\n') != NULL)
                fail("%s with %s: \"%s\"", c.program, cases[n].option, error);
        }
    }
}

static void check(const char *program, bool measure_all)
{
    static struct trace first, other;
    watch(program, QEMU_LOG_PC, false, &first);
    watch(program, QEMU_LOG_CORE, false, &other);
    same(program, "with registers", &first, &other, COUNT);
    watch(program, QEMU_LOG_FP, false, &other);
    same(program, "with FP registers", &first, &other, COUNT);
    if (other.fp == 0)
        fail("%s: no FP registers", program);
    watch(program, QEMU_LOG_PC, true, &other);
    same(program, "with changes of detail", &first, &other, COUNT);
    step(program, &other);
    same(program, "by gdb", &first, &other, STEPS);
    stop(program, &first);
    refuse(program);
    for (enum qemu_detail d = QEMU_LOG_PC; d <= (measure_all ? QEMU_LOG_FP : QEMU_LOG_PC); d++)
        measure(program, d);
}

/* The newer QEMU, if fetch-qemu has been here. */
static bool cached_qemu(const char *srcdir, char path[1024])
{
    char script[1024];
    struct child c;
    char *argv[] = {script, NULL};
    snprintf(script, sizeof(script), "%s/tests/matrix/fetch-qemu", srcdir);
    setenv("EL2SIM_OFFLINE", "1", 1);
    if (!child_start(&c, argv) || !child_collect(&c, path, 1024, NULL, 20000) || c.status != 0)
        return false;
    path[strcspn(path, "\n")] = 0;
    return true;
}

/* Was everything removed? */
static void check_folder(const char *folder)
{
    if (rmdir(folder) != 0)
        fail("something is left in %s", folder);
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir") != NULL ? getenv("srcdir") : ".";
    char path[1024], version[32], newer[1024], folder[] = "/tmp/el2sim-peer-XXXXXX";
    unsigned found = 0;
    snprintf(path, sizeof(path), "%s/tests/hyp/vhe-demo.elf", srcdir);
    kernel = path;
    if (mkdtemp(folder) == NULL)
        fail("no temporary folder");
    setenv("TMPDIR", folder, 1);
    bool measure_all = argc > 1 && strcmp(argv[1], "-m") == 0;
    int first = measure_all ? 2 : 1;
    for (int n = first; n < argc; n++, found++)
        check(argv[n], measure_all);
    if (argc == first && qemu_program_version("qemu-system-aarch64", QEMU_SYSTEM_NAME, version) &&
        ++found != 0)
        check("qemu-system-aarch64", measure_all);
    if (argc == first && cached_qemu(srcdir, newer) && ++found != 0)
        check(newer, measure_all);
    check_folder(folder);
    if (found == 0)
        puts("no QEMU");
    return found != 0 ? 0 : 77;
}
