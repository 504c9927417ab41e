/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values that the pseudocode derives from EL2 and EL3 controls: whether EL2 is enabled, whether an EL is in a
 * VHE host, and HCR_EL2 as the PE sees it. Arm ARM DDI 0487, D19.2 (HCR_EL2 field descriptions), J1.3
 * (EL2Enabled, ELIsInHost, EffectiveHCR_EL2_*). Relies on nothing but a CPU's register storage.
 */
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

/* HCR_EL2 fields that behave as 0 when {E2H,TGE} is {1,1}: those that control EL1&0, which then isn't there.
 */
#define HCR_HOST_ZERO                                                                                        \
    (HCR_VM | HCR_FMO | HCR_IMO | HCR_AMO | HCR_VF | HCR_VI | HCR_VSE | HCR_FB | HCR_BSU | HCR_DC |          \
     HCR_TWI | HCR_TWE | HCR_TID0 | HCR_TID1 | HCR_TID2 | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR |        \
     HCR_TSW | HCR_TPCP | HCR_TPU | HCR_TTLB | HCR_TVM | HCR_TDZ | HCR_TRVM | HCR_CD | HCR_ID | HCR_TLOR |   \
     HCR_TERR | HCR_MIOCNCE | HCR_NV | HCR_NV1 | HCR_AT | HCR_NV2 | HCR_FWB | HCR_FIEN | HCR_TID4 |          \
     HCR_TICAB | HCR_TOCU | HCR_TTLBIS | HCR_TTLBOS | HCR_DCT | HCR_TID5)

bool is_secure_below_el3(const struct features *f, const uint64_t *sr)
{
    return f->has_el3 && (sr[SR_SCR_EL3] & SCR_NS) == 0;
}

bool el2_enabled(const struct features *f, const uint64_t *sr)
{
    if (!f->has_el2)
        return false;
    return !is_secure_below_el3(f, sr) || (has(f, FEAT_SEL2) && (sr[SR_SCR_EL3] & SCR_EEL2) != 0);
}

bool el_is_in_host(const struct features *f, const uint64_t *sr, unsigned el)
{
    if (el == 3 || el == 1 || !el2_enabled(f, sr))
        return false;
    uint64_t hcr = sr[SR_HCR_EL2];
    return (hcr & HCR_E2H) != 0 && (el == 2 || (hcr & HCR_TGE) != 0);
}

uint64_t hcr_effective(const struct features *f, const uint64_t *sr)
{
    if (!el2_enabled(f, sr))
        return 0;
    uint64_t hcr = sr[SR_HCR_EL2] | HCR_RW; /* no AArch32: RW is RAO/WI */
    if ((hcr & HCR_TGE) != 0) {
        if ((hcr & HCR_E2H) != 0)
            return hcr & ~HCR_HOST_ZERO;
        hcr = (hcr | HCR_FMO | HCR_IMO | HCR_AMO) & ~(HCR_VF | HCR_VI | HCR_VSE);
    }
    if ((hcr & HCR_NV) == 0) /* without NV, NV1 and NV2 have no effect */
        hcr &= ~(HCR_NV1 | HCR_NV2);
    return hcr;
}

bool fgt_enabled(const struct features *f, const uint64_t *sr)
{
    return has(f, FEAT_FGT) && el2_enabled(f, sr) && (!f->has_el3 || (sr[SR_SCR_EL3] & SCR_FGTEN) != 0);
}

bool hcrx_enabled(const struct features *f, const uint64_t *sr)
{
    return has(f, FEAT_HCX) && el2_enabled(f, sr) && (!f->has_el3 || (sr[SR_SCR_EL3] & SCR_HXEN) != 0);
}
