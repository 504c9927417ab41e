/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What can be observed of a running machine: the list of events (TRACE_EVENTS), what each says, and `struct
 * tracer`, a set of functions to be told of them. Sinks (traces/sink.h) fill the functions they want.
 *
 * *Cold* events are told by every engine, and cost nothing that could be measured while nobody listens. *Hot*
 * ones (every instruction, every access to memory) come from the traced engine only; sim/run.c uses it while
 * a tracer has one of their functions.
 *
 * All pointers in events are good until the function returns, except texts: those are static.
 */
#ifndef EL2SIM_TRACES_TRACE_H
#define EL2SIM_TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* E(name, type, speed, what): the function's name in struct tracer, struct type, HOT or COLD, for --help. */
#define TRACE_EVENTS(E)                                                                                      \
    E(insn, trace_insn, HOT, "an instruction is about to be executed")                                       \
    E(done, trace_insn, HOT, "it was executed; after all other events that it caused")                       \
    E(memory, trace_memory, HOT, "a read or write of memory")                                                \
    E(exception, trace_exception, COLD, "an exception was taken, with the rule that gave it")                \
    E(eret, trace_eret, COLD, "an exception return")                                                         \
    E(sysreg, trace_sysreg, COLD, "a system register access, or a system instruction")                       \
    E(context, trace_context, COLD, "Exception level, regime, VMID or ASID changed")                         \
    E(walk, trace_walk, COLD, "a step of a translation table walk")                                          \
    E(tlb, trace_tlb, COLD, "a TLB entry was made, or given up for want of room")                            \
    E(tlbi, trace_tlbi, COLD, "TLB maintenance: issued, or received with what it matched")                   \
    E(interrupt, trace_interrupt, COLD, "an interrupt's way through the GIC")                                \
    E(timer, trace_timer, COLD, "a timer's output changed")                                                  \
    E(power, trace_power, COLD, "a CPU went to sleep, woke, was switched on or off")                         \
    E(barrier, trace_barrier, COLD, "ISB or DSB")                                                            \
    E(state, trace_state, COLD, "registers changed otherwise than by instructions")                          \
    E(note, trace_note, COLD, "something to be read by people")

/* ---- the CPU that an event happens on ---- */

/* Where it is in the architecture. */
struct trace_where {
    uint8_t el;
    uint8_t regime; /* enum regime of mmu/mmu.h, see trace_regime_name() */
    bool spsel;     /* SP_ELx, not SP_EL0, is the stack pointer */
    bool secure, stage2, e2h, tge;
    uint16_t asid, vmid;
};
const char *trace_regime_name(unsigned regime); /* "EL2&0" */

/* Registers by number, in lists of what an instruction wrote. */
enum trace_reg {
    TRACE_X = 0,   /* X0..X30 */
    TRACE_SP = 31, /* the current one */
    TRACE_V = 32,  /* V0..V31 */
    TRACE_NZCV = 64,
    TRACE_FPSR,
    TRACE_FPCR,
    TRACE_REGS
};
enum { TRACE_MAX_WRITES = 8 };

struct trace_insn {
    uint64_t va, pa;
    uint32_t raw;
    bool executing; /* between `insn` and `done`; false in other events: between two instructions */
    bool exception; /* in `done`: it took an exception and wrote nothing, but for what MOPS had done so far */
};

struct trace_cpu {
    unsigned index;
    struct trace_where where;
    struct trace_insn insn; /* the latest; only where somebody listens to hot events */

    /* The registers as they are; trace_read() and trace_nzcv() know the layout. */
    const uint64_t *x;     /* X0..X30; [31] is XZR, [32] the current SP */
    const uint64_t *v;     /* V0, low half first; two words each */
    const uint64_t *flags; /* N is [0]<63>, Z is [1] == 0, C is [2]<0>, V is [3]<63> */
    const uint32_t *fpcr, *fpsr;

    /* Instructions that this CPU has begun, and its clock in ns of simulated time. */
    uint64_t (*insns)(const struct trace_cpu *c);
    uint64_t (*ns)(const struct trace_cpu *c);
    /* PSTATE in SPSR's layout. */
    uint32_t (*pstate)(const struct trace_cpu *c);
    /* In `done`: the registers that the instruction wrote, in list[TRACE_MAX_WRITES]; their number. FPSR is
     * listed if it changed. Depends on nothing but `raw`, FPSR and `exception`. */
    unsigned (*writes)(const struct trace_cpu *c, uint8_t *list);
};

static inline unsigned trace_nzcv(const struct trace_cpu *c)
{
    return (unsigned)(c->flags[0] >> 63 << 3 | (uint64_t)(c->flags[1] == 0) << 2 | (c->flags[2] & 1) << 1 |
                      c->flags[3] >> 63);
}
/* The value of register `reg`; *high is the upper half of a V register, else 0. NZCV in bits 3:0. */
static inline uint64_t trace_read(const struct trace_cpu *c, unsigned reg, uint64_t *high)
{
    *high = 0;
    if (reg < TRACE_SP)
        return c->x[reg];
    if (reg >= TRACE_V && reg < TRACE_NZCV) {
        *high = c->v[2 * (reg - TRACE_V) + 1];
        return c->v[2 * (reg - TRACE_V)];
    }
    return reg == TRACE_SP     ? c->x[32]
           : reg == TRACE_NZCV ? trace_nzcv(c)
           : reg == TRACE_FPSR ? *c->fpsr
                               : *c->fpcr;
}
/* "X0", "SP", "V31", "NZCV": static text. */
const char *trace_reg_name(unsigned reg);

/* ---- events ---- */

enum trace_access { TRACE_PLAIN, TRACE_EXCLUSIVE, TRACE_ATOMIC, TRACE_TAG, TRACE_NV2 };

/* One access of an instruction. A page crosser is two; a piece of a memory copy may have 4,096 bytes. Of
 * TRACE_TAG, `data` are allocation tags, one in a byte. TRACE_NV2: in place of a system register. */
struct trace_memory {
    uint64_t va, pa;
    const uint8_t *data;
    uint32_t size;
    uint8_t access; /* enum trace_access */
    bool write;
};

struct trace_exception {
    const char *name;                      /* "synchronous", "IRQ", "vIRQ", "SError" ... */
    struct trace_where from;               /* c->where is where it was taken to */
    uint64_t vector, elr, esr, far, hpfar; /* those that were not written: 0 */
    uint32_t spsr;
    bool has_esr, has_far, has_hpfar;
    const char *cause; /* the verdict's rule: "HCR_EL2.TVM=1", "stage 2 permission fault, level 3" ... */
    const char *route; /* why it was taken to that Exception level */
};
/* ESR_ELx.EC in a few words. */
const char *trace_class_name(unsigned ec);

struct trace_eret {
    struct trace_where from;
    uint64_t target;
    uint32_t spsr;
    const char *illegal; /* why PSTATE.IL was set, or NULL */
};

struct trace_sysreg {
    const char *name;    /* as the instruction names it */
    const char *reached; /* whose storage it was; the same as name but for redirection */
    const char *rule;    /* "redirected by E2H", "HCR_EL2.NV2=1" ...; NULL: nothing particular */
    uint64_t value;      /* read, or to be written: RES0 and RES1 not yet applied */
    bool write;
    bool instruction; /* DC, IC, AT, TLBI ...: value is the operand, or of an AT PAR_EL1 */
    bool memory;      /* FEAT_NV2: it was memory, at VA `address` of EL2 */
    uint64_t address;
};

struct trace_context {
    struct trace_where from;
};

/* A step as enum walk_event of mmu/mmu.h orders them. */
enum trace_walk_step {
    TRACE_WALK_STAGE,
    TRACE_WALK_DESCRIPTOR,
    TRACE_WALK_UPDATE,
    TRACE_WALK_OUTPUT,
    TRACE_WALK_RESULT
};
struct trace_walk {
    uint8_t step; /* enum trace_walk_step */
    uint8_t stage;
    int8_t level;
    bool for_table; /* stage 2 of a stage 1 descriptor's address */
    bool cached;    /* the TLB answered for this stage */
    uint64_t input, output;
    uint64_t pa, desc; /* of the descriptor */
    uint8_t size;      /* log2 of the block that output is in */
    uint8_t attr;      /* WALK_OUTPUT, WALK_RESULT: MAIR format (stage 2: MemAttr) */
    uint8_t prot;      /* WALK_RESULT: 1 read, 2 write, 4 execute */
    bool fault;
    const char *rule; /* why it ends here, or NULL */
};

struct trace_tlb {
    bool evicted;     /* else made */
    bool stage2_only; /* of an IPA, not a VA */
    bool global;
    uint8_t regime;
    uint16_t asid, vmid;
    uint64_t va, pa,
        size; /* of evicted ones: what was given up by va and size, or (size 0) the whole context */
};

struct trace_tlbi {
    const char *name;      /* "VAE1IS" */
    uint8_t regime, share; /* enum tlbi_share of mmu/mmu.h: NSH, ISH, OSH */
    bool secure, last_level, range;
    uint16_t asid, vmid;
    uint64_t va, size; /* or IPA; size 0: not by address */
    uint64_t operand;
    bool received;    /* by this CPU, else issued by it */
    unsigned dropped; /* received: TLB entries that it matched */
};

enum trace_irq { TRACE_IRQ_WIRE, TRACE_IRQ_LINE, TRACE_IRQ_ACK, TRACE_IRQ_EOI, TRACE_IRQ_DEACTIVATE };
struct trace_interrupt {
    uint8_t what;     /* enum trace_irq */
    bool is_virtual;  /* through the virtual CPU interface */
    bool level;       /* WIRE, LINE */
    uint8_t priority; /* ACK */
    uint32_t intid;   /* all but LINE */
    const char *line; /* LINE: "IRQ", "FIQ", "vIRQ", "vFIQ" of this CPU */
};

struct trace_timer {
    const char *name; /* "CNTV", "CNTHP" ... */
    uint32_t intid;
    bool level;
};

struct trace_power {
    const char *state; /* "on", "off", "WFI", "WFE", "awake" */
};

struct trace_barrier {
    const char *name;
    uint8_t option; /* CRm */
};

struct trace_state {
    const char *reason; /* "start", "reset", "PSCI CPU_ON" */
};

struct trace_note {
    const char *text;
};

/* ---- who listens ---- */

struct tracer {
    void *opaque;
#define TRACE_MEMBER(name, type, speed, what)                                                                \
    void (*name)(void *opaque, const struct trace_cpu *c, const struct type *e);
    TRACE_EVENTS(TRACE_MEMBER)
#undef TRACE_MEMBER
    /* The run ends: writes what is left and frees what `opaque` is. NULL: nothing to do. */
    void (*close)(void *opaque);
};

enum trace_kind {
#define TRACE_KIND(name, type, speed, what) TRACE_KIND_##name,
    TRACE_EVENTS(TRACE_KIND)
#undef TRACE_KIND
        TRACE_KINDS
};

/* Has it functions for hot events? */
bool tracer_is_hot(const struct tracer *t);

#endif
