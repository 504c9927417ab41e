/* SPDX-License-Identifier: BSD-2-Clause
 *
 * System registers and system instructions: the table, the look-up by encoding, and the verdict on an access.
 *
 * sysregs.def has one row per encoding that MRS, MSR (register) or SYS can name (two rows, IMPDEF and
 * IMPDEF_SYS, stand for all IMPLEMENTATION DEFINED encodings). A row's number (SR_<NAME>) is also the index
 * of its storage in `uint64_t sr[SR_COUNT]`; rows that only rename another register (_EL12, _EL02) and system
 * instructions leave their storage unused. Every register shows *its own* storage here: redirection by
 * HCR_EL2.E2H happens in sysreg_access(), nowhere else.
 */
#ifndef EL2SIM_SYSREGS_SYSREG_H
#define EL2SIM_SYSREGS_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

#include "sysregs/features.h"

enum sysreg {
#define SYSREG(name, ...) SR_##name,
#include "sysregs/sysregs.def"
#undef SYSREG
    SR_COUNT,
    SR_NONE = 0xffff
};

/* What a write changes beyond its storage. The table's row names it; cpu/context.c acts on it. */
enum sysreg_effect {
    EFFECT_MMU = 1,    /* a translation context may differ: SCTLR, TCR, TTBR, MAIR, VTCR, HCR ... */
    EFFECT_TRAPS = 2,  /* cached access verdicts, FP enables, effective HCR_EL2 */
    EFFECT_IRQ = 4,    /* routing or masking of interrupts: HCR_EL2.{I,F,A}MO, VI.., SCR_EL3 */
    EFFECT_DEBUG = 8,  /* breakpoints, watchpoints, MDSCR_EL1, OS lock */
    EFFECT_TIMER = 16, /* counter/timer controls */
    EFFECT_FPCR = 32,
};

/* Rows whose reading or writing belongs to another unit: the CPU holds a `struct sysreg_unit` for each. */
enum sysreg_unit_id {
    UNIT_NONE,
    UNIT_CPU,
    UNIT_GIC,
    UNIT_TIMER,
    UNIT_PMU,
    UNIT_BRBE,
    UNIT_AMU,
    UNIT_SPMU,
    UNIT_COUNT
};

struct sysreg_unit {
    /* The value an MRS of `reg` returns (already redirected). */
    uint64_t (*read)(void *opaque, enum sysreg reg);
    /* Performs an MSR of `value` (RES0/RES1 not yet applied) to `reg`, including its storage. */
    void (*write)(void *opaque, enum sysreg reg, uint64_t value);
    void *opaque;
};

struct sysreg_row {
    const char *name; /* Arm's spelling: "SCTLR_EL1", "TLBI VAE1IS" */
    uint8_t op0, op1, crn, crm, op2;
    uint8_t access;  /* bit 0 readable, bit 1 writable, bit 2 system instruction */
    uint8_t unit;    /* enum sysreg_unit_id */
    uint8_t effects; /* enum sysreg_effect, of a write */
    uint16_t feature;
    uint64_t reset, res0, res1;
    /* further columns (traps, redirection, VNCR offset) are sysreg.c's own */
};

const struct sysreg_row *sysreg_row(enum sysreg reg);
/* Is there a register behind the row: neither a system instruction nor another name of a register? */
bool sysreg_has_storage(enum sysreg reg);
/* Row of an encoding, SR_NONE if no register has it. */
enum sysreg sysreg_find(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2);
/* Row by Arm's name, any case; SR_NONE if unknown. */
enum sysreg sysreg_by_name(const char *name);

/* The state that an access decision reads: nothing else. */
struct access_state {
    const struct features *feat;
    const uint64_t *sr;
    uint8_t el;
    bool pstate_uao, pstate_pan; /* reserved for MSR (immediate) */
    bool pstate_sp0;             /* PSTATE.SP is 0: SP_EL0 is then UNDEFINED at EL1 and above */
};

enum access_outcome {
    ACCESS_OK,     /* reaches `reg` */
    ACCESS_UNDEF,  /* UNDEFINED: EC 0 to the EL that routing says */
    ACCESS_TRAP,   /* exception to target_el with `ec` */
    ACCESS_MEMORY, /* FEAT_NV2: reaches memory at VNCR_EL2.BADDR + offset */
};

struct access_verdict {
    enum access_outcome outcome;
    enum sysreg reg;   /* the storage reached after redirection */
    uint8_t target_el; /* ACCESS_TRAP */
    uint8_t ec;        /* ACCESS_TRAP: 0x18 (MSR/MRS/SYS), 0x07 (FP), 0x00 UNDEF as trap by TIDCP/IDST ... */
    uint16_t offset;   /* ACCESS_MEMORY */
    const char *rule;  /* "HCR_EL2.TVM=1", "redirected by E2H": static text, never NULL */
};

/* Where an access lands or why it doesn't. Pure. `write` is MSR or a SYS instruction that takes or ignores
 * Xt; SYSL and MRS are reads. Arm ARM D19.2 (accessibility pseudocode of each register). */
struct access_verdict sysreg_access(const struct access_state *s, enum sysreg reg, bool write);
/* What becomes of a read that is UNDEFINED for want of a register: with FEAT_IDST in the feature ID space
 * (op0=3, op1=0, 1, 3, CRn=0, CRm=0-7) it is reported with EC 0x18. `reg` and `rule` go into the verdict.
 * ID_AA64MMFR2_EL1.IDS. */
struct access_verdict sysreg_undefined_read(const struct access_state *s, enum sysreg reg,
                                            const unsigned encoding[4], const char *rule);

/* One condition that sysreg_access() looked at on the way to its verdict. */
struct access_step {
    const char *rule;      /* static text, as in the verdict */
    bool holds;            /* the verdict follows from it; false: the next one is looked at */
    bool decides;          /* a trap rule: the outcome follows. Otherwise redirection, class or feature */
    bool undefined;        /* its outcome is UNDEFINED; else a trap to target_el with ec, or (0) permission */
    bool differs;          /* the test is "differs from" rather than "equals" */
    uint8_t target_el, ec; /* before routing by HCR_EL2.TGE */
    enum sysreg reg;       /* the register whose bits are tested, or SR_NONE */
    uint64_t mask, want;   /* the bits, and what they are compared with */
    uint32_t need, forbid; /* conditions (sysreg_condition()) that must, must not hold beside the test */
};

#define ACCESS_STEPS 24
#define SYSREG_CONDITIONS 17
struct access_record {
    uint32_t state; /* the conditions that hold */
    unsigned n;
    struct access_step step[ACCESS_STEPS];
};

/* sysreg_access() that notes what it looks at: the same code, for explain and tests. */
struct access_verdict sysreg_access_steps(const struct access_state *s, enum sysreg reg, bool write,
                                          struct access_record *rec);
/* Bit n of access_record.state in words, such as "EL2 is enabled"; or of its opposite. Static text. */
const char *sysreg_condition(unsigned n, bool holds);

/* Value of plain storage with the row's RES0/RES1 (as this CPU's features have them) applied to v. */
uint64_t sysreg_mask_write(const struct features *f, enum sysreg reg, uint64_t old, uint64_t v);
/* The same with the layout that sr[]'s HCR_EL2.E2H gives SCTLR_EL2, TCR_EL2, CPTR_EL2 and CNTHCTL_EL2;
 * sysreg_mask_write(), which can't know, lets the fields of both layouts through. */
uint64_t sysreg_store_value(const struct features *f, const uint64_t *sr, enum sysreg reg, uint64_t v);
/* Can storage whose value is `old` after a reset or later hold v: are RES0, RES1 and identification as this
 * CPU's features have them? For values from a snapshot. */
bool sysreg_can_hold(const struct features *f, enum sysreg reg, uint64_t old, uint64_t v);
/* Fills sr[] with reset values, ID registers of the features, MPIDR_EL1 etc. for CPU number `index`. */
void sysreg_reset(uint64_t *sr, const struct features *f, unsigned index);

/* Derived values of the pseudocode; sr[] is a CPU's storage. */
bool el2_enabled(const struct features *f, const uint64_t *sr); /* EL2Enabled() */
uint64_t hcr_effective(const struct features *f,
                       const uint64_t *sr); /* EffectiveHCR_EL2(), 0 if EL2 is disabled */
bool el_is_in_host(const struct features *f, const uint64_t *sr, unsigned el); /* ELIsInHost() */
bool is_secure_below_el3(const struct features *f, const uint64_t *sr);        /* IsSecureBelowEL3() */
bool fgt_enabled(const struct features *f, const uint64_t *sr);
bool hcrx_enabled(const struct features *f, const uint64_t *sr); /* IsHCRXEL2Enabled() */

#endif
