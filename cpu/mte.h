/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE: logical tags of addresses, allocation tags of memory, and the check of one against the other. Arm
 * ARM D10 (the Memory Tagging Extension); pseudocode AArch64.CheckTag(), AArch64.TagCheckFault(),
 * AArch64.MemTag[], AArch64.ChooseNonExcludedTag(). Tags are kept by bus/; whether a context checks is mmu/'s
 * (mmu_tag_checked()).
 */
#ifndef EL2SIM_CPU_MTE_H
#define EL2SIM_CPU_MTE_H

#include "cpu/cpu.h"

/* Is an access by the instruction `raw` checked at all? Not by SP with an immediate offset or none and no
 * writeback, not PC-relative ones, nor those of instructions that store tags or maintain caches. Pure. */
bool mte_checks(uint32_t raw);

/* The check of an access of [va, va + size), in one page of Tagged memory at pa in `ram`, through context t
 * (t->tag_check is not TAG_CHECK_OFF). A failure is taken as an exception (false is returned), or accumulated
 * in TFSR_ELx, or has no effect. */
bool mte_check(struct cpu *c, const struct insn *i, const struct tctx *t, const struct bus_ram *ram,
               uint64_t va, uint64_t pa, unsigned size, bool write, unsigned flags);

/* ---- instructions on addresses ---- */
/* ADDG and SUBG: result = base + displacement, with the tag of base moved on by `step` tags that are not
 * excluded. */
uint64_t mte_add_tag(const struct cpu *c, uint64_t base, uint64_t displacement, unsigned step);
/* IRG: base with a random tag, excluding those of `exclude` and GCR_EL1.Exclude. */
uint64_t mte_random_tag(struct cpu *c, uint64_t base, uint64_t exclude);

/* ---- instructions on allocation tags; false: the exception was taken ---- */
/* LDG: va's tag into *address<59:56>. */
bool mte_load_tag(struct cpu *c, const struct insn *i, uint64_t va, uint64_t *address);
/* STG (granules 1), ST2G (2), with `zero` STZG and STZ2G: the logical tag of `address` to each granule from
 * va. */
bool mte_store_tag(struct cpu *c, const struct insn *i, uint64_t va, uint64_t address, unsigned granules,
                   bool zero);
/* STGP: two registers, and the logical tag of va itself. */
bool mte_store_pair(struct cpu *c, const struct insn *i, uint64_t va, uint64_t low, uint64_t high);
/* LDGM, STGM (GMID_EL1.BS bytes' tags from or to a register), STZGM (a DC ZVA block). UNDEFINED at EL0. */
bool mte_load_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t *tags);
bool mte_store_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t tags);
bool mte_zero_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t tag);
/* DC GVA, and the tags of DC GZVA and SETGP ...: va's logical tag to all of the aligned block of `size`
 * bytes. */
bool mte_tag_block(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, unsigned flags);

#endif
