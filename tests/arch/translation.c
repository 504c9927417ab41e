/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs the address-translation vectors (tests/data/vectors/translation.tsv.gz, computed with Arm's
 * specification; its header says what a row is) directly on mmu/: registers and memory from the row, then the
 * fetch of the instruction, and the access or AT that it makes. Compares PAR_EL1, the kind, level and stage
 * of faults, the faulting IPA, the data reached, and every change of memory. No TLB; with --tlb each row runs
 * a second time on a TLB that the first run filled.
 *
 *     translation FILE [--tlb] [FILTER]     FILTER: only rows whose first two columns contain it; failures
 * are printed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

enum { MAX_LINE = 16384, MAX_WORDS = 64, MAX_PRINTED = 40 };

struct word {
    uint64_t pa, initial, value;
};

struct memory {
    struct word w[MAX_WORDS];
    unsigned count;
};

/* One row, parsed. */
struct row {
    const char *id, *what, *operation, *result, *changes;
    uint64_t sr[SR_COUNT];
    uint64_t pc, x1, x2;
    unsigned el;
    bool pan, uao;
    struct memory mem;
};

struct tally {
    unsigned run, passed, left_out;
};

struct runner {
    struct features feat;
    struct tlb *tlb;
    const char *filter;
    bool with_tlb;
    unsigned printed;
};

/* What the row's step came to. */
struct outcome {
    enum { DONE_OK, DONE_PAR, DONE_FAULT } kind;
    uint64_t par, x0;
    struct fault fault;
    bool fetch; /* the fault is the fetch's */
};

/* ---- memory ---- */

static struct word *word_at(struct memory *m, uint64_t pa)
{
    pa &= ~UINT64_C(7);
    for (unsigned n = 0; n < m->count; n++)
        if (m->w[n].pa == pa)
            return &m->w[n];
    if (m->count == MAX_WORDS) {
        fprintf(stderr, "translation: a row uses too much memory\n");
        exit(2);
    }
    m->w[m->count] = (struct word){.pa = pa};
    return &m->w[m->count++];
}

static bool port_read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    (void)ns;
    *value = word_at(opaque, pa)->value;
    return true;
}

static bool port_cas64(void *opaque, uint64_t pa, bool ns, uint64_t expected, uint64_t desired, bool *swapped)
{
    struct word *w = word_at(opaque, pa);
    (void)ns;
    *swapped = w->value == expected;
    if (*swapped)
        w->value = desired;
    return true;
}

/* `size` bytes at pa, which may cross a word. */
static uint64_t mem_read(struct memory *m, uint64_t pa, unsigned size)
{
    uint64_t v = 0;
    for (unsigned n = 0; n < size; n++)
        v |= (word_at(m, pa + n)->value >> (8 * ((pa + n) & 7)) & 0xff) << (8 * n);
    return v;
}

static void mem_write(struct memory *m, uint64_t pa, unsigned size, uint64_t v)
{
    for (unsigned n = 0; n < size; n++) {
        unsigned lsb = 8 * (unsigned)((pa + n) & 7);
        struct word *w = word_at(m, pa + n);
        w->value = bits_set(w->value, lsb + 7, lsb, v >> (8 * n));
    }
}

/* ---- parsing ---- */

static void parse_registers(struct row *r, char *column)
{
    for (char *save = NULL, *t = strtok_r(column, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(t, '=');
        if (eq == NULL)
            continue;
        *eq = 0;
        uint64_t v = strtoull(eq + 1, NULL, 0);
        enum sysreg reg = sysreg_by_name(t);
        if (strcmp(t, "PC") == 0)
            r->pc = v;
        else if (strcmp(t, "X1") == 0)
            r->x1 = v;
        else if (strcmp(t, "X2") == 0)
            r->x2 = v;
        else if (strcmp(t, "PSTATE.EL") == 0)
            r->el = (unsigned)v;
        else if (strcmp(t, "PSTATE.PAN") == 0)
            r->pan = v;
        else if (strcmp(t, "PSTATE.UAO") == 0)
            r->uao = v;
        else if (reg != SR_NONE)
            r->sr[reg] = v;
        else if (strcmp(t, "PSTATE.SP") != 0)
            fprintf(stderr, "%s: unknown register %s\n", r->id, t);
    }
}

static void parse_memory(struct row *r, char *column)
{
    for (char *save = NULL, *t = strtok_r(column, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(t, '=');
        if (eq == NULL)
            continue;
        struct word *w = word_at(&r->mem, strtoull(t, NULL, 16));
        w->initial = w->value = strtoull(eq + 1, NULL, 16);
    }
}

static bool split(struct row *r, char *line)
{
    char *column[7];
    for (unsigned n = 0; n < 7; n++) {
        column[n] = line;
        line = strchr(line, n < 6 ? '\t' : '\n');
        if (line == NULL)
            return n == 6;
        *line++ = 0;
    }
    memset(r, 0, sizeof *r);
    r->id = column[0];
    r->what = column[1];
    r->operation = column[4];
    r->result = column[5];
    r->changes = column[6];
    parse_registers(r, column[2]);
    parse_memory(r, column[3]);
    return true;
}

/* ---- the step ---- */

struct operation {
    const char *name;
    enum { OP_LOAD, OP_STORE, OP_SWAP, OP_ADD } kind;
    bool unpriv, sign;
};

static struct operation find_operation(const char *text)
{
    static const struct operation table[] = {
        {"LDTRSW", OP_LOAD, true, true}, {"LDRSB", OP_LOAD, false, true}, {"LDRSW", OP_LOAD, false, true},
        {"LDTR", OP_LOAD, true, false},  {"STTR", OP_STORE, true, false}, {"LDADD", OP_ADD, false, false},
        {"SWP", OP_SWAP, false, false},  {"LD", OP_LOAD, false, false},   {"ST", OP_STORE, false, false},
    };
    for (unsigned n = 0; n < ARRAY_LEN(table); n++)
        if (strncmp(text, table[n].name, strlen(table[n].name)) == 0)
            return table[n];
    fprintf(stderr, "translation: unknown operation %s\n", text);
    exit(2);
}

static bool fault_outcome(struct outcome *o, const struct fault *f, bool fetch)
{
    o->kind = DONE_FAULT;
    o->fault = *f;
    o->fetch = fetch;
    return false;
}

static bool fetch(const struct runner *x, struct row *r, const struct mmu_port *port, struct outcome *o)
{
    struct tctx t;
    struct mmu_result res;
    const struct mmu_access a = {.type = ACCESS_FETCH};
    tctx_make(&t, &x->feat, r->sr, r->el, false, r->pan);
    if (!mmu_translate(&t, port, r->pc, &a, &res))
        return fault_outcome(o, &res.fault, true);
    uint32_t insn = (uint32_t)mem_read(&r->mem, res.pa, 4);
    o->x0 = bits(insn, 20, 5); /* if it is a MOVZ */
    return true;
}

static void data_access(const struct runner *x, struct row *r, const struct mmu_port *port, struct outcome *o)
{
    struct operation op = find_operation(r->operation);
    unsigned size = (unsigned)strtoul(strstr(r->operation, "size=") + 5, NULL, 10);
    struct tctx t;
    struct mmu_result res;
    bool unpriv = op.unpriv && !r->uao;
    const struct mmu_access a = {.type = op.kind == OP_LOAD ? ACCESS_READ : ACCESS_WRITE,
                                 .rmw = op.kind >= OP_SWAP,
                                 .unaligned = r->x1 & (size - 1)};
    tctx_make(&t, &x->feat, r->sr, r->el, unpriv, r->pan);
    if (!mmu_translate(&t, port, r->x1, &a, &res)) {
        fault_outcome(o, &res.fault, false);
        return;
    }
    uint64_t v = mem_read(&r->mem, res.pa, size);
    if (op.kind != OP_STORE)
        o->x0 =
            op.sign ? (uint64_t)sign_extend(v, 8 * size) & ones(strstr(r->operation, " w0") ? 32 : 64) : v;
    if (op.kind != OP_LOAD)
        mem_write(&r->mem, res.pa, size, op.kind == OP_ADD ? v + r->x2 : r->x2);
}

static struct outcome step(const struct runner *x, struct row *r)
{
    struct outcome o = {.kind = DONE_OK};
    const struct mmu_port port = {
        .read64 = port_read64, .cas64 = port_cas64, .opaque = &r->mem, .tlb = x->with_tlb ? x->tlb : NULL};
    if (!fetch(x, r, &port, &o) || strncmp(r->operation, "FETCH", 5) == 0)
        return o;
    o.x0 = 0;
    if (strncmp(r->operation, "AT ", 3) != 0) {
        data_access(x, r, &port, &o);
        return o;
    }
    char name[16] = "AT_";
    sscanf(r->operation + 3, "%12s", name + 3);
    enum sysreg reg = sysreg_by_name(name);
    if (reg == SR_NONE) {
        name[2] = ' ';
        reg = sysreg_by_name(name);
    }
    if (at_execute(&x->feat, r->sr, r->el, r->pan, &port, reg, r->x1, &o.par, &o.fault))
        o.kind = DONE_PAR;
    else
        o.kind = DONE_FAULT;
    return o;
}

/* ---- comparing ---- */

static bool field(const char *result, const char *name, uint64_t *v)
{
    const char *p = strstr(result, name);
    if (p == NULL)
        return false;
    *v = strtoull(p + strlen(name), NULL, 0);
    return true;
}

static bool same_par(const struct row *r, uint64_t got, uint64_t want)
{
    bool secure = strstr(r->what, "sec") != NULL || strncmp(r->what, "EL3", 3) == 0;
    uint64_t ignore = want & 1 ? MASK(63, 48) : BIT(10) | (secure ? 0 : BIT(9));
    return ((got ^ want) & ~ignore) == 0;
}

static bool same_fault(const struct row *r, const struct outcome *o)
{
    uint64_t esr = 0, hpfar = 0, el = 0;
    const struct fault *f = &o->fault;
    field(r->result, "ESR=", &esr);
    field(r->result, "EL=", &el);
    unsigned ec = (unsigned)bits(esr, 31, 26);
    bool is_fetch = ec == EC_INSN_ABORT_LOWER || ec == EC_INSN_ABORT_SAME;
    if (is_fetch != o->fetch || bits(esr, 5, 0) != fault_fsc(f) || bit(esr, 7) != f->s1ptw)
        return false;
    bool at = strncmp(r->operation, "AT ", 3) == 0;
    if (!is_fetch && !at && bit(esr, 6) != f->write)
        return false;
    if (field(r->result, "HPFAR=", &hpfar) && (!f->stage2 || f->ipa >> 12 != hpfar >> 4))
        return false;
    bool guest = r->el < 2 && !(r->sr[SR_HCR_EL2] & HCR_TGE) && r->sr[SR_SCR_EL3] & SCR_NS;
    return !guest || f->stage2 == (el == 2);
}

/* The row's memory-changes column against what changed: "may:" entries are optional. */
static bool same_memory(struct row *r)
{
    bool at = strncmp(r->operation, "AT ", 3) == 0, ok = true;
    char text[MAX_LINE];
    snprintf(text, sizeof text, "%s", r->changes);
    bool may = at;
    for (char *save = NULL, *t = strtok_r(text, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        if (strncmp(t, "may:", 4) == 0) {
            may = true;
            t += 4;
        }
        char *eq = strchr(t, '=');
        if (eq == NULL)
            continue;
        struct word *w = word_at(&r->mem, strtoull(t, NULL, 16));
        uint64_t want = strtoull(eq + 1, NULL, 16);
        ok &= w->value == want || (may && w->value == w->initial);
        w->initial = w->value; /* accounted for */
    }
    for (unsigned n = 0; n < r->mem.count; n++)
        ok &= r->mem.w[n].value == r->mem.w[n].initial;
    return ok;
}

static bool same(struct row *r, const struct outcome *o)
{
    uint64_t v;
    switch (o->kind) {
    case DONE_PAR:
        return field(r->result, "PAR=", &v) && same_par(r, o->par, v);
    case DONE_FAULT:
        return strncmp(r->result, "EXC", 3) == 0 && same_fault(r, o) && same_memory(r);
    default:
        return strncmp(r->result, "OK", 2) == 0 && (!field(r->result, "X0=", &v) || v == o->x0) &&
               same_memory(r);
    }
}

static void print_failure(struct runner *x, const struct row *r, const struct outcome *o, const char *which)
{
    if (x->printed++ >= MAX_PRINTED)
        return;
    printf("FAIL %s%s [%s] %s\n  want %s mem %s\n", r->id, which, r->what, r->operation, r->result,
           r->changes);
    if (o->kind == DONE_PAR)
        printf("  got  PAR=0x%" PRIx64 "\n", o->par);
    else if (o->kind == DONE_OK)
        printf("  got  OK X0=0x%" PRIx64 "\n", o->x0);
    else
        printf("  got  %s FSC=0x%x s1ptw=%d stage2=%d write=%d ipa=0x%" PRIx64 "\n",
               o->fetch ? "fetch" : "data", fault_fsc(&o->fault), o->fault.s1ptw, o->fault.stage2,
               o->fault.write, o->fault.ipa);
    if (o->fault.type != FAULT_NONE && o->fault.rule != NULL)
        printf("       %s\n", o->fault.rule);
    for (unsigned n = 0; n < r->mem.count; n++)
        if (r->mem.w[n].value != r->mem.w[n].initial)
            printf("       changed 0x%" PRIx64 "=0x%" PRIx64 "\n", r->mem.w[n].pa, r->mem.w[n].value);
}

/* Runs a row; with a TLB, twice, the second time from memory as it is then, where a hit must give the same.
 */
static bool run_row(struct runner *x, struct row *r)
{
    struct row again = *r;
    if (x->with_tlb)
        tlb_flush(x->tlb);
    struct outcome o = step(x, r);
    if (!same(r, &o)) {
        print_failure(x, r, &o, "");
        return false;
    }
    if (!x->with_tlb || o.kind != DONE_OK)
        return true;
    o = step(x, &again);
    if (!same(&again, &o) && strcmp(again.changes, "-") == 0) {
        print_failure(x, &again, &o, " (second time)");
        return false;
    }
    return true;
}

/* ---- the feature profile of the file's header ---- */

static void set_profile(struct features *f)
{
    static const enum feature on[] = {
        FEAT_VHE,      FEAT_SEL2, FEAT_NV,     FEAT_NV2,    FEAT_PAN,     FEAT_PAN2,
        FEAT_PAN3,     FEAT_UAO,  FEAT_HPDS,   FEAT_HPDS2,  FEAT_HAFDBS,  FEAT_XNX,
        FEAT_S2FWB,    FEAT_TTST, FEAT_LPA,    FEAT_LVA,    FEAT_LPA2,    FEAT_E0PD,
        FEAT_BBM,      FEAT_XS,   FEAT_VMID16, FEAT_ASID16, FEAT_TGran4K, FEAT_TGran16K,
        FEAT_TGran64K, FEAT_LSE,  FEAT_LSE2,   FEAT_BTI,    FEAT_TTL,
    };
    static const enum feature off[] = {FEAT_MTE,   FEAT_MTE2,  FEAT_MTE3, FEAT_PAuth, FEAT_PAuth2, FEAT_TCR2,
                                       FEAT_S1PIE, FEAT_S2PIE, FEAT_D128, FEAT_HAFT,  FEAT_RME};
    for (unsigned n = 0; n < ARRAY_LEN(on); n++)
        feature_set(f, on[n], true);
    for (unsigned n = 0; n < ARRAY_LEN(off); n++)
        feature_set(f, off[n], false);
    f->pa_bits = 52;
    f->has_el2 = f->has_el3 = true;
}

static int run_file(struct runner *x, const char *path)
{
    static char line[MAX_LINE];
    static struct row r;
    struct tally total = {0};
    gzFile in = gzopen(path, "rb");
    if (in == NULL) {
        fprintf(stderr, "translation: can't open %s\n", path);
        return 2;
    }
    while (gzgets(in, line, sizeof line) != NULL) {
        if (line[0] == '#' || line[0] == '\n' || !split(&r, line))
            continue;
        if (x->filter != NULL && strstr(r.what, x->filter) == NULL && strcmp(r.id, x->filter) != 0) {
            total.left_out++;
            continue;
        }
        total.run++;
        total.passed += run_row(x, &r);
    }
    gzclose(in);
    printf("translation%s: %u rows, %u passed, %u failed, %u left out by the filter, 0 by feature\n",
           x->with_tlb ? " (TLB)" : "", total.run, total.passed, total.run - total.passed, total.left_out);
    return total.run == 0 || total.passed != total.run;
}

int main(int argc, char **argv)
{
    static struct runner x;
    if (argc < 2) {
        fprintf(stderr, "usage: translation FILE [--tlb] [FILTER]\n");
        return 2;
    }
    for (int n = 2; n < argc; n++) {
        if (strcmp(argv[n], "--tlb") == 0)
            x.with_tlb = true;
        else
            x.filter = argv[n];
    }
    set_profile(&x.feat);
    x.tlb = tlb_create();
    int status = run_file(&x, argv[1]);
    tlb_destroy(x.tlb);
    return status;
}
