/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lock-step: our machine executes an instruction for each that QEMU's log has, and both states are compared
 * before the next. Interrupts are taken where QEMU took them; what may differ is fed (align.h).
 */
#ifndef EL2SIM_DIFF_LOCKSTEP_H
#define EL2SIM_DIFF_LOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/permitted.h"
#include "diff/qemulog.h"
#include "sim/machine.h"
#include "traces/trace.h"

enum { LOCKSTEP_LAST = 20, LOCKSTEP_TEXT = 256 };

/* How far apart, in instructions, the same interrupt may come: our clock is moved up to the next timer event
 * within it, and an interrupt that is pending here waits as long for QEMU to take it. */
enum { LOCKSTEP_TOLERANCE = 20000 };

/* A QEMU that says nothing for so long, in a WFI from which nothing wakes ours, sleeps for ever; elsewhere it
 * hangs when it has been silent as often as this. */
enum { LOCKSTEP_SILENCE_MS = 3000, LOCKSTEP_SILENCES = 20 };

enum lockstep_outcome {
    LOCKSTEP_ALIKE,          /* to the end of both, or to the limit */
    LOCKSTEP_STATE,          /* after an instruction or exception registers differ */
    LOCKSTEP_SYNDROME,       /* both took an exception, with different ESR_ELx, FAR_ELx or ELR_ELx */
    LOCKSTEP_INTERRUPT_QEMU, /* QEMU took an interrupt that is not pending here */
    LOCKSTEP_INTERRUPT_OURS, /* an interrupt is pending and unmasked here, and QEMU doesn't take it */
    LOCKSTEP_ENDED_QEMU,     /* QEMU's machine ended, ours goes on */
    LOCKSTEP_ENDED_OURS,
    LOCKSTEP_FAILED /* the log can't be read: `reason` */
};

/* An instruction that was executed. */
struct lockstep_insn {
    uint64_t index, pc;
    uint32_t raw; /* 0: none was fetched */
    uint8_t el;
    uint64_t ours, qemu; /* PC after it */
};

/* What differs between two states, as bits. */
struct lockstep_difference {
    uint32_t x;
    bool sp, pc, pstate, el;
    uint32_t v;
    bool fpcr, fpsr;
};

struct lockstep {
    /* the caller's */
    struct machine *m;
    struct qemulog *log;
    struct permitted *permitted;
    uint64_t max_insns; /* 0: no limit */
    /* Called before each instruction that is executed with its index, may be NULL. */
    void (*before)(void *opaque, uint64_t index);
    void *opaque;

    /* the result */
    enum lockstep_outcome outcome;
    char reason[LOCKSTEP_TEXT];       /* in words */
    uint64_t index;                   /* instructions executed and found equal */
    struct qemulog_record start;      /* the state before the instruction in question, QEMU's and ours */
    struct qemulog_record ours, qemu; /* after it */
    struct lockstep_difference difference;
    uint64_t states_since; /* states are compared since `index` was this; UINT64_MAX: only PCs are */
    struct qemulog_record exception; /* QEMU's latest, of this instruction if `excepted` */
    bool excepted;
    struct lockstep_insn last[LOCKSTEP_LAST]; /* by index % LOCKSTEP_LAST */
    uint64_t interrupts, exceptions;
    uint64_t interrupted;               /* `states` at the latest interrupt */
    uint64_t states;                    /* in the log so far, less those whose instruction was not executed */
    uint64_t sr[SR_COUNT];              /* as they were before the latest instruction that writes one ... */
    uint64_t written;                   /* ... `index` after it */
    bool vpidr_written, vmpidr_written; /* VPIDR_EL2, VMPIDR_EL2 */

    /* lockstep.c's own */
    struct cpu *c;
    struct tracer tracer;
    struct qemulog_record record[2], *cur, *next;
    bool executed, undone;                  /* cur's instruction here; in QEMU not */
    const struct qemulog_record *lookahead; /* the state after the instruction under execution, or NULL */
    uint32_t raw;                           /* of it; 0: not fetched */
    uint64_t row;                           /* its system register's row, for MRS, MSR, SYS */
    uint64_t device_accesses;               /* before it */
    uint64_t overdue;                       /* instructions since an interrupt is pending and not taken */
};

/* Compares until the states part, both end, or the limit. The machine is at its first instruction, QEMU's log
 * begins there. */
void lockstep_run(struct lockstep *l);
/* Our CPU's state in the form of a record. */
void lockstep_state(struct cpu *c, bool fp, struct qemulog_record *r);
/* True if anything that both records have differs. */
bool lockstep_compare(const struct qemulog_record *a, const struct qemulog_record *b,
                      struct lockstep_difference *d);
/* The word at `pc` in the CPU's present context. False: it can't be fetched. */
bool lockstep_fetch(struct cpu *c, uint64_t pc, uint32_t *raw);

#endif
