/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What instructions write. The rule is one line: an FP or SIMD instruction writes V[rd], another X[rd]. The
 * table below has the exceptions, by the names of ops. See effects.h.
 */
#include "cpu/effects.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/mops.h"
#include "sysregs/sysreg.h"

enum effect {
    W_RD = 1 << 0,        /* X[rd] */
    W_RD1 = 1 << 1,       /* X[rd + 1], the second of a CASP pair */
    W_RA = 1 << 2,        /* X[ra] */
    W_RN = 1 << 3,        /* X[rn]: writeback ... */
    W_RN_IMM = 1 << 4,    /* ... unless the immediate is zero: FEAT_LRCPC3 */
    W_RN_POST = 1 << 5,   /* ... of the post-indexed form of a structure */
    W_SP = 1 << 6,        /* ... to SP, whatever rn is */
    W_X0 = 1 << 7,        /* the answer of firmware or semihosting */
    W_LR = 1 << 8,        /* X30 */
    W_HINT_LR = 1 << 9,   /* X30, with FEAT_PAuth */
    W_HINT_X17 = 1 << 10, /* X17, with FEAT_PAuth */
    W_NZCV = 1 << 11,
    W_VD = 1 << 12, /* V[rd] */
    W_V2 = 1 << 13, /* V[rd] and the one after it ... */
    W_V3 = 1 << 14,
    W_V4 = 1 << 15,
    W_VA = 1 << 16,      /* V[ra] */
    W_SPECIAL = 1 << 17, /* see special() */
    W_DEFAULT = 1 << 18,
};

/* `*` is any text. The first that fits counts. */
static const struct {
    const char *name;
    uint32_t effects;
} exceptions[] = {
    /* branches, hints, barriers */
    {"B", 0},
    {"B_*", 0},
    {"CB*", 0},
    {"TBZ", 0},
    {"TBNZ", 0},
    {"BL", W_LR},
    {"BLR*", W_LR},
    {"BR", 0},
    {"BRA*", 0},
    {"RET*", 0},
    {"ERET*", 0},
    {"SVC", 0},
    {"HVC", W_X0},
    {"SMC", W_X0},
    {"HLT", W_X0},
    {"BRK", 0},
    {"NOP", 0},
    {"YIELD", 0},
    {"WF*", 0},
    {"SEV*", 0},
    {"ESB", 0},
    {"CLREX", 0},
    {"DSB", 0},
    {"DMB", 0},
    {"ISB", 0},
    {"UNDEFINED", 0},
    {"FP_TRAP", 0},
    {"DECODE", 0},
    {"PAGE_END", 0},
    {"XPACLRI", W_HINT_LR},
    {"PACI*1716", W_HINT_X17},
    {"AUTI*1716", W_HINT_X17},
    {"PACIAZ", W_HINT_LR},
    {"PACIBZ", W_HINT_LR},
    {"PACI*SP", W_HINT_LR},
    {"AUTIAZ", W_HINT_LR},
    {"AUTIBZ", W_HINT_LR},
    {"AUTI*SP", W_HINT_LR},
    /* system */
    {"MSR*", W_SPECIAL},
    {"MRS", W_SPECIAL},
    {"SYS", 0},
    /* flags */
    {"ADDS_*", W_RD | W_NZCV},
    {"SUBS_*", W_RD | W_NZCV},
    {"ANDS_*", W_RD | W_NZCV},
    {"BICS_*", W_RD | W_NZCV},
    {"ADCS*", W_RD | W_NZCV},
    {"SBCS*", W_RD | W_NZCV},
    {"SUBPS", W_RD | W_NZCV},
    {"CCM*", W_NZCV},
    {"CFINV", W_NZCV},
    {"XAFLAG", W_NZCV},
    {"AXFLAG", W_NZCV},
    {"RMIF", W_NZCV},
    {"SETF8", W_NZCV},
    {"SETF16", W_NZCV},
    {"FCMP_*", W_NZCV},
    {"FCCMP_*", W_NZCV},
    {"FJCVTZS", W_RD | W_NZCV},
    /* from SIMD&FP to general-purpose registers */
    {"FMOV_W*", W_RD},
    {"FMOV_X*", W_RD},
    {"FCVT_W*", W_RD},
    {"FCVT_X*", W_RD},
    {"FCVTZS_W*", W_RD},
    {"FCVTZS_X*", W_RD},
    {"FCVTZU_W*", W_RD},
    {"FCVTZU_X*", W_RD},
    {"UMOV_*", W_RD},
    {"SMOV_*", W_RD},
    /* memory: SIMD&FP */
    {"LDR_*_post", W_VD | W_RN},
    {"LDR_*_pre", W_VD | W_RN},
    {"LDP_*_post", W_VD | W_VA | W_RN},
    {"LDP_*_pre", W_VD | W_VA | W_RN},
    {"LDP_*", W_VD | W_VA},
    {"LD1_1_*", W_VD | W_RN_POST},
    {"LD1_2_*", W_V2 | W_RN_POST},
    {"LD1_3_*", W_V3 | W_RN_POST},
    {"LD1_4_*", W_V4 | W_RN_POST},
    {"LD1_lane_*", W_VD | W_RN_POST},
    {"LD1R_*", W_VD | W_RN_POST},
    {"LD2_*", W_V2 | W_RN_POST},
    {"LD3_*", W_V3 | W_RN_POST},
    {"LD4_*", W_V4 | W_RN_POST},
    {"LD2R_*", W_V2 | W_RN_POST},
    {"LD3R_*", W_V3 | W_RN_POST},
    {"LD4R_*", W_V4 | W_RN_POST},
    {"ST1_*", W_RN_POST},
    {"ST2_*", W_RN_POST},
    {"ST3_*", W_RN_POST},
    {"ST4_*", W_RN_POST},
    /* memory: general-purpose registers */
    {"LDR*_post", W_RD | W_RN},
    {"LDR*_pre", W_RD | W_RN},
    {"LDAPR*_post", W_RD | W_RN},
    {"LDP*_post_sp", W_RD | W_RA | W_SP},
    {"LDP*_pre_sp", W_RD | W_RA | W_SP},
    {"LDP*_post", W_RD | W_RA | W_RN},
    {"LDP*_pre", W_RD | W_RA | W_RN},
    {"LDP64_*", W_RD | W_RA},
    {"LDP32_*", W_RD | W_RA},
    {"LDPSW_*", W_RD | W_RA},
    {"LDIAPP*", W_RD | W_RA | W_RN_IMM},
    {"LDXP*", W_RD | W_RA},
    {"LDCLRP", W_RD | W_RA},
    {"LDSETP", W_RD | W_RA},
    {"SWPP", W_RD | W_RA},
    {"CASP*", W_RD | W_RD1},
    {"STX*", W_RD},
    {"STILP*", W_RN_IMM},
    {"ST*_post_sp", W_SP},
    {"ST*_pre_sp", W_SP},
    {"ST*_post", W_RN},
    {"ST*_pre", W_RN},
    {"ST*", 0},
    {"CPY", W_SPECIAL},
    {"CPYF", W_SPECIAL},
    {"SET", W_SPECIAL},
};

static const char *const op_names[OP_COUNT] = {
#define OP(name) #name,
#include "cpu/ops_gen.h"
#undef OP
};

static bool fits(const char *pattern, const char *name)
{
    size_t head = strcspn(pattern, "*"), tail = strlen(pattern + head), length = strlen(name);
    if (tail == 0)
        return strcmp(pattern, name) == 0;
    return strncmp(pattern, name, head) == 0 && length >= head + tail - 1 &&
           strcmp(pattern + head + 1, name + length - (tail - 1)) == 0;
}

static uint32_t of_op(const char *name)
{
    for (size_t n = 0; n < ARRAY_LEN(exceptions); n++)
        if (fits(exceptions[n].name, name))
            return exceptions[n].effects;
    return W_DEFAULT;
}

void effects_init(struct effects *e)
{
    for (unsigned op = 0; op < OP_COUNT; op++)
        e->of[op] = of_op(op_names[op]);
}

/* A list under construction. */
struct list {
    uint8_t *reg;
    unsigned n;
};

static void add(struct list *l, unsigned reg)
{
    l->reg[l->n++] = (uint8_t)reg;
}

/* X by its index in cpu->x[]. */
static void add_x(struct list *l, unsigned n)
{
    if (n == REG_SP)
        add(l, TRACE_SP);
    else if (n < REG_ZR)
        add(l, TRACE_X + n);
}

static void add_v(struct list *l, unsigned first, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        add(l, TRACE_V + ((first + n) & 31));
}

static void msr(struct list *l, const struct insn *i)
{
    switch (i->imm) {
    case SR_NZCV:
        add(l, TRACE_NZCV);
        break;
    case SR_FPCR:
        add(l, TRACE_FPCR);
        break;
    case SR_SPSel:
        add(l, TRACE_SP);
        break;
    default: /* the SP of another Exception level, or none of these */
        break;
    }
}

/* The prologue prepares all registers; what comes after counts the rest down, also on the way to an abort. */
static void mops(struct list *l, const struct insn *i, bool set)
{
    add_x(l, i->rn);
    if (i->aux != MOPS_PROLOGUE)
        return;
    add_x(l, i->rd);
    if (!set)
        add_x(l, i->rm);
    add(l, TRACE_NZCV);
}

/* Where the name alone doesn't say it. */
static void special(struct list *l, const struct insn *i)
{
    switch (i->op) {
    case OP_MSR:
        msr(l, i);
        break;
    case OP_MSR_imm:
        if (i->aux == 005) /* SPSel */
            add(l, TRACE_SP);
        break;
    case OP_MRS:
        add_x(l, i->rd);
        if (i->imm == SR_RNDR || i->imm == SR_RNDRRS)
            add(l, TRACE_NZCV);
        break;
    case OP_CPY:
    case OP_CPYF:
    case OP_SET:
        mops(l, i, i->op == OP_SET);
        break;
    default:
        break;
    }
}

static void list_x(struct list *l, const struct features *f, const struct insn *i, uint32_t w)
{
    if (w & W_RD)
        add_x(l, i->rd);
    if ((w & W_RD1) && i->rd < 30)
        add_x(l, i->rd + 1u);
    if (w & W_RA)
        add_x(l, i->ra);
    if ((w & W_RN) || ((w & W_RN_IMM) && i->imm != 0) || ((w & W_RN_POST) && bit(i->raw, 23)))
        add_x(l, i->rn);
    if (w & W_SP)
        add(l, TRACE_SP);
    if (w & W_X0)
        add(l, TRACE_X);
    if ((w & W_LR) || ((w & W_HINT_LR) && has(f, FEAT_PAuth)))
        add(l, TRACE_X + 30);
    if ((w & W_HINT_X17) && has(f, FEAT_PAuth))
        add(l, TRACE_X + 17);
    if (w & W_NZCV)
        add(l, TRACE_NZCV);
}

unsigned effects_list(const struct effects *e, const struct features *f, const struct insn *i, bool aborted,
                      uint8_t *list)
{
    struct list l = {.reg = list};
    uint32_t w = e->of[i->op];
    if (w == W_DEFAULT)
        w = i->flags & INSN_FP ? W_VD : W_RD;
    if (aborted) { /* a copy or set keeps what it has done */
        if ((w & W_SPECIAL) && (i->op == OP_CPY || i->op == OP_CPYF || i->op == OP_SET))
            add_x(&l, i->rn);
        return l.n;
    }
    list_x(&l, f, i, w);
    if (w & (W_VD | W_V2 | W_V3 | W_V4))
        add_v(&l, i->rd, w & W_VD ? 1 : w & W_V2 ? 2 : w & W_V3 ? 3 : 4);
    if (w & W_VA)
        add_v(&l, i->ra, 1);
    if (w & W_SPECIAL)
        special(&l, i);
    return l.n;
}
