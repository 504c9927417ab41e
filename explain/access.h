/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An access to a system register or a system instruction as text, and the verdict on it: for `explain
 * access`, `explain tlbi` and `explain map`.
 */
#ifndef EL2SIM_EXPLAIN_ACCESS_H
#define EL2SIM_EXPLAIN_ACCESS_H

#include "cpu/exception.h"
#include "explain/internal.h"

struct access_request {
    uint32_t raw;    /* the instruction word */
    bool write;      /* MSR or SYS */
    bool immediate;  /* MSR (immediate) */
    bool undecoded;  /* unallocated on this CPU */
    enum sysreg reg; /* its row, SR_NONE: none */
    char name[40];   /* of the register or operation */
    char text[80];   /* as an assembler writes it */
};

struct access_answer {
    uint8_t el;
    struct access_verdict verdict;
    struct access_record record; /* empty where no row was asked */
    struct route route;          /* the rest: only of ACCESS_UNDEF and ACCESS_TRAP */
    uint64_t esr;
    unsigned vector;
};

/* False: x's error says why the text isn't an access. */
bool access_parse(struct explain *x, const char *text, struct access_request *q);
/* Of an instruction word that is an MRS, MSR, SYS or SYSL. */
void access_identify(const struct explain *x, uint32_t raw, struct access_request *q);
/* Asks the verdict functions about EL `el`. */
void access_ask(const struct explain *x, const struct access_request *q, unsigned el,
                struct access_answer *a);
/* What the register that a step looked at holds now: "HCR_EL2.TVM is 0". */
void step_value(const struct explain *x, const struct access_step *s, char *text, size_t size);
/* Prints what those fields are for. */
void step_meaning(struct explain *x, const struct access_step *s);

#endif
