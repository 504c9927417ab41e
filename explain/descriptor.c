/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain descriptor`, and the fields of descriptors. What a descriptor is, where it points and what it
 * permits says the walker of mmu/: the descriptor is put into a set of tables of which it is the last one
 * that is read. Only the names of fields are this file's. Arm ARM D8.3.1 (VMSAv8-64 descriptor formats),
 * D8.3.2 (attribute fields).
 */
#include "explain/descriptor.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "sysregs/fields.h"

const struct explain_option explain_descriptor_options[] = {
    {"level", "N", "of its table, -1 to 3 (default 3)"},
    {"stage", "1|2", "stage of translation (default 1)"},
    {"granule", "4k|16k|64k", "translation granule (default 4k)"},
    {"regime", "NAME", "el1&0, el2, el2&0 or el3 (default el1&0)"},
    {NULL, NULL, NULL},
};

/* ---- fields ---- */

enum when {
    ON_S1 = 1,
    ON_S2 = 2,
    ON_TABLE = 4,
    ON_LEAF = 8,
    ON_TWO = 16,    /* regimes with EL0 */
    ON_ONE = 32,    /* regimes without */
    ON_DIRECT = 64, /* permissions in the descriptor itself */
    ON_PIE = 128,   /* indirect permissions */
    ON_POE = 256,   /* overlays */
    ON_SECURE = 512,
    ON_DS = 1024, /* LPA2 format: shareability is the register's, bits <9:8> are the address's */
    ON_NOT_DS = 2048,
    ON_ALWAYS = ON_TWO | ON_ONE,
};

struct desc_field {
    const char *name;
    uint8_t high, low;
    uint16_t when;
    const char *value[4]; /* in words, where that says more than the number */
};

/* One row per field, stage and kind; a row applies if all its kinds of condition do. */
static const struct desc_field desc_fields[] = {
    {"NSTable", 63, 63, ON_S1 | ON_TABLE | ON_ALWAYS | ON_SECURE, {NULL}},
    {"APTable",
     62,
     61,
     ON_S1 | ON_TABLE | ON_TWO,
     {NULL, "no EL0 access", "read-only", "read-only, no EL0 access"}},
    {"APTable<1>", 62, 62, ON_S1 | ON_TABLE | ON_ONE, {NULL, "read-only"}},
    {"UXNTable", 60, 60, ON_S1 | ON_TABLE | ON_TWO, {NULL}},
    {"PXNTable", 59, 59, ON_S1 | ON_TABLE | ON_TWO, {NULL}},
    {"XNTable", 60, 60, ON_S1 | ON_TABLE | ON_ONE, {NULL}},
    {"POIndex", 62, 60, ON_S1 | ON_LEAF | ON_ALWAYS | ON_POE, {NULL}},
    {"PIIndex<3>", 54, 54, ON_S1 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<2>", 53, 53, ON_S1 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<1>", 51, 51, ON_S1 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<0>", 6, 6, ON_S1 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"UXN", 54, 54, ON_S1 | ON_LEAF | ON_TWO | ON_DIRECT, {NULL}},
    {"PXN", 53, 53, ON_S1 | ON_LEAF | ON_TWO | ON_DIRECT, {NULL}},
    {"XN", 54, 54, ON_S1 | ON_LEAF | ON_ONE | ON_DIRECT, {NULL}},
    {"Contiguous", 52, 52, ON_S1 | ON_LEAF | ON_ALWAYS, {NULL}},
    {"DBM", 51, 51, ON_S1 | ON_LEAF | ON_ALWAYS | ON_DIRECT, {NULL}},
    {"GP", 50, 50, ON_S1 | ON_LEAF | ON_ALWAYS, {NULL, "guarded page (BTI)"}},
    {"nG", 11, 11, ON_S1 | ON_LEAF | ON_TWO, {"global", "of this ASID"}},
    {"OA<51:50>", 9, 8, ON_S1 | ON_S2 | ON_LEAF | ON_ALWAYS | ON_DS, {NULL}},
    {"AF", 10, 10, ON_S1 | ON_LEAF | ON_ALWAYS, {"not accessed", NULL}},
    {"SH",
     9,
     8,
     ON_S1 | ON_LEAF | ON_ALWAYS | ON_NOT_DS,
     {"Non-shareable", "reserved", "Outer Shareable", "Inner Shareable"}},
    {"AP<2:1>",
     7,
     6,
     ON_S1 | ON_LEAF | ON_TWO | ON_DIRECT,
     {"read/write, not EL0", "read/write, EL0 too", "read-only, not EL0", "read-only, EL0 too"}},
    {"AP<2>", 7, 7, ON_S1 | ON_LEAF | ON_ONE | ON_DIRECT, {"read/write", "read-only"}},
    {"nDirty", 7, 7, ON_S1 | ON_LEAF | ON_ALWAYS | ON_PIE, {"dirty", "clean"}},
    {"NS", 5, 5, ON_S1 | ON_LEAF | ON_ALWAYS | ON_SECURE, {"Secure", "Non-secure"}},
    {"AttrIndx", 4, 2, ON_S1 | ON_LEAF | ON_ALWAYS, {NULL}},
    {"PIIndex<3>", 54, 54, ON_S2 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<2>", 53, 53, ON_S2 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<1>", 51, 51, ON_S2 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"PIIndex<0>", 6, 6, ON_S2 | ON_LEAF | ON_ALWAYS | ON_PIE, {NULL}},
    {"XN",
     54,
     53,
     ON_S2 | ON_LEAF | ON_ALWAYS | ON_DIRECT,
     {"execute", "execute at EL0 only", "no execute", "execute at EL1 only"}},
    {"Contiguous", 52, 52, ON_S2 | ON_LEAF | ON_ALWAYS, {NULL}},
    {"DBM", 51, 51, ON_S2 | ON_LEAF | ON_ALWAYS | ON_DIRECT, {NULL}},
    {"FnXS", 11, 11, ON_S2 | ON_LEAF | ON_ALWAYS, {NULL}},
    {"AF", 10, 10, ON_S2 | ON_LEAF | ON_ALWAYS, {"not accessed", NULL}},
    {"SH",
     9,
     8,
     ON_S2 | ON_LEAF | ON_ALWAYS | ON_NOT_DS,
     {"Non-shareable", "reserved", "Outer Shareable", "Inner Shareable"}},
    {"S2AP",
     7,
     6,
     ON_S2 | ON_LEAF | ON_ALWAYS | ON_DIRECT,
     {"no access", "read-only", "write-only", "read/write"}},
    {"dirty", 7, 7, ON_S2 | ON_LEAF | ON_ALWAYS | ON_PIE, {"clean", "dirty"}},
    {"MemAttr", 5, 2, ON_S2 | ON_LEAF | ON_ALWAYS, {NULL}},
};

static bool two_ranges(const struct tctx *t)
{
    return t->regime == REGIME_EL10 || t->regime == REGIME_EL20;
}

/* Do the walk's 4 KiB or 16 KiB tables have the format of TCR_ELx.DS, VTCR_EL2.DS? */
static bool ds_format(const struct tctx *t, const struct walk_step *s)
{
    const bool two = two_ranges(t), upper = two && bit(s->input, 55);

    if (!has(t->feat, FEAT_LPA2))
        return false;
    if (s->stage == 2)
        return bit(t->vtcr, 32) && bits(t->vtcr, 15, 14) != 1;
    return bit(t->tcr, two ? 59 : 32) && (upper ? bits(t->tcr, 31, 30) != 3 : bits(t->tcr, 15, 14) != 1);
}

static unsigned conditions(const struct tctx *t, const struct walk_step *s)
{
    const bool table = s->kind == WALK_TABLE, pie = !table && s->pi >= 0, poe = !table && s->po >= 0;

    return (s->stage == 1 ? ON_S1 : ON_S2) | (table ? ON_TABLE : ON_LEAF) |
           (two_ranges(t) ? ON_TWO : ON_ONE) | (pie ? ON_PIE : ON_DIRECT) | (poe ? ON_POE : 0) |
           (t->secure ? ON_SECURE : 0) | (ds_format(t, s) ? ON_DS : ON_NOT_DS);
}

/* Of each group of conditions that the row names, one must hold. */
static bool applies(const struct desc_field *f, unsigned now)
{
    static const unsigned groups[] = {ON_S1 | ON_S2,      ON_TABLE | ON_LEAF, ON_TWO | ON_ONE,
                                      ON_DIRECT | ON_PIE, ON_DS | ON_NOT_DS,  ON_POE,
                                      ON_SECURE};

    for (unsigned n = 0; n < ARRAY_LEN(groups); n++)
        if ((f->when & groups[n]) != 0 && (f->when & groups[n] & now) == 0)
            return false;
    return true;
}

static bool has_fields(const struct walk_step *s)
{
    return s->kind != WALK_INVALID && (s->desc & 1) != 0;
}

/* "AttrIndx=1 (Normal Write-Back)" */
static void field_words(const struct tctx *t, const struct walk_step *s, const struct desc_field *f,
                        char *text, size_t size)
{
    const uint64_t v = bits(s->desc, f->high, f->low);
    char attr[64];

    if (strcmp(f->name, "AttrIndx") == 0) {
        attr_words((unsigned)(t->mair >> (8 * v)) & 0xff, (unsigned)bits(s->desc, 9, 8), attr, sizeof(attr));
        attr[strcspn(attr, ",")] = '\0';
        snprintf(text, size, "AttrIndx=%" PRIu64 " (%s)", v, attr);
    } else if (f->high - f->low < 2 && f->value[v] != NULL) {
        snprintf(text, size, "%s=%" PRIu64 " (%s)", f->name, v, f->value[v]);
    } else {
        snprintf(text, size, "%s=%" PRIu64, f->name, v);
    }
}

void descriptor_fields_text(struct explain *x, const struct tctx *t, const struct walk_step *s,
                            unsigned indent)
{
    char line[1024] = "", one[96];
    const unsigned now = conditions(t, s);
    const bool all = explain_option(x, "all") != NULL;

    for (unsigned n = 0; n < ARRAY_LEN(desc_fields) && has_fields(s); n++) {
        const struct desc_field *f = &desc_fields[n];
        const uint64_t v = bits(s->desc, f->high, f->low);
        if (!applies(f, now) || (v == 0 && !all && f->value[0] == NULL && strcmp(f->name, "AttrIndx") != 0))
            continue;
        field_words(t, s, f, one, sizeof(one));
        strncat(line, one, sizeof(line) - strlen(line) - 1);
        strncat(line, "; ", sizeof(line) - strlen(line) - 1);
    }
    if (line[0] == '\0')
        return;
    line[strlen(line) - 2] = '\0';
    say(x, "%*s", (int)indent, "");
    say_wrapped(x, indent, indent, line);
}

void descriptor_fields_json(struct explain *x, const struct tctx *t, const struct walk_step *s)
{
    const unsigned now = conditions(t, s);

    json_open(x, "fields", '{');
    for (unsigned n = 0; n < ARRAY_LEN(desc_fields) && has_fields(s); n++)
        if (applies(&desc_fields[n], now))
            json_number(x, desc_fields[n].name,
                        (int64_t)bits(s->desc, desc_fields[n].high, desc_fields[n].low));
    json_close(x);
}

/* ---- words ---- */

const char *descriptor_kind(const struct walk_step *s)
{
    static const char *const names[] = {[WALK_TABLE] = "table",
                                        [WALK_BLOCK] = "block",
                                        [WALK_PAGE] = "page",
                                        [WALK_INVALID] = "invalid",
                                        [WALK_FAULT] = "fault"};

    return names[s->kind];
}

void descriptor_permissions(const struct tctx *t, const struct walk_step *s, char *text, size_t size)
{
    const unsigned p = s->perm;
    const bool s2 = s->stage == 2;
    const char r = p & (s2 ? S2_R : S1_PR) ? 'r' : '-', w = p & (s2 ? S2_W : S1_PW) ? 'w' : '-';
    const char e = p & (s2 ? S2_PX : S1_PX) ? 'x' : '-', e0 = p & (s2 ? S2_UX : S1_UX) ? 'x' : '-';
    const char r0 = s2 ? r : p & S1_UR ? 'r' : '-', w0 = s2 ? w : p & S1_UW ? 'w' : '-';

    if (!two_ranges(t))
        snprintf(text, size, "%c%c%c", r, w, e);
    else
        snprintf(text, size, "EL%u %c%c%c, EL0 %c%c%c", t->regime == REGIME_EL20 ? 2 : 1, r, w, e, r0, w0,
                 e0);
}

const char *size_words(unsigned log2, char *text, size_t size)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};

    snprintf(text, size, "%u %s", 1u << (log2 % 10), units[log2 / 10 % ARRAY_LEN(units)]);
    return text;
}

/* Four bits of MAIR_ELx for Normal memory. */
static const char *cache_words(unsigned nibble)
{
    if (nibble == 4)
        return "Non-cacheable";
    return nibble < 4    ? "Write-Through transient"
           : nibble < 8  ? "Write-Back transient"
           : nibble < 12 ? "Write-Through"
                         : "Write-Back";
}

void attr_words(unsigned attr, unsigned sh, char *text, size_t size)
{
    static const char *const device[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};
    static const char *const shares[] = {"Non-shareable", "reserved shareability", "Outer Shareable",
                                         "Inner Shareable"};
    const unsigned outer = attr >> 4 & 15, inner = attr & 15;

    if (outer == 0)
        snprintf(text, size, "Device-%s", device[attr >> 2 & 3]);
    else if (attr == 0xf0)
        snprintf(text, size, "Normal Write-Back Tagged, %s", shares[sh & 3]);
    else if (attr == 0x40)
        snprintf(text, size, "Normal Non-cacheable XS=0, %s", shares[sh & 3]);
    else if (attr == 0xa0)
        snprintf(text, size, "Normal Write-Through XS=0, %s", shares[sh & 3]);
    else if (cache_words(outer) == cache_words(inner))
        snprintf(text, size, "Normal %s, %s", cache_words(outer), shares[sh & 3]);
    else
        snprintf(text, size, "Normal outer %s inner %s, %s", cache_words(outer), cache_words(inner),
                 shares[sh & 3]);
}

/* ---- the command ---- */

/* Tables of which table n is at TABLES * n; only the descriptor of `level` is the one in question. */
#define TABLES UINT64_C(0x100000)

struct question {
    uint64_t desc;
    int level, start; /* of the first table */
    unsigned stage, granule;
    enum regime regime;
    struct tctx t;
    bool found;
    struct walk_step step;
};

static bool read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    const struct question *q = opaque;
    const int level = q->start + (int)(pa / TABLES) - 1;

    (void)ns;
    *value = level == q->level ? q->desc : (TABLES * (pa / TABLES + 1)) | 3;
    return true;
}

static void observe(void *opaque, const struct walk_step *s)
{
    struct question *q = opaque;

    if (s->event == WALK_STAGE && s->stage == q->stage)
        q->start = s->level;
    if (s->event == WALK_DESCRIPTOR && s->stage == q->stage && s->level == q->level && !s->for_table &&
        !q->found) {
        q->step = *s;
        q->found = true;
    }
}

static bool choice(struct explain *x, const char *option, const char *const *names, unsigned count,
                   unsigned *chosen)
{
    const char *text = explain_option(x, option);

    if (text == NULL)
        return true;
    for (unsigned n = 0; n < count; n++) {
        if (strcasecmp(text, names[n]) == 0) {
            *chosen = n;
            return true;
        }
    }
    return explain_fail(x, "--%s %s: see explain descriptor --help", option, text);
}

static bool parse(struct explain *x, struct question *q)
{
    static const char *const stages[] = {"1", "2"}, *const granules[] = {"4k", "16k", "64k"};
    static const char *const regimes[] = {"el1&0", "el2", "el2&0", "el3"}, *const levels[] = {"-1", "0", "1",
                                                                                              "2", "3"};
    static const enum regime regime_numbers[] = {REGIME_EL10, REGIME_EL2, REGIME_EL20, REGIME_EL3};
    unsigned stage = 0, granule = 0, regime = 0, level = 4;

    if (x->n_args != 1 || !explain_number(x->arg[0], &q->desc))
        return explain_fail(x, "explain descriptor: a descriptor is wanted: 0x...");
    if (!choice(x, "stage", stages, ARRAY_LEN(stages), &stage) ||
        !choice(x, "granule", granules, ARRAY_LEN(granules), &granule) ||
        !choice(x, "regime", regimes, ARRAY_LEN(regimes), &regime) ||
        !choice(x, "level", levels, ARRAY_LEN(levels), &level))
        return false;
    if (stage == 1 && regime != 0)
        return explain_fail(x, "explain descriptor: only the EL1&0 regime has a stage 2");
    q->stage = stage + 1;
    q->granule = granule;
    q->regime = regime_numbers[regime];
    q->level = (int)level - 1;
    return true;
}

/* A context with the largest input address, so that the first table is at as low a level as there is one. */
static void make_context(const struct explain *x, struct question *q)
{
    static const uint8_t tg0[] = {0, 2, 1};
    struct tctx *t = &q->t;
    const unsigned pa_bits = x->feat.pa_bits, ps = pa_bits >= 52   ? 6
                                                   : pa_bits >= 48 ? 5
                                                   : pa_bits >= 44 ? 4
                                                                   : 2;
    const bool deep = q->level < 0, one = q->regime == REGIME_EL2 || q->regime == REGIME_EL3;
    const unsigned s2_bits = pa_bits < 48 ? pa_bits : 48;
    const uint64_t tg = (uint64_t)tg0[q->granule] << 14;

    memset(t, 0, sizeof(*t));
    t->feat = &x->feat;
    t->regime = (uint8_t)q->regime;
    t->mair = x->sr[q->regime == REGIME_EL10  ? SR_MAIR_EL1
                    : q->regime == REGIME_EL3 ? SR_MAIR_EL3
                                              : SR_MAIR_EL2];
    if (q->stage == 1) {
        t->sctlr = SCTLR_M;
        t->ttbr0 = TABLES;
        t->tcr = tg | (uint64_t)ps << (one ? 16 : 32) | (deep ? 12 : 16);
        t->tcr |= deep ? (one ? BIT(32) : BIT(59)) : 0; /* DS */
        return;
    }
    t->stage2 = 1;
    t->hcr = HCR_VM;
    t->vttbr = TABLES;
    t->vtcr = tg | (uint64_t)ps << 16 | 2u << 6 | (deep ? 12 : 64 - s2_bits); /* SL0=2: the lowest level */
    t->vtcr |= deep ? BIT(32) | BIT(33) : 0;                                  /* DS, SL2 */
}

static bool ask(struct explain *x, struct question *q)
{
    const struct mmu_access a = {.type = ACCESS_READ, .debug = true};
    const struct mmu_port port = {.read64 = read64, .step = observe, .opaque = q};
    struct mmu_result r;

    make_context(x, q);
    mmu_translate(&q->t, &port, 0, &a, &r);
    return q->found ||
           explain_fail(x, "explain descriptor: there is no level %d with this granule, stage and CPU",
                        q->level);
}

static void print_descriptor(struct explain *x, const struct question *q)
{
    const struct walk_step *s = &q->step;
    char perm[64], size[24];

    say_strong(x, "0x%016" PRIx64 ", stage %u, level %d: %s", s->desc, s->stage, s->level,
               descriptor_kind(s));
    if (s->kind == WALK_INVALID) {
        say(x, "  A Translation fault; bits <63:1> are software's\n");
        return;
    }
    descriptor_permissions(&q->t, s, perm, sizeof(perm));
    if (s->kind == WALK_TABLE)
        say(x, "  next table at 0x%" PRIx64 "; what it leaves: %s\n", s->output, perm);
    else if (s->kind == WALK_FAULT)
        say(x, "  A fault: %s\n",
            s->rule != NULL     ? s->rule
            : s->desc & BIT(10) ? "Address size"
                                : "Access flag");
    else
        say(x, "  %s at 0x%" PRIx64 "; %s%s\n", size_words(s->size, size, sizeof(size)),
            align_down(s->output, BIT(s->size)), perm, s->stage == 1 ? ", before PAN and WXN" : "");
    descriptor_fields_text(x, &q->t, s, 2);
}

bool explain_descriptor(struct explain *x)
{
    struct question q = {0};
    char perm[64];

    if (!parse(x, &q) || !ask(x, &q))
        return false;
    if (!x->json) {
        print_descriptor(x, &q);
        return true;
    }
    descriptor_permissions(&q.t, &q.step, perm, sizeof(perm));
    json_open(x, NULL, '{');
    json_text(x, "command", "descriptor");
    json_hex(x, "descriptor", q.desc);
    json_number(x, "stage", q.stage);
    json_number(x, "level", q.level);
    json_text(x, "kind", descriptor_kind(&q.step));
    json_hex(x, "output", q.step.output);
    json_number(x, "size_log2", q.step.size);
    json_text(x, "permissions", perm);
    descriptor_fields_json(x, &q.t, &q.step);
    json_close(x);
    return true;
}
