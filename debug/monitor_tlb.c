/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `monitor tlb`: what is in the selected CPU's TLB, which may be another thing than what the tables in memory
 * say. Permissions and memory types are shown as the entry has them, apart by stage: what an access makes of
 * them depends on the registers of the moment.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debug/internal.h"
#include "explain/fields.h"

/* Which entries are wanted. */
struct choice {
    const struct tctx *now; /* those that the CPU could use in this context; or NULL */
    int regime;             /* enum regime, -1: any */
    bool stage2_only;       /* IPAs */
    bool by_address;
    uint64_t address;
};

static bool of_context(const struct tlb_shown *e, const struct tctx *t)
{
    return e->regime == t->regime && e->secure == (t->secure != 0) && e->vmid == t->vmid &&
           e->stage2 == (t->stage2 != 0) && (e->global || e->stage2_only || e->asid == t->asid);
}

static bool chosen(const struct tlb_shown *e, const struct choice *c)
{
    return (c->now == NULL || of_context(e, c->now)) && (c->regime < 0 || e->regime == c->regime) &&
           (!c->stage2_only || e->stage2_only) && (!c->by_address || c->address - e->va < e->size);
}

/* ---- a line ---- */

/* "64 KiB" of a power of 2. */
static void print_size(FILE *out, uint64_t size)
{
    static const char units[] = "KMGT";
    unsigned n = 0;
    size >>= 10;
    for (; size >= 1024 && n < 3; n++)
        size >>= 10;
    fprintf(out, "%" PRIu64 " %ciB", size, units[n]);
}

static char letter(unsigned perm, unsigned bit, char c)
{
    return perm & bit ? c : '-';
}

static void print_permissions(FILE *out, const struct tlb_shown *e)
{
    const unsigned p = e->s1_perm, s = e->s2_perm;
    const bool two = e->regime <= REGIME_EL20;
    if (!e->stage2_only && e->s1_index)
        fprintf(out, ", PIIndex %u", p & 15);
    else if (!e->stage2_only) {
        fprintf(out, ", %c%c%c", letter(p, S1_PR, 'r'), letter(p, S1_PW, 'w'), letter(p, S1_PX, 'x'));
        if (two)
            fprintf(out, " EL0 %c%c%c", letter(p, S1_UR, 'r'), letter(p, S1_UW, 'w'), letter(p, S1_UX, 'x'));
    }
    if (e->stage2 && e->s2_index)
        fprintf(out, ", stage 2 PIIndex %u", s & 15);
    else if (e->stage2)
        fprintf(out, ", stage 2 %c%c%c EL0 %c%c%c", letter(s, S2_R, 'r'), letter(s, S2_W, 'w'),
                letter(s, S2_PX, 'x'), letter(s, S2_R, 'r'), letter(s, S2_W, 'w'), letter(s, S2_UX, 'x'));
    if (e->s1_clean || e->s2_clean)
        fprintf(out, ", clean");
    if (e->guarded)
        fprintf(out, ", guarded");
}

static void print_attributes(FILE *out, const struct tlb_shown *e)
{
    static const char *const shares[] = {"NSH", "reserved", "OSH", "ISH"};
    char text[160];
    if (!e->stage2_only) {
        memory_attributes_name(e->attr, text, sizeof(text));
        fprintf(out, ", %s%s%s", text, e->attr >> 4 != 0 ? " " : "", e->attr >> 4 != 0 ? shares[e->sh] : "");
    }
    if (e->stage2)
        fprintf(out, ", MemAttr 0x%x %s", e->s2_attr, shares[e->s2_sh]);
}

static void print_entry(FILE *out, const struct tlb_shown *e)
{
    fprintf(out, "%s%s", regime_name((enum regime)e->regime), e->secure ? " Secure" : "");
    if (e->stage2 || e->vmid != 0) /* EL1&0 has one without stage 2, too */
        fprintf(out, " VMID %u", e->vmid);
    if (!e->stage2_only && e->regime <= REGIME_EL20) {
        if (e->global)
            fprintf(out, " global");
        else
            fprintf(out, " ASID %u", e->asid);
    }
    fprintf(out, ": %s 0x%" PRIx64 " to 0x%" PRIx64 " (", e->stage2_only ? "IPA" : "VA", e->va,
            e->va + (e->size - 1));
    print_size(out, e->size);
    if (e->block != e->size) {
        fprintf(out, " of a block of ");
        print_size(out, e->block);
    }
    fprintf(out, ") is PA 0x%" PRIx64 "%s", e->pa, e->ns ? "" : " Secure");
    print_permissions(out, e);
    print_attributes(out, e);
    fprintf(out, "\n");
}

/* ---- the command ---- */

static bool parse(struct choice *c, const struct cpu *cpu, const char *word)
{
    static const char *const regimes[REGIME_COUNT] = {"el1", "el20", "el2", "el3"};
    char *end;
    *c = (struct choice){.regime = -1};
    if (word == NULL) {
        c->now = &cpu->bank->tctx;
        return true;
    }
    c->stage2_only = strcmp(word, "s2") == 0;
    if (c->stage2_only || strcmp(word, "all") == 0)
        return true;
    for (int r = 0; r < REGIME_COUNT; r++)
        if (strcmp(word, regimes[r]) == 0)
            c->regime = r;
    if (c->regime >= 0)
        return true;
    c->by_address = *word >= '0' && *word <= '9';
    c->address = strtoull(word, &end, 0);
    return c->by_address && *end == 0;
}

void monitor_tlb(struct gdb *g, FILE *out, int argc, char **argv)
{
    const struct cpu *c = gdb_selected(g);
    struct choice choice;
    size_t n, shown = 0;
    if (argc > 2 || !parse(&choice, c, argc == 2 ? argv[1] : NULL)) {
        fprintf(out, "tlb: all, el1, el20, el2, el3, s2 or an address is wanted, or nothing\n");
        return;
    }
    struct tlb_shown *list = tlb_list(c->tlb, &n);
    for (size_t k = 0; k < n; k++) {
        if (chosen(&list[k], &choice)) {
            print_entry(out, &list[k]);
            shown++;
        }
    }
    free(list);
    fprintf(out, "%zu of %zu entries of CPU %u\n", shown, n, c->index);
}
