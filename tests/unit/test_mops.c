/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MOPS against a model of bytes: what memmove() and memset() leave, what is left of them at a fault, and
 * the exceptions of registers that don't fit. Expectations from Arm ARM C6.2 (CPYP, CPYFP, SETP ...: the
 * registers of option A), D1.3 and the ISS of EC 0x27; CheckMOPSEnabled(), MismatchedCpySetTargetEL().
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/mops.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

#define CODE UINT64_C(0x40000000)
#define VBAR UINT64_C(0x40010000)
#define TABLES UINT64_C(0x40020000) /* levels 1, 2, 3 */
#define AREA UINT64_C(0x40040000)
enum { AREA_BYTES = 0x20000, PAGE = 4096 };

/* Registers: X0 destination, X1 source or value, X2 size. */
enum form { MOPS_CPYF = 0x19000440, MOPS_CPY = 0x1d000440, MOPS_SET = 0x19c00440 };

static uint32_t insn(enum form op, enum mops_stage stage, unsigned options)
{
    uint32_t regs = 1 << 16 | 2 << 5 | 0;
    regs |= op == MOPS_SET ? stage << 14 : (uint32_t)stage << 22;
    return ((uint32_t)op & ~(31u << 5)) | regs | options << 12;
}

struct mops {
    struct fixture x;
    struct cpu *c;
    uint8_t want[AREA_BYTES], got[AREA_BYTES];
    uint64_t seed;
};

static uint64_t random_below(struct mops *m, uint64_t n)
{
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (m->seed >> 33) % n;
}

/* At EL1 below EL2 and EL3, everything enabled, the area filled; `mmu`: an identity map of 4 KB pages. */
static struct mops *machine(bool mmu)
{
    struct mops *m = calloc(1, sizeof(*m));
    ck_assert_ptr_nonnull(m);
    fixture_init(&m->x, "max", true, true);
    fixture_reset(&m->x, 1, CODE);
    struct cpu *c = m->c = m->x.cpu;
    m->seed = 1;
    for (unsigned k = 0; k < AREA_BYTES; k++)
        m->want[k] = (uint8_t)random_below(m, 256);
    bus_load(m->x.bus, AREA, m->want, AREA_BYTES);
    c->sr[SR_HCR_EL2] = HCR_RW;
    c->sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_HXEN;
    c->sr[SR_HCRX_EL2] = HCRX_MSCEN;
    c->sr[SR_VBAR_EL1] = c->sr[SR_VBAR_EL2] = c->sr[SR_VBAR_EL3] = VBAR;
    c->sr[SR_SCTLR_EL1] |= SCTLR_MSCEN;
    c->sr[SR_TCR_EL1] = 25 | 25 << 16 | BIT(23);
    c->sr[SR_MAIR_EL1] = 0xff;
    c->sr[SR_TTBR0_EL1] = TABLES;
    bus_load(m->x.bus, TABLES + 8, &(uint64_t){(TABLES + PAGE) | 3}, 8);
    bus_load(m->x.bus, TABLES + PAGE, &(uint64_t){(TABLES + UINT64_C(2) * PAGE) | 3}, 8);
    for (uint64_t k = 0; k < 512; k++)
        bus_load(m->x.bus, TABLES + 2 * PAGE + 8 * k, &(uint64_t){(0x40000000 + k * PAGE) | 0x703}, 8);
    if (mmu)
        c->sr[SR_SCTLR_EL1] |= SCTLR_M;
    fixture_changed(&m->x);
    return m;
}

/* Changes the area's page n: descriptor bits to set and to clear. */
static void page_bits(struct mops *m, uint64_t n, uint64_t set, uint64_t clear)
{
    uint64_t at = TABLES + 2 * PAGE + 8 * ((AREA - 0x40000000) / PAGE + n), d;
    ck_assert(bus_dma_read(m->x.bus, at, &d, 8));
    d = (d & ~clear) | set;
    bus_load(m->x.bus, at, &d, 8);
    tlb_flush(m->c->tlb);
    htlb_flush(&m->c->htlb, NULL);
}

static void finish(struct mops *m)
{
    fixture_destroy(&m->x);
    free(m);
}

/* Executes `word` until PC moves; false: an exception was taken. */
static bool execute(struct mops *m, uint32_t word)
{
    struct cpu *c = m->c;
    fixture_put_insn(&m->x, CODE, word);
    c->pc = CODE;
    for (unsigned n = 0; c->pc == CODE; n++) {
        ck_assert_uint_lt(n, 1000000);
        fixture_step(&m->x);
    }
    return c->pc == CODE + 4;
}

static void set_operands(struct mops *m, uint64_t to, uint64_t from, uint64_t size)
{
    m->c->x[0] = to;
    m->c->x[1] = from;
    m->c->x[2] = size;
}

/* The whole area is as wanted. */
static void check_area(struct mops *m)
{
    ck_assert(bus_dma_read(m->x.bus, AREA, m->got, AREA_BYTES));
    ck_assert_int_eq(memcmp(m->got, m->want, AREA_BYTES), 0);
}

static void check_regs(struct mops *m, uint64_t to, uint64_t from, uint64_t size)
{
    ck_assert_uint_eq(m->c->x[0], to);
    ck_assert_uint_eq(m->c->x[1], from);
    ck_assert_uint_eq(m->c->x[2], size);
}

static unsigned nzcv(const struct cpu *c)
{
    return (unsigned)(c->nf >> 63) << 3 | (c->zf == 0) << 2 | (c->cf & 1) << 1 | (unsigned)(c->vf >> 63);
}

/* One whole copy or set; `to` and `from` are offsets in the area (from: the value of a set). */
static void run_one(struct mops *m, enum form op, unsigned options, uint64_t to, uint64_t from, uint64_t size)
{
    bool backward = op == MOPS_CPY && from < to && from + size > to;
    uint64_t d = AREA + to, s = op == MOPS_SET ? from : AREA + from;
    set_operands(m, d, s, size);
    m->c->nf = m->c->vf = UINT64_C(1) << 63;
    m->c->cf = 1;
    ck_assert(execute(m, insn(op, MOPS_PROLOGUE, options)));
    check_area(m);
    ck_assert_uint_eq(nzcv(m->c), 0);
    uint64_t end = backward ? 0 : size, source = op == MOPS_SET ? s : s + end;
    check_regs(m, d + end, source, backward ? size : -size);
    if (op == MOPS_SET)
        memset(m->want + to, (int)(from & 255), size);
    else
        memmove(m->want + to, m->want + from, size);
    ck_assert(execute(m, insn(op, MOPS_MAIN, options)));
    check_area(m);
    ck_assert(execute(m, insn(op, MOPS_EPILOGUE, options)));
    check_area(m);
    check_regs(m, d + end, source, 0);
}

static void random_runs(bool mmu)
{
    struct mops *m = machine(mmu);
    for (unsigned n = 0; n < 1500; n++) {
        enum form op = (const enum form[]){MOPS_CPYF, MOPS_CPY, MOPS_SET}[random_below(m, 3)];
        uint64_t size = random_below(m, (const unsigned[]){3, 40, 600, 20000}[n & 3]);
        uint64_t to = random_below(m, AREA_BYTES - size), from = random_below(m, AREA_BYTES - size);
        if (op != MOPS_SET && random_below(m, 2)) /* overlap more often */
            from = (to + random_below(m, size + 1)) % (AREA_BYTES - size);
        if (op == MOPS_CPYF && from < to && from + size > to) /* not for this one */
            op = MOPS_CPY;
        unsigned options = (unsigned)random_below(m, op == MOPS_SET ? 4 : 16);
        if (mmu) /* no page is EL0's */
            options &= op == MOPS_SET ? 2 : 12;
        run_one(m, op, options, to, op == MOPS_SET ? m->seed : from, size);
    }
    finish(m);
}

START_TEST(copies_and_sets_are_those_of_the_c_library)
{
    random_runs(_i);
}
END_TEST

/* Each execution of the main stage leaves done exactly what the registers say. */
START_TEST(progress_is_in_the_registers)
{
    struct mops *m = machine(true);
    const uint64_t size = 3 * PAGE + 100;
    for (unsigned backward = 0; backward < 2; backward++) {
        uint64_t from = 5 * PAGE + 17, to = backward ? from + 1000 : from - 1000;
        set_operands(m, AREA + to, AREA + from, size);
        ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, 0)));
        uint8_t *source = malloc(size);
        ck_assert_ptr_nonnull(source);
        memcpy(source, m->want + from, size);
        fixture_put_insn(&m->x, CODE, insn(MOPS_CPY, MOPS_MAIN, 0));
        m->c->pc = CODE;
        unsigned executions = 0;
        while (m->c->pc == CODE) {
            uint64_t before = m->c->x[2];
            fixture_step(&m->x);
            uint64_t left = m->c->x[2], done = size - (backward ? left : -left);
            ck_assert(before != left && done <= size);
            ck_assert_uint_le(backward ? before - left : left - before, PAGE);
            uint64_t at = backward ? size - done : 0;
            memcpy(m->want + to + at, source + at, done);
            check_area(m);
            executions++;
        }
        ck_assert_uint_ge(executions, 4);
        ck_assert_uint_eq(m->c->x[2], 0);
        free(source);
    }
    finish(m);
}
END_TEST

/* A Data Abort of a byte access: address, direction, DFSC; everything before it is done, and the instruction
 * goes on where it stopped when the page is there. */
START_TEST(faults_stop_at_the_byte)
{
    static const struct {
        enum form op;
        uint64_t to, from, size, bad_page; /* `from`: the value of a set */
        uint64_t far;                      /* in the area */
        bool write;
    } rows[] = {
        {MOPS_SET, 100, 0x5a, 2 * PAGE, 1, PAGE, true},
        {MOPS_SET, PAGE + 5, 0x5a, 10, 1, PAGE + 5, true},
        {MOPS_CPYF, 100, 8 * PAGE, 2 * PAGE, 1, PAGE, true},
        {MOPS_CPYF, 100, 8 * PAGE + 50, 2 * PAGE, 9, 9 * PAGE, false},
        {MOPS_CPY, 100, 8 * PAGE + 50, 2 * PAGE, 10, 10 * PAGE, false},
        /* backward */
        {MOPS_CPY, 8 * PAGE + 500, 8 * PAGE, 2 * PAGE, 9, 10 * PAGE - 1, false},
        {MOPS_CPY, 9 * PAGE + 100, 8 * PAGE, 2 * PAGE, 10, 11 * PAGE - 1, true},
        {MOPS_CPY, 8 * PAGE + 50, 8 * PAGE, 2 * PAGE, 8, 9 * PAGE - 1, false},
    };
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct mops *m = machine(true);
        struct cpu *c = m->c;
        bool set = rows[k].op == MOPS_SET;
        uint64_t d = AREA + rows[k].to, s = set ? rows[k].from : AREA + rows[k].from, size = rows[k].size;
        set_operands(m, d, s, size);
        page_bits(m, rows[k].bad_page, 0, 1);
        ck_assert(execute(m, insn(rows[k].op, MOPS_PROLOGUE, 0)));
        ck_assert(!execute(m, insn(rows[k].op, MOPS_MAIN, 0)));
        ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE);
        ck_assert_uint_eq(c->sr[SR_FAR_EL1], AREA + rows[k].far);
        ck_assert_uint_eq(c->sr[SR_ESR_EL1], UINT64_C(0x96000007) | (rows[k].write ? 0x40 : 0));
        uint64_t left = c->x[2];
        bool forward = left >> 63;
        uint64_t done = size - (forward ? -left : left);
        uint64_t fault_at = rows[k].far - (rows[k].write ? rows[k].to : rows[k].from);
        ck_assert_uint_eq(done, forward ? fault_at : size - 1 - fault_at);
        uint64_t at = forward ? 0 : size - done;
        uint8_t before[AREA_BYTES / 4];
        memcpy(before, m->want + (set ? 0 : rows[k].from), size);
        if (set)
            memset(m->want + rows[k].to, (int)rows[k].from, done);
        else
            memcpy(m->want + rows[k].to + at, before + at, done);
        check_area(m);
        page_bits(m, rows[k].bad_page, 1, 0);
        ck_assert(execute(m, insn(rows[k].op, MOPS_MAIN, 0)));
        if (set)
            memset(m->want + rows[k].to, (int)rows[k].from, size);
        else
            memcpy(m->want + rows[k].to, before, size);
        check_area(m);
        ck_assert(execute(m, insn(rows[k].op, MOPS_EPILOGUE, 0)));
        finish(m);
    }
}
END_TEST

/* Options 'RT', 'WT' and 'T' read and write as EL0 does: AP[1]=0 there is a Permission fault, unless
 * PSTATE.UAO. */
START_TEST(unprivileged_options)
{
    for (unsigned options = 0; options < 16; options++) {
        for (unsigned uao = 0; uao < 2; uao++) {
            for (unsigned user = 0; user < 4;
                 user++) { /* bit 0: EL0 may write the target, 1: read the source */
                struct mops *m = machine(true);
                page_bits(m, 0, user & 1 ? 0x40 : 0, 0);
                page_bits(m, 8, user & 2 ? 0x40 : 0, 0);
                m->c->uao = (uint8_t)uao;
                fixture_changed(&m->x);
                set_operands(m, AREA, AREA + 8 * PAGE, 64);
                ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, options)));
                bool read_fault = !uao && (options & 2) && !(user & 2);
                bool write_fault = !uao && (options & 1) && !(user & 1);
                ck_assert_int_eq(execute(m, insn(MOPS_CPY, MOPS_MAIN, options)), !read_fault && !write_fault);
                if (read_fault || write_fault) {
                    ck_assert_uint_eq(m->c->sr[SR_FAR_EL1], read_fault ? AREA + 8 * PAGE : AREA);
                    ck_assert_uint_eq(m->c->sr[SR_ESR_EL1], UINT64_C(0x9600000f) | (read_fault ? 0 : 0x40));
                }
                finish(m);
            }
        }
    }
    for (unsigned options = 0; options < 4; options++) {
        struct mops *m = machine(true);
        set_operands(m, AREA, 7, 64);
        ck_assert(execute(m, insn(MOPS_SET, MOPS_PROLOGUE, options)));
        ck_assert_int_eq(execute(m, insn(MOPS_SET, MOPS_MAIN, options)), !(options & 1));
        finish(m);
    }
}
END_TEST

/* EC 0x27: which instruction, its options and registers, wrong option, epilogue. */
START_TEST(mismatches)
{
    static const enum form ops[] = {MOPS_CPYF, MOPS_CPY, MOPS_SET};
    struct mops *m = machine(false);
    struct cpu *c = m->c;
    for (unsigned k = 0; k < 3; k++) {
        enum form op = ops[k];
        for (unsigned options = 0; options < (op == MOPS_SET ? 4 : 16); options++) {
            uint64_t iss =
                (op == MOPS_SET ? BIT(24) : 0) | (uint64_t)options << 19 | BIT(16) | 0 << 10 | 1 << 5 | 2;
            for (unsigned stage = MOPS_MAIN; stage <= MOPS_EPILOGUE; stage++) {
                uint64_t epilogue = stage == MOPS_EPILOGUE ? BIT(18) : 0;
                for (unsigned carry = 0; carry < 2; carry++) {
                    set_operands(m, AREA, AREA + 0x1000, -UINT64_C(16));
                    c->cf = carry;
                    bool ok = execute(m, insn(op, stage, options));
                    ck_assert_int_eq(ok, stage == MOPS_MAIN && !carry);
                    if (!ok) {
                        check_regs(m, AREA, AREA + 0x1000, -UINT64_C(16));
                        ck_assert_uint_eq(c->sr[SR_ESR_EL1], UINT64_C(0x27) << 26 | BIT(25) | iss | epilogue |
                                                                 (carry ? BIT(17) : 0));
                        ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE);
                    }
                    set_operands(m, AREA, AREA + 0x1000, 0); /* nothing left: nothing to complain about */
                    c->cf = carry;
                    ck_assert(execute(m, insn(op, stage, options)));
                }
                if (op != MOPS_CPY) { /* the sign of a backward copy */
                    set_operands(m, AREA, AREA + 0x1000, 16);
                    c->cf = 0;
                    ck_assert(!execute(m, insn(op, stage, options)));
                    ck_assert_uint_eq(c->sr[SR_ESR_EL1], UINT64_C(0x27) << 26 | BIT(25) | iss | epilogue);
                }
            }
        }
    }
    finish(m);
}
END_TEST

/* The size's saturation: 2^55 - 1 for CPY, 2^63 - 1 for the others. */
START_TEST(sizes_saturate)
{
    struct mops *m = machine(false);
    set_operands(m, AREA, AREA + 0x1000, UINT64_MAX);
    ck_assert(execute(m, insn(MOPS_CPYF, MOPS_PROLOGUE, 0)));
    check_regs(m, AREA + MASK(62, 0), AREA + 0x1000 + MASK(62, 0), -MASK(62, 0));
    set_operands(m, AREA, 1, BIT(63));
    ck_assert(execute(m, insn(MOPS_SET, MOPS_PROLOGUE, 0)));
    check_regs(m, AREA + MASK(62, 0), 1, -MASK(62, 0));
    set_operands(m, AREA, AREA + 0x1000, UINT64_MAX);
    ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, 0)));
    check_regs(m, AREA + MASK(54, 0), AREA + 0x1000 + MASK(54, 0), -MASK(54, 0));
    set_operands(m, AREA + 0x1000, AREA, UINT64_MAX); /* backward */
    ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, 0)));
    check_regs(m, AREA + 0x1000, AREA, MASK(54, 0));
    set_operands(m, AREA + 0x1000 + BIT(60), AREA, 0x2000); /* the tag doesn't keep areas apart */
    ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, 0)));
    check_regs(m, AREA + 0x1000 + BIT(60), AREA, 0x2000);
    finish(m);
}
END_TEST

START_TEST(registers)
{
    struct mops *m = machine(false);
    set_operands(m, AREA, 0xff, 16);
    uint32_t set_zero = insn(MOPS_SET, MOPS_PROLOGUE, 0) | 31 << 16; /* XZR is a value to set */
    ck_assert(execute(m, set_zero));
    ck_assert(execute(m, set_zero | MOPS_MAIN << 14));
    memset(m->want, 0, 16);
    check_area(m);
    static const uint32_t undefined[] = {0x19010420, 0x19010401, 0x19000440, 0x191f0440, 0x190107e0,
                                         0x1901045f, 0x19c10420, 0x19c10441, 0x19c20440, 0x19c107e0,
                                         0x19c1045f, 0x19c1c440, 0x1dc1c440};
    for (unsigned k = 0; k < sizeof(undefined) / sizeof(undefined[0]); k++) {
        set_operands(m, AREA, AREA, 0);
        ck_assert_msg(!execute(m, undefined[k]), "%08x", undefined[k]);
        ck_assert_uint_eq(m->c->sr[SR_ESR_EL1], BIT(25));
    }
    finish(m);
}
END_TEST

/* Copied over decoded code, the new instruction is executed. */
START_TEST(copied_code)
{
    struct mops *m = machine(true);
    struct cpu *c = m->c;
    const uint64_t target = AREA + 0x800;
    fixture_put_insn(&m->x, target, 0xd2800023);              /* MOV X3, #1 */
    fixture_put_insn(&m->x, AREA + 3 * PAGE + 4, 0xd2800043); /* MOV X3, #2 */
    for (unsigned n = 0; n < 2; n++) {
        c->pc = target;
        fixture_step(&m->x);
        ck_assert_uint_eq(c->x[3], n + 1);
        set_operands(m, target - 4, AREA + 3 * PAGE, 8);
        ck_assert(execute(m, insn(MOPS_CPY, MOPS_PROLOGUE, 0)));
        ck_assert(execute(m, insn(MOPS_CPY, MOPS_MAIN, 0)));
    }
    finish(m);
}
END_TEST

/* A watched byte stops a copy before it. */
START_TEST(watchpoint)
{
    struct mops *m = machine(true);
    struct cpu *c = m->c;
    const uint64_t watched = AREA + 0x108;
    c->sr[SR_OSLSR_EL1] = 0;
    c->sr[SR_MDSCR_EL1] = BIT(15) | BIT(13); /* MDE, KDE */
    c->sr[SR_DBGWVR0_EL1] = watched;
    c->sr[SR_DBGWCR0_EL1] = 1 | 1 << 1 | 2 << 3 | 0xff << 5; /* enabled, EL1, stores, 8 bytes */
    c->daif = 0;
    fixture_changed(&m->x);
    set_operands(m, AREA, 0x77, 0x200);
    ck_assert(execute(m, insn(MOPS_SET, MOPS_PROLOGUE, 0)));
    ck_assert(!execute(m, insn(MOPS_SET, MOPS_MAIN, 0)));
    ck_assert_uint_eq(bits(c->sr[SR_ESR_EL1], 31, 26), 0x35);
    ck_assert_uint_eq(c->sr[SR_FAR_EL1], watched);
    memset(m->want, 0x77, 0x108);
    check_area(m);
    ck_assert_uint_eq(c->x[2], -UINT64_C(0xf8));
    finish(m);
}
END_TEST

/* CheckMOPSEnabled(), MismatchedCpySetTargetEL(): Arm ARM D19.2, HCRX_EL2 and SCTLR_ELx. */
START_TEST(enables_and_routing)
{
    static const struct {
        uint8_t el;
        uint64_t hcr, hcrx, sctlr1, sctlr2, scr;
        bool enabled;
        uint8_t target;
    } rows[] = {
        {3, 0, 0, 0, 0, 0, true, 3},
        {2, 0, 0, 0, 0, 0, true, 2},
        {2, HCR_E2H | HCR_TGE, 0, 0, 0, 0, true, 2},
        {1, 0, 0, 0, 0, SCR_HXEN, false, 1},
        {1, 0, HCRX_MSCEN, 0, 0, SCR_HXEN, true, 1},
        {1, 0, HCRX_MSCEN | HCRX_MCE2, 0, 0, SCR_HXEN, true, 2},
        {1, 0, HCRX_MSCEN | HCRX_MCE2, 0, 0, 0, false, 1}, /* HCRX_EL2 not enabled */
        {1, HCR_E2H, HCRX_MSCEN, 0, 0, SCR_HXEN, true, 1},
        {0, 0, HCRX_MSCEN, 0, 0, SCR_HXEN, false, 1},
        {0, 0, HCRX_MSCEN | HCRX_MCE2, SCTLR_MSCEN, 0, SCR_HXEN, true, 1},
        {0, 0, 0, SCTLR_MSCEN, 0, SCR_HXEN, false, 1},
        {0, HCR_TGE, HCRX_MSCEN, SCTLR_MSCEN, 0, SCR_HXEN, true, 2},
        {0, HCR_TGE, 0, SCTLR_MSCEN, 0, SCR_HXEN, false, 2},
        {0, HCR_E2H | HCR_TGE, 0, 0, SCTLR_MSCEN, 0, true, 2},
        {0, HCR_E2H | HCR_TGE, HCRX_MSCEN, SCTLR_MSCEN, 0, SCR_HXEN, false, 2},
        {0, HCR_E2H, HCRX_MSCEN, SCTLR_MSCEN, 0, SCR_HXEN, true, 1},
    };
    struct mops *m = machine(false);
    uint64_t *sr = m->c->sr;
    struct route_state s = {.feat = &m->x.feat, .sr = sr};
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        s.el = rows[k].el;
        sr[SR_HCR_EL2] = HCR_RW | rows[k].hcr;
        sr[SR_HCRX_EL2] = rows[k].hcrx;
        sr[SR_SCTLR_EL1] = rows[k].sctlr1;
        sr[SR_SCTLR_EL2] = rows[k].sctlr2;
        sr[SR_SCR_EL3] = SCR_NS | SCR_RW | rows[k].scr;
        ck_assert_msg(mops_enabled(&s).enabled == rows[k].enabled, "row %u: %s", k, mops_enabled(&s).rule);
        ck_assert_msg(mops_mismatch_el(&s) == rows[k].target, "row %u", k);
    }
    sr[SR_SCR_EL3] = SCR_RW | SCR_HXEN; /* Secure, EL2 not enabled there: HCRX_EL2 says nothing */
    sr[SR_HCRX_EL2] = HCRX_MCE2;
    s.el = 1;
    ck_assert(mops_enabled(&s).enabled);
    ck_assert_uint_eq(mops_mismatch_el(&s), 1);
    finish(m);
}
END_TEST

/* Disabled, they are UNDEFINED; and the exception goes where the verdict says. */
START_TEST(verdicts_are_heeded)
{
    struct mops *m = machine(false);
    struct cpu *c = m->c;
    c->sr[SR_HCRX_EL2] = 0;
    for (unsigned stage = 0; stage < 3; stage++) {
        set_operands(m, AREA, AREA + 64, 0);
        ck_assert(!execute(m, insn(MOPS_CPY, stage, 0)));
        ck_assert_uint_eq(c->sr[SR_ESR_EL1], BIT(25));
        ck_assert(!execute(m, insn(MOPS_SET, stage, 0)));
    }
    c->sr[SR_HCRX_EL2] = HCRX_MSCEN | HCRX_MCE2;
    set_operands(m, AREA, AREA + 64, 5);
    ck_assert(!execute(m, insn(MOPS_CPY, MOPS_EPILOGUE, 0)));
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], UINT64_C(0x27) << 26 | BIT(25) | BIT(18) | BIT(16) | 1 << 5 | 2);
    finish(m);
}
END_TEST

/* Without EL2 there is no HCRX_EL2 to disable them: EL1 always may, EL0 by SCTLR_EL1.MSCEn. */
START_TEST(without_el2)
{
    struct fixture x;
    fixture_init(&x, "max", false, false);
    fixture_reset(&x, 1, CODE);
    ck_assert(has(&x.feat, FEAT_MOPS));
    struct route_state s = {.feat = &x.feat, .sr = x.cpu->sr, .el = 1};
    ck_assert(mops_enabled(&s).enabled);
    ck_assert_uint_eq(mops_mismatch_el(&s), 1);
    x.cpu->x[0] = AREA;
    x.cpu->x[1] = 0xee;
    x.cpu->x[2] = 8;
    fixture_put_insn(&x, CODE, insn(MOPS_SET, MOPS_PROLOGUE, 0));
    fixture_put_insn(&x, CODE + 4, insn(MOPS_SET, MOPS_MAIN, 0));
    fixture_step(&x);
    fixture_step(&x);
    ck_assert_uint_eq(x.cpu->pc, CODE + 8);
    uint64_t v;
    ck_assert(bus_dma_read(x.bus, AREA, &v, sizeof(v)));
    ck_assert_uint_eq(v, UINT64_C(0xeeeeeeeeeeeeeeee));
    s.el = 0;
    x.cpu->sr[SR_SCTLR_EL1] &= ~SCTLR_MSCEN;
    ck_assert(!mops_enabled(&s).enabled);
    fixture_destroy(&x);
    fixture_init(&x, "max,hcx=off", true, false);
    ck_assert(!has(&x.feat, FEAT_MOPS));
    fixture_destroy(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mops");
    TCase *tc = tcase_create("mops");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, copies_and_sets_are_those_of_the_c_library, 0, 2);
    tcase_add_test(tc, progress_is_in_the_registers);
    tcase_add_test(tc, faults_stop_at_the_byte);
    tcase_add_test(tc, unprivileged_options);
    tcase_add_test(tc, mismatches);
    tcase_add_test(tc, sizes_saturate);
    tcase_add_test(tc, registers);
    tcase_add_test(tc, copied_code);
    tcase_add_test(tc, watchpoint);
    tcase_add_test(tc, enables_and_routing);
    tcase_add_test(tc, verdicts_are_heeded);
    tcase_add_test(tc, without_el2);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
