/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU's log (-d exec,int,nochain, with cpu and fpu or without, one instruction per block) as records. The
 * text comes from another program and is untrusted: anything that isn't understood is an error with the line,
 * never a guess.
 *
 * A record is delivered as soon as its own text is there: QEMU writes an instruction's text before it
 * executes it, so who takes record n and then no more has QEMU before instruction n (and up to a pipe's size
 * further). The detail of the log may change at any time (qemu_set_detail()); a record says by has_core and
 * has_fp what it has. The log must be of one CPU.
 */
#ifndef EL2SIM_DIFF_QEMULOG_H
#define EL2SIM_DIFF_QEMULOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qemulog_kind {
    QEMULOG_STATE,     /* before an instruction */
    QEMULOG_UNDONE,    /* the instruction of the last QEMULOG_STATE was not executed: an interrupt is taken
                          first, QEMU's time slice was over, or 7.2 starts a device access anew. An exception
                          or the same state once more follows. */
    QEMULOG_EXCEPTION, /* taken; the next state is that of the vector. An instruction abort comes without a
                          state of its address before it: QEMU logs what it could fetch. */
    QEMULOG_END        /* of the log */
};

struct qemulog_record {
    enum qemulog_kind kind;
    /* QEMULOG_STATE */
    bool has_core,
        has_fp; /* else x, sp, pstate and v, fpcr, fpsr mean nothing (FP also while it is trapped) */
    uint64_t pc, x[31], sp;
    uint32_t pstate;   /* as SPSR_ELx has it: NZCV, DAIF, CurrentEL, SP ... */
    uint8_t el;        /* in every detail; without has_core from the block's flags, checked at exceptions */
    uint64_t v[32][2]; /* low half first */
    uint32_t fpcr, fpsr;
    /* QEMULOG_EXCEPTION */
    int number;        /* QEMU's EXCP_ number */
    char name[32];     /* "IRQ", "Data Abort", "SVC" */
    bool asynchronous; /* IRQ, FIQ, SError, NMI and the virtual ones: esr is of no meaning but for SError */
    bool handled;      /* by QEMU itself as a call of PSCI or semihosting: no vector, and no elr */
    bool has_far;
    uint8_t from_el, to_el;
    uint64_t esr, far, elr;
};

struct qemulog;

enum { QEMULOG_TIMEOUT_MS = 60000 };

/* Reads from fd, which stays the caller's. */
struct qemulog *qemulog_new(int fd);
void qemulog_free(struct qemulog *l);
/* How long qemulog_next() waits, in milliseconds (QEMULOG_TIMEOUT_MS if nothing is set). */
void qemulog_set_timeout(struct qemulog *l, int ms);
/* The next record; waits for it. False: the log can't be read, or nothing came in time; qemulog_error() says
 * why. */
bool qemulog_next(struct qemulog *l, struct qemulog_record *r);
/* Nothing came in time: the one failure after which qemulog_next() may be called again. */
bool qemulog_timed_out(const struct qemulog *l);
const char *qemulog_error(const struct qemulog *l);
/* Takes what is in the pipe into memory, without waiting: a QEMU that is blocked on its log goes on. For
 * gdbclient_interrupt() and qemu_set_drain(), hence the type of the argument, a struct qemulog. */
void qemulog_drain(void *l);

#endif
