/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a program may use each system register: which ones show the machine or the time, which must keep their
 * values, which bits of a value mean the same everywhere.
 */
#include <fnmatch.h>
#include <stddef.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/generate_internal.h"
#include "sysregs/fields.h"

#define ALL UINT64_MAX

static const struct use_row {
    const char *pattern; /* of the register's name; the first row that fits counts */
    enum register_use use;
    uint64_t bits; /* that a program writes */
} uses[] = {
    /* Rows of docs/qemu-differences.md: one side doesn't have them, or has them otherwise, and may. */
    {"DBGDTR*", USE_NEVER, 0},
    {"OSDTR*", USE_NEVER, 0},
    {"DBGAUTHSTATUS*", USE_NEVER, 0},
    {"DBGPRCR*", USE_NEVER, 0},
    {"DBGCLAIM*", USE_NEVER, 0},
    {"OSECCR*", USE_NEVER, 0},
    {"MDCCINT*", USE_NEVER, 0},
    {"ERR*", USE_NEVER, 0},
    {"ERX*", USE_NEVER, 0},
    {"LOR*", USE_NEVER, 0},
    {"RMR_*", USE_NEVER, 0},
    {"HSTR_EL2", USE_NEVER, 0},
    {"IMPDEF*", USE_NEVER, 0},
    {"PMEVCNTR[0-3]_*", USE_LIVE, ALL},
    {"PMEVTYPER[0-3]_*", USE_LIVE, 0x3ff},
    {"PMEV*", USE_NEVER, 0},
    /* The GIC is the monitor's. So is its watchdog where it is at EL3, and random numbers are. */
    {"ICC_*", USE_NEVER, 0},
    {"ICH_*", USE_NEVER, 0},
    {"CNTPS_*", USE_NEVER, 0},
    {"RNDR*", USE_NEVER, 0},
    {"DSPSR_*", USE_NEVER, 0},
    {"DLR_*", USE_NEVER, 0},
    /* Identification. */
    {"ID_*", USE_LIVE, 0},
    {"MIDR_*", USE_LIVE, 0},
    {"MPIDR_*", USE_LIVE, 0},
    {"REVIDR_*", USE_LIVE, 0},
    {"AIDR_*", USE_LIVE, 0},
    {"MVFR*", USE_LIVE, 0},
    {"C[CLT]*IDR*", USE_LIVE, 0},
    {"CTR_EL0", USE_LIVE, 0},
    {"DCZID_*", USE_LIVE, 0},
    {"RVBAR_*", USE_LIVE, 0},
    {"MDRAR_*", USE_LIVE, 0},
    {"MDCCSR_*", USE_LIVE, 0},
    {"PMCEID*", USE_LIVE, 0},
    {"PMMIR*", USE_LIVE, 0},
    /* Time, counts, and what is pending. */
    {"*_TVAL_*", USE_NEVER, 0},
    {"CNT*CT_*", USE_LIVE, 0},
    {"CNT*CTSS_*", USE_LIVE, 0},
    {"CNT*_CTL_*", USE_LIVE, 2},
    {"CNTFRQ_*", USE_LIVE, 0},
    {"ISR_EL1", USE_LIVE, 0},
    {"PMCCNTR_*", USE_LIVE, ALL},
    {"PMXEV*", USE_LIVE, 0x3ff},
    {"PMOVS*", USE_LIVE, BIT(31) | 15},
    {"PMCR_*", USE_LIVE, 0x3f},
    {"PMSELR_*", USE_FREE, 3},
    {"PMCNTEN*", USE_FREE, BIT(31) | 15},
    {"PMINTEN*", USE_FREE, BIT(31) | 15},
    {"PMSWINC_*", USE_FREE, 15},
    {"PMCCFILTR_*", USE_FREE, MASK(31, 27)},
    /* What a translation or the way of an exception depends on. */
    {"SCTLR_*", USE_KEEP, ALL},
    {"TCR_*", USE_KEEP, ALL},
    {"TTBR*", USE_KEEP, ALL},
    {"MAIR_*", USE_KEEP, ALL},
    {"VBAR_*", USE_KEEP, ALL},
    {"HCR_EL2", USE_KEEP, ALL},
    {"SCR_EL3", USE_KEEP, ALL},
    {"V*TCR_EL2", USE_KEEP, ALL},
    {"V*TTBR_EL2", USE_KEEP, ALL},
    {"VNCR_EL2", USE_KEEP, ALL},
    {"MDSCR_EL1", USE_READ, 0},
    {"DBG[BW]CR*", USE_LIVE, 0},
    {"DBG[BW]VR*", USE_READ, 0},
    {"OSDLR_*", USE_READ, 0},
    {"PAR_EL1", USE_READ, 0},
    /* IMPLEMENTATION DEFINED contents. */
    {"ACTLR_*", USE_READ, 0},
    {"AFSR*", USE_READ, 0},
    {"AMAIR_*", USE_READ, 0},
    {"HACR_*", USE_READ, 0},
    /* Defined bits that no row of regfields.def names. */
    {"CSSELR_*", USE_FREE, 15},
    {"OSLAR_*", USE_FREE, 1},
    {"ESR_*", USE_FREE, MASK(31, 0)},
    {"FAR_*", USE_FREE, ALL},
    {"HPFAR_*", USE_FREE, MASK(39, 4)},
    {"SPSR_*", USE_FREE,
     MASK(31, 28) | SPSR_DIT | SPSR_UAO | SPSR_PAN | SPSR_SS | SPSR_IL | SPSR_SSBS | MASK(9, 6) | 15},
    {"ELR_*", USE_FREE, ALL},
    {"CONTEXTIDR_*", USE_FREE, MASK(31, 0)},
    {"VPIDR_*", USE_FREE, MASK(31, 0)},
    {"VMPIDR_*", USE_FREE, MASK(39, 32) | BIT(31) | MASK(23, 0)},
    {"VSESR_*", USE_FREE, MASK(24, 0)},
    {"*DISR_*", USE_FREE, DISR_A | DISR_ISS},
    {"NZCV", USE_FREE, MASK(31, 28)},
    {"DAIF", USE_FREE, MASK(9, 6)},
    {"SPSel", USE_FREE, 1},
    {"PAN", USE_FREE, SPSR_PAN},
    {"UAO", USE_FREE, SPSR_UAO},
    {"DIT", USE_FREE, SPSR_DIT},
    {"SSBS", USE_FREE, SPSR_SSBS},
    {"TCO", USE_NEVER, 0},
    {"FPCR", USE_FREE, FPCR_AHP | FPCR_DN | FPCR_FZ | FPCR_RMODE | FPCR_FZ16},
    {"FPSR", USE_FREE, FPSR_QC | 0x9f},
    {"CurrentEL", USE_READ, 0},
    {"*", USE_FREE, ALL},
};

static const struct use_row *row_of(enum sysreg reg)
{
    const struct use_row *u = uses;

    while (fnmatch(u->pattern, sysreg_row(reg)->name, 0) != 0)
        u++;
    return u;
}

enum register_use register_use(enum sysreg reg)
{
    return row_of(reg)->use;
}

uint64_t generate_value(struct generator *g, enum sysreg reg)
{
    const struct use_row *u = row_of(reg);

    if (u->use == USE_KEEP)
        return g->sr[reg];
    return sysreg_store_value(&g->feat, g->sr, reg, generate_number(g) & u->bits);
}
