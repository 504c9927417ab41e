/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fields of the system registers that the model looks at, by Arm's names: REG_FIELD is a mask,
 * REG_FIELD_SHIFT a position where one is needed. Arm ARM DDI 0487, D19.2.
 */
#ifndef EL2SIM_SYSREGS_FIELDS_H
#define EL2SIM_SYSREGS_FIELDS_H

#include "base/bits.h"

/* HCR_EL2 */
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VF BIT(6)
#define HCR_VI BIT(7)
#define HCR_VSE BIT(8)
#define HCR_FB BIT(9)
#define HCR_BSU MASK(11, 10)
#define HCR_DC BIT(12)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID0 BIT(15)
#define HCR_TID1 BIT(16)
#define HCR_TID2 BIT(17)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_TPCP BIT(23)
#define HCR_TPU BIT(24)
#define HCR_TTLB BIT(25)
#define HCR_TVM BIT(26)
#define HCR_TGE BIT(27)
#define HCR_TDZ BIT(28)
#define HCR_HCD BIT(29)
#define HCR_TRVM BIT(30)
#define HCR_RW BIT(31)
#define HCR_CD BIT(32)
#define HCR_ID BIT(33)
#define HCR_E2H BIT(34)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_TEA BIT(37)
#define HCR_MIOCNCE BIT(38)
#define HCR_APK BIT(40)
#define HCR_API BIT(41)
#define HCR_NV BIT(42)
#define HCR_NV1 BIT(43)
#define HCR_AT BIT(44)
#define HCR_NV2 BIT(45)
#define HCR_FWB BIT(46)
#define HCR_FIEN BIT(47)
#define HCR_TID4 BIT(49)
#define HCR_TICAB BIT(50)
#define HCR_AMVOFFEN BIT(51)
#define HCR_TOCU BIT(52)
#define HCR_ENSCXT BIT(53)
#define HCR_TTLBIS BIT(54)
#define HCR_TTLBOS BIT(55)
#define HCR_ATA BIT(56)
#define HCR_DCT BIT(57)
#define HCR_TID5 BIT(58)
#define HCR_TWEDEN BIT(59)
#define HCR_TWEDEL MASK(63, 60)

/* HCRX_EL2 */
#define HCRX_FNXS BIT(3)
#define HCRX_FGTNXS BIT(4)
#define HCRX_MCE2 BIT(10)
#define HCRX_MSCEN BIT(11)
#define HCRX_TCR2EN BIT(14)

/* SCR_EL3 */
#define SCR_NS BIT(0)
#define SCR_IRQ BIT(1)
#define SCR_FIQ BIT(2)
#define SCR_EA BIT(3)
#define SCR_SMD BIT(7)
#define SCR_HCE BIT(8)
#define SCR_SIF BIT(9)
#define SCR_RW BIT(10)
#define SCR_ST BIT(11)
#define SCR_TWI BIT(12)
#define SCR_TWE BIT(13)
#define SCR_TLOR BIT(14)
#define SCR_TERR BIT(15)
#define SCR_APK BIT(16)
#define SCR_API BIT(17)
#define SCR_EEL2 BIT(18)
#define SCR_EASE BIT(19)
#define SCR_NMEA BIT(20)
#define SCR_FIEN BIT(21)
#define SCR_ENSCXT BIT(25)
#define SCR_ATA BIT(26)
#define SCR_FGTEN BIT(27)
#define SCR_ECVEN BIT(28)
#define SCR_TWEDEN BIT(29)
#define SCR_HXEN BIT(38)
#define SCR_TCR2EN BIT(43)

/* SCTLR_ELx: the layout of EL1, and of EL2 with E2H; positions are common to all where they exist */
#define SCTLR_M BIT(0)
#define SCTLR_A BIT(1)
#define SCTLR_C BIT(2)
#define SCTLR_SA BIT(3)
#define SCTLR_SA0 BIT(4)
#define SCTLR_CP15BEN BIT(5)
#define SCTLR_NAA BIT(6)
#define SCTLR_UMA BIT(9)
#define SCTLR_ENRCTX BIT(10)
#define SCTLR_EOS BIT(11)
#define SCTLR_I BIT(12)
#define SCTLR_ENDB BIT(13)
#define SCTLR_DZE BIT(14)
#define SCTLR_UCT BIT(15)
#define SCTLR_NTWI BIT(16)
#define SCTLR_NTWE BIT(18)
#define SCTLR_WXN BIT(19)
#define SCTLR_TSCXT BIT(20)
#define SCTLR_IESB BIT(21)
#define SCTLR_EIS BIT(22)
#define SCTLR_SPAN BIT(23)
#define SCTLR_E0E BIT(24)
#define SCTLR_EE BIT(25)
#define SCTLR_UCI BIT(26)
#define SCTLR_ENDA BIT(27)
#define SCTLR_ENIB BIT(30)
#define SCTLR_ENIA BIT(31)
#define SCTLR_MSCEN BIT(33)
#define SCTLR_BT0 BIT(35)
#define SCTLR_BT1 BIT(36) /* SCTLR_EL2/EL3 with E2H=0: BT */
#define SCTLR_ATA0 BIT(42)
#define SCTLR_ATA BIT(43)
#define SCTLR_TWEDEN BIT(45)
#define SCTLR_DSSBS BIT(44)
#define SCTLR_EPAN BIT(57)

/* Exception classes, ESR_ELx.EC */
enum {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP_ACCESS = 0x07,
    EC_PAUTH_TRAP = 0x09,
    EC_LS64 = 0x0a,
    EC_BTI = 0x0d,
    EC_ILLEGAL_STATE = 0x0e,
    EC_SVC64 = 0x15,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_SVE = 0x19,
    EC_ERET = 0x1a,
    EC_PAC_FAIL = 0x1c,
    EC_INSN_ABORT_LOWER = 0x20,
    EC_INSN_ABORT_SAME = 0x21,
    EC_PC_ALIGN = 0x22,
    EC_DATA_ABORT_LOWER = 0x24,
    EC_DATA_ABORT_SAME = 0x25,
    EC_SP_ALIGN = 0x26,
    EC_MOPS = 0x27,
    EC_FP_EXC = 0x2c,
    EC_SERROR = 0x2f,
    EC_BREAKPOINT_LOWER = 0x30,
    EC_BREAKPOINT_SAME = 0x31,
    EC_STEP_LOWER = 0x32,
    EC_STEP_SAME = 0x33,
    EC_WATCHPOINT_LOWER = 0x34,
    EC_WATCHPOINT_SAME = 0x35,
    EC_BRK = 0x3c,
};

/* Fault status codes, ISS.DFSC/IFSC and PAR_EL1.FST; add the level to those that have one */
enum {
    FSC_ADDRESS_SIZE = 0x00,
    FSC_TRANSLATION = 0x04,
    FSC_ACCESS_FLAG = 0x08,
    FSC_PERMISSION = 0x0c,
    FSC_SYNC_EXTERNAL = 0x10,
    FSC_TAG_CHECK = 0x11,
    FSC_SYNC_EXTERNAL_WALK = 0x14,
    FSC_ADDRESS_SIZE_LM1 = 0x29,
    FSC_TRANSLATION_LM1 = 0x2b,
    FSC_ALIGNMENT = 0x21,
    FSC_DEBUG = 0x22,
    FSC_TLB_CONFLICT = 0x30,
    FSC_UNSUPPORTED_ATOMIC = 0x31,
    FSC_EXCLUSIVE = 0x35,
};

/* SPSR_ELx and PSTATE */
#define SPSR_N BIT(31)
#define SPSR_Z BIT(30)
#define SPSR_C BIT(29)
#define SPSR_V BIT(28)
#define SPSR_TCO BIT(25)
#define SPSR_DIT BIT(24)
#define SPSR_UAO BIT(23)
#define SPSR_PAN BIT(22)
#define SPSR_SS BIT(21)
#define SPSR_IL BIT(20)
#define SPSR_ALLINT BIT(13)
#define SPSR_SSBS BIT(12)
#define SPSR_BTYPE MASK(11, 10)
#define SPSR_D BIT(9)
#define SPSR_A BIT(8)
#define SPSR_I BIT(7)
#define SPSR_F BIT(6)
#define SPSR_M4 BIT(4)
#define SPSR_EL MASK(3, 2)
#define SPSR_EL2 (UINT64_C(2) << 2)

/* FPCR / FPSR */
#define FPCR_FIZ BIT(0)
#define FPCR_AH BIT(1)
#define FPCR_NEP BIT(2)
#define FPCR_FZ16 BIT(19)
#define FPCR_RMODE MASK(23, 22)
#define FPCR_RMODE_SHIFT 22
#define FPCR_FZ BIT(24)
#define FPCR_DN BIT(25)
#define FPCR_AHP BIT(26)
#define FPSR_IOC BIT(0)
#define FPSR_DZC BIT(1)
#define FPSR_OFC BIT(2)
#define FPSR_UFC BIT(3)
#define FPSR_IXC BIT(4)
#define FPSR_IDC BIT(7)
#define FPSR_QC BIT(27)

/* MDCR_EL2, MDSCR_EL1, OSLSR_EL1 */
#define MDCR_TDE BIT(8)

/* CNTHCTL_EL2, both layouts */
#define CNTHCTL_ECV BIT(12)
#define MDCR_TDA BIT(9)
#define MDSCR_SS BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)
#define OSLSR_OSLK BIT(1)

/* MDCR_EL2 for the PMU; HPMN is bits 4..0 */
#define MDCR_HPME BIT(7)
#define MDCR_HPMD BIT(17)
#define MDCR_HCCD BIT(23)
#define MDCR_HLP BIT(26)
#define MDCR_HPMFZO BIT(29)

/* MDCR_EL3 */
#define MDCR3_SDD BIT(16)
#define MDCR3_SPME BIT(17)
#define MDCR3_SCCD BIT(23)
#define MDCR3_MCCD BIT(34)
#define MDCR3_MPMX BIT(35)

/* PMCR_EL0; N is bits 15..11 */
#define PMCR_E BIT(0)
#define PMCR_P BIT(1)
#define PMCR_C BIT(2)
#define PMCR_DP BIT(5)
#define PMCR_LC BIT(6)
#define PMCR_LP BIT(7)
#define PMCR_FZO BIT(9)

/* PMEVTYPER<n>_EL0, PMCCFILTR_EL0 */
#define PMFILTER_P BIT(31)
#define PMFILTER_U BIT(30)
#define PMFILTER_NSK BIT(29)
#define PMFILTER_NSU BIT(28)
#define PMFILTER_NSH BIT(27)
#define PMFILTER_M BIT(26)
#define PMFILTER_SH BIT(24)

/* CPTR_EL2 (E2H=0), CPTR_EL3: TFP; CPACR_EL1, CPTR_EL2 (E2H=1): FPEN */
#define CPTR_TFP BIT(10)
#define CPACR_FPEN MASK(21, 20)
#define CPACR_FPEN_SHIFT 20

/* HFGITR_EL2 */
#define HFGITR_ERET BIT(51)
#define HFGITR_SVC_EL0 BIT(52)
#define HFGITR_SVC_EL1 BIT(53)

/* VSESR_EL2, DISR_EL1, VDISR_EL2 */
#define DISR_A BIT(31)
#define DISR_ISS MASK(24, 0)

#endif
