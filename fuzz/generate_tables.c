/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables of a program, the registers of translation, and the pools of places that they give. The formats
 * are written down here once more, from the manual (Arm ARM DDI 0487, D8.2 to D8.4): the simulator's walker
 * is what is tested. Sizes, granules and start levels are legal ones; attributes of what isn't essential are
 * anything that is not reserved.
 */
#include "base/compiler.h"
#include "fuzz/generate_internal.h"
#include "sysregs/fields.h"

/* Descriptors. Stage 1: */
#define LEAF_NS BIT(5)
#define LEAF_AP MASK(7, 6)
#define AP_EL0 BIT(6)
#define AP_RO BIT(7)
#define LEAF_SH_INNER MASK(9, 8)
#define LEAF_AF BIT(10)
#define LEAF_NG BIT(11)
#define LEAF_GP BIT(50)
#define LEAF_DBM BIT(51)
#define LEAF_CONTIGUOUS BIT(52)
#define LEAF_PXN BIT(53)
#define LEAF_UXN BIT(54)
#define LEAF_SOFTWARE MASK(58, 55)
#define TABLE_ATTRIBUTES MASK(62, 59)
/* Stage 2: */
#define S2AP_READ BIT(6)
#define S2AP_WRITE BIT(7)
#define S2_XN MASK(54, 53)

enum kind { STAGE1_EL1 = 1, STAGE1_EL2 = 2, STAGE2 = 3 };

/* A table with its root: TTBR0, TTBR1 or VTTBR. */
struct tree {
    enum kind kind;
    bool privileged_only; /* EL2 with E2H=0: one privilege level, one range */
    bool upper, ds, secure, wxn, fwb;
    unsigned granule; /* log2: 12, 14, 16 */
    unsigned input;   /* bits of an input address */
    unsigned output;  /* bits of an output address */
    int start;        /* level of the root */
    uint64_t root;    /* physical address */
    uint64_t offset;  /* address of a table or page as the descriptors have it, less the physical one */
    bool odd;         /* tables that are added now may have any attributes */
    unsigned clusters;
    uint64_t cluster[4]; /* addresses, each of a last-level table's range */
};

/* ---- geometry ---- */

static unsigned stride(const struct tree *t)
{
    return t->granule - 3;
}

/* The lowest bit of an address that a level resolves. */
static unsigned shift_of(const struct tree *t, int level)
{
    return t->granule + (unsigned)(3 - level) * stride(t);
}

static unsigned index_of(const struct tree *t, uint64_t va, int level)
{
    unsigned low = shift_of(t, level), high = low + stride(t) - 1;

    if (level == t->start || high >= t->input)
        high = t->input - 1;
    return (unsigned)bits(va, high, low);
}

static int first_level(unsigned granule, unsigned input)
{
    return 4 - (int)((input - granule + granule - 4) / (granule - 3));
}

static uint64_t canonical(const struct tree *t, uint64_t va)
{
    va &= ones(t->input);
    return t->upper ? va | ~ones(t->input) : va;
}

/* ---- memory ---- */

static struct program_word *word_at(struct generator *g, uint64_t at)
{
    for (unsigned i = g->p->n_words; i-- > 0;)
        if (g->p->words[i].at == at)
            return &g->p->words[i];
    return NULL;
}

static bool add_word(struct generator *g, uint64_t at, uint64_t value)
{
    struct program_word *w = &g->p->words[g->p->n_words];

    if (g->p->n_words == PROGRAM_WORDS)
        return false;
    w->at = at;
    w->value = value;
    g->p->n_words++;
    return true;
}

/* Room for a table, aligned to its size; 0: there is none. */
static uint64_t allocate(struct generator *g, uint64_t size)
{
    uint64_t at = align_up(g->tables_end, size);

    if (at + size > PROGRAM_BASE + PROGRAM_SIZE)
        return 0;
    g->tables_end = at + size;
    return at;
}

static bool make_root(struct generator *g, struct tree *t)
{
    uint64_t size = UINT64_C(8) << (t->input - shift_of(t, t->start));

    t->root = allocate(g, size < 64 ? 64 : size);
    return t->root != 0;
}

/* ---- entries ---- */

/* Where the descriptor for va at a level is; 0 if a block is in the way or there is no room. Adds the tables
 * on the way. */
static uint64_t descriptor_at(struct generator *g, struct tree *t, uint64_t va, int level)
{
    uint64_t table = t->root;

    for (int l = t->start; l < level; l++) {
        uint64_t at = table + 8 * index_of(t, va, l), attributes = 0;
        struct program_word *w = word_at(g, at);
        if (w != NULL && (w->value & 3) != 3)
            return 0;
        if (w == NULL) {
            uint64_t next = allocate(g, UINT64_C(8) << stride(t));
            if (next == 0)
                return 0;
            if (t->odd && t->kind != STAGE2 && draw(g, 3))
                attributes = random_u64(&g->random) & TABLE_ATTRIBUTES;
            if (t->privileged_only)
                attributes &= ~(BIT(61) | BIT(59));
            if (!add_word(g, at, (next + t->offset) | attributes | 3))
                return 0;
            table = next;
        } else {
            table = bits(w->value, 47, t->granule) << t->granule;
            table -= t->offset;
        }
    }
    return table + 8 * index_of(t, va, level);
}

/* Puts a descriptor there; false if something is there already. */
static bool put_descriptor(struct generator *g, struct tree *t, uint64_t va, int level, uint64_t descriptor)
{
    uint64_t at;

    if (level < t->start)
        return false;
    at = descriptor_at(g, t, va, level);
    return at != 0 && word_at(g, at) == NULL && add_word(g, at, descriptor);
}

static bool map(struct generator *g, struct tree *t, uint64_t va, int level, uint64_t output,
                uint64_t attributes)
{
    if (t->kind == STAGE2 && va >> t->input != 0)
        return false;
    output &= ~ones(shift_of(t, level));
    return put_descriptor(g, t, va, level, output | attributes | (level == 3 ? 3 : 1));
}

/* ---- attributes ---- */

static uint64_t shareability(struct generator *g, const struct tree *t)
{
    static const uint64_t some[] = {0, BIT(9), LEAF_SH_INNER};

    return t->ds ? 0 : some[below(g, 3)]; /* with DS=1 the field holds part of the address */
}

/* Memory type of stage 2, none of the reserved ones. */
static uint64_t stage2_type(struct generator *g, const struct tree *t)
{
    static const uint8_t with_fwb[] = {0, 1, 2, 3, 5, 6, 7};
    static const uint8_t without[] = {0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15};

    return (uint64_t)(t->fwb ? with_fwb[below(g, 7)] : without[below(g, 13)]) << 2;
}

static uint64_t good_attributes(struct generator *g, const struct tree *t)
{
    uint64_t r = random_u64(&g->random), v = LEAF_AF | (t->ds ? 0 : LEAF_SH_INNER);

    if (t->kind == STAGE2)
        return v | S2AP_READ | S2AP_WRITE | (t->fwb ? 6 : 15) << 2;
    return v | AP_EL0 | (r & (t->privileged_only ? LEAF_UXN : LEAF_NG | LEAF_PXN | LEAF_UXN));
}

/* What may be executed at every level of the regime. */
static uint64_t code_attributes(struct generator *g, const struct tree *t)
{
    uint64_t v = LEAF_AF | (t->ds ? 0 : LEAF_SH_INNER);

    if (t->kind == STAGE2)
        return v | S2AP_READ | (draw(g, 2) ? S2AP_WRITE : 0) | (t->fwb ? 6 : 15) << 2;
    if (draw(g, 3))
        v |= LEAF_GP;
    if (t->privileged_only)
        return v | AP_EL0 | (t->wxn || draw(g, 2) ? AP_RO : 0);
    if (draw(g, 2))
        v |= LEAF_NG;
    /* What EL0 may write EL1 doesn't execute. */
    return v | (t->wxn || draw(g, 2) ? AP_RO | (draw(g, 2) ? AP_EL0 : 0) : 0);
}

static uint64_t odd_attributes(struct generator *g, const struct tree *t)
{
    uint64_t r = random_u64(&g->random);
    uint64_t v = (r & (LEAF_DBM | LEAF_UXN | LEAF_PXN | LEAF_SOFTWARE)) | shareability(g, t);

    if (!has(&g->feat, FEAT_HAFDBS))
        v &= ~LEAF_DBM;
    if (!draw(g, 8))
        v |= LEAF_AF;
    if (t->kind == STAGE2)
        return (has(&g->feat, FEAT_XNX) ? v : v & ~LEAF_PXN) | (r & LEAF_AP) | stage2_type(g, t);
    v |= (r & (LEAF_AP | LEAF_NG)) | below(g, 8) << 2;
    if (t->secure && draw(g, 3))
        v |= LEAF_NS;
    if (has(&g->feat, FEAT_BTI) && draw(g, 8))
        v |= LEAF_GP;
    if (t->privileged_only)
        v = (v | AP_EL0) & ~(LEAF_PXN | LEAF_NG);
    return v;
}

/* ---- places ---- */

static struct place *add_place(struct view *v, uint64_t va, uint64_t size, enum place_kind kind)
{
    struct place *p = &v->place[v->places < PLACES ? v->places++ : PLACES - 1];

    *p = (struct place){
        .va = va, .size = (uint32_t)size, .kind = (uint8_t)kind, .device = kind == PLACE_DEVICE};
    return p;
}

/* Is memory of these attributes Device memory; or is it that what an odd stage 2 makes of it? */
static bool may_be_device(const struct generator *g, const struct tree *t, uint64_t attributes)
{
    uint64_t mair = g->sr[t->kind == STAGE1_EL1 ? SR_MAIR_EL1 : SR_MAIR_EL2];
    unsigned index = (unsigned)bits(attributes, 4, 2);

    return (t->kind == STAGE1_EL1 && g->stage2) || bits(mair, 8 * index + 7, 8 * index + 4) == 0;
}

/* Free addresses of last-level tables' ranges, some at the ends of the whole range. */
static void draw_clusters(struct generator *g, struct tree *t)
{
    unsigned range = t->granule + stride(t);

    t->clusters = t->granule == 16 ? 2 : 3;
    for (unsigned i = 0; i < t->clusters; i++) {
        uint64_t va = draw(g, 4) ? 0 : draw(g, 4) ? UINT64_MAX : random_u64(&g->random);
        t->cluster[i] = canonical(t, va & ~ones(range));
    }
    if (!t->upper && t->input > 31 && draw(g, 2))
        t->cluster[0] = PROGRAM_BASE & ~ones(range);
}

/* An address of a page in a cluster; `run` pages behind each other will be used. */
static uint64_t draw_page(struct generator *g, const struct tree *t, unsigned run)
{
    uint64_t base = t->cluster[below(g, t->clusters)];
    unsigned pages = 1u << (t->input < shift_of(t, 2) ? t->input - t->granule : stride(t)), n = 64, first;

    if (n > pages)
        n = pages;
    if (run >= n)
        return base;
    first = draw(g, 4) ? pages - n : 0; /* at its beginning, or at its end */
    return base + ((first + below(g, n - run + 1)) << t->granule);
}

/* Maps `size` bytes of physical memory by pages; true with their address. */
static bool map_pages(struct generator *g, struct tree *t, uint64_t physical, uint64_t size,
                      uint64_t attributes, uint64_t *va)
{
    uint64_t from = physical & ~ones(t->granule), page = BIT(t->granule);
    unsigned run = (unsigned)((align_up(physical + size, page) - from) >> t->granule);

    for (unsigned attempt = 0; attempt < 12; attempt++) {
        unsigned n = 0;
        uint64_t at = draw_page(g, t, run);
        if (draw(g, 4) && !t->upper && t->kind != STAGE2 && t->input > 31)
            at = from; /* where it is without translation, too */
        while (n < run && map(g, t, at + n * page, 3, from + t->offset + n * page, attributes))
            n++;
        if (n == run) {
            *va = at + (physical - from);
            return true;
        }
    }
    return false;
}

/* A block that is larger than the program's memory holds the monitor's, too: nobody writes there. */
static uint64_t block_attributes(const struct tree *t, int level, uint64_t attributes)
{
    if (BIT(shift_of(t, level)) <= PROGRAM_SIZE)
        return attributes;
    return t->kind == STAGE2 ? attributes & ~(S2AP_WRITE | LEAF_DBM) : (attributes | AP_RO) & ~LEAF_DBM;
}

/* The level of the smallest block, and that block's address somewhere. */
static bool map_block(struct generator *g, struct tree *t, uint64_t attributes, uint64_t *va)
{
    int level = t->granule == 12 && draw(g, 3) ? 1 : 2;

    if (level < t->start || shift_of(t, level) >= t->input)
        return false;
    for (unsigned attempt = 0; attempt < 8; attempt++) {
        uint64_t near = t->cluster[below(g, t->clusters)];
        uint64_t at = canonical(t, (near + (below(g, 4) << shift_of(t, level))) & ~ones(shift_of(t, level)));
        if (map(g, t, at, level, PROGRAM_BASE + t->offset, block_attributes(t, level, attributes))) {
            *va = at + (PROGRAM_BASE & ones(shift_of(t, level)));
            return true;
        }
    }
    return false;
}

/* ---- stage 1 ---- */

/* What a regime can't do without: code, vectors, a page of data. */
static void map_essentials(struct generator *g, struct view *v, struct tree *lower, struct tree *upper)
{
    struct tree *t = upper && draw(g, 4) ? upper : lower;
    uint64_t va = 0, vectors = PROGRAM_VECTORS_AT + (lower->kind == STAGE1_EL2 ? 0x1000 : 0);
    bool wrong = draw(g, 25);

    if (draw(g, 5) && map_block(g, t, code_attributes(g, t), &va)) {
        v->code = va + (PROGRAM_CODE_AT - PROGRAM_BASE);
        v->vectors = va + (vectors - PROGRAM_BASE);
    } else {
        map_pages(g, t, PROGRAM_CODE_AT, 0x2000, wrong ? odd_attributes(g, t) : code_attributes(g, t),
                  &v->code);
        t = upper && draw(g, 3) ? upper : lower;
        map_pages(g, t, vectors, 0x1000, code_attributes(g, t), &v->vectors);
    }
    t = upper && draw(g, 3) ? upper : lower;
    if (map_pages(g, t, PROGRAM_DATA_AT, 0x1000, good_attributes(g, t), &va))
        add_place(v, va, t->kind == STAGE1_EL1 && g->stage2 ? 0x1000 : BIT(t->granule), PLACE_GOOD);
    else
        add_place(v, v->code, 0x1000, PLACE_CODE);
    add_place(v, v->code, 0x1000, PLACE_CODE);
}

/* An output address for something odd, and its size where it is known to be memory. */
static uint64_t odd_output(struct generator *g, const struct tree *t, uint64_t *size)
{
    uint64_t page = BIT(t->granule), data = PROGRAM_DATA_AT + below(g, PROGRAM_DATA_SIZE / page) * page;

    *size = page;
    if (t->kind == STAGE1_EL1 && g->stage2 && draw(g, 3)) {
        *size = 0x1000;
        return g->odd_ipa[below(g, ODD_IPAS)];
    }
    if (t->kind != STAGE2 && t->output < 48 && draw(g, 12))
        return data + t->offset + BIT(t->output + below(g, 48 - t->output));
    return data + t->offset;
}

/* What isn't a page: invalid, reserved, a block where there is none. */
static uint64_t broken_descriptor(struct generator *g, const struct tree *t, int *level)
{
    uint64_t r = random_u64(&g->random);

    switch (below(g, 3)) {
    case 0:
        *level = 1 + (int)below(g, 3);
        return r & ~UINT64_C(1);
    case 1: /* reserved */
        *level = 3;
        return (r & ~UINT64_C(3)) | 1;
    default:
        *level = t->granule == 12 ? 0 : 1;
        if (t->ds || (t->granule == 16 && g->feat.pa_bits == 52))
            *level = 3;
        return (r & ~UINT64_C(3)) | 1;
    }
}

static void map_odd(struct generator *g, struct view *v, struct tree *t)
{
    uint64_t va = draw_page(g, t, 1), size, output = odd_output(g, t, &size), data, at;
    uint64_t attributes = odd_attributes(g, t);
    int level = 3;

    if (draw(g, 3) && v->places > 2) { /* next to another one */
        const struct place *p = &v->place[below(g, v->places)];
        if (p->size != 0 && (p->va >> 63) == t->upper)
            va = canonical(t, align_down(p->va + p->size, BIT(t->granule)));
    }
    if (draw(g, 8)) {
        if (map_block(g, t, attributes, &data))
            add_place(v, data + (PROGRAM_DATA_AT - PROGRAM_BASE), PROGRAM_DATA_SIZE, PLACE_ODD)->device =
                may_be_device(g, t, attributes);
        return;
    }
    if (draw(g, 10)) {
        uint64_t broken = broken_descriptor(g, t, &level);
        if (put_descriptor(g, t, va, level, broken))
            add_place(v, va, 0, PLACE_NONE);
        return;
    }
    if (!map(g, t, va, 3, output, attributes))
        return;
    add_place(v, va, size, PLACE_ODD)->device = may_be_device(g, t, attributes);
    at = descriptor_at(g, t, va, 3);
    if (v->remaps < REMAPS && at < PROGRAM_TABLES_AT + 0x10000)
        v->remap[v->remaps++] = (struct remap){
            .descriptor_va = at, .va = va, .other = (output & ~ones(t->granule)) | odd_attributes(g, t) | 3};
}

/* 16 pages of data with the Contiguous bit, as it must be: all of them, aligned, alike. */
static void map_contiguous(struct generator *g, struct view *v, struct tree *t)
{
    uint64_t va = draw_page(g, t, 1) & ~ones(16),
             attributes = odd_attributes(g, t) | LEAF_AF | LEAF_CONTIGUOUS;

    if (t->granule != 12 || t->input < 17)
        return;
    for (unsigned i = 0; i < 16; i++) {
        uint64_t at = descriptor_at(g, t, va + 0x1000 * i, 3);
        if (at == 0 || word_at(g, at) != NULL || g->p->n_words + 16 > PROGRAM_WORDS)
            return;
    }
    for (unsigned i = 0; i < 16; i++)
        map(g, t, va + 0x1000 * i, 3, PROGRAM_DATA_AT + t->offset + 0x1000 * i, attributes);
    add_place(v, va, 0x10000, PLACE_ODD)->device = may_be_device(g, t, attributes);
}

/* A window on the first 64 KB of tables, so that code can change them; remap[] then says where. */
static void map_tables(struct generator *g, struct view *v, struct tree *t)
{
    uint64_t va;

    if (v->remaps == 0 || !map_pages(g, t, PROGRAM_TABLES_AT, 0x10000, good_attributes(g, t), &va)) {
        v->remaps = 0;
        return;
    }
    add_place(v, va, 0x10000, PLACE_TABLES);
    for (unsigned i = 0; i < v->remaps; i++)
        v->remap[i].descriptor_va += va - PROGRAM_TABLES_AT;
}

/* Addresses that no table maps. */
static void add_unmapped(struct generator *g, struct view *v, const struct tree *lower,
                         const struct tree *upper)
{
    add_place(v, draw_page(g, lower, 1), 0, PLACE_NONE);
    add_place(v, canonical(lower, random_u64(&g->random)), 0, PLACE_NONE);
    if (upper != NULL)
        add_place(v, canonical(upper, random_u64(&g->random)), 0, PLACE_NONE);
    if (lower->input < 48)
        add_place(v, BIT(lower->input) | below(g, 0x10000), 0, PLACE_NONE);
    add_place(v, random_u64(&g->random), 0, PLACE_NONE);
    add_place(v, ones(lower->input) & ~UINT64_C(7), 0, PLACE_NONE); /* the last word of the range */
}

static void fill_stage1(struct generator *g, struct view *v, struct tree *lower, struct tree *upper)
{
    unsigned odd = 5 + (unsigned)below(g, 12);
    uint64_t device;

    draw_clusters(g, lower);
    if (upper != NULL)
        draw_clusters(g, upper);
    map_essentials(g, v, lower, upper);
    if (map_pages(g, lower, PROGRAM_DATA_AT, 0x1000, good_attributes(g, lower) | 1 << 2, &device))
        add_place(v, device, 0x1000, PLACE_DEVICE);
    for (unsigned i = 0; i < odd; i++) {
        struct tree *t = upper != NULL && draw(g, 3) ? upper : lower;
        t->odd = true;
        map_odd(g, v, t);
    }
    if (draw(g, 8))
        map_contiguous(g, v, lower);
    if (draw(g, 2))
        map_tables(g, v, lower);
    else
        v->remaps = 0;
    add_unmapped(g, v, lower, upper);
}

/* ---- the registers of stage 1 ---- */

static unsigned draw_granule(struct generator *g)
{
    static const struct {
        uint16_t feature;
        uint8_t granule;
    } some[] = {{FEAT_TGran4K, 12}, {FEAT_TGran16K, 14}, {FEAT_TGran64K, 16}};
    unsigned i = draw(g, 2) ? 0 : (unsigned)below(g, 3);

    return has(&g->feat, some[i].feature) ? some[i].granule : 12;
}

/* Bits of an input address, legal for the granule. */
static unsigned draw_input(struct generator *g, const struct tree *t)
{
    unsigned most = 48, least = 25;

    if (t->ds || (t->granule == 16 && has(&g->feat, FEAT_LVA)))
        most = 52;
    if (has(&g->feat, FEAT_TTST))
        least = t->granule == 16 ? 17 : 16;
    switch (below(g, 4)) {
    case 0:
        return 48;
    case 1:
        return 39;
    case 2:
        return most;
    default:
        return least + (unsigned)below(g, most - least + 1);
    }
}

static const uint8_t size_code_bits[] = {32, 36, 40, 42, 44, 48, 52};

/* A code for the size of output addresses: at least `least` bits, at most what there is. */
static unsigned draw_size_code(struct generator *g, unsigned least, bool wide)
{
    unsigned code;

    do
        code = draw(g, 2) ? 5 : (unsigned)below(g, wide ? 7 : 6);
    while (size_code_bits[code] < least || size_code_bits[code] > g->feat.pa_bits);
    return code;
}

static unsigned tg_code(unsigned granule, bool upper)
{
    if (upper)
        return granule == 12 ? 2 : granule == 14 ? 1 : 3;
    return granule == 12 ? 0 : granule == 14 ? 2 : 1;
}

static uint64_t draw_mair(struct generator *g)
{
    static const uint8_t types[] = {0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xbb, 0xee, 0x4f, 0xf4, 0xaa, 0x77};
    uint64_t v = 0xff | below(g, 4) << 10;

    for (unsigned i = 2; i < 8; i++)
        v |= (uint64_t)types[below(g, ARRAY_LEN(types))] << 8 * i;
    return v;
}

/* IRGN, ORGN, SH at the position that TTBR0's have. */
static uint64_t draw_walk_attributes(struct generator *g)
{
    static const uint64_t shareable[] = {0, MASK(13, 12), BIT(13)};
    uint64_t v = below(g, 16) << 8;

    return v | shareable[below(g, 3)];
}

static bool draw_hardware_flags(struct generator *g)
{
    bool on = has(&g->feat, FEAT_HAFDBS) && draw(g, 16);

    g->hardware_flags |= on;
    return on;
}

static void draw_tree(struct generator *g, struct tree *t, enum kind kind, bool upper)
{
    uint64_t sctlr = g->sr[kind == STAGE1_EL1 ? SR_SCTLR_EL1 : SR_SCTLR_EL2];

    t->kind = kind;
    t->upper = upper;
    t->secure = !g->non_secure;
    t->privileged_only = kind == STAGE1_EL2 && !g->e2h;
    t->wxn = (sctlr & SCTLR_WXN) != 0;
    t->granule = draw_granule(g);
    t->offset = kind == STAGE1_EL1 && g->stage2 ? g->ipa_offset : 0;
}

static uint64_t draw_ttbr(struct generator *g, const struct tree *t)
{
    uint64_t v = t->root + t->offset;

    if (!t->privileged_only)
        v |= below(g, 4) << 48;
    return v | (has(&g->feat, FEAT_TTCNP) && draw(g, 4) ? 1 : 0);
}

/* TCR_ELx with two ranges. */
static uint64_t draw_tcr(struct generator *g, const struct tree *lower, const struct tree *upper,
                         unsigned size)
{
    uint64_t v = (64 - lower->input) | (uint64_t)(64 - upper->input) << 16 |
                 (uint64_t)tg_code(lower->granule, false) << 14 |
                 (uint64_t)tg_code(upper->granule, true) << 30 | (uint64_t)size << 32;

    v |= draw_walk_attributes(g);
    v |= draw_walk_attributes(g) << 16;
    v |= random_u64(&g->random) & (MASK(38, 36) | BIT(22)); /* TBI, AS, A1 */
    if (draw(g, 3))
        v |= below(g, 4) << 41; /* HPD */
    if (draw(g, 8))
        v |= random_u64(&g->random) & (MASK(52, 51) | MASK(56, 55)); /* TBID, E0PD */
    if (draw_hardware_flags(g))
        v |= BIT(39) | below(g, 2) << 40; /* HA, HD */
    if (draw(g, 20))
        v |= BIT(23); /* EPD1 */
    return v | (lower->ds ? BIT(59) : 0);
}

/* TCR_EL2 with E2H=0. */
static uint64_t draw_tcr_single(struct generator *g, const struct tree *t, unsigned size)
{
    uint64_t v = (64 - t->input) | (uint64_t)tg_code(t->granule, false) << 14 | (uint64_t)size << 16;

    v |= draw_walk_attributes(g);
    v |= below(g, 2) << 20; /* TBI */
    if (draw(g, 3))
        v |= BIT(24); /* HPD */
    if (draw_hardware_flags(g))
        v |= BIT(21) | below(g, 2) << 22; /* HA, HD */
    return v | (t->ds ? BIT(32) : 0);
}

/* Without stage 1 an address is what it is, or an intermediate physical one. */
static void flat_view(struct generator *g, unsigned el)
{
    struct view *v = &g->view[el];
    uint64_t offset = el == 1 && g->stage2 ? g->ipa_offset : 0;

    v->code = PROGRAM_CODE_AT + offset;
    v->vectors = PROGRAM_VECTORS_AT + (el - 1) * 0x1000 + offset;
    add_place(v, PROGRAM_DATA_AT + offset, 0x1000, PLACE_GOOD)->device = true;
    add_place(v, PROGRAM_DATA_AT + offset, 0x10000, PLACE_DEVICE);
    add_place(v, PROGRAM_DATA_AT + offset + 0x8000, 0x1000, PLACE_DEVICE);
    add_place(v, PROGRAM_CODE_AT + offset, 0x1000, PLACE_CODE)->device = true;
    if (el == 1 && g->stage2)
        for (unsigned i = 0; i < ODD_IPAS; i++)
            add_place(v, g->odd_ipa[i], 0x1000, PLACE_ODD)->device = true;
}

/* EL1&0, EL2&0 or EL2: sets its registers, fills its tables. */
static void make_stage1(struct generator *g, unsigned el)
{
    enum kind kind = el == 1 ? STAGE1_EL1 : STAGE1_EL2;
    struct tree lower = {0}, upper = {0};
    bool two, wide;
    unsigned size;

    draw_tree(g, &lower, kind, false);
    draw_tree(g, &upper, kind, true);
    two = !lower.privileged_only;
    lower.ds = upper.ds =
        has(&g->feat, FEAT_LPA2) && lower.granule != 16 && (!two || upper.granule != 16) && draw(g, 6);
    wide = lower.ds || (lower.granule == 16 && (!two || upper.granule == 16));
    size = draw_size_code(g, g->ipa_offset != 0 && lower.offset != 0 ? 40 : 32, wide);
    lower.output = upper.output = size_code_bits[size];
    lower.input = draw_input(g, &lower);
    upper.input = draw_input(g, &upper);
    lower.start = first_level(lower.granule, lower.input);
    upper.start = first_level(upper.granule, upper.input);
    if (!make_root(g, &lower) || (two && !make_root(g, &upper))) { /* the other regime's tables took it all */
        flat_view(g, el);
        return;
    }
    g->sr[el == 1 ? SR_MAIR_EL1 : SR_MAIR_EL2] = draw_mair(g);
    fill_stage1(g, &g->view[el], &lower, two ? &upper : NULL);
    g->sr[el == 1 ? SR_TTBR0_EL1 : SR_TTBR0_EL2] = draw_ttbr(g, &lower);
    if (two)
        g->sr[el == 1 ? SR_TTBR1_EL1 : SR_TTBR1_EL2] = draw_ttbr(g, &upper);
    g->sr[el == 1 ? SR_TCR_EL1 : SR_TCR_EL2] =
        two ? draw_tcr(g, &lower, &upper, size) : draw_tcr_single(g, &lower, size);
}

/* ---- stage 2 ---- */

/* Input size and start level: one that the granule has, up to 16 tables next to each other at the start. */
static void draw_stage2_shape(struct generator *g, struct tree *t)
{
    unsigned most = g->feat.pa_bits < 48 ? g->feat.pa_bits : 48;
    unsigned least = g->ipa_offset == 0 && draw(g, 2) ? 32 : 41;

    t->input = least + (unsigned)below(g, most - least + 1);
    t->start = first_level(t->granule, t->input);
    /* One level less where the rest fits into concatenated tables. */
    if (t->input <= shift_of(t, t->start) + 4 && (draw(g, 2) || t->granule == 14))
        t->start++;
}

static unsigned sl0_code(const struct tree *t)
{
    return t->granule == 12 ? 2 - (unsigned)t->start : 3 - (unsigned)t->start;
}

/* The pages that hold what stage 1 and the program need; data sometimes in odd ways. */
static void map_program(struct generator *g, struct tree *t)
{
    uint64_t page = BIT(t->granule), last = 0;

    for (uint64_t a = PROGRAM_CODE_AT; a < PROGRAM_DATA_AT; a += page)
        if (a < PROGRAM_CODE_AT + 0x2000 || (a | (page - 1)) >= PROGRAM_VECTORS_AT)
            if (a < PROGRAM_VECTORS_AT + 0x2000)
                map(g, t, a + g->ipa_offset, 3, a, code_attributes(g, t));
    for (uint64_t a = PROGRAM_DATA_AT; a < PROGRAM_DATA_AT + PROGRAM_DATA_SIZE; a += page)
        map(g, t, a + g->ipa_offset, 3, a,
            a != PROGRAM_DATA_AT && draw(g, 3) ? odd_attributes(g, t) : good_attributes(g, t));
    for (unsigned i = 0, n = g->p->n_words; i < n; i++) {
        uint64_t a = g->p->words[i].at & ~(page - 1);
        if (a != last && g->p->words[i].at >= PROGRAM_TABLES_AT)
            map(g, t, a + g->ipa_offset, 3, a, draw(g, 40) ? odd_attributes(g, t) : good_attributes(g, t));
        last = a;
    }
}

static void map_odd_ipa(struct generator *g, struct tree *t, uint64_t ipa)
{
    uint64_t page = BIT(t->granule), data = PROGRAM_DATA_AT + below(g, PROGRAM_DATA_SIZE / page) * page;

    map(g, t, ipa, 3, data, odd_attributes(g, t));
}

static void fill_stage2(struct generator *g, struct tree *t)
{
    int block = t->granule == 12 && t->start <= 1 && draw(g, 2) ? 1 : 2;

    if (draw(g, 3) && block >= t->start)
        map(g, t, PROGRAM_BASE + g->ipa_offset, block, PROGRAM_BASE, code_attributes(g, t) | S2AP_WRITE);
    else
        map_program(g, t);
    for (unsigned i = 0; i < ODD_IPAS; i++)
        if (!draw(g, 4))
            map_odd_ipa(g, t, g->odd_ipa[i]);
}

/* The intermediate physical addresses: where the program's memory is, and the odd ones. */
static void draw_ipas(struct generator *g)
{
    uint64_t region = below(g, 256) << 30;

    g->ipa_offset = draw(g, 2) ? 0 : below(g, 900) << 30;
    for (unsigned i = 0; i < ODD_IPAS; i++) {
        uint64_t near = draw(g, 3) ? UINT64_C(0x80000000) : region;
        g->odd_ipa[i] = draw(g, 12) ? random_u64(&g->random) & MASK(47, 16) : near + (below(g, 32) << 16);
    }
}

static void make_stage2(struct generator *g)
{
    struct tree t = {.kind = STAGE2, .granule = draw_granule(g)};
    uint64_t vtcr, last_vmid = has(&g->feat, FEAT_VMID16) ? 0xffff : 0xff;

    t.fwb = (g->sr[SR_HCR_EL2] & HCR_FWB) != 0;
    draw_stage2_shape(g, &t);
    t.output = size_code_bits[5];
    if (!make_root(g, &t))
        return;
    fill_stage2(g, &t);
    vtcr = (64 - t.input) | (uint64_t)sl0_code(&t) << 6 | (uint64_t)tg_code(t.granule, false) << 14;
    vtcr |= draw_walk_attributes(g);
    vtcr |= (uint64_t)draw_size_code(g, t.input, false) << 16;
    if (draw_hardware_flags(g))
        vtcr |= BIT(21) | below(g, 2) << 22; /* HA, HD */
    vtcr |= below(g, 2) << 19;               /* VS */
    g->sr[SR_VTCR_EL2] = vtcr;
    g->sr[SR_VTTBR_EL2] = t.root | below(g, last_vmid + 1) << 48;
    g->sr[SR_VSTCR_EL2] = vtcr & (MASK(15, 14) | MASK(7, 0));
    g->sr[SR_VSTTBR_EL2] = t.root;
}

/* Data: each 4 KB begin with instructions that end the program, for jumps; some numbers, for loads. */
static void fill_data(struct generator *g)
{
    for (uint64_t a = PROGRAM_DATA_AT; a < PROGRAM_DATA_AT + PROGRAM_DATA_SIZE; a += 0x1000) {
        add_word(g, a, (uint64_t)PROGRAM_END_INSN << 32 | PROGRAM_END_INSN);
        for (unsigned i = 1; i < 4; i++) {
            uint64_t at = a + 0x400 * i + 8 * below(g, 0x80);
            add_word(g, at, random_u64(&g->random));
        }
    }
}

void generate_tables(struct generator *g)
{
    g->tables_end = PROGRAM_TABLES_AT;
    fill_data(g);
    if (g->stage2)
        draw_ipas(g);
    for (unsigned el = 1; el <= 2; el++)
        if (g->mmu[el])
            make_stage1(g, el);
        else
            flat_view(g, el);
    if (g->stage2)
        make_stage2(g);
    g->sr[SR_VBAR_EL1] = g->view[1].vectors;
    g->sr[SR_VBAR_EL2] = g->view[2].vectors;
    g->sr[SR_VNCR_EL2] = g->view[2].place[0].va;
}
