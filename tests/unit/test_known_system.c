/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The known differences of `el2sim fuzz system`: for each row KNOWN_SYSTEM of fuzz/known.def one difference
 * that it explains, and a neighbour of the same shape without the cause, which it must not. The rules are
 * those of docs/qemu-differences.md ("Programs").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "fuzz/known.h"
#include "fuzz/known_case.h"
#include "fuzz/known_system.h"
#include "sysregs/fields.h"
#include "tests/unit/run.h"

/* Instructions. */
#define LDR UINT32_C(0xf9400041)       /* LDR X1, [X2] */
#define STR UINT32_C(0xf9000041)       /* STR X1, [X2] */
#define AT_S1E1R UINT32_C(0xd5087800)  /* AT S1E1R, X0 */
#define AT_S12E1R UINT32_C(0xd50c7880) /* AT S12E1R, X0 */
#define DC_CVAC UINT32_C(0xd50b7a20)   /* DC CVAC, X0 */
#define BR UINT32_C(0xd61f0000)        /* BR X0 */

/* PSTATE.M with DAIF masked. */
#define AT_EL0 UINT64_C(0x3c0)
#define AT_EL1 UINT64_C(0x3c5)
#define AT_EL2 UINT64_C(0x3c9)

/* A page descriptor: valid, AF. */
#define PAGE UINT64_C(0x44020403)

struct bench {
    struct program p;
    struct system_case c;
    struct system_difference d;
    struct system_registers regs;
    struct known_case k;
};

static void insn(struct bench *b, uint32_t raw)
{
    b->p.code[b->p.n_code] = (struct program_insn){.at = 4 * b->p.n_code, .raw = raw};
    b->p.n_code++;
}

/* An exception at the last instruction, taken to `el`. */
static struct program_event *event(struct bench *b, bool ours, unsigned el, uint64_t esr, uint64_t far,
                                   uint64_t spsr)
{
    struct program_result *r = ours ? &b->c.ours : &b->c.theirs;
    struct program_event *e = &r->events[r->n_events++];
    unsigned from = (unsigned)bits(spsr, 3, 2);
    *e = (struct program_event){.el = (uint8_t)el,
                                .vector = from < el ? 8 : 4,
                                .esr = esr,
                                .far = far,
                                .elr = PROGRAM_CODE_AT + 4 * (b->p.n_code - 1),
                                .spsr = spsr};
    if (ours)
        b->k.ours = e;
    else
        b->k.theirs = e;
    return e;
}

static void ours(struct bench *b, unsigned el, uint64_t esr, uint64_t far, uint64_t spsr)
{
    event(b, true, el, esr, far, spsr);
}

static void theirs(struct bench *b, unsigned el, uint64_t esr, uint64_t far, uint64_t spsr)
{
    event(b, false, el, esr, far, spsr);
}

static void differ(struct bench *b, enum system_what what, unsigned index, uint64_t our_value,
                   uint64_t their_value)
{
    b->d = (struct system_difference){what, index, our_value, their_value};
}

/* Both took the same exception, with syndromes that differ. */
static void syndromes(struct bench *b, unsigned el, uint64_t our_esr, uint64_t their_esr, uint64_t far,
                      uint64_t spsr)
{
    ours(b, el, our_esr, far, spsr);
    theirs(b, el, their_esr, far, spsr);
    differ(b, SYSTEM_ESR, 0, our_esr, their_esr);
}

/* A register at the start, at all exceptions so far, and at the end. */
static void state(struct bench *b, enum sysreg reg, uint64_t value)
{
    struct program_result *r = &b->c.ours;
    b->p.settings[b->p.n_settings++] = (struct program_setting){system_encoding(reg), value};
    r->registers[r->n_registers++] = (struct program_setting){system_encoding(reg), value};
    for (unsigned n = 0; system_state_register(n) != SR_NONE; n++)
        if (system_state_register(n) == reg)
            b->c.ours.events[0].state[n] = b->c.theirs.events[0].state[n] = value;
}

static void only_ours(struct bench *b, unsigned el, uint64_t esr, uint64_t far, uint64_t spsr)
{
    ours(b, el, esr, far, spsr);
    differ(b, SYSTEM_EVENT, 0, (uint64_t)el << 8 | b->k.ours->vector, UINT64_MAX);
}

static void only_theirs(struct bench *b, unsigned el, uint64_t esr, uint64_t far, uint64_t spsr)
{
    theirs(b, el, esr, far, spsr);
    differ(b, SYSTEM_EVENT, 0, UINT64_MAX, (uint64_t)el << 8 | b->k.theirs->vector);
}

/* Stage 1 on: 2 MB by one table of pages, va = 0x1000 is `leaf`. more: other bits of TCR_ELx, SCTLR_ELx. */
static void page(struct bench *b, bool el2, uint64_t leaf, uint64_t tcr, uint64_t sctlr)
{
    state(b, el2 ? SR_TCR_EL2 : SR_TCR_EL1, tcr | 43);
    state(b, el2 ? SR_TTBR0_EL2 : SR_TTBR0_EL1, PROGRAM_TABLES_AT);
    state(b, el2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1, sctlr | SCTLR_M);
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT + 8, leaf};
}

static void par(struct bench *b, uint32_t at, uint64_t our_value, uint64_t their_value)
{
    insn(b, at);
    differ(b, SYSTEM_REGISTER, system_encoding(SR_PAR_EL1), our_value, their_value);
}

static void died(struct bench *b, const char *text)
{
    b->c.ours.ran = true;
    snprintf(b->c.failure, sizeof(b->c.failure), "%s", text);
    differ(b, SYSTEM_DIED, 0, 1, 0);
}

/* ---- one for each row: the difference with its cause, or without it ---- */

static void spsr_btype(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 1, cause ? 0x96000004 : 0xf2000000, cause ? 0x96000004 : 0xf2000000, 0x1000, AT_EL1);
    differ(b, SYSTEM_SPSR, 0, AT_EL1, AT_EL1 | BIT(10));
}

static void brk_btype(struct bench *b, bool cause)
{
    insn(b, cause ? 0xd4200000 : 0xd4000001); /* BRK #0, SVC #0 */
    syndromes(b, 1, cause ? 0xf2000000 : 0x56000000, cause ? 0xf2000000 : 0x56000000, 0, AT_EL1);
    differ(b, SYSTEM_SPSR, 0, AT_EL1 | BIT(10), AT_EL1);
}

static void illegal_return(struct bench *b, bool cause)
{
    insn(b, 0xd2807921); /* MOVZ X1, #0x3c9 */
    insn(b, 0xd51c4001); /* MSR SPSR_EL2, X1 */
    insn(b, 0xd69f03e0); /* ERET */
    ours(b, 2, 0x3a000000, 0, AT_EL2);
    b->c.ours.events[0].elr = 0x5000;
    differ(b, SYSTEM_SPSR, 0, cause ? BIT(24) : BIT(22), cause ? BIT(22) : 0);
}

static void in_vector(struct bench *b, uint64_t offset, uint64_t our_spsr, uint64_t their_spsr)
{
    syndromes(b, 2, 0x82000004, 0x82000004, 0x8200, AT_EL1);
    b->c.ours.events[0].elr = b->c.theirs.events[0].elr = 0x8200 + offset;
    state(b, SR_VBAR_EL1, 0x8000);
    differ(b, SYSTEM_SPSR, 0, our_spsr, their_spsr);
}

static void spsr_allint(struct bench *b, bool cause)
{
    in_vector(b, cause ? 0 : 0x800, AT_EL1, AT_EL1 | BIT(13));
}

static void vector_flags(struct bench *b, bool cause)
{
    in_vector(b, cause ? 0 : 0x800, AT_EL1 | BIT(31) | BIT(24), AT_EL1);
}

static void split_access(struct bench *b, bool cause)
{
    insn(b, LDR);
    ours(b, 1, 0x96000021, 0x1ffc, AT_EL1);
    theirs(b, 1, 0x9600000f, cause ? 0x2000 : 0x3000, AT_EL1);
    differ(b, SYSTEM_FAR, 0, b->k.ours->far, b->k.theirs->far);
}

static void store_parts(struct bench *b, bool cause)
{
    insn(b, 0xa9000440); /* STP X0, X1, [X2] */
    syndromes(b, 1, 0x9600004f, 0x9600004f, cause ? 0x5000 : 0x5008, AT_EL1);
    differ(b, SYSTEM_MEMORY, 0, 1, 2);
}

static void load_parts(struct bench *b, bool cause)
{
    insn(b, 0xa9400440); /* LDP X0, X1, [X2] */
    syndromes(b, 1, 0x9600000f, 0x9600000f, 0x5000, AT_EL1);
    differ(b, SYSTEM_X, cause ? 1 : 3, 1, 2);
}

static void at_access_flag(struct bench *b, bool cause)
{
    insn(b, AT_S1E1R);
    state(b, SR_TCR_EL1, cause ? BIT(39) : 0);
    differ(b, SYSTEM_TABLES, 0x100000, 3, 0x403);
}

static void at_s12_dies(struct bench *b, bool cause)
{
    insn(b, cause ? AT_S12E1R : AT_S1E1R);
    died(b, "QEMU ended: is_s2_format");
}

static void external_abort(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 3, 0x96000010, 0x96000010, 0x1000, AT_EL1);
    b->c.theirs.events[0].el = 1;
    state(b, SR_SCR_EL3, cause ? BIT(3) | 1 : 1);
    differ(b, SYSTEM_EVENT, 0, 0x308, 0x104);
}

static void address_size(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 1, 0x96000000, 0x96000021, BIT(50) | 1, AT_EL1);
    state(b, SR_SCTLR_EL1, cause ? 0 : SCTLR_M);
}

static void nv1_pan(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_ours(b, 2, 0x9600000f, 0x1000, AT_EL2 | BIT(22));
    state(b, SR_HCR_EL2, HCR_E2H | HCR_NV | HCR_NV1);
    page(b, true, PAGE | (cause ? BIT(6) : 0), 0, 0);
}

static void par_cacheable(struct bench *b, bool cause)
{
    par(b, AT_S1E1R, UINT64_C(0x4400000044020b00), UINT64_C(0xff00000044020b80));
    state(b, SR_SCTLR_EL1, cause ? SCTLR_M : SCTLR_M | SCTLR_C);
}

static void pc_alignment(struct bench *b, bool cause)
{
    insn(b, BR);
    syndromes(b, 1, 0x8a000000, 0x86000005, 0x5002, AT_EL1);
    b->c.ours.events[0].elr = b->c.theirs.events[0].elr = cause ? 0x5002 : 0x5000;
}

static void tge_mmu(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_theirs(b, 2, 0x92000004, 0x1000, AT_EL0);
    state(b, SR_HCR_EL2, HCR_TGE | (cause ? 0 : HCR_E2H));
    state(b, SR_SCTLR_EL1, SCTLR_M);
}

static void alignment_stage2(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_ours(b, 1, 0x96000021, 0x1001, AT_EL1);
    state(b, SR_HCR_EL2, HCR_VM);
    state(b, SR_SCTLR_EL1, cause ? 0 : SCTLR_A);
}

/* Both have an Alignment fault, QEMU that of stage 2. */
static void alignment_stage2_later(struct bench *b, bool cause)
{
    insn(b, LDR);
    ours(b, 1, 0x96000021, 0x1004, AT_EL1);
    theirs(b, 2, 0x92000021, 0x1004, AT_EL1);
    differ(b, SYSTEM_EVENT, 0, 0x104, 0x208);
    state(b, SR_HCR_EL2, HCR_VM);
    state(b, SR_SCTLR_EL1, cause ? 0 : SCTLR_M);
}

static void quad_alignment(struct bench *b, bool cause)
{
    insn(b, cause ? 0x3dc00041 : 0xa9400440); /* LDR Q1, [X2]; LDP X0, X1, [X2] */
    ours(b, 1, 0x96000021, 0x1008, AT_EL1);
    theirs(b, 2, 0x92000007, 0x1008, AT_EL1);
    differ(b, SYSTEM_EVENT, 0, 0x104, 0x208);
    page(b, false, PAGE, 0, 0);
}

static void device_again(struct bench *b, bool cause)
{
    insn(b, 0xd2820002 + (cause ? 0 : 1 << 17)); /* MOVZ X2, #0x1000; #0x2000 */
    insn(b, LDR);
    insn(b, STR);
    only_ours(b, 1, 0x96000061, 0x1004, AT_EL1);
    page(b, false, PAGE, 0, 0);
}

/* Device memory by stage 2, stage 1 off under HCR_EL2.DC: a fault of stage 2. */
static void device_again_stage2(struct bench *b, bool cause)
{
    insn(b, 0xd2820002); /* MOVZ X2, #0x1000 */
    insn(b, LDR);
    insn(b, STR);
    ours(b, 2, 0x92000061, 0x1004, AT_EL1);
    theirs(b, 1, 0x96000061, 0x1004, AT_EL1);
    differ(b, SYSTEM_EVENT, 0, 0x208, 0x104);
    state(b, SR_HCR_EL2, HCR_DC);
    state(b, SR_VTCR_EL2, 42); /* from level 2: blocks of 2 MB */
    state(b, SR_VTTBR_EL2, PROGRAM_TABLES_AT);
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT, cause ? 0x440004c1 : 0x440004fd};
}

static void absent_parts(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 1, 0x96000010, 0x96000010, 0x1003, AT_EL1);
    b->c.theirs.events[0].far = cause ? 0x1000 : 0x1001;
    differ(b, SYSTEM_FAR, 0, 0x1003, b->c.theirs.events[0].far);
}

static void par_xs(struct bench *b, bool cause)
{
    uint64_t address = 0x44020b00, theirs_too = cause ? 4 : 0;
    par(b, AT_S1E1R, UINT64_C(5) << 56 | address, theirs_too << 56 | address);
}

static void dirty_unreadable(struct bench *b, bool cause)
{
    const uint64_t clean = BIT(51) | 0x4400071d;
    insn(b, 0xb8220041); /* LDADD W2, W1, [X2] */
    syndromes(b, 2, 0x9200000f, 0x9200000f, 0x1000, AT_EL1);
    state(b, SR_HCR_EL2, HCR_VM);
    state(b, SR_VTCR_EL2, 42);
    state(b, SR_VTTBR_EL2, PROGRAM_TABLES_AT);
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT, clean};
    b->c.ours.tables[0] = clean;
    differ(b, SYSTEM_TABLES, (unsigned)(PROGRAM_TABLES_AT - PROGRAM_BASE) + (cause ? 0 : 8), clean,
           clean | BIT(7));
}

static void device_alignment(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_ours(b, 1, 0x96000021, 0x1001, AT_EL1);
    page(b, false, PAGE, 0, 0);
    state(b, SR_MAIR_EL1, cause ? 4 : 0xff);
}

static void sp_alignment(struct bench *b, bool cause)
{
    insn(b, 0xf94003e0); /* LDR X0, [SP] */
    only_ours(b, 1, 0x9a000000, 0, AT_EL1);
    state(b, SR_SP_EL1, cause ? 8 : 16);
    state(b, SR_SCTLR_EL1, SCTLR_SA);
}

static void pmu_el0(struct bench *b, bool cause)
{
    insn(b, 0xd53b9d00); /* MRS X0, PMCCNTR_EL0 */
    only_ours(b, 2, 0x62000000, 0, AT_EL0);
    state(b, SR_MDCR_EL2, cause ? BIT(6) : 0);
}

static void exclusive_wnr(struct bench *b, bool cause)
{
    insn(b, cause ? 0xc85f7c41 : 0x48207c82); /* LDXR X1, [X2]; CASP X0, X1, X2, X3, [X4] */
    syndromes(b, 1, 0x96000021, 0x96000061, 0x1001, AT_EL1);
}

static void store_exclusive(struct bench *b, bool cause)
{
    insn(b, cause ? 0xc8037c41 : STR); /* STXR W3, X1, [X2] */
    only_ours(b, 1, 0x9600004f, 0x1000, AT_EL1);
}

static void ptw_level(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 2, 0x9200008f, 0x9200008c, 0x1000, AT_EL1);
    state(b, SR_HCR_EL2, HCR_VM | (cause ? HCR_PTW : 0));
}

static void cvap_load(struct bench *b, bool cause)
{
    insn(b, cause ? 0xd50b7c20 : DC_CVAC); /* DC CVAP, X0 */
    syndromes(b, 1, 0x96000144, 0x96000004, 0x1000, AT_EL1);
}

static void cache_maintenance(struct bench *b, bool cause)
{
    insn(b, cause ? DC_CVAC : 0xd50b7c20);
    only_ours(b, 1, 0x96000144, 0x1000, AT_EL1);
}

static void atomic_wnr(struct bench *b, bool cause)
{
    insn(b, cause ? 0xf8210040 : 0xf8bfc040); /* LDADD X1, X0, [X2]; LDAPR X0, [X2] */
    syndromes(b, 1, 0x9600000f, 0x9600004f, 0x1000, AT_EL1);
}

static void scxtnum_host(struct bench *b, bool cause)
{
    insn(b, 0xd53bd0e0); /* MRS X0, SCXTNUM_EL0 */
    only_theirs(b, 2, 0x62000000, 0, AT_EL0);
    state(b, SR_HCR_EL2, HCR_E2H | (cause ? HCR_TGE : 0));
}

static void scxtnum_tscxt(struct bench *b, bool cause)
{
    insn(b, 0xd538d0e0); /* MRS X0, SCXTNUM_EL1 */
    only_theirs(b, 2, 0x62000000, 0, AT_EL1);
    state(b, SR_SCTLR_EL2, cause ? SCTLR_TSCXT : 0);
}

static void scxtnum_nv(struct bench *b, bool cause)
{
    insn(b, 0xd53cd0e0); /* MRS X0, SCXTNUM_EL2 */
    syndromes(b, 2, 0x62000000, 0x62000000, 0, AT_EL1);
    b->c.theirs.events[0].el = 3;
    state(b, SR_HCR_EL2, cause ? HCR_NV : 0);
    state(b, SR_SCR_EL3, 1);
    differ(b, SYSTEM_EVENT, 0, 0x208, 0x308);
}

static void wxn_dirty(struct bench *b, bool cause)
{
    insn(b, BR);
    only_ours(b, 1, 0x8600000f, 0x1000, AT_EL1);
    b->c.ours.events[0].elr = 0x1000;
    page(b, false, PAGE | BIT(7) | (cause ? BIT(51) : 0), BIT(39) | BIT(40), SCTLR_WXN);
}

static void wxn_epan(struct bench *b, bool cause)
{
    insn(b, BR);
    only_ours(b, 1, 0x8600000f, 0x1000, AT_EL1 | BIT(22));
    b->c.ours.events[0].elr = 0x1000;
    page(b, false, PAGE, 0, SCTLR_WXN | (cause ? SCTLR_EPAN : 0));
}

static void zva_device(struct bench *b, bool cause)
{
    insn(b, 0xd50b7420); /* DC ZVA, X0 */
    only_ours(b, 1, 0x96000061, 0x1000, AT_EL1);
    page(b, false, PAGE, 0, 0);
    state(b, SR_MAIR_EL1, cause ? 0 : 0xff);
}

static void s1ptw_level(struct bench *b, bool cause)
{
    uint64_t walk = cause ? BIT(7) : 0;
    insn(b, LDR);
    syndromes(b, 2, 0x92000007 | walk, 0x92000005 | walk, 0x1000, AT_EL1);
}

static void s2_start_level(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_theirs(b, 2, 0x92000004, 0x1000, AT_EL1);
    state(b, SR_VTCR_EL2, UINT64_C(2) << 6 | (cause ? 3 : 5) << 16);
}

/* The fetch of a vector of EL1. */
static void s2_start_level_vector(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_ours(b, 1, 0x92000004, 0x1000, AT_EL0);
    state(b, SR_HCR_EL2, HCR_VM);
    state(b, SR_VTCR_EL2, UINT64_C(2) << 6 | 3 << 16);
    b->c.theirs.timed_out = cause;
}

/* A walk that meets a table that isn't there. */
static void s2_start_level_walk(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 2, 0x92000014, 0x92000004, 0x1000, AT_EL1);
    state(b, SR_VTCR_EL2, UINT64_C(2) << 6 | (cause ? 3 : 5) << 16);
}

static void s2_start_level_par(struct bench *b, bool cause)
{
    par(b, AT_S12E1R, UINT64_C(0xff) << 56 | 0x44020b80, cause ? 0xa09 : 0xa19);
    state(b, SR_VTCR_EL2, UINT64_C(2) << 6 | 3 << 16);
}

/* LDAR across a page: with SCTLR_EL1.nAA only Device memory asks for alignment. */
static void split_access_ordered(struct bench *b, bool cause)
{
    insn(b, 0x88dffc41); /* LDAR W1, [X2] */
    only_ours(b, 1, 0x96000021, 0x1000, AT_EL1);
    page(b, false, PAGE, 0, cause ? SCTLR_NAA : 0);
}

static void el12_e2h0(struct bench *b, bool cause)
{
    insn(b, 0xd53d1000); /* MRS X0, SCTLR_EL12 */
    only_ours(b, 2, 0x02000000, 0, AT_EL2);
    state(b, SR_HCR_EL2, cause ? 0 : HCR_E2H);
}

static void no_secure_timers(struct bench *b, bool cause)
{
    insn(b, 0xd53ce520); /* MRS X0, CNTHPS_CTL_EL2 */
    only_theirs(b, 2, 0x02000000, 0, AT_EL2);
    state(b, SR_SCR_EL3, cause ? BIT(18) : BIT(18) | 1);
}

static void daif_syndrome(struct bench *b, bool cause)
{
    insn(b, 0xd50341df); /* MSR DAIFSet, #1: op1 is 3, op2 is 6 */
    syndromes(b, 2, 0x62000000 | 6 << 17 | 3 << 14, 0x62000000 | (cause ? 3 << 17 | 6 << 14 : 0), 0, AT_EL0);
}

static void block_level(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_ours(b, 1, 0x96000004, 0x1000, AT_EL1);
    state(b, SR_SCTLR_EL1, SCTLR_M);
    state(b, SR_TCR_EL1, 16); /* from level 0 */
    state(b, SR_TTBR0_EL1, PROGRAM_TABLES_AT);
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT, cause ? 0x44000401 : 0x44000400};
}

/* AT in the state of the start, whose HCR_EL2 another instruction changed. */
static void block_level_at(struct bench *b, bool cause)
{
    insn(b, 0xd2820000); /* MOVZ X0, #0x1000 */
    par(b, AT_S1E1R, 0x809, 0x44000b80);
    state(b, SR_SCTLR_EL1, SCTLR_M);
    state(b, SR_TCR_EL1, 16);
    state(b, SR_TTBR0_EL1, PROGRAM_TABLES_AT);
    state(b, SR_HCR_EL2, HCR_TGE | HCR_E2H);
    b->p.settings[b->p.n_settings - 1].value = cause ? 0 : HCR_TGE | HCR_E2H;
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT, 0x44000401};
}

static void cntpct_el0(struct bench *b, bool cause)
{
    insn(b, 0xd53be020); /* MRS X0, CNTPCT_EL0 */
    only_ours(b, 2, 0x62000000, 0, AT_EL0);
    state(b, SR_CNTHCTL_EL2, cause ? 2 : 0);
}

static void daif_host(struct bench *b, bool cause)
{
    insn(b, 0xd53b4220); /* MRS X0, DAIF */
    only_ours(b, 2, 0x62000000, 0, AT_EL0);
    state(b, SR_HCR_EL2, HCR_E2H | HCR_TGE);
    state(b, SR_SCTLR_EL2, cause ? SCTLR_UMA : 0);
}

static void fault_access_flag(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 1, 0x9600000f, 0x9600000f, 0x1000, AT_EL1);
    page(b, false, PAGE, BIT(39), 0);
    b->c.ours.tables[0] = PAGE;
    differ(b, SYSTEM_TABLES, (unsigned)(PROGRAM_TABLES_AT - PROGRAM_BASE) + (cause ? 8 : 16), PAGE,
           PAGE ^ BIT(10));
}

/* A fault of stage 2 on the walk of stage 1. */
static void fault_access_flag_walk(struct bench *b, bool cause)
{
    const uint64_t table = 0x4400041d; /* not readable */
    insn(b, LDR);
    syndromes(b, 2, 0x9200008e, 0x9200008e, 0x5000, AT_EL1);
    b->c.ours.events[0].hpfar = 0x10;
    state(b, SR_HCR_EL2, HCR_VM);
    state(b, SR_VTCR_EL2, BIT(21) | 42);
    state(b, SR_VTTBR_EL2, PROGRAM_TABLES_AT);
    b->p.words[b->p.n_words++] = (struct program_word){PROGRAM_TABLES_AT, table};
    b->c.ours.tables[0] = table;
    differ(b, SYSTEM_TABLES, (unsigned)(PROGRAM_TABLES_AT - PROGRAM_BASE) + (cause ? 0 : 8), table,
           table ^ BIT(10));
}

static void isv_stage1(struct bench *b, bool cause)
{
    uint64_t abort = cause ? 0x96000007 : 0x92000007;
    insn(b, LDR);
    syndromes(b, 2, abort, abort | BIT(24) | BIT(15), 0x1000, cause ? AT_EL2 : AT_EL1);
}

static void par_sh(struct bench *b, bool cause)
{
    uint64_t attributes = cause ? 0 : UINT64_C(0xff) << 56; /* Device, or Write-Back */
    par(b, AT_S1E1R, attributes | 0x44020b00, attributes | 0x44020a00);
}

static void hpfar_ns(struct bench *b, bool cause)
{
    insn(b, LDR);
    syndromes(b, 2, 0x92000007, 0x92000007, 0x1000, AT_EL1);
    state(b, SR_SCR_EL3, BIT(18));
    page(b, false, PAGE | (cause ? BIT(5) : 0), 0, 0);
    b->c.ours.tables[0] = b->p.words[0].value;
    differ(b, SYSTEM_HPFAR, 0, BIT(63) | 0x1000, 0x1000);
}

static void xpac_no_key(struct bench *b, bool cause)
{
    insn(b, 0xdac143e5); /* XPACI X5 */
    differ(b, SYSTEM_X, 5, 0x44020000, UINT64_C(0x12340000000000) | (cause ? 0x44020000 : 0x44020001));
}

static void hvc_without_el2(struct bench *b, bool cause)
{
    insn(b, 0xd4000002);
    ours(b, 1, 0x02000000, 0, AT_EL1);
    theirs(b, 2, 0x5a000000, 0, AT_EL1);
    b->c.theirs.events[0].elr += 4;
    state(b, SR_SCR_EL3, cause ? 0 : BIT(18));
    differ(b, SYSTEM_EVENT, 0, 0x104, 0x208);
}

static void level_dies(struct bench *b, bool cause)
{
    state(b, SR_HCR_EL2, cause ? HCR_VM : 0);
    state(b, SR_SCTLR_EL1, SCTLR_M);
    died(b, "QEMU ended: arm_fi_to_lfsc");
}

static void timer_wrap(struct bench *b, bool cause)
{
    insn(b, 0xd51be321); /* MSR CNTV_CTL_EL0, X1 */
    state(b, SR_CNTV_CVAL_EL0, UINT64_MAX);
    state(b, SR_CNTVOFF_EL2, cause ? 0x1000 : 0);
    died(b, "QEMU hung");
}

static void sif_epan(struct bench *b, bool cause)
{
    insn(b, LDR);
    only_theirs(b, 1, 0x9600000f, 0x1000, AT_EL1 | BIT(22));
    state(b, SR_SCR_EL3, cause ? BIT(9) : 0);
    page(b, false, PAGE | BIT(5) | BIT(6), 0, SCTLR_EPAN);
}

static void register_bits(struct bench *b, bool cause)
{
    b->regs.n = 1;
    b->regs.row[0] = (struct system_register){
        .reg = SR_TCR_EL1, .encoding = system_encoding(SR_TCR_EL1), .differ = {BIT(60), BIT(60)}};
    insn(b, system_mrs(system_encoding(cause ? SR_TCR_EL1 : SR_MAIR_EL1), 3));
    differ(b, SYSTEM_X, 3, 0, BIT(60));
}

/* ---- all of them ---- */

static const struct pair {
    const char *predicate;
    void (*build)(struct bench *b, bool cause);
} pairs[] = {
#define PAIR(name)                                                                                           \
    {                                                                                                        \
#name, name                                                                                          \
    }
    {"s2_start_level", s2_start_level_par},
    {"s2_start_level", s2_start_level_walk},
    {"s2_start_level", s2_start_level_vector},
    {"split_access", split_access_ordered},
    {"device_again", device_again_stage2},
    {"block_level", block_level_at},
    {"alignment_stage2", alignment_stage2_later},
    {"fault_access_flag", fault_access_flag_walk},
    PAIR(brk_btype),
    PAIR(spsr_btype),
    PAIR(illegal_return),
    PAIR(spsr_allint),
    PAIR(vector_flags),
    PAIR(split_access),
    PAIR(store_parts),
    PAIR(load_parts),
    PAIR(at_access_flag),
    PAIR(at_s12_dies),
    PAIR(external_abort),
    PAIR(address_size),
    PAIR(nv1_pan),
    PAIR(par_cacheable),
    PAIR(pc_alignment),
    PAIR(tge_mmu),
    PAIR(alignment_stage2),
    PAIR(quad_alignment),
    PAIR(device_again),
    PAIR(absent_parts),
    PAIR(par_xs),
    PAIR(dirty_unreadable),
    PAIR(device_alignment),
    PAIR(sp_alignment),
    PAIR(pmu_el0),
    PAIR(exclusive_wnr),
    PAIR(store_exclusive),
    PAIR(ptw_level),
    PAIR(cvap_load),
    PAIR(cache_maintenance),
    PAIR(atomic_wnr),
    PAIR(scxtnum_host),
    PAIR(scxtnum_tscxt),
    PAIR(scxtnum_nv),
    PAIR(wxn_dirty),
    PAIR(wxn_epan),
    PAIR(zva_device),
    PAIR(s1ptw_level),
    PAIR(s2_start_level),
    PAIR(el12_e2h0),
    PAIR(no_secure_timers),
    PAIR(daif_syndrome),
    PAIR(block_level),
    PAIR(cntpct_el0),
    PAIR(daif_host),
    PAIR(fault_access_flag),
    PAIR(isv_stage1),
    PAIR(par_sh),
    PAIR(hpfar_ns),
    PAIR(xpac_no_key),
    PAIR(hvc_without_el2),
    PAIR(level_dies),
    PAIR(timer_wrap),
    PAIR(sif_epan),
    PAIR(register_bits),
#undef PAIR
};

/* The rows, by the names of their predicates. */
static const struct {
    const char *id, *predicate;
    known_predicate *explains;
} rows[] = {
#define KNOWN_USER(id, versions, predicate)
#define KNOWN_DEATH(id, versions, predicate)
#define KNOWN_SYSTEM(id, versions, predicate) {id, #predicate, known_##predicate},
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM
};

/* Bits of the difference that the row explains, and those that there are. */
static uint64_t explained(known_predicate *explains, const struct pair *pair, bool cause, uint64_t *all)
{
    struct bench *b = xcalloc(1, sizeof(*b));
    b->p.pc = PROGRAM_CODE_AT;
    b->c.program = &b->p;
    b->k = (struct known_case){.c = &b->c, .d = &b->d, .regs = &b->regs, .culprit_at = KNOWN_CULPRIT_EVENT};
    pair->build(b, cause);
    *all = b->d.ours ^ b->d.theirs;
    uint64_t mask = explains(&b->k) & *all;
    free(b);
    return mask;
}

static void check_pair(unsigned row, const struct pair *pair)
{
    uint64_t all, mask = explained(rows[row].explains, pair, true, &all);
    ck_assert_msg(all != 0 && mask == all, "%s explains %llx of %llx", rows[row].id, (unsigned long long)mask,
                  (unsigned long long)all);
    mask = explained(rows[row].explains, pair, false, &all);
    ck_assert_msg(all != 0 && mask == 0, "%s explains its neighbour: %llx", rows[row].id,
                  (unsigned long long)mask);
}

START_TEST(test_row)
{
    unsigned found = 0;
    for (unsigned n = 0; n < ARRAY_LEN(pairs); n++)
        if (strcmp(pairs[n].predicate, rows[_i].predicate) == 0) {
            check_pair((unsigned)_i, &pairs[n]);
            found++;
        }
    ck_assert_msg(found != 0, "%s: no case that it explains, and none that it must not", rows[_i].id);
}
END_TEST

/* Two rows about the same thing: what one must not explain the other does. */
static bool is_of_other(const char *neighbour_of, const char *predicate)
{
    static const char *const both[][2] = {{"ptw_level", "s1ptw_level"},
                                          {"s1ptw_level", "ptw_level"},
                                          {"cache_maintenance", "cvap_load"},
                                          {"exclusive_wnr", "atomic_wnr"},
                                          {"device_again", "device_alignment"}};
    for (unsigned n = 0; n < ARRAY_LEN(both); n++)
        if (strcmp(neighbour_of, both[n][0]) == 0 && strcmp(predicate, both[n][1]) == 0)
            return true;
    return false;
}

/* No row explains all of the neighbour of another one. */
START_TEST(test_others)
{
    uint64_t all, mask;
    for (unsigned n = 0; n < ARRAY_LEN(pairs); n++)
        for (unsigned row = 0; row < ARRAY_LEN(rows); row++) {
            mask = explained(rows[row].explains, &pairs[n], false, &all);
            ck_assert_msg(mask != all || is_of_other(pairs[n].predicate, rows[row].predicate),
                          "%s explains the neighbour of %s", rows[row].id, pairs[n].predicate);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("known differences of programs");
    TCase *all = tcase_create("rows");
    tcase_add_loop_test(all, test_row, 0, ARRAY_LEN(rows));
    tcase_add_test(all, test_others);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
