/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain exception`: where an exception is taken from each Exception level, or why it is masked, stays
 * pending for ever or isn't generated; and what the PE's registers show there. Arm ARM D1.3. The verdicts are
 * those of cpu/route.c, cpu/system_call.c, cpu/syndrome.c and cpu/debug.c.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "explain/internal.h"
#include "sysregs/fields.h"

const struct explain_option explain_exception_options[] = {
    {"iss", "VALUE", "syndrome of a synchronous exception, for ESR_ELx (default 0)"},
    {NULL, NULL, NULL},
};

enum kind_flag {
    KIND_ASYNC = 1,
    KIND_DEBUG = 2,    /* needs debug exceptions to be generated */
    KIND_EXTERNAL = 4, /* SCR_EL3.EA, HCR_EL2.TEA */
    KIND_STAGE2 = 8,   /* of EL1&0 only */
    KIND_CALL = 16,    /* SVC, HVC, SMC: may be UNDEFINED or trapped */
    KIND_FAR = 32,
    KIND_NEXT = 64, /* ELR is the next instruction */
    KIND_FP = 128,
    KIND_TDE = 256, /* routed by MDCR_EL2.TDE */
};

static const struct kind {
    const char *name;
    uint8_t exc, ec; /* enum exc_kind; exception class */
    uint8_t min_el;
    uint16_t flags;
    const char *about;
} kinds[] = {
    {"irq", EXC_IRQ, 0, 0, KIND_ASYNC, "physical IRQ"},
    {"fiq", EXC_FIQ, 0, 0, KIND_ASYNC, "physical FIQ"},
    {"serror", EXC_SERROR, EC_SERROR, 0, KIND_ASYNC, "physical SError"},
    {"virq", EXC_VIRQ, 0, 0, KIND_ASYNC, "virtual IRQ"},
    {"vfiq", EXC_VFIQ, 0, 0, KIND_ASYNC, "virtual FIQ"},
    {"vserror", EXC_VSERROR, EC_SERROR, 0, KIND_ASYNC, "virtual SError"},
    {"svc", EXC_SYNC, EC_SVC64, 1, KIND_CALL | KIND_NEXT, "SVC instruction"},
    {"hvc", EXC_SYNC, EC_HVC64, 2, KIND_CALL | KIND_NEXT, "HVC instruction"},
    {"smc", EXC_SYNC, EC_SMC64, 3, KIND_CALL | KIND_NEXT, "SMC instruction"},
    {"undefined", EXC_SYNC, EC_UNKNOWN, 0, 0, "UNDEFINED instruction"},
    {"data-abort", EXC_SYNC, EC_DATA_ABORT_LOWER, 0, KIND_FAR, "data abort of stage 1"},
    {"insn-abort", EXC_SYNC, EC_INSN_ABORT_LOWER, 0, KIND_FAR, "instruction abort of stage 1"},
    {"stage2-abort", EXC_SYNC, EC_DATA_ABORT_LOWER, 0, KIND_FAR | KIND_STAGE2, "data abort of stage 2"},
    {"external-abort", EXC_SYNC, EC_DATA_ABORT_LOWER, 0, KIND_FAR | KIND_EXTERNAL,
     "synchronous External abort"},
    {"pc-alignment", EXC_SYNC, EC_PC_ALIGN, 0, KIND_FAR, "PC alignment fault"},
    {"sp-alignment", EXC_SYNC, EC_SP_ALIGN, 0, 0, "SP alignment fault"},
    {"illegal-state", EXC_SYNC, EC_ILLEGAL_STATE, 0, 0, "Illegal Execution state"},
    {"bti", EXC_SYNC, EC_BTI, 0, 0, "Branch Target Exception"},
    {"pac-fail", EXC_SYNC, EC_PAC_FAIL, 0, 0, "pointer authentication failure"},
    {"fp", EXC_SYNC, EC_FP_ACCESS, 0, KIND_FP, "floating-point or SIMD instruction"},
    {"brk", EXC_SYNC, EC_BRK, 0, KIND_TDE, "BRK instruction"},
    {"breakpoint", EXC_SYNC, EC_BREAKPOINT_LOWER, 0, KIND_DEBUG | KIND_TDE, "Breakpoint exception"},
    {"watchpoint", EXC_SYNC, EC_WATCHPOINT_LOWER, 0, KIND_DEBUG | KIND_TDE | KIND_FAR,
     "Watchpoint exception"},
    {"step", EXC_SYNC, EC_STEP_LOWER, 0, KIND_DEBUG | KIND_TDE, "Software Step exception"},
};

static const struct kind *find_kind(struct explain *x, const char *name)
{
    static const struct {
        const char *alias, *name;
    } aliases[] = {{"undef", "undefined"},
                   {"abort", "data-abort"},
                   {"prefetch-abort", "insn-abort"},
                   {"sea", "external-abort"},
                   {"instruction-abort", "insn-abort"},
                   {"s2-abort", "stage2-abort"},
                   {"single-step", "step"},
                   {"sve", "fp"}};
    struct nearest near;
    char hint[80];

    for (unsigned n = 0; n < ARRAY_LEN(aliases); n++)
        if (strcasecmp(aliases[n].alias, name) == 0)
            name = aliases[n].name;
    nearest_start(&near, name);
    for (unsigned n = 0; n < ARRAY_LEN(kinds); n++) {
        if (strcasecmp(kinds[n].name, name) == 0)
            return &kinds[n];
        nearest_offer(&near, kinds[n].name);
    }
    explain_fail(x, "unknown exception '%s'%s (explain exception --help lists them)", name,
                 nearest_hint(&near, hint, sizeof(hint)));
    return NULL;
}

/* ---- the verdict ---- */

struct answer {
    enum { TAKEN, MASKED, NEVER, NOT_GENERATED, IMPOSSIBLE } outcome;
    uint8_t from, el;
    uint8_t ec;
    bool next;              /* ELR is the next instruction */
    const char *rule, *why; /* routing; what happens before it (UNDEFINED, trapped), or NULL */
    unsigned vector;
};

static bool level_exists(const struct explain *x, unsigned el)
{
    return el < 2 || (el == 2 ? el2_enabled(&x->feat, x->sr) : x->feat.has_el3);
}

/* What may keep an instruction from its own exception: it's UNDEFINED or trapped, or permitted. */
static void before_routing(const struct kind *k, const struct route_state *s, struct answer *a, struct exc *e)
{
    if (k->flags & KIND_CALL) {
        const struct call_verdict v = call_verdict(s, k->ec);
        if (v.outcome == CALL_TAKEN)
            return;
        a->why = v.rule;
        a->next = false;
        e->min_el = v.outcome == CALL_TRAPPED ? 2 : 0;
        e->ec = v.outcome == CALL_TRAPPED ? k->ec : EC_UNKNOWN;
    } else if (k->flags & KIND_FP) {
        const struct fp_verdict v = fp_access(s);
        a->why = v.rule;
        e->min_el = v.target_el;
        e->ec = v.ec;
        if (v.target_el == 0)
            a->outcome = NOT_GENERATED;
    } else if (k->flags & KIND_DEBUG) {
        const char *suppressed = debug_suppressed(s->feat, s->sr, s->el, (s->daif & 8) != 0);
        const uint64_t enable = k->ec == EC_STEP_LOWER ? MDSCR_SS : MDSCR_MDE;
        if (suppressed == NULL && (s->sr[SR_MDSCR_EL1] & enable) == 0)
            suppressed = enable == MDSCR_SS ? "MDSCR_EL1.SS=0" : "MDSCR_EL1.MDE=0";
        a->why = suppressed;
        if (suppressed != NULL)
            a->outcome = NOT_GENERATED;
    }
}

static void ask(const struct explain *x, const struct kind *k, unsigned el, uint8_t daif, struct answer *a)
{
    const struct route_state s = {.feat = &x->feat, .sr = x->sr, .el = (uint8_t)el, .daif = daif};
    struct exc e = {.ec = k->ec,
                    .min_el = k->min_el,
                    .stage2 = (k->flags & KIND_STAGE2) != 0,
                    .external = (k->flags & KIND_EXTERNAL) != 0,
                    .debug = (k->flags & KIND_TDE) != 0};
    struct route r;

    *a = (struct answer){.outcome = TAKEN, .from = (uint8_t)el, .next = (k->flags & KIND_NEXT) != 0};
    if ((k->flags & KIND_STAGE2) &&
        (el > 1 || regime_of(&x->feat, x->sr, el) != REGIME_EL10 || !el2_enabled(&x->feat, x->sr))) {
        a->outcome = IMPOSSIBLE;
        a->rule = "no stage 2 here: it belongs to the EL1&0 regime";
        return;
    }
    before_routing(k, &s, a, &e);
    r = k->flags & KIND_ASYNC ? route_async(&s, (enum exc_kind)k->exc) : route_sync(&s, &e);
    a->el = r.el;
    a->rule = r.rule;
    if (r.outcome == ROUTE_MASKED)
        a->outcome = MASKED;
    else if (r.outcome == ROUTE_NEVER)
        a->outcome = NEVER;
    a->ec = (uint8_t)exception_class(e.ec, el, r.el);
    a->vector = exception_vector((enum exc_kind)k->exc, el, r.el, !x->sp0 && el != 0);
}

/* SPSR_ELx as the state has it: mode and masks, all other fields 0. */
static uint64_t spsr_of(const struct explain *x, const struct answer *a, uint8_t daif)
{
    uint64_t mode = (uint64_t)a->from << 2 | (a->from != 0 && !x->sp0);

    if (exception_pretends_el2(hcr_effective(&x->feat, x->sr), a->from, a->el))
        mode = 2u << 2 | (mode & 1);
    return (uint64_t)daif << 6 | mode;
}

/* ---- text ---- */

static const char *outcome_name(const struct answer *a)
{
    static const char *const names[] = {[TAKEN] = "taken",
                                        [MASKED] = "masked",
                                        [NEVER] = "never",
                                        [NOT_GENERATED] = "not-generated",
                                        [IMPOSSIBLE] = "impossible"};

    return names[a->outcome];
}

static void in_words(const struct answer *a, char *text, size_t size)
{
    switch (a->outcome) {
    case TAKEN:
        snprintf(text, size, "EL%u, VBAR_EL%u + 0x%03x", a->el, a->el, a->vector);
        break;
    case MASKED:
        snprintf(text, size, "pending, masked (for EL%u)", a->el);
        break;
    case NEVER:
        snprintf(text, size, "pending but never taken");
        break;
    case NOT_GENERATED:
        snprintf(text, size, "none: %s", a->why);
        break;
    default:
        snprintf(text, size, "none");
        break;
    }
}

/* The rule to name where there is room for one. */
static const char *deciding(const struct answer *a)
{
    return a->why != NULL && (a->outcome == TAKEN || a->outcome == NOT_GENERATED) ? a->why : a->rule;
}

static uint8_t mask_of(const struct kind *k)
{
    switch (k->exc) {
    case EXC_IRQ:
    case EXC_VIRQ:
        return 2;
    case EXC_FIQ:
    case EXC_VFIQ:
        return 1;
    case EXC_SERROR:
    case EXC_VSERROR:
        return 4;
    default:
        return (k->flags & KIND_DEBUG) != 0 ? 8 : 0;
    }
}

static const char *mask_name(uint8_t mask)
{
    return mask == 1 ? "F" : mask == 2 ? "I" : mask == 4 ? "A" : "D";
}

/* A row per Exception level, a column per value of the mask that matters. */
static void print_matrix(struct explain *x, const struct kind *k)
{
    const uint8_t mask = mask_of(k);
    struct table t;
    struct answer a;
    char text[128];

    table_start(&t, mask != 0 ? 4 : 3);
    table_cell(&t, "from");
    table_cell(&t, mask != 0 ? "PSTATE.%s=0" : "%s is taken to", mask != 0 ? mask_name(mask) : k->name);
    if (mask != 0)
        table_cell(&t, "PSTATE.%s=1", mask_name(mask));
    table_cell(&t, "decided by");
    for (unsigned el = 0; el < 4; el++) {
        if (!level_exists(x, el))
            continue;
        table_cell(&t, "EL%u", el);
        for (unsigned n = 0; n < (mask != 0 ? 2u : 1u); n++) {
            ask(x, k, el, (uint8_t)((x->daif & ~mask) | (n != 0 ? mask : 0)), &a);
            in_words(&a, text, sizeof(text));
            table_cell(&t, "%s", text);
        }
        table_cell(&t, "%s", deciding(&a));
    }
    table_print(x, &t);
}

static void print_registers(struct explain *x, const struct kind *k, const struct answer *a, uint64_t iss)
{
    const char *spsr_mode = exception_pretends_el2(hcr_effective(&x->feat, x->sr), a->from, a->el)
                                ? " (M says EL2 to a guest hypervisor: HCR_EL2.NV=1)"
                                : "";

    say(x, "  ELR_EL%u   %s\n", a->el, a->next ? "the next instruction" : "this instruction");
    if (k->flags & KIND_ASYNC)
        say(x, "            (of an interrupt: the first instruction not executed)\n");
    say(x, "  SPSR_EL%u  PSTATE before: 0x%" PRIx64 " in M and DAIF%s\n", a->el, spsr_of(x, a, x->daif),
        spsr_mode);
    say(x, "  PSTATE    EL%u with SP_EL%u, DAIF=1111, SS=IL=UAO=BTYPE=0\n", a->el, a->el);
    if (k->flags & KIND_FAR)
        say(x, "  FAR_EL%u   the faulting address%s\n", a->el,
            k->flags & KIND_STAGE2 ? "; HPFAR_EL2 the faulting IPA" : "");
    if (!(k->flags & KIND_ASYNC) || k->ec == EC_SERROR)
        explain_esr_text(x, (uint64_t)(k->flags & KIND_ASYNC ? EC_SERROR : a->ec) << 26 | BIT(25) | iss, 2);
    else
        say(x, "  ESR_EL%u   is not written\n", a->el);
}

/* The registers that routing looks at. */
static void print_controls(struct explain *x, const struct kind *k)
{
    const uint64_t hcr = x->sr[SR_HCR_EL2], scr = x->sr[SR_SCR_EL3];
    char line[256];

    snprintf(line, sizeof(line), "%s; HCR_EL2.{E2H,TGE}={%u,%u}, {AMO,IMO,FMO}={%u,%u,%u}%s",
             el2_enabled(&x->feat, x->sr) ? "EL2 is enabled" : "EL2 is not enabled", bit(hcr, 34),
             bit(hcr, 27), bit(hcr, 5), bit(hcr, 4), bit(hcr, 3),
             k->flags & KIND_ASYNC && bit(hcr, 27) ? " (TGE=1: see below)" : "");
    say(x, "  Looked at ");
    say_wrapped(x, 12, 12, line);
    if (x->feat.has_el3)
        say(x, "            SCR_EL3.{EA,FIQ,IRQ}={%u,%u,%u}\n", bit(scr, 3), bit(scr, 2), bit(scr, 1));
    if (k->flags & KIND_ASYNC && bit(hcr, 27) && el2_enabled(&x->feat, x->sr))
        say(x, "            TGE=1 makes AMO, IMO and FMO count as %s\n",
            bit(hcr, 34) ? "0 while E2H=1, and physical ones go to EL2 all the same" : "1");
}

static void print_one(struct explain *x, const struct kind *k, uint64_t iss)
{
    struct answer a;
    char text[128];

    ask(x, k, x->el, x->daif, &a);
    in_words(&a, text, sizeof(text));
    say_strong(x, "%s at EL%u: %s%s", k->about, x->el, a.outcome == TAKEN ? "taken to " : "", text);
    explain_state_text(x);
    explain_notes_text(x);
    say(x, "  Decided by %s  [DDI 0487 %s]\n", a.outcome == NOT_GENERATED ? a.why : a.rule,
        k->flags & KIND_ASYNC ? "D1.3.6" : "D1.3.1");
    if (a.why != NULL && a.outcome == TAKEN)
        say(x, "  Before     %s%s\n", a.why,
            a.ec == EC_UNKNOWN ? ": the instruction is UNDEFINED" : ": trapped, not executed");
    print_controls(x, k);
    if (a.outcome == TAKEN)
        print_registers(x, k, &a, iss);
    else if (a.outcome == NEVER)
        say(x,
            "  It stays pending whatever PSTATE says, until the Exception level or the routing changes.\n");
    say(x, "\n");
    print_matrix(x, k);
}

/* Every kind from every level. */
static void print_all(struct explain *x)
{
    struct table t;
    struct answer a;
    unsigned levels = 0;
    char text[128];

    say_strong(x, "Every exception in this state");
    explain_state_text(x);
    explain_notes_text(x);
    for (unsigned el = 0; el < 4; el++)
        levels += level_exists(x, el);
    table_start(&t, levels + 1);
    table_cell(&t, "exception");
    for (unsigned el = 0; el < 4; el++)
        if (level_exists(x, el))
            table_cell(&t, "from EL%u", el);
    for (unsigned n = 0; n < ARRAY_LEN(kinds); n++) {
        table_cell(&t, "%s", kinds[n].name);
        for (unsigned el = 0; el < 4; el++) {
            if (!level_exists(x, el))
                continue;
            ask(x, &kinds[n], el, x->daif, &a);
            if (a.outcome == TAKEN)
                snprintf(text, sizeof(text), "EL%u + 0x%03x%s", a.el, a.vector,
                         a.why == NULL        ? ""
                         : a.ec == EC_UNKNOWN ? " UNDEF"
                                              : " trap");
            else
                snprintf(text, sizeof(text), "%s", a.outcome == IMPOSSIBLE ? "-" : outcome_name(&a));
            table_cell(&t, "%s", text);
        }
    }
    table_print(x, &t);
    say(x, "\"EL2 + 0x400\" is taken to EL2 at VBAR_EL2 + 0x400; \"never\": pending but never taken at this "
           "level.\n");
}

/* ---- JSON ---- */

static void json_answer(struct explain *x, const struct kind *k, unsigned el, uint8_t daif, uint64_t iss)
{
    struct answer a;

    ask(x, k, el, daif, &a);
    json_open(x, NULL, '{');
    json_text(x, "kind", k->name);
    json_number(x, "from", el);
    json_number(x, "daif", daif);
    json_text(x, "outcome", outcome_name(&a));
    json_text(x, "rule", a.rule);
    json_text(x, "before", a.why);
    if (a.outcome == TAKEN) {
        json_number(x, "target_el", a.el);
        json_hex(x, "vector", a.vector);
        json_hex(x, "spsr", spsr_of(x, &a, daif));
        json_text(x, "elr", a.next ? "next" : "this");
        if (!(k->flags & KIND_ASYNC) || k->ec == EC_SERROR)
            explain_esr_json(x, "esr",
                             (uint64_t)(k->flags & KIND_ASYNC ? EC_SERROR : a.ec) << 26 | BIT(25) | iss);
    }
    json_close(x);
}

static void json_kind(struct explain *x, const struct kind *k, uint64_t iss)
{
    const uint8_t mask = mask_of(k);

    for (unsigned el = 0; el < 4; el++) {
        if (!level_exists(x, el) || (x->el_given && el != x->el))
            continue;
        if (x->el_given || mask == 0) {
            json_answer(x, k, el, x->daif, iss);
            continue;
        }
        json_answer(x, k, el, x->daif & (uint8_t)~mask, iss);
        json_answer(x, k, el, x->daif | mask, iss);
    }
}

bool explain_exception(struct explain *x)
{
    const struct kind *k = NULL;
    uint64_t iss = 0;

    if (x->n_args > 1)
        return explain_fail(x, "explain exception: one kind is wanted, not also '%s'", x->arg[1]);
    if (!explain_option_number(x, "iss", 0, MASK(24, 0), &iss))
        return false;
    if (x->n_args == 1 && (k = find_kind(x, x->arg[0])) == NULL)
        return false;
    if (x->json) {
        json_open(x, NULL, '{');
        json_text(x, "command", "exception");
        explain_state_json(x);
        json_open(x, "verdicts", '[');
        for (unsigned n = 0; n < ARRAY_LEN(kinds); n++)
            if (k == NULL || k == &kinds[n])
                json_kind(x, &kinds[n], iss);
        json_close(x);
        explain_notes_json(x);
        json_close(x);
    } else if (k == NULL) {
        print_all(x);
    } else if (x->el_given) {
        print_one(x, k, iss);
    } else {
        say_strong(x, "%s", k->about);
        explain_state_text(x);
        explain_notes_text(x);
        print_matrix(x, k);
        say(x, "--el N says what the registers show there.\n");
    }
    return true;
}
