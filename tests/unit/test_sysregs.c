/* SPDX-License-Identifier: BSD-2-Clause
 *
 * sysregs/ against tables computed from Arm's machine-readable specification v9.4-A (the .tsv files of
 * tests/data, their README and licence beside them). The conditions in sysreg-traps.tsv are evaluated here,
 * by a small interpreter of their text that shares nothing with sysreg.c but the storage; the positions of
 * fields are this file's own, from the manual. States are drawn at random (fixed seed) until every rule of an
 * access has decided at least once, and each state drawn is compared.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "tests/unit/run.h"

static const char *data_dir(void)
{
    static char path[1024];
    const char *env = getenv("EL2SIM_TEST_DATA"), *src = getenv("srcdir");

    if (env != NULL)
        return env;
    snprintf(path, sizeof(path), "%s/tests/data", src != NULL ? src : ".");
    return path;
}

static FILE *open_table(const char *name)
{
    char path[1200];

    snprintf(path, sizeof(path), "%s/%s", data_dir(), name);
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "can't open %s (set EL2SIM_TEST_DATA)", path);
    return f;
}

/* The next line split at tabs; false at the end. */
static bool next_row(FILE *f, char *line, size_t size, char **col, int columns)
{
    if (fgets(line, size, f) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < columns; i++) {
        col[i] = line;
        line += strcspn(line, "\t");
        if (*line != '\0')
            *line++ = '\0';
    }
    return true;
}

/* ---- positions of fields ---- */

static const struct {
    const char *name;
    uint8_t high, low;
} field_table[] = {
    {"CNTP_CTL_EL0.ENABLE", 0, 0},
    {"CNTV_CTL_EL0.ENABLE", 0, 0},
    {"CNTHP_CTL_EL2.ENABLE", 0, 0},
    {"CNTHV_CTL_EL2.ENABLE", 0, 0},
    {"CNTHPS_CTL_EL2.ENABLE", 0, 0},
    {"CNTHVS_CTL_EL2.ENABLE", 0, 0},
    {"CNTPS_CTL_EL1.ENABLE", 0, 0},
    {"OSLSR_EL1.OSLK", 1, 1},
    {"PMUSERENR_EL0.TID", 6, 6},
    {"PMSELR_EL0.SEL", 4, 0},
    {"SCR_EL3.NS", 0, 0},
    {"HCR_EL2.VM", 0, 0},
    {"HCR_EL2.SWIO", 1, 1},
    {"HCR_EL2.PTW", 2, 2},
    {"HCR_EL2.FMO", 3, 3},
    {"HCR_EL2.IMO", 4, 4},
    {"HCR_EL2.AMO", 5, 5},
    {"HCR_EL2.VF", 6, 6},
    {"HCR_EL2.VI", 7, 7},
    {"HCR_EL2.VSE", 8, 8},
    {"HCR_EL2.FB", 9, 9},
    {"HCR_EL2.DC", 12, 12},
    {"HCR_EL2.TWI", 13, 13},
    {"HCR_EL2.TWE", 14, 14},
    {"HCR_EL2.TID0", 15, 15},
    {"HCR_EL2.TID1", 16, 16},
    {"HCR_EL2.TID2", 17, 17},
    {"HCR_EL2.TID3", 18, 18},
    {"HCR_EL2.TSC", 19, 19},
    {"HCR_EL2.TIDCP", 20, 20},
    {"HCR_EL2.TACR", 21, 21},
    {"HCR_EL2.TSW", 22, 22},
    {"HCR_EL2.TPCP", 23, 23},
    {"HCR_EL2.TPU", 24, 24},
    {"HCR_EL2.TTLB", 25, 25},
    {"HCR_EL2.TVM", 26, 26},
    {"HCR_EL2.TGE", 27, 27},
    {"HCR_EL2.TDZ", 28, 28},
    {"HCR_EL2.HCD", 29, 29},
    {"HCR_EL2.TRVM", 30, 30},
    {"HCR_EL2.RW", 31, 31},
    {"HCR_EL2.CD", 32, 32},
    {"HCR_EL2.ID", 33, 33},
    {"HCR_EL2.E2H", 34, 34},
    {"HCR_EL2.TLOR", 35, 35},
    {"HCR_EL2.TERR", 36, 36},
    {"HCR_EL2.TEA", 37, 37},
    {"HCR_EL2.MIOCNCE", 38, 38},
    {"HCR_EL2.APK", 40, 40},
    {"HCR_EL2.API", 41, 41},
    {"HCR_EL2.NV", 42, 42},
    {"HCR_EL2.NV1", 43, 43},
    {"HCR_EL2.AT", 44, 44},
    {"HCR_EL2.NV2", 45, 45},
    {"HCR_EL2.FWB", 46, 46},
    {"HCR_EL2.FIEN", 47, 47},
    {"HCR_EL2.TID4", 49, 49},
    {"HCR_EL2.TICAB", 50, 50},
    {"HCR_EL2.AMVOFFEN", 51, 51},
    {"HCR_EL2.TOCU", 52, 52},
    {"HCR_EL2.TTLBIS", 54, 54},
    {"HCR_EL2.TTLBOS", 55, 55},
    {"HCR_EL2.ATA", 56, 56},
    {"HCR_EL2.DCT", 57, 57},
    {"HCR_EL2.TID5", 58, 58},
    {"HCR_EL2.TWEDEN", 59, 59},
    {"HCR_EL2.EnSCXT", 53, 53},
    {"SCR_EL3.FIQ", 2, 2},
    {"SCR_EL3.IRQ", 1, 1},
    {"SCR_EL3.ST", 11, 11},
    {"SCR_EL3.TERR", 15, 15},
    {"SCR_EL3.TLOR", 14, 14},
    {"SCR_EL3.APK", 16, 16},
    {"SCR_EL3.EEL2", 18, 18},
    {"SCR_EL3.FIEN", 21, 21},
    {"SCR_EL3.EnSCXT", 25, 25},
    {"SCR_EL3.ATA", 26, 26},
    {"SCR_EL3.FGTEn", 27, 27},
    {"SCR_EL3.ECVEn", 28, 28},
    {"SCR_EL3.HXEn", 38, 38},
    {"SCR_EL3.TCR2En", 43, 43},
    {"SCR_EL3.SCTLR2En", 44, 44},
    {"SCR_EL3.PIEn", 45, 45},
    {"SCR_EL3.AIEn", 46, 46},
    {"SCR_EL3.MECEn", 49, 49},
    {"SCR_EL3.TWERR", 52, 52},
    {"SCR_EL3.FGTEn2", 59, 59},
    {"SCTLR_EL1.UMA", 9, 9},
    {"SCTLR_EL1.EnRCTX", 10, 10},
    {"SCTLR_EL1.DZE", 14, 14},
    {"SCTLR_EL1.UCT", 15, 15},
    {"SCTLR_EL1.UCI", 26, 26},
    {"SCTLR_EL1.TSCXT", 20, 20},
    {"SCTLR_EL1.TIDCP", 63, 63},
    {"SCTLR_EL1.NMI", 61, 61},
    {"SCTLR_EL1.EnTP2", 60, 60},
    {"SCTLR_EL2.UMA", 9, 9},
    {"SCTLR_EL2.EnRCTX", 10, 10},
    {"SCTLR_EL2.DZE", 14, 14},
    {"SCTLR_EL2.UCT", 15, 15},
    {"SCTLR_EL2.UCI", 26, 26},
    {"SCTLR_EL2.TSCXT", 20, 20},
    {"SCTLR_EL2.TIDCP", 63, 63},
    {"SCTLR_EL2.NMI", 61, 61},
    {"SCTLR_EL2.EnTP2", 60, 60},
    {"SCTLR_EL3.UMA", 9, 9},
    {"SCTLR_EL3.EnRCTX", 10, 10},
    {"SCTLR_EL3.DZE", 14, 14},
    {"SCTLR_EL3.UCT", 15, 15},
    {"SCTLR_EL3.UCI", 26, 26},
    {"SCTLR_EL3.TSCXT", 20, 20},
    {"SCTLR_EL3.TIDCP", 63, 63},
    {"SCTLR_EL3.NMI", 61, 61},
    {"SCTLR_EL3.EnTP2", 60, 60},
    {"CPACR_EL1.E0POE", 29, 29},
    {"CPACR_EL1.FPEN", 21, 20},
    {"CPTR_EL2.E0POE", 29, 29},
    {"CPTR_EL2.TFP", 10, 10},
    {"CPTR_EL2.TCPAC", 31, 31},
    {"CPTR_EL2.FPEN", 21, 20},
    {"CPTR_EL3.TFP", 10, 10},
    {"CPTR_EL3.TCPAC", 31, 31},
    {"MDCR_EL3.TPM", 6, 6},
    {"MDCR_EL3.TDA", 9, 9},
    {"MDCR_EL3.TDOSA", 10, 10},
    {"MDCR_EL3.TTRF", 19, 19},
    {"MDCR_EL3.TDCC", 27, 27},
    {"MDCR_EL3.EBWE", 43, 43},
    {"MDCR_EL2.TPMCR", 5, 5},
    {"MDCR_EL2.TPM", 6, 6},
    {"MDCR_EL2.TDE", 8, 8},
    {"MDCR_EL2.TDA", 9, 9},
    {"MDCR_EL2.TDOSA", 10, 10},
    {"MDCR_EL2.TDRA", 11, 11},
    {"MDCR_EL2.TPMS", 14, 14},
    {"MDCR_EL2.TTRF", 19, 19},
    {"MDCR_EL2.TDCC", 27, 27},
    {"MDSCR_EL1.TDCC", 12, 12},
    {"PMUSERENR_EL0.EN", 0, 0},
    {"PMUSERENR_EL0.SW", 1, 1},
    {"PMUSERENR_EL0.CR", 2, 2},
    {"PMUSERENR_EL0.ER", 3, 3},
    {"PMUSERENR_EL0.UEN", 4, 4},
    {"ICH_HCR_EL2.TC", 10, 10},
    {"ICH_HCR_EL2.TALL0", 11, 11},
    {"ICH_HCR_EL2.TALL1", 12, 12},
    {"ICH_HCR_EL2.TDIR", 14, 14},
    {"ICC_SRE_EL1.SRE", 0, 0},
    {"ICC_SRE_EL1.Enable", 3, 3},
    {"ICC_SRE_EL2.SRE", 0, 0},
    {"ICC_SRE_EL2.Enable", 3, 3},
    {"ICC_SRE_EL3.SRE", 0, 0},
    {"ICC_SRE_EL3.Enable", 3, 3},
    {"HCRX_EL2.TCR2En", 14, 14},
    {"HCRX_EL2.SCTLR2En", 15, 15},
    {"HCRX_EL2.FnXS", 3, 3},
    {"HCRX_EL2.FGTnXS", 4, 4},
    {"CNTHCTL_EL2.EL0PCTEN", 0, 0},
    {"CNTHCTL_EL2.EL0VCTEN", 1, 1},
    {"CNTHCTL_EL2.EL0VTEN", 8, 8},
    {"CNTHCTL_EL2.EL0PTEN", 9, 9},
    {"CNTHCTL_EL2.EL1PTEN", 11, 11},
    {"CNTHCTL_EL2.EL1TVT", 13, 13},
    {"CNTHCTL_EL2.EL1TVCT", 14, 14},
    {"CNTHCTL_EL2.EL1NVPCT", 15, 15},
    {"CNTHCTL_EL2.EL1NVVCT", 16, 16},
    {"CNTHCTL_EL2.EL1PCTEN", 10, 10},
    {"CNTHCTL_EL2.EL1PCEN", 1, 1},
    {"CNTHCTL_EL2.ECV", 12, 12},
    {"CNTKCTL_EL1.EL0PCTEN", 0, 0},
    {"CNTKCTL_EL1.EL0VCTEN", 1, 1},
    {"CNTKCTL_EL1.EL0VTEN", 8, 8},
    {"CNTKCTL_EL1.EL0PTEN", 9, 9},
};

/* Bits 0, 1, 2 ... of the fine-grained trap registers; - is reserved. */
static const struct {
    const char *reg, *bits;
} fgt_table[] = {
    {"HFGRTR_EL2",
     "AFSR0_EL1 AFSR1_EL1 AIDR_EL1 AMAIR_EL1 APDAKey APDBKey APGAKey APIAKey APIBKey CCSIDR_EL1 "
     "CLIDR_EL1 CONTEXTIDR_EL1 CPACR_EL1 CSSELR_EL1 CTR_EL0 DCZID_EL0 ESR_EL1 FAR_EL1 ISR_EL1 LORC_EL1 "
     "LOREA_EL1 LORID_EL1 LORN_EL1 LORSA_EL1 MAIR_EL1 MIDR_EL1 MPIDR_EL1 PAR_EL1 REVIDR_EL1 SCTLR_EL1 "
     "SCXTNUM_EL1 SCXTNUM_EL0 TCR_EL1 TPIDR_EL1 TPIDRRO_EL0 TPIDR_EL0 TTBR0_EL1 TTBR1_EL1 VBAR_EL1 "
     "ICC_IGRPENn_EL1 ERRIDR_EL1 ERRSELR_EL1 ERXFR_EL1 ERXCTLR_EL1 ERXSTATUS_EL1 ERXMISCn_EL1 "
     "ERXPFGF_EL1 ERXPFGCTL_EL1 ERXPFGCDN_EL1 ERXADDR_EL1 nACCDATA_EL1 - nGCS_EL0 nGCS_EL1 nSMPRI_EL1 "
     "nTPIDR2_EL0 nRCWMASK_EL1 nPIRE0_EL1 nPIR_EL1 nPOR_EL0 nPOR_EL1 nS2POR_EL1 nMAIR2_EL1 nAMAIR2_EL1"},
    {"HFGWTR_EL2",
     "AFSR0_EL1 AFSR1_EL1 - AMAIR_EL1 APDAKey APDBKey APGAKey APIAKey APIBKey - - CONTEXTIDR_EL1 "
     "CPACR_EL1 CSSELR_EL1 - - ESR_EL1 FAR_EL1 - LORC_EL1 LOREA_EL1 - LORN_EL1 LORSA_EL1 MAIR_EL1 - - "
     "PAR_EL1 - SCTLR_EL1 SCXTNUM_EL1 SCXTNUM_EL0 TCR_EL1 TPIDR_EL1 TPIDRRO_EL0 TPIDR_EL0 TTBR0_EL1 "
     "TTBR1_EL1 VBAR_EL1 ICC_IGRPENn_EL1 - ERRSELR_EL1 - ERXCTLR_EL1 ERXSTATUS_EL1 ERXMISCn_EL1 - "
     "ERXPFGCTL_EL1 ERXPFGCDN_EL1 ERXADDR_EL1 nACCDATA_EL1 - nGCS_EL0 nGCS_EL1 nSMPRI_EL1 nTPIDR2_EL0 "
     "nRCWMASK_EL1 nPIRE0_EL1 nPIR_EL1 nPOR_EL0 nPOR_EL1 nS2POR_EL1 nMAIR2_EL1 nAMAIR2_EL1"},
    {"HFGITR_EL2",
     "ICIALLUIS ICIALLU ICIVAU DCIVAC DCISW DCCSW DCCISW DCCVAU DCCVAP DCCVADP DCCIVAC DCZVA ATS1E1R "
     "ATS1E1W ATS1E0R ATS1E0W ATS1E1RP ATS1E1WP TLBIVMALLE1OS TLBIVAE1OS TLBIASIDE1OS TLBIVAAE1OS "
     "TLBIVALE1OS TLBIVAALE1OS TLBIRVAE1OS TLBIRVAAE1OS TLBIRVALE1OS TLBIRVAALE1OS TLBIVMALLE1IS "
     "TLBIVAE1IS TLBIASIDE1IS TLBIVAAE1IS TLBIVALE1IS TLBIVAALE1IS TLBIRVAE1IS TLBIRVAAE1IS "
     "TLBIRVALE1IS TLBIRVAALE1IS TLBIRVAE1 TLBIRVAAE1 TLBIRVALE1 TLBIRVAALE1 TLBIVMALLE1 TLBIVAE1 "
     "TLBIASIDE1 TLBIVAAE1 TLBIVALE1 TLBIVAALE1 CFPRCTX DVPRCTX CPPRCTX ERET SVC_EL0 SVC_EL1 DCCVAC "
     "nBRBINJ nBRBIALL nGCSPUSHM_EL1 nGCSSTR_EL1 nGCSEPP COSPRCTX - - -"},
    {"HDFGRTR_EL2",
     "DBGBCRn_EL1 DBGBVRn_EL1 DBGWCRn_EL1 DBGWVRn_EL1 MDSCR_EL1 DBGCLAIM DBGAUTHSTATUS_EL1 DBGPRCR_EL1 "
     "- OSLSR_EL1 OSECCR_EL1 OSDLR_EL1 PMEVCNTRn_EL0 PMEVTYPERn_EL0 PMCCFILTR_EL0 PMCCNTR_EL0 PMCNTEN "
     "PMINTEN PMOVS PMSELR_EL0 - - PMMIR_EL1 PMBLIMITR_EL1 PMBPTR_EL1 PMBSR_EL1 PMSCR_EL1 PMSEVFR_EL1 "
     "PMSFCR_EL1 PMSICR_EL1 PMSIDR_EL1 PMSIRR_EL1 PMSLATFR_EL1 TRC TRCAUTHSTATUS TRCAUXCTLR TRCCLAIM "
     "TRCCNTVRn - - TRCID TRCIMSPECn - TRCOSLSR TRCPRGCTLR TRCSEQSTR TRCSSCSRn TRCSTATR TRCVICTLR - "
     "TRBBASER_EL1 TRBIDR_EL1 TRBLIMITR_EL1 TRBMAR_EL1 TRBPTR_EL1 TRBSR_EL1 TRBTRG_EL1 PMUSERENR_EL0 "
     "PMCEIDn_EL0 nBRBIDR nBRBCTL nBRBDATA nPMSNEVFR_EL1 PMBIDR_EL1"},
    {"HDFGWTR_EL2",
     "DBGBCRn_EL1 DBGBVRn_EL1 DBGWCRn_EL1 DBGWVRn_EL1 MDSCR_EL1 DBGCLAIM - DBGPRCR_EL1 OSLAR_EL1 - "
     "OSECCR_EL1 OSDLR_EL1 PMEVCNTRn_EL0 PMEVTYPERn_EL0 PMCCFILTR_EL0 PMCCNTR_EL0 PMCNTEN PMINTEN PMOVS "
     "PMSELR_EL0 PMSWINC_EL0 PMCR_EL0 - PMBLIMITR_EL1 PMBPTR_EL1 PMBSR_EL1 PMSCR_EL1 PMSEVFR_EL1 "
     "PMSFCR_EL1 PMSICR_EL1 - PMSIRR_EL1 PMSLATFR_EL1 TRC - TRCAUXCTLR TRCCLAIM TRCCNTVRn - - - "
     "TRCIMSPECn - - TRCPRGCTLR TRCSEQSTR TRCSSCSRn - TRCVICTLR TRFCR_EL1 TRBBASER_EL1 - TRBLIMITR_EL1 "
     "TRBMAR_EL1 TRBPTR_EL1 TRBSR_EL1 TRBTRG_EL1 PMUSERENR_EL0 - - nBRBCTL nBRBDATA nPMSNEVFR_EL1 -"},
};

/* "HCR_EL2.TVM" or "CPACR_EL1.FPEN[0]" to register and mask; false: not known here. */
static bool find_field(const char *name, enum sysreg *reg, unsigned *low, unsigned *width)
{
    char base[80];
    size_t dot = strcspn(name, ".");

    snprintf(base, sizeof(base), "%.*s", (int)dot, name);
    if (strlen(base) > 7 && strcmp(base + strlen(base) - 7, "_read()") == 0)
        base[strlen(base) - 7] = '\0';
    *reg = sysreg_by_name(base);
    if (*reg == SR_NONE || name[dot] == '\0')
        return false;
    for (unsigned i = 0; i < ARRAY_LEN(fgt_table); i++) {
        if (strcmp(base, fgt_table[i].reg) != 0)
            continue;
        const char *p = fgt_table[i].bits;
        for (unsigned b = 0; *p != '\0'; b++) {
            size_t n = strcspn(p, " ");
            if (strlen(name + dot + 1) == n && strncmp(p, name + dot + 1, n) == 0) {
                *low = b;
                *width = 1;
                return true;
            }
            p += n + strspn(p + n, " ");
        }
        return false;
    }
    int index = -1;
    size_t length = strlen(name + dot + 1);
    const char *bracket = strchr(name, '[');
    if (bracket != NULL) {
        index = atoi(bracket + 1);
        length = bracket - (name + dot + 1);
    }
    for (unsigned i = 0; i < ARRAY_LEN(field_table); i++) {
        size_t d = strcspn(field_table[i].name, ".");
        if (strlen(base) != d || strncmp(field_table[i].name, base, d) != 0)
            continue;
        if (strlen(field_table[i].name + d + 1) != length ||
            strncmp(field_table[i].name + d + 1, name + dot + 1, length) != 0)
            continue;
        *low = field_table[i].low + (index > 0 ? index : 0);
        *width = index >= 0 ? 1 : field_table[i].high - field_table[i].low + 1;
        return true;
    }
    return false;
}

/* ---- the interpreter of conditions ---- */

/* A field that conditions look at, and the value that makes the comparison false. */
struct involved {
    enum sysreg reg;
    uint8_t low, width, quiet;
};

struct eval {
    const char *p;
    const struct access_state *s;
    bool failed; /* something that this interpreter doesn't know */
    char why[64];
    struct involved *involved; /* where to collect, or NULL */
    unsigned *count;
};

static bool eval_or(struct eval *e);

static void unknown(struct eval *e, const char *what)
{
    if (!e->failed)
        snprintf(e->why, sizeof(e->why), "%.60s", what);
    e->failed = true;
}

static void collect(struct eval *e, enum sysreg reg, unsigned low, unsigned width, unsigned quiet)
{
    if (e->involved == NULL)
        return;
    for (unsigned i = 0; i < *e->count; i++)
        if (e->involved[i].reg == reg && e->involved[i].low == low)
            return;
    if (*e->count < 64)
        e->involved[(*e->count)++] = (struct involved){reg, low, width, quiet};
}

static bool accept(struct eval *e, const char *token)
{
    e->p += strspn(e->p, " ");
    if (strncmp(e->p, token, strlen(token)) != 0)
        return false;
    e->p += strlen(token);
    return true;
}

/* Copies an identifier with dots, brackets around digits, and an empty or simple argument list. */
static void identifier(struct eval *e, char *out, size_t size)
{
    size_t n = 0;

    e->p += strspn(e->p, " ");
    while (
        n + 1 < size &&
        (isalnum((unsigned char)*e->p) || *e->p == '_' || *e->p == '.' || strncmp(e->p, "_read()", 7) == 0 ||
         (*e->p == '(' && e->p[1] == ')' && n > 5 && strncmp(out + n - 5, "_read", 5) == 0) ||
         (*e->p == ')' && n > 0 && out[n - 1] == '(') || (*e->p == '[' && isdigit((unsigned char)e->p[1])) ||
         (*e->p == ']' && n > 1 && isdigit((unsigned char)out[n - 1]))))
        out[n++] = *e->p++;
    out[n] = '\0';
}

static uint64_t field_value(struct eval *e, const char *name, unsigned quiet)
{
    enum sysreg reg;
    unsigned low, width;

    if (strcmp(name, "PSTATE.SP") == 0)
        return !e->s->pstate_sp0;
    if (strcmp(name, "SCR_EL3.NS") == 0 && !e->s->feat->has_el3)
        return 1; /* the effective value */
    if (!find_field(name, &reg, &low, &width)) {
        unknown(e, name);
        return 0;
    }
    collect(e, reg, low, width, quiet == ~0u ? MASK(width - 1, 0) : quiet);
    return bits(e->s->sr[reg], low + width - 1, low);
}

/* [A.B,C.D]=='01' */
static bool eval_list(struct eval *e)
{
    char names[4][80];
    unsigned n = 0;
    uint64_t v = 0, want = 0;

    do
        identifier(e, names[n], sizeof(names[n]));
    while (++n < 4 && accept(e, ","));
    if (!accept(e, "]")) {
        unknown(e, e->p);
        return false;
    }
    bool equal = accept(e, "==");
    if (!equal && !accept(e, "!="))
        unknown(e, e->p);
    accept(e, "'");
    const char *digits = e->p;
    while (*e->p == '0' || *e->p == '1')
        want = want << 1 | (*e->p++ == '1');
    accept(e, "'");
    for (unsigned i = 0; i < n; i++) {
        unsigned digit = digits[i] == '1';
        v = v << 1 | field_value(e, names[i], equal ? !digit : digit);
    }
    return equal ? v == want : v != want;
}

static bool known_feature(struct eval *e, const char *name)
{
    for (unsigned n = 1; n < FEATURE_COUNT; n++)
        if (strcmp(feature_name(n), name) == 0)
            return has(e->s->feat, n);
    return false;
}

/* The functions of the pseudocode that conditions call. */
static bool eval_call(struct eval *e, const char *name, const char *arg)
{
    const struct features *f = e->s->feat;
    const uint64_t *sr = e->s->sr;
    const bool secure = f->has_el3 && !(sr[SR_SCR_EL3] & 1);
    const bool el2 = f->has_el2 && (!secure || (sr[SR_SCR_EL3] >> 18 & 1));

    if (strcmp(name, "EL2Enabled") == 0)
        return el2;
    if (strcmp(name, "HaveEL") == 0)
        return strcmp(arg, "EL3") == 0 ? f->has_el3 : strcmp(arg, "EL2") == 0 ? f->has_el2 : true;
    if (strcmp(name, "IsHighestEL") == 0)
        return arg[2] - '0' == (f->has_el3 ? 3 : f->has_el2 ? 2 : 1);
    if (strcmp(name, "IsHCRXEL2Enabled") == 0)
        return !f->has_el3 || (sr[SR_SCR_EL3] >> 38 & 1);
    if (strcmp(name, "IsCurrentSecurityState") == 0)
        return strcmp(arg, "SS_Secure") == 0 ? secure : strcmp(arg, "SS_NonSecure") == 0 ? !secure : false;
    if (strcmp(name, "IMPDEF") == 0) /* of the choices offered we take the traps */
        return strncmp(arg, "\"Trapped by", 11) == 0;
    if (strcmp(name, "IsZero") == 0)
        return sysreg_by_name(arg) == SR_NONE || sr[sysreg_by_name(arg)] == 0;
    if (strcmp(name, "Halted") == 0 || strcmp(name, "HaveAArch32EL") == 0 ||
        strcmp(name, "ELUsingAArch32") == 0 || strcmp(name, "GetCurrentEXLOCKEN") == 0)
        return false;
    unknown(e, name);
    return false;
}

static bool eval_atom(struct eval *e)
{
    char name[80], arg[120] = "";
    static const char pcten[] = "slice(CNTHCTL_EL2,(if FEAT_VHE && HCR_EL2.E2H==1 then 10 else 0),1)==0";

    if (accept(e, "otherwise"))
        return true;
    if (accept(e, pcten)) {
        collect(e, SR_CNTHCTL_EL2, 0, 1, 1);
        collect(e, SR_CNTHCTL_EL2, 10, 1, 1);
        return !(e->s->sr[SR_CNTHCTL_EL2] >> ((e->s->sr[SR_HCR_EL2] & HCR_E2H) ? 10 : 0) & 1);
    }
    identifier(e, name, sizeof(name));
    if (name[0] == '\0') {
        unknown(e, e->p);
        return false;
    }
    if (strcmp(name, "AArch64_GetNumEventCountersAccessible") == 0 && accept(e, "()<=")) {
        e->p += strspn(e->p, "0123456789"); /* which event counters exist is the PMU's to say */
        return false;
    }
    if (strncmp(name, "NUM_", 4) == 0 && accept(e, "<="))
        return (name[4] == 'B' ? e->s->feat->breakpoints : e->s->feat->watchpoints) <=
               strtol(e->p, (char **)&e->p, 10);
    if (*e->p == '(') {
        const char *end = strchr(e->p, ')');
        if (e->p[1] == '"')
            end = strchr(strchr(e->p + 2, '"'), ')');
        snprintf(arg, sizeof(arg), "%.*s", (int)(end - e->p - 1), e->p + 1);
        e->p = end + 1;
        return eval_call(e, name, arg);
    }
    if (strncmp(name, "FEAT_", 5) == 0)
        return known_feature(e, name);
    if (strncmp(name, "EDSCR", 5) == 0 || strncmp(name, "PSTATE.EXLOCK", 13) == 0) {
        e->p += strcspn(e->p, " )");
        return false;
    }
    bool equal = accept(e, "==");
    if (!equal && !accept(e, "!=")) {
        unknown(e, name);
        return false;
    }
    if (*e->p == '\'') {
        uint64_t want = 0;
        for (e->p++; *e->p == '0' || *e->p == '1'; e->p++)
            want = want << 1 | (*e->p == '1');
        e->p++;
        uint64_t v = field_value(e, name, equal ? (want == 0 ? ~0u : 0) : (unsigned)want);
        return equal ? v == want : v != want;
    }
    if (!isdigit((unsigned char)*e->p)) {
        unknown(e, name);
        return false;
    }
    uint64_t want = strtoul(e->p, (char **)&e->p, 10);
    uint64_t v = field_value(e, name, equal ? want == 0 : want != 0);
    return equal ? v == want : v != want;
}

static bool eval_not(struct eval *e)
{
    e->p += strspn(e->p, " ");
    if (e->p[0] == '!' && e->p[1] != '=') {
        e->p++;
        return !eval_not(e);
    }
    if (e->p[0] == '(' &&
        isdigit((unsigned char)e->p[1])) { /* arithmetic of FEAT_Debugv8p9's banks: absent */
        unsigned depth = 0;
        do
            depth += (*e->p == '(') - (*e->p == ')');
        while (*e->p++ != '\0' && depth != 0);
        e->p += strcspn(e->p, " )");
        return false;
    }
    if (accept(e, "(")) {
        bool v = eval_or(e);
        if (!accept(e, ")"))
            unknown(e, e->p);
        return v;
    }
    if (accept(e, "["))
        return eval_list(e);
    return eval_atom(e);
}

static bool eval_and(struct eval *e)
{
    bool v = eval_not(e);

    while (!e->failed && accept(e, "&&"))
        v &= eval_not(e);
    return v;
}

static bool eval_or(struct eval *e)
{
    bool v = eval_and(e);

    while (!e->failed && accept(e, "||"))
        v |= eval_and(e);
    return v;
}

static bool evaluate(struct eval *e, const char *condition)
{
    e->p = condition;
    bool v = eval_or(e);
    if (!e->failed && *e->p != '\0')
        unknown(e, e->p);
    return v;
}

/* ---- the rules of one access at one EL ---- */

#define MAX_RULES 24

struct chain {
    char name[64], access[8];
    unsigned el, rules;
    char condition[MAX_RULES][400];
    char outcome[MAX_RULES][200];
    unsigned decided[MAX_RULES];
};

struct tally {
    unsigned chains, rules, decided, states;
    unsigned by_feature[FEATURE_COUNT]; /* rules left out because a feature has no model yet */
    unsigned other, d128, impossible;   /* left out for another reason */
};

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Every feature that the table has rules for, so that rules of features that no model has yet are checked
 * too. */
static void full_features(struct features *f, bool el2, bool el3)
{
    static const uint16_t more[] = {FEAT_NV,      FEAT_NV2,     FEAT_PMUv3, FEAT_PMUv3p1,  FEAT_PMUv3p4,
                                    FEAT_PMUv3p5, FEAT_PMUv3p7, FEAT_MTE,   FEAT_MTE2,     FEAT_TCR2,
                                    FEAT_SCTLR2,  FEAT_S1PIE,   FEAT_S1POE, FEAT_S2PIE,    FEAT_S2POE,
                                    FEAT_AIE,     FEAT_RASv1p1, FEAT_TRF,   FEAT_SPECRES2, FEAT_RASv2,
                                    FEAT_VHE,     FEAT_SEL2,    FEAT_FGT,   FEAT_HCX,      FEAT_EVT};

    f->has_el2 = el2;
    f->has_el3 = el3;
    ck_assert_ptr_null(features_parse(f, "max"));
    for (unsigned i = 0; i < ARRAY_LEN(more); i++)
        feature_set(f, more[i], true);
    f->breakpoints = f->watchpoints = 16;
    features_derive(f);
}

/* Can a PE be at this EL in this state? */
static bool possible(const struct access_state *s)
{
    const struct features *f = s->feat;
    const uint64_t hcr = s->sr[SR_HCR_EL2], scr = s->sr[SR_SCR_EL3];
    const bool secure = f->has_el3 && !(scr & SCR_NS);
    const bool el2 = f->has_el2 && (!secure || (scr & SCR_EEL2));

    if (s->el == 3)
        return f->has_el3;
    if (s->el == 2)
        return el2;
    if (s->el == 1 && el2 && (hcr & HCR_TGE))
        return false;
    if ((hcr & (HCR_NV | HCR_NV2)) == HCR_NV2 || (hcr & (HCR_NV | HCR_NV1)) == HCR_NV1)
        return false; /* CONSTRAINED: NV1 and NV2 without NV; the effective value is 0 */
    return true;
}

static void draw_state(uint64_t *sr, const uint64_t *initial, const struct features *f,
                       const struct involved *inv, unsigned count)
{
    static const uint64_t hcr_bits[] = {HCR_E2H, HCR_TGE, HCR_NV, HCR_NV1, HCR_NV2};
    unsigned calm = draw() % 4; /* how often a field is left quiet */

    memcpy(sr, initial, SR_COUNT * sizeof(*sr));
    for (unsigned i = 0; i < count; i++) {
        const struct involved *v = &inv[i];
        uint64_t value = draw() % 4 < calm ? v->quiet : draw();
        sr[v->reg] = bits_set(sr[v->reg], v->low + v->width - 1, v->low, value);
    }
    uint64_t r = draw();
    for (unsigned i = 0; i < ARRAY_LEN(hcr_bits); i++)
        sr[SR_HCR_EL2] = (sr[SR_HCR_EL2] & ~hcr_bits[i]) | ((r >> i & 1) ? hcr_bits[i] : 0);
    if (r >> 5 & 1) /* nested virtualization half of the time only */
        sr[SR_HCR_EL2] &= ~(HCR_NV | HCR_NV1 | HCR_NV2);
    if (f->has_el3) {
        sr[SR_SCR_EL3] = bits_set(sr[SR_SCR_EL3], 0, 0, (r >> 6 & 3) != 0);
        sr[SR_SCR_EL3] = bits_set(sr[SR_SCR_EL3], 18, 18, r >> 8 & 1);
    }
    if (!f->has_el2)
        sr[SR_HCR_EL2] = 0;
    for (unsigned i = 0; i < count; i++) /* what software can write at all, in either layout */
        sr[inv[i].reg] = sysreg_mask_write(f, inv[i].reg, 0, sr[inv[i].reg]);
    if (!f->has_el3) /* as the storage of a PE without EL3 is */
        sr[SR_SCR_EL3] = sr[SR_MDCR_EL3] = sr[SR_CPTR_EL3] = 0;
}

static const char *describe(const struct access_verdict *v)
{
    static char text[160];
    static const char *const what[] = {"OK", "UNDEFINED", "TRAP", "MEMORY"};

    snprintf(text, sizeof(text), "%s %s EL%u EC=%#x offset=%#x (%s)", what[v->outcome],
             sysreg_row(v->reg)->name, v->target_el, v->ec, v->offset, v->rule);
    return text;
}

/* Does a verdict agree with an outcome of the table? */
static bool agrees(const struct access_verdict *v, const char *outcome)
{
    unsigned el, ec, offset;
    char reg[64];

    if (strcmp(outcome, "UNDEFINED") == 0)
        return v->outcome == ACCESS_UNDEF;
    if (sscanf(outcome, "TRAP EL%u EC=%x", &el, &ec) == 2)
        return v->outcome == ACCESS_TRAP && v->target_el == el && v->ec == ec;
    if (sscanf(outcome, "READ NVMem[%x]", &offset) == 1 || sscanf(outcome, "WRITE NVMem[%x]", &offset) == 1)
        return v->outcome == ACCESS_MEMORY && v->offset == offset;
    if (strncmp(outcome, "AArch64_ImpDefSysReg", 20) == 0)
        return v->outcome == ACCESS_UNDEF; /* we have none */
    if (v->outcome != ACCESS_OK)
        return false;
    if (sscanf(outcome, "READ %63[A-Z0-9_]", reg) == 1 || sscanf(outcome, "WRITE %63[A-Z0-9_]", reg) == 1) {
        enum sysreg r = sysreg_by_name(reg);
        size_t used = strlen(strchr(outcome, ' ') + 1);
        if (r == SR_NONE || used != strlen(reg)) /* an expression, or a virtual register of the GIC */
            return true;
        char *timer = strstr(reg, "_CVAL_"); /* a write of TVAL is a write of CVAL: the timer unit's */
        if (timer != NULL && strstr(sysreg_row(v->reg)->name, "_TVAL_") != NULL)
            timer[1] = 'T';
        return v->reg == sysreg_by_name(reg);
    }
    return true;
}

static enum sysreg row_of(const char *name)
{
    char spaced[64];

    if (strncmp(name, "S3_<", 4) == 0)
        return SR_IMPDEF;
    enum sysreg reg = sysreg_by_name(name);
    if (reg != SR_NONE)
        return reg;
    snprintf(spaced, sizeof(spaced), "%s", name);
    if (strchr(spaced, '_') != NULL)
        *strchr(spaced, '_') = ' ';
    return sysreg_by_name(spaced);
}

/* Rules that need a feature which isn't there, the absence of one that is, or the PMU's counters; and those
 * which their predecessors leave nothing to decide. */
static bool impossible(const struct chain *c, unsigned n)
{
    static const char *const parts[] = {
        "AArch64_GetNum",
        "!FEAT_",
        "FEAT_FGT2 &&",
        "FEAT_GCS &&",
        "FEAT_RNG_TRAP",
        "FEAT_DoubleLock && HDFG",
        "FEAT_PMUv3p9 && PMUSERENR_EL0.TID",
        "IsHighestEL(EL0)",
        "SCR_EL3.NS==0 && FEAT_ECV", /* CNTPS_TVAL_EL1: UNDEFINED with EEL2=1, no EL2 with EEL2=0 */
    };
    static const struct {
        const char *name, *access;
        unsigned el;
        const char *condition;
    } left_over[] = {
        {"CNTFRQ_EL0", "W", 3, "otherwise"},
        {"RVBAR_EL3", "R", 3, "otherwise"},
        {"CNTV_TVAL_EL0", "R", 2, "otherwise"},
        {"CNTV_TVAL_EL0", "W", 2, "otherwise"},
        {"CNTV_TVAL_EL0", "R", 2, "CNTV_CTL_EL0.ENABLE==0"},
    };
    const char *condition = c->condition[n];

    if (strncmp(condition, "FEAT_Debugv8p9", 14) == 0 ||
        strncmp(condition, "HaveEL(EL2) && ELUsingAArch32", 29) == 0)
        return true;
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++)
        if (strstr(condition, parts[i]) != NULL && condition[0] != '(')
            return true;
    for (unsigned i = 0; i < ARRAY_LEN(left_over); i++)
        if (strcmp(c->name, left_over[i].name) == 0 && strcmp(c->access, left_over[i].access) == 0 &&
            c->el == left_over[i].el && strcmp(condition, left_over[i].condition) == 0)
            return true;
    return false;
}

/* Can every condition of c be evaluated? Collects the fields that they involve. */
static bool evaluable(const struct chain *c, struct access_state *s, struct involved *involved,
                      unsigned *count)
{
    for (unsigned i = 0; i < c->rules; i++) {
        struct eval e = {.s = s, .involved = involved, .count = count};
        evaluate(&e, c->condition[i]);
        if (e.failed) {
            if (getenv("EL2SIM_TEST_VERBOSE") != NULL)
                printf("  not evaluated: %s %s EL%u: %s\n", c->name, c->access, c->el, e.why);
            return false;
        }
    }
    return true;
}

/* Draws states for one chain and compares; fails the test at the first difference. */
static void check_chain(struct chain *c, struct tally *t, struct features *full, uint64_t (*reset)[SR_COUNT])
{
    static uint64_t sr[SR_COUNT];
    struct involved involved[64];
    unsigned count = 0, left = c->rules;
    const enum sysreg reg = row_of(c->name);

    ck_assert_msg(reg != SR_NONE, "no row for %s", c->name);
    if (strlen(c->access) > 1) {
        t->d128 += c->rules;
        return;
    }
    if (!has(&full[3], sysreg_row(reg)->feature)) {
        t->by_feature[sysreg_row(reg)->feature] += c->rules;
        return;
    }
    struct access_state s = {.feat = &full[3], .sr = sr, .el = c->el};
    memset(sr, 0, sizeof(sr));
    if (!evaluable(c, &s, involved, &count)) {
        t->other += c->rules;
        return;
    }
    t->chains++;
    t->rules += c->rules;
    for (unsigned i = 0; i < c->rules; i++)
        left -= impossible(c, i) ? 1 : 0;
    t->impossible += c->rules - left;
    for (unsigned n = 0; n < 4000 && (left > 0 || n < 60); n++) {
        uint64_t r = draw();
        unsigned machine = r % 8 < 5 ? 3 : r % 8 < 7 ? 1 : r >> 3 & 3;
        s.feat = &full[machine];
        s.pstate_sp0 = (r >> 8 & 7) == 0;
        full[3].breakpoints = (r >> 16) % 17;
        feature_set(&full[3], FEAT_IDST, (r >> 24 & 3) != 0);
        full[3].watchpoints = (r >> 20) % 17;
        draw_state(sr, reset[machine], s.feat, involved, count);
        if (!possible(&s))
            continue;
        for (unsigned i = 0; i < c->rules; i++) {
            struct eval e = {.s = &s};
            if (!evaluate(&e, c->condition[i]))
                continue;
            struct access_verdict v = sysreg_access(&s, reg, c->access[0] == 'W');
            t->states++;
            if (c->decided[i]++ == 0 && !impossible(c, i))
                left--;
            ck_assert_msg(agrees(&v, c->outcome[i]),
                          "%s %s at EL%u: expected %s (%s), got %s; HCR %#llx SCR %#llx el2 %d el3 %d",
                          c->access, c->name, c->el, c->outcome[i], c->condition[i], describe(&v),
                          (unsigned long long)sr[SR_HCR_EL2], (unsigned long long)sr[SR_SCR_EL3],
                          s.feat->has_el2, s.feat->has_el3);
            break;
        }
    }
    for (unsigned i = 0; i < c->rules; i++) {
        t->decided += c->decided[i] != 0 && !impossible(c, i);
        if (c->decided[i] == 0 && !impossible(c, i) && getenv("EL2SIM_TEST_VERBOSE") != NULL)
            printf("  never decided: %s %s EL%u: %s -> %s\n", c->access, c->name, c->el, c->condition[i],
                   c->outcome[i]);
    }
}

START_TEST(traps)
{
    static char line[4096];
    char *col[8];
    static struct chain c;
    struct tally t = {0};
    static struct features full[4]; /* with and without EL2 and EL3 */
    static uint64_t reset[4][SR_COUNT];
    unsigned debug_only = 0, total = 0, pairs = 0;
    FILE *f = open_table("sysreg-traps.tsv");

    for (unsigned i = 0; i < ARRAY_LEN(full); i++) {
        full_features(&full[i], i & 1, i >> 1);
        sysreg_reset(reset[i], &full[i], 0);
    }
    ck_assert(next_row(f, line, sizeof(line), col, 8));
    while (next_row(f, line, sizeof(line), col, 8)) {
        total++;
        if (strcmp(col[0], "SYSP") == 0 || strcmp(col[0], "MSRIMM") == 0) {
            pairs++;
            continue;
        }
        unsigned el = col[3][2] - '0';
        if (c.rules != 0 && (strcmp(c.name, col[1]) != 0 || strcmp(c.access, col[2]) != 0 || c.el != el)) {
            check_chain(&c, &t, full, reset);
            memset(&c, 0, sizeof(c));
        }
        snprintf(c.name, sizeof(c.name), "%s", col[1]);
        snprintf(c.access, sizeof(c.access), "%s", col[2]);
        c.el = el;
        if (strcmp(col[7], "1") == 0) {
            debug_only++;
            continue;
        }
        ck_assert_uint_lt(c.rules, MAX_RULES);
        snprintf(c.condition[c.rules], sizeof(c.condition[0]), "%s", col[5]);
        snprintf(c.outcome[c.rules], sizeof(c.outcome[0]), "%s", col[6]);
        c.rules++;
    }
    if (c.rules != 0)
        check_chain(&c, &t, full, reset);
    fclose(f);
    printf("sysreg-traps.tsv: %u rows; %u of external debug, %u of SYSP and MSR (immediate), %u of 128-bit "
           "accesses\n",
           total, debug_only, pairs, t.d128);
    printf("  %u rules of %u accesses evaluated, %u of them decided in some state, %u states compared; %u "
           "rules can't hold\n",
           t.rules, t.chains, t.decided, t.states, t.impossible);
    printf("  %u rules not evaluated; by absent feature:", t.other);
    for (unsigned n = 0; n < FEATURE_COUNT; n++)
        if (t.by_feature[n] != 0)
            printf(" %s %u", feature_name(n) + 5, t.by_feature[n]);
    printf("\n");
    ck_assert_uint_ge(t.rules, 10700);
    ck_assert_uint_eq(t.decided, t.rules - t.impossible);
}
END_TEST

/* ---- redirection ---- */

/* A state in which nothing traps. */
static void permissive(uint64_t *sr, const struct features *f)
{
    static const uint16_t all_ones[] = {SR_CPACR_EL1,   SR_CNTKCTL_EL1, SR_PMUSERENR_EL0,
                                        SR_ICC_SRE_EL1, SR_ICC_SRE_EL2, SR_ICC_SRE_EL3};

    sysreg_reset(sr, f, 0);
    for (unsigned i = 0; i < ARRAY_LEN(all_ones); i++)
        sr[all_ones[i]] = ~UINT64_C(0);
    sr[SR_HCR_EL2] |= HCR_APK | HCR_API | HCR_ENSCXT | HCR_FIEN | HCR_ATA;
    sr[SR_HCRX_EL2] = BIT(14) | BIT(15);
    sr[SR_SCTLR_EL1] = sr[SR_SCTLR_EL2] = SCTLR_UMA | SCTLR_ENRCTX | SCTLR_DZE | SCTLR_UCT | SCTLR_UCI;
    sr[SR_CNTHCTL_EL2] = 0xfff;
    sr[SR_SCR_EL3] = SCR_NS | SCR_EEL2 | SCR_ST | SCR_APK | SCR_API | SCR_FIEN | SCR_ENSCXT | SCR_ATA |
                     SCR_FGTEN | SCR_ECVEN | SCR_HXEN | MASK(46, 43);
    for (unsigned b = 50; b < 64; b++) {
        sr[SR_HFGRTR_EL2] |= BIT(b);
        sr[SR_HFGWTR_EL2] |= BIT(b);
    }
}

/* A cell in the other table's terms, where a storage by itself is READ's and WRITE's operand. */
static void wanted(const char *cell, char *want, size_t size)
{
    char storage[80];
    bool operand = sscanf(cell, "%79[A-Z0-9a-z_]", storage) == 1 && strcmp(storage, cell) == 0 &&
                   sysreg_by_name(storage) != SR_NONE;
    snprintf(want, size, "%s%.200s", operand || strncmp(cell, "NVMem", 5) == 0 ? "READ " : "", cell);
}

START_TEST(redirection)
{
    /* Columns 2..11: EL, HCR_EL2 bits. */
    static const struct {
        uint8_t el;
        uint64_t hcr;
    } column[] = {{0, 0},      {0, HCR_E2H | HCR_TGE}, {1, 0},
                  {1, HCR_NV}, {1, HCR_NV | HCR_NV2},  {1, HCR_NV | HCR_NV2 | HCR_NV1},
                  {2, 0},      {2, HCR_E2H},           {3, 0},
                  {3, HCR_E2H}};
    static uint64_t sr[SR_COUNT];
    static char line[4096];
    char *col[14];
    struct features full;
    unsigned checked = 0, excluded[FEATURE_COUNT] = {0}, other = 0, ways = 0;
    FILE *f = open_table("e2h-redirect.tsv");

    full_features(&full, true, true);
    ck_assert(next_row(f, line, sizeof(line), col, 14));
    while (next_row(f, line, sizeof(line), col, 14)) {
        enum sysreg reg = row_of(col[0]);
        if (reg == SR_NONE || strlen(col[1]) > 1) {
            other++;
            continue;
        }
        if (!has(&full, sysreg_row(reg)->feature)) {
            excluded[sysreg_row(reg)->feature]++;
            continue;
        }
        checked++;
        for (unsigned i = 0; i < ARRAY_LEN(column); i++) {
            struct access_state s = {.feat = &full, .sr = sr, .el = column[i].el};
            permissive(sr, &full);
            sr[SR_HCR_EL2] |= column[i].hcr;
            sr[SR_CPTR_EL2] = (column[i].hcr & HCR_E2H) ? MASK(21, 20) | BIT(29) : 0;
            struct access_verdict v = sysreg_access(&s, reg, col[1][0] == 'W');
            char want[256];
            wanted(col[2 + i], want, sizeof(want));
            /* The table's own note: it shows the first outcome that isn't a trap. */
            if (strncmp(want, "TRAP", 4) != 0 && v.outcome == ACCESS_TRAP &&
                strcmp(v.rule, "HCR_EL2.NV=1") != 0) {
                other++;
                if (getenv("EL2SIM_TEST_VERBOSE") != NULL)
                    printf("  %s %s column %u: %s, table %s\n", col[1], col[0], i, describe(&v), want);
                continue;
            }
            ways++;
            ck_assert_msg(agrees(&v, want), "%s %s, column %u: expected %s, got %s", col[1], col[0], i, want,
                          describe(&v));
        }
    }
    fclose(f);
    printf("e2h-redirect.tsv: %u accesses, %u cells compared, %u other; by absent feature:", checked, ways,
           other);
    for (unsigned n = 0; n < FEATURE_COUNT; n++)
        if (excluded[n] != 0)
            printf(" %s %u", feature_name(n) + 5, excluded[n]);
    printf("\n");
    ck_assert_uint_ge(checked, 880);
}
END_TEST

/* ---- encodings and VNCR offsets ---- */

START_TEST(encodings)
{
    static char line[4096];
    char *col[13];
    unsigned rows = 0;
    FILE *f = open_table("sysregs.tsv");

    ck_assert(next_row(f, line, sizeof(line), col, 13));
    while (next_row(f, line, sizeof(line), col, 13)) {
        if (strcmp(col[0], "SYSP") == 0 || strcmp(col[0], "MSRIMM") == 0 ||
            !isdigit((unsigned char)col[2][0]))
            continue;
        enum sysreg reg = sysreg_find(atoi(col[2]), atoi(col[3]), atoi(col[4]), atoi(col[5]), atoi(col[6]));
        if (strncmp(col[1], "S3_<", 4) == 0 || strcmp(col[1], "DBGDTRTX_EL0") == 0)
            continue;
        ck_assert_msg(reg != SR_NONE, "%s has no row", col[1]);
        ck_assert_msg(reg == row_of(col[1]), "%s decodes to %s", col[1], sysreg_row(reg)->name);
        if (strcmp(col[0], "SYSREG") == 0)
            ck_assert_msg(!!(sysreg_row(reg)->access & 1) == (strchr(col[7], 'R') != NULL) ||
                              strcmp(col[1], "DBGDTRRX_EL0") == 0,
                          "%s: access", col[1]);
        rows++;
    }
    fclose(f);
    printf("sysregs.tsv: %u encodings\n", rows);
    ck_assert_uint_ge(rows, 1100);
    ck_assert_int_eq(sysreg_find(3, 0, 0, 7, 7), SR_ID_S3_0_C0_C7_7);
    ck_assert_int_eq(sysreg_find(3, 5, 15, 3, 1), SR_IMPDEF);
    ck_assert_int_eq(sysreg_find(1, 2, 11, 0, 0), SR_IMPDEF_SYS);
    ck_assert_int_eq(sysreg_find(3, 3, 14, 0, 5), SR_CNTPCTSS_EL0);
    ck_assert_int_eq(sysreg_find(0, 0, 0, 0, 0), SR_NONE);
    ck_assert_int_eq(sysreg_find(3, 7, 13, 5, 7), SR_NONE);
}
END_TEST

START_TEST(vncr_offsets)
{
    static uint64_t sr[SR_COUNT];
    static char line[4096];
    char *col[5];
    struct features full;
    unsigned rows = 0, excluded = 0;
    FILE *f = open_table("vncr-offsets.tsv");

    full_features(&full, true, true);
    ck_assert(next_row(f, line, sizeof(line), col, 5));
    while (next_row(f, line, sizeof(line), col, 5)) {
        enum sysreg reg = row_of(col[0]);
        if (reg == SR_NONE || strlen(col[1]) > 1 || !has(&full, sysreg_row(reg)->feature)) {
            excluded++;
            continue;
        }
        struct access_state s = {.feat = &full, .sr = sr, .el = 1};
        permissive(sr, &full);
        sr[SR_HCR_EL2] |= HCR_NV | HCR_NV2;
        if (strncmp(col[0], "VST", 3) == 0) /* registers of Secure state */
            sr[SR_SCR_EL3] &= ~SCR_NS;
        if (strstr(col[4], "=='111'") != NULL)
            sr[SR_HCR_EL2] |= HCR_NV1;
        struct access_verdict v = sysreg_access(&s, reg, col[1][0] == 'W');
        ck_assert_msg(v.outcome == ACCESS_MEMORY && v.offset == strtoul(col[2], NULL, 16),
                      "%s %s: expected %s, got %s", col[1], col[0], col[2], describe(&v));
        rows++;
    }
    fclose(f);
    printf("vncr-offsets.tsv: %u rows, %u of absent features\n", rows, excluded);
    ck_assert_uint_ge(rows, 200);
}
END_TEST

/* ---- features and models ---- */

static void parse(struct features *f, bool el2, bool el3, const char *option)
{
    f->has_el2 = el2;
    f->has_el3 = el3;
    const char *wrong = features_parse(f, option);
    ck_assert_msg(wrong == NULL, "%s: %s", option, wrong);
}

/* Identification registers by the values of the manual's field tables. */
START_TEST(models)
{
    struct features f;

    parse(&f, true, false, "cortex-a57");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x411fd070);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR0_EL1), 0x01000111);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR0_EL1),
                      0x00011120); /* as the TRM has it: AES+PMULL, SHA1, SHA2, CRC32 */
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR0_EL1), 0x00000024);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR1_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR2_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64DFR0_EL1), 0x10305006);
    ck_assert(!has(&f, FEAT_VHE) && !has(&f, FEAT_LSE) && f.pa_bits == 44);

    parse(&f, true, true, "neoverse-n1");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x414fd0c1);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR0_EL1), 0x1100000011111111);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR0_EL1), 0x0000100010211120);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1), 0x00100001);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR1_EL1), 0x10212122);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR2_EL1), 0x1011);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR1_EL1), 0x20);
    ck_assert(has(&f, FEAT_VHE) && has(&f, FEAT_E2H0) && !has(&f, FEAT_PAuth) && f.pa_bits == 48);

    parse(&f, true, true, "neoverse-v1");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x411fd402);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1) & 0xfff000ff, 0x01200012);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 39, 36), 1); /* SEL2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 35, 32), 0); /* no SVE */

    parse(&f, true, false, "max");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x000f0510);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 15, 0), 0x0111);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 39, 36), 0); /* no EL3, no Secure EL2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 7, 4), 5);  /* APA: FPACCOMBINE */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 27, 24), 1);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 3, 0), 6);   /* 52 bits */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 31, 28), 1); /* 4K with LPA2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 23, 20), 2); /* 16K with LPA2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 63, 60), 2); /* ECV */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR1_EL1), 11, 8), 1);  /* VHE */
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR4_EL1), 0);               /* E2H can be 0 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64DFR0_EL1), 11, 8), 0);   /* no PMU yet */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR1_EL1), 11, 8), 0);   /* no MTE yet */
    ck_assert_uint_eq(features_id(&f, SR_CTR_EL0) & 0xf000f, 0x40004);
}
END_TEST

START_TEST(properties)
{
    struct features f;

    parse(&f, true, false, "MAX,LSE=off");
    ck_assert(!has(&f, FEAT_LSE));
    parse(&f, true, false, "max,feat_pauth=off"); /* and what needs it */
    ck_assert(!has(&f, FEAT_PAuth) && !has(&f, FEAT_PAuth2) && !has(&f, FEAT_FPAC) &&
              !has(&f, FEAT_PACQARMA5));
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1) & 0xff000ff0, 0); /* GPI, GPA, API, APA */
    parse(&f, true, false, "max,pauth-impdef=on");
    ck_assert(has(&f, FEAT_PACIMP) && !has(&f, FEAT_PACQARMA5));
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 11, 4), 0x50); /* API 5, APA 0 */
    parse(&f, true, false, "max,lpa2=off,sve=off,mte=off");
    ck_assert(!has(&f, FEAT_LPA2) && has(&f, FEAT_LPA));
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 31, 28), 0);
    parse(&f, true, false, "max,vhe=off");
    ck_assert(!has(&f, FEAT_VHE) && !f.e2h_res1);
    ck_assert_uint_eq(sysreg_mask_write(&f, SR_HCR_EL2, 0, ~UINT64_C(0)) & HCR_E2H, 0);
    parse(&f, true, false, "cortex-a57,sha3=on"); /* brings SHA256, which it has */
    ck_assert(has(&f, FEAT_SHA3) && has(&f, FEAT_SHA256));
    parse(&f, true, false, "max,e2h0=off");
    ck_assert(f.e2h_res1);
    ck_assert_uint_eq(sysreg_mask_write(&f, SR_HCR_EL2, 0, 0) & HCR_E2H, HCR_E2H);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR4_EL1), 27, 24), 0xf);
    parse(&f, true, false, "max,e2h=res1");
    ck_assert(f.e2h_res1);
    parse(&f, false, false, "max"); /* virtualization=off */
    ck_assert(!has(&f, FEAT_VHE) && bits(features_id(&f, SR_ID_AA64PFR0_EL1), 11, 8) == 0);
    f.has_el2 = true;
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "z80"), "neoverse-n1"));
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "max,turbo=on"), "known are"));
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "max,sve=on"), "FEAT_SVE is not implemented"));
    ck_assert_ptr_nonnull(features_parse(&f, "max,lse"));
    ck_assert_ptr_nonnull(features_parse(&f, "max,lse=maybe"));
}
END_TEST

START_TEST(masks)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 17);
    ck_assert_uint_eq(sr[SR_MPIDR_EL1], 0x80000101);
    ck_assert_uint_eq(sr[SR_VPIDR_EL2], 0x000f0510);
    ck_assert_uint_eq(sr[SR_CNTFRQ_EL0], 62500000);
    ck_assert_uint_eq(sr[SR_ID_AA64MMFR1_EL1], features_id(&f, SR_ID_AA64MMFR1_EL1));
    /* HCR_EL2: RW is RAO/WI without AArch32; E2H is writable; NV, NV1, AT and NV2 need FEAT_NV and FEAT_NV2.
     */
    const uint64_t nv = HCR_NV | HCR_NV1 | HCR_AT, nv2 = nv | HCR_NV2, host = HCR_RW | HCR_E2H | HCR_TGE;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, 0), HCR_RW);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host | nv2);
    parse(&f, true, false, "max,NV2=off");
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host | nv);
    parse(&f, true, false, "max,NV=off");
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host);
    parse(&f, true, false, "max");
    /* CPTR_EL2: RES1 bits with E2H=0 (0x33ff without SVE and SME), none with E2H=1. */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CPTR_EL2, 0), 0x33ff);
    sr[SR_HCR_EL2] |= HCR_E2H;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CPTR_EL2, ~UINT64_C(0)),
                      MASK(21, 20) | BIT(28) | BIT(31));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CNTHCTL_EL2, ~UINT64_C(0)), MASK(17, 0));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_TCR_EL2, BIT(22) | BIT(35)), BIT(22));
    sr[SR_HCR_EL2] &= ~HCR_E2H;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_TCR_EL2, 0), BIT(31) | BIT(23));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL2, 0), 0x30c50830);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL1, 0),
                      0x30400980); /* LSMAOE nTLSMD EIS EOS SED ITD */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_VBAR_EL1, 0xfff), 0x800);
    parse(&f, true, false, "cortex-a57");
    sysreg_reset(sr, &f, 0);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, ~UINT64_C(0)) &
                          (HCR_E2H | HCR_TLOR | HCR_TEA | HCR_APK | HCR_FWB),
                      0);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL1, 0), 0x30d00980); /* TSCXT and SPAN too */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_VTTBR_EL2, ~UINT64_C(0)), MASK(55, 1));
}
END_TEST

/* HCR_EL2 as the PE sees it: the manual's field descriptions under {E2H,TGE}. */
START_TEST(effective)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE | HCR_VM | HCR_IMO | HCR_FMO | HCR_AMO | HCR_TVM | HCR_DC;
    ck_assert_uint_eq(hcr_effective(&f, sr) & ~HCR_RW, HCR_E2H | HCR_TGE);
    ck_assert(el_is_in_host(&f, sr, 0) && el_is_in_host(&f, sr, 2) && !el_is_in_host(&f, sr, 1));
    sr[SR_HCR_EL2] = HCR_TGE | HCR_VI;
    ck_assert_uint_eq(hcr_effective(&f, sr) & (HCR_IMO | HCR_FMO | HCR_AMO | HCR_VI),
                      HCR_IMO | HCR_FMO | HCR_AMO);
    sr[SR_HCR_EL2] = HCR_E2H;
    ck_assert(!el_is_in_host(&f, sr, 0) && el_is_in_host(&f, sr, 2));
    parse(&f, true, true, "max");
    sysreg_reset(sr, &f, 0);
    ck_assert(is_secure_below_el3(&f, sr) && !el2_enabled(&f, sr));
    sr[SR_SCR_EL3] |= SCR_EEL2;
    ck_assert(el2_enabled(&f, sr));
    sr[SR_SCR_EL3] = SCR_NS;
    ck_assert(el2_enabled(&f, sr) && !is_secure_below_el3(&f, sr) && !fgt_enabled(&f, sr));
    sr[SR_SCR_EL3] |= SCR_FGTEN;
    ck_assert(fgt_enabled(&f, sr));
    parse(&f, false, false, "max");
    sysreg_reset(sr, &f, 0);
    ck_assert(!el2_enabled(&f, sr) && hcr_effective(&f, sr) == 0);
}
END_TEST

/* Rules that no row of the tables has: absent features, IDST, CNTPCTSS, reserved identification space. */
START_TEST(others)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    struct access_state s = {.feat = &f, .sr = sr, .el = 0};
    struct access_verdict v = sysreg_access(&s, SR_ID_S3_0_C0_C7_7, false);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 1 && v.ec == 0x18); /* FEAT_IDST */
    s.el = 1;
    ck_assert_int_eq(sysreg_access(&s, SR_ID_S3_0_C0_C7_7, false).outcome, ACCESS_OK);
    ck_assert_int_eq(sysreg_access(&s, SR_ID_S3_0_C0_C7_7, true).outcome, ACCESS_UNDEF);
    ck_assert_int_eq(sysreg_access(&s, SR_PMCR_EL0, false).outcome, ACCESS_UNDEF);
    ck_assert_str_eq(sysreg_access(&s, SR_PMCR_EL0, false).rule, "FEAT_PMUv3 not implemented");
    sr[SR_CNTHCTL_EL2] = 0;
    v = sysreg_access(&s, SR_CNTPCTSS_EL0, false);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 2);
    sr[SR_HCR_EL2] |= HCR_TVM;
    v = sysreg_access(&s, SR_SCTLR_EL1, true);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 2 && strcmp(v.rule, "HCR_EL2.TVM=1") == 0);
    sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    s.el = 2;
    v = sysreg_access(&s, SR_SCTLR_EL1, true);
    ck_assert(v.outcome == ACCESS_OK && v.reg == SR_SCTLR_EL2);
    ck_assert(sysreg_access(&s, SR_SCTLR_EL12, true).reg == SR_SCTLR_EL1);
    parse(&f, true, false, "cortex-a57");
    s.el = 0;
    sr[SR_HCR_EL2] = HCR_RW;
    ck_assert_int_eq(sysreg_access(&s, SR_ID_AA64PFR0_EL1, false).outcome, ACCESS_UNDEF); /* no FEAT_IDST */
    s.el = 2;
    ck_assert_int_eq(sysreg_access(&s, SR_TTBR1_EL2, false).outcome, ACCESS_UNDEF); /* no FEAT_VHE */
}
END_TEST

/* CPUs cache verdicts until a register with EFFECT_TRAPS is written: every register that a rule reads must
 * have it. */
START_TEST(watched)
{
    static const uint16_t read_by_rules[] = {
#define ONE(reg, field, b) SR_##reg
#define ZERO(reg, field, b) SR_##reg
#define ANYOF(reg, fields, mask) SR_##reg
#define NONEOF(reg, fields, mask) SR_##reg
#define ALLOF(reg, fields, mask) SR_##reg
#define NOTALL(reg, fields, mask) SR_##reg
#define WHEN(text) SR_HCR_EL2
#define BREAKPOINTS(n) SR_HCR_EL2
#define WATCHPOINTS(n) SR_HCR_EL2
#define TRAP(name, outcome, need, forbid, test) test,
#include "sysregs/traps.def"
#undef TRAP
#define FGT(reg, name, b, value, feature) SR_##reg##_EL2,
#include "sysregs/fgt.def"
#undef FGT
        SR_SCR_EL3,
        SR_HCRX_EL2,
    };

    for (unsigned i = 0; i < ARRAY_LEN(read_by_rules); i++)
        ck_assert_msg(sysreg_row(read_by_rules[i])->effects & EFFECT_TRAPS, "%s has no EFFECT_TRAPS",
                      sysreg_row(read_by_rules[i])->name);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("sysregs");
    TCase *tables = tcase_create("tables"), *cpus = tcase_create("features");

    if (argc > 1)
        setenv("EL2SIM_TEST_DATA", argv[1], 1);
    tcase_set_timeout(tables, 300);
    tcase_add_test(tables, encodings);
    tcase_add_test(tables, redirection);
    tcase_add_test(tables, traps);
    tcase_add_test(tables, vncr_offsets);
    suite_add_tcase(suite, tables);
    tcase_add_test(cpus, models);
    tcase_add_test(cpus, properties);
    tcase_add_test(cpus, masks);
    tcase_add_test(cpus, effective);
    tcase_add_test(cpus, others);
    tcase_add_test(cpus, watched);
    suite_add_tcase(suite, cpus);
    return suite_run(suite);
}
