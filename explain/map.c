/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain map`: what every register's name means at each Exception level with and without HCR_EL2.E2H, under
 * nested virtualization, and which _EL12 or _EL02 name reaches it: the poster of VHE. All of it is asked of
 * sysreg_access(), in states in which no trap control holds. Arm ARM D8.11 (FEAT_NV), D19.1.
 */
#include <string.h>

#include "base/bits.h"
#include "explain/internal.h"
#include "sysregs/fields.h"

const struct explain_option explain_map_options[] = {
    {"write", NULL, "writes instead of reads"},
    {NULL, NULL, NULL},
};

static const struct column {
    const char *key, *title; /* of JSON, of the table */
    uint8_t el;
    bool in_table, nested;
    uint64_t hcr;
} columns[] = {
    {"el0", "EL0", 0, false, false, 0},
    {"el0_host", "EL0, host", 0, true, false, HCR_E2H | HCR_TGE},
    {"el1", "EL1", 1, true, false, 0},
    {"el1_nv", "EL1 NV", 1, false, true, HCR_NV},
    {"el1_nv2_nv1_0", "EL1, NV2", 1, true, true, HCR_NV | HCR_NV2},
    {"el1_nv2_nv1_1", "NV2, NV1", 1, true, true, HCR_NV | HCR_NV1 | HCR_NV2},
    {"el2_e2h0", "EL2 E2H=0", 2, true, false, 0},
    {"el2_e2h1", "EL2 E2H=1", 2, true, false, HCR_E2H},
    {"el3_e2h0", "EL3 E2H=0", 3, false, false, 0},
    {"el3_e2h1", "EL3 E2H=1", 3, false, false, HCR_E2H},
};
#define COLUMNS ARRAY_LEN(columns)

/* Can the trap be switched off by the register that its rule looks at? Not where that register chose the
 * column. */
static bool switch_off(struct explain *x, const struct access_step *s)
{
    const uint64_t fixed = HCR_E2H | HCR_TGE | HCR_NV | HCR_NV1 | HCR_NV2;

    if (!s->decides || s->reg == SR_NONE || s->mask == 0 || (s->reg == SR_HCR_EL2 && (s->mask & fixed) != 0))
        return false;
    if (s->differs) /* it differs from `want`: the opposite */
        x->sr[s->reg] = (x->sr[s->reg] & ~s->mask) | s->want;
    else
        x->sr[s->reg] ^= s->mask & -s->mask;
    return true;
}

/* The access in the column's state, after every trap that can be switched off was. */
static struct access_verdict ask(struct explain *x, const struct column *c, enum sysreg reg, bool write)
{
    struct access_record r;
    struct access_verdict v;
    const struct access_state s = {.feat = &x->feat, .sr = x->sr, .el = c->el};

    x->sr[SR_HCR_EL2] = (x->sr[SR_HCR_EL2] & ~(HCR_E2H | HCR_TGE | HCR_NV | HCR_NV1 | HCR_NV2)) | c->hcr;
    if (!has(&x->feat, FEAT_E2H0))
        x->sr[SR_HCR_EL2] |= HCR_E2H;
    for (unsigned tries = 0; tries < ACCESS_STEPS; tries++) {
        v = sysreg_access_steps(&s, reg, write, &r);
        if (v.outcome != ACCESS_TRAP || r.n == 0 || !switch_off(x, &r.step[r.n - 1]))
            break;
    }
    return v;
}

static void cell(const struct access_verdict *v, char *text, size_t size)
{
    if (v->outcome == ACCESS_OK)
        snprintf(text, size, "%s", sysreg_row(v->reg)->name);
    else if (v->outcome == ACCESS_MEMORY)
        snprintf(text, size, "NVMem[0x%x]", v->offset);
    else if (v->outcome == ACCESS_TRAP)
        snprintf(text, size, "TRAP EL%u", v->target_el);
    else
        snprintf(text, size, "UNDEFINED");
}

static bool exists(const struct explain *x, const struct column *c)
{
    if (c->nested && !has(&x->feat, FEAT_NV2))
        return false;
    if ((c->hcr & HCR_E2H) != 0 && !has(&x->feat, FEAT_VHE))
        return false;
    return c->el < 2 || (c->el == 2 ? x->feat.has_el2 : x->feat.has_el3);
}

/* Registers, not instructions; of names that this CPU has. */
static bool shown(const struct explain *x, enum sysreg reg)
{
    const struct sysreg_row *r = sysreg_row(reg);

    return (r->access & 4) == 0 && has(&x->feat, r->feature) && reg != SR_IMPDEF && reg != SR_IMPDEF_SYS;
}

/* Is this an _EL12 or _EL02 name? */
static bool is_alias(enum sysreg reg)
{
    const char *suffix = strstr(sysreg_row(reg)->name, "_EL");

    return suffix != NULL && (strcmp(suffix, "_EL12") == 0 || strcmp(suffix, "_EL02") == 0);
}

/* The name by which EL2 reaches reg's storage while E2H=1, or NULL. */
static const char *alias_of(struct explain *x, enum sysreg reg)
{
    const struct column host = {.el = 2, .hcr = HCR_E2H};

    for (unsigned n = 0; n < SR_COUNT; n++) {
        if (!is_alias(n) || !shown(x, n))
            continue;
        struct access_verdict v = ask(x, &host, n, (sysreg_row(n)->access & 1) == 0);
        if (v.outcome == ACCESS_OK && v.reg == reg)
            return sysreg_row(n)->name;
    }
    return NULL;
}

/* Does some column of the table reach anything but the register itself, where it reaches something? */
static bool is_redirected(struct explain *x, enum sysreg reg, bool write)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        if (!exists(x, &columns[c]))
            continue;
        struct access_verdict v = ask(x, &columns[c], reg, write);
        if (v.outcome == ACCESS_MEMORY || (v.outcome == ACCESS_OK && v.reg != reg))
            return true;
    }
    return false;
}

static void print_map(struct explain *x, bool write, bool all)
{
    struct table t;
    char text[64];
    unsigned n_columns = 2;

    for (unsigned c = 0; c < COLUMNS; c++)
        n_columns += columns[c].in_table && exists(x, &columns[c]);
    table_start(&t, n_columns);
    table_cell(&t, "%s", write ? "MSR to" : "MRS of");
    for (unsigned c = 0; c < COLUMNS; c++)
        if (columns[c].in_table && exists(x, &columns[c]))
            table_cell(&t, "%s", columns[c].title);
    table_cell(&t, "from EL2 as");
    for (unsigned reg = 0; reg < SR_COUNT; reg++) {
        if (!shown(x, reg) || is_alias(reg) || !(all || is_redirected(x, reg, write)))
            continue;
        table_cell(&t, "%s", sysreg_row(reg)->name);
        for (unsigned c = 0; c < COLUMNS; c++) {
            if (!columns[c].in_table || !exists(x, &columns[c]))
                continue;
            struct access_verdict v = ask(x, &columns[c], reg, write);
            cell(&v, text, sizeof(text));
            const bool same = v.outcome == ACCESS_OK && v.reg == reg;
            table_cell(&t, "%s", same ? "=" : v.outcome == ACCESS_UNDEF ? "-" : text);
        }
        const char *alias = alias_of(x, reg);
        table_cell(&t, "%s", alias != NULL ? alias : "");
    }
    say_strong(x, "What a register's name means (%s; all traps off)", write ? "MSR" : "MRS");
    explain_notes_text(x);
    say(x, "  = itself; - UNDEFINED; NVMem[n]: memory at VNCR_EL2.BADDR + n. A host: "
           "HCR_EL2.{E2H,TGE}={1,1}.\n");
    table_print(x, &t);
}

static void json_map(struct explain *x)
{
    char text[64];

    json_open(x, NULL, '{');
    json_text(x, "command", "map");
    json_text(x, "cpu", x->feat.model);
    json_open(x, "registers", '[');
    for (unsigned reg = 0; reg < SR_COUNT; reg++) {
        if (!shown(x, reg))
            continue;
        for (unsigned write = 0; write < 2; write++) {
            if ((sysreg_row(reg)->access & (write ? 2 : 1)) == 0)
                continue;
            json_open(x, NULL, '{');
            json_text(x, "name", sysreg_row(reg)->name);
            json_text(x, "access", write ? "W" : "R");
            for (unsigned c = 0; c < COLUMNS; c++) {
                if (!exists(x, &columns[c]))
                    continue;
                struct access_verdict v = ask(x, &columns[c], reg, write);
                cell(&v, text, sizeof(text));
                json_text(x, columns[c].key, text);
            }
            json_text(x, "alias_at_el2", write || is_alias(reg) ? NULL : alias_of(x, reg));
            json_close(x);
        }
    }
    json_close(x);
    explain_notes_json(x);
    json_close(x);
}

bool explain_map(struct explain *x)
{
    if (x->n_args > 0)
        return explain_fail(x, "explain map: takes no argument ('%s')", x->arg[0]);
    if (!x->feat.has_el2)
        return explain_fail(x, "explain map: without EL2 nothing is redirected");
    if (!has(&x->feat, FEAT_NV2))
        explain_note(x, "CPU %s has no FEAT_NV2: no columns for nested virtualization", x->feat.model);
    if (has(&x->feat, FEAT_SEL2)) /* names that EL3 has while Secure EL2 is on */
        x->sr[SR_SCR_EL3] |= SCR_EEL2;
    if (x->json)
        json_map(x);
    else
        print_map(x, explain_option(x, "write") != NULL, explain_option(x, "all") != NULL);
    return true;
}
