/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU's log (-d cpu,int,nochain or exec,int,nochain with one instruction per block) as records. The text
 * comes from another program and is untrusted: anything that isn't understood is an error with the line,
 * never a guess.
 */
#ifndef EL2SIM_DIFF_QEMULOG_H
#define EL2SIM_DIFF_QEMULOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qemulog_kind {
    QEMULOG_STATE,     /* before an instruction. It may be logged and then not executed: when an interrupt is
                          taken (an exception record with elr == pc follows) or QEMU's time slice ends (the same
                          record follows again) */
    QEMULOG_EXCEPTION, /* taken; the next state is that of the vector */
    QEMULOG_END        /* of the log */
};

struct qemulog_record {
    enum qemulog_kind kind;
    /* QEMULOG_STATE */
    bool has_core, has_fp;
    uint64_t pc, x[31], sp;
    uint32_t pstate;   /* as SPSR_ELx has it: NZCV, DAIF, CurrentEL, SP ... */
    uint8_t el;        /* in every detail */
    uint64_t v[32][2]; /* low half first */
    uint32_t fpcr, fpsr;
    /* QEMULOG_EXCEPTION */
    int number;        /* QEMU's EXCP_ number */
    char name[32];     /* "IRQ", "Data Abort", "SVC" */
    bool asynchronous; /* IRQ, FIQ, SError and the virtual ones */
    uint8_t from_el, to_el;
    uint64_t esr, far, elr;
};

struct qemulog;

/* Reads from fd, which stays the caller's. */
struct qemulog *qemulog_new(int fd);
void qemulog_free(struct qemulog *l);
/* The next record; waits for it. False: the log can't be read, qemulog_error() says why. */
bool qemulog_next(struct qemulog *l, struct qemulog_record *r);
const char *qemulog_error(const struct qemulog *l);

#endif
