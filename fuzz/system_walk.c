/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading a program's page tables. See system_walk.h. Formats: Arm ARM DDI 0487, D8.2 to D8.4.
 */
#include "fuzz/system_walk.h"

#include "base/bits.h"
#include "sysregs/fields.h"

uint64_t system_state(const struct system_case *c, const struct program_event *e, enum sysreg reg)
{
    for (unsigned n = 0; e != NULL && system_state_register(n) != SR_NONE; n++)
        if (system_state_register(n) == reg)
            return e->state[n];
    uint16_t encoding = system_encoding(reg);
    for (unsigned n = 0; n < c->ours.n_registers; n++)
        if (c->ours.registers[n].encoding == encoding)
            return c->ours.registers[n].value;
    return 0;
}

unsigned system_event_el(const struct program_event *e)
{
    unsigned el = (unsigned)bits(e->spsr, 3, 2);
    return el < e->el ? el : e->el; /* EL1 that sees itself as EL2 (HCR_EL2.NV) */
}

bool system_is_el2_regime(const struct system_case *c, const struct program_event *e, unsigned el)
{
    uint64_t hcr = system_state(c, e, SR_HCR_EL2);
    return el == 2 || (el == 0 && (hcr & HCR_E2H) != 0 && (hcr & HCR_TGE) != 0);
}

/* The generator puts intermediate physical addresses a multiple of 1 GB away from the physical ones. */
static uint64_t physical(uint64_t address)
{
    return (PROGRAM_BASE & ~ones(30)) | (address & ones(30));
}

static uint64_t word(const struct system_case *c, uint64_t at, enum system_tables when)
{
    const struct program *p = c->program;
    for (unsigned n = 0, table = 0; n < p->n_words; n++) {
        if (p->words[n].at == at)
            return when == TABLES_AT_END && program_is_table(at) ? c->ours.tables[table] : p->words[n].value;
        table += program_is_table(p->words[n].at);
    }
    return 0;
}

/* A stage's tables: where they begin, and how many bits of the address they resolve. */
struct shape {
    uint64_t root;
    unsigned granule, input;
    int start;
};

static struct system_walk walk(const struct system_case *c, const struct shape *s, uint64_t address,
                               enum system_tables when)
{
    struct system_walk w = {.granule = s->granule};
    uint64_t table = s->root;
    for (w.level = s->start; w.level <= 3; w.level++) {
        unsigned low = s->granule + (unsigned)(3 - w.level) * (s->granule - 3), high = low + s->granule - 4;
        if (w.level == s->start || high >= s->input)
            high = s->input - 1;
        if (high < low)
            return w;
        w.at = physical(table) + 8 * bits(address, high, low);
        w.descriptor = word(c, w.at, when);
        if (!bit(w.descriptor, 0))
            return w;
        w.found = w.level == 3 ? bit(w.descriptor, 1) : !bit(w.descriptor, 1);
        if (w.found) {
            w.output = (bits(w.descriptor, 47, 0) & ~ones(low)) | (address & ones(low));
            w.non_secure |= bit(w.descriptor, 5);
            return w;
        }
        w.non_secure |= bit(w.descriptor, 63);
        table = bits(w.descriptor, 47, s->granule) << s->granule;
    }
    w.level = 3;
    return w;
}

/* By TG0 of TCR_ELx and VTCR_EL2; TG1 has other codes. */
static unsigned granule_of(uint64_t tg, bool upper)
{
    static const uint8_t lower_codes[] = {12, 16, 14, 12}, upper_codes[] = {12, 14, 12, 16};
    return upper ? upper_codes[tg] : lower_codes[tg];
}

struct system_walk system_stage1(const struct system_case *c, const struct program_event *e, bool el2,
                                 uint64_t va, enum system_tables when)
{
    uint64_t hcr = system_state(c, e, SR_HCR_EL2), tcr = system_state(c, e, el2 ? SR_TCR_EL2 : SR_TCR_EL1);
    bool upper = bit(va, 55) && !(el2 && (hcr & HCR_E2H) == 0);
    bool on = (system_state(c, e, el2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1) & SCTLR_M) != 0;
    struct shape s;
    if (!on || (!el2 && (hcr & (HCR_TGE | HCR_DC)) != 0))
        return (struct system_walk){.off = true, .output = bits(va, 55, 0)};
    s.input = 64 - (unsigned)(upper ? bits(tcr, 21, 16) : bits(tcr, 5, 0));
    s.granule = granule_of(upper ? bits(tcr, 31, 30) : bits(tcr, 15, 14), upper);
    s.start = 4 - (int)((s.input - 4) / (s.granule - 3));
    s.root =
        bits(system_state(
                 c, e, el2 ? (upper ? SR_TTBR1_EL2 : SR_TTBR0_EL2) : (upper ? SR_TTBR1_EL1 : SR_TTBR0_EL1)),
             47, 1)
        << 1;
    return walk(c, &s, va, when);
}

struct system_walk system_stage2(const struct system_case *c, const struct program_event *e, uint64_t ipa,
                                 enum system_tables when)
{
    uint64_t vtcr = system_state(c, e, SR_VTCR_EL2);
    struct shape s;
    if ((system_state(c, e, SR_HCR_EL2) & (HCR_VM | HCR_DC)) == 0)
        return (struct system_walk){.off = true, .output = ipa};
    s.input = 64 - (unsigned)bits(vtcr, 5, 0);
    s.granule = granule_of(bits(vtcr, 15, 14), false);
    s.start = (s.granule == 12 ? 2 : 3) - (int)bits(vtcr, 7, 6);
    s.root = bits(system_state(c, e, SR_VTTBR_EL2), 47, 1) << 1;
    return walk(c, &s, ipa, when);
}
