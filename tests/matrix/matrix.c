/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The access matrix: every MRS, MSR and SYS encoding of Arm's tables, executed at every Exception level and
 * Security state with all traps off, and then with every bit of every trap control changed alone. What became
 * of each access is written through semihosting, a line each; compare.awk holds two such logs against each
 * other.
 *
 *   F register value          an identification register
 *   C context                 the lines that follow belong to this context (states.h)
 *   N context                 the CPU doesn't have it
 *   B access R|W outcome [storage]   with all traps off. Outcome: ok, or the EL taken to, a dot, EC; then "!"
 * and what is wrong about the exception. Storage of a read: where the value stands; of a write: what changed
 *   U register bits           the control has no such bits: they don't keep what is written
 *   S register bits           the lines that follow are with these bits changed
 *   D access R|W outcome      differs from the B line
 *   X register value          changed unexpectedly
 *   T accesses states         totals
 *
 * The monitor (monitor.S) runs with the context's HCR_EL2 and SCR_EL3, all the time. It sees every register
 * under its own name: at EL3 nothing is redirected.
 */
#include <stdbool.h>
#include <stdint.h>

#include "states.h"

enum policy {
    FREE = 1,
    KEPT = 2,
    LIVE = 4,
    RENAMED = 8,
    READ_ONLY = 16,
    SET_BITS = 32,
    CLEAR_BITS = 64,
};
enum access_kind { MRS, MSR, SYS_ADDRESS, SYS_OTHER, MRS_OTHER, INSTRUCTION };

#define UNPACK(...)                                                                                          \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
static const struct reg {
    const char *name;
    uint64_t flip;
    int16_t reach[8]; /* other registers that the name may reach; ends with -1 or 0 */
    uint8_t policy;
} regs[] = {
#define REG(number, name, policy, flip, candidates) {#name, flip, UNPACK candidates, policy},
#define ACCESS(...)
#include "tables.h"
#undef REG
#undef ACCESS
};
static const struct access {
    const char *name;
    uint32_t word;
    int16_t reg;
    uint8_t kind;
} accesses[] = {
#define REG(...)
#define ACCESS(number, reg, name, word, kind) {name, word, reg, kind},
#include "tables.h"
#undef REG
#undef ACCESS
};
enum {
#define REG(number, name, ...) R_##name = number,
#define ACCESS(...)
#include "tables.h"
#undef REG
#undef ACCESS
};

enum {
    REGS = sizeof(regs) / sizeof(regs[0]),
    ACCESSES = sizeof(accesses) / sizeof(accesses[0]),
    NV_SLOTS = 512
};

static const struct context {
    const char *name;
    uint8_t el, ns, eel2;
    uint64_t hcr;
    unsigned groups;
} contexts[] = {
#define CONTEXT(name, el, ns, eel2, hcr, groups) {#name, el, ns, eel2, hcr, groups},
    CONTEXTS
#undef CONTEXT
};
enum { CONTEXT_COUNT = sizeof(contexts) / sizeof(contexts[0]) };

static const struct open {
    int16_t reg;
    uint64_t nvhe, vhe;
} opens[] = {
#define OPEN(reg, nvhe, vhe) {R_##reg, nvhe, vhe},
    OPENS
#undef OPEN
};

static const struct control {
    uint16_t group;
    int16_t reg;
    bool whole;
    uint64_t bits;
} controls[] = {
#define CONTROL(group, reg, bits) {group, R_##reg, false, bits},
#define WORD(group, reg, bits) {group, R_##reg, true, bits},
    CONTROLS
#undef CONTROL
#undef WORD
};

/* monitor.S */
#define MONITOR 3
#define TRAPPED UINT64_C(0x74726170706564) /* what a read gives that is trapped in the monitor itself */
#define BACK_ESR (UINT64_C(0x17) << 26 | 1u << 25 | 0x4242)
struct taken {
    uint64_t x0, esr, elr, spsr, vector;
};
extern const uint32_t probes[], calls[];
extern const uint8_t el1_vectors[], el2_vectors[];
extern uint8_t scratch[];
extern uint64_t nv_page[NV_SLOTS];
void enter(uint64_t pc, uint64_t spsr, uint64_t x0, struct taken *t);
uint64_t call(const void *code, uint64_t x0);
uint64_t semihosting(uint64_t operation, const void *block);
int matrix_main(void);

/* ---- output ---- */

static char text[32768];
static unsigned text_length;
static uint64_t output; /* handle of the console */

static void open_output(void)
{
    static const char name[] = ":tt";
    const uint64_t block[3] = {(uint64_t)(uintptr_t)name, 4, 3};
    output = semihosting(1, block); /* SYS_OPEN, "w" */
}

static void flush(void)
{
    const uint64_t block[3] = {output, (uint64_t)(uintptr_t)text, text_length};
    if (text_length != 0)
        semihosting(5, block); /* SYS_WRITE */
    text_length = 0;
}

static void put(const char *s)
{
    if (text_length > sizeof(text) - 256)
        flush();
    while (*s != 0)
        text[text_length++] = *s++;
}

static void put_hex(uint64_t v)
{
    char digits[17];
    unsigned n = 16;
    digits[16] = 0;
    do {
        digits[--n] = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v != 0);
    put(digits + n);
}

/* ---- registers, under their own names ---- */

static uint64_t shadow[REGS]; /* what each scanned register is known to hold */
static bool readable[REGS];   /* the monitor may read it in this context */
static bool scanned[REGS];    /* ... and a change of it is looked for */
static uint64_t nv_shadow[NV_SLOTS];

static uint64_t read_reg(unsigned n)
{
    return call(&calls[4 * n], 0);
}

static void write_reg(unsigned n, uint64_t v)
{
    call(&calls[4 * n + 2], v);
    __asm__ volatile("isb" ::: "memory");
}

/* Brings a register from `now` back to `old`. */
static void restore_reg(unsigned n, uint64_t old, uint64_t now)
{
    if (regs[n].policy & SET_BITS)
        return;
    write_reg(n, regs[n].policy & CLEAR_BITS ? now & ~old : old);
}

/* ---- one access ---- */

#define UNLIKE_BIT 0x8000u /* an outcome that is not `ok`: this, EL << 8, EC */

struct outcome {
    uint16_t code; /* 0: performed */
    uint8_t to;    /* EL that took an exception, also one that was part of the way back; 0: none */
    uint64_t x0, esr;
    const char *wrong; /* what is not as it must be about the exception; NULL */
};

static uint64_t esr_expected(const struct access *a, uint64_t ec, uint64_t esr)
{
    uint32_t w = a->word, iss;
    if (ec == 0x18) {
        iss = (w >> 19 & 3) << 20 | (w >> 5 & 7) << 17 | (w >> 16 & 7) << 14 | (w >> 12 & 15) << 10 |
              (w & 31) << 5 | (w >> 8 & 15) << 1 | (w >> 21 & 1);
        return ec << 26 | 1u << 25 | iss;
    }
    if (ec == 0)
        return 1u << 25;
    if (ec == 7)
        return ec << 26 | 1u << 25 | 0x1e00000;
    return esr;
}

static void judge(struct outcome *o, const struct access *a, const struct context *c, const struct taken *t,
                  uint64_t pc)
{
    uint64_t ec = t->esr >> 26 & 63;
    bool call_insn = ec == 0x15 || ec == 0x16 || ec == 0x17;
    /* FEAT_NV: an EL1 that plays EL2 sees its own exceptions as coming from EL2, but for
     * {NV,NV1,NV2}={1,1,0}. */
    bool to_self_as_el2 = o->to == 1 && c->el == 1 && (c->hcr & NV) && (c->hcr & (NV1 | NV2)) != NV1;
    o->code = UNLIKE_BIT | o->to << 8 | ec;
    o->esr = t->esr;
    if (t->esr != esr_expected(a, ec, t->esr))
        o->wrong = "syndrome";
    else if (t->elr != pc + (call_insn ? 4 : 0))
        o->wrong = "return address";
    else if ((t->spsr >> 2 & 3) != (to_self_as_el2 ? 2 : c->el))
        o->wrong = "saved state";
    else if (t->vector != (o->to > c->el ? 0x400u : 0x200u))
        o->wrong = "vector";
}

static uint64_t spsr_of(unsigned el)
{
    return 0x3c0 | el << 2 | (el != 0);
}

static struct outcome run(const struct context *c, unsigned n, uint64_t x0)
{
    struct outcome o = {0};
    struct taken t;
    uint64_t pc = (uint64_t)(uintptr_t)&probes[2 * n];
    uint64_t v1 = (uint64_t)(uintptr_t)el1_vectors, v2 = (uint64_t)(uintptr_t)el2_vectors;
    unsigned to = MONITOR;
    enter(pc, spsr_of(c->el), x0, &t);
    o.x0 = t.x0;
    if (t.esr == BACK_ESR) {
        uint64_t vectors = t.elr - 4 - v1 < 2048 ? v1 : v2;
        if (t.elr == pc + 8)
            return o;
        to = vectors == v1 ? 1 : 2;
        t.esr = read_reg(to == 1 ? R_ESR_EL1 : R_ESR_EL2);
        t.vector = t.elr - 4 - vectors;
        t.elr = read_reg(to == 1 ? R_ELR_EL1 : R_ELR_EL2);
        t.spsr = read_reg(to == 1 ? R_SPSR_EL1 : R_SPSR_EL2);
    }
    o.to = to;
    if (c->el == 0 && t.elr == pc + 4 && t.esr >> 26 == 0) /* the way back is UNDEFINED at EL0 */
        return o;
    judge(&o, &accesses[n], c, &t, pc);
    return o;
}

/* Exceptions to EL1 and EL2 leave their marks there. */
static void clean_after(const struct outcome *o)
{
    static const int16_t marks[2][5] = {{R_ESR_EL1, R_ELR_EL1, R_SPSR_EL1, R_FAR_EL1, R_FAR_EL1},
                                        {R_ESR_EL2, R_ELR_EL2, R_SPSR_EL2, R_FAR_EL2, R_HPFAR_EL2}};
    if (o->to != 0 && o->to != MONITOR)
        for (unsigned i = 0; i < 5; i++)
            write_reg(marks[o->to - 1][i], shadow[marks[o->to - 1][i]]);
}

static void put_outcome(const struct outcome *o)
{
    char s[8] = "0.00";
    if (o->code == 0) {
        put("ok");
        return;
    }
    s[0] = '0' + (o->code >> 8 & 3);
    s[2] = "0123456789abcdef"[o->code >> 4 & 15];
    s[3] = "0123456789abcdef"[o->code & 15];
    put(s);
    if (o->wrong) {
        put("!");
        put(o->wrong[0] == 's' && o->wrong[1] == 'y' ? "esr=" : o->wrong);
        if (o->wrong[0] == 's' && o->wrong[1] == 'y')
            put_hex(o->esr);
    }
}

static void put_access(unsigned n)
{
    const struct access *a = &accesses[n];
    for (const char *s = a->name; *s; s++) {
        char one[2] = {*s == ' ' ? '_' : *s, 0};
        put(one);
    }
    put(a->kind == MRS || a->kind == MRS_OTHER ? " R " : " W ");
}

/* ---- a context with all traps off ---- */

static uint16_t base[ACCESSES]; /* outcome code with all traps off */
static const char *base_wrong[ACCESSES];
static int16_t storage[ACCESSES]; /* register that a write changed; -1 */
static unsigned long total_accesses, total_states;

/* The register whose value is a harmless one to write through the name: the name's own, _EL1's for _EL12. */
static int own_register(int n)
{
    return regs[n].policy & RENAMED ? regs[n].reach[0] : n;
}

static uint64_t value_to_write(unsigned n)
{
    const struct access *a = &accesses[n];
    if (a->kind == SYS_ADDRESS)
        return (uint64_t)(uintptr_t)scratch;
    if (a->reg < 0)
        return 0;
    int own = own_register(a->reg);
    if (own < 0)
        return 0;
    const struct reg *r = &regs[own];
    if (r->policy & LIVE)
        return own == R_DAIF ? 0x3c0 : 0;
    if (own == R_ICC_EOIR0_EL1 || own == R_ICC_EOIR1_EL1 || own == R_ICC_DIR_EL1)
        return 1023;
    if (!scanned[own])
        return r->flip;
    return r->policy & FREE ? ~shadow[own] : shadow[own] ^ r->flip;
}

/* Looks for what changed, names it, puts it back. Returns the first. */
static int changes(char mark)
{
    int first = -1;
    for (unsigned r = 0; r < REGS; r++) {
        if (!scanned[r])
            continue;
        uint64_t now = read_reg(r);
        if (now == shadow[r] || now == TRAPPED)
            continue;
        if (mark == 'X') {
            put("X ");
            put(regs[r].name);
            put(" ");
            put_hex(now);
            put("\n");
        } else {
            put(first < 0 ? " " : "+");
            put(regs[r].name);
        }
        if (first < 0)
            first = r;
        restore_reg(r, shadow[r], now);
    }
    if (first >= 0)
        for (unsigned r = 0; r < REGS; r++) {
            uint64_t now = scanned[r] ? read_reg(r) : TRAPPED;
            if (now != TRAPPED)
                shadow[r] = now;
        }
    return first;
}

static bool nv_changes(void)
{
    bool any = false;
    for (unsigned i = 0; i < NV_SLOTS; i++) {
        if (nv_page[i] == nv_shadow[i])
            continue;
        put(any ? "+MEM_" : " MEM_");
        put_hex(8 * i);
        any = true;
        nv_page[i] = nv_shadow[i];
    }
    return any;
}

/* Which storage a read returned: told by its value. "~": more than one has it. */
static void put_source(int reg, uint64_t v)
{
    const char *found = 0;
    bool two = false;
    if (regs[reg].policy & LIVE)
        return;
    for (unsigned i = 0; i < NV_SLOTS; i++)
        if (v == nv_shadow[i]) {
            put(" MEM_");
            put_hex(8 * i);
            return;
        }
    for (int i = -1; i < 8; i++) {
        int r = i < 0 ? reg : regs[reg].reach[i];
        if (r < 0 || (i >= 0 && r == 0))
            break;
        if (!readable[r] || (regs[r].policy & (LIVE | RENAMED)))
            continue;
        if ((scanned[r] ? shadow[r] : read_reg(r)) == v) {
            two = two || (found != 0 && found != regs[r].name);
            found = regs[r].name;
        }
    }
    put(" ");
    put(two ? "~" : found ? found : "?");
}

static void set_up(const struct context *c)
{
    uint64_t scr = SCR_OPEN | c->ns | (uint64_t)c->eel2 << 18;
    bool e2h = (c->hcr & E2H) != 0;
    write_reg(R_SCR_EL3, scr);
    write_reg(R_HCR_EL2, HCR_OPEN | c->hcr);
    for (unsigned i = 0; i < NV_SLOTS; i++)
        nv_page[i] = nv_shadow[i] = UINT64_C(0x4e56000000000000) | i << 3;
    struct context here = {.el = MONITOR, .hcr = c->hcr};
    for (unsigned r = 0; r < REGS; r++) {
        readable[r] = run(&here, 2 * r, 0).code == 0;
        scanned[r] = readable[r] && !(regs[r].policy & (LIVE | RENAMED | READ_ONLY));
        if (scanned[r] && (regs[r].policy & FREE))
            write_reg(r, (r + 1) * UINT64_C(0x9e3779b97f4a7c15));
    }
    for (unsigned i = 0; i < sizeof(opens) / sizeof(opens[0]); i++)
        if (scanned[opens[i].reg])
            write_reg(opens[i].reg, e2h ? opens[i].vhe : opens[i].nvhe);
    write_reg(R_VBAR_EL1, (uint64_t)(uintptr_t)el1_vectors);
    write_reg(R_VBAR_EL2, (uint64_t)(uintptr_t)el2_vectors);
    if (scanned[R_VNCR_EL2])
        write_reg(R_VNCR_EL2, (uint64_t)(uintptr_t)nv_page);
    scanned[R_OSLSR_EL1] = readable[R_OSLSR_EL1];
    for (unsigned r = 0; r < REGS; r++)
        if (scanned[r])
            shadow[r] = read_reg(r);
}

static void open_matrix(const struct context *c)
{
    for (unsigned n = 0; n < ACCESSES; n++) {
        const struct access *a = &accesses[n];
        bool read = a->kind == MRS || a->kind == MRS_OTHER;
        struct outcome o = run(c, n, read ? 0x5a5a : value_to_write(n));
        total_accesses++;
        clean_after(&o);
        base[n] = o.code;
        base_wrong[n] = o.wrong;
        storage[n] = -1;
        put("B ");
        put_access(n);
        put_outcome(&o);
        if (o.code == 0 && read && a->reg >= 0)
            put_source(a->reg, o.x0);
        if (o.code == 0 && !read) {
            storage[n] = changes('B');
            nv_changes();
        }
        put("\n");
    }
    changes('X');
}

/* ---- one bit changed ---- */

static void closed_matrix(const struct context *c)
{
    for (unsigned n = 0; n < ACCESSES; n++) {
        const struct access *a = &accesses[n];
        uint64_t v = 0x5a5a;
        if (a->kind != MRS && a->kind != MRS_OTHER) {
            int own = a->reg < 0 ? -1 : own_register(a->reg);
            if (a->reg >= 0 && storage[n] >= 0)
                v = shadow[storage[n]];
            else if (own >= 0 && scanned[own])
                v = shadow[own];
            else
                v = value_to_write(n);
            if (own >= 0 && (regs[own].policy & (SET_BITS | CLEAR_BITS)))
                v = 0;
        }
        struct outcome o = run(c, n, v);
        total_accesses++;
        clean_after(&o);
        if (o.code == 0 && storage[n] >= 0 && !(regs[storage[n]].policy & (SET_BITS | CLEAR_BITS)))
            write_reg(storage[n],
                      shadow[storage[n]]); /* TVAL, AT: what they change isn't what is written to them */
        if (o.code != base[n] || o.wrong != base_wrong[n]) {
            put("D ");
            put_access(n);
            put_outcome(&o);
            put("\n");
        }
    }
}

static void change(const struct context *c, unsigned reg, uint64_t bits)
{
    uint64_t open = shadow[reg];
    write_reg(reg, open ^ bits);
    uint64_t now = read_reg(reg);
    put(now == (open ^ bits) ? "S " : "U ");
    put(regs[reg].name);
    put(" ");
    put_hex(bits);
    put("\n");
    if (now == (open ^ bits)) {
        total_states++;
        shadow[reg] = now;
        closed_matrix(c);
        changes('X');
    }
    write_reg(reg, open);
    shadow[reg] = open;
    changes('X');
}

static void closed_matrices(const struct context *c)
{
    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        const struct control *k = &controls[i];
        if (!(k->group & c->groups) || !scanned[k->reg])
            continue;
        if (k->whole)
            change(c, k->reg, k->bits);
        else
            for (unsigned bit = 0; bit < 64; bit++)
                if (k->bits & B(bit))
                    change(c, k->reg, B(bit));
    }
}

int matrix_main(void)
{
    struct context here = {.el = MONITOR};
    open_output();
    for (unsigned r = 0; r < REGS; r++)
        if (regs[r].name[0] == 'I' && regs[r].name[1] == 'D' && run(&here, 2 * r, 0).code == 0) {
            put("F ");
            put(regs[r].name);
            put(" ");
            put_hex(read_reg(r));
            put("\n");
        }
    for (unsigned i = 0; i < CONTEXT_COUNT; i++) {
        const struct context *c = &contexts[i];
        set_up(c);
        bool has_it = ((shadow[R_HCR_EL2] ^ c->hcr) & (E2H | TGE | NV | NV1 | NV2)) == 0;
        flush();
        put(has_it ? "C " : "N ");
        put(c->name);
        put("\n");
        if (!has_it)
            continue;
        open_matrix(c);
        closed_matrices(c);
    }
    put("T ");
    put_hex(total_accesses);
    put(" ");
    put_hex(total_states);
    put("\n");
    flush();
    return 0;
}
