/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Differences between el2sim and QEMU that are known and explained: which of the rows KNOWN_SYSTEM of
 * known.def do, by their predicates in known_system_*.c, and which instructions they blame.
 */
#include "fuzz/known_system.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/known.h"
#include "fuzz/known_case.h"
#include "fuzz/system_story.h"

struct row {
    known_predicate *explains;
};

static const struct row rows[] = {
#define KNOWN_USER(id, versions, predicate) {NULL},
#define KNOWN_DEATH(id, versions, predicate) {NULL},
#define KNOWN_SYSTEM(id, versions, predicate) {known_##predicate},
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM
};

static uint64_t register_of(const struct program_result *r, enum sysreg reg)
{
    uint16_t encoding = system_encoding(reg);
    for (unsigned n = 0; n < r->n_registers; n++)
        if (r->registers[n].encoding == encoding)
            return r->registers[n].value;
    return 0;
}

static bool is_event(enum system_what what)
{
    return what >= SYSTEM_EVENT && what <= SYSTEM_SPSR;
}

/* Event n. Where it is that a vector of EL1 couldn't be fetched: the exception that led there. */
static const struct program_event *event_of(const struct program_result *r, unsigned n,
                                            struct program_event *led)
{
    const struct program_event *e = &r->events[n];
    if (n >= r->n_events)
        return NULL;
    if (e->el != 2 || known_class(e) != 0x20 || e->elr % 0x80 != 0 || n + 1 != r->n_events ||
        bits(e->elr ^ register_of(r, SR_VBAR_EL1), 63, 11) != 0)
        return e;
    *led = (struct program_event){.el = 1,
                                  .esr = register_of(r, SR_ESR_EL1),
                                  .far = register_of(r, SR_FAR_EL1),
                                  .elr = register_of(r, SR_ELR_EL1),
                                  .spsr = register_of(r, SR_SPSR_EL1)};
    memcpy(led->state, e->state, sizeof(led->state));
    return led;
}

/* Code goes forward only: where both went different ways, the instruction that comes first is where they
 * parted, and the other side took no exception there. */
static void hide_the_later(struct known_case *k)
{
    unsigned ours, theirs;
    if (k->ours == NULL || k->theirs == NULL || !program_find_event(k->c->program, k->ours, &ours) ||
        !program_find_event(k->c->program, k->theirs, &theirs))
        return;
    if (ours < theirs)
        k->theirs = NULL;
    else if (theirs < ours)
        k->ours = NULL;
}

/* led: k->d is about the exception that led to the event. */
static void look_at(struct known_case *k, bool led)
{
    k->ours = k->theirs = NULL;
    if (!is_event(k->d->what))
        return;
    bool parted = k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR;
    k->ours = event_of(&k->c->ours, k->d->index, &k->led[0]);
    k->theirs = event_of(&k->c->theirs, k->d->index, &k->led[1]);
    if (!parted && !led && k->ours != NULL && k->theirs != NULL) {
        k->ours = &k->c->ours.events[k->d->index];
        k->theirs = &k->c->theirs.events[k->d->index];
    }
    if (parted)
        hide_the_later(k);
}

void known_add_id(struct known_ids *l, unsigned id)
{
    for (unsigned j = 0; j < l->n; j++)
        if (l->id[j] == id)
            return;
    if (l->n < KNOWN_IDS)
        l->id[l->n++] = id;
}

/* The instruction that a predicate blames, as its number; false: none. */
static bool find_culprit(const struct known_case *k, unsigned *n)
{
    const struct program *p = k->c->program;
    const struct program_event *e = k->ours != NULL ? k->ours : k->theirs;
    if (k->culprit_at == KNOWN_CULPRIT_EVENT)
        return e != NULL && program_find_event(p, e, n);
    for (*n = 0; *n < p->n_code; ++*n)
        if (p->code[*n].at == k->culprit_at)
            return true;
    return false;
}

/* Results of instructions: where they come from is known only when it was looked for. Page tables: or if a row
 * says that it is the fetch of a vector. */
static bool is_value(enum system_what what)
{
    return what >= SYSTEM_X && what <= SYSTEM_TABLES;
}

/* Values: the instruction that is blamed must be one of those that made the difference. */
static bool blames_cause(const struct known_case *k, const struct system_cause *cause)
{
    unsigned n;
    if (!is_value(k->d->what) || k->culprit_at == KNOWN_CULPRIT_EVENT)
        return true;
    return cause != NULL && find_culprit(k, &n) && n >= cause->begin && n < cause->end;
}

/* The syndrome of the last exception that was taken to an EL, as that EL's registers still have it. */
static const uint64_t *noted(const struct program_event *e, enum sysreg reg, unsigned *el,
                             enum system_what *what)
{
    *el = reg == SR_ESR_EL2 || reg == SR_FAR_EL2 || reg == SR_SPSR_EL2 ? 2 : 1;
    switch (reg) {
    case SR_ESR_EL1:
    case SR_ESR_EL2:
        *what = SYSTEM_ESR;
        return &e->esr;
    case SR_FAR_EL1:
    case SR_FAR_EL2:
        *what = SYSTEM_FAR;
        return &e->far;
    case SR_SPSR_EL1:
    case SR_SPSR_EL2:
        *what = SYSTEM_SPSR;
        return &e->spsr;
    default:
        return NULL;
    }
}

/* The register at the end that a difference is about, or SR_NONE. */
static enum sysreg register_at(const struct system_difference *d)
{
    unsigned e = d->index;
    return d->what == SYSTEM_REGISTER ? sysreg_find(e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7)
                                      : SR_NONE;
}

/* A difference at the end may be that of an exception that no event tells of, for its vector couldn't be
 * fetched: in the registers that it left its syndrome in. Then *event is the one of that exception. */
static bool led_to(const struct system_case *c, const struct system_difference *d,
                   struct system_difference *event)
{
    struct program_event led[2];
    unsigned n = c->ours.n_events, el;
    enum system_what what;
    if (n == 0 || n != c->theirs.n_events || event_of(&c->ours, n - 1, &led[0]) != &led[0] ||
        event_of(&c->theirs, n - 1, &led[1]) != &led[1] ||
        noted(&led[0], register_at(d), &el, &what) == NULL || el != 1)
        return false;
    *event = (struct system_difference){what, n - 1, d->ours, d->theirs};
    return true;
}

/* The same of one that an event tells of: in those registers, and in the flags, which are those of the last
 * SPSR_ELx. */
static bool seen_again(const struct system_case *c, const struct system_difference *d,
                       struct system_difference *event)
{
    unsigned n = c->ours.n_events < c->theirs.n_events ? c->ours.n_events : c->theirs.n_events, el;
    enum system_what what;
    if (d->what == SYSTEM_NZCV && n > 0) {
        uint64_t a = c->ours.events[n - 1].spsr, b = c->theirs.events[n - 1].spsr;
        *event = (struct system_difference){SYSTEM_SPSR, n - 1, a, b};
        return (a & MASK(31, 28)) == d->ours && (b & MASK(31, 28)) == d->theirs;
    }
    enum sysreg reg = register_at(d);
    while (n-- > 0) {
        const uint64_t *a = noted(&c->ours.events[n], reg, &el, &what);
        const uint64_t *b = noted(&c->theirs.events[n], reg, &el, &what);
        if (a == NULL || c->ours.events[n].el != el)
            continue;
        *event = (struct system_difference){what, n, *a, *b};
        return *a == d->ours && *b == d->theirs;
    }
    return false;
}

bool known_system_explain(const struct system_pair *pair, const struct system_case *c,
                          const struct system_difference *d, const struct system_cause *cause,
                          struct known_ids *ids, struct system_cause *culprit)
{
    struct system_difference event;
    bool led = led_to(c, d, &event), again = led || seen_again(c, d, &event);
    struct known_case k = {.c = c, .regs = &pair->regs, .d = again ? &event : d};
    uint64_t left = d->ours ^ d->theirs;
    *culprit = (struct system_cause){0};
    if (is_value(k.d->what) && k.d->what != SYSTEM_TABLES && cause == NULL)
        return false;
    look_at(&k, led);
    for (unsigned n = 0; n < known_count() && left != 0; n++) {
        bool counts = rows[n].explains != NULL && known_applies(n, pair->version) &&
                      (pair->without == NULL || strcmp(known_row(n)->id, pair->without) != 0);
        k.culprit_at = KNOWN_CULPRIT_EVENT;
        uint64_t mask = counts ? rows[n].explains(&k) : 0;
        unsigned insn;
        if ((mask & left) == 0 || !blames_cause(&k, cause))
            continue;
        known_add_id(ids, n);
        left &= ~mask;
        if (find_culprit(&k, &insn))
            program_group(c->program, insn, &culprit->begin, &culprit->end);
    }
    return left == 0;
}
