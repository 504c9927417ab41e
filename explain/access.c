/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain access`: an MRS, MSR, SYS or SYSL in words, as an encoding or as an instruction word, and what
 * sysreg_access() says to it, step by step. Arm ARM C5.1 (encodings), D19.2 (accessibility).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "cpu/exception.h"
#include "cpu/insn.h"
#include "cpu/system.h"
#include "explain/access.h"
#include "explain/fields.h"
#include "explain/internal.h"
#include "sysregs/fields.h"

const struct explain_option explain_access_options[] = {
    {"write", NULL, "of a register's name alone: an MSR instead of an MRS"},
    {NULL, NULL, NULL},
};

/* ---- reading an instruction ---- */

#define RAW_MRS 0xd5300000u
#define RAW_MSR 0xd5100000u
#define RAW_SYS 0xd5080000u
#define RAW_SYSL 0xd5280000u
#define RAW_MSR_IMM 0xd500401fu

static uint32_t raw_of(uint32_t base, const unsigned code[5], unsigned rt)
{
    return base | (code[0] & 1) << 19 | code[1] << 16 | code[2] << 12 | code[3] << 8 | code[4] << 5 | rt;
}

static uint32_t raw_of_row(uint32_t base, enum sysreg reg, unsigned rt)
{
    const struct sysreg_row *r = sysreg_row(reg);
    const unsigned code[5] = {r->op0, r->op1, r->crn, r->crm, r->op2};

    return raw_of(base, code, rt);
}

/* PSTATE fields of MSR (immediate), op1:op2. */
static const struct {
    const char *name;
    uint8_t op1, op2;
} pstate_fields[] = {
    {"uao", 0, 3}, {"pan", 0, 4}, {"spsel", 0, 5},   {"allint", 1, 0},  {"ssbs", 3, 1},
    {"dit", 3, 2}, {"tco", 3, 4}, {"daifset", 3, 6}, {"daifclr", 3, 7},
};

static int pstate_field(const char *name)
{
    for (unsigned n = 0; n < ARRAY_LEN(pstate_fields); n++)
        if (strcasecmp(pstate_fields[n].name, name) == 0)
            return (int)n;
    return -1;
}

/* "x0", "xzr", "w3"; false: not a register. */
static bool general_register(const char *text, unsigned *rt)
{
    char *end;

    if (strcasecmp(text, "xzr") == 0) {
        *rt = 31;
        return true;
    }
    if (tolower((unsigned char)text[0]) != 'x' || !isdigit((unsigned char)text[1]))
        return false;
    unsigned long n = strtoul(text + 1, &end, 10);
    *rt = (unsigned)n;
    return *end == '\0' && n <= 30;
}

/* A word of an instruction's text: what is between blanks, commas and "#". */
struct operands {
    char text[128];
    char *word[8];
    unsigned n;
};

static bool split_words(struct operands *o, const char *text)
{
    char *rest = o->text, *word;

    if (strlen(text) >= sizeof(o->text))
        return false;
    strcpy(o->text, text);
    o->n = 0;
    while ((word = strsep(&rest, " \t,#")) != NULL) {
        if (word[0] == '\0')
            continue;
        if (o->n == ARRAY_LEN(o->word))
            return false;
        o->word[o->n++] = word;
    }
    return o->n > 0;
}

static bool not_understood(struct explain *x, const char *text, const char *why)
{
    return explain_fail(x, "explain %s: '%s': %s", x->command->name, text, why);
}

/* A register of MRS or MSR by name or encoding, as five numbers. */
static bool register_code(struct explain *x, const char *name, unsigned code[5])
{
    if (explain_encoding(name, code) && code[0] >= 2)
        return true;
    enum sysreg reg = explain_register(x, name);
    if (reg == SR_NONE)
        return false;
    const struct sysreg_row *r = sysreg_row(reg);
    const unsigned of_row[5] = {r->op0, r->op1, r->crn, r->crm, r->op2};
    memcpy(code, of_row, sizeof(of_row));
    return true;
}

static bool parse_mrs(struct explain *x, const struct operands *o, struct access_request *q)
{
    unsigned code[5], rt;

    if (o->n != 3 || !general_register(o->word[1], &rt))
        return not_understood(x, x->arg[0], "'mrs x0, REGISTER' is wanted");
    if (!register_code(x, o->word[2], code))
        return false;
    q->raw = raw_of(RAW_MRS, code, rt);
    return true;
}

static bool parse_msr(struct explain *x, const struct operands *o, struct access_request *q)
{
    unsigned code[5], rt;
    uint64_t imm;

    if (o->n == 3 && pstate_field(o->word[1]) >= 0 && explain_number(o->word[2], &imm) && imm <= 15) {
        const int n = pstate_field(o->word[1]);
        q->raw = RAW_MSR_IMM | (uint32_t)pstate_fields[n].op1 << 16 | (uint32_t)imm << 8 |
                 (uint32_t)pstate_fields[n].op2 << 5;
        return true;
    }
    if (o->n != 3 || !general_register(o->word[2], &rt))
        return not_understood(x, x->arg[0], "'msr REGISTER, x0' or 'msr daifset, #2' is wanted");
    if (!register_code(x, o->word[1], code))
        return false;
    q->raw = raw_of(RAW_MSR, code, rt);
    return true;
}

/* sys #op1, cN, cM, #op2{, xT} and sysl xT, #op1, cN, cM, #op2. */
static bool parse_sys(struct explain *x, const struct operands *o, struct access_request *q)
{
    const bool sysl = strcasecmp(o->word[0], "sysl") == 0;
    unsigned code[5] = {1}, rt = 31, at = sysl ? 2 : 1;
    char text[64];

    if ((sysl ? o->n != 6 : o->n != 5 && o->n != 6) || (sysl && !general_register(o->word[1], &rt)) ||
        (!sysl && o->n == 6 && !general_register(o->word[5], &rt)))
        return not_understood(x, x->arg[0], "'sys #op1, cN, cM, #op2, xT' is wanted");
    snprintf(text, sizeof(text), "s1_%s_%s_%s_%s", o->word[at], o->word[at + 1], o->word[at + 2],
             o->word[at + 3]);
    if (!explain_encoding(text, code))
        return not_understood(x, x->arg[0], "'sys #op1, cN, cM, #op2, xT' is wanted");
    q->raw = raw_of(sysl ? RAW_SYSL : RAW_SYS, code, rt);
    return true;
}

/* "tlbi vae1is, x0", "ic iallu": a row's name is the first two words. */
static bool parse_operation(struct explain *x, const struct operands *o, struct access_request *q)
{
    char name[40], hint[80];
    struct nearest near;
    unsigned rt = 31;

    snprintf(name, sizeof(name), "%.12s %.24s", o->word[0], o->n > 1 ? o->word[1] : "");
    enum sysreg reg = sysreg_by_name(name);
    if (reg == SR_NONE || (sysreg_row(reg)->access & 4) == 0) {
        nearest_start(&near, name);
        for (unsigned n = 0; n < SR_COUNT; n++)
            if (sysreg_row(n)->access & 4)
                nearest_offer(&near, sysreg_row(n)->name);
        return explain_fail(x, "unknown instruction '%s'%s", name, nearest_hint(&near, hint, sizeof(hint)));
    }
    if (o->n > 3 || (o->n == 3 && !general_register(o->word[2], &rt)))
        return not_understood(x, x->arg[0], "one operand such as x0 is wanted");
    q->raw = raw_of_row(sysreg_row(reg)->access & 2 ? RAW_SYS : RAW_SYSL, reg, rt);
    return true;
}

static bool is_system(uint32_t raw)
{
    return (raw & 0xffc00000) == 0xd5000000 && (bits(raw, 20, 19) != 0 || (raw & 0xfff8f01f) == RAW_MSR_IMM);
}

static bool parse_word(struct explain *x, uint64_t word, struct access_request *q)
{
    if (word > UINT32_MAX)
        return not_understood(x, x->arg[0], "an instruction word has 32 bits");
    if (!is_system((uint32_t)word)) {
        const char *name = decode_row_name((uint32_t)word);
        return explain_fail(x, "explain %s: 0x%08" PRIx64 " is %s%s, not an MRS, MSR, SYS or SYSL",
                            x->command->name, word, name != NULL ? "in the decode table " : "unallocated",
                            name != NULL ? name : "");
    }
    q->raw = (uint32_t)word;
    return true;
}

/* A name alone. */
static bool parse_name(struct explain *x, const char *name, struct access_request *q)
{
    unsigned code[5];
    const bool write = explain_option(x, "write") != NULL;

    if (explain_encoding(name, code) && code[0] == 1) {
        q->raw = raw_of(RAW_SYS, code, 0);
        return true;
    }
    if (!register_code(x, name, code))
        return false;
    enum sysreg reg = sysreg_find(code[0], code[1], code[2], code[3], code[4]);
    const bool readable = reg == SR_NONE || (sysreg_row(reg)->access & 1) != 0;
    q->raw = raw_of(write || !readable ? RAW_MSR : RAW_MRS, code, 0);
    return true;
}

static bool parse(struct explain *x, const char *text, struct access_request *q)
{
    struct operands o;
    uint64_t word;

    if (!split_words(&o, text))
        return not_understood(x, text, "an instruction or a register is wanted");
    if (o.n == 1 && explain_number(o.word[0], &word))
        return parse_word(x, word, q);
    if (strcasecmp(o.word[0], "mrs") == 0)
        return parse_mrs(x, &o, q);
    if (strcasecmp(o.word[0], "msr") == 0)
        return parse_msr(x, &o, q);
    if (strcasecmp(o.word[0], "sys") == 0 || strcasecmp(o.word[0], "sysl") == 0)
        return parse_sys(x, &o, q);
    if (o.n == 1 && sysreg_by_name(o.word[0]) == SR_NONE && pstate_field(o.word[0]) < 0)
        return parse_name(x, o.word[0], q);
    if (o.n == 1)
        return parse_name(x, o.word[0], q);
    return parse_operation(x, &o, q);
}

/* What the word is, from its encoding alone. */
void access_identify(const struct explain *x, uint32_t raw, struct access_request *q)
{
    const unsigned op0 = (unsigned)bits(raw, 20, 19), op1 = (unsigned)bits(raw, 18, 16), rt = raw & 31;
    const unsigned crn = (unsigned)bits(raw, 15, 12), crm = (unsigned)bits(raw, 11, 8),
                   op2 = (unsigned)bits(raw, 7, 5);
    char xt[8];
    struct insn decoded;

    q->raw = raw;
    decode(&decoded, raw, &x->feat, false);
    q->undecoded = decoded.op == OP_UNDEFINED;
    q->write = !bit(raw, 21);
    q->immediate = op0 == 0;
    q->reg = q->immediate ? SR_NONE : sysreg_find(op0, op1, crn, crm, op2);
    snprintf(q->name, sizeof(q->name), "s%u_%u_c%u_c%u_%u", op0, op1, crn, crm, op2);
    if (q->reg != SR_NONE && q->reg != SR_IMPDEF && q->reg != SR_IMPDEF_SYS)
        snprintf(q->name, sizeof(q->name), "%s", sysreg_row(q->reg)->name);
    snprintf(xt, sizeof(xt), rt == 31 ? "xzr" : "x%u", rt);
    if (q->immediate) {
        for (unsigned n = 0; n < ARRAY_LEN(pstate_fields); n++)
            if (pstate_fields[n].op1 == op1 && pstate_fields[n].op2 == op2)
                snprintf(q->name, sizeof(q->name), "%s", pstate_fields[n].name);
        snprintf(q->text, sizeof(q->text), "msr %s, #%u", q->name, crm);
    } else if (op0 == 1 && q->reg != SR_NONE && q->reg != SR_IMPDEF_SYS) {
        snprintf(q->text, sizeof(q->text), rt == 31 ? "%s" : "%s, %s", q->name, xt);
    } else if (op0 == 1) {
        snprintf(q->text, sizeof(q->text),
                 q->write ? "sys #%u, c%u, c%u, #%u, %s" : "sysl #%u, c%u, c%u, #%u, %s", op1, crn, crm, op2,
                 xt);
    } else if (q->write) {
        snprintf(q->text, sizeof(q->text), "msr %s, %s", q->name, xt);
    } else {
        snprintf(q->text, sizeof(q->text), "mrs %s, %s", xt, q->name);
    }
}

bool access_parse(struct explain *x, const char *text, struct access_request *q)
{
    *q = (struct access_request){0};
    if (!parse(x, text, q))
        return false;
    access_identify(x, q->raw, q);
    return true;
}

/* ---- the answer ---- */

/* The fields DAIFSet and DAIFClr have the rules of the register DAIF at EL0. */
static struct access_verdict ask_immediate(const struct access_state *s, const struct access_request *q,
                                           struct access_record *r)
{
    const unsigned field = (unsigned)(bits(q->raw, 18, 16) << 3 | bits(q->raw, 7, 5));

    if (s->el == 0 && (field | 1) == (3 << 3 | 7))
        sysreg_access_steps(s, SR_DAIF, true, r);
    return system_msr_imm(s, field);
}

void access_ask(const struct explain *x, const struct access_request *q, unsigned el, struct access_answer *a)
{
    struct access_state s = explain_access_state(x);

    *a = (struct access_answer){.el = (uint8_t)el};
    s.el = (uint8_t)el;
    if (q->undecoded)
        a->verdict = (struct access_verdict){.outcome = ACCESS_UNDEF,
                                             .reg = SR_NONE,
                                             .rule = "unallocated, or its feature is not implemented"};
    else if (q->immediate)
        a->verdict = ask_immediate(&s, q, &a->record);
    else if (q->reg == SR_NONE)
        a->verdict = system_unallocated(&s, q->raw);
    else
        a->verdict = sysreg_access_steps(&s, q->reg, q->write, &a->record);
    if (a->verdict.outcome != ACCESS_UNDEF && a->verdict.outcome != ACCESS_TRAP)
        return;
    const struct exc e = {.ec = a->verdict.outcome == ACCESS_TRAP ? a->verdict.ec : EC_UNKNOWN,
                          .iss = system_refusal_iss(&a->verdict, q->raw),
                          .min_el = a->verdict.outcome == ACCESS_TRAP ? a->verdict.target_el : 0};
    const struct route_state r = {.feat = &x->feat, .sr = x->sr, .el = (uint8_t)el, .daif = x->daif};
    a->route = route_sync(&r, &e);
    a->esr = (uint64_t)e.ec << 26 | BIT(25) | e.iss;
    a->vector = exception_vector(EXC_SYNC, el, a->route.el, !x->sp0 && el != 0);
}

static const char *outcome_name(const struct access_answer *a)
{
    static const char *const names[] = {[ACCESS_OK] = "reaches",
                                        [ACCESS_UNDEF] = "undefined",
                                        [ACCESS_TRAP] = "trap",
                                        [ACCESS_MEMORY] = "memory"};

    return names[a->verdict.outcome];
}

/* The step that decided, or NULL: nothing had a word on the access. */
static const struct access_step *decisive(const struct access_answer *a)
{
    const struct access_step *last = a->record.n != 0 ? &a->record.step[a->record.n - 1] : NULL;

    return last != NULL && last->holds ? last : NULL;
}

/* An ICC_ name that HCR_EL2.{FMO,IMO} hand to the virtual CPU interface. */
static bool is_virtual(const struct access_answer *a)
{
    const struct access_step *s = decisive(a);

    return a->verdict.outcome == ACCESS_OK && s != NULL && s->reg == SR_HCR_EL2 && s->decides &&
           sysreg_row(a->verdict.reg)->unit == UNIT_GIC;
}

static const char *reached_name(const struct access_request *q, const struct access_answer *a)
{
    if (a->verdict.reg == SR_NONE)
        return q->immediate ? q->name : "zero";
    return sysreg_row(a->verdict.reg)->name;
}

static void result(const struct explain *x, const struct access_request *q, const struct access_answer *a,
                   char *text, size_t size)
{
    const struct access_verdict *v = &a->verdict;
    const char *why = strcmp(v->rule, "direct") != 0 ? v->rule : decisive(a) != NULL ? decisive(a)->rule : "";

    if (v->outcome == ACCESS_OK && v->reg != SR_NONE && (sysreg_row(v->reg)->access & 4) != 0)
        snprintf(text, size, "is executed");
    else if (v->outcome == ACCESS_OK)
        snprintf(text, size, "%s %s%s%s%s", q->write ? "writes" : "reads",
                 is_virtual(a) ? "the virtual interface's " : "", reached_name(q, a),
                 why[0] != '\0' ? ", " : "", why);
    else if (v->outcome == ACCESS_MEMORY)
        snprintf(text, size,
                 "%s memory: 64 bits at VNCR_EL2.BADDR + 0x%x (0x%" PRIx64
                 ", translated by EL2's regime), %s",
                 q->write ? "writes" : "reads", v->offset,
                 system_vncr_address(x->sr[SR_VNCR_EL2], a->verdict.offset), v->rule);
    else if (v->outcome == ACCESS_UNDEF)
        snprintf(text, size, "is UNDEFINED: %s; exception to EL%u with EC 0x00", v->rule, a->route.el);
    else
        snprintf(text, size, "traps to EL%u with EC 0x%02x: %s", a->route.el, v->ec, v->rule);
}

/* ---- the rules on the way ---- */

/* Why a rule doesn't hold: the first condition that isn't met, or the register's value. */
static void why_not(const struct explain *x, const struct access_record *r, const struct access_step *s,
                    char *text, size_t size)
{
    for (unsigned n = 0; n < SYSREG_CONDITIONS; n++) {
        const bool now = bit(r->state, n);
        if ((bit(s->need, n) && !now) || (bit(s->forbid, n) && now)) {
            snprintf(text, size, "%s", sysreg_condition(n, now));
            return;
        }
    }
    if (s->reg == SR_NONE || s->mask == 0)
        snprintf(text, size, "not so here");
    else
        step_value(x, s, text, size);
}

void step_value(const struct explain *x, const struct access_step *s, char *text, size_t size)
{
    struct layout l;
    size_t used = 0;

    snprintf(text, size, "%s is 0x%" PRIx64 " under mask 0x%" PRIx64, sysreg_row(s->reg)->name,
             x->sr[s->reg] & s->mask, s->mask);
    if (!layout_of(&l, s->reg, bit(x->sr[SR_HCR_EL2], 34), x->sr[s->reg]))
        return;
    for (unsigned n = 0; n < l.n && used + 48 < size; n++) {
        const struct field *f = &l.field[n];
        if ((MASK(f->high, f->low) & s->mask) == 0)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s.%s is %" PRIu64, used == 0 ? "" : ", ",
                                 sysreg_row(s->reg)->name, f->name, bits(x->sr[s->reg], f->high, f->low));
    }
}

static void consequence(const struct access_step *s, char *text, size_t size)
{
    if (!s->decides)
        snprintf(text, size, "%s", "");
    else if (s->undefined)
        snprintf(text, size, "UNDEFINED");
    else if (s->target_el != 0)
        snprintf(text, size, "trap to EL%u, EC 0x%02x", s->target_el, s->ec);
    else
        snprintf(text, size, "permitted");
}

static void print_step(struct explain *x, const struct access_record *r, unsigned n)
{
    const struct access_step *s = &r->step[n];
    char line[512], why[256] = "", then[64], section[96] = "";

    consequence(s, then, sizeof(then));
    if (s->reg != SR_NONE && s->mask != 0)
        manual_section(s->reg, section, sizeof(section));
    if (!s->holds)
        why_not(x, r, s, why, sizeof(why));
    snprintf(line, sizeof(line), "%s%s%s%s%s%s%s%s%s", s->rule, then[0] != '\0' ? " -> " : "", then,
             s->holds ? ": holds, decides" : ": no, ", why, section[0] != '\0' ? "  [" : "", section,
             section[0] != '\0' ? "]" : "", "");
    say(x, "   %2u %s ", n + 1, s->holds ? "*" : "-");
    say_wrapped(x, 8, 8, line);
    step_meaning(x, s);
}

/* What the bits that a rule tests are for, from the table of fields. */
void step_meaning(struct explain *x, const struct access_step *s)
{
    struct layout l;
    char line[512];

    if (s->reg == SR_NONE || !layout_of(&l, s->reg, bit(x->sr[SR_HCR_EL2], 34), x->sr[s->reg]))
        return;
    for (unsigned n = 0; n < l.n; n++) {
        const struct field *f = &l.field[n];
        if ((MASK(f->high, f->low) & s->mask) == 0 || f->words == NULL || f->words->about == NULL)
            continue;
        snprintf(line, sizeof(line), "%s: %s", f->name, f->words->about);
        say(x, "          ");
        say_wrapped(x, 10, 12, line);
    }
}

static void print_steps(struct explain *x, const struct access_request *q, const struct access_answer *a)
{
    char section[96];

    if (a->record.n == 0) {
        say(x, "\n  No rule has a word on this access.\n");
        return;
    }
    manual_section(q->reg != SR_NONE ? q->reg : SR_DAIF, section, sizeof(section));
    say(x, "\n  Considered, in the order of the accessibility pseudocode (%s):\n", section);
    for (unsigned n = 0; n < a->record.n; n++)
        print_step(x, &a->record, n);
    if (!a->record.step[a->record.n - 1].holds)
        say(x, "    = nothing holds: the access reaches what it names\n");
}

static void print_exception(struct explain *x, const struct access_answer *a)
{
    say(x, "  Taken  to EL%u (%s), at VBAR_EL%u + 0x%x, ELR_EL%u = this instruction\n", a->route.el,
        a->route.rule, a->route.el, a->vector, a->route.el);
    explain_esr_text(x, a->esr, 2);
}

static void print_one(struct explain *x, const struct access_request *q)
{
    struct access_answer a;
    char text[256];

    access_ask(x, q, x->el, &a);
    say_strong(x, "%s (0x%08x) at EL%u", q->text, q->raw, x->el);
    explain_state_text(x);
    explain_notes_text(x);
    result(x, q, &a, text, sizeof(text));
    say(x, "  Result ");
    say_wrapped(x, 9, 9, text);
    if (a.verdict.outcome == ACCESS_UNDEF || a.verdict.outcome == ACCESS_TRAP)
        print_exception(x, &a);
    if (q->reg != SR_NONE || a.record.n != 0)
        print_steps(x, q, &a);
}

static bool level_exists(const struct explain *x, unsigned el)
{
    return el < 2 || (el == 2 ? el2_enabled(&x->feat, x->sr) : x->feat.has_el3);
}

static void print_levels(struct explain *x, const struct access_request *q)
{
    struct table t;
    struct access_answer a;
    char text[256];

    say_strong(x, "%s (0x%08x)", q->text, q->raw);
    explain_state_text(x);
    explain_notes_text(x);
    table_start(&t, 2);
    table_cell(&t, "EL");
    table_cell(&t, "what %s does there", q->text);
    for (unsigned el = 0; el < 4; el++) {
        table_cell(&t, "EL%u", el);
        if (!level_exists(x, el)) {
            table_cell(&t, "no such Exception level in this state");
            continue;
        }
        access_ask(x, q, el, &a);
        result(x, q, &a, text, sizeof(text));
        table_cell(&t, "%s", text);
    }
    table_print(x, &t);
    say(x, "--el N explains one of them rule by rule.\n");
}

/* ---- JSON ---- */

static void json_step(struct explain *x, const struct access_record *r, const struct access_step *s)
{
    char text[256];

    json_open(x, NULL, '{');
    json_text(x, "rule", s->rule);
    json_bool(x, "holds", s->holds);
    consequence(s, text, sizeof(text));
    json_text(x, "outcome", text[0] != '\0' ? text : NULL);
    if (s->reg != SR_NONE && s->mask != 0) {
        json_text(x, "register", sysreg_row(s->reg)->name);
        json_hex(x, "mask", s->mask);
        json_hex(x, "value", x->sr[s->reg] & s->mask);
        manual_section(s->reg, text, sizeof(text));
        json_text(x, "section", text);
    }
    if (!s->holds) {
        why_not(x, r, s, text, sizeof(text));
        json_text(x, "because", text);
    }
    json_close(x);
}

static void json_answer(struct explain *x, const struct access_request *q, const struct access_answer *a)
{
    const struct access_verdict *v = &a->verdict;

    json_number(x, "el", a->el);
    json_text(x, "outcome", outcome_name(a));
    json_text(x, "rule", v->rule);
    if (v->outcome == ACCESS_OK)
        json_text(x, "reaches", reached_name(q, a));
    if (v->outcome == ACCESS_MEMORY) {
        json_hex(x, "offset", v->offset);
        json_hex(x, "address", system_vncr_address(x->sr[SR_VNCR_EL2], a->verdict.offset));
    }
    if (v->outcome == ACCESS_UNDEF || v->outcome == ACCESS_TRAP) {
        json_number(x, "target_el", a->route.el);
        json_text(x, "routing", a->route.rule);
        explain_esr_json(x, "esr", a->esr);
        json_hex(x, "vector", a->vector);
    }
    json_open(x, "steps", '[');
    for (unsigned n = 0; n < a->record.n; n++)
        json_step(x, &a->record, &a->record.step[n]);
    json_close(x);
}

static void json_access(struct explain *x, const struct access_request *q)
{
    struct access_answer a;

    json_open(x, NULL, '{');
    json_text(x, "command", "access");
    json_text(x, "instruction", q->text);
    json_hex(x, "encoding", q->raw);
    json_text(x, "name", q->name);
    json_bool(x, "write", q->write);
    explain_state_json(x);
    json_open(x, "levels", '[');
    for (unsigned el = 0; el < 4; el++) {
        if ((x->el_given && el != x->el) || !level_exists(x, el))
            continue;
        access_ask(x, q, el, &a);
        json_open(x, NULL, '{');
        json_answer(x, q, &a);
        json_close(x);
    }
    json_close(x);
    explain_notes_json(x);
    json_close(x);
}

bool explain_access(struct explain *x)
{
    struct access_request q;

    if (x->n_args != 1)
        return explain_fail(x, "explain access: one instruction or register is wanted, in quotes: "
                               "explain access 'mrs x0, sctlr_el1'");
    if (!access_parse(x, x->arg[0], &q))
        return false;
    if (x->json)
        json_access(x, &q);
    else if (x->el_given)
        print_one(x, &q);
    else
        print_levels(x, &q);
    return true;
}
