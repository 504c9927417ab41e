/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Traces: what instructions are said to write against the whole register file, over every encoding of Arm's
 * vectors; the compact trace's coder, forth and back on random events; filters.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "cpu/observe.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"
#include "traces/binary.h"
#include "traces/binary_read.h"
#include "traces/events.h"
#include "traces/filter.h"
#include "traces/hub.h"

static uint64_t seed = 1;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* ---- what instructions write ---- */

#define CODE FIXTURE_RAM
#define AREA (FIXTURE_RAM2 + 0x8000)

struct file {
    uint64_t low[TRACE_REGS], high[TRACE_REGS];
};

struct watch {
    struct file before;
    uint64_t executed, failures;
    uint32_t wrote[OP_COUNT]; /* bit n: the nth register of the list has changed once */
    uint32_t lists[OP_COUNT]; /* bit n: there was one */
    struct cpu *c;
};

static void take(const struct trace_cpu *c, struct file *f)
{
    for (unsigned r = 0; r < TRACE_REGS; r++)
        f->low[r] = trace_read(c, r, &f->high[r]);
}

static void before(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    (void)i;
    take(c, &((struct watch *)opaque)->before);
}

static void after(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct watch *w = opaque;
    struct file now;
    uint8_t list[TRACE_MAX_WRITES + 1];
    unsigned n = c->writes(c, list), op = w->c->trace_insn->op;
    ck_assert_uint_le(n, TRACE_MAX_WRITES);
    take(c, &now);
    w->executed++;
    for (unsigned r = 0; r < TRACE_REGS; r++) {
        bool listed = false, changed = now.low[r] != w->before.low[r] || now.high[r] != w->before.high[r];
        for (unsigned k = 0; k < n; k++) {
            if (list[k] != r)
                continue;
            listed = true;
            w->lists[op] |= 1u << k;
            w->wrote[op] |= (uint32_t)changed << k;
        }
        if (changed && !listed && !(i->exception && r == TRACE_SP) && !(op == OP_ERET)) {
            w->failures++;
            printf("%08x (%s) changes %s, and doesn't say so\n", i->raw, decode_row_name(i->raw),
                   trace_reg_name(r));
        }
    }
}

/* A state in which most instructions do something: base registers point into memory. */
static void state(struct cpu *c, uint32_t raw)
{
    for (unsigned r = 0; r < 31; r++)
        c->x[r] = draw() >> (draw() & 63);
    for (unsigned r = 0; r < 32; r++)
        c->v[r].d[0] = draw(), c->v[r].d[1] = draw();
    c->x[raw >> 16 & 31] = c->x[raw >> 16 & 31] & 0xff0;
    if ((raw >> 16 & 31) == 31)
        c->x[REG_ZR] = 0;
    c->x[raw >> 5 & 31] = AREA + (draw() & 0xff0);
    if ((raw >> 5 & 31) == 31)
        c->x[REG_ZR] = 0;
    c->x[REG_SP] = AREA + (draw() & 0xff0);
    if ((raw & 0x1b200c00) == 0x19000400) { /* copy and set: destination, size, source */
        c->x[raw & 31] = AREA;
        c->x[raw >> 16 & 31] = AREA + 0x2000;
        c->x[raw >> 5 & 31] = draw() & 0xf0;
    }
    set_nzcv(c, (unsigned)draw() & 15);
    c->fpsr = 0;
    c->exclusive_valid = false;
}

static void try_word(struct fixture *x, uint32_t raw)
{
    struct cpu *c = x->cpu;
    fixture_put_insn(x, CODE, raw);
    for (unsigned k = 0; k < 3; k++) {
        c->pc = CODE;
        c->il = c->btype = 0;
        cpu_set_el(c, 3, 1);
        state(c, raw);
        fixture_changed(x);
        c->budget = 1000;
        c->slice_insns = 1000;
        engine_traced_step(c);
        c->attention = 0;
        c->power = CPU_ON;
        codecache_bury(&x->code);
    }
}

static void try_file(struct fixture *x, const char *name, unsigned every)
{
    char path[1024], line[4096], *tab;
    const char *top = getenv("abs_top_srcdir");
    snprintf(path, sizeof(path), "%s/tests/data/vectors/%s", top != NULL ? top : ".", name);
    gzFile f = gzopen(path, "r");
    ck_assert_ptr_nonnull(f);
    for (unsigned n = 0; gzgets(f, line, sizeof(line)) != NULL; n++)
        if (line[0] != '#' && n % every == 0 && (tab = strchr(line, '\t')) != NULL)
            try_word(x, (uint32_t)strtoul(tab + 1, NULL, 16));
    gzclose(f);
}

START_TEST(writes_are_what_changes)
{
    static struct watch w;
    struct fixture x;
    const struct tracer t = {.opaque = &w, .insn = before, .done = after};
    fixture_init(&x, "max", true, true);
    fixture_reset(&x, 3, CODE);
    x.cpu->sr[SR_SCR_EL3] = SCR_NS | SCR_RW;
    x.cpu->sr[SR_VBAR_EL3] = CODE + 0x1000;
    x.cpu->sr[SR_SCTLR_EL3] |= SCTLR_ENIA | SCTLR_ENIB | SCTLR_ENDA | SCTLR_ENDB;
    w.c = x.cpu;
    cpu_set_tracer(x.cpu, &t, "start");
    try_file(&x, "insn-base.tsv.gz", 1);
    try_file(&x, "insn-fp.tsv.gz", 2);
    try_file(&x, "insn-advsimd.tsv.gz", 4);
    ck_assert_uint_gt(w.executed, 150000);
    ck_assert_uint_eq(w.failures, 0);
    /* and nothing is listed that never changes */
    unsigned never = 0;
    for (unsigned op = 0; op < OP_COUNT; op++)
        never += w.wrote[op] != w.lists[op];
    ck_assert_uint_eq(never, 0);
    cpu_set_tracer(x.cpu, NULL, NULL);
    fixture_destroy(&x);
}
END_TEST

/* ---- forth and back ---- */

/* A CPU that does anything. */
struct fake {
    struct trace_cpu c;
    uint64_t x[33], v[64], flags[4], insns, skew;
    uint32_t fpcr, fpsr;
    uint8_t list[TRACE_MAX_WRITES];
    unsigned n;
    bool fpsr_changed;
};

static struct fake *fake_of(const struct trace_cpu *c)
{
    return (struct fake *)(uintptr_t)c; /* its first member */
}

static uint64_t fake_insns(const struct trace_cpu *c)
{
    return fake_of(c)->insns;
}

static uint64_t fake_ns(const struct trace_cpu *c)
{
    return fake_of(c)->insns * 2 + fake_of(c)->skew;
}

static uint32_t fake_pstate(const struct trace_cpu *c)
{
    (void)c;
    return 0;
}

static unsigned fake_writes(const struct trace_cpu *c, uint8_t *list)
{
    struct fake *f = fake_of(c);
    unsigned n = f->c.insn.exception ? 0 : f->n;
    memcpy(list, f->list, n);
    if (f->fpsr_changed)
        list[n++] = TRACE_FPSR;
    return n;
}

static void set(struct fake *f, unsigned reg)
{
    uint64_t value = draw() >> (draw() & 63);
    if (draw() % 3 == 0)
        value = draw() % 3; /* often the same */
    if (reg < TRACE_SP)
        f->x[reg] = value;
    else if (reg == TRACE_SP)
        f->x[32] = value;
    else if (reg < TRACE_NZCV)
        f->v[2 * (reg - TRACE_V) + draw() % 2] = value;
    else if (reg == TRACE_NZCV)
        f->flags[draw() & 3] = draw();
    else if (reg == TRACE_FPCR)
        f->fpcr = (uint32_t)value;
}

/* What an instruction is and writes follows from its address, as in life; now and then it's another. */
static void random_insn(struct fake *f, const struct tracer *t)
{
    uint64_t place = draw() % 500, kind = place * 0x9e3779b97f4a7c15u;
    uint8_t data[5000];
    f->c.insn = (struct trace_insn){.va = 0xffff000000000000u + place * 4,
                                    .pa = 0x40000000 + place * 4 + (draw() % 50 == 0 ? 4096 : 0),
                                    .raw = (uint32_t)(kind >> 20),
                                    .executing = true};
    f->insns++;
    f->n = (unsigned)(kind >> 60) % 6;
    for (unsigned n = 0; n < f->n; n++)
        f->list[n] = (uint8_t)((kind >> (8 * n) & 0xff) % TRACE_FPSR);
    for (unsigned n = 1; n < f->n; n++) /* each once */
        if (memchr(f->list, f->list[n], n) != NULL)
            f->n = n;
    t->insn(t->opaque, &f->c, &f->c.insn);
    unsigned accesses = draw() % 20 == 0 ? (unsigned)(draw() % 9) : (unsigned)(kind >> 57 & 3);
    for (unsigned n = 0; n < accesses; n++) {
        uint32_t size = draw() % 40 == 0 ? (uint32_t)(draw() % 4097) : 1u << (kind >> 50 & 3);
        struct trace_memory m = {.va = f->x[3] + (draw() & 0xfff),
                                 .data = data,
                                 .size = size != 0 ? size : 3,
                                 .access = (uint8_t)(kind >> 40 & 3),
                                 .write = kind >> 39 & 1};
        m.pa = (m.va >> 12 ^ 5) << 12 | (m.va & 4095);
        for (uint32_t k = 0; k < m.size; k++)
            data[k] = draw() % 4 == 0 ? (uint8_t)draw() : 0;
        t->memory(t->opaque, &f->c, &m);
    }
    f->c.insn.exception = draw() % 100 == 0;
    f->fpsr_changed = draw() % 50 == 0;
    f->fpsr ^= f->fpsr_changed ? 1u << (draw() % 8) : 0;
    for (unsigned n = 0; n < f->n && !f->c.insn.exception; n++)
        set(f, f->list[n]);
    t->done(t->opaque, &f->c, &f->c.insn);
    f->c.insn.executing = false;
}

static void random_event(struct fake *f, const struct tracer *t)
{
    static const char *const words[] = {"one", "another", "HCR_EL2.TVM=1", "x"};
    const struct trace_exception e = {.name = words[draw() % 4],
                                      .from = f->c.where,
                                      .vector = draw(),
                                      .elr = draw(),
                                      .esr = draw(),
                                      .has_esr = draw() & 1,
                                      .spsr = (uint32_t)draw(),
                                      .cause = draw() & 1 ? words[draw() % 4] : words[0],
                                      .route = words[draw() % 4]};
    const struct trace_sysreg s = {
        .name = words[draw() % 4], .reached = words[draw() % 4], .value = draw(), .write = draw() & 1};
    const struct trace_tlbi i = {
        .name = words[draw() % 4], .va = draw(), .size = draw(), .dropped = 7, .received = true};
    const struct trace_walk w = {
        .step = TRACE_WALK_DESCRIPTOR, .level = (int8_t)((int)(draw() % 5) - 1), .desc = draw()};
    f->c.insn = (struct trace_insn){.va = 0};
    f->c.where.el = draw() & 3;
    f->c.where.asid = (uint16_t)draw();
    f->skew += draw() % 3;
    f->insns += draw() % 10 == 0;
    set(f, TRACE_SP);
    set(f, TRACE_NZCV);
    switch (draw() % 4) {
    case 0:
        t->exception(t->opaque, &f->c, &e);
        break;
    case 1:
        t->sysreg(t->opaque, &f->c, &s);
        break;
    case 2:
        t->tlbi(t->opaque, &f->c, &i);
        break;
    default:
        t->walk(t->opaque, &f->c, &w);
        break;
    }
}

START_TEST(coder_round_trip)
{
    enum { CPUS = 3 };
    static struct fake f[CPUS];
    char name[] = "/tmp/test_trace.XXXXXX", error[READ_ERROR], *text[2];
    size_t size[2];
    const struct sink_config cfg = {.file = name, .n_cpus = CPUS, .cpu = "max", .ns_per_insn = 2};
    const struct sink_config plain = {.n_cpus = CPUS};
    struct tracer t;
    ck_assert_int_ge(mkstemp(name), 0);
    FILE *out = open_memstream(&text[0], &size[0]), *again = open_memstream(&text[1], &size[1]);
    struct hub *h = hub_create();
    events_start(out, &plain, &t);
    hub_add(h, &t, NULL);
    binary_open(&cfg, &t);
    hub_add(h, &t, NULL);
    seed = 0x1234567 + (unsigned)_i;
    for (unsigned n = 0; n < CPUS; n++)
        f[n].c = (struct trace_cpu){.index = n,
                                    .x = f[n].x,
                                    .v = f[n].v,
                                    .flags = f[n].flags,
                                    .fpcr = &f[n].fpcr,
                                    .fpsr = &f[n].fpsr,
                                    .insns = fake_insns,
                                    .ns = fake_ns,
                                    .pstate = fake_pstate,
                                    .writes = fake_writes};
    for (unsigned n = 0, cpu = 0; n < 60000; n++) {
        cpu = draw() % 50 == 0 ? (unsigned)(draw() % CPUS) : cpu;
        if (draw() % 20 == 0)
            random_event(&f[cpu], hub_tracer(h));
        else
            random_insn(&f[cpu], hub_tracer(h));
    }
    hub_destroy(h);
    fclose(out);

    FILE *in = fopen(name, "rb");
    ck_assert_ptr_nonnull(in);
    struct binary_reader *r = binary_reader_open(in, error);
    ck_assert_msg(r != NULL, "%s", error);
    ck_assert_uint_gt(binary_reader_info(r)->blocks, 0);
    events_start(again, &plain, &t);
    const struct binary_item *item;
    while ((item = binary_reader_next(r)) != NULL)
        binary_deliver(r, item, &t);
    ck_assert_msg(binary_reader_error(r) == NULL, "%s", binary_reader_error(r));
    t.close(t.opaque);
    fclose(again);
    for (unsigned n = 0; n < CPUS; n++) { /* at the end all registers are the same */
        ck_assert_mem_eq(binary_reader_cpu(r, n)->x, f[n].x, 31 * sizeof(uint64_t));
        ck_assert_mem_eq(binary_reader_cpu(r, n)->v, f[n].v, sizeof(f[n].v));
    }
    binary_reader_free(r);
    fclose(in);
    remove(name);
    size_t at = 0;
    while (at < size[0] && at < size[1] && text[0][at] == text[1][at])
        at++;
    ck_assert_msg(size[0] == size[1] && at == size[0], "byte %zu: '%.100s' was read as '%.100s'", at,
                  text[0] + (at > 50 ? at - 50 : 0), text[1] + (at > 50 ? at - 50 : 0));
    free(text[0]);
    free(text[1]);
}
END_TEST

/* ---- filters ---- */

static bool known_symbol(void *opaque, const char *name, uint64_t *address)
{
    (void)opaque;
    *address = 0x1000;
    return strcmp(name, "main") == 0;
}

START_TEST(filters)
{
    static struct fake f;
    struct filter_state s;
    struct filter x;
    f.c = (struct trace_cpu){.insns = fake_insns, .ns = fake_ns};
    f.c.where.el = 1;
    filter_init(&x);
    filter_begin(&x, &s);
    ck_assert(filter_passes(&x, &s, &f.c, TRACE_KIND_note));
    ck_assert_ptr_null(filter_set(&x, "el", "1+2", NULL, NULL));
    ck_assert_ptr_null(filter_set(&x, "kind", "exception+note", NULL, NULL));
    ck_assert_ptr_null(filter_set(&x, "vmid", "7", NULL, NULL));
    ck_assert(!filter_passes(&x, &s, &f.c, TRACE_KIND_note));
    f.c.where.vmid = 7;
    ck_assert(filter_passes(&x, &s, &f.c, TRACE_KIND_note));
    ck_assert(!filter_passes(&x, &s, &f.c, TRACE_KIND_walk));
    f.c.where.el = 3;
    ck_assert(!filter_passes(&x, &s, &f.c, TRACE_KIND_note));

    filter_init(&x);
    ck_assert_ptr_null(filter_set(&x, "start", "main", known_symbol, NULL));
    ck_assert_ptr_null(filter_set(&x, "stop", "0x1008", known_symbol, NULL));
    ck_assert(filter_is_hot(&x));
    filter_begin(&x, &s);
    for (unsigned round = 0; round < 2; round++) {
        for (uint64_t va = 0xff8; va < 0x1018; va += 4) {
            f.c.insn.va = va;
            bool insn = filter_passes(&x, &s, &f.c, TRACE_KIND_insn),
                 done = filter_passes(&x, &s, &f.c, TRACE_KIND_done);
            ck_assert_int_eq(insn, va >= 0x1000 && va <= 0x1008);
            ck_assert_int_eq(done, insn);
        }
    }
    ck_assert_str_ne(filter_set(&x, "start", "none", known_symbol, NULL), "");
    ck_assert_str_eq(filter_set(&x, "colour", "red", NULL, NULL), "");
    ck_assert_ptr_nonnull(filter_set(&x, "el", "4", NULL, NULL));
    ck_assert_ptr_nonnull(filter_set(&x, "pc", "5-3", NULL, NULL));
    ck_assert_ptr_nonnull(filter_set(&x, "insns", "", NULL, NULL));
    ck_assert_ptr_nonnull(filter_set(&x, "kind", "insn,walk", NULL, NULL));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("trace");
    TCase *t = tcase_create("trace");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, writes_are_what_changes);
    tcase_add_loop_test(t, coder_round_trip, 0, 4);
    tcase_add_test(t, filters);
    suite_add_tcase(s, t);
    return suite_run(s);
}
