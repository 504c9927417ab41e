/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of the generator share: a program while it is drawn.
 */
#ifndef EL2SIM_FUZZ_GENERATE_INTERNAL_H
#define EL2SIM_FUZZ_GENERATE_INTERNAL_H

#include "base/random.h"
#include "fuzz/generate.h"
#include "sysregs/features.h"
#include "sysregs/sysreg.h"

/* Classes in the order of fuzz_system_classes[]. */
enum generate_class {
    CLASS_ALU,
    CLASS_BRANCH,
    CLASS_LDST,
    CLASS_UNPRIV,
    CLASS_ATOMIC,
    CLASS_SYSREG,
    CLASS_SYSREG_EL12,
    CLASS_TRAP_STATE,
    CLASS_PSTATE,
    CLASS_TIMER,
    CLASS_PAGETABLE,
    CLASS_STAGE2,
    CLASS_AT,
    CLASS_TLBI,
    CLASS_CACHE,
    CLASS_EXCEPTION,
    CLASS_ERET,
    CLASS_ILLEGAL,
    CLASS_FP_TRAP,
    CLASS_PAUTH,
    CLASS_VHE,
    CLASS_NV,
    CLASS_FETCH,
    CLASS_FEAT,
    CLASS_COUNT
};

/* An address and how the tables map it. */
enum place_kind {
    PLACE_GOOD,   /* Normal memory that everyone may read and write */
    PLACE_ODD,    /* attributes at random; it may fault */
    PLACE_DEVICE, /* Device memory that may be read and written */
    PLACE_NONE,   /* faults, or most probably so */
    PLACE_CODE,   /* the program itself: it may be read */
    PLACE_TABLES  /* translation tables that EL1 may read and write */
};

struct place {
    uint64_t va;
    uint32_t size; /* bytes that are mapped alike from va up; 0: that is not known */
    uint8_t kind;
    bool device; /* it may be Device memory, where an access that isn't aligned faults */
};

enum { PLACES = 64, REMAPS = 16 };

/* A last-level descriptor that code can change: where it is mapped, and another value for it. */
struct remap {
    uint64_t descriptor_va, other, va;
};

/* What a translation regime offers to code that runs in it: EL1&0 or EL2 (also EL2&0). */
struct view {
    bool on;                    /* stage 1 is */
    uint64_t code;              /* address of PROGRAM_CODE_AT */
    uint64_t vectors;           /* of this regime's page of vectors */
    struct place place[PLACES]; /* the first is PLACE_GOOD, or all there is */
    unsigned places;
    struct remap remap[REMAPS];
    unsigned remaps;
};

enum { ODD_IPAS = 8 };

enum trap_density { TRAPS_OPEN, TRAPS_ONE_BIT, TRAPS_SPARSE, TRAPS_SOME, TRAPS_RANDOM, TRAPS_ALL };

struct generator {
    struct random random;
    struct program *p;
    const struct fuzz_options *options;
    struct features feat; /* that both sides have */
    /* the plan */
    bool non_secure, el2_enabled;
    unsigned el; /* where the code that is drawn next runs, if all went as it should */
    bool e2h, tge, nested;
    bool hardware_flags; /* a regime has HA=1 */
    enum trap_density density;
    bool mmu[3], stage2;   /* mmu[1]: EL1&0's stage 1; mmu[2]: EL2's or EL2&0's */
    uint64_t sr[SR_COUNT]; /* registers at the start, as far as the plan goes; then as code writes them */
    struct view view[3];   /* [1], [2] as mmu[] */
    uint64_t ipa_offset; /* an intermediate physical address less the physical one, of the program's memory */
    uint64_t tables_end; /* of the page tables that were laid out so far */
    uint64_t odd_ipa[ODD_IPAS]; /* intermediate physical addresses that stage 2 maps in odd ways, or not */
    /* the code */
    unsigned at;         /* offset of the next instruction */
    bool joined;         /* it belongs to the one before */
    bool ended;          /* nothing that comes after can be reached */
    unsigned weight_sum; /* of the classes that are drawn */
};

static inline bool draw(struct generator *g, unsigned one_in)
{
    return random_one_in(&g->random, one_in);
}

static inline uint64_t below(struct generator *g, uint64_t n)
{
    return random_below(&g->random, n);
}

/* True with a probability of so many percent. */
static inline bool percent(struct generator *g, unsigned n)
{
    return below(g, 100) < n;
}

static inline bool wanted(const struct generator *g, enum generate_class c)
{
    return g->options->weight[c] != 0;
}

/* The regime that code at an EL runs in: index of view[] and mmu[]. */
static inline unsigned view_of(const struct generator *g, unsigned el)
{
    return el == 2 || (el == 0 && g->e2h && g->tge && g->el2_enabled) ? 2 : 1;
}

/* generate_state.c: the system registers at the start, but for those of translation. */
void generate_state(struct generator *g);
/* Writes the list of settings; the last that is done with sr[]. */
void generate_settings(struct generator *g);
/* Does the register hold controls that trap? Then another value for it, in the plan's density. */
bool generate_is_control(enum sysreg reg);
uint64_t generate_trap_bits(struct generator *g, enum sysreg reg);

/* generate_tables.c: lays out page tables, sets the registers of translation and the pools of places. */
void generate_tables(struct generator *g);

/* generate_code.c */
void generate_code(struct generator *g);
/* A 64-bit number of a kind that finds errors. */
uint64_t generate_number(struct generator *g);

/* generate_registers.c: how a program may use a register. */
enum register_use {
    USE_FREE, /* any value; what is read stays */
    USE_LIVE, /* what is read differs between machines or in time */
    USE_KEEP, /* writes only what it holds */
    USE_READ, /* isn't written */
    USE_NEVER
};
enum register_use register_use(enum sysreg reg);
/* A value that a program may write to it: of defined fields only, for USE_KEEP the one it has. */
uint64_t generate_value(struct generator *g, enum sysreg reg);

static inline unsigned register_encoding(enum sysreg reg)
{
    const struct sysreg_row *row = sysreg_row(reg);
    return row->op0 << 14 | row->op1 << 11 | row->crn << 7 | row->crm << 3 | row->op2;
}

#endif
