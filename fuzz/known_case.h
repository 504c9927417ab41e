/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One difference between el2sim and QEMU, as the predicates of the rows KNOWN_SYSTEM of known.def see it:
 * each says which bits of the difference its row explains, and which instruction is to blame. What follows
 * from that instruction is no business of a predicate: known_system_explain() takes the instruction out and
 * looks again.
 */
#ifndef EL2SIM_FUZZ_KNOWN_CASE_H
#define EL2SIM_FUZZ_KNOWN_CASE_H

#include <stdint.h>

#include "fuzz/system_compare.h"
#include "fuzz/system_pair.h"

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
     * program_insn.at. A predicate that explains values (SYSTEM_X, _V, _MEMORY, _REGISTER) names the one that
     * made them. */
    uint64_t culprit_at;
};

/* Which bits of the difference k->d a row explains; UINT64_MAX: the difference as such, 0: none. */
typedef uint64_t known_predicate(struct known_case *k);

#endif
