/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain tlbi`: what a TLBI instruction covers, who else hears it, and what it leaves although people
 * expect otherwise. Arm ARM C5.5, D8.14; SMMU: IHI 0070 (StreamWorlds and broadcast TLB maintenance). The
 * scope is that of mmu/tlbi.c, and which entries go is asked of the TLB's own rule (tlbi_concerns()).
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "explain/access.h"
#include "explain/internal.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"

const struct explain_option explain_tlbi_options[] = {
    {"xt", "VALUE", "the operand register's value (default 0)"},
    {NULL, NULL, NULL},
};

static const char *const share_names[] = {
    [TLBI_NSH] = "this PE only", [TLBI_ISH] = "Inner Shareable", [TLBI_OSH] = "Outer Shareable"};
static const char *const kind_names[] = {
    [TLBI_ALL] = "all", [TLBI_VMALL] = "vmall", [TLBI_VMALLS12] = "vmalls12", [TLBI_ASID] = "asid",
    [TLBI_VA] = "va",   [TLBI_VAA] = "vaa",     [TLBI_IPAS2] = "ipas2"};

static bool has_address(const struct tlbi *op)
{
    return op->kind == TLBI_VA || op->kind == TLBI_VAA || op->kind == TLBI_IPAS2;
}

/* ---- which entries go ---- */

/* The kinds of entries that a table shows; asid and vmid are relative to the operation's own. */
static const struct entry {
    const char *text;
    uint8_t regime;
    bool other_vmid, other_asid, global, stage2_only;
} entries[] = {
    {"EL1&0, this VMID, this ASID", REGIME_EL10, false, false, false, false},
    {"EL1&0, this VMID, another ASID", REGIME_EL10, false, true, false, false},
    {"EL1&0, this VMID, global", REGIME_EL10, false, false, true, false},
    {"EL1&0, another VMID", REGIME_EL10, true, false, false, false},
    {"stage 2 of EL1&0 (IPA), this VMID", REGIME_EL10, false, false, true, true},
    {"stage 2 of EL1&0 (IPA), another VMID", REGIME_EL10, true, false, true, true},
    {"EL2&0, this ASID", REGIME_EL20, false, false, false, false},
    {"EL2&0, another ASID", REGIME_EL20, false, true, false, false},
    {"EL2&0, global", REGIME_EL20, false, false, true, false},
    {"EL2 (E2H=0)", REGIME_EL2, false, false, true, false},
    {"EL3", REGIME_EL3, false, false, true, false},
};

static bool drops(const struct tlbi *op, const struct entry *e)
{
    const struct tlb_scope s = {.regime = e->regime,
                                .secure = e->regime == REGIME_EL3 || op->secure,
                                .global = e->global,
                                .stage2_only = e->stage2_only,
                                .ipa_ns = op->ipa_ns || !op->secure,
                                .asid = (uint16_t)(op->asid ^ e->other_asid),
                                .vmid = (uint16_t)(op->vmid ^ e->other_vmid)};

    return tlbi_concerns(op, &s);
}

/* ---- what people expect otherwise ---- */

/* Up to `max` remarks. */
static unsigned remarks(const struct explain *x, const struct tlbi *op, unsigned el, const char **text,
                        unsigned max)
{
    const uint64_t hcr = x->sr[SR_HCR_EL2];
    const bool e1 = strstr(op->name, "E1") != NULL && op->kind != TLBI_IPAS2 && op->kind != TLBI_VMALLS12 &&
                    op->kind != TLBI_ALL;
    unsigned n = 0;
#define REMARK(when, words)                                                                                  \
    if ((when) && n < max)                                                                                   \
    text[n++] = (words)
    REMARK(op->regime == REGIME_EL20 && e1, "A host under HCR_EL2.{E2H,TGE}={1,1}: this works on the host's "
                                            "own EL2&0 regime. Guests' EL1&0 entries "
                                            "stay. For a guest's: clear TGE first, or use IPAS2E1IS, "
                                            "VMALLS12E1IS or ALLE1IS, which always mean EL1&0.");
    REMARK(op->regime == REGIME_EL10 && e1 && el == 2 && (hcr & HCR_E2H) != 0,
           "HCR_EL2.TGE=0: this works on EL1&0 with the VMID in VTTBR_EL2, not on the EL2&0 regime that runs "
           "it. For "
           "its own use VAE2IS or ALLE2IS, or set TGE.");
    REMARK(op->regime == REGIME_EL10 && e1 && el >= 2 && (hcr & HCR_E2H) == 0,
           "The EL1&0 entries are those of the VMID in VTTBR_EL2 now; EL2's own need VAE2IS or ALLE2IS.");
    REMARK(
        op->regime == REGIME_EL2,
        "With HCR_EL2.E2H=0 the regime is EL2: entries made with E2H=1 (EL2&0) stay, and there is no ASID; "
        "Xt<63:48> is ignored.");
    REMARK(op->regime == REGIME_EL20 && !e1 && op->kind == TLBI_VA,
           "With HCR_EL2.E2H=1 the ASID in Xt<63:48> counts: entries of other ASIDs stay; entries made with "
           "E2H=0 "
           "(EL2) too.");
    REMARK(op->kind == TLBI_IPAS2,
           "Entries that combine stage 1 and stage 2 need not go: follow with DSB and "
           "VMALLE1IS (or VAAE1IS) for the same VMID.");
    REMARK(op->regime == REGIME_EL10 && (op->kind == TLBI_VA || op->kind == TLBI_VAA ||
                                         op->kind == TLBI_ASID || op->kind == TLBI_VMALL),
           "Translations of stage 2 alone (IPA to PA) stay: they need IPAS2E1IS or VMALLS12E1IS.");
    REMARK(op->kind == TLBI_ASID, "Global entries (nG=0) stay.");
    REMARK(op->last_level,
           "Last level only: cached table descriptors of the address may stay. It is not enough after "
           "a table was unlinked.");
    REMARK(op->share == TLBI_NSH,
           "Not broadcast: other PEs keep their entries, also of the same VMID and ASID.");
    REMARK(op->ttl != 0,
           "The TTL hint restricts it to leaves of that granule and level: with a wrong hint nothing "
           "need be dropped.");
    REMARK(op->nxs,
           "nXS: DSB nXS waits for it; accesses to memory with the XS attribute may still be under way.");
    REMARK(true,
           "It is complete only after a DSB, and this PE's own instruction stream sees it after an ISB.");
#undef REMARK
    return n;
}

/* ---- SMMUs that listen (CR2.PTM=0, IDR0.BTM=1) ---- */

static const char *smmu(const struct tlbi *op)
{
    if (op->share == TLBI_NSH)
        return "not broadcast: no SMMU hears it; use commands";
    switch (op->regime) {
    case REGIME_EL10:
        switch (op->kind) {
        case TLBI_ALL:
            return "every entry of the EL1 StreamWorld, both stages (as CMD_TLBI_NSNH_ALL)";
        case TLBI_VMALLS12:
            return "EL1 StreamWorld, the VMID, both stages (as CMD_TLBI_S12_VMALL)";
        case TLBI_VMALL:
            return "EL1 StreamWorld, the VMID, stage 1 (as CMD_TLBI_NH_ALL)";
        case TLBI_ASID:
            return "EL1 StreamWorld, VMID and ASID, non-global, ASET=0 (as CMD_TLBI_NH_ASID)";
        case TLBI_VA:
            return "EL1 StreamWorld, VMID, ASID and VA, ASET=0 (as CMD_TLBI_NH_VA)";
        case TLBI_VAA:
            return "EL1 StreamWorld, VMID and VA (as CMD_TLBI_NH_VAA)";
        default:
            return "stage 2 entries by VMID and IPA (as CMD_TLBI_S2_IPA); combined ones need not go";
        }
    case REGIME_EL20:
        return "EL2-E2H StreamWorld (STE.STRW=EL2, CR2.E2H=1) only: streams of STRW=NSEL1 keep their entries";
    case REGIME_EL2:
        return "EL2 StreamWorld with CR2.E2H=0 only: EL2-E2H streams need not drop anything";
    default:
        return "EL3 StreamWorld only";
    }
}

/* ---- asking ---- */

static void make(const struct explain *x, const struct access_request *q, unsigned el, uint64_t xt,
                 struct tlbi *op)
{
    tlbi_make(op, &x->feat, x->sr, el, q->reg, xt);
}

/* Is the shareability HCR_EL2.FB's doing? */
static bool upgraded(struct explain *x, const struct access_request *q, unsigned el, const struct tlbi *op)
{
    const uint64_t hcr = x->sr[SR_HCR_EL2];
    struct tlbi without;

    x->sr[SR_HCR_EL2] = hcr & ~HCR_FB;
    make(x, q, el, 0, &without);
    x->sr[SR_HCR_EL2] = hcr;
    return without.share != op->share;
}

static void scope_text(const struct tlbi *op, char *text, size_t size)
{
    static const char *const what[] = {[TLBI_ALL] = "everything, of all VMIDs",
                                       [TLBI_VMALL] = "all of stage 1",
                                       [TLBI_VMALLS12] = "all of stage 1 and stage 2",
                                       [TLBI_ASID] = "all non-global entries of the ASID",
                                       [TLBI_VA] = "the VA, of the ASID and global",
                                       [TLBI_VAA] = "the VA, of every ASID",
                                       [TLBI_IPAS2] = "the IPA, of stage 2"};
    const bool ranges = op->regime == REGIME_EL10 || op->regime == REGIME_EL20;
    size_t used;

    used = (size_t)snprintf(text, size, "%s",
                            op->kind == TLBI_ALL && op->regime != REGIME_EL10 ? "everything"
                            : op->kind == TLBI_VA && !ranges                  ? "the VA"
                                                                              : what[op->kind]);
    if (op->regime == REGIME_EL10 && op->kind != TLBI_ALL)
        used += (size_t)snprintf(text + used, size - used, "; VMID %u", op->vmid);
    if (op->kind == TLBI_ASID || (op->kind == TLBI_VA && ranges))
        used += (size_t)snprintf(text + used, size - used, "; ASID %u", op->asid);
    if (has_address(op) && op->range)
        used += (size_t)snprintf(text + used, size - used, "; 0x%" PRIx64 " to 0x%" PRIx64, op->va,
                                 op->va + op->size - 1);
    else if (has_address(op))
        used += (size_t)snprintf(text + used, size - used, "; 0x%" PRIx64, op->va);
    if (op->ttl != 0 && used < size)
        snprintf(text + used, size - used, "; TTL: %s KB granule, level %u",
                 op->ttl >> 2 == 1   ? "4"
                 : op->ttl >> 2 == 2 ? "16"
                                     : "64",
                 op->ttl & 3u);
}

static void print_reach(struct explain *x, const struct tlbi *op)
{
    struct table t;

    table_start(&t, 2);
    table_cell(&t, "TLB entries%s%s", has_address(op) ? " that translate the address" : "",
               op->secure ? ", Secure state" : "");
    table_cell(&t, "dropped");
    for (unsigned n = 0; n < ARRAY_LEN(entries); n++) {
        table_cell(&t, "%s", entries[n].text);
        table_cell(&t, drops(op, &entries[n]) ? "yes" : "no");
    }
    table_print(x, &t);
}

static void print_level(struct explain *x, const struct access_request *q, unsigned el, uint64_t xt)
{
    const char *text[12];
    char line[256];
    struct access_answer a;
    struct tlbi op;

    access_ask(x, q, el, &a);
    if (a.verdict.outcome != ACCESS_OK) {
        say(x, "  At EL%u    %s: %s; exception to EL%u\n", el,
            a.verdict.outcome == ACCESS_TRAP ? "traps" : "is UNDEFINED", a.verdict.rule, a.route.el);
        return;
    }
    make(x, q, el, xt, &op);
    say(x, "  At EL%u    works on the %s regime%s\n", el, regime_name(op.regime),
        op.illegal ? ", but the operand (or a Secure state without EL2) makes it do nothing" : "");
    scope_text(&op, line, sizeof(line));
    say(x, "  Covers    ");
    say_wrapped(x, 12, 12, line);
    say(x, "  Heard by  %s%s%s\n", share_names[op.share], upgraded(x, q, el, &op) ? ", by HCR_EL2.FB=1" : "",
        op.nxs ? "; nXS" : "");
    say(x, "  SMMU      ");
    say_wrapped(x, 12, 12, smmu(&op));
    if (!x->el_given)
        return;
    print_reach(x, &op);
    const unsigned n = remarks(x, &op, el, text, ARRAY_LEN(text));
    for (unsigned k = 0; k < n; k++) {
        say(x, "  * ");
        say_wrapped(x, 4, 4, text[k]);
    }
}

static void json_level(struct explain *x, const struct access_request *q, unsigned el, uint64_t xt)
{
    const char *text[12];
    struct access_answer a;
    struct tlbi op;

    access_ask(x, q, el, &a);
    json_open(x, NULL, '{');
    json_number(x, "el", el);
    json_text(x, "outcome",
              a.verdict.outcome == ACCESS_OK     ? "executed"
              : a.verdict.outcome == ACCESS_TRAP ? "trap"
                                                 : "undefined");
    json_text(x, "rule", a.verdict.rule);
    if (a.verdict.outcome != ACCESS_OK) {
        json_number(x, "target_el", a.route.el);
        json_close(x);
        return;
    }
    make(x, q, el, xt, &op);
    json_text(x, "regime", regime_name(op.regime));
    json_text(x, "kind", kind_names[op.kind]);
    json_bool(x, "secure", op.secure);
    json_bool(x, "last_level", op.last_level);
    json_bool(x, "range", op.range);
    json_bool(x, "nxs", op.nxs);
    json_bool(x, "illegal", op.illegal);
    json_text(x, "shareability", op.share == TLBI_NSH ? "NSH" : op.share == TLBI_ISH ? "ISH" : "OSH");
    json_bool(x, "upgraded_by_fb", upgraded(x, q, el, &op));
    json_number(x, "vmid", op.vmid);
    json_number(x, "asid", op.asid);
    json_hex(x, "va", op.va);
    json_hex(x, "size", op.size);
    json_number(x, "ttl", op.ttl);
    json_text(x, "smmu", smmu(&op));
    json_open(x, "entries", '[');
    for (unsigned n = 0; n < ARRAY_LEN(entries); n++) {
        json_open(x, NULL, '{');
        json_text(x, "entry", entries[n].text);
        json_bool(x, "dropped", drops(&op, &entries[n]));
        json_close(x);
    }
    json_close(x);
    json_open(x, "remarks", '[');
    const unsigned n = remarks(x, &op, el, text, ARRAY_LEN(text));
    for (unsigned k = 0; k < n; k++)
        json_text(x, NULL, text[k]);
    json_close(x);
    json_close(x);
}

static bool level_exists(const struct explain *x, unsigned el)
{
    return el < 2 || (el == 2 ? el2_enabled(&x->feat, x->sr) : x->feat.has_el3);
}

bool explain_tlbi(struct explain *x)
{
    char text[64];
    struct access_request q;
    uint64_t xt = 0;

    if (x->n_args != 1)
        return explain_fail(x, "explain tlbi: one operation is wanted, such as vae1is");
    const bool whole = strncmp(x->arg[0], "tlbi", 4) == 0 || strncmp(x->arg[0], "TLBI", 4) == 0;
    snprintf(text, sizeof(text), "%s%.50s", whole ? "" : "tlbi ", x->arg[0]);
    if (!access_parse(x, text, &q))
        return false;
    struct tlbi op;
    tlbi_make(&op, &x->feat, x->sr, 3, q.reg, 0);
    if (q.reg == SR_NONE || strcmp(op.name, "unallocated") == 0)
        return explain_fail(x, "explain tlbi: '%s' is not a TLBI", x->arg[0]);
    if (!explain_option_number(x, "xt", 0, UINT64_MAX, &xt))
        return false;
    if (x->json) {
        json_open(x, NULL, '{');
        json_text(x, "command", "tlbi");
        json_text(x, "operation", q.name);
        json_hex(x, "encoding", q.raw);
        explain_state_json(x);
        json_open(x, "levels", '[');
        for (unsigned el = 0; el < 4; el++)
            if (level_exists(x, el) && (!x->el_given || el == x->el))
                json_level(x, &q, el, xt);
        json_close(x);
        explain_notes_json(x);
        json_close(x);
        return true;
    }
    say_strong(x, "%s", q.name);
    explain_state_text(x);
    explain_notes_text(x);
    for (unsigned el = x->el_given ? 0 : 1; el < 4; el++)
        if (level_exists(x, el) && (!x->el_given || el == x->el))
            print_level(x, &q, el, xt);
    if (!x->el_given)
        say(x, "--el N says which entries go, and what stays.\n");
    return true;
}
