/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the access matrix is run under: the contexts (Exception level, Security state, HCR_EL2), the value
 * that every control register has with all traps off, and the bits that are then changed one at a time.
 */
#define B(n) (UINT64_C(1) << (n))

enum {
    G_HCR = 1,
    G_CPTR2 = 2,
    G_MDCR2 = 4,
    G_CNTH = 8,
    G_FGT = 16,
    G_EL3 = 32,
    G_EL1 = 64,
    G_SCTLR2 = 128,
    G_GIC = 256,
    G_EL2 = G_HCR | G_CPTR2 | G_MDCR2 | G_CNTH,
    G_ALL = 511
};

#define E2H B(34)
#define TGE B(27)
#define NV B(42)
#define NV1 B(43)
#define NV2 B(45)

/* CONTEXT(name, EL, Non-secure, SCR_EL3.EEL2, bits of HCR_EL2, groups of control bits) */
#define CONTEXTS                                                                                             \
    CONTEXT(el0, 0, 1, 0, 0, G_ALL)                                                                          \
    CONTEXT(el0_e2h, 0, 1, 0, E2H, G_HCR | G_CPTR2 | G_CNTH)                                                 \
    CONTEXT(el0_tge, 0, 1, 0, TGE, G_HCR | G_CPTR2 | G_CNTH | G_EL1)                                         \
    CONTEXT(el0_host, 0, 1, 0, E2H | TGE, G_ALL)                                                             \
    CONTEXT(el1, 1, 1, 0, 0, G_ALL)                                                                          \
    CONTEXT(el1_e2h, 1, 1, 0, E2H, G_HCR | G_CPTR2 | G_MDCR2 | G_CNTH | G_EL1 | G_EL3)                       \
    CONTEXT(el2, 2, 1, 0, 0, G_EL2 | G_EL3 | G_SCTLR2 | G_GIC)                                               \
    CONTEXT(el2_e2h, 2, 1, 0, E2H, G_EL2 | G_EL3 | G_SCTLR2 | G_GIC)                                         \
    CONTEXT(el2_host, 2, 1, 0, E2H | TGE, G_CPTR2 | G_CNTH)                                                  \
    CONTEXT(el3, 3, 1, 0, 0, G_CPTR2 | G_EL3 | G_GIC)                                                        \
    CONTEXT(el3_e2h, 3, 1, 0, E2H, G_CPTR2 | G_EL3)                                                          \
    CONTEXT(el1_nv, 1, 1, 0, NV, G_HCR | G_EL3)                                                              \
    CONTEXT(el1_nv_nv1, 1, 1, 0, NV | NV1, G_HCR)                                                            \
    CONTEXT(el1_nv2, 1, 1, 0, NV | NV2, G_HCR | G_FGT | G_CNTH | G_EL3)                                      \
    CONTEXT(el1_nv2_nv1, 1, 1, 0, NV | NV2 | NV1, G_HCR | G_CNTH)                                            \
    CONTEXT(s_el0, 0, 0, 1, 0, G_HCR | G_CPTR2 | G_CNTH | G_EL3 | G_EL1)                                     \
    CONTEXT(s_el0_host, 0, 0, 1, E2H | TGE, G_HCR | G_CPTR2 | G_CNTH | G_EL3)                                \
    CONTEXT(s_el1, 1, 0, 1, 0, G_ALL & ~G_SCTLR2)                                                            \
    CONTEXT(s_el2, 2, 0, 1, 0, G_EL2 | G_EL3 | G_GIC)                                                        \
    CONTEXT(s_el2_e2h, 2, 0, 1, E2H, G_EL2 | G_EL3)                                                          \
    CONTEXT(s_el3, 3, 0, 1, 0, G_EL3)                                                                        \
    CONTEXT(s_noel2_el0, 0, 0, 0, 0, G_EL2 | G_EL3 | G_EL1)                                                  \
    CONTEXT(s_noel2_el1, 1, 0, 0, 0, G_ALL & ~G_SCTLR2)                                                      \
    CONTEXT(s_noel2_el3, 3, 0, 0, 0, G_EL3)

/* The controls that put a trap off by being 1, as far as the CPU has them. */
#define HCR_OPEN (B(31) | B(40) | B(41) | B(47) | B(53) | B(56))
#define SCR_OPEN                                                                                             \
    (B(3) | B(8) | B(10) | B(11) | B(16) | B(17) | B(21) | B(25) | B(26) | B(27) | B(28) | B(35) | B(36) |   \
     B(37) | B(38) | B(39) | B(41) | B(42) | B(43) | B(44) | B(45) | B(46) | B(47) | B(49) | B(50) | B(53) | \
     B(55) | B(59))
#define SCTLR_OPEN                                                                                           \
    (B(7) | B(9) | B(10) | B(11) | B(14) | B(15) | B(16) | B(18) | B(22) | B(23) | B(26) | B(28) | B(29) |   \
     B(33) | B(42) | B(43) | B(54) | B(55) | B(56) | B(60))
#define FPEN (B(16) | B(17) | B(20) | B(21) | B(24) | B(25) | B(29))
#define FGT_N                                                                                                \
    (B(50) | B(52) | B(53) | B(54) | B(55) | B(56) | B(57) | B(58) | B(59) | B(60) | B(61) | B(62) | B(63))

/* OPEN(register, value with HCR_EL2.E2H=0, with 1): all traps off. */
#define OPENS                                                                                                \
    OPEN(SCTLR_EL1, SCTLR_OPEN, SCTLR_OPEN)                                                                  \
    OPEN(SCTLR_EL2, SCTLR_OPEN, SCTLR_OPEN)                                                                  \
    OPEN(CPACR_EL1, FPEN, FPEN)                                                                              \
    OPEN(CPTR_EL2, 0x22ff, FPEN)                                                                             \
    OPEN(CPTR_EL3, B(8) | B(12), B(8) | B(12))                                                               \
    OPEN(MDCR_EL2, 4 | B(28) | B(43), 4 | B(28) | B(43))                                                     \
    OPEN(MDCR_EL3, B(7) | B(28) | B(36) | B(43), B(7) | B(28) | B(36) | B(43))                               \
    OPEN(MDSCR_EL1, 0, 0)                                                                                    \
    OPEN(CNTHCTL_EL2, 3, 0xf03)                                                                              \
    OPEN(CNTKCTL_EL1, 0x303, 0x303)                                                                          \
    OPEN(PMUSERENR_EL0, 15, 15)                                                                              \
    OPEN(HSTR_EL2, 0, 0)                                                                                     \
    OPEN(HCRX_EL2,                                                                                           \
         B(0) | B(1) | B(2) | B(11) | B(14) | B(15) | B(16) | B(17) | B(18) | B(20) | B(21) | B(22),         \
         B(0) | B(1) | B(2) | B(11) | B(14) | B(15) | B(16) | B(17) | B(18) | B(20) | B(21) | B(22))         \
    OPEN(HFGRTR_EL2, FGT_N & ~B(51), FGT_N & ~B(51))                                                         \
    OPEN(HFGWTR_EL2, FGT_N, FGT_N)                                                                           \
    OPEN(HFGITR_EL2, B(55) | B(56) | B(57) | B(58) | B(59), B(55) | B(56) | B(57) | B(58) | B(59))           \
    OPEN(HDFGRTR_EL2, B(59) | B(60) | B(61) | B(62), B(59) | B(60) | B(61) | B(62))                          \
    OPEN(HDFGWTR_EL2, B(60) | B(61) | B(62), B(60) | B(61) | B(62))                                          \
    OPEN(HAFGRTR_EL2, 0, 0)                                                                                  \
    OPEN(HFGRTR2_EL2, ~UINT64_C(0), ~UINT64_C(0))                                                            \
    OPEN(HFGWTR2_EL2, ~UINT64_C(0), ~UINT64_C(0))                                                            \
    OPEN(HDFGRTR2_EL2, ~UINT64_C(0), ~UINT64_C(0))                                                           \
    OPEN(HDFGWTR2_EL2, ~UINT64_C(0), ~UINT64_C(0))                                                           \
    OPEN(HFGITR2_EL2, B(1), B(1))                                                                            \
    OPEN(ICC_SRE_EL3, 15, 15)                                                                                \
    OPEN(ICC_SRE_EL2, 15, 15)                                                                                \
    OPEN(ICC_SRE_EL1, 7, 7)                                                                                  \
    OPEN(ICH_HCR_EL2, 0, 0)                                                                                  \
    OPEN(ICH_VMCR_EL2, 0, 0)

/* CONTROL(group, register, bits): each bit is changed alone. WORD: the mask is changed as a whole. */
#define CONTROLS                                                                                             \
    CONTROL(G_HCR, HCR_EL2,                                                                                  \
            ~(B(0) | B(2) | B(6) | B(7) | B(8) | B(12) | B(19) | TGE | B(31) | E2H | NV | NV1 | NV2))        \
    CONTROL(G_HCR, HCRX_EL2, ~UINT64_C(0))                                                                   \
    CONTROL(G_HCR, HSTR_EL2, 0xffff)                                                                         \
    CONTROL(G_CPTR2, CPTR_EL2, ~UINT64_C(0))                                                                 \
    WORD(G_CPTR2, CPTR_EL2, B(20) | B(21))                                                                   \
    CONTROL(G_MDCR2, MDCR_EL2, ~UINT64_C(0x1f))                                                              \
    WORD(G_MDCR2, MDCR_EL2, 6)                                                                               \
    CONTROL(G_CNTH, CNTHCTL_EL2, ~UINT64_C(0xf0))                                                            \
    WORD(G_CNTH, CNTHCTL_EL2, 3)                                                                             \
    CONTROL(G_FGT, HFGRTR_EL2, ~UINT64_C(0))                                                                 \
    CONTROL(G_FGT, HFGWTR_EL2, ~UINT64_C(0))                                                                 \
    CONTROL(G_FGT, HFGITR_EL2, ~UINT64_C(0))                                                                 \
    CONTROL(G_FGT, HDFGRTR_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HDFGWTR_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HAFGRTR_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HFGRTR2_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HFGWTR2_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HFGITR2_EL2, ~UINT64_C(0))                                                                \
    CONTROL(G_FGT, HDFGRTR2_EL2, ~UINT64_C(0))                                                               \
    CONTROL(G_FGT, HDFGWTR2_EL2, ~UINT64_C(0))                                                               \
    CONTROL(G_EL3, SCR_EL3, ~(B(0) | B(3) | B(7) | B(9) | B(10) | B(18) | B(48) | B(62)))                    \
    WORD(G_EL3, SCR_EL3, B(1) | B(2))                                                                        \
    CONTROL(G_EL3, MDCR_EL3, ~UINT64_C(0))                                                                   \
    CONTROL(G_EL3, CPTR_EL3, ~UINT64_C(0))                                                                   \
    CONTROL(G_EL3, ICC_SRE_EL3, 15)                                                                          \
    CONTROL(G_EL1, SCTLR_EL1,                                                                                \
            B(7) | B(9) | B(10) | B(14) | B(15) | B(16) | B(18) | B(20) | B(26) | B(33) | B(42) | B(43) |    \
                B(60) | B(61) | B(63))                                                                       \
    CONTROL(G_EL1, CPACR_EL1, ~UINT64_C(0))                                                                  \
    WORD(G_EL1, CPACR_EL1, B(20) | B(21))                                                                    \
    CONTROL(G_EL1, CNTKCTL_EL1, ~UINT64_C(0xf0))                                                             \
    WORD(G_EL1, CNTKCTL_EL1, 3)                                                                              \
    CONTROL(G_EL1, MDSCR_EL1, B(12) | B(14) | B(21))                                                         \
    WORD(G_EL1, PMUSERENR_EL0, 15)                                                                           \
    WORD(G_EL1, PMUSERENR_EL0, 14)                                                                           \
    WORD(G_EL1, PMUSERENR_EL0, 13)                                                                           \
    WORD(G_EL1, PMUSERENR_EL0, 11)                                                                           \
    WORD(G_EL1, PMUSERENR_EL0, 7)                                                                            \
    CONTROL(G_SCTLR2, SCTLR_EL2,                                                                             \
            B(7) | B(9) | B(10) | B(14) | B(15) | B(16) | B(18) | B(20) | B(26) | B(33) | B(42) | B(43) |    \
                B(60) | B(61) | B(63))                                                                       \
    CONTROL(G_GIC, ICH_HCR_EL2, ~UINT64_C(1))                                                                \
    CONTROL(G_GIC, ICC_SRE_EL2, 15)                                                                          \
    CONTROL(G_GIC, ICC_SRE_EL1, 7)
