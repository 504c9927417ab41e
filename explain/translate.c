/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain translate`: one address through stage 1 and stage 2, drawn as a tree. The walker of mmu/ does the
 * translation and tells every step (struct walk_step); here they are only drawn. Arm ARM D8.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/exception.h"
#include "explain/descriptor.h"
#include "explain/internal.h"
#include "explain/memory.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"

const struct explain_option explain_translate_options[] = {
    {"as", "WHO", "el0, el1, el2, el2&0 or el3 (default: the EL of the state)"},
    EXPLAIN_MEMORY_OPTIONS,
    {"pan", NULL, "PSTATE.PAN is 1"},
    {"unpriv", NULL, "as LDTR and STTR do it"},
    {NULL, NULL, NULL},
};

enum { STEPS_MAX = 128 };

struct translation {
    struct explain *x;
    struct tctx t;
    uint64_t va;
    struct mmu_access access;
    bool ok;
    struct mmu_result r;
    unsigned n;
    struct walk_step step[STEPS_MAX];
};

/* ---- the question ---- */

static bool whose(struct explain *x)
{
    static const struct {
        const char *name;
        uint8_t el;
    } names[] = {{"el0", 0}, {"el1", 1}, {"el2", 2}, {"el2&0", 2}, {"el3", 3}};
    const char *as = explain_option(x, "as");

    if (as == NULL) {
        x->el_given = true;
        return true;
    }
    for (unsigned n = 0; n < ARRAY_LEN(names); n++) {
        if (strcasecmp(as, names[n].name) != 0)
            continue;
        x->el = names[n].el;
        if ((x->el == 2 && !el2_enabled(&x->feat, x->sr)) || (x->el == 3 && !x->feat.has_el3))
            return explain_fail(x, "--as %s: there is no EL%u in this state", as, x->el);
        if (strchr(as, '&') != NULL && regime_of(&x->feat, x->sr, 2) != REGIME_EL20)
            return explain_fail(x, "--as %s: HCR_EL2.E2H is 0, EL2 has the EL2 regime (--hcr +e2h)", as);
        x->el_given = true;
        return true;
    }
    return explain_fail(x, "--as %s: el0, el1, el2, el2&0 or el3 is wanted", as);
}

static bool question(struct explain *x, struct translation *q)
{
    const char *kind = x->n_args > 1 ? x->arg[1] : "r";
    static const char kinds[] = "rwx";
    const char *p = strchr(kinds, kind[0]);

    if (x->n_args < 1 || x->n_args > 2)
        return explain_fail(x, "explain translate: an address and r, w or x are wanted");
    if (!explain_number(x->arg[0], &q->va))
        return explain_fail(x, "explain translate: '%s' is not an address (0x...)", x->arg[0]);
    if (kind[0] == '\0' || p == NULL || kind[1] != '\0')
        return explain_fail(x, "explain translate: '%s': r, w or x is wanted", kind);
    if (x->io->source == NULL && explain_option(x, "from") == NULL && explain_option(x, "mem") == NULL)
        return explain_fail(x, "explain translate: no memory: --from SNAPSHOT or --mem FILE is wanted");
    if (!whose(x))
        return false;
    q->x = x;
    q->access = (struct mmu_access){.type = (uint8_t)(p - kinds), .debug = true};
    tctx_make(&q->t, &x->feat, x->sr, x->el, explain_option(x, "unpriv") != NULL,
              x->pan || explain_option(x, "pan") != NULL);
    return true;
}

/* ---- the translation ---- */

static bool read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    const struct translation *q = opaque;

    (void)ns; /* files have one memory for both PA spaces, as the board has */
    const struct explain_source *source = q->x->io->source;
    if (source != NULL)
        return source->read64(source->opaque, pa, value);
    return explain_memory_read64(q->x->memory, pa, value);
}

static void record(void *opaque, const struct walk_step *s)
{
    struct translation *q = opaque;

    if (q->n < STEPS_MAX)
        q->step[q->n++] = *s;
}

static void translate(struct translation *q)
{
    const struct mmu_port port = {.read64 = read64, .step = record, .opaque = q};

    q->ok = mmu_translate(&q->t, &port, q->va, &q->access, &q->r);
}

/* ---- words ---- */

static const char *access_words(const struct translation *q)
{
    static const char *const names[] = {"read", "write", "instruction fetch"};

    return names[q->access.type];
}

static const char *fault_words(unsigned type)
{
    static const char *const names[] = {[FAULT_TRANSLATION] = "Translation fault",
                                        [FAULT_ADDRESS_SIZE] = "Address size fault",
                                        [FAULT_ACCESS_FLAG] = "Access flag fault",
                                        [FAULT_PERMISSION] = "Permission fault",
                                        [FAULT_ALIGNMENT] = "Alignment fault",
                                        [FAULT_EXTERNAL] = "synchronous External abort",
                                        [FAULT_EXTERNAL_WALK] = "External abort on a descriptor read",
                                        [FAULT_TLB_CONFLICT] = "TLB conflict abort",
                                        [FAULT_EXCLUSIVE] = "exclusive to unsupported memory",
                                        [FAULT_UNSUPPORTED_ATOMIC] = "atomic to unsupported memory",
                                        [FAULT_DEBUG] = "debug"};

    return type < ARRAY_LEN(names) && names[type] != NULL ? names[type] : "fault";
}

/* ---- the tree ---- */

/* The line begins with what hangs over it: one branch per level of nesting. */
static void branch(struct translation *q, unsigned depth, bool last)
{
    const bool utf8 = q->x->io->utf8;

    for (unsigned n = 1; n < depth; n++)
        say(q->x, "%s", utf8 ? "│  " : "|  ");
    if (depth > 0)
        say(q->x, "%s", utf8 ? (last ? "└─ " : "├─ ") : (last ? "`- " : "|- "));
}

static const char *space_of(const struct translation *q, const struct walk_step *s)
{
    return s->stage == 1 && q->t.stage2 ? "IPA" : "PA";
}

static const char *ns_words(const struct translation *q, bool ns)
{
    return !q->t.secure ? "" : ns ? " (Non-secure)" : " (Secure)";
}

static const char *table_register(const struct translation *q, const struct walk_step *s)
{
    static const char *const names[][2] = {[REGIME_EL10] = {"TTBR0_EL1", "TTBR1_EL1"},
                                           [REGIME_EL20] = {"TTBR0_EL2", "TTBR1_EL2"},
                                           [REGIME_EL2] = {"TTBR0_EL2", "TTBR0_EL2"},
                                           [REGIME_EL3] = {"TTBR0_EL3", "TTBR0_EL3"}};

    if (s->stage == 2)
        return q->t.secure && !s->input_ns ? "VSTTBR_EL2" : "VTTBR_EL2";
    return names[q->t.regime][bit(s->input, 55)];
}

static void draw_stage(struct translation *q, const struct walk_step *s, unsigned depth)
{
    char size[24];

    branch(q, depth, false);
    say(q->x, "stage %u of %s 0x%" PRIx64 "%s", s->stage, s->stage == 1 ? "VA" : "IPA", s->input,
        s->stage == 2 ? ns_words(q, s->input_ns) : "");
    if (s->off)
        say(q->x, ": off, the address stays as it is\n");
    else if (s->rule != NULL)
        say(q->x, ": no walk: %s\n", s->rule);
    else
        say(q->x, ": %s granule, %u bits in, %u bits out, from level %d at %s 0x%" PRIx64 " (%s)%s\n",
            size_words(s->granule, size, sizeof(size)), s->input_bits, s->output_bits, s->level,
            space_of(q, s), s->address, table_register(q, s), ns_words(q, s->address_ns));
}

static void draw_descriptor(struct translation *q, const struct walk_step *s, unsigned depth)
{
    char perm[64], size[24];
    const char *space = s->stage == 1 ? "VA" : "IPA";

    branch(q, depth, false);
    say(q->x, "level %d  %s<%u:%u> = 0x%" PRIx64 "  at %s 0x%" PRIx64, s->level, space, s->high, s->low,
        bits(s->input, s->high, s->low), space_of(q, s), s->address);
    if (s->stage == 1 && q->t.stage2 && s->pa != s->address)
        say(q->x, " = PA 0x%" PRIx64, s->pa);
    if (s->fault == FAULT_EXTERNAL_WALK) {
        say(q->x, ": can't be read: %s\n", s->rule);
        return;
    }
    say(q->x, "  0x%016" PRIx64 "  %s", s->desc, descriptor_kind(s));
    descriptor_permissions(&q->t, s, perm, sizeof(perm));
    if (s->kind == WALK_TABLE)
        say(q->x, " at %s 0x%" PRIx64 "\n", space_of(q, s), s->output);
    else if (s->kind == WALK_BLOCK || s->kind == WALK_PAGE)
        say(q->x, " of %s at %s 0x%" PRIx64 "; %s\n", size_words(s->size, size, sizeof(size)), space_of(q, s),
            align_down(s->output, BIT(s->size)), perm);
    else
        say(q->x, "\n");
    descriptor_fields_text(q->x, &q->t, s, depth * 3 + 9);
}

static void draw_output(struct translation *q, const struct walk_step *s, unsigned depth)
{
    branch(q, depth, true);
    if (s->fault != FAULT_NONE)
        say(q->x, "%s, level %d: %s\n", fault_words(s->fault), s->level, s->rule);
    else
        say(q->x, "%s 0x%" PRIx64 "%s\n", space_of(q, s), s->output, ns_words(q, s->output_ns));
}

/* Stage 2 of a descriptor's address comes before the descriptor that it is for: deeper in the tree. */
static void draw_steps(struct translation *q)
{
    for (unsigned n = 0; n < q->n; n++) {
        const struct walk_step *s = &q->step[n];
        const unsigned depth = s->for_table ? 1 : 0;
        switch (s->event) {
        case WALK_STAGE:
            draw_stage(q, s, depth);
            break;
        case WALK_DESCRIPTOR:
            draw_descriptor(q, s, depth + 1);
            break;
        case WALK_OUTPUT:
            draw_output(q, s, depth + 1);
            break;
        default:
            break;
        }
    }
}

/* ---- the verdict ---- */

static struct route fault_route(const struct translation *q, uint64_t *esr)
{
    const struct fault *f = &q->r.fault;
    const struct explain *x = q->x;
    const bool fetch = q->access.type == ACCESS_FETCH;
    struct exc e = {.ec = fetch ? EC_INSN_ABORT_LOWER : EC_DATA_ABORT_LOWER,
                    .stage2 = f->stage2,
                    .external = f->type == FAULT_EXTERNAL || f->type == FAULT_EXTERNAL_WALK};
    const struct route_state s = {.feat = &x->feat, .sr = x->sr, .el = x->el, .daif = x->daif};
    const struct route r = route_sync(&s, &e);

    e.iss = fault_fsc(f) | (f->s1ptw ? 1u << 7 : 0) | (!fetch && f->write ? 1u << 6 : 0);
    *esr = (uint64_t)exception_class(e.ec, x->el, r.el) << 26 | BIT(25) | e.iss;
    return r;
}

static void print_verdict(struct translation *q)
{
    char text[128];
    uint64_t esr;

    if (q->ok) {
        attr_words(q->r.attr, q->r.sh, text, sizeof(text));
        say_strong(q->x, "The %s reaches PA 0x%" PRIx64 "%s", access_words(q), q->r.pa, ns_words(q, q->r.ns));
        say(q->x, "  %s%s%s; this context's permissions %c%c%c\n", text,
            q->r.guarded ? ", guarded (BTI)" : "", q->r.global ? ", global" : "",
            q->r.prot & PROT_R ? 'r' : '-', q->r.prot & PROT_W ? 'w' : '-', q->r.prot & PROT_X ? 'x' : '-');
        return;
    }
    const struct fault *f = &q->r.fault;
    const struct route r = fault_route(q, &esr);
    say_strong(q->x, "The %s gives a stage %u %s, level %d%s", access_words(q), f->stage2 ? 2 : 1,
               fault_words(f->type), f->level, f->s1ptw ? ", on a stage 1 table walk" : "");
    say(q->x, "  %s\n  taken to EL%u (%s), ESR_EL%u = 0x%08" PRIx64 ", FAR_EL%u = 0x%" PRIx64, f->rule, r.el,
        r.rule, r.el, esr, r.el, q->va);
    if (f->stage2)
        say(q->x, ", IPA 0x%" PRIx64, f->ipa);
    say(q->x, "\n  The syndrome is that of an access which has no more to say (ISV=0)\n");
}

static void print_text(struct translation *q)
{
    const struct tctx *t = &q->t;
    char who[96];

    snprintf(who, sizeof(who), "EL%u%s, %s regime", q->x->el,
             t->el0 && q->x->el != 0 ? " (unprivileged)" : "", regime_name(t->regime));
    say_strong(q->x, "%s of VA 0x%" PRIx64 " as %s", access_words(q), q->va, who);
    if (t->regime == REGIME_EL10 || t->regime == REGIME_EL20)
        say(q->x, "  ASID 0x%x", t->asid);
    if (t->regime == REGIME_EL10 && t->stage2)
        say(q->x, "  VMID 0x%x", t->vmid);
    say(q->x, "%s\n\n", t->pan ? "  PSTATE.PAN=1" : "");
    draw_steps(q);
    say(q->x, "\n");
    print_verdict(q);
}

/* ---- JSON ---- */

static void json_step(struct translation *q, const struct walk_step *s)
{
    static const char *const events[] = {"stage", "descriptor", "update", "output", "result"};
    char perm[64];

    json_open(q->x, NULL, '{');
    json_text(q->x, "event", events[s->event]);
    json_number(q->x, "stage", s->stage);
    json_bool(q->x, "for_table", s->for_table);
    json_hex(q->x, "input", s->input);
    if (s->rule != NULL)
        json_text(q->x, "rule", s->rule);
    if (s->fault != FAULT_NONE)
        json_text(q->x, "fault", fault_words(s->fault));
    json_number(q->x, "level", s->level);
    if (s->event == WALK_STAGE || s->event == WALK_DESCRIPTOR)
        json_hex(q->x, "address", s->address);
    if (s->event == WALK_DESCRIPTOR) {
        json_hex(q->x, "pa", s->pa);
        json_hex(q->x, "descriptor", s->desc);
        json_text(q->x, "kind", descriptor_kind(s));
        descriptor_permissions(&q->t, s, perm, sizeof(perm));
        json_text(q->x, "permissions", perm);
        descriptor_fields_json(q->x, &q->t, s);
    }
    if (s->event != WALK_STAGE)
        json_hex(q->x, "output", s->output);
    json_close(q->x);
}

static void print_json(struct translation *q)
{
    struct explain *x = q->x;
    char text[128];
    uint64_t esr;

    json_open(x, NULL, '{');
    json_text(x, "command", "translate");
    json_hex(x, "va", q->va);
    json_text(x, "access", access_words(q));
    json_text(x, "regime", regime_name(q->t.regime));
    explain_state_json(x);
    json_open(x, "steps", '[');
    for (unsigned n = 0; n < q->n; n++)
        json_step(q, &q->step[n]);
    json_close(x);
    json_bool(x, "permitted", q->ok);
    if (q->ok) {
        attr_words(q->r.attr, q->r.sh, text, sizeof(text));
        json_hex(x, "pa", q->r.pa);
        json_bool(x, "pa_ns", q->r.ns);
        json_text(x, "attributes", text);
    } else {
        const struct route r = fault_route(q, &esr);
        json_text(x, "fault", fault_words(q->r.fault.type));
        json_text(x, "rule", q->r.fault.rule);
        json_number(x, "fault_stage", q->r.fault.stage2 ? 2 : 1);
        json_number(x, "fault_level", q->r.fault.level);
        json_number(x, "target_el", r.el);
        json_hex(x, "esr", esr);
    }
    explain_notes_json(x);
    json_close(x);
}

bool explain_translate(struct explain *x)
{
    struct translation *q = xcalloc(1, sizeof(*q));
    const bool ok = question(x, q);

    if (ok) {
        translate(q);
        if (x->json)
            print_json(q);
        else
            print_text(q);
    }
    free(q);
    return ok;
}
