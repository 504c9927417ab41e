/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Permissions of both stages, every encoding: indirect permissions (PIR_ELx, PIRE0_ELx, S2PIR_EL2), overlays
 * (POR_ELx), dirty state, and the registers that switch them on, through mmu_translate() with and without a
 * TLB and through AT. What is expected is written down below from the register descriptions (Arm ARM D19.2:
 * PIR_EL1, POR_EL1, S2PIR_EL2) and D8.4; nothing of mmu/perm.c is used. Then the PA spaces of Secure stage 2
 * (VSTCR_EL2, VTCR_EL2), FEAT_HAFT and FEAT_AIE.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "tests/unit/run.h"

/* ---- a page, with tables of its own ---- */

enum {
    WORDS = 0x20000 / 8,
    S1_L2 = 0x1000, /* 30-bit VAs: level 2, then one level 3 table */
    S1_L3 = 0x2000,
    S2_L2 = 0x3000, /* 30-bit IPAs, the same */
    S2_L3 = 0x4000,
    PAGE = 0x8000,
    PAGE_SIZE = 0x1000,
};
#define VA UINT64_C(0x5000)
#define IPA_PAGE UINT64_C(0x6000)
#define DESC_AF BIT(10)
#define DESC_NG BIT(11)

static struct features feat;

static struct world {
    uint64_t mem[WORDS];
    uint64_t sr[SR_COUNT];
    struct tlb *tlb;
    struct mmu_port port;
    struct {
        uint64_t pa;
        bool ns;
    } read[16]; /* descriptors, in order */
    unsigned reads;
} w;

static bool read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    (void)opaque;
    if (pa / 8 >= WORDS)
        return false;
    if (w.reads < ARRAY_LEN(w.read)) {
        w.read[w.reads].pa = pa;
        w.read[w.reads++].ns = ns;
    }
    *value = w.mem[pa / 8];
    return true;
}

static bool cas64(void *opaque, uint64_t pa, bool ns, uint64_t expected, uint64_t desired, bool *swapped)
{
    (void)opaque;
    (void)ns;
    *swapped = w.mem[pa / 8] == expected;
    if (*swapped)
        w.mem[pa / 8] = desired;
    return true;
}

/* The page's descriptors: what the test wants beside address, AF and "page". */
static void map_s1(uint64_t bits_too)
{
    w.mem[S1_L2 / 8] = S1_L3 | 3;
    w.mem[S1_L3 / 8 + VA / PAGE_SIZE] = IPA_PAGE | DESC_AF | 3 << 8 | 3 | bits_too;
}

static void map_s2(uint64_t ipa, uint64_t pa, uint64_t bits_too)
{
    w.mem[S2_L2 / 8] = S2_L3 | 3;
    w.mem[S2_L3 / 8 + ipa / PAGE_SIZE] = pa | DESC_AF | 3 << 8 | 0xf << 2 | 3 | bits_too;
}

/* EL1&0 with stage 1 alone. */
static void setup(void)
{
    uint64_t *sr = w.sr, tcr = 34 | UINT64_C(34) << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32;
    memset(w.mem, 0, sizeof(w.mem));
    memset(sr, 0, sizeof(w.sr));
    if (w.tlb == NULL)
        w.tlb = tlb_create();
    tlb_flush(w.tlb);
    w.port = (struct mmu_port){.read64 = read64, .cas64 = cas64};
    sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_HXEN | BIT(43) | BIT(45);
    sr[SR_HCR_EL2] = HCR_RW;
    sr[SR_HCRX_EL2] = BIT(14); /* TCR2En */
    sr[SR_SCTLR_EL1] = sr[SR_SCTLR_EL2] = sr[SR_SCTLR_EL3] = SCTLR_M | SCTLR_C | SCTLR_I;
    sr[SR_TCR_EL1] = tcr;
    sr[SR_TTBR0_EL1] = sr[SR_TTBR0_EL2] = sr[SR_TTBR0_EL3] = S1_L2;
    sr[SR_MAIR_EL1] = sr[SR_MAIR_EL2] = sr[SR_MAIR_EL3] = 0x00ff;
    sr[SR_VTCR_EL2] = 34 | 5 << 16;
    sr[SR_VTTBR_EL2] = S2_L2;
}

/* ---- who accesses, and how ---- */

struct view {
    const char *name;
    unsigned el;
    bool unpriv, pan;
    enum sysreg at[2]; /* read, write; SR_NONE: there is none */
};

static const struct view views[] = {
    {"EL1", 1, false, false, {SR_AT_S1E1R, SR_AT_S1E1W}},
    {"EL1 with PAN", 1, false, true, {SR_AT_S1E1RP, SR_AT_S1E1WP}},
    {"EL0", 0, false, false, {SR_AT_S1E0R, SR_AT_S1E0W}},
    {"LDTR at EL1 with PAN", 1, true, true, {SR_NONE, SR_NONE}},
};

static const struct {
    const char *name;
    uint8_t type;
    bool rmw;
    const char *needs; /* in the order in which they are looked at */
} kinds[] = {
    {"read", ACCESS_READ, false, "r"},
    {"write", ACCESS_WRITE, false, "w"},
    {"fetch", ACCESS_FETCH, false, "x"},
    {"read-modify-write", ACCESS_WRITE, true, "rw"},
};

/* What happens: the overlay's permission is looked at before the base permission. */
struct expected {
    char base[8], overlay[8]; /* letters of "rwx"; overlay "rwx" if there is none */
};

static bool expected_fault(const struct expected *e, const char *needs, bool *overlay, char *failed)
{
    for (const char *n = needs; *n != 0; n++)
        if (strchr(e->overlay, *n) == NULL) {
            *overlay = true;
            *failed = *n;
            return true;
        }
    for (const char *n = needs; *n != 0; n++)
        if (strchr(e->base, *n) == NULL) {
            *overlay = false;
            *failed = *n;
            return true;
        }
    return false;
}

static unsigned checked;

static void check_kind(const struct view *v, const struct tctx *t, const struct expected *e, unsigned k,
                       struct tlb *tlb, const char *what)
{
    const struct mmu_access a = {.type = kinds[k].type, .rmw = kinds[k].rmw};
    struct mmu_result r;
    bool overlay = false;
    char failed = 0;
    w.port.tlb = tlb;
    bool fault = expected_fault(e, kinds[k].needs, &overlay, &failed);
    bool good = mmu_translate(t, &w.port, VA, &a, &r);
    checked++;
    if (good != !fault)
        ck_abort_msg("%s, %s, %s: %s, expected base %s overlay %s", what, v->name, kinds[k].name,
                     good ? "permitted" : r.fault.rule, e->base, e->overlay);
    if (!fault)
        return;
    if (r.fault.type != FAULT_PERMISSION || r.fault.overlay != overlay || r.fault.level != 3 ||
        (a.type != ACCESS_FETCH && r.fault.write != (failed == 'w')))
        ck_abort_msg("%s, %s, %s: fault %u level %d overlay %d write %d", what, v->name, kinds[k].name,
                     r.fault.type, r.fault.level, r.fault.overlay, r.fault.write);
}

/* PAR_EL1: F in bit 0, FST in <6:1>, Overlay in bit 14, DirtyBit in bit 15. */
static void check_at(const struct view *v, const struct expected *e, bool write, const char *what)
{
    uint64_t par;
    struct fault f;
    bool overlay = false;
    char failed;
    if (v->at[write] == SR_NONE)
        return;
    bool fault = expected_fault(e, write ? "w" : "r", &overlay, &failed);
    w.port.tlb = NULL;
    ck_assert(at_execute(&feat, w.sr, 2, v->pan, &w.port, v->at[write], VA, &par, &f));
    checked++;
    if ((par & 1) != fault || (fault && (bits(par, 6, 1) != 0xf || bit(par, 14) != overlay || bit(par, 15))))
        ck_abort_msg("%s, AT %s as %s: PAR_EL1 %lx", what, write ? "write" : "read", v->name,
                     (unsigned long)par);
    if (!fault)
        ck_assert_uint_eq(bits(par, 51, 12), IPA_PAGE >> 12);
}

static void check_view(const struct view *v, const struct expected *e, const char *what)
{
    struct tctx t;
    tctx_make(&t, &feat, w.sr, v->el, v->unpriv, v->pan);
    for (unsigned k = 0; k < ARRAY_LEN(kinds); k++) {
        check_kind(v, &t, e, k, NULL, what);
        check_kind(v, &t, e, k, w.tlb, what);
    }
    check_at(v, e, false, what);
    check_at(v, e, true, what);
}

/* ---- encodings, from the register descriptions ---- */

/* PIR_ELx.Perm<n>, PIRE0_ELx.Perm<n>. o: "overlay applied"; W: write-execute is never both ("WXN"); g: GCS.
 */
static const char *const pir_encoding[16] = {
    "o",  /* 0000 No access, overlay applied */
    "ro", /* 0001 Read */
    "xo", /* 0010 Execute */
    "rxo",  "o" /* 0100 reserved, treated as No access */,
    "rwo",  "rwxoW",
    "rwxo", "r", /* 1000 Read, overlay not applied */
    "rg",        /* 1001 Read, GCS read, GCS write */
    "rx",   "" /* reserved */,
    "rw",   "" /* reserved */,
    "rwx",  "" /* reserved */,
};

/* POR_ELx.Perm<n> */
static const char *const por_encoding[16] = {
    "", "r", "x", "rx", "w", "rw", "wx", "rwx", "", "", "", "", "", "", "", "",
};

static void keep(char *to, const char *from, const char *which)
{
    for (; *from != 0; from++)
        if (strchr(which, *from) != NULL)
            *to++ = *from;
    *to = 0;
}

static void drop(char *s, const char *which)
{
    char *to = s;
    for (; *s != 0; s++)
        if (strchr(which, *s) == NULL)
            *to++ = *s;
    *to = 0;
}

/* Base and overlay of a view, D8.4.2: ppi and upi are fields of PIR_EL1 and PIRE0_EL1; po is one of POR_ELx,
 * or -1 if overlays are off. */
static struct expected expect_indirect(const struct view *v, unsigned ppi, unsigned upi, int po)
{
    bool user = v->el == 0 || v->unpriv;
    const char *p = pir_encoding[ppi], *u = pir_encoding[upi], *mine = user ? u : p;
    struct expected e;
    keep(e.base, mine, "rwx");
    strcpy(e.overlay, "rwx");
    if (strpbrk(p, "xg") != NULL && strpbrk(u, "wg") != NULL)
        e.base[0] = 0; /* never writable at EL0 and executable above */
    bool overlaid = po >= 0 && strchr(mine, 'o') != NULL;
    if (overlaid)
        strcpy(e.overlay, por_encoding[po]);
    if (strchr(mine, 'W') != NULL) {
        if (overlaid && strchr(e.overlay, 'x') != NULL)
            drop(e.overlay, "w");
        else
            drop(e.base, "x");
    }
    return e;
}

/* PAN concerns reads and writes, not fetches: D8.4.3. */
static void check_with_pan(const struct view *v, struct expected e, bool pan_denies, const char *what)
{
    struct tctx t;
    if (!pan_denies) {
        check_view(v, &e, what);
        return;
    }
    tctx_make(&t, &feat, w.sr, v->el, v->unpriv, v->pan);
    check_kind(v, &t, &e, 2, NULL, what); /* fetch */
    check_kind(v, &t, &e, 2, w.tlb, what);
    drop(e.base, "rw");
    for (unsigned k = 0; k < ARRAY_LEN(kinds); k++)
        if (kinds[k].type != ACCESS_FETCH) {
            check_kind(v, &t, &e, k, NULL, what);
            check_kind(v, &t, &e, k, w.tlb, what);
        }
    check_at(v, &e, false, what);
    check_at(v, &e, true, what);
}

static bool is_user(const struct view *v)
{
    return v->el == 0 || v->unpriv;
}

/* ---- stage 1, indirect ---- */

#define PIIndex(n)                                                                                           \
    ((uint64_t)((n) >> 2) << 53 | (uint64_t)((n) >> 1 & 1) << 51 | (uint64_t)((n)&1) << 6) /* 54:53 51 6 */
#define POIndex(n) ((uint64_t)(n) << 60)

/* Every PIR_EL1 with every PIRE0_EL1 encoding, as every view. The TLB keeps the page all the time: registers
 * take effect without TLBI. */
START_TEST(s1_every_encoding)
{
    char what[64];
    setup();
    for (unsigned n = 0; n < 256; n++) {
        unsigned index = n % 16 ^ n / 16, ppi = n % 16, upi = n / 16;
        map_s1(PIIndex(index) | POIndex(5));
        tlb_flush(w.tlb);
        w.sr[SR_TCR2_EL1] = BIT(1);
        w.sr[SR_PIR_EL1] = (uint64_t)ppi << (4 * index);
        w.sr[SR_PIRE0_EL1] = (uint64_t)upi << (4 * index);
        snprintf(what, sizeof(what), "PIR_EL1 %u PIRE0_EL1 %u", ppi, upi);
        for (unsigned i = 0; i < ARRAY_LEN(views); i++) {
            struct expected e = expect_indirect(&views[i], ppi, upi, -1);
            check_with_pan(&views[i], e, views[i].pan && !is_user(&views[i]) && upi != 0, what);
        }
    }
    ck_assert_uint_eq(checked, 256 * (4 * 8 + 3 * 2));
}
END_TEST

/* Every overlay on every base permission; POR_EL1 and POR_EL0 take effect without TLBI, and only where
 * TCR2_EL1.POE and E0POE say. */
START_TEST(s1_every_overlay)
{
    char what[64];
    setup();
    for (unsigned n = 0; n < 16 * 16; n++) {
        unsigned pi = n % 16, po = n / 16, index = po & 7;
        map_s1(PIIndex(3) | POIndex(index));
        tlb_flush(w.tlb);
        for (unsigned i = 0; i < ARRAY_LEN(views); i++) {
            const struct view *v = &views[i];
            bool user = is_user(v);
            if (v->pan)
                continue;
            w.sr[SR_PIR_EL1] = user ? 0 : (uint64_t)pi << 12;
            w.sr[SR_PIRE0_EL1] = user ? (uint64_t)pi << 12 : 0;
            w.sr[SR_POR_EL0] = (user ? (uint64_t)po : 0) << (4 * index);
            w.sr[SR_POR_EL1] = (user ? 0 : (uint64_t)po) << (4 * index);
            for (unsigned on = 0; on < 4; on++) { /* E0POE, POE */
                w.sr[SR_TCR2_EL1] = BIT(1) | on << 2;
                bool mine = on >> (user ? 0 : 1) & 1;
                struct expected e = expect_indirect(v, user ? 0 : pi, user ? pi : 0, mine ? (int)po : -1);
                snprintf(what, sizeof(what), "perm %u overlay %u {POE,E0POE} %u", pi, po, on);
                check_view(v, &e, what);
            }
        }
    }
}
END_TEST

/* Overlays on direct permissions, with and without SCTLR_EL1.WXN. */
START_TEST(s1_overlay_on_direct)
{
    static const struct {
        uint64_t desc; /* AP<2:1>, UXN, PXN */
        const char *priv, *user;
    } rows[] = {
        {0, "rwx", "x"},
        {BIT(53), "rw", "x"},
        {BIT(54), "rwx", ""},
        {BIT(6), "rw", "rwx"}, /* writable at EL0: never executable above */
        {BIT(6) | BIT(54), "rw", "rw"},
        {BIT(7), "rx", "x"},
        {BIT(7) | BIT(6), "rx", "rx"},
        {BIT(7) | BIT(6) | BIT(53) | BIT(54), "r", "r"},
    };
    char what[64];
    setup();
    for (unsigned n = 0; n < ARRAY_LEN(rows) * 16 * 2 * 2; n++) {
        unsigned row = n % ARRAY_LEN(rows), po = n / ARRAY_LEN(rows) % 16;
        bool wxn = n / ARRAY_LEN(rows) / 16 & 1, user = n / ARRAY_LEN(rows) / 32;
        const struct view *v = &views[user ? 2 : 0];
        struct expected e;
        map_s1(rows[row].desc | POIndex(2));
        tlb_flush(w.tlb);
        w.sr[SR_SCTLR_EL1] = SCTLR_M | SCTLR_C | SCTLR_I | (wxn ? SCTLR_WXN : 0);
        w.sr[SR_TCR2_EL1] = BIT(2) | BIT(3);
        w.sr[SR_POR_EL0] = w.sr[SR_POR_EL1] = (uint64_t)po << 8;
        strcpy(e.base, user ? rows[row].user : rows[row].priv);
        strcpy(e.overlay, por_encoding[po]);
        if (wxn && strchr(e.base, 'w') != NULL && strchr(e.base, 'x') != NULL) {
            if (strchr(e.overlay, 'x') != NULL)
                drop(e.overlay, "w");
            else
                drop(e.base, "x");
        }
        snprintf(what, sizeof(what), "descriptor %lx overlay %u WXN %d", (unsigned long)rows[row].desc, po,
                 wxn);
        check_view(v, &e, what);
    }
}
END_TEST

/* With indirect permissions neither WXN, APTable, XNTable nor AP<2:1> counts; the tables' say when they are
 * off. */
START_TEST(s1_indirect_ignores)
{
    const struct expected all = {"rwx", "rwx"}, no_write = {"r", "rwx"};
    setup();
    map_s1(PIIndex(1));
    w.mem[S1_L2 / 8] |= BIT(62) | BIT(61) | BIT(60) | BIT(59);
    w.sr[SR_SCTLR_EL1] |= SCTLR_WXN;
    w.sr[SR_TCR2_EL1] = BIT(1);
    w.sr[SR_PIR_EL1] = 0x70;
    check_view(&views[0], &all, "PIE");
    w.sr[SR_TCR2_EL1] = 0;
    check_view(&views[0], &no_write, "no PIE");
}
END_TEST

/* TCR2_EL1 counts only while SCR_EL3.TCR2En and HCRX_EL2.TCR2En (and SCR_EL3.HXEn) are 1. */
START_TEST(tcr2_enables)
{
    static const struct {
        uint64_t scr, hcrx;
        bool on;
    } rows[] = {
        {SCR_NS | SCR_HXEN | BIT(43), BIT(14), true},
        {SCR_NS | SCR_HXEN, BIT(14), false},
        {SCR_NS | BIT(43), BIT(14), false},
        {SCR_NS | SCR_HXEN | BIT(43), 0, false},
        {BIT(43), 0, true}, /* Secure, EL2 disabled: HCRX_EL2 isn't asked */
        {SCR_EEL2 | SCR_HXEN | BIT(43), 0, false},
        {SCR_EEL2 | SCR_HXEN | BIT(43), BIT(14), true},
    };
    const struct expected yes = {"r", "rwx"}, no = {"rwx", "rwx"};
    setup();
    map_s1(0);
    w.sr[SR_TCR2_EL1] = BIT(1);
    w.sr[SR_PIR_EL1] = 1;
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
        w.sr[SR_SCR_EL3] = SCR_RW | rows[n].scr;
        w.sr[SR_HCRX_EL2] = rows[n].hcrx;
        check_view(&views[0], rows[n].on ? &yes : &no, "TCR2En");
    }
}
END_TEST

/* EL2, EL2&0 and EL3 have their own registers; with one VA range there is no PIRE0_ELx. */
START_TEST(other_regimes)
{
    static const struct {
        const char *name;
        unsigned el;
        uint64_t hcr, tcr, pie_tcr;
        enum sysreg sctlr, tcr_reg, tcr2, pir, por, at[2];
    } rows[] = {
        {"EL2",
         2,
         0,
         34 | 5 << 16 | BIT(31) | BIT(23),
         0,
         SR_SCTLR_EL2,
         SR_TCR_EL2,
         SR_TCR2_EL2,
         SR_PIR_EL2,
         SR_POR_EL2,
         {SR_AT_S1E2R, SR_AT_S1E2W}},
        {"EL2&0",
         2,
         HCR_E2H,
         34 | UINT64_C(34) << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32,
         0,
         SR_SCTLR_EL2,
         SR_TCR_EL2,
         SR_TCR2_EL2,
         SR_PIR_EL2,
         SR_POR_EL2,
         {SR_AT_S1E2R, SR_AT_S1E2W}},
        {"EL3",
         3,
         0,
         34 | 5 << 16 | BIT(31) | BIT(23),
         BIT(35) | BIT(36),
         SR_SCTLR_EL3,
         SR_TCR_EL3,
         SR_NONE,
         SR_PIR_EL3,
         SR_POR_EL3,
         {SR_AT_S1E3R, SR_AT_S1E3W}},
    };
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
        for (unsigned i = 0; i < 256; i++) {
            unsigned pi = i % 16, po = i / 16;
            const struct view v = {rows[n].name, rows[n].el, false, false, {rows[n].at[0], rows[n].at[1]}};
            struct expected e = expect_indirect(&v, pi, 0, (int)po);
            setup();
            map_s1(PIIndex(9) | POIndex(7));
            w.sr[SR_HCR_EL2] |= rows[n].hcr;
            w.sr[rows[n].tcr_reg] = rows[n].tcr | rows[n].pie_tcr;
            if (rows[n].tcr2 != SR_NONE)
                w.sr[rows[n].tcr2] = BIT(1) | BIT(3);
            w.sr[rows[n].pir] = (uint64_t)pi << 36;
            w.sr[rows[n].por] = (uint64_t)po << 28;
            w.sr[SR_PIR_EL1] = w.sr[SR_POR_EL1] = UINT64_C(0x7777777777777777);
            check_view(&v, &e, rows[n].name);
        }
}
END_TEST

/* HCR_EL2.{NV,NV1} = {1,1}: no PAN, no overlay of EL0. */
START_TEST(nv1_and_indirect)
{
    const struct expected rw = {"rw", "rwx"};
    setup();
    map_s1(0);
    w.sr[SR_HCR_EL2] |= HCR_NV | HCR_NV1;
    w.sr[SR_TCR2_EL1] = BIT(1) | BIT(2);
    w.sr[SR_PIR_EL1] = 5;
    w.sr[SR_PIRE0_EL1] = 1; /* not looked at */
    check_view(&views[0], &rw, "NV1");
    check_view(&views[1], &rw, "NV1");
}
END_TEST

/* ---- dirty state ---- */

static bool access_kind(unsigned el, unsigned type, struct tlb *tlb, struct mmu_result *r)
{
    struct tctx t;
    const struct mmu_access a = {.type = (uint8_t)type};
    w.port.tlb = tlb;
    tctx_make(&t, &feat, w.sr, el, false, false);
    return mmu_translate(&t, &w.port, VA, &a, r);
}

/* Bit 7 is nDirty with indirect permissions, whatever DBM's bit says: hardware clears it, or a write is a
 * Permission fault that says so. */
START_TEST(s1_dirty_state)
{
    struct mmu_result r;
    uint64_t *leaf = &w.mem[S1_L3 / 8 + VA / PAGE_SIZE], par;
    struct fault f;
    setup();
    map_s1(BIT(7));
    w.sr[SR_TCR2_EL1] = BIT(1);
    w.sr[SR_PIR_EL1] = 5; /* PIIndex 0: read, write */
    for (unsigned n = 0; n < 2; n++) {
        struct tlb *tlb = n ? w.tlb : NULL;
        ck_assert(access_kind(1, ACCESS_READ, tlb, &r));
        ck_assert_uint_eq(r.prot, PROT_R);
        ck_assert(!access_kind(1, ACCESS_WRITE, tlb, &r));
        ck_assert_uint_eq(r.fault.type, FAULT_PERMISSION);
        ck_assert(r.fault.dirty_bit && r.fault.write && !r.fault.overlay);
    }
    ck_assert(at_execute(&feat, w.sr, 2, false, &w.port, SR_AT_S1E1W, VA, &par, &f));
    ck_assert_uint_eq(par & (1 | 0x7e | BIT(14) | BIT(15)), 1 | 0xf << 1 | BIT(15));
    w.sr[SR_TCR_EL1] |= BIT(39) | BIT(40); /* HA, HD */
    for (unsigned n = 0; n < 2; n++) {
        struct tlb *tlb = n ? w.tlb : NULL;
        *leaf |= BIT(7);
        tlb_flush(w.tlb);
        ck_assert(access_kind(1, ACCESS_READ, tlb, &r));
        ck_assert_uint_eq(r.prot, PROT_R);
        ck_assert(bit(*leaf, 7));
        ck_assert(access_kind(1, ACCESS_WRITE, tlb, &r));
        ck_assert_uint_eq(r.prot, PROT_R | PROT_W);
        ck_assert(!bit(*leaf, 7));
    }
    *leaf |= BIT(7);
    w.sr[SR_PIR_EL1] = 1; /* not writable: nothing changes */
    ck_assert(!access_kind(1, ACCESS_WRITE, NULL, &r));
    ck_assert(!r.fault.dirty_bit && bit(*leaf, 7));
    w.sr[SR_PIR_EL1] = 5;
    ck_assert(at_execute(&feat, w.sr, 2, false, &w.port, SR_AT_S1E1W, VA, &par, &f));
    ck_assert(!(par & 1) && bit(*leaf, 7));
}
END_TEST

/* AT S1E1A reports the address whatever the permissions are; the descriptor must still be valid and its
 * Access flag set. */
START_TEST(at_without_permissions)
{
    uint64_t par;
    struct fault f;
    setup();
    map_s1(0);
    w.sr[SR_TCR2_EL1] = BIT(1); /* PIR_EL1 0: no access at all */
    ck_assert(at_execute(&feat, w.sr, 2, false, &w.port, SR_AT_S1E1R, VA, &par, &f));
    ck_assert(par & 1);
    ck_assert(at_execute(&feat, w.sr, 2, true, &w.port, SR_AT_S1E1A, VA, &par, &f));
    ck_assert_uint_eq(par & (MASK(51, 12) | 1), IPA_PAGE);
    w.mem[S1_L3 / 8 + VA / PAGE_SIZE] &= ~DESC_AF;
    ck_assert(at_execute(&feat, w.sr, 2, false, &w.port, SR_AT_S1E1A, VA, &par, &f));
    ck_assert_uint_eq(par & 0x7f, 1 | 0xb << 1);
}
END_TEST

/* ---- stage 2 ---- */

/* S2PIR_EL2.Perm<n>: what a guest may do, and (t) whether the walker may update stage 1 tables there. u, p:
 * execute at EL0, at EL1. */
static const char *const s2pir_encoding[16] = {
    "",   /* 0000 No access */
    "",   /* 0001 reserved */
    "rt", /* 0010 MRO */
    "rt", /* 0011 MRO-TL1 */
    "w",  /* 0100 Write-only */
    "",   /* 0101 reserved */
    "rt", /* 0110 MRO-TL0 */
    "rt", /* 0111 MRO-TL01 */
    "r",  "ru", "rp", "rpu", "rwt", "rwtu", "rwtp", "rwtpu",
};

static void check_stage2(unsigned el, unsigned type, char needs, unsigned perm, struct tlb *tlb)
{
    struct mmu_result r;
    bool want = strchr(s2pir_encoding[perm], needs) != NULL;
    bool good = access_kind(el, type, tlb, &r);
    checked++;
    ck_assert_msg(good == want, "S2PIR_EL2 %u, EL%u, %c: %d", perm, el, needs, good);
    if (!good)
        ck_assert_msg(r.fault.stage2 && r.fault.type == FAULT_PERMISSION && !r.fault.s1ptw &&
                          r.fault.write == (type == ACCESS_WRITE),
                      "S2PIR_EL2 %u", perm);
}

START_TEST(s2_every_encoding)
{
    for (unsigned n = 0; n < 256; n++) {
        unsigned perm = n % 16, index = n / 16;
        setup();
        map_s1(BIT(6) | BIT(7)); /* read at EL1 and EL0, execute at both */
        map_s2(S1_L2, S1_L2, PIIndex((index + 1) % 16) | BIT(7));
        map_s2(S1_L3, S1_L3, PIIndex((index + 1) % 16) | BIT(7));
        map_s2(IPA_PAGE, PAGE, PIIndex(index) | BIT(7));
        w.sr[SR_HCR_EL2] |= HCR_VM;
        w.sr[SR_VTCR_EL2] |= BIT(36);
        w.sr[SR_S2PIR_EL2] = (uint64_t)perm << (4 * index) | UINT64_C(15) << (4 * ((index + 1) % 16));
        for (unsigned i = 0; i < 2; i++) {
            struct tlb *tlb = i ? w.tlb : NULL;
            check_stage2(1, ACCESS_READ, 'r', perm, tlb);
            check_stage2(0, ACCESS_READ, 'r', perm, tlb);
            check_stage2(1, ACCESS_FETCH, 'p', perm, tlb);
            check_stage2(0, ACCESS_FETCH, 'u', perm, tlb);
        }
        map_s1(BIT(6));
        tlb_flush(w.tlb);
        for (unsigned i = 0; i < 2; i++) {
            check_stage2(1, ACCESS_WRITE, 'w', perm, i ? w.tlb : NULL);
            check_stage2(0, ACCESS_WRITE, 'w', perm, i ? w.tlb : NULL);
        }
    }
}
END_TEST

/* The walker's own accesses: reads of stage 1 tables, and their updates, which MRO permits. A fault of either
 * has ESR_EL2.WnR of the instruction's access, for it says what the instruction does:
 * AArch64.S2CheckPermissions() leaves fault.write alone for AccessType_TTW. */
START_TEST(s2_tables)
{
    for (unsigned n = 0; n < 32; n++) {
        unsigned perm = n % 16, type = n / 16 ? ACCESS_WRITE : ACCESS_READ;
        struct mmu_result r;
        uint64_t *leaf = &w.mem[S1_L3 / 8 + VA / PAGE_SIZE];
        bool readable = strchr(s2pir_encoding[perm], 'r') != NULL,
             updatable = strchr(s2pir_encoding[perm], 't') != NULL;
        setup();
        map_s1(0);
        map_s2(S1_L2, S1_L2, PIIndex(2) | BIT(7));
        map_s2(S1_L3, S1_L3, PIIndex(3) | BIT(7));
        map_s2(IPA_PAGE, PAGE, PIIndex(2) | BIT(7));
        w.sr[SR_HCR_EL2] |= HCR_VM;
        w.sr[SR_VTCR_EL2] |= BIT(36);
        w.sr[SR_S2PIR_EL2] = UINT64_C(15) << 8 | (uint64_t)perm << 12;
        ck_assert_msg(access_kind(1, type, NULL, &r) == readable, "S2PIR_EL2 %u", perm);
        if (!readable) {
            ck_assert(r.fault.s1ptw && r.fault.write == (type == ACCESS_WRITE));
            continue;
        }
        *leaf &= ~DESC_AF;
        w.sr[SR_TCR_EL1] |= BIT(39); /* HA: the walker has to write */
        ck_assert_msg(access_kind(1, type, NULL, &r) == updatable, "S2PIR_EL2 %u", perm);
        ck_assert((*leaf & DESC_AF ? 1 : 0) == updatable);
        if (!updatable)
            ck_assert(r.fault.s1ptw && r.fault.write == (type == ACCESS_WRITE));
    }
}
END_TEST

/* Bit 7 is S2 dirty state: set by hardware, or a write is a Permission fault that says so. */
START_TEST(s2_dirty_state)
{
    struct mmu_result r;
    uint64_t *leaf = &w.mem[S2_L3 / 8 + IPA_PAGE / PAGE_SIZE];
    setup();
    map_s1(0);
    map_s2(S1_L2, S1_L2, 0);
    map_s2(S1_L3, S1_L3, 0);
    map_s2(IPA_PAGE, PAGE, 0);
    w.sr[SR_HCR_EL2] |= HCR_VM;
    w.sr[SR_VTCR_EL2] |= BIT(36);
    w.sr[SR_S2PIR_EL2] = 12;
    for (unsigned n = 0; n < 2; n++) {
        ck_assert(access_kind(1, ACCESS_READ, n ? w.tlb : NULL, &r));
        ck_assert_uint_eq(r.prot, PROT_R);
        ck_assert(!access_kind(1, ACCESS_WRITE, n ? w.tlb : NULL, &r));
        ck_assert(r.fault.type == FAULT_PERMISSION && r.fault.stage2 && r.fault.dirty_bit && r.fault.write);
    }
    w.sr[SR_VTCR_EL2] |= BIT(21) | BIT(22); /* HA, HD */
    tlb_flush(w.tlb);
    ck_assert(access_kind(1, ACCESS_READ, w.tlb, &r));
    ck_assert(!bit(*leaf, 7));
    ck_assert(access_kind(1, ACCESS_WRITE, w.tlb, &r));
    ck_assert(bit(*leaf, 7));
    ck_assert_uint_eq(r.prot, PROT_R | PROT_W);
}
END_TEST

/* ---- Secure EL1&0 under S-EL2: D8.1.4, VSTCR_EL2 and VTCR_EL2 ---- */

/* Which PA space stage 2's tables and its output are in, for both IPA spaces. */
START_TEST(secure_stage2_spaces)
{
    for (unsigned n = 0; n < 32; n++) {
        bool sw = n & 1, sa = n & 2, nsw = n & 4, nsa = n & 8, ns_ipa = n & 16;
        struct mmu_result r;
        setup();
        map_s1(ns_ipa ? BIT(5) : 0); /* NS */
        map_s2(S1_L2, S1_L2, BIT(7) | BIT(6));
        map_s2(S1_L3, S1_L3, BIT(7) | BIT(6));
        map_s2(IPA_PAGE, PAGE, BIT(7) | BIT(6));
        memcpy(&w.mem[0x10000 / 8], &w.mem[S2_L2 / 8], 0x2000); /* the Non-secure IPA space has others */
        w.mem[0x10000 / 8] = 0x11000 | 3;
        w.sr[SR_SCR_EL3] = SCR_RW | SCR_EEL2 | SCR_HXEN | BIT(43);
        w.sr[SR_HCR_EL2] |= HCR_VM;
        w.sr[SR_VSTTBR_EL2] = S2_L2;
        w.sr[SR_VTTBR_EL2] = 0x10000;
        w.sr[SR_VSTCR_EL2] = 34 | (sw ? BIT(29) : 0) | (sa ? BIT(30) : 0);
        w.sr[SR_VTCR_EL2] |= (nsw ? BIT(29) : 0) | (nsa ? BIT(30) : 0);
        w.reads = 0;
        ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
        ck_assert_uint_eq(r.pa, PAGE);
        ck_assert_msg(r.ns == (ns_ipa ? sw || sa || nsw || nsa : sw || sa), "output, case %u", n);
        /* stage 2 for S1_L2, S1_L2, stage 2 for S1_L3, S1_L3, stage 2 for the page */
        ck_assert_uint_eq(w.reads, 8);
        for (unsigned i = 0; i < 8; i++) {
            bool s1 = i == 2 || i == 5, last = i >= 6;
            bool want = s1 ? sw || sa : last && ns_ipa ? nsw : sw;
            ck_assert_msg(w.read[i].ns == want, "case %u, read %u of %lx", n, i, (unsigned long)w.read[i].pa);
        }
        ck_assert_uint_eq(w.read[6].pa, ns_ipa ? 0x10000 : S2_L2);
    }
}
END_TEST

/* Without stage 2: NSTable takes everything below into Non-secure memory, and makes it non-global. */
START_TEST(secure_nstable)
{
    struct mmu_result r;
    setup();
    map_s1(0);
    w.sr[SR_SCR_EL3] = SCR_RW;
    w.reads = 0;
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert(!r.ns && r.global && !w.read[0].ns && !w.read[1].ns);
    w.mem[S1_L2 / 8] |= BIT(63);
    w.reads = 0;
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert(r.ns && !r.global && !w.read[0].ns && w.read[1].ns);
    /* SCR_EL3.SIF: Non-secure memory is not executable in Secure state; also with indirect permissions */
    ck_assert(access_kind(1, ACCESS_FETCH, NULL, &r));
    w.sr[SR_SCR_EL3] |= SCR_SIF | BIT(43);
    ck_assert(!access_kind(1, ACCESS_FETCH, NULL, &r));
    w.sr[SR_TCR2_EL1] = BIT(1);
    w.sr[SR_PIR_EL1] = 7;
    ck_assert(access_kind(1, ACCESS_WRITE, NULL, &r));
    ck_assert(!access_kind(1, ACCESS_FETCH, NULL, &r));
    w.sr[SR_SCR_EL3] &= ~SCR_SIF;
    ck_assert(access_kind(1, ACCESS_FETCH, NULL, &r));
}
END_TEST

/* ---- the rest of TCR2_ELx ---- */

/* FEAT_HAFT: hardware sets the Access flag of table descriptors, of both stages. */
START_TEST(access_flag_of_tables)
{
    struct mmu_result r;
    setup();
    map_s1(0);
    w.sr[SR_TCR2_EL1] = BIT(11);
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert(!(w.mem[S1_L2 / 8] & DESC_AF)); /* not without TCR_EL1.HA */
    w.sr[SR_TCR_EL1] |= BIT(39);
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert_uint_eq(w.mem[S1_L2 / 8], S1_L3 | 3 | DESC_AF);
    map_s2(S1_L2, S1_L2, BIT(7) | BIT(6));
    map_s2(S1_L3, S1_L3, BIT(7) | BIT(6));
    map_s2(IPA_PAGE, PAGE, BIT(7) | BIT(6));
    w.sr[SR_HCR_EL2] |= HCR_VM;
    w.sr[SR_VTCR_EL2] |= BIT(21);
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert(!(w.mem[S2_L2 / 8] & DESC_AF));
    w.sr[SR_VTCR_EL2] |= BIT(44);
    ck_assert(access_kind(1, ACCESS_READ, NULL, &r));
    ck_assert_uint_eq(w.mem[S2_L2 / 8], S2_L3 | 3 | DESC_AF);
}
END_TEST

/* FEAT_AIE: AttrIndx<3> is descriptor bit 59 and chooses MAIR2_EL1. */
START_TEST(attributes_in_mair2)
{
    struct mmu_result r;
    setup();
    map_s1(BIT(59) | 1 << 2);
    w.sr[SR_MAIR_EL1] = 0xff00;
    w.sr[SR_MAIR2_EL1] = 0x4400;
    ck_assert(access_kind(1, ACCESS_READ, w.tlb, &r));
    ck_assert_uint_eq(r.attr, 0xff);
    tlb_flush(w.tlb);
    w.sr[SR_TCR2_EL1] = BIT(4);
    ck_assert(access_kind(1, ACCESS_READ, w.tlb, &r));
    ck_assert_uint_eq(r.attr, 0x44);
    tlb_flush(w.tlb);
    w.sr[SR_MAIR2_EL1] = 0xbb00;
    ck_assert(access_kind(1, ACCESS_READ, w.tlb, &r));
    ck_assert_uint_eq(r.attr, 0xbb);
}
END_TEST

/* Every register that a translation depends on is in its context: host TLB banks tell contexts by value. */
START_TEST(contexts_differ)
{
    static const enum sysreg regs[] = {SR_TCR2_EL1,  SR_PIR_EL1,   SR_PIRE0_EL1, SR_POR_EL1,  SR_POR_EL0,
                                       SR_MAIR2_EL1, SR_S2PIR_EL2, SR_VTCR_EL2,  SR_HCRX_EL2, SR_SCR_EL3};
    struct tctx before, after;
    setup();
    w.sr[SR_HCR_EL2] |= HCR_VM;
    w.sr[SR_TCR2_EL1] = BIT(1) | BIT(2) | BIT(3) | BIT(4);
    w.sr[SR_VTCR_EL2] |= BIT(36);
    for (unsigned n = 0; n < ARRAY_LEN(regs); n++) {
        unsigned el = regs[n] != SR_POR_EL0;
        tctx_make(&before, &feat, w.sr, el, false, false);
        uint64_t old = w.sr[regs[n]];
        w.sr[regs[n]] ^= regs[n] == SR_SCR_EL3 ? BIT(43) : regs[n] == SR_HCRX_EL2 ? BIT(14) : BIT(1);
        tctx_make(&after, &feat, w.sr, el, false, false);
        ck_assert_msg(memcmp(&before, &after, sizeof(before)) != 0, "%s", sysreg_row(regs[n])->name);
        w.sr[regs[n]] = old;
    }
    /* ... and none that it doesn't: a guest that uses nothing of it keeps its context */
    w.sr[SR_TCR2_EL1] = 0;
    w.sr[SR_VTCR_EL2] &= ~BIT(36);
    tctx_make(&before, &feat, w.sr, 1, false, false);
    for (unsigned n = 1; n < 7; n++)
        w.sr[regs[n]] ^= 0x123456789;
    tctx_make(&after, &feat, w.sr, 1, false, false);
    ck_assert_int_eq(memcmp(&before, &after, sizeof(before)), 0);
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
    Suite *s = suite_create("perm");
    TCase *tc = tcase_create("all");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, s1_every_encoding);
    tcase_add_test(tc, s1_every_overlay);
    tcase_add_test(tc, s1_overlay_on_direct);
    tcase_add_test(tc, s1_indirect_ignores);
    tcase_add_test(tc, tcr2_enables);
    tcase_add_test(tc, other_regimes);
    tcase_add_test(tc, nv1_and_indirect);
    tcase_add_test(tc, s1_dirty_state);
    tcase_add_test(tc, at_without_permissions);
    tcase_add_test(tc, s2_every_encoding);
    tcase_add_test(tc, s2_tables);
    tcase_add_test(tc, s2_dirty_state);
    tcase_add_test(tc, secure_stage2_spaces);
    tcase_add_test(tc, secure_nstable);
    tcase_add_test(tc, access_flag_of_tables);
    tcase_add_test(tc, attributes_in_mair2);
    tcase_add_test(tc, contexts_differ);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
