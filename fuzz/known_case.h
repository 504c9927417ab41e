/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One difference between el2sim and QEMU, as the predicates of the rows KNOWN_SYSTEM of known.def see it:
 * each says which bits of the difference its row explains, and which instruction is to blame. What follows
 * from that instruction is no business of a predicate: known_system_explain() takes the instruction out and
 * looks again.
 *
 * A predicate asks for everything that its cause needs (registers at the exception, the instruction,
 * descriptors): a difference of the same shape without the cause is an error of one side.
 */
#ifndef EL2SIM_FUZZ_KNOWN_CASE_H
#define EL2SIM_FUZZ_KNOWN_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/system_compare.h"
#include "fuzz/system_pair.h"
#include "sysregs/sysreg.h"

/* Of known_case.culprit_at: the instruction at ELR of the event that differs, el2sim's or else QEMU's; and:
 * there is no one instruction. */
#define KNOWN_CULPRIT_EVENT UINT64_MAX
#define KNOWN_CULPRIT_NONE (UINT64_MAX - 1)

struct known_case {
    const struct system_case *c;
    const struct system_difference *d;
    const struct system_registers *regs;
    const struct program_event *ours, *theirs; /* of the event that differs; NULL: there is none */
    struct program_event led[2];
    /* Out, set to KNOWN_CULPRIT_EVENT before: which instruction made the difference, as struct
     * program_insn.at. A predicate that explains values (SYSTEM_X, _V, _MEMORY, _TABLES, _REGISTER) names the
     * one that made them. */
    uint64_t culprit_at;
};

/* Which bits of the difference k->d a row explains; KNOWN_ALL: the difference as such, 0: none. */
typedef uint64_t known_predicate(struct known_case *k);
#define KNOWN_ALL UINT64_MAX

#define KNOWN_USER(id, versions, predicate)
#define KNOWN_DEATH(id, versions, predicate)
#define KNOWN_SYSTEM(id, versions, predicate) known_predicate known_##predicate;
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM

/* ---- what a predicate asks (known_case.c) ---- */

/* Exception class of a synchronous exception; 64: asynchronous, or e is NULL. */
unsigned known_class(const struct program_event *e);
bool known_is_data_abort(const struct program_event *e);
bool known_is_abort(const struct program_event *e); /* of an instruction, too */
/* DFSC, IFSC. */
unsigned known_status(const struct program_event *e);
bool known_is_alignment_fault(const struct program_event *e);
bool known_is_permission_fault(const struct program_event *e);

/* SYSTEM_EVENT or SYSTEM_ELR: the events are not the same exception, or not at the same place. */
bool known_parted(const struct known_case *k);
/* Both took an exception at the same address. */
bool known_same_place(const struct known_case *k);
/* el2sim takes an exception where QEMU goes on; the other way round. */
bool known_only_ours(const struct known_case *k);
bool known_only_theirs(const struct known_case *k);
/* The difference is one of the system register `reg` at the end. */
bool known_is_register(const struct known_case *k, enum sysreg reg);

/* The value of a register at the program's start: its setting, or else what the monitor puts there. */
uint64_t known_at_start(const struct known_case *k, enum sysreg reg);
/* SCR_EL3 says that the program runs in Secure state. */
bool known_is_secure(const struct known_case *k);
/* The SCTLR_ELx that code of an Exception level has at event e. */
uint64_t known_sctlr(const struct known_case *k, const struct program_event *e, unsigned el);

/* The program's instruction at e; 0: there is none. */
uint32_t known_insn(const struct known_case *k, const struct program_event *e);
/* The last instruction before code[limit] with (raw & mask) == insn that el2sim executed without an
 * exception, as index; -1: there is none. */
int known_last_insn(const struct known_case *k, unsigned limit, uint32_t mask, uint32_t insn);
/* The first instruction of a kind behind the exceptions that r recorded; -1. */
int known_next_insn(const struct known_case *k, const struct program_result *r, bool is(uint32_t insn));
/* Where the difference is in PAR_EL1, or in what the last MRS that wrote Xn read of it: the AT instruction
 * whose result that is; -1: it isn't, or there is none. Blames AT for PAR_EL1, MRS for Xn. */
int known_par_source(struct known_case *k);
/* What MOVZ, MOVN and MOVK right before code[n] leave in a register. */
bool known_constant(const struct known_case *k, unsigned n, unsigned reg, uint64_t *value);
/* Names code[n] as the culprit. */
void known_blame(struct known_case *k, int n);

/* Is an address Device memory for the code that took e? In doubt (a table that it can't follow): no. */
bool known_is_device(const struct known_case *k, const struct program_event *e, uint64_t va);

/* ---- instructions ---- */

/* Bytes of memory that a load or store accesses; 0: it is neither. *element: of what has to be aligned. */
unsigned known_access_bytes(uint32_t insn, unsigned *element);
bool known_is_exclusive(uint32_t insn); /* Load- and Store-Exclusive */
bool known_is_atomic(uint32_t insn);    /* of FEAT_LSE, also CAS and CASP */
bool known_is_ldapr(uint32_t insn);     /* LDAPR, LDAPUR, STLUR */

#endif
