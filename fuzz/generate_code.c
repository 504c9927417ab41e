/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The instructions of a program: actions of classes drawn by weight. An action is a few instructions that
 * belong together: all but the first are marked `joined`, so that the minimiser takes all or none. Code goes
 * forward only.
 */
#include "base/compiler.h"
#include "fuzz/encode.h"
#include "fuzz/generate_code.h"
#include "sysregs/fields.h"

/* ---- composing ---- */

void emit(struct generator *g, uint32_t raw)
{
    struct program *p = g->p;

    if (p->n_code == PROGRAM_CODE)
        return;
    p->code[p->n_code].at = g->at;
    p->code[p->n_code].raw = raw;
    p->code[p->n_code++].joined = g->joined;
    g->at += 4;
    g->joined = true;
}

void emit_constant(struct generator *g, unsigned rd, uint64_t value)
{
    unsigned zeros = 0, ones_ = 0;
    bool inverted, first = true;

    for (unsigned i = 0; i < 4; i++) {
        zeros += bits(value, 16 * i + 15, 16 * i) == 0;
        ones_ += bits(value, 16 * i + 15, 16 * i) == 0xffff;
    }
    inverted = ones_ > zeros;
    for (unsigned i = 0; i < 4; i++) {
        unsigned part = (unsigned)bits(value, 16 * i + 15, 16 * i);
        if (part == (inverted ? 0xffffu : 0) && !(i == 0 && zeros + ones_ == 4 && (zeros == 4 || ones_ == 4)))
            continue;
        if (!first)
            emit(g, insn_movk(rd, part, i));
        else
            emit(g, inverted ? insn_movn(rd, part ^ 0xffff, i) : insn_movz(rd, part, i));
        first = false;
    }
}

/* The same with four instructions always: for addresses of what comes behind them. */
static void emit_long_constant(struct generator *g, unsigned rd, uint64_t value)
{
    emit(g, insn_movz(rd, (unsigned)bits(value, 15, 0), 0));
    for (unsigned i = 1; i < 4; i++)
        emit(g, insn_movk(rd, (unsigned)bits(value, 16 * i + 15, 16 * i), i));
}

unsigned draw_register(struct generator *g)
{
    return (unsigned)below(g, 31);
}

uint64_t code_address(const struct generator *g, unsigned el)
{
    return g->view[view_of(g, el)].code + g->at;
}

uint64_t generate_number(struct generator *g)
{
    static const uint64_t special[] = {
        0,
        1,
        2,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        INT32_MAX,
        UINT32_MAX,
        INT64_MAX,
        UINT64_MAX,
        BIT(31),
        BIT(63),
        0xaaaaaaaaaaaaaaaa,
        0x5555555555555555,
    };
    const struct view *v = &g->view[1 + below(g, 2)];

    switch (below(g, 6)) {
    case 0:
        return special[below(g, ARRAY_LEN(special))];
    case 1:
        return BIT(below(g, 64));
    case 2:
        return below(g, 4096);
    case 3:
        return v->places != 0 ? v->place[below(g, v->places)].va : 0;
    default:
        return random_u64(&g->random);
    }
}

const struct place *draw_place(struct generator *g)
{
    const struct view *v = &g->view[view_of(g, g->el)];

    return percent(g, 25) ? &v->place[0] : &v->place[below(g, v->places)];
}

/* What an access to Device memory that isn't aligned gives is for few programs: QEMU before 9 doesn't look at
 * it, later ones don't with FEAT_LSE2, and none orders its faults as the architecture does. */
uint64_t draw_address(struct generator *g, const struct place *where, unsigned bytes)
{
    uint64_t a = where->va, room = where->size > 64 ? where->size - 64 : 64;
    bool aligned = where->device && !draw(g, 60);

    if (draw(g, 5) && where->size != 0) /* about its end */
        a += where->size - (draw(g, 2) && !aligned ? bytes / 2 : bytes);
    else
        a += align_down(below(g, room < 4096 ? room : 4096), bytes);
    if (draw(g, 12) && !aligned)
        a += below(g, bytes);
    if (draw(g, 40))
        a ^= BIT(56 + below(g, 8));
    return a;
}

/* ---- actions without memory ---- */

/* Registers for Rm, Rn and Rd, in place. */
static uint32_t draw_operands(struct generator *g)
{
    uint32_t rm = draw_register(g), rn = draw_register(g), rd = draw_register(g);

    return rm << 16 | rn << 5 | rd;
}

void action_alu(struct generator *g)
{
    /* 64-bit forms with Rm, Rn, Rd: ADDS, SUBS, ANDS, EOR, ORN, ADC, SBCS, CSEL, CSINC, MADD, UMULH, UDIV,
     * SDIV, LSLV, RORV, EXTR, BICS */
    static const uint32_t forms[] = {
        0xab000000, 0xeb000000, 0xea000000, 0xca000000, 0xaa200000, 0x9a000000,
        0xfa000000, 0x9a80b000, 0x9a801400, 0x9b000000, 0x9bc07c00, 0x9ac00800,
        0x9ac00c00, 0x9ac02000, 0x9ac02c00, 0x93c02000, 0xea200000,
    };
    unsigned n = 1 + (unsigned)below(g, 3);

    while (n-- > 0) {
        uint32_t raw = forms[below(g, ARRAY_LEN(forms))];
        emit(g, raw | draw_operands(g));
    }
}

/* A branch forward over a few instructions. It lands on a NOP, which is what is skipped where landing is
 * itself an exception (FEAT_BTI). */
static void action_branch(struct generator *g)
{
    unsigned over = (unsigned)below(g, 3), kind = (unsigned)below(g, 6), rt = draw_register(g);
    unsigned bytes = 4 + 4 * over;
    uint32_t bit_number;

    switch (kind) {
    case 0:
        emit(g, insn_b(bytes) | (draw(g, 2) ? 0x80000000 : 0)); /* BL */
        break;
    case 1:
        emit(g, insn_bcond((unsigned)below(g, 16), bytes));
        break;
    case 2:
        emit(g, insn_cbz((unsigned)below(g, 2), rt, bytes));
        break;
    case 3: /* TBZ, TBNZ */
        bit_number = (uint32_t)below(g, 64);
        emit(g, (draw(g, 2) ? 0x36000000 : 0x37000000) | bit_number >> 5 << 31 | (bit_number & 31) << 19 |
                    bytes >> 2 << 5 | rt);
        break;
    default:
        emit_long_constant(g, rt, code_address(g, g->el) + 4 * 4 + bytes);
        emit(g, insn_branch_register((unsigned)below(g, 3), rt));
    }
    for (unsigned i = 0; i < over; i++)
        emit(g, 0x91000400 | rt << 5 | rt); /* ADD Xt, Xt, #1 */
    emit(g, INSN_NOP);
}

static void action_pstate(struct generator *g)
{
    static const struct {
        uint8_t op1, op2;
        uint16_t feature;
    } fields[] = {{0, 4, FEAT_PAN},  {0, 3, FEAT_UAO},    {0, 5, FEAT_ALWAYS}, {3, 2, FEAT_DIT},
                  {3, 1, FEAT_SSBS}, {3, 6, FEAT_ALWAYS}, {3, 7, FEAT_ALWAYS}};
    static const uint16_t registers[] = {SR_NZCV, SR_DAIF, SR_PAN,       SR_UAO,
                                         SR_DIT,  SR_SSBS, SR_CurrentEL, SR_SPSel};
    unsigned i = (unsigned)below(g, ARRAY_LEN(fields));
    enum sysreg reg = registers[below(g, ARRAY_LEN(registers))];

    /* QEMU has its own syndrome for a DAIFSet that is trapped; a program with it shows nothing else. */
    if (g->el == 0 && i >= 5)
        i = 3;
    if (reg == SR_DAIF && g->el == 0)
        reg = SR_NZCV;
    if (draw(g, 2) && has(&g->feat, fields[i].feature))
        emit(g, insn_msr_imm(fields[i].op1, fields[i].op2,
                             i >= 5 ? (unsigned)below(g, 16) : (unsigned)below(g, 2)));
    else if (draw(g, 2) && has(&g->feat, FEAT_FlagM2))
        emit(g, 0xd500401f | (uint32_t)below(g, 3) << 5); /* CFINV, XAFLAG, AXFLAG */
    else if (has(&g->feat, sysreg_row(reg)->feature))
        emit(g, insn_mrs(draw_register(g), register_encoding(reg)));
}

static void action_timer(struct generator *g)
{
    static const uint16_t timers[][3] = {
        {SR_CNTV_CTL_EL0, SR_CNTV_CVAL_EL0, SR_CNTV_TVAL_EL0},
        {SR_CNTP_CTL_EL0, SR_CNTP_CVAL_EL0, SR_CNTP_TVAL_EL0},
        {SR_CNTHP_CTL_EL2, SR_CNTHP_CVAL_EL2, SR_CNTHP_TVAL_EL2},
        {SR_CNTHV_CTL_EL2, SR_CNTHV_CVAL_EL2, SR_CNTHV_TVAL_EL2},
    };
    static const uint16_t counters[] = {SR_CNTPCT_EL0, SR_CNTVCT_EL0, SR_CNTPCTSS_EL0, SR_CNTVCTSS_EL0};
    const uint16_t *t = timers[below(g, g->el == 2 ? 4 : 2)];
    enum sysreg counter = counters[below(g, ARRAY_LEN(counters))];
    unsigned r = draw_register(g);

    if (g->e2h && !g->non_secure) /* QEMU redirects to the timers of the other Security state */
        return;
    if (!has(&g->feat, sysreg_row(t[0])->feature) || !has(&g->feat, sysreg_row(counter)->feature))
        return;
    switch (below(g, 4)) {
    case 0:
        emit(g, insn_mrs(r, register_encoding(counter)));
        emit_constant(g, r, below(g, 100));
        break;
    case 1:
        emit_constant(g, r, below(g, 4));
        emit(g, insn_msr(r, register_encoding(t[0])));
        emit(g, INSN_ISB);
        break;
    case 2:
        emit(g, insn_mrs(r, register_encoding(t[draw(g, 2) ? 0 : 2])));
        emit_constant(g, r, below(g, 100));
        break;
    default:
        /* A write to TVAL makes CVAL depend on the time: another one comes after it. */
        emit_constant(g, r, generate_number(g));
        if (draw(g, 2) && !g->nested) /* FEAT_NV2 sends CVAL, and not TVAL, to memory */
            emit(g, insn_msr(r, register_encoding(t[2])));
        emit(g, insn_msr(r, register_encoding(t[1])));
        emit(g, INSN_ISB);
        emit(g, insn_mrs(draw_register(g), register_encoding(t[1])));
    }
}

static void action_fp(struct generator *g)
{
    /* Which of Rm, Rn and Rd a form has. */
    enum { DNM = 0x1f03ff, DN = 0x3ff, NM = 0x1f03e0 };
    /* FADD Dd; FMOV Xd, Dn; FMOV Dd, Xn; ADD Vd.4S; AND Vd.16B; MOVI; FCMP Dn, Dm; DUP Vd.2D, Xn; SCVTF Dd,
     * Xn */
    static const uint32_t forms[][2] = {{0x1e602800, DNM}, {0x9e660000, DN},  {0x9e670000, DN},
                                        {0x4ea08400, DNM}, {0x4e201c00, DNM}, {0x4f000400, DN},
                                        {0x1e602000, NM},  {0x4e080c00, DN},  {0x9e620000, DN}};
    unsigned form = (unsigned)below(g, ARRAY_LEN(forms));
    uint32_t raw = forms[form][0], operands = forms[form][1];
    unsigned reg = register_encoding(draw(g, 2) ? SR_FPCR : SR_FPSR);

    if (draw(g, 4))
        emit(g, draw(g, 2) ? insn_mrs(draw_register(g), reg) : insn_mrs(XZR, reg));
    else
        emit(g, raw | (draw_operands(g) & operands));
}

/* What an authentication code is depends on the algorithm, which is a choice, and QEMU's XPAC depends on the
 * keys that are enabled (docs/qemu-differences.md, xpac-no-key): only the traps are looked at. */
static void action_pauth(struct generator *g)
{
    /* PACIZA, PACIZB, PACDZA, PACDZB, PACIA Xd, Xn, XPACI, XPACD */
    static const uint32_t forms[] = {0xdac123e0, 0xdac127e0, 0xdac12be0, 0xdac12fe0,
                                     0xdac10000, 0xdac143e0, 0xdac147e0};
    unsigned i = (unsigned)below(g, ARRAY_LEN(forms)), r = draw_register(g);

    if (!has(&g->feat, FEAT_PAuth))
        return;
    if (draw(g, 4)) { /* PACGA */
        emit(g, 0x9ac03000 | (draw_operands(g) & ~31u) | r);
    } else {
        emit(g, forms[i] | r);
    }
    emit_constant(g, r, generate_number(g));
}

/* ---- exceptions and returns ---- */

static void misaligned_sp(struct generator *g)
{
    unsigned r = draw_register(g), rt = draw_register(g), load = (unsigned)below(g, 2);

    emit_constant(g, r, g->view[view_of(g, g->el)].place[0].va + 8);
    emit(g, insn_add_imm(SP, r, 0));
    emit(g, insn_ldst_offset(3, load, rt, SP, (unsigned)below(g, 64)));
    emit_constant(g, r, g->view[view_of(g, g->el)].place[0].va + 16 * below(g, 64));
    emit(g, insn_add_imm(SP, r, 0));
}

static void action_exception(struct generator *g)
{
    unsigned imm = draw(g, 3) ? 0 : (unsigned)below(g, PROGRAM_END);

    switch (below(g, 6)) {
    case 0:
        emit(g, insn_exception(INSN_BRK, imm));
        break;
    case 1:
        if (draw(g, 20)) { /* seldom: QEMU doesn't check it */
            misaligned_sp(g);
            break;
        }
        /* fall through */
    case 2:
        emit(g, insn_exception(INSN_SMC, imm));
        break;
    case 3:
        emit(g, insn_exception(g->el2_enabled ? INSN_HVC : INSN_SMC, imm));
        break;
    case 4:
        /* WFI waits for the watchdog where it isn't trapped. */
        if (g->el < 2 && (g->sr[SR_HCR_EL2] & HCR_TWI) != 0 && g->el2_enabled && !g->tge) {
            emit(g, INSN_WFI);
            break;
        }
        /* fall through */
    default:
        emit(g, insn_exception(INSN_SVC, imm));
    }
}

/* The mode that an ERET may return to from here; sets *el to its Exception level. */
static unsigned legal_mode(struct generator *g, unsigned *el)
{
    *el = (unsigned)below(g, g->el + 1);
    if (g->el == 2 && g->tge && *el == 1)
        *el = 2 * (unsigned)below(g, 2);
    return *el << 2 | (*el != 0 && !draw(g, 5));
}

static unsigned illegal_mode(struct generator *g)
{
    static const unsigned modes[] = {1, 2, 3, 6, 7, 10, 11, 12, 13, 14, 15};

    if (g->el == 1 && draw(g, 2))
        return 8 | (unsigned)below(g, 2);
    if (g->el == 2 && g->tge && draw(g, 2)) /* EL1, which TGE leaves no way to */
        return 4 | (unsigned)below(g, 2);
    return modes[below(g, ARRAY_LEN(modes))];
}

static uint64_t draw_spsr(struct generator *g)
{
    uint64_t v = MASK(9, 6) | below(g, 16) << 28;

    if (draw(g, 3))
        v ^= below(g, 16) << 6;
    if (draw(g, 4) && has(&g->feat, FEAT_PAN))
        v |= SPSR_PAN;
    if (draw(g, 4) && has(&g->feat, FEAT_UAO))
        v |= SPSR_UAO;
    if (draw(g, 4) && has(&g->feat, FEAT_SSBS))
        v |= SPSR_SSBS;
    if (draw(g, 4) && has(&g->feat, FEAT_DIT))
        v |= SPSR_DIT;
    return v;
}

/* After an illegal return what isn't part of its PSTATE is UNKNOWN: it is 0 before, and in the SPSR. */
static void clear_pstate(struct generator *g)
{
    if (has(&g->feat, FEAT_PAN))
        emit(g, insn_msr_imm(0, 4, 0));
    if (has(&g->feat, FEAT_UAO))
        emit(g, insn_msr_imm(0, 3, 0));
    if (has(&g->feat, FEAT_DIT))
        emit(g, insn_msr_imm(3, 2, 0));
    if (has(&g->feat, FEAT_SSBS))
        emit(g, insn_msr_imm(3, 1, 0));
}

static void action_eret(struct generator *g)
{
    enum sysreg elr = g->el == 2 ? SR_ELR_EL2 : SR_ELR_EL1, spsr = g->el == 2 ? SR_SPSR_EL2 : SR_SPSR_EL1;
    unsigned r = draw_register(g), el = g->el;
    bool illegal = g->el != 0 && draw(g, g->tge ? 6 : 12);
    unsigned mode = illegal ? illegal_mode(g) : legal_mode(g, &el);
    uint64_t status = (illegal ? MASK(9, 6) : draw_spsr(g)) | mode;

    if (g->el == 0) {
        emit(g, INSN_ERET);
        return;
    }
    if (illegal)
        clear_pstate(g);
    emit_long_constant(g, r, code_address(g, el) + 4 * 11);
    emit(g, insn_msr(r, register_encoding(elr)));
    emit_long_constant(g, r, status);
    emit(g, insn_msr(r, register_encoding(spsr)));
    emit(g, INSN_ERET);
    if (!illegal)
        g->el = el;
    else
        g->ended = true;
}

/* ---- what isn't there ---- */

static void action_illegal(struct generator *g)
{
    uint32_t r = (uint32_t)random_u64(&g->random);
    unsigned encoding;

    switch (below(g, 5)) {
    case 0:
        emit(g, r & 0xffff); /* UDF */
        break;
    case 1: /* op0 = 1 and 3 are unallocated */
        emit(g, (r & 0x61ffffff) | (draw(g, 2) ? 0x02000000 : 0x06000000));
        break;
    case 2:
        emit(g, g->el == 0 ? (uint32_t)INSN_ERET : r & 0xffff);
        break;
    default: /* a register that doesn't exist, outside the IMPLEMENTATION DEFINED ones */
        encoding = 3 << 14 | (r >> 8 & 0x3fff);
        for (unsigned n = 0; n < 50; n++, encoding = 3 << 14 | (unsigned)below(g, 0x4000))
            if (sysreg_find(3, encoding >> 11 & 7, encoding >> 7 & 15, encoding >> 3 & 15, encoding & 7) ==
                    SR_NONE &&
                (encoding >> 7 & 15) != 11 && (encoding >> 7 & 15) != 15 && (encoding >> 7 & 15) != 0) {
                emit(g, draw(g, 2) ? insn_mrs(draw_register(g), encoding)
                                   : insn_msr(draw_register(g), encoding));
                return;
            }
    }
}

/* Any word that doesn't leave the program's way: no branch, no call of semihosting, no wait. */
static void action_feat(struct generator *g)
{
    uint32_t r = (uint32_t)random_u64(&g->random), group = r >> 25 & 15;

    if (group != 10 && group != 11)
        emit(g, r);
}

/* By RET, after which PSTATE.BTYPE is 0: whether an exception saves another one is a choice. */
static void action_fetch(struct generator *g)
{
    unsigned r = draw_register(g);
    const struct place *where = draw_place(g);
    uint64_t a;

    while (where->kind == PLACE_CODE) /* it would run again */
        where = draw_place(g);
    a = where->va & ~UINT64_C(3);

    if (draw(g, 6))
        a = code_address(g, g->el) + 1 + below(g, 3);
    emit_constant(g, r, a);
    emit(g, insn_branch_register(draw(g, 20) ? 0 : 2, r));
    g->ended = true;
}

/* ---- the whole ---- */

static void (*const actions[CLASS_COUNT])(struct generator *g) = {
    [CLASS_ALU] = action_alu,
    [CLASS_BRANCH] = action_branch,
    [CLASS_LDST] = action_ldst,
    [CLASS_UNPRIV] = action_unpriv,
    [CLASS_ATOMIC] = action_atomic,
    [CLASS_SYSREG] = action_sysreg,
    [CLASS_SYSREG_EL12] = action_sysreg_el12,
    [CLASS_TRAP_STATE] = action_trap_state,
    [CLASS_PSTATE] = action_pstate,
    [CLASS_TIMER] = action_timer,
    [CLASS_PAGETABLE] = action_pagetable,
    [CLASS_STAGE2] = action_stage2,
    [CLASS_AT] = action_at,
    [CLASS_TLBI] = action_tlbi,
    [CLASS_CACHE] = action_cache,
    [CLASS_EXCEPTION] = action_exception,
    [CLASS_ERET] = action_eret,
    [CLASS_ILLEGAL] = action_illegal,
    [CLASS_FP_TRAP] = action_fp,
    [CLASS_PAUTH] = action_pauth,
    [CLASS_VHE] = action_vhe,
    [CLASS_NV] = action_nv,
    [CLASS_FETCH] = action_alu, /* at the end only */
    [CLASS_FEAT] = action_feat,
};

static enum generate_class draw_class(struct generator *g)
{
    const unsigned *weight = g->options->weight;
    uint64_t sum = 0, n;
    unsigned c = 0;

    for (unsigned i = 0; i < CLASS_COUNT; i++)
        sum += weight[i];
    if (sum == 0)
        return CLASS_ALU;
    n = below(g, sum);
    while (n >= weight[c])
        n -= weight[c++];
    return c;
}

static bool is_for_el1(enum generate_class c)
{
    return c == CLASS_TLBI || c == CLASS_AT || c == CLASS_ERET || c == CLASS_VHE || c == CLASS_NV ||
           c == CLASS_SYSREG_EL12;
}

/* The end, whatever level it is reached at. */
static void emit_end(struct generator *g)
{
    g->joined = false;
    if (g->el2_enabled) /* where it isn't, QEMU takes HVC to it nevertheless */
        emit(g, insn_exception(INSN_HVC, PROGRAM_END));
    emit(g, insn_exception(INSN_SMC, PROGRAM_END));
    emit(g, insn_exception(INSN_SVC, PROGRAM_END));
    emit(g, insn_exception(INSN_BRK, PROGRAM_END));
}

void generate_code(struct generator *g)
{
    enum { LONGEST_ACTION = 40, END = 8 };
    unsigned n = 10 + (unsigned)below(g, 50);

    while (n-- > 0 && !g->ended && g->p->n_code < PROGRAM_CODE - LONGEST_ACTION - END) {
        enum generate_class c = draw_class(g);
        if (g->el == 0 && is_for_el1(c) && !draw(g, 10)) /* only UNDEFINED there */
            continue;
        g->joined = false;
        actions[c](g);
    }
    if (wanted(g, CLASS_FETCH) && !g->ended && draw(g, 5)) {
        g->joined = false;
        action_fetch(g);
    }
    emit_end(g);
}
