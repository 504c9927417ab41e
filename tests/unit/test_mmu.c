/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Unit tests of mmu/: TLBI operations against Arm's table (tests/data/tlbi-ops.tsv), what they leave in the
 * architectural TLB, and that the host's banks never hold more than it does. The translation rules themselves
 * have their own runner, tests/arch/translation.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/htlb.h"
#include "mmu/internal.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "tests/unit/run.h"

/* ---- a small world: memory, registers, one PE's TLB and banks ---- */

enum { MEM_WORDS = 1 << 18, PAGE = 4096 };

static struct features feat;

struct world {
    uint64_t mem[MEM_WORDS]; /* from PA 0; beyond it nothing answers */
    uint64_t sr[SR_COUNT];
    struct tlb *tlb;
    struct htlb htlb;
    uint64_t keys;
    struct mmu_port port;
    uint64_t rng;
    struct {
        const struct htlb_bank *bank;
        uint64_t key, va, pa_page;
    } fetched[256]; /* what a jump cache would remember, valid as long as the bank's key */
    unsigned fetches;
};

static bool read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    struct world *w = opaque;
    (void)ns;
    if (pa / 8 >= MEM_WORDS)
        return false;
    *value = w->mem[pa / 8];
    return true;
}

static bool cas64(void *opaque, uint64_t pa, bool ns, uint64_t expected, uint64_t desired, bool *swapped)
{
    struct world *w = opaque;
    (void)ns;
    if (pa / 8 >= MEM_WORDS)
        return false;
    *swapped = w->mem[pa / 8] == expected;
    if (*swapped)
        w->mem[pa / 8] = desired;
    return true;
}

/* 30-bit VAs and IPAs, 4 KB granule: walks begin at level 2. TTBR0's table is at 0x10000, TTBR1's at 0x11000,
 * stage 2's at 0x12000; level 3 tables from 0x20000 (stage 1) and 0x60000 (stage 2), one per 2 MB. */
enum {
    S1_LOW = 0x10000,
    S1_HIGH = 0x11000,
    S2_TABLE = 0x12000,
    S1_L3 = 0x20000,
    S2_L3 = 0x60000,
    REGIONS = 64
};
#define HIGH UINT64_C(0xffffffffc0000000)
#define LEAF 0x703 /* inner shareable, AF, valid; EL1 read/write */
#define NG BIT(11)
#define EL0_RW BIT(6)

static void set_registers(struct world *w)
{
    uint64_t *sr = w->sr, tcr = 34 | UINT64_C(34) << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32 | BIT(36);
    memset(sr, 0, sizeof w->sr);
    sr[SR_SCR_EL3] = SCR_NS | SCR_RW;
    sr[SR_HCR_EL2] = HCR_RW;
    sr[SR_SCTLR_EL1] = sr[SR_SCTLR_EL2] = SCTLR_M | SCTLR_C | SCTLR_I;
    sr[SR_TCR_EL1] = tcr;
    sr[SR_TTBR0_EL1] = S1_LOW | UINT64_C(7) << 48;
    sr[SR_TTBR1_EL1] = S1_HIGH;
    sr[SR_MAIR_EL1] = sr[SR_MAIR_EL2] = 0x00ff;
    sr[SR_VTCR_EL2] = 34 | 5 << 16 | BIT(19);
    sr[SR_VTTBR_EL2] = S2_TABLE | UINT64_C(3) << 48;
}

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    ck_assert_ptr_nonnull(w);
    w->tlb = tlb_create();
    htlb_init(&w->htlb, &w->keys);
    tlb_on_evict(w->tlb, htlb_evicted, &w->htlb);
    w->port = (struct mmu_port){.read64 = read64, .cas64 = cas64, .opaque = w, .tlb = w->tlb};
    w->rng = 1;
    set_registers(w);
    return w;
}

static void world_free(struct world *w)
{
    tlb_destroy(w->tlb);
    htlb_destroy(&w->htlb);
    free(w);
}

static uint64_t random_below(struct world *w, uint64_t n)
{
    w->rng = w->rng * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (w->rng >> 33) % n;
}

/* Stage 1: a 4 KB page, through a level 3 table, or a 2 MB block. */
static void map_page(struct world *w, uint64_t va, uint64_t pa, uint64_t attr)
{
    unsigned region = (unsigned)bits(va, 29, 21), high = (unsigned)bit(va, 55);
    uint64_t l3 = S1_L3 + (uint64_t)(region + high * REGIONS / 2) * PAGE;
    w->mem[((high ? S1_HIGH : S1_LOW) + region * 8) / 8] = l3 | 3;
    w->mem[(l3 + bits(va, 20, 12) * 8) / 8] = pa | LEAF | attr;
}

static void map_block(struct world *w, uint64_t va, uint64_t pa, uint64_t attr)
{
    unsigned region = (unsigned)bits(va, 29, 21);
    w->mem[((bit(va, 55) ? S1_HIGH : S1_LOW) + region * 8) / 8] = pa | (LEAF & ~2) | attr;
}

#define S2_LEAF 0x7fd /* Normal WB, read/write, inner shareable, AF, block; |2 for a page */

static void s2_map_block(struct world *w, uint64_t ipa, uint64_t pa)
{
    w->mem[(S2_TABLE + bits(ipa, 29, 21) * 8) / 8] = pa | S2_LEAF;
}

static void s2_map_page(struct world *w, uint64_t ipa, uint64_t pa)
{
    uint64_t l3 = S2_L3 + bits(ipa, 29, 21) * PAGE;
    w->mem[(S2_TABLE + bits(ipa, 29, 21) * 8) / 8] = l3 | 3;
    w->mem[(l3 + bits(ipa, 20, 12) * 8) / 8] = pa | S2_LEAF | 2;
}

static bool access_as(struct world *w, unsigned el, uint64_t va, unsigned type, struct mmu_result *r)
{
    struct tctx t;
    const struct mmu_access a = {.type = (uint8_t)type};
    tctx_make(&t, &feat, w->sr, el, false, false);
    return mmu_translate(&t, &w->port, va, &a, r);
}

/* The PA that EL1 reads at va. */
static uint64_t pa_of(struct world *w, uint64_t va)
{
    struct mmu_result r;
    ck_assert(access_as(w, 1, va, ACCESS_READ, &r));
    return r.pa;
}

static unsigned tlbi(struct world *w, unsigned el, enum sysreg reg, uint64_t xt)
{
    struct tlbi op;
    tlbi_make(&op, &feat, w->sr, el, reg, xt);
    htlb_invalidate(&w->htlb, &op, NULL);
    return tlb_invalidate(w->tlb, &op);
}

/* ---- tlbi.def against Arm's table ---- */

struct state_column {
    const char *name;
    unsigned el;
    uint64_t hcr;
};

static const struct state_column state_columns[] = {
    {"EL1", 1, 0},
    {"EL1_FB=1", 1, HCR_FB},
    {"EL2_E2H,TGE=00", 2, 0},
    {"EL2_E2H,TGE=10", 2, HCR_E2H},
    {"EL2_E2H,TGE=11", 2, HCR_E2H | HCR_TGE},
    {"EL3_E2H,TGE=00", 3, 0},
    {"EL3_E2H,TGE=11", 3, HCR_E2H | HCR_TGE},
};

enum {
    COL_NAME = 0,
    COL_SCOPE = 7,
    COL_LEVEL = 8,
    COL_SHARE = 9,
    COL_NXS = 10,
    COL_STATES = 11,
    COLUMNS = 20
};

static unsigned split_tabs(char *line, char **column)
{
    unsigned n = 0;
    for (char *p = line; n < COLUMNS; p++) {
        column[n++] = p;
        p = strpbrk(p, "\t\n");
        if (p == NULL || *p == '\n')
            return n;
        *p = 0;
    }
    return n;
}

static enum tlbi_kind kind_of_scope(const char *scope, const char *name)
{
    if (strcmp(scope, "ASID") == 0)
        return TLBI_ASID;
    if (strncmp(scope, "IPA", 3) == 0)
        return TLBI_IPAS2;
    if (strstr(scope, "all ASIDs") != NULL)
        return TLBI_VAA;
    if (strncmp(scope, "VA", 2) == 0)
        return TLBI_VA;
    if (strncmp(name, "TLBI_VMALLS12", 13) == 0)
        return TLBI_VMALLS12;
    return strncmp(name, "TLBI_VMALL", 10) == 0 ? TLBI_VMALL : TLBI_ALL;
}

static void check_state(struct world *w, char **column, enum sysreg reg, unsigned n)
{
    static const char *const regime_names[] = {"EL10", "EL20", "EL2", "EL3"};
    static const char *const share_names[] = {"NSH", "ISH", "OSH"};
    const struct state_column *s = &state_columns[n];
    const char *want = column[COL_STATES + n];
    char regime[16] = "";
    struct tlbi op;
    if (strncmp(want, "UNDEFINED", 9) == 0)
        return;
    sscanf(want, "%15s", regime);
    w->sr[SR_HCR_EL2] = HCR_RW | s->hcr;
    tlbi_make(&op, &feat, w->sr, s->el, reg, 0x0005000000001234 | BIT(46));
    ck_assert_msg(!op.illegal, "%s", column[COL_NAME]);
    ck_assert_msg(strcmp(regime_names[op.regime], regime) == 0, "%s %s: %s, not %s", column[COL_NAME],
                  s->name, regime_names[op.regime], regime);
    ck_assert_msg(op.kind == kind_of_scope(column[COL_SCOPE], column[COL_NAME]), "%s: kind",
                  column[COL_NAME]);
    ck_assert_msg(op.last_level == (strcmp(column[COL_LEVEL], "Last") == 0), "%s: level", column[COL_NAME]);
    ck_assert_msg(op.nxs == (column[COL_NXS][0] == '1'), "%s: nXS", column[COL_NAME]);
    ck_assert_msg(op.range == (strstr(column[COL_SCOPE], "range") != NULL), "%s: range", column[COL_NAME]);
    const char *share = s->hcr & HCR_FB ? strrchr(want, ' ') + 1 : column[COL_SHARE];
    ck_assert_msg(strncmp(share_names[op.share], share, 3) == 0, "%s %s: %s, not %s", column[COL_NAME],
                  s->name, share_names[op.share], share);
    if (op.regime == REGIME_EL10)
        ck_assert_uint_eq(op.vmid, 3);
}

START_TEST(tlbi_table)
{
    char path[512], line[2048], *column[COLUMNS];
    const char *srcdir = getenv("srcdir");
    struct world *w = world_new();
    unsigned rows = 0;
    snprintf(path, sizeof path, "%s/tests/data/tlbi-ops.tsv", srcdir != NULL ? srcdir : ".");
    FILE *in = fopen(path, "r");
    ck_assert_msg(in != NULL, "can't open %s", path);
    while (fgets(line, sizeof line, in) != NULL) {
        if (strncmp(line, "TLBI_", 5) != 0 || split_tabs(line, column) != COLUMNS ||
            strstr(column[COL_SCOPE], "GPT"))
            continue;
        enum sysreg reg = SR_NONE;
        char name[40];
        snprintf(name, sizeof name, "%s", column[COL_NAME]);
        reg = sysreg_by_name(name);
        if (reg == SR_NONE) {
            name[4] = ' ';
            reg = sysreg_by_name(name);
        }
        ck_assert_msg(reg != SR_NONE, "%s has no row", column[COL_NAME]);
        for (unsigned n = 0; n < ARRAY_LEN(state_columns); n++)
            check_state(w, column, reg, n);
        rows++;
    }
    fclose(in);
    ck_assert_uint_eq(rows, 156);
    world_free(w);
}
END_TEST

/* C5.5: BaseADDR, SCALE, NUM and TG of range operations, worked out by hand. */
START_TEST(tlbi_range_operand)
{
    struct world *w = world_new();
    struct tlbi op;
    /* 4 KB, SCALE 0, NUM 0: (0+1) * 2^1 pages; the sign of BaseADDR is VA<48> */
    tlbi_make(&op, &feat, w->sr, 1, SR_TLBI_RVAE1IS, BIT(46) | UINT64_C(0x1ffffffff0) | UINT64_C(9) << 48);
    ck_assert_uint_eq(op.va, UINT64_C(0xffffffffffff0000));
    ck_assert_uint_eq(op.size, 2 * 4096);
    ck_assert_uint_eq(op.asid, 9);
    /* 64 KB, SCALE 1, NUM 3: 4 * 2^6 granules */
    tlbi_make(&op, &feat, w->sr, 1, SR_TLBI_RVAAE1,
              UINT64_C(3) << 46 | UINT64_C(1) << 44 | UINT64_C(3) << 39 | 5);
    ck_assert_uint_eq(op.va, 5 * 65536);
    ck_assert_uint_eq(op.size, UINT64_C(256) * 65536);
    /* 16 KB, SCALE 3, NUM 31: 32 * 2^16 granules */
    tlbi_make(&op, &feat, w->sr, 1, SR_TLBI_RVAAE1,
              UINT64_C(2) << 46 | UINT64_C(3) << 44 | UINT64_C(31) << 39 | 1);
    ck_assert_uint_eq(op.va, 16384);
    ck_assert_uint_eq(op.size, UINT64_C(32) * 65536 * 16384);
    /* TCR_EL1.DS: BaseADDR counts 64 KB whatever the granule */
    w->sr[SR_TCR_EL1] |= BIT(59);
    tlbi_make(&op, &feat, w->sr, 1, SR_TLBI_RVAE1IS, BIT(46) | 3);
    ck_assert_uint_eq(op.va, 3 * 65536);
    ck_assert_uint_eq(op.size, 2 * 4096);
    tlbi_make(&op, &feat, w->sr, 1, SR_TLBI_RVAE1IS, 3); /* TG 0 is reserved */
    ck_assert(op.illegal);
    world_free(w);
}
END_TEST

/* ---- what the TLB keeps ---- */

/* A changed descriptor isn't seen before its TLBI; operations on another ASID, VMID or address don't help. */
START_TEST(tlb_keeps_until_told)
{
    struct world *w = world_new();
    uint64_t va = 0x234000;
    map_page(w, va, 0x8000, NG);
    map_page(w, HIGH + va, 0x8000, 0);
    ck_assert_uint_eq(pa_of(w, va + 8), 0x8008);
    ck_assert_uint_eq(pa_of(w, HIGH + va), 0x8000);
    map_page(w, va, 0x9000, NG);
    map_page(w, HIGH + va, 0x9000, 0);
    ck_assert_uint_eq(pa_of(w, va), 0x8000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, va >> 12 | UINT64_C(8) << 48), 0);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, ((va >> 12) + 1) | UINT64_C(7) << 48), 0);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_ASIDE1, UINT64_C(8) << 48), 0);
    w->sr[SR_VTTBR_EL2] = S2_TABLE | UINT64_C(4) << 48;
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VMALLE1, 0), 0);
    ck_assert_uint_eq(tlbi(w, 2, SR_TLBI_ALLE2, 0), 0);
    w->sr[SR_VTTBR_EL2] = S2_TABLE | UINT64_C(3) << 48;
    ck_assert_uint_eq(pa_of(w, va), 0x8000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, va >> 12 | UINT64_C(7) << 48), 1);
    ck_assert_uint_eq(pa_of(w, va), 0x9000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_ASIDE1, UINT64_C(7) << 48), 1);
    ck_assert_uint_eq(pa_of(w, HIGH + va), 0x8000); /* global: by ASID not, by VA and any ASID yes */
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, (bits(HIGH + va, 55, 12)) | UINT64_C(1) << 48), 1);
    ck_assert_uint_eq(pa_of(w, HIGH + va), 0x9000);
    world_free(w);
}
END_TEST

/* An ASID's entry serves that ASID only, a global one all. */
START_TEST(tlb_asid_and_global)
{
    struct world *w = world_new();
    map_page(w, 0x1000, 0x8000, NG);
    map_page(w, 0x2000, 0x8000, 0);
    pa_of(w, 0x1000);
    pa_of(w, 0x2000);
    map_page(w, 0x1000, 0x9000, NG);
    map_page(w, 0x2000, 0x9000, 0);
    w->sr[SR_TTBR0_EL1] = S1_LOW | UINT64_C(6) << 48;
    ck_assert_uint_eq(pa_of(w, 0x1000), 0x9000);
    ck_assert_uint_eq(pa_of(w, 0x2000), 0x8000);
    w->sr[SR_TTBR0_EL1] = S1_LOW | UINT64_C(7) << 48;
    ck_assert_uint_eq(pa_of(w, 0x1000), 0x8000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VMALLE1, 0), 3);
    ck_assert_uint_eq(tlb_count(w->tlb), 0);
    world_free(w);
}
END_TEST

/* A stage 1 block that stage 2 maps by pages: any address of the block drops all its pieces. */
START_TEST(tlb_pieces_of_a_block)
{
    struct world *w = world_new();
    w->sr[SR_HCR_EL2] |= HCR_VM;
    map_block(w, 0x600000, 0x800000, NG);
    for (uint64_t a = 0; a < 0x80000; a += PAGE)
        s2_map_page(w, a, a); /* the tables */
    for (uint64_t a = 0; a < 0x4000; a += PAGE)
        s2_map_page(w, 0x800000 + a, 0x40000000 + a);
    for (uint64_t a = 0; a < 0x4000; a += PAGE)
        ck_assert_uint_eq(pa_of(w, 0x600000 + a), 0x40000000 + a);
    unsigned before = tlb_count(w->tlb);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, 0x7ff | UINT64_C(7) << 48), 4);
    ck_assert_uint_eq(tlb_count(w->tlb), before - 4);
    ck_assert_uint_eq(pa_of(w, 0x601000), 0x40001000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VMALLE1, 0), 1); /* stage 2's own entries stay */
    ck_assert_uint_eq(tlb_count(w->tlb), before - 4);
    world_free(w);
}
END_TEST

/* In order: by ASID before global, then by address; whatever the order they came in. */
START_TEST(tlb_as_a_list)
{
    const uint64_t wanted[][3] = {{0x1000, 0x8000, PAGE},
                                  {0x2000, 0x9000, PAGE},
                                  {0x600000, 0x800000, BIT(21)},
                                  {HIGH + 0x3000, 0x7000, PAGE}};
    struct world *w = world_new();
    size_t n;
    map_page(w, HIGH + 0x3000, 0x7000, EL0_RW);
    map_page(w, 0x2000, 0x9000, NG);
    map_page(w, 0x1000, 0x8000, NG);
    map_block(w, 0x600000, 0x800000, NG);
    pa_of(w, HIGH + 0x3000);
    pa_of(w, 0x6fffff);
    pa_of(w, 0x2000);
    pa_of(w, 0x1008);
    struct tlb_shown *list = tlb_list(w->tlb, &n);
    ck_assert_uint_eq(n, ARRAY_LEN(wanted));
    for (size_t k = 0; k < n; k++) {
        const bool high = k == 3;
        ck_assert_uint_eq(list[k].va, wanted[k][0]);
        ck_assert_uint_eq(list[k].pa, wanted[k][1]);
        ck_assert_uint_eq(list[k].size, wanted[k][2]);
        ck_assert_uint_eq(list[k].block, wanted[k][2]);
        ck_assert_uint_eq(list[k].vmid, 3);
        ck_assert(list[k].regime == REGIME_EL10 && !list[k].stage2 && list[k].ns);
        ck_assert(list[k].global == high && list[k].asid == (high ? 0 : 7));
        /* what EL0 may write EL1 doesn't execute: R_PHZPX */
        ck_assert_uint_eq(list[k].s1_perm, S1_PR | S1_PW | S1_UX | (high ? S1_UR | S1_UW : S1_PX));
        ck_assert(list[k].attr == 0xff && list[k].sh == 3);
    }
    free(list);
    world_free(w);
}
END_TEST

START_TEST(tlb_as_a_list_with_stage2)
{
    struct world *w = world_new();
    size_t n;
    w->sr[SR_HCR_EL2] |= HCR_VM;
    map_block(w, 0x600000, 0x800000, NG);
    s2_map_page(w, S1_LOW, S1_LOW); /* the table */
    s2_map_page(w, 0x801000, 0x40001000);
    pa_of(w, 0x601234);
    struct tlb_shown *list = tlb_list(w->tlb, &n);
    ck_assert_uint_eq(n, 3); /* combined; and of stage 2: the table's page, the data's */
    ck_assert(list[0].stage2 && !list[0].stage2_only && list[0].asid == 7 && list[0].vmid == 3);
    ck_assert(list[0].va == 0x601000 && list[0].pa == 0x40001000);
    ck_assert(list[0].size == PAGE && list[0].block == BIT(21)); /* a piece */
    ck_assert(list[1].stage2_only && list[1].va == S1_LOW && list[1].pa == S1_LOW && list[1].vmid == 3);
    ck_assert(list[2].stage2_only && list[2].va == 0x801000 && list[2].pa == 0x40001000);
    for (size_t k = 0; k < n; k++) /* S2_LEAF */
        ck_assert(list[k].s2_perm == S2_ANY && list[k].s2_attr == 15 && list[k].s2_sh == 3);
    free(list);
    world_free(w);
}
END_TEST

/* IPAS2 reaches stage 2's entries, not the combined ones: those need VMALLE1 as well. D8.14.5. */
START_TEST(tlb_ipas2)
{
    struct world *w = world_new();
    w->sr[SR_HCR_EL2] |= HCR_VM;
    map_page(w, 0x1000, 0x800000, NG);
    s2_map_block(w, 0, 0);
    s2_map_page(w, 0x800000, 0x40000000);
    ck_assert_uint_eq(pa_of(w, 0x1000), 0x40000000);
    s2_map_page(w, 0x800000, 0x50000000);
    ck_assert_uint_eq(tlbi(w, 2, SR_TLBI_IPAS2E1IS, 0x800), 1);
    ck_assert_uint_eq(pa_of(w, 0x1000), 0x40000000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VMALLE1IS, 0), 1);
    ck_assert_uint_eq(pa_of(w, 0x1000), 0x50000000);
    w->sr[SR_SCTLR_EL1] &= ~SCTLR_M; /* stage 1 off: stage 2's entry answers by itself */
    ck_assert_uint_eq(pa_of(w, 0x800010), 0x50000010);
    s2_map_page(w, 0x800000, 0x60000000);
    ck_assert_uint_eq(pa_of(w, 0x800010), 0x50000010);
    ck_assert_uint_eq(tlbi(w, 2, SR_TLBI_IPAS2LE1, 0x800), 1);
    ck_assert_uint_eq(pa_of(w, 0x800010), 0x60000010);
    ck_assert_uint_gt(tlbi(w, 2, SR_TLBI_VMALLS12E1IS, 0), 0);
    ck_assert_uint_eq(tlb_count(w->tlb), 0);
    world_free(w);
}
END_TEST

/* TTL names the level: a hint for another level leaves the entry. Ranges drop what they overlap. */
START_TEST(tlb_ttl_and_range)
{
    struct world *w = world_new();
    uint64_t asid = UINT64_C(7) << 48;
    map_page(w, 0x1000, 0x8000, NG);
    map_block(w, 0x400000, 0x400000, NG);
    pa_of(w, 0x1000);
    pa_of(w, 0x400000);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, 1 | asid | UINT64_C(6) << 44), 0); /* 4 KB granule, level 2 */
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, 1 | asid | UINT64_C(7) << 44), 1);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, 0x4ff | asid | UINT64_C(7) << 44), 0);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_VAE1, 0x4ff | asid | UINT64_C(6) << 44), 1);
    for (unsigned n = 0; n < 8; n++) {
        map_page(w, n * PAGE, 0x8000, NG);
        pa_of(w, n * PAGE);
    }
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_RVAE1, 2 | asid | BIT(46) | UINT64_C(1) << 39),
                      4); /* pages 2 to 5 */
    ck_assert_uint_eq(tlb_count(w->tlb), 4);
    ck_assert_uint_eq(tlbi(w, 1, SR_TLBI_RVAE1, 0 | asid | BIT(46) | UINT64_C(3) << 44),
                      4); /* 65536 pages: by scan */
    world_free(w);
}
END_TEST

/* An entry is used by all views of the regime, each with its own permissions; hardware keeps the dirty state.
 */
START_TEST(tlb_permissions_at_lookup)
{
    struct world *w = world_new();
    struct mmu_result r;
    struct tctx t;
    const struct mmu_access load = {.type = ACCESS_READ}, store = {.type = ACCESS_WRITE};
    map_page(w, 0x1000, 0x8000, NG | EL0_RW);
    ck_assert(access_as(w, 1, 0x1000, ACCESS_READ, &r));
    ck_assert(access_as(w, 0, 0x1000, ACCESS_WRITE, &r));
    ck_assert(!access_as(w, 1, 0x1000, ACCESS_FETCH, &r)); /* writable at EL0: not executable at EL1 */
    ck_assert(access_as(w, 0, 0x1000, ACCESS_FETCH, &r));
    tctx_make(&t, &feat, w->sr, 1, false, true);
    ck_assert(!mmu_translate(&t, &w->port, 0x1000, &load, &r));
    ck_assert_uint_eq(fault_fsc(&r.fault), 0x0f);
    w->sr[SR_SCTLR_EL1] |= SCTLR_WXN;
    ck_assert(!access_as(w, 0, 0x1000, ACCESS_FETCH, &r));
    w->sr[SR_TCR_EL1] |= BIT(39) | BIT(40); /* HA, HD */
    uint64_t *desc = &w->mem[(S1_L3 + 2 * 8) / 8];
    map_page(w, 0x2000, 0x8000, NG | BIT(51) | BIT(7));
    *desc &= ~BIT(10);
    tctx_make(&t, &feat, w->sr, 1, false, false);
    ck_assert(mmu_translate(&t, &w->port, 0x2000, &load, &r));
    ck_assert_uint_eq(*desc & (BIT(10) | BIT(7)), BIT(10) | BIT(7));
    ck_assert_uint_eq(r.prot & PROT_W, 0);
    ck_assert(mmu_translate(&t, &w->port, 0x2000, &store, &r));
    ck_assert_uint_eq(*desc & (BIT(10) | BIT(7)), BIT(10));
    ck_assert_uint_eq(r.prot & PROT_W, PROT_W);
    world_free(w);
}
END_TEST

/* The tag byte: part of the address unless TBI says otherwise, also for what the TLB holds. */
START_TEST(tlb_tagged_addresses)
{
    struct world *w = world_new();
    struct mmu_result r;
    uint64_t tagged = 0x1000 | UINT64_C(0x5a) << 56;
    map_page(w, 0x1000, 0x8000, NG);
    pa_of(w, 0x1000);
    ck_assert(!access_as(w, 1, tagged, ACCESS_READ, &r));
    ck_assert_uint_eq(fault_fsc(&r.fault), 0x04);
    w->sr[SR_TCR_EL1] |= BIT(37);
    ck_assert_uint_eq(pa_of(w, tagged), 0x8000);
    ck_assert_uint_eq(tlb_count(w->tlb), 1);
    world_free(w);
}
END_TEST

START_TEST(at_external_abort)
{
    struct world *w = world_new();
    struct fault f;
    uint64_t par;
    w->sr[SR_TTBR0_EL1] = UINT64_C(0x70000000);
    ck_assert(!at_execute(&feat, w->sr, 1, false, &w->port, SR_AT_S1E1R, 0x1000, &par, &f));
    ck_assert_uint_eq(f.type, FAULT_EXTERNAL_WALK);
    ck_assert_uint_eq(fault_fsc(&f), 0x16);
    world_free(w);
}
END_TEST

/* ---- banks ---- */

/* ---- the observer ---- */

static struct {
    struct walk_step step[64];
    unsigned count;
} seen;

static void see(void *opaque, const struct walk_step *s)
{
    (void)opaque;
    ck_assert_uint_lt(seen.count, ARRAY_LEN(seen.step));
    seen.step[seen.count++] = *s;
}

/* A page through two levels of stage 1 and a block of stage 2, worked out by hand: all steps in order. */
START_TEST(observer_sees_both_stages)
{
    static const struct {
        uint8_t event, stage;
        bool for_table;
        uint8_t kind;
        int8_t level;
        uint8_t high, low;
        uint64_t address, pa, output;
    } want[] = {
        {WALK_STAGE, 1, false, 0, 2, 0, 0, 0x10000, 0, 0},
        {WALK_STAGE, 2, true, 0, 2, 0, 0, 0x12000, 0, 0},
        {WALK_DESCRIPTOR, 2, true, WALK_BLOCK, 2, 29, 21, 0x12000, 0x12000, 0x10008},
        {WALK_OUTPUT, 2, true, 0, 2, 0, 0, 0, 0, 0x10008},
        {WALK_DESCRIPTOR, 1, false, WALK_TABLE, 2, 29, 21, 0x10008, 0x10008, 0x21000},
        {WALK_STAGE, 2, true, 0, 2, 0, 0, 0x12000, 0, 0},
        {WALK_DESCRIPTOR, 2, true, WALK_BLOCK, 2, 29, 21, 0x12000, 0x12000, 0x211a0},
        {WALK_OUTPUT, 2, true, 0, 2, 0, 0, 0, 0, 0x211a0},
        {WALK_DESCRIPTOR, 1, false, WALK_PAGE, 3, 20, 12, 0x211a0, 0x211a0, 0x408678},
        {WALK_OUTPUT, 1, false, 0, 3, 0, 0, 0, 0, 0x408678},
        {WALK_STAGE, 2, false, 0, 2, 0, 0, 0x12000, 0, 0},
        {WALK_DESCRIPTOR, 2, false, WALK_BLOCK, 2, 29, 21, 0x12010, 0x12010, 0x608678},
        {WALK_OUTPUT, 2, false, 0, 2, 0, 0, 0, 0, 0x608678},
        {WALK_RESULT, 0, false, 0, 3, 0, 0, 0, 0, 0x608678},
    };
    struct world *w = world_new();
    struct mmu_result r;
    w->sr[SR_HCR_EL2] |= HCR_VM;
    w->port.tlb = NULL;
    w->port.step = see;
    seen.count = 0;
    s2_map_block(w, 0, 0);
    s2_map_block(w, 0x400000, 0x600000);
    map_page(w, 0x234000, 0x408000, NG | EL0_RW);
    ck_assert(access_as(w, 1, 0x234678, ACCESS_READ, &r));
    ck_assert_uint_eq(r.pa, 0x608678);
    ck_assert_uint_eq(seen.count, ARRAY_LEN(want));
    for (unsigned n = 0; n < seen.count; n++) {
        const struct walk_step *s = &seen.step[n];
        ck_assert_msg(s->event == want[n].event && s->stage == want[n].stage &&
                          s->for_table == want[n].for_table && s->kind == want[n].kind &&
                          s->level == want[n].level && s->high == want[n].high && s->low == want[n].low,
                      "step %u: event %u stage %u kind %u level %d <%u:%u>", n, s->event, s->stage, s->kind,
                      s->level, s->high, s->low);
        ck_assert_msg(s->address == want[n].address && s->pa == want[n].pa && s->output == want[n].output,
                      "step %u: address %lx pa %lx output %lx", n, (unsigned long)s->address,
                      (unsigned long)s->pa, (unsigned long)s->output);
        ck_assert_ptr_null(s->rule);
    }
    ck_assert_uint_eq(seen.step[4].desc, 0x21003);
    ck_assert_uint_eq(seen.step[8].perm, S1_PR | S1_PW | S1_UR | S1_UW | S1_UX); /* never PX with UW */
    ck_assert_uint_eq(seen.step[12].perm, S2_ANY);
    ck_assert_uint_eq(seen.step[13].prot, PROT_R | PROT_W);
    ck_assert_uint_eq(seen.step[13].attr, 0xff);
    world_free(w);
}
END_TEST

/* Table permissions add up on the way; a fault comes with its rule, in the stage that it is of and at the
 * end. */
START_TEST(observer_sees_faults)
{
    struct world *w = world_new();
    struct mmu_result r;
    w->port.tlb = NULL;
    w->port.step = see;
    seen.count = 0;
    map_page(w, 0x234000, 0x8000, EL0_RW);
    w->mem[(S1_LOW + 8) / 8] |= BIT(62) | BIT(59); /* APTable<1>, PXNTable */
    ck_assert(!access_as(w, 1, 0x234000, ACCESS_WRITE, &r));
    ck_assert_uint_eq(seen.count, 5); /* begin, table, page, end, result */
    ck_assert_uint_eq(seen.step[1].perm, S1_PR | S1_UR | S1_UX);
    ck_assert_uint_eq(seen.step[2].perm, S1_PR | S1_UR | S1_UX);
    for (unsigned n = 3; n < 5; n++) {
        ck_assert_uint_eq(seen.step[n].fault, FAULT_PERMISSION);
        ck_assert_int_eq(seen.step[n].level, 3);
        ck_assert_str_eq(seen.step[n].rule, r.fault.rule);
    }
    seen.count = 0;
    w->mem[(S1_LOW + 8) / 8] = 0;
    ck_assert(!access_as(w, 1, 0x234000, ACCESS_WRITE, &r));
    ck_assert_uint_eq(seen.count, 4);
    ck_assert_uint_eq(seen.step[1].kind, WALK_INVALID);
    seen.count = 0;
    w->sr[SR_TTBR0_EL1] = (uint64_t)MEM_WORDS * 8;
    ck_assert(!access_as(w, 1, 0x234000, ACCESS_WRITE, &r));
    ck_assert_uint_eq(seen.step[1].kind, WALK_FAULT);
    ck_assert_uint_eq(seen.step[1].fault, FAULT_EXTERNAL_WALK);
    seen.count = 0;
    ck_assert(!access_as(w, 1, BIT(40), ACCESS_WRITE, &r));
    ck_assert_uint_eq(seen.count, 3);
    ck_assert_uint_eq(seen.step[0].event, WALK_STAGE);
    ck_assert_str_eq(seen.step[0].rule, r.fault.rule);
    world_free(w);
}
END_TEST

START_TEST(htlb_banks_are_found)
{
    struct world *w = world_new();
    struct htlb_bank *b[HTLB_BANKS];
    struct tctx t;
    for (unsigned n = 0; n < HTLB_BANKS; n++) {
        w->sr[SR_TTBR0_EL1] = S1_LOW | (uint64_t)(n + 1) << 48;
        tctx_make(&t, &feat, w->sr, 1, false, false);
        b[n] = htlb_bank(&w->htlb, &t);
        for (unsigned m = 0; m < n; m++) {
            ck_assert_ptr_ne(b[m], b[n]);
            ck_assert_uint_ne(b[m]->key, b[n]->key);
        }
    }
    w->sr[SR_TTBR0_EL1] = S1_LOW | UINT64_C(1) << 48;
    tctx_make(&t, &feat, w->sr, 1, false, false);
    uint64_t key = b[1]->key;
    ck_assert_ptr_eq(htlb_bank(&w->htlb, &t), b[0]);
    w->sr[SR_TTBR0_EL1] = S1_LOW | UINT64_C(100) << 48;
    tctx_make(&t, &feat, w->sr, 1, false, false);
    ck_assert_ptr_eq(htlb_bank(&w->htlb, &t), b[1]); /* the least recently used */
    ck_assert_uint_ne(b[1]->key, key);
    world_free(w);
}
END_TEST

static bool in_tlb(struct world *w, const struct tctx *t, uint64_t va, uint64_t pa_page)
{
    struct xlat x;
    uint64_t page = va & ~(uint64_t)(PAGE - 1);
    if (!xlat_stage1_on(t))
        return !t->stage2 || (tlb_lookup_s2(w->tlb, t, page, true, &x) && x.out == pa_page);
    return tlb_lookup(w->tlb, t, page, &x) && x.out == pa_page;
}

/* No bank holds what the TLB doesn't. */
static void check_banks(struct world *w)
{
    for (unsigned n = 0; n < w->htlb.count; n++) {
        const struct htlb_bank *b = &w->htlb.banks[n];
        if (b->stale)
            continue;
        for (unsigned s = 0; s < HTLB_ENTRIES; s++) {
            const struct htlb_entry *e = &b->data[s];
            if (!(e->read_tag & 1))
                ck_assert(in_tlb(w, &b->tctx, e->read_tag, e->pa_page));
            if (!(e->write_tag & 1))
                ck_assert(in_tlb(w, &b->tctx, e->write_tag, e->pa_page));
        }
        for (unsigned s = 0; s < HTLB_FETCH_ENTRIES; s++)
            if (!(b->fetch[s].tag & 1))
                ck_assert(in_tlb(w, &b->tctx, b->fetch[s].tag, b->fetch[s].pa_page));
    }
    for (unsigned n = 0; n < ARRAY_LEN(w->fetched); n++) {
        const struct htlb_bank *b = w->fetched[n].bank;
        if (b != NULL && !b->stale && b->key == w->fetched[n].key)
            ck_assert(in_tlb(w, &b->tctx, w->fetched[n].va, w->fetched[n].pa_page));
    }
}

/* PIIndex (or UXN, PXN, DBM) and POIndex of a descriptor; mostly none. */
static uint64_t random_indices(struct world *w)
{
    if (random_below(w, 3) != 0)
        return 0;
    return random_below(w, 2) << 51 | random_below(w, 4) << 53 | random_below(w, 8) << 60;
}

static uint64_t random64(struct world *w)
{
    return random_below(w, BIT(31)) << 33 ^ random_below(w, BIT(31)) << 11 ^ random_below(w, BIT(31));
}

/* TCR2_EL1's permissions and VTCR_EL2.S2PIE on or off, and registers for them, mostly generous. */
static void random_permissions(struct world *w)
{
    uint64_t generous = random_below(w, 2) ? UINT64_C(0x5555555555555555) : 0;
    w->sr[SR_SCR_EL3] |= SCR_HXEN | BIT(43);
    w->sr[SR_HCRX_EL2] = BIT(14); /* TCR2En */
    w->sr[SR_TCR2_EL1] = random_below(w, 8) << 1;
    w->sr[SR_PIR_EL1] = random64(w) | generous;
    w->sr[SR_PIRE0_EL1] = random64(w) | generous;
    w->sr[SR_POR_EL0] = random64(w) & UINT64_C(0x7777777777777777);
    w->sr[SR_POR_EL1] = random64(w) & UINT64_C(0x7777777777777777);
    w->sr[SR_S2PIR_EL2] = random64(w) | UINT64_C(0x8888888888888888);
    w->sr[SR_VTCR_EL2] = bits_set(w->sr[SR_VTCR_EL2], 36, 36, random_below(w, 2));
}

static void random_tables(struct world *w)
{
    for (unsigned n = 0; n < REGIONS; n++) {
        uint64_t va = (n >= REGIONS / 2 ? HIGH : 0) + (uint64_t)(n % (REGIONS / 2)) * 0x200000;
        uint64_t nt = random_below(w, 2) ? NG : 0;
        if (random_below(w, 3) == 0)
            map_block(w, va, random_below(w, 500) * 0x200000, nt | EL0_RW | random_indices(w));
        else
            for (unsigned p = 0; p < 512; p++)
                map_page(w, va + p * PAGE, random_below(w, 0x40000) * PAGE,
                         (random_below(w, 2) ? NG : 0) | EL0_RW | (random_below(w, 4) ? 0 : BIT(7)) |
                             random_indices(w));
    }
    s2_map_block(w, 0, 0); /* stage 1's tables */
    for (uint64_t ipa = 0x200000; ipa < 0x40000000; ipa += 0x200000) {
        if (bits(ipa, 29, 21) >= 64 || random_below(w, 2))
            s2_map_block(w, ipa, random_below(w, 500) * 0x200000);
        else
            for (unsigned p = 0; p < 512; p++)
                s2_map_page(w, ipa + p * PAGE, random_below(w, 0x40000) * PAGE | random_indices(w));
    }
}

/* Another of a few register states: ASID, VMID, stage 2, stage 1 off, EL2&0. Returns the EL. */
static unsigned random_state(struct world *w)
{
    unsigned what = (unsigned)random_below(w, 10);
    w->sr[SR_TTBR0_EL1] = S1_LOW | (random_below(w, 5) + 1) << 48;
    w->sr[SR_VTTBR_EL2] = S2_TABLE | random_below(w, 3) << 48;
    w->sr[SR_HCR_EL2] = HCR_RW | (random_below(w, 2) ? HCR_VM : 0);
    w->sr[SR_SCTLR_EL1] |= SCTLR_M;
    w->sr[SR_TCR2_EL1] = 0;
    w->sr[SR_VTCR_EL2] &= ~BIT(36);
    if (random_below(w, 2))
        random_permissions(w);
    if (what == 0)
        w->sr[SR_SCTLR_EL1] &= ~SCTLR_M;
    if (what == 1) {
        w->sr[SR_HCR_EL2] |= HCR_E2H | HCR_TGE;
        w->sr[SR_TCR_EL2] = w->sr[SR_TCR_EL1];
        w->sr[SR_TTBR0_EL2] = w->sr[SR_TTBR0_EL1];
        w->sr[SR_TTBR1_EL2] = w->sr[SR_TTBR1_EL1];
        return random_below(w, 2) ? 2 : 0;
    }
    return random_below(w, 2) ? 1 : 0;
}

static void random_access(struct world *w, unsigned el)
{
    struct tctx t;
    struct mmu_result r;
    uint64_t va = random_below(w, REGIONS / 2) * 0x200000 + random_below(w, 512) * PAGE +
                  (random_below(w, 2) ? HIGH : 0);
    const struct mmu_access a = {.type = (uint8_t)random_below(w, 3)};
    tctx_make(&t, &feat, w->sr, el, false, false);
    struct htlb_bank *b = htlb_bank(&w->htlb, &t);
    if (!mmu_translate(&t, &w->port, va, &a, &r))
        return;
    if (a.type != ACCESS_FETCH) {
        htlb_fill_data(b, va, &r, (uint8_t *)w->mem, r.prot & PROT_R, r.prot & PROT_W);
        return;
    }
    unsigned n = w->fetches++ % ARRAY_LEN(w->fetched);
    htlb_fill_fetch(b, &b->fetch[(va >> 12) & (HTLB_FETCH_ENTRIES - 1)], va, &r);
    w->fetched[n].bank = b;
    w->fetched[n].key = b->key;
    w->fetched[n].va = va;
    w->fetched[n].pa_page = r.pa & ~(uint64_t)(PAGE - 1);
}

static bool same_result(const struct mmu_result *r, const struct mmu_result *q)
{
    if (r->fault.type != q->fault.type)
        return false;
    if (r->fault.type != FAULT_NONE)
        return r->fault.level == q->fault.level && r->fault.stage2 == q->fault.stage2 &&
               r->fault.s1ptw == q->fault.s1ptw && r->fault.ipa == q->fault.ipa &&
               r->fault.overlay == q->fault.overlay && r->fault.dirty_bit == q->fault.dirty_bit;
    return r->pa == q->pa && r->page_size == q->page_size && r->inval_size == q->inval_size &&
           r->prot == q->prot && r->attr == q->attr && r->sh == q->sh && r->device == q->device &&
           r->global == q->global;
}

/* Memory that the walker reads by itself, what it remembers of parameters and leaves, and the TLB: none of
 * them changes an answer. */
START_TEST(shortcuts_change_nothing)
{
    struct world *w = world_new();
    random_tables(w);
    const struct mmu_port plain = {.read64 = read64, .cas64 = cas64, .opaque = w};
    struct mmu_port direct = plain, all = w->port;
    direct.ram = all.ram = (const uint8_t *)w->mem;
    direct.ram_size = all.ram_size = sizeof w->mem;
    for (unsigned round = 0; round < 20000; round++) {
        struct tctx t;
        struct mmu_result r, q;
        unsigned el = random_state(w);
        w->sr[SR_MAIR_EL1] = random_below(w, 2) ? 0x00ff : 0x0044;
        w->sr[SR_SCTLR_EL1] ^= random_below(w, 4) ? 0 : SCTLR_C;
        uint64_t va = random_below(w, REGIONS / 2 + 2) * 0x200000 + random_below(w, 512) * PAGE +
                      (random_below(w, 2) ? HIGH : 0);
        const struct mmu_access a = {.type = (uint8_t)random_below(w, 3),
                                     .unaligned = random_below(w, 4) == 0};
        tctx_make(&t, &feat, w->sr, el, false, random_below(w, 2));
        memset(&r, 0, sizeof r);
        memset(&q, 0, sizeof q);
        mmu_translate(&t, &plain, va, &a, &r);
        mmu_translate(&t, &direct, va, &a, &q);
        ck_assert(same_result(&r, &q));
        tlb_flush(w->tlb); /* MAIR_ELx of a TLB entry is the one of its walk */
        mmu_translate(&t, &all, va, &a, &q);
        ck_assert(same_result(&r, &q));
        mmu_translate(&t, &all, va, &a, &q); /* from the TLB, if it is there */
        ck_assert(same_result(&r, &q));
        if (r.fault.type == FAULT_NONE && xlat_stage1_on(&t)) { /* the entry serves other permissions, too */
            random_permissions(w);
            tctx_make(&t, &feat, w->sr, el, false, random_below(w, 2));
            mmu_translate(&t, &plain, va, &a, &r);
            mmu_translate(&t, &all, va, &a, &q);
            ck_assert(same_result(&r, &q));
        }
    }
    world_free(w);
}
END_TEST

/* Pages at equal offsets of areas a power of two apart do not evict each other. */
START_TEST(htlb_slots_spread)
{
    for (unsigned shift = 13; shift < 30; shift++)
        ck_assert_uint_ne(htlb_index(0x44000000), htlb_index(0x44000000 + BIT(shift)));
}
END_TEST

static void random_tlbi(struct world *w)
{
    static const uint16_t ops[] = {
        SR_TLBI_VAE1IS,   SR_TLBI_VAAE1,      SR_TLBI_VALE1,     SR_TLBI_ASIDE1IS,
        SR_TLBI_VMALLE1,  SR_TLBI_VMALLS12E1, SR_TLBI_IPAS2E1IS, SR_TLBI_ALLE1,
        SR_TLBI_ALLE2,    SR_TLBI_VAE2IS,     SR_TLBI_RVAE1,     SR_TLBI_RVAAE1IS,
        SR_TLBI_RIPAS2E1, SR_TLBI_VAE1IS,     SR_TLBI_VAE1,      SR_TLBI_VAAE1IS,
    };
    enum sysreg reg = ops[random_below(w, ARRAY_LEN(ops))];
    const char *name = sysreg_row(reg)->name;
    uint64_t va = random_below(w, REGIONS / 2) * 0x200000 + random_below(w, 512) * PAGE +
                  (random_below(w, 2) ? HIGH : 0);
    uint64_t xt = (random_below(w, 5) + 1) << 48;
    if (strstr(name, "IPAS2") != NULL)
        va &= 0x3fffffff;
    if (strstr(name + 4, "RVA") != NULL || strstr(name + 4, "RIPA") != NULL)
        xt |= bits(va, 48, 12) | BIT(46) | random_below(w, 3) << 44 | random_below(w, 32) << 39;
    else if (strstr(name, "ASID") == NULL)
        xt |= strstr(name, "IPAS2") ? va >> 12 : bits(va, 55, 12);
    if (strstr(name, "IPAS2") != NULL)
        xt &= MASK(47, 0);
    tlbi(w, random_below(w, 2) ? 2 : 1, reg, xt);
}

/* After any mix of accesses, TLBIs and evictions. */
START_TEST(htlb_never_more_than_tlb)
{
    struct world *w = world_new();
    random_tables(w);
    for (unsigned round = 0; round < 600; round++) {
        unsigned el = random_state(w);
        for (unsigned n = 0; n < 200; n++)
            random_access(w, el);
        if (round % 4 == 3)
            check_banks(w);
        random_state(w);
        random_tlbi(w);
        check_banks(w);
    }
    world_free(w);
}
END_TEST

/* Without any TLBI, capacity alone. */
START_TEST(htlb_follows_evictions)
{
    struct world *w = world_new();
    random_tables(w);
    for (unsigned round = 0; round < 400; round++) {
        unsigned el = random_state(w);
        for (unsigned n = 0; n < 1000; n++)
            random_access(w, el);
        if (round % 20 == 19)
            check_banks(w);
    }
    ck_assert_uint_gt(tlb_count(w->tlb), 20000);
    world_free(w);
}
END_TEST

/* The key changes when a page that was fetched from is invalidated, even after its slot was taken by another.
 */
START_TEST(htlb_key_of_fetched_pages)
{
    struct world *w = world_new();
    struct tctx t;
    struct mmu_result r;
    uint64_t asid = UINT64_C(7) << 48;
    for (unsigned n = 0; n < 512; n++)
        map_page(w, n * PAGE, 0x100000 + n * PAGE, NG);
    tctx_make(&t, &feat, w->sr, 1, false, false);
    struct htlb_bank *b = htlb_bank(&w->htlb, &t);
    const struct mmu_access a = {.type = ACCESS_FETCH};
    for (unsigned n = 0; n < 2; n++) { /* both use slot 1 */
        uint64_t va = PAGE + n * HTLB_FETCH_ENTRIES * PAGE;
        ck_assert(mmu_translate(&t, &w->port, va, &a, &r));
        htlb_fill_fetch(b, &b->fetch[1], va, &r);
    }
    uint64_t key = b->key;
    tlbi(w, 1, SR_TLBI_VAE1, 1 | asid);
    ck_assert_uint_ne(b->key, key);
    ck_assert_uint_eq(b->fetch[1].tag, PAGE + HTLB_FETCH_ENTRIES * PAGE);
    htlb_forget_code(&w->htlb, 0x100000 + PAGE + HTLB_FETCH_ENTRIES * PAGE);
    ck_assert_uint_eq(b->fetch[1].tag & 1, 1);
    world_free(w);
}
END_TEST

START_TEST(htlb_protects_code_pages)
{
    struct world *w = world_new();
    struct tctx t;
    struct mmu_result r;
    const struct mmu_access a = {.type = ACCESS_WRITE};
    map_page(w, 0x5000, 0x8000, NG);
    tctx_make(&t, &feat, w->sr, 1, false, false);
    struct htlb_bank *b = htlb_bank(&w->htlb, &t);
    ck_assert(mmu_translate(&t, &w->port, 0x5000, &a, &r));
    htlb_fill_data(b, 0x5123, &r, (uint8_t *)w->mem, true, true);
    ck_assert_uint_eq(htlb_slot(b, 0x5000)->write_tag, 0x5000);
    htlb_protect_page(&w->htlb, 0x8000);
    ck_assert_uint_eq(htlb_slot(b, 0x5000)->write_tag & 1, 1);
    ck_assert_uint_eq(htlb_slot(b, 0x5000)->read_tag, 0x5000);
    htlb_flush(&w->htlb, NULL);
    ck_assert_uint_eq(htlb_slot(b, 0x5000)->read_tag & 1, 1);
    world_free(w);
}
END_TEST

int main(void)
{
    feat.has_el2 = feat.has_el3 = true;
    const char *error = features_parse(&feat, "max");
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    Suite *s = suite_create("mmu");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, tlbi_table);
    tcase_add_test(tc, tlbi_range_operand);
    tcase_add_test(tc, tlb_keeps_until_told);
    tcase_add_test(tc, tlb_asid_and_global);
    tcase_add_test(tc, tlb_pieces_of_a_block);
    tcase_add_test(tc, tlb_as_a_list);
    tcase_add_test(tc, tlb_as_a_list_with_stage2);
    tcase_add_test(tc, tlb_ipas2);
    tcase_add_test(tc, tlb_ttl_and_range);
    tcase_add_test(tc, tlb_permissions_at_lookup);
    tcase_add_test(tc, tlb_tagged_addresses);
    tcase_add_test(tc, at_external_abort);
    tcase_add_test(tc, observer_sees_both_stages);
    tcase_add_test(tc, observer_sees_faults);
    tcase_add_test(tc, shortcuts_change_nothing);
    tcase_add_test(tc, htlb_slots_spread);
    tcase_add_test(tc, htlb_banks_are_found);
    tcase_add_test(tc, htlb_never_more_than_tlb);
    tcase_add_test(tc, htlb_follows_evictions);
    tcase_add_test(tc, htlb_key_of_fetched_pages);
    tcase_add_test(tc, htlb_protects_code_pages);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
