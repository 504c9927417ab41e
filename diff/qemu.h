/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU as a peer: finding a program, starting it on a machine like ours, and the three ways to look into it:
 * its log of every instruction (qemulog.h), its gdb stub (gdbclient.h) and its monitor.
 *
 * QEMU is started with one instruction per translation block, so that its log has the state before every
 * instruction, and under -icount with the same shift as ours, so that its time is the number of instructions,
 * too. The log goes through a pipe: QEMU runs no further ahead than the pipe's size.
 */
#ifndef EL2SIM_DIFF_QEMU_H
#define EL2SIM_DIFF_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QEMU_ERROR_SIZE = 512 };

/* What the log says of each instruction; more takes longer. Exceptions are logged in all but the first. */
enum qemu_detail {
    QEMU_LOG_NONE, /* nothing */
    QEMU_LOG_PC,   /* PC and EL */
    QEMU_LOG_CORE, /* X0-X30, SP, PC, PSTATE */
    QEMU_LOG_FP    /* and V0-V31, FPCR, FPSR */
};

struct qemu_config {
    const char *program;     /* path or name on PATH; NULL: qemu-system-aarch64 */
    const char *const *args; /* the machine: -M, -cpu, -m, -device loader ... up to a NULL */
    unsigned icount_shift;   /* as -icount shift= */
    bool icount;             /* false: QEMU's own time, blocks of any size (fuzz batches) */
    enum qemu_detail detail;
    bool gdb;     /* a gdb stub; QEMU waits at reset until told to go on */
    bool monitor; /* a human monitor */
};

struct qemu;

/* Starts QEMU. NULL: error says why in one line, with what to do ("apt install qemu-system-arm"). */
struct qemu *qemu_start(const struct qemu_config *cfg, char error[QEMU_ERROR_SIZE]);
/* Kills it, removes its sockets. */
void qemu_stop(struct qemu *q);
/* "7.2.22": of the running program. */
const char *qemu_version(const struct qemu *q);
/* True at version major.minor or later. */
bool qemu_at_least(const struct qemu *q, unsigned major, unsigned minor);
/* The reading end of the log's pipe, -1 without a log; with a monitor or a stub there is one, even if empty
 * so far. */
int qemu_log_fd(const struct qemu *q);
/* The connected gdb stub's socket, -1 without. */
int qemu_gdb_fd(const struct qemu *q);
/* Runs one command of the human monitor; the answer without prompt and echo. False: QEMU is gone or stuck. */
bool qemu_monitor(struct qemu *q, const char *command, char *answer, size_t size);
/* Changes what is logged from now on, for which QEMU must have a monitor. What was logged before stays in the
 * pipe. False: as above. */
bool qemu_set_detail(struct qemu *q, enum qemu_detail detail);
/* A QEMU that is blocked on its log may not answer. While qemu_monitor() and qemu_wait() wait, `drain` (NULL:
 * none) is called again and again: qemulog_drain(), with the log. */
void qemu_set_drain(struct qemu *q, void (*drain)(void *opaque), void *opaque);
/* Waits for its end, up to `ms` milliseconds (negative: for ever); *status is its exit status. False: it runs
 * on. */
bool qemu_wait(struct qemu *q, int ms, int *status);
/* What it wrote to its standard error so far, for messages. */
const char *qemu_stderr(struct qemu *q);
/* What qemu-system-aarch64 calls itself; the user mode program says "qemu-aarch64". */
#define QEMU_SYSTEM_NAME "QEMU emulator"
/* The version of a program that calls itself `name` before "version": "7.2.22". False: it can't be run, or is
 * something else. */
bool qemu_program_version(const char *program, const char *name, char version[32]);

#endif
