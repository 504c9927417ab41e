/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Address translation: the contract of mmu/.
 *
 * A *translation context* (struct tctx) is a value that holds everything a translation depends on. mmu never
 * asks which CPU it works for: CPUs, AT instructions, the debugger, the SMMU and the tests make a tctx and
 * call mmu_translate(). Arm ARM D8 (VMSAv8-64); pseudocode AArch64.TranslateAddress() and below.
 */
#ifndef EL2SIM_MMU_MMU_H
#define EL2SIM_MMU_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/visit.h"
#include "sysregs/features.h"

enum regime { REGIME_EL10, REGIME_EL20, REGIME_EL2, REGIME_EL3, REGIME_COUNT };

/* How permissions are found, of a context. */
enum tctx_perm {
    PERM_PIE = 1,     /* stage 1: indirect */
    PERM_OVERLAY = 2, /* stage 1: an overlay applies to this view */
    PERM_S2PIE = 4,   /* stage 2: indirect */
};

/* Compared with memcmp(): zero it before filling, no pointers but `feat`. */
struct tctx {
    const struct features *feat;
    uint64_t ttbr0, ttbr1, tcr, mair, sctlr;
    uint64_t tcr2;  /* TCR2_ELx.{PIE,AIE,HAFT} where enabled, in TCR2_EL1's layout; of EL3: from TCR_EL3 */
    uint64_t mair2; /* with TCR2_ELx.AIE, else 0 */
    uint64_t pir, pire0; /* with TCR2_ELx.PIE, else 0 */
    uint64_t por;        /* POR_EL0 or POR_ELx, whichever applies to this view; 0 if none does */
    uint64_t s2pir;      /* with stage 2 and VTCR_EL2.S2PIE, else 0 */
    uint64_t vttbr, vtcr, vsttbr, vstcr; /* EL1&0 with stage 2 only, else 0 */
    uint64_t hcr;                        /* effective HCR_EL2, only the bits that translation reads */
    uint8_t regime;                      /* enum regime */
    uint8_t el0;                         /* 1: unprivileged view (EL0, or LDTR/STTR) */
    uint8_t pan;                         /* PSTATE.PAN (0 where it can't matter) */
    uint8_t secure;                      /* 1: Secure state */
    uint8_t stage2;                      /* 1: stage 2 applies (HCR_EL2.VM or DC, EL1&0, EL2 enabled) */
    uint8_t sif;                         /* 1: SCR_EL3.SIF, Secure state only */
    uint8_t perm;                        /* enum tctx_perm; 0: permissions are in the descriptors */
    uint8_t tag_check;                   /* enum tag_check, of this view; the PE clears it for PSTATE.TCO */
    uint16_t asid, vmid;                 /* current ones, already cut to the implemented size */
    uint8_t pad2[4];
};

/* The context for accesses at EL `el` of a CPU with registers sr[]: `unpriv` asks for the EL0 view of the
 * same regime (LDTR at EL1, or EL2 with E2H,TGE). Pure. */
void tctx_make(struct tctx *t, const struct features *f, const uint64_t *sr, unsigned el, bool unpriv,
               bool pan);
/* The regime of an EL: TranslationRegime(el). */
enum regime regime_of(const struct features *f, const uint64_t *sr, unsigned el);
/* Its name in the manual: "EL1&0". */
const char *regime_name(enum regime r);

/* ---- FEAT_MTE ---- */
/* What becomes of a Tag Check Fault: SCTLR_ELx.{TCF,TCF0}. OFF also where allocation tags can't be accessed.
 */
enum tag_check { TAG_CHECK_OFF, TAG_CHECK_SYNC, TAG_CHECK_ASYNC, TAG_CHECK_ASYMM };
/* AArch64.AllocationTagAccessIsEnabled(): SCR_EL3.ATA, HCR_EL2.ATA, SCTLR_ELx.{ATA,ATA0}. */
bool mmu_tag_access(const struct features *f, const uint64_t *sr, unsigned el);
/* AArch64.AccessIsTagChecked() as far as context and address decide (t->tag_check, TBI, TCMA): the same for
 * all of an aligned 4 KB. The memory must be Tagged as well, and the instruction one that is checked. */
bool mmu_tag_checked(const struct tctx *t, uint64_t va);

enum access_type { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

struct mmu_access {
    uint8_t type;   /* enum access_type */
    bool rmw;       /* atomic read-modify-write: needs read and write permission */
    bool at;        /* AT instruction: no alignment, AF/dirty update permitted but not done */
    bool cmo;       /* cache maintenance by VA: permission rules of IC/DC, no dirty update */
    bool debug;     /* from the debugger: no side effects (no AF update, no TLB fill) */
    bool unchecked; /* a read that needs no permission: AT S1E*A; DC, IC by VA above EL0 (but DC IVAC). With
                       `debug` it needs no Access flag, either */
    bool unaligned; /* not aligned to its size: Device memory of either stage gives an Alignment fault */
};

enum fault_type {
    FAULT_NONE,
    FAULT_TRANSLATION,
    FAULT_ADDRESS_SIZE,
    FAULT_ACCESS_FLAG,
    FAULT_PERMISSION,
    FAULT_ALIGNMENT,
    FAULT_EXTERNAL,      /* on the access itself */
    FAULT_EXTERNAL_WALK, /* on a descriptor read */
    FAULT_TLB_CONFLICT,
    FAULT_EXCLUSIVE,
    FAULT_UNSUPPORTED_ATOMIC,
    FAULT_DEBUG,
    FAULT_TAG_CHECK,
};

struct fault {
    uint8_t type; /* enum fault_type */
    int8_t level; /* -1..3 */
    bool stage2;
    bool s1ptw; /* stage 2 fault on a stage 1 descriptor access */
    bool write; /* the access that faulted was a write (WnR, incl. hardware AF/dirty update rules) */
    bool ipa_ns;
    bool dirty_bit, assured_only, overlay; /* ISS2 */
    uint64_t ipa;                          /* stage 2 faults: the faulting IPA */
    const char *rule;
};

enum { PROT_R = 1, PROT_W = 2, PROT_X = 4, PROT_ANY = 7 };

struct mmu_result {
    struct fault fault; /* type FAULT_NONE: the rest is valid */
    uint64_t pa;        /* of the address asked for */
    uint64_t page_size; /* the translation is uniform in this naturally aligned block, >= 4096 (power of 2) */
    uint64_t inval_size; /* >= page_size: a TLBI by any VA in this naturally aligned block drops the
                          * translation (the stage 1 block, of which stage 2 may map only a piece). Stage 1
                          * off: the same for IPAS2 */
    uint8_t prot;        /* PROT_* that this tctx has here; a missing dirty bit shows as no PROT_W */
    uint8_t attr;        /* combined memory type in MAIR format: 0x00..0x0c Device, else Normal */
    uint8_t sh;          /* combined shareability, 0 NSH 2 OSH 3 ISH */
    bool ns;             /* output PA space is Non-secure */
    bool device;         /* Device memory: alignment is checked, no speculative host access */
    bool guarded;        /* GP bit of stage 1 (BTI) */
    bool global;         /* not nG */
    bool tagged;         /* MTE: Normal Tagged */
};

/* Permissions of stage 1: privileged and unprivileged read, write, execute; and of stage 2. */
enum { S1_PR = 1, S1_PW = 2, S1_UR = 4, S1_UW = 8, S1_PX = 16, S1_UX = 32, S1_ANY = 63 };
enum { S2_R = 1, S2_W = 2, S2_PX = 4, S2_UX = 8, S2_ANY = 15 };

/* ---- what an observer is told of a translation ---- */

/* In this order: a stage begins, its descriptors, a stage ends; at the end of all the result. Stage 2 of a
 * stage 1 descriptor's own address comes between, marked for_table. */
enum walk_event {
    WALK_STAGE,      /* a stage begins: input; the tables' format, first level and address; or `rule` */
    WALK_DESCRIPTOR, /* a descriptor was read, or couldn't be */
    WALK_UPDATE, /* hardware changed a descriptor in memory (Access flag, dirty state): desc is the new one */
    WALK_OUTPUT, /* a stage ends: output, permissions, attributes; or the fault */
    WALK_RESULT, /* the translation ends: both stages combined; or the fault */
};
enum walk_kind {
    WALK_TABLE,
    WALK_BLOCK,
    WALK_PAGE,
    WALK_INVALID,
    WALK_FAULT, /* not read, or its address or Access flag gives a fault */
};

struct walk_step {
    uint8_t event;    /* enum walk_event */
    uint8_t stage;    /* 1, 2; of WALK_RESULT 0 */
    bool for_table;   /* stage 2 of the address of a stage 1 descriptor */
    bool off;         /* stage 1 is off: output is input */
    bool cached;      /* the TLB answered for this stage: no descriptors */
    uint64_t input;   /* of the stage: VA or IPA */
    bool input_ns;    /* the IPA's space */
    const char *rule; /* why the stage or the translation ends here, or NULL */
    uint8_t fault;    /* enum fault_type that comes with it; FAULT_NONE */

    /* WALK_STAGE: granule (log2), sizes, and the first table. The others: of the descriptor. */
    uint8_t granule, input_bits, output_bits;
    int8_t level;
    uint64_t address; /* of the table or descriptor as tables name it: an IPA for stage 1 under stage 2 */
    bool address_ns;

    uint8_t kind;      /* enum walk_kind */
    uint8_t high, low; /* input<high:low> is the index of the descriptor */
    uint64_t pa;       /* of the descriptor */
    bool pa_ns;
    uint64_t desc;
    uint8_t perm; /* S1_* or S2_*: what the tables down to here leave, and of a leaf (in WALK_DESCRIPTOR,
                     WALK_OUTPUT) what it gives. Stage 1: before PAN and WXN; a clean page is writable */

    /* WALK_DESCRIPTOR: the next table's address, or what input translates to; WALK_OUTPUT, WALK_RESULT */
    uint64_t output;
    bool output_ns;
    uint8_t size; /* log2 of the block that it is in */

    /* Of a leaf, in WALK_DESCRIPTOR and WALK_OUTPUT. Indirect permissions and overlays: the indices in the
     * descriptor, -1 where they don't apply, and what the overlay leaves to the view (PROT_*). */
    int8_t pi, po;
    uint8_t overlay;
    uint8_t attr, sh; /* WALK_OUTPUT: of this stage, stage 2's as in the descriptor (MemAttr, SH);
                         WALK_RESULT: combined, in MAIR format */

    uint8_t s1_perm, s2_perm; /* WALK_RESULT: as `perm` of both stages */
    uint8_t prot;             /* PROT_*: what they come to for this context */
};

/* How mmu reaches memory. False: External abort. */
struct mmu_port {
    bool (*read64)(void *opaque, uint64_t pa, bool ns, uint64_t *value);
    /* Atomic update of a descriptor (AF, dirty). *swapped false: it changed meanwhile, walk again. */
    bool (*cas64)(void *opaque, uint64_t pa, bool ns, uint64_t expected, uint64_t desired, bool *swapped);
    void *opaque;
    struct tlb *tlb; /* the architectural TLB to use and fill, or NULL: always walk */
    /* Observer of walks for traces and explain, or NULL. A hit in `tlb` for the whole translation is silent:
     * whoever wants to see every step gives no TLB. */
    void (*step)(void *opaque, const struct walk_step *s);
    /* Memory of either PA space that the walker may read by itself: the host's address of `ram_base` and as
     * many bytes. read64 may move this window; size 0: none. */
    const uint8_t *ram;
    uint64_t ram_base, ram_size;
};

/* Translates va for one access. Returns true and fills *r, or false with r->fault filled. TBI is applied
 * here; FAR is the caller's (the va as given). */
bool mmu_translate(const struct tctx *t, const struct mmu_port *port, uint64_t va, const struct mmu_access *a,
                   struct mmu_result *r);
/* The 6-bit fault status code (DFSC/IFSC/FST) of a fault. */
unsigned fault_fsc(const struct fault *f);
/* Is the top byte of va ignored in this context for data/instruction accesses (TBI, TBID)? */
bool mmu_tbi(const struct tctx *t, uint64_t va, bool instruction);

/* ---- the architectural TLB (one per PE; the SMMU has its own) ---- */
struct tlb;
struct tlb *tlb_create(void);
void tlb_destroy(struct tlb *t);
void tlb_flush(struct tlb *t);
/* What it holds, entry by entry: what it answers, and which entry leaves next, depends on nothing else. */
void tlb_visit(struct tlb *t, visit_fn *fn, void *ctx);
struct tlbi;
/* `fn` is told of entries that leave for other reasons than tlb_invalidate() and tlb_flush(): capacity, or a
 * new walk of the same address. Pass htlb_evicted() and the PE's htlb, so that host banks never hold what the
 * TLB doesn't. */
void tlb_on_evict(struct tlb *t, void (*fn)(void *opaque, const struct tlbi *op), void *opaque);
/* A translation that the TLB has got. */
struct tlb_entered {
    uint64_t va, out, size; /* stage2_only: of an IPA */
    bool stage2_only, global;
    uint8_t regime;
    uint16_t asid, vmid;
};
/* `fn`, or NULL, is told of those that enter. */
void tlb_on_enter(struct tlb *t, void (*fn)(void *opaque, const struct tlb_entered *e), void *opaque);
/* What accesses (not AT, not the debugger) with stage 1 on have made of the TLB since it was created: walks,
 * and those of them that entered a translation. The same for every engine and every size of host structures,
 * for look-ups change nothing. For the PMU; index 1: instruction fetches. */
struct tlb_counts {
    uint64_t walks[2], refills[2];
};
const struct tlb_counts *tlb_counts(const struct tlb *t);
/* Live entries, for tests and statistics. */
unsigned tlb_count(const struct tlb *t);
/* One of them, for those who show it. */
struct tlb_shown {
    uint8_t regime;          /* enum regime */
    bool secure;             /* of the regime */
    bool stage2;             /* stage 2 took part */
    bool stage2_only;        /* of an IPA, from a walk of stage 2 alone */
    bool global;             /* not nG: asid is 0 and of no account */
    bool ns, ipa_ns;         /* the output is in the Non-secure PA space; of stage2_only, the input */
    bool s1_index, s2_index; /* permissions are indirect: s1_perm, s2_perm hold an index */
    bool s1_clean, s2_clean; /* writable after an update of the dirty state */
    bool guarded;            /* GP */
    uint16_t asid, vmid;
    uint64_t va, pa, size;    /* an IPA with stage2_only; size in bytes */
    uint64_t block;           /* size of the stage 1 block that this is a piece of; else size */
    uint8_t s1_perm, s2_perm; /* S1_*; S2_* (as they are without stage 2) */
    uint8_t attr, sh;         /* of stage 1: MAIR format; 0 NSH, 2 OSH, 3 ISH */
    uint8_t s2_attr, s2_sh;   /* of stage 2: MemAttr, SH of the descriptor */
};
/* All of them, ordered by regime, security state, kind, VMID, ASID (global ones last), address and size;
 * *n: how many. The caller frees them. */
struct tlb_shown *tlb_list(const struct tlb *t, size_t *n);

/* ---- TLBI ---- */
enum tlbi_kind { TLBI_ALL, TLBI_VMALL, TLBI_VMALLS12, TLBI_ASID, TLBI_VA, TLBI_VAA, TLBI_IPAS2 };
enum tlbi_share { TLBI_NSH, TLBI_ISH, TLBI_OSH };

struct tlbi {
    uint8_t kind, regime, share;
    bool secure, last_level, nxs, range;
    bool ipa_ns;
    uint8_t ttl; /* 0: no hint */
    uint16_t asid, vmid;
    uint64_t va;      /* or IPA; start of the range */
    uint64_t size;    /* bytes covered from va; a plain VA/IPA operation covers whatever entry translates va
                         (size 1) */
    bool illegal;     /* reserved operand: matches nothing */
    const char *name; /* "VAE1IS" */
};

/* Builds the operation of a TLBI instruction (reg is its SR_TLBI_... row) issued at EL `el` with operand xt,
 * from the table in mmu/tlbi.def: regime by E2H/TGE/NS, scope, VMID, ASID, HCR_EL2.FB upgrade. */
void tlbi_make(struct tlbi *op, const struct features *f, const uint64_t *sr, unsigned el, unsigned sysreg,
               uint64_t xt);
/* A class of TLB entries: what a TLBI looks at beside the address. */
struct tlb_scope {
    uint8_t regime;      /* enum regime */
    bool secure, global; /* global: no ASID */
    bool stage2_only;    /* IPA to PA; otherwise VA to PA, or to IPA */
    bool ipa_ns;         /* of a stage2_only entry */
    uint16_t asid, vmid;
};
/* Does `op` concern such entries, at the addresses it covers? What tlb_invalidate() goes by. Pure. */
bool tlbi_concerns(const struct tlbi *op, const struct tlb_scope *s);
/* Applies op to an architectural TLB; returns the number of entries dropped. */
unsigned tlb_invalidate(struct tlb *t, const struct tlbi *op);

/* ---- AT ---- */
/* Executes AT row `reg` (SR_AT_...) for va; returns PAR_EL1's value (F=0 or F=1). A synchronous External
 * abort on the walk, or a stage 2 fault of AT S1E* at EL1 that must be taken to EL2, is reported through
 * *fault instead and returns false. */
bool at_execute(const struct features *f, const uint64_t *sr, unsigned el, bool pan,
                const struct mmu_port *port, unsigned sysreg, uint64_t va, uint64_t *par,
                struct fault *fault);

#endif
