/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the debugger wants to be stopped for beside addresses: exceptions, traps, and system register accesses
 * that reach another register than they name. They are heard of as traces hear of them (traces/trace.h), so
 * that what --trace says and what stops is the same.
 */
#ifndef EL2SIM_DEBUG_CATCH_H
#define EL2SIM_DEBUG_CATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;
struct hub;
struct machine;
struct tracer;

enum catch_kind {
    CATCH_EXCEPTION, /* any exception, perhaps only to one Exception level */
    CATCH_TRAP,      /* what an instruction meets: synchronous, to a higher level, and no SVC, HVC or SMC */
    CATCH_REDIRECT   /* an MRS or MSR reached another register, or memory (FEAT_NV2) */
};

enum { CATCHES_MAX = 64, CATCH_WORD = 64, CATCH_NOTE = 512 };

struct catch
{
    uint8_t kind;          /* enum catch_kind */
    int8_t el;             /* CATCH_EXCEPTION: the target, -1: any */
    char word[CATCH_WORD]; /* CATCH_TRAP: what the reason contains; CATCH_REDIRECT: the register; "": any */
    unsigned number;
};

struct catches {
    struct catch list[CATCHES_MAX];
    unsigned n, next_number;     /* the latest number; 0: none so far */
    const struct tracer *others; /* who listened before, or NULL */
    struct hub *hub;             /* them and us; NULL: nothing is to be caught */

    /* The latest that was caught, until catch_take(). */
    bool caught;
    unsigned cpu;
    uint64_t insns; /* that this CPU had begun */
    char note[CATCH_NOTE];
};

/* The words after `catch`, at least one. Returns NULL, or static text that says what is wrong. */
const char *catch_parse(struct catch *c, int argc, char *const *argv);
/* Adds it with the next number, and listens from now on; between two instructions. Returns as above. */
const char *catch_add(struct catches *s, struct machine *m, const struct catch *c);
/* The one of that number, or (0) all; false: there is none. */
bool catch_remove(struct catches *s, struct machine *m, unsigned number);
/* Has c, since the last call, met something that is to be caught, which is where it stands now? s->note says
 * what. Asked before each instruction (an interrupt was taken) and after it. */
bool catch_take(struct catches *s, const struct cpu *c);
/* "c1: exceptions to EL2" */
void catch_describe(const struct catch *c, char *text, size_t size);

#endif
