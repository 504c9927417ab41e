/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An image of programs on QEMU. Its RAM is a file without a name, which nothing leaves behind: the image is
 * written into it before QEMU starts, and the results are read behind its end. See system_peer.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "diff/qemu.h"
#include "fuzz/monitor.h"
#include "fuzz/system_peer.h"

enum { RAM_BASE = 0x40000000, POLL_MS = 20, HANG_MS = 3000, END_MS = 500, START_MS = 20000 };

struct system_qemu {
    const char *program, *cpu;
    char version[32];
    int file;
    uint8_t *ram; /* the file, mapped */
    struct child child;
    bool running;
    const struct system_image *image;
    uint64_t watchdog;
};

static bool make_file(struct system_qemu *q, char *error)
{
    void *p = MAP_FAILED;
    q->file = memfd_create("el2sim-fuzz", MFD_CLOEXEC);
    if (q->file >= 0 && ftruncate(q->file, SYSTEM_RAM_SIZE) == 0)
        p = mmap(NULL, SYSTEM_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, q->file, 0);
    if (p == MAP_FAILED)
        snprintf(error, FUZZ_ERROR_SIZE, "can't make a file for QEMU's RAM: %s", strerror(errno));
    q->ram = p != MAP_FAILED ? p : NULL;
    return q->ram != NULL;
}

struct system_qemu *system_qemu_new(const char *program, const char *cpu, char *error)
{
    struct system_qemu *q = xcalloc(1, sizeof(*q));
    q->program = program != NULL ? program : "qemu-system-aarch64";
    q->cpu = cpu;
    q->file = -1;
    if (!qemu_program_version(q->program, QEMU_SYSTEM_NAME, q->version)) {
        snprintf(error, FUZZ_ERROR_SIZE,
                 "can't run %s (on Debian: apt install qemu-system-arm; or name another with --qemu)",
                 q->program);
        free(q);
        return NULL;
    }
    if (!make_file(q, error)) {
        system_qemu_free(q);
        return NULL;
    }
    return q;
}

void system_qemu_free(struct system_qemu *q)
{
    if (q->running)
        child_stop(&q->child);
    if (q->ram != NULL)
        munmap(q->ram, SYSTEM_RAM_SIZE);
    if (q->file >= 0)
        close(q->file);
    free(q);
}

const char *system_qemu_version(const struct system_qemu *q)
{
    return q->version;
}

static uint8_t *memory_of(struct system_qemu *q)
{
    return q->ram + (MONITOR_AT - RAM_BASE);
}

static bool start(struct system_qemu *q, unsigned first, char *error)
{
    char object[160], loader[2][64], size[32];
    snprintf(object, sizeof(object),
             "memory-backend-file,id=ram,size=%lluM,mem-path=/proc/%ld/fd/%d,share=on",
             (unsigned long long)(SYSTEM_RAM_SIZE >> 20), (long)getpid(), q->file);
    for (unsigned n = 0; n < 2; n++)
        snprintf(loader[n], sizeof(loader[n]), "loader,addr=0x%x,cpu-num=%u", MONITOR_AT, n);
    snprintf(size, sizeof(size), "%lluM", (unsigned long long)(SYSTEM_RAM_SIZE >> 20));
    /* The second CPU only sleeps: with one, QEMU's accesses lose their atomicity, and with it the alignment
     * checks of Device memory. */
    const char *const argv[] = {q->program,
                                "-M",
                                "virt,gic-version=3,virtualization=on,secure=on,memory-backend=ram",
                                "-cpu",
                                q->cpu,
                                "-smp",
                                "2",
                                "-m",
                                size,
                                "-object",
                                object,
                                "-device",
                                loader[0],
                                "-device",
                                loader[1],
                                "-semihosting",
                                "-nodefaults",
                                "-display",
                                "none",
                                "-serial",
                                "none",
                                "-no-reboot",
                                NULL};
    memset(q->ram + (PROGRAM_BASE - RAM_BASE), 0, PROGRAM_SIZE);
    memcpy(memory_of(q), q->image->bytes, q->image->size);
    system_image_set_control(memory_of(q), CONTROL_NEXT, first);
    system_image_set_control(memory_of(q), CONTROL_WATCHDOG, q->watchdog);
    if (!child_start(&q->child, (char *const *)argv)) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't start %s: %s", q->program, strerror(errno));
        return false;
    }
    q->running = true;
    return true;
}

bool system_qemu_start(struct system_qemu *q, const struct system_image *i, uint64_t watchdog, char *error)
{
    q->image = i;
    q->watchdog = watchdog;
    memset(memory_of(q) + (i->results - MONITOR_AT), 0, system_image_extent(i) - (i->results - MONITOR_AT));
    return start(q, 0, error);
}

/* Waits until QEMU ends, or gets no further. */
static void watch(struct system_qemu *q)
{
    uint64_t seen = UINT64_MAX;
    int64_t since = now_ms();
    while (!child_wait(&q->child, POLL_MS)) {
        uint64_t next = system_image_control(memory_of(q), CONTROL_NEXT);
        int64_t now = now_ms();
        bool started = system_image_control(memory_of(q), CONTROL_STARTED) != 0;
        if (next != seen) {
            seen = next;
            since = now;
        }
        if (now - since > (started ? HANG_MS : START_MS))
            return;
    }
}

/* The last line of what it wrote to its standard error. */
static void last_words(struct system_qemu *q, char *text, size_t size)
{
    char all[4096];
    size_t out;
    bool ended = child_collect(&q->child, all, sizeof(all), &out, END_MS);
    char *line = all + (out < sizeof(all) ? out : 0), *end = line + strlen(line);
    while (end > line && end[-1] == '\n')
        *--end = 0;
    char *last = strrchr(line, '\n');
    snprintf(text, size, "%s%s", last != NULL ? last + 1 : line,
             ended && q->child.status > 128 ? " (killed by a signal)" : "");
    child_stop(&q->child);
    q->running = false;
}

bool system_qemu_finish(struct system_qemu *q, struct system_run *r, char *error)
{
    unsigned first = 0;
    memset(r, 0, sizeof(*r));
    r->memory = memory_of(q);
    for (;;) {
        struct system_failure f = {0};
        watch(q);
        f.died = child_wait(&q->child, 0);
        last_words(q, f.text, sizeof(f.text));
        uint64_t next = system_image_control(r->memory, CONTROL_NEXT);
        if (system_image_control(r->memory, CONTROL_DONE) != 0)
            return true;
        if (system_image_control(r->memory, CONTROL_STARTED) == 0) {
            snprintf(error, FUZZ_ERROR_SIZE, "%s doesn't start: %s", q->program,
                     f.text[0] != 0 ? f.text
                     : f.died       ? "it ended at once"
                                    : "it hangs");
            return false;
        }
        f.program = (unsigned)next;
        if (next < first || next >= q->image->n) {
            snprintf(error, FUZZ_ERROR_SIZE, "%s %s outside any program: %s", q->program,
                     f.died ? "ended" : "hung", f.text);
            return false;
        }
        r->failure[r->n_failures++] = f;
        if (r->n_failures == SYSTEM_FAILURES)
            return true;
        first = (unsigned)next + 1;
        if (!start(q, first, error))
            return false;
    }
}
