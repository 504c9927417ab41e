/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One processing element: its architectural state and what the engines keep beside it.
 */
#ifndef EL2SIM_CPU_CPU_H
#define EL2SIM_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/event.h"
#include "base/visit.h"
#include "bus/bus.h"
#include "cpu/insn.h"
#include "mmu/htlb.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "traces/trace.h"

/* A SIMD&FP register, lane 0 first (the host is little-endian). */
union vreg {
    uint8_t b[16];
    uint16_t h[8];
    uint32_t s[4];
    uint64_t d[2];
    int8_t sb[16];
    int16_t sh[8];
    int32_t ss[4];
    int64_t sd[2];
    float f[4];
    double df[2];
} __attribute__((aligned(16)));

/* Why the engines must return to the run loop at the next instruction boundary. */
enum attention {
    ATT_IRQ = 1,   /* an interrupt is pending and unmasked */
    ATT_DEBUG = 2, /* hardware breakpoints, watchpoints, software step or a debugger: step one by one */
    ATT_EVENT = 4, /* an event is due earlier than the budget says */
    ATT_CODE = 8,  /* decoded code died: records of this page must not be used any more */
    ATT_STOP = 16, /* leave the run loop: shutdown, WFI, yield, host request */
    ATT_PMU = 32,  /* the PMU must see each instruction */
    ATT_BRBE = 64, /* so must the Branch Record Buffer */
};

/* Interrupt lines from the GIC (and virtual ones) into this PE. */
enum cpu_line { LINE_IRQ = 1, LINE_FIQ = 2, LINE_VIRQ = 4, LINE_VFIQ = 8 };

enum cpu_power { CPU_OFF, CPU_ON_PENDING, CPU_ON, CPU_WFI, CPU_WFE };

#define JCACHE_SIZE 2048
struct jcache_entry {
    uint64_t va, key;
    const struct insn *insn;
};

/* What the engines need at one EL and PSTATE.PAN; kept until a register that it depends on changes
 * (cpu/context.c). */
struct cpu_context {
    struct htlb_bank *bank, *unpriv;
    uint64_t key,
        unpriv_key; /* the banks' keys when this was made: differ if one was given away or emptied */
    uint8_t sp_mask;
    bool fp_trapped;
    bool tag_checked; /* a bank's context checks allocation tags: PSTATE.TCO=1 takes other banks */
};

/* A context for going back to: made from these values of what a world switch changes, while all else was as
 * at `made`. */
#define CONTEXT_WAYS 4
#define CONTEXTS 16
#define CONTEXT_TCO 8 /* added to the number of a context: with PSTATE.TCO=1 */
struct cpu_context_way {
    struct cpu_context x;
    uint64_t hcr, vttbr, cptr;
    uint64_t made; /* cpu->ctx_made[el] then */
};

/* Values of all registers that verdicts at one EL depend on and that a world switch changes, and the stamp of
 * the verdicts asked for then. */
#define TRAP_CONTROLS 18
#define TRAP_WAYS 4
struct cpu_trap_state {
    uint64_t value[TRAP_CONTROLS];
    uint32_t stamp; /* 0: not in use */
};
#define TRAP_STAMP_UNKNOWN UINT32_MAX

/* A remembered verdict of sysreg_access(): the register that is reached. Valid while stamp ==
 * cpu->trap_gen[el]. UNIT_MEMORY: FEAT_NV2 reaches memory at VNCR_EL2.BADDR + reg. */
enum { UNIT_MEMORY = UNIT_COUNT };
struct cpu_access {
    uint32_t stamp;
    uint16_t reg;
    uint8_t unit; /* enum sysreg_unit_id, or UNIT_MEMORY */
    uint8_t effects;
};

/* Latest results of QARMA5 (cpu/pauth.c): derived state, dropping it changes nothing. */
#define PAUTH_MEMO_SIZE 256
struct pauth_memo {
    uint64_t data, modifier, key_hi, key_lo, pac;
    bool valid;
};

/* Entries of one offset in neighbouring pages must not meet: kernels and hypervisors align what they call. */
static ALWAYS_INLINE unsigned jcache_slot(uint64_t va)
{
    return (unsigned)(va >> 2 ^ va >> 11) & (JCACHE_SIZE - 1);
}

/* The Branch Record Buffer beside its registers: cpu/brbe.c. */
struct cpu_brbe {
    bool on;             /* enabled at some Exception level: it is to hear of exceptions */
    bool fresh;          /* the next record's cycle count is unknown */
    uint64_t since;      /* instructions at the latest record */
    unsigned exceptions; /* taken while on: tells whether an instruction completed */
};

/* Who looks at a CPU from outside of the machine (debug/): nothing of it is part of the state. */
struct cpu_debugger {
    void *opaque;
    /* Before an access, with ATT_DEBUG set, whose translation had no fault. True: the instruction is not to
     * be executed now; it will be, or not, at the next turn. */
    bool (*watch)(void *opaque, struct cpu *c, uint64_t va, unsigned size, bool write);
};

/* The machine around a CPU, as function pointers: cpu/ includes nothing above it. */
struct cpu_board {
    void *opaque;
    /* PSCI/SMCCC and semihosting; return true if the call was handled (registers updated, PC moves on). */
    bool (*smccc)(void *opaque, struct cpu *c, bool smc);
    bool (*semihosting)(void *opaque, struct cpu *c);
    /* A broadcast TLBI (ISH/OSH) from c, to every PE including c, and the SMMUs. */
    void (*tlbi)(void *opaque, struct cpu *c, const struct tlbi *op);
    /* SEV, or a global monitor cleared: set every PE's event register. */
    void (*send_event)(void *opaque, struct cpu *from);
    /* c goes to / comes from WFI, WFE, off. */
    void (*power_changed)(void *opaque, struct cpu *c);
    /* c entered or left EL3, or wrote SCR_EL3, or (while CNTHCTL_EL2.ECV is set) HCR_EL2. */
    void (*context_changed)(void *opaque, struct cpu *c);
    /* Guest did something the model doesn't implement. */
    void (*unimplemented)(void *opaque, struct cpu *c, const char *what);
};

struct cpu {
    /* -- hot: touched by handlers -- */
    uint64_t x[34]; /* see insn.h for 31..33 */
    uint64_t nf, zf, cf, vf;
    int64_t budget;   /* instructions this PE may still start before it must leave */
    uint64_t pc_page; /* VA of the page being executed; PC = pc_page + i->offset */
    struct htlb_bank *bank, *bank_unpriv;
    uint64_t fetch_key; /* bank->key and decode context together: validates jcache */
    uint32_t attention; /* enum attention */
    uint32_t fpcr, fpsr;
    uint8_t fp_quick;      /* enum fpu_quick: follows fpcr by fpu_fpcr_changed() */
    uint8_t btype;         /* PSTATE.BTYPE while the first instruction of a run executes */
    bool guarded_page;     /* the page being executed has the GP attribute (BTI) */
    uint8_t sp_mask;       /* 15 where SCTLR_ELx.SA (EL0: SA0) wants SP aligned for accesses, else 0 */
    uint64_t btype_pc;     /* btype applies to the instruction at this address only: cpu_btype() */
    uint64_t pc;           /* valid outside handlers, and after a handler left */
    uint64_t pauth_result; /* of cpu/pauth.c, for handlers: a local's address would cost them the tail call */
    const struct insn *cur; /* the instruction a slow path works for (exact time, PC) */
    union vreg v[32];
    struct jcache_entry jcache[JCACHE_SIZE];

    /* -- PSTATE beside NZCV and BTYPE -- */
    uint8_t el, spsel, daif /* D=8 A=4 I=2 F=1 */, pan, uao, dit, ssbs, tco, il, ss, allint;
    uint64_t sp_el[4]; /* banked SPs; the current one lives in x[REG_SP] */

    /* -- everything else -- */
    uint64_t sr[SR_COUNT];
    const struct features *feat;
    unsigned index;
    uint64_t hcr;    /* effective HCR_EL2 */
    bool fp_trapped; /* FP/SIMD instructions trap in the present state: the decode context */
    bool e2h_host;   /* ELIsInHost(EL2) */
    struct sysreg_unit units[UNIT_COUNT];
    struct tlb *tlb;
    struct htlb htlb;
    struct mmu_port port;
    struct bus *bus;
    struct bus_ram *ram; /* the region of the last data access, or NULL: to be tried first */
    struct event_queue *events;
    struct codecache *code; /* machine-wide */
    const struct cpu_board *board;

    uint32_t lines;       /* enum cpu_line */
    bool event_register;  /* SEV/WFE */
    bool serror_pending;  /* physical SError */
    uint8_t power;        /* enum cpu_power */
    bool wfe_delayed;     /* FEAT_TWED: waits in a WFE, at wfe_pc, that is to trap when the delay is over */
    uint64_t wfe_pc;      /* the delayed WFE, also when its delay is over; ~0: none */
    bool exclusive_valid; /* local monitor */
    uint8_t exclusive_size;
    uint64_t exclusive_pa;

    uint64_t insns;       /* retired (attempted) up to the start of this slice */
    uint64_t slice_insns; /* budget the slice began with */
    uint64_t time;        /* ns of this PE's clock at the start of the slice */
    unsigned ns_shift;    /* one instruction is 1 << ns_shift ns */

    /* -- derived, by cpu/context.c and cpu/system.c -- */
    struct cpu_context ctx[CONTEXTS]; /* by EL * 2 + PAN, and of those with tag_checked by 8 more for TCO=1 */
    uint16_t ctx_valid;               /* bit per ctx[] */
    uint32_t spsr_bits;               /* PSTATE fields of SPSR_ELx that this CPU's features have */
    struct cpu_context_way ctx_ways[CONTEXTS][CONTEXT_WAYS];
    uint8_t ctx_next[CONTEXTS]; /* the way to replace */
    uint64_t ctx_made[4]; /* per EL: counts changes of registers that are not in struct cpu_context_way */
    uint32_t trap_gen[4]; /* per EL: the stamp of verdicts for the present registers, or TRAP_STAMP_UNKNOWN */
    uint32_t trap_last[4]; /* the latest stamp given */
    uint8_t trap_next[4];  /* the way to replace */
    struct cpu_trap_state trap_state[4][TRAP_WAYS];
    struct cpu_access access[4][2][SR_COUNT];

    /* -- self-hosted debug, by cpu/debug.c -- */
    bool debug_wanted; /* MDSCR_EL1.{MDE,SS} */
    bool debug_armed;  /* ATT_DEBUG is set because of it */
    bool step_active;  /* the instruction under execution is being stepped (active-not-pending) */
    bool stepped;      /* an instruction was stepped since the last exception return */
    bool stepped_exclusive;
    uint64_t step_pc;

    /* -- a debugger's, by cpu/debug.c and sim/run.c -- */
    const struct cpu_debugger *debugger; /* NULL: nobody watches, and ATT_DEBUG is the guest's alone */
    bool held;                           /* it must not run now, though it could */
    bool abandoned;                      /* the latest instruction was not executed: debugger->watch() */

    struct cpu_brbe brbe;
    struct amu *amu;   /* or NULL */
    struct pmu *pmu;   /* or NULL */
    bool pmu_counting; /* a counter is enabled: the PMU is to hear of exceptions */
    uint32_t observed; /* encoding of the instruction that engine_traced_step() executed */

    uint64_t random; /* what RNDR and RNDRRS come from: base/random.h */

    struct event *wakeup; /* the machine's time-out event for WFIT and WFET, or NULL */
    unsigned ns_per_tick; /* of the system counter; where `wakeup` is given */
    struct pauth_memo pauth_memo[PAUTH_MEMO_SIZE];
    /* -- seen, for the boot summary; not part of the state -- */
    bool seen_vhe;           /* HCR_EL2.E2H was 1 at EL2 ... */
    uint64_t seen_vhe_insns; /* ... first after this many instructions */
    bool seen_guest;         /* EL1 ran under a stage 2 */
    uint64_t flush_every;    /* test option: drop the host TLB every N instructions, 0 = never */

    /* -- for whoever listens, by cpu/observe.c; not part of the state -- */
    const struct tracer *tracer; /* NULL: nobody */
    bool tells_memory;           /* tracer has a function for accesses to memory */
    uint32_t trace_fpsr;         /* before the instruction under execution */
    uint64_t trace_key;          /* the fetch_key that trace.where was made for */
    const struct insn *trace_insn;
    struct effects *effects; /* NULL: no tracer so far */
    struct trace_cpu trace;
};

/* PSTATE.BTYPE as the instruction at `pc` sees it. c->btype is set by indirect branches and ERET; direct
 * branches clear it, sequential flow leaves it stale, which is why it is tied to an address. */
static inline unsigned cpu_btype(const struct cpu *c, uint64_t pc)
{
    return c->btype && c->btype_pc == pc && has(c->feat, FEAT_BTI) ? c->btype : 0;
}

/* ---- lifecycle (cpu/cpu.c) ---- */
struct cpu_config {
    const struct features *feat;
    unsigned index;
    struct bus *bus;
    struct event_queue *events;
    struct codecache *code;
    const struct cpu_board *board;
    uint64_t *htlb_keys;
};
struct cpu *cpu_create(const struct cpu_config *cfg);
void cpu_destroy(struct cpu *c);
/* The state of c for digests and snapshots: registers by their names, PSTATE, monitor, power state, counts,
 * the PMU's own, the architectural TLB. Not while an engine runs. */
void cpu_visit(struct cpu *c, visit_fn *fn, void *ctx);
/* Times and counts of instructions beyond this are refused: sums of them must not overflow. */
#define CPU_TIME_MAX (UINT64_MAX >> 2)
/* A visitor has filled in the state: what is derived from it follows. Decoded code is the caller's. */
void cpu_restored(struct cpu *c);
/* Warm reset: registers to their reset values, PSTATE of EL `el` with DAIF masked, PC. */
void cpu_reset(struct cpu *c, unsigned el, uint64_t pc);
/* The event `wakeup` has come: the time-out of WFIT or WFET, or the end of a WFE's trap delay. */
void cpu_timed_out(struct cpu *c);
/* Something else ended the wait of WFI or WFE. */
void cpu_wake(struct cpu *c);
/* The interrupt wires' other end. */
void cpu_set_line(struct cpu *c, enum cpu_line line, bool level);

/* ---- state (cpu/context.c) ---- */
/* Flags are kept as in hardware adders: N = nf<63>, Z = (zf == 0), C = cf & 1, V = vf<63>. */
static ALWAYS_INLINE void set_nzcv(struct cpu *c, unsigned nzcv)
{
    c->nf = (uint64_t)nzcv << 60;
    c->zf = (nzcv & 4) == 0;
    c->cf = (nzcv >> 1) & 1;
    c->vf = (uint64_t)nzcv << 63;
}
static ALWAYS_INLINE unsigned get_nzcv(const struct cpu *c)
{
    return (c->nf >> 63) << 3 | (c->zf == 0) << 2 | (c->cf & 1) << 1 | c->vf >> 63;
}

/* Recomputes effective HCR, translation contexts and banks, decode context and pending attention after a
 * change of EL, PSTATE.PAN or registers with EFFECT_* bits. */
void cpu_context_changed(struct cpu *c, unsigned effects);
/* PSTATE as SPSR has it, without and into. */
uint32_t cpu_pstate(const struct cpu *c, unsigned btype);
void cpu_set_el(struct cpu *c, unsigned el, unsigned spsel); /* switches the SP bank */
uint64_t cpu_now(const struct cpu *c);                       /* ns, exact to c->cur */
uint64_t cpu_insns(const struct cpu *c); /* instructions attempted so far, exact to c->cur */

/* ---- memory (cpu/mem.c) ---- */
/* One access of 1..64 bytes through the current context, all rules applied. False: the exception was taken.
 */
bool mem_load(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size, unsigned flags);
bool mem_store(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
               unsigned flags);
/* The host memory of the n bytes at va, which are in one page, if there is no need to look at each access to
 * them; *host is NULL where there is (MMIO, watchpoints, tag checks): use mem_load() and mem_store(). A fault
 * is that of an access to byte `at`. The caller writes at once if it asked to. False: the exception was
 * taken. */
bool mem_window(struct cpu *c, const struct insn *i, uint64_t va, unsigned at, unsigned n, bool write,
                unsigned flags, uint8_t **host);
/* Translates for a data access, filling the host TLB; false: the exception was taken. For DC ZVA, exclusives.
 */
bool mem_translate(struct cpu *c, const struct insn *i, uint64_t va, bool write, unsigned flags,
                   struct mmu_result *r);
/* STXR and friends: ExclusiveMonitorsPass() then the store. *status 0 stored, 1 not. False: exception taken.
 */
bool mem_load_exclusive(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size,
                        unsigned flags);
bool mem_store_exclusive(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
                         unsigned flags, uint64_t *status);

/* ---- engines ---- */
/* Runs until the budget is used up or attention asks to leave. c->pc in and out. */
void engine_fast_run(struct cpu *c);
void engine_loop_run(struct cpu *c);
void engine_traced_run(struct cpu *c);
/* Exactly one instruction. */
void engine_step(struct cpu *c);
void engine_traced_step(struct cpu *c);

#endif
