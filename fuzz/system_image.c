/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing the image of a batch, reading its results. See system_image.h; the layout is monitor.h's.
 */
#include "fuzz/system_image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "fuzz/monitor.h"
#include "sysregs/fields.h"

static_assert(MONITOR_EVENTS == PROGRAM_EVENTS && MONITOR_END == PROGRAM_END,
              "monitor.h and program.h agree");
static_assert(MONITOR_AT == PROGRAM_MONITOR_AT, "monitor.h and program.h agree");
static_assert(MONITOR_TABLES == PROGRAM_TABLES_AT, "monitor.h and program.h agree");
static_assert(RESULT_EVENT_SIZE >= RESULT_EVENT_STATE + 8 * PROGRAM_STATE, "room for the state");
static_assert(RESULT_REGISTERS >= RESULT_EVENT + RESULT_EVENT_SIZE * PROGRAM_EVENTS, "room for all events");
static_assert(RESULT_TABLES >= RESULT_REGISTERS + 8 * PROGRAM_REGISTERS, "room for all registers");
static_assert(RESULT_SIZE >= RESULT_TABLES + 8 * PROGRAM_WORDS, "room for all words");

static const uint32_t monitor_words[] = {
#include "fuzz/monitor_words.inc"
};

enum {
    RET = 0xd65f03c0,
    PAGE = 4096,
    MAX_PAGES = PROGRAM_SIZE / PAGE,
    MAX_WORDS = PROGRAM_WORDS + PROGRAM_CODE + 64
};
/* What is in front of the programs' own memory. */
#define IMAGE_LIMIT (PROGRAM_BASE - MONITOR_AT)

/* LDR X1, [X0], #8; STR X1, [X0], #8. */
#define LOAD_NEXT UINT32_C(0xf8408401)
#define STORE_NEXT UINT32_C(0xf8008401)

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned n = 0; n < 4; n++)
        p[n] = (uint8_t)(v >> 8 * n);
}

static void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned n = 8; n-- > 0;)
        v = v << 8 | p[n];
    return v;
}

uint64_t system_image_control(const uint8_t *memory, unsigned offset)
{
    return get64(memory + (MONITOR_CONTROL - MONITOR_AT) + offset);
}

void system_image_set_control(uint8_t *memory, unsigned offset, uint64_t value)
{
    put64(memory + (MONITOR_CONTROL - MONITOR_AT) + offset, value);
}

/* ---- growing ---- */

/* Room for `size` bytes at a multiple of `align`; their physical address. */
static uint64_t reserve(struct system_image *i, size_t size, size_t align)
{
    size_t at = (i->size + align - 1) / align * align;
    if (at + size > i->capacity) {
        size_t capacity = (at + size) * 2;
        i->bytes = xrealloc(i->bytes, capacity);
        memset(i->bytes + i->capacity, 0, capacity - i->capacity);
        i->capacity = capacity;
    }
    i->size = at + size;
    return MONITOR_AT + at;
}

static uint8_t *at(struct system_image *i, uint64_t address)
{
    return i->bytes + (address - MONITOR_AT);
}

static void append32(struct system_image *i, uint32_t v)
{
    uint64_t address = reserve(i, 4, 4);
    put32(at(i, address), v);
}

static uint64_t append64(struct system_image *i, uint64_t v)
{
    uint64_t address = reserve(i, 8, 8);
    put64(at(i, address), v);
    return address;
}

/* Where the next routine begins. */
static uint64_t here(struct system_image *i)
{
    return reserve(i, 0, 16);
}

/* ---- routines ---- */

/* Tries a register, with HCR_EL2 as `hcr` for the others: what it holds, and after ones and zeros. */
static void append_probe_of(struct system_image *i, const struct system_register *r)
{
    append32(i, system_mrs(r->encoding, 1));
    append32(i, STORE_NEXT);
    append32(i, UINT32_C(0xaa0103e2)); /* MOV X2, X1 */
    append32(i, UINT32_C(0x92800003)); /* MOV X3, #-1 */
    append32(i, system_msr(r->encoding, 3));
    append32(i, system_mrs(r->encoding, 1));
    append32(i, STORE_NEXT);
    append32(i, system_msr(r->encoding, 31));
    append32(i, system_mrs(r->encoding, 1));
    append32(i, STORE_NEXT);
    append32(i, system_msr(r->encoding, 2));
}

static uint64_t append_probe(struct system_image *i)
{
    uint64_t routine = here(i);
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        append32(i, UINT32_C(0xd2b00001));                     /* MOV X1, #1 << 31 */
        append32(i, e2h ? UINT32_C(0xb25e0021) : PROGRAM_NOP); /* ORR X1, X1, #1 << 34 */
        append32(i, system_msr(system_encoding(SR_HCR_EL2), 1));
        append32(i, UINT32_C(0xd5033fdf)); /* ISB */
        for (unsigned n = 0; n < i->regs->n; n++)
            append_probe_of(i, &i->regs->row[n]);
    }
    for (unsigned n = 0; system_id_register(n) != SR_NONE; n++) {
        append32(i, system_mrs(system_encoding(system_id_register(n)), 1));
        append32(i, STORE_NEXT);
    }
    append32(i, RET);
    return routine;
}

static uint64_t append_restore(struct system_image *i)
{
    uint64_t routine = here(i);
    for (unsigned n = 0; n < i->regs->n; n++) {
        append32(i, LOAD_NEXT);
        append32(i, system_msr(i->regs->row[n].encoding, 1));
    }
    append32(i, RET);
    return routine;
}

static uint64_t append_collect(struct system_image *i)
{
    uint64_t routine = here(i);
    for (unsigned n = 0; n < i->regs->n; n++) {
        if (i->regs->row[n].write_only)
            continue;
        append32(i, system_mrs(i->regs->row[n].encoding, 1));
        append32(i, STORE_NEXT);
    }
    append32(i, RET);
    return routine;
}

static uint64_t append_state(struct system_image *i)
{
    uint64_t routine = here(i);
    for (unsigned n = 0; system_state_register(n) != SR_NONE; n++) {
        append32(i, system_mrs(system_encoding(system_state_register(n)), 1));
        append32(i, STORE_NEXT);
    }
    append32(i, RET);
    return routine;
}

/* ---- the image ---- */

static void init(struct system_image *i, const struct system_registers *regs)
{
    *i = (struct system_image){.regs = regs};
    reserve(i, MONITOR_IMAGE - MONITOR_AT, 1);
    for (unsigned n = 0; n < ARRAY_LEN(monitor_words); n++)
        put32(i->bytes + 4 * n, monitor_words[n]);
    system_image_set_control(i->bytes, CONTROL_SCR, system_scr_base());
}

void system_image_init_probe(struct system_image *i, const struct system_registers *regs)
{
    init(i, regs);
    uint64_t probe = append_probe(i);
    system_image_set_control(i->bytes, CONTROL_PROBE, probe);
}

void system_image_init(struct system_image *i, const struct system_registers *regs)
{
    init(i, regs);
    uint64_t restore = append_restore(i), collect = append_collect(i), state = append_state(i);
    uint64_t values = here(i);
    for (unsigned n = 0; n < regs->n; n++)
        append64(i, regs->row[n].base);
    system_image_set_control(i->bytes, CONTROL_RESTORE, restore);
    system_image_set_control(i->bytes, CONTROL_COLLECT, collect);
    system_image_set_control(i->bytes, CONTROL_STATE, state);
    system_image_set_control(i->bytes, CONTROL_VALUES, values);
}

void system_image_destroy(struct system_image *i)
{
    free(i->bytes);
    free(i->records);
    *i = (struct system_image){0};
}

static size_t result_bytes(const struct system_image *i)
{
    size_t probe = 8 * (2 * 3 * (size_t)i->regs->n + SYSTEM_ID_REGISTERS);
    size_t results = (size_t)i->n * RESULT_SIZE;
    return results > probe ? results : probe;
}

size_t system_image_extent(const struct system_image *i)
{
    return i->results - MONITOR_AT + result_bytes(i);
}

void system_image_finish(struct system_image *i)
{
    uint64_t records = here(i);
    for (unsigned n = 0; n < i->n; n++)
        append64(i, i->records[n]);
    i->results = reserve(i, 0, PAGE);
    system_image_set_control(i->bytes, CONTROL_COUNT, i->n);
    system_image_set_control(i->bytes, CONTROL_RECORDS, records);
    system_image_set_control(i->bytes, CONTROL_RESULTS, i->results);
}

/* ---- a program ---- */

/* Pages and words of the program that is being added. */
struct memory {
    uint64_t fill[MAX_PAGES]; /* what a page is filled with */
    bool used[MAX_PAGES];
    struct program_word words[MAX_WORDS];
    unsigned n_words;
};

#define END_PAIR ((uint64_t)PROGRAM_END_INSN << 32 | PROGRAM_END_INSN)

static void use_page(struct memory *m, uint64_t address, uint64_t fill)
{
    uint64_t page = (address - PROGRAM_BASE) / PAGE;
    if (page < MAX_PAGES) {
        m->used[page] = true;
        m->fill[page] = fill != 0 ? fill : m->fill[page];
    }
}

static void add_word(struct memory *m, uint64_t address, uint64_t value)
{
    if (m->n_words < MAX_WORDS && address >= PROGRAM_BASE && address - PROGRAM_BASE < PROGRAM_SIZE)
        m->words[m->n_words++] = (struct program_word){address, value};
}

/* Instructions lie in 64-bit words with their neighbours. */
static void add_insn(struct memory *m, const struct program_insn *insn)
{
    uint64_t address = PROGRAM_CODE_AT + (insn->at & ~UINT32_C(3));
    unsigned shift = address & 4 ? 32 : 0;
    uint64_t mask = (uint64_t)UINT32_MAX << shift;
    struct program_word *w = m->n_words != 0 ? &m->words[m->n_words - 1] : NULL;
    if (w == NULL || w->at != (address & ~UINT64_C(7))) {
        add_word(m, address & ~UINT64_C(7), END_PAIR);
        w = &m->words[m->n_words - 1];
    }
    w->value = (w->value & ~mask) | (uint64_t)insn->raw << shift;
    use_page(m, address, END_PAIR);
}

static void add_vectors(struct memory *m, uint64_t page, unsigned imm)
{
    use_page(m, page, END_PAIR);
    for (unsigned slot = 0; slot < 16; slot++)
        add_word(m, page + 0x80 * slot,
                 (END_PAIR & ~(uint64_t)UINT32_MAX) | UINT32_C(0xd4000003) | (imm << 8 | slot) << 5);
}

static void gather(struct memory *m, const struct program *p)
{
    memset(m, 0, sizeof(*m));
    for (unsigned n = 0; n < p->n_code; n++)
        add_insn(m, &p->code[n]);
    add_vectors(m, PROGRAM_VECTORS_AT, VECTOR_EL1);
    add_vectors(m, PROGRAM_VECTORS_AT + PAGE, VECTOR_EL2);
    for (unsigned n = 0; n < p->n_words; n++) {
        add_word(m, p->words[n].at & ~UINT64_C(7), p->words[n].value);
        use_page(m, p->words[n].at, 0);
    }
    /* a store at the end of the data may go on in the page behind it */
    for (uint64_t page = PROGRAM_DATA_AT; page <= PROGRAM_DATA_AT + PROGRAM_DATA_SIZE; page += PAGE)
        use_page(m, page, 0);
}

/* HCR_EL2 first, EL3's controls last: program.h says why. */
static unsigned rank_of(uint16_t encoding)
{
    if (encoding == system_encoding(SR_HCR_EL2))
        return 0;
    return encoding == system_encoding(SR_SCR_EL3) || encoding == system_encoding(SR_CPTR_EL3) ||
                   encoding == system_encoding(SR_MDCR_EL3) || encoding == system_encoding(SR_SCTLR_EL3)
               ? 2
               : 1;
}

/* What is written for a setting: bits that only one side keeps stay as they are without it, and SCR_EL3
 * leaves the monitor in control (FIQ=1, SMD=0, RW=1). */
static uint64_t setting_value(const struct system_image *i, const struct program *p,
                              const struct program_setting *s)
{
    const struct system_register *r = system_registers_find(i->regs, s->encoding);
    uint64_t v = s->value;
    bool e2h = false;
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == system_encoding(SR_HCR_EL2))
            e2h = bit(p->settings[n].value, 34);
    if (r != NULL) { /* the base's ones of CPTR_EL2 are those of the other layout */
        uint64_t base = e2h && r->reg == SR_CPTR_EL2 ? 0 : r->base;
        v = (v & ~r->differ[e2h]) | (base & r->differ[e2h]);
    }
    return s->encoding == system_encoding(SR_SCR_EL3) ? (v | BIT(2) | BIT(10)) & ~BIT(7) : v;
}

static void append_settings(struct system_image *i, const struct program *p, uint64_t record)
{
    uint16_t order[PROGRAM_SETTINGS];
    unsigned count = 0;
    for (unsigned rank = 0; rank < 3; rank++)
        for (unsigned n = 0; n < p->n_settings; n++)
            if (rank_of(p->settings[n].encoding) == rank)
                order[count++] = (uint16_t)n;
    uint64_t routine = here(i);
    for (unsigned n = 0; n < count; n++) {
        append32(i, LOAD_NEXT);
        append32(i, system_msr(p->settings[order[n]].encoding, 1));
    }
    append32(i, RET);
    uint64_t values = here(i);
    for (unsigned n = 0; n < count; n++)
        append64(i, setting_value(i, p, &p->settings[order[n]]));
    put64(at(i, record + RECORD_SETTINGS), routine);
    put64(at(i, record + RECORD_VALUES), values);
}

static void append_memory(struct system_image *i, const struct program *p, uint64_t record)
{
    struct memory *m = xmalloc(sizeof(*m));
    unsigned pages = 0;
    gather(m, p);
    uint64_t list = here(i);
    for (unsigned n = 0; n < MAX_PAGES; n++)
        if (m->used[n]) {
            append64(i, PROGRAM_BASE + (uint64_t)n * PAGE);
            append64(i, m->fill[n]);
            pages++;
        }
    put64(at(i, record + RECORD_PAGES), list);
    put64(at(i, record + RECORD_PAGES + 8), pages);
    list = here(i);
    for (unsigned n = 0; n < m->n_words; n++) {
        append64(i, m->words[n].at);
        append64(i, m->words[n].value);
    }
    put64(at(i, record + RECORD_WORDS), list);
    put64(at(i, record + RECORD_WORDS + 8), m->n_words);
    free(m);
}

bool system_image_add(struct system_image *i, const struct program *p)
{
    enum { MOST = RECORD_SIZE + 16 * (MAX_WORDS + MAX_PAGES + PROGRAM_SETTINGS) + RESULT_SIZE + 256 };
    if (i->size + (size_t)i->n * (RESULT_SIZE + 8) + MOST + PAGE > IMAGE_LIMIT)
        return false;
    uint64_t record = reserve(i, RECORD_SIZE, 64);
    uint8_t *r = at(i, record);
    put64(r + RECORD_PC, p->pc);
    put64(r + RECORD_PC + 8, p->spsr);
    put64(r + RECORD_SP, p->sp_el0);
    put64(r + RECORD_SP + 8, p->sp_el1);
    put64(r + RECORD_SP + 16, p->sp_el2);
    put64(r + RECORD_FPCR, p->fpcr);
    put64(r + RECORD_FPCR + 8, p->fpsr);
    for (unsigned n = 0; n < 31; n++)
        put64(r + RECORD_X + 8 * n, p->x[n]);
    for (unsigned n = 0; n < 64; n++)
        put64(r + RECORD_V + 8 * n, p->v[n / 2][n % 2]);
    append_settings(i, p, record);
    append_memory(i, p, record);
    if (i->n == i->capacity_programs) {
        i->capacity_programs = i->capacity_programs != 0 ? 2 * i->capacity_programs : 64;
        i->records = xrealloc(i->records, i->capacity_programs * sizeof(*i->records));
    }
    i->records[i->n++] = record;
    return true;
}

/* ---- results ---- */

/* The exception sets FAR_ELx: aborts, PC alignment, watchpoints (AArch64.ReportException()). */
static bool sets_far(uint64_t esr)
{
    unsigned ec = esr >> 26 & 63;
    return ec == 0x20 || ec == 0x21 || ec == 0x22 || ((ec == 0x24 || ec == 0x25) && !(esr >> 10 & 1)) ||
           ec == 0x34 || ec == 0x35;
}

/* ... HPFAR_EL2: stage 2 faults of address size, translation and Access flag, and all of stage 2 on a walk of
 * stage 1 (IPAValid()). */
static bool sets_hpfar(uint64_t esr)
{
    unsigned ec = esr >> 26 & 63, status = esr & 63;
    bool on_walk = esr >> 7 & 1;
    return (ec == 0x20 || ec == 0x24) &&
           (status < 0x0c || status == 0x29 || status == 0x2b || (on_walk && status < 0x10));
}

static void read_event(const uint8_t *m, struct program_event *e)
{
    uint64_t first = get64(m);
    e->el = first & 3;
    e->vector = first >> 8 & 15;
    e->esr = get64(m + 8);
    bool synchronous = (e->vector & 3) == 0;
    e->far = synchronous && sets_far(e->esr) ? get64(m + 16) : 0;
    e->elr = get64(m + 24);
    e->spsr = get64(m + 32);
    e->hpfar = synchronous && e->el == 2 && sets_hpfar(e->esr) ? get64(m + 40) : 0;
    if ((e->vector & 3) != 0 && (e->vector & 3) != 3)
        e->esr = 0; /* an interrupt sets none */
    for (unsigned n = 0; system_state_register(n) != SR_NONE; n++) {
        e->state[n] = get64(m + RESULT_EVENT_STATE + (size_t)8 * n);
        /* Faults of stage 1 go to EL2, too: nothing tells that this one set HPFAR_EL2. */
        if (system_state_register(n) == SR_HCR_EL2 && (e->state[n] & HCR_TGE) != 0 && !(e->esr >> 7 & 1))
            e->hpfar = 0;
    }
}

void system_image_result(const struct system_image *i, const uint8_t *memory, unsigned n,
                         struct program_result *r)
{
    const uint8_t *m = memory + (i->results - MONITOR_AT) + (size_t)n * RESULT_SIZE;
    memset(r, 0, sizeof(*r));
    r->ran = get64(m + RESULT_STATUS) != 0;
    r->timed_out = get64(m + RESULT_STATUS) == STATUS_TIMED_OUT;
    uint64_t events = get64(m + RESULT_EVENTS);
    r->n_events = events < PROGRAM_EVENTS ? (unsigned)events : PROGRAM_EVENTS;
    for (unsigned e = 0; e < r->n_events; e++)
        read_event(m + RESULT_EVENT + (size_t)RESULT_EVENT_SIZE * e, &r->events[e]);
    for (unsigned x = 0; x < 31; x++)
        r->x[x] = get64(m + RESULT_X + 8 * x);
    for (unsigned v = 0; v < 64; v++)
        r->v[v / 2][v % 2] = get64(m + RESULT_V + 8 * v);
    r->sp_el0 = get64(m + RESULT_SP);
    r->sp_el1 = get64(m + RESULT_SP + 8);
    r->sp_el2 = get64(m + RESULT_SP + 16);
    r->fpcr = get64(m + RESULT_FPCR);
    r->fpsr = get64(m + RESULT_FPCR + 8);
    r->nzcv = get64(m + RESULT_SPSR) & UINT64_C(0xf0000000);
    r->data_hash = get64(m + RESULT_HASH);
    for (unsigned w = 0; w < PROGRAM_WORDS; w++)
        r->tables[w] = get64(m + RESULT_TABLES + (size_t)8 * w);
    for (unsigned k = 0; k < i->regs->n; k++)
        if (!i->regs->row[k].write_only) {
            r->registers[r->n_registers].encoding = i->regs->row[k].encoding;
            r->registers[r->n_registers].value = get64(m + RESULT_REGISTERS + 8 * r->n_registers);
            r->n_registers++;
        }
}

void system_image_probe(const struct system_image *i, const uint8_t *memory, struct system_probe *p)
{
    const uint8_t *m = memory + (i->results - MONITOR_AT);
    memset(p, 0, sizeof(*p));
    for (unsigned e2h = 0; e2h < 2; e2h++)
        for (unsigned n = 0; n < i->regs->n; n++, m += 24) {
            if (e2h == 0)
                p->value[n] = get64(m);
            p->ones[e2h][n] = get64(m + 8);
            p->zeros[e2h][n] = get64(m + 16);
        }
    for (unsigned n = 0; system_id_register(n) != SR_NONE; n++, m += 8)
        p->id[n] = get64(m);
}
