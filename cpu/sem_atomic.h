/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: exclusives and FEAT_LSE atomics. PEs run one at a time, so a load followed by a store in one
 * body is atomic; acquire and release need nothing (see sem_ldst.h). The exclusive monitors are cpu/mem.c's.
 * Arm ARM B2.9, C6.2.
 */

/* ---- exclusives ---- */

#define LOAD_EXCLUSIVE(name, type)                                                                           \
    INSN(name)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        type v;                                                                                              \
        CHECK_BASE(i->rn);                                                                                   \
        if (!mem_load_exclusive(c, i, X(i->rn), &v, sizeof(v), i->aux ? MEM_EXCL | MEM_ORDERED : MEM_EXCL))  \
            RAISE((void)0);                                                                                  \
        X(i->rd) = v;                                                                                        \
        NEXT;                                                                                                \
    }
LOAD_EXCLUSIVE(LDXR8, uint8_t)
LOAD_EXCLUSIVE(LDXR16, uint16_t)
LOAD_EXCLUSIVE(LDXR32, uint32_t)
LOAD_EXCLUSIVE(LDXR64, uint64_t)

#define LOAD_EXCLUSIVE_PAIR(name, type)                                                                      \
    INSN(name)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        type v[2];                                                                                           \
        CHECK_BASE(i->rn);                                                                                   \
        if (!mem_load_exclusive(c, i, X(i->rn), v, sizeof(v), i->aux ? MEM_EXCL | MEM_ORDERED : MEM_EXCL))   \
            RAISE((void)0);                                                                                  \
        X(i->rd) = v[0];                                                                                     \
        X(i->ra) = v[1];                                                                                     \
        NEXT;                                                                                                \
    }
LOAD_EXCLUSIVE_PAIR(LDXP32, uint32_t)
LOAD_EXCLUSIVE_PAIR(LDXP64, uint64_t)

/* `count` registers; their values are side by side in memory. */
#define STORE_EXCLUSIVE(name, type, count)                                                                   \
    INSN(name)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        const type v[2] = {(type)X(i->rm), (type)X(i->ra)};                                                  \
        uint64_t status;                                                                                     \
        CHECK_BASE(i->rn);                                                                                   \
        if (!mem_store_exclusive(c, i, X(i->rn), v, sizeof(type) * (count),                                  \
                                 i->aux ? MEM_EXCL | MEM_ORDERED : MEM_EXCL, &status))                       \
            RAISE((void)0);                                                                                  \
        X(i->rd) = status;                                                                                   \
        NEXT;                                                                                                \
    }
STORE_EXCLUSIVE(STXR8, uint8_t, 1)
STORE_EXCLUSIVE(STXR16, uint16_t, 1)
STORE_EXCLUSIVE(STXR32, uint32_t, 1)
STORE_EXCLUSIVE(STXR64, uint64_t, 1)
STORE_EXCLUSIVE(STXP32, uint32_t, 2)
STORE_EXCLUSIVE(STXP64, uint64_t, 2)

/* ---- read, modify, write ---- */

/* `expr` makes the new value of `old` (memory) and `s` (register). */
#define ATOMIC(name, type, expr)                                                                             \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        const uint64_t va = X(i->rn);                                                                        \
        const type s = (type)X(i->rm);                                                                       \
        LOADF(type, old, va, MEM_RMW);                                                                       \
        STOREF(type, va, (type)(expr), MEM_RMW);                                                             \
        X(i->rd) = old;                                                                                      \
        NEXT;                                                                                                \
    }
#define ATOMICS(name, u8, u16, u32, u64)                                                                     \
    ATOMIC(name##8, uint8_t, u8)                                                                             \
    ATOMIC(name##16, uint16_t, u16)                                                                          \
    ATOMIC(name##32, uint32_t, u32)                                                                          \
    ATOMIC(name##64, uint64_t, u64)
#define ATOMICS_UNSIGNED(name, expr) ATOMICS(name, expr, expr, expr, expr)
ATOMICS_UNSIGNED(LDADD, old + s)
ATOMICS_UNSIGNED(LDCLR, old & ~s)
ATOMICS_UNSIGNED(LDEOR, old ^ s)
ATOMICS_UNSIGNED(LDSET, old | s)
ATOMICS_UNSIGNED(LDUMAX, old > s ? old : s)
ATOMICS_UNSIGNED(LDUMIN, old < s ? old : s)
ATOMICS_UNSIGNED(SWP, s)
ATOMICS(LDSMAX, (int8_t)old > (int8_t)s ? old : s, (int16_t)old > (int16_t)s ? old : s,
        (int32_t)old > (int32_t)s ? old : s, (int64_t)old > (int64_t)s ? old : s)
ATOMICS(LDSMIN, (int8_t)old < (int8_t)s ? old : s, (int16_t)old < (int16_t)s ? old : s,
        (int32_t)old < (int32_t)s ? old : s, (int64_t)old < (int64_t)s ? old : s)

/* FEAT_LSE128: the new values of the lower and the upper half. */
#define ATOMIC_PAIR(name, expr0, expr1)                                                                      \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        const uint64_t va = X(i->rn);                                                                        \
        LOADF(union vreg, old, va, MEM_RMW);                                                                 \
        STOREF(union vreg, va, ((union vreg){.d = {expr0, expr1}}), MEM_RMW);                                \
        X(i->rd) = old.d[0];                                                                                 \
        X(i->ra) = old.d[1];                                                                                 \
        NEXT;                                                                                                \
    }
ATOMIC_PAIR(LDCLRP, old.d[0] & ~X(i->rd), old.d[1] & ~X(i->ra))
ATOMIC_PAIR(LDSETP, old.d[0] | X(i->rd), old.d[1] | X(i->ra))
ATOMIC_PAIR(SWPP, X(i->rd), X(i->ra))

/* ---- compare and swap: the location is as good as written even if it isn't (permissions) ---- */

#define COMPARE_AND_SWAP(name, type)                                                                         \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        const uint64_t va = X(i->rn);                                                                        \
        LOADF(type, old, va, MEM_RMW);                                                                       \
        if (old == (type)X(i->ra))                                                                           \
            STOREF(type, va, (type)X(i->rm), MEM_RMW);                                                       \
        X(i->rd) = old;                                                                                      \
        NEXT;                                                                                                \
    }
COMPARE_AND_SWAP(CAS8, uint8_t)
COMPARE_AND_SWAP(CAS16, uint16_t)
COMPARE_AND_SWAP(CAS32, uint32_t)
COMPARE_AND_SWAP(CAS64, uint64_t)

/* The second register of a CASP pair: the pair X30, XZR exists. */
static ALWAYS_INLINE unsigned casp_dst2(unsigned rd)
{
    return rd == 30 ? REG_DISCARD : rd + 1;
}

INSN(CASP32)
{
    CHECK_BASE(i->rn);
    const uint64_t va = X(i->rn);
    LOADF(uint64_t, old, va, MEM_RMW);
    if (old == (W(i->ra) | X(i->ra + 1) << 32))
        STOREF(uint64_t, va, W(i->rm) | X(i->rm + 1) << 32, MEM_RMW);
    X(i->rd) = (uint32_t)old;
    X(casp_dst2(i->rd)) = old >> 32;
    NEXT;
}

INSN(CASP64)
{
    CHECK_BASE(i->rn);
    const uint64_t va = X(i->rn);
    LOADF(union vreg, old, va, MEM_RMW);
    if (old.d[0] == X(i->ra) && old.d[1] == X(i->ra + 1)) {
        const union vreg new = {.d = {X(i->rm), X(i->rm + 1)}};
        STOREF(union vreg, va, new, MEM_RMW);
    }
    X(i->rd) = old.d[0];
    X(casp_dst2(i->rd)) = old.d[1];
    NEXT;
}
