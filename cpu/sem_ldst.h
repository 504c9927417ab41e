/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: loads and stores of general registers. Arm ARM C6.2. Accesses come before any change of a
 * register (cpu/decode.md); with writeback the base is written first, so that a load into its own base keeps
 * the loaded value (one of the choices that CONSTRAINED UNPREDICTABLE allows), and a store of its own base
 * stores the old value.
 */
#include "cpu/pauth.h"

/* ---- one register ---- */

#define INDEX_lsl (X(i->rm) << i->aux)
#define INDEX_uxtw ((uint64_t)W(i->rm) << i->aux)
#define INDEX_sxtw ((uint64_t)(int64_t)(int32_t)X(i->rm) << i->aux)

/* `check` is CHECK_SP, CHECK_BASE or nothing. */
#define LOAD_AT(name, type, value, check, va)                                                                \
    INSN(name)                                                                                               \
    {                                                                                                        \
        check;                                                                                               \
        LOAD(type, v, va);                                                                                   \
        X(i->rd) = value;                                                                                    \
        NEXT;                                                                                                \
    }
#define LOAD_WRITEBACK(name, type, value, first, last, flags)                                                \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        const uint64_t base = X(i->rn);                                                                      \
        LOADF(type, v, base + (first), flags);                                                               \
        X(i->rn) = base + (last);                                                                            \
        X(i->rd) = value;                                                                                    \
        NEXT;                                                                                                \
    }
#define LOADS(name, type, value)                                                                             \
    LOAD_AT(name##_off, type, value, (void)0, X(i->rn) + IMM)                                                \
    LOAD_AT(name##_off_sp, type, value, CHECK_SP, X(REG_SP) + IMM)                                           \
    LOAD_AT(name##_lsl, type, value, CHECK_BASE(i->rn), X(i->rn) + INDEX_lsl)                                \
    LOAD_AT(name##_uxtw, type, value, CHECK_BASE(i->rn), X(i->rn) + INDEX_uxtw)                              \
    LOAD_AT(name##_sxtw, type, value, CHECK_BASE(i->rn), X(i->rn) + INDEX_sxtw)                              \
    LOAD_WRITEBACK(name##_post, type, value, 0, IMM, 0)                                                      \
    LOAD_WRITEBACK(name##_pre, type, value, IMM, IMM, 0)

LOADS(LDR8, uint8_t, v)
LOADS(LDR16, uint16_t, v)
LOADS(LDR32, uint32_t, v)
LOADS(LDR64, uint64_t, v)
LOADS(LDRSX8, uint8_t, (uint64_t)(int64_t)(int8_t)v)
LOADS(LDRSX16, uint16_t, (uint64_t)(int64_t)(int16_t)v)
LOADS(LDRSX32, uint32_t, (uint64_t)(int64_t)(int32_t)v)
LOADS(LDRSW8, uint8_t, (uint32_t)(int8_t)v)
LOADS(LDRSW16, uint16_t, (uint32_t)(int16_t)v)

LOAD_AT(LDR32_lit, uint32_t, v, (void)0, PC + IMM)
LOAD_AT(LDR64_lit, uint64_t, v, (void)0, PC + IMM)
LOAD_AT(LDRS32_lit, uint32_t, (uint64_t)(int64_t)(int32_t)v, (void)0, PC + IMM)

#define STORE_AT(name, type, check, va)                                                                      \
    INSN(name)                                                                                               \
    {                                                                                                        \
        check;                                                                                               \
        STORE(type, va, (type)X(i->rd));                                                                     \
        NEXT;                                                                                                \
    }
#define STORE_WRITEBACK(name, type, first, last, flags)                                                      \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        const uint64_t base = X(i->rn);                                                                      \
        STOREF(type, base + (first), (type)X(i->rd), flags);                                                 \
        X(i->rn) = base + (last);                                                                            \
        NEXT;                                                                                                \
    }
#define STORES(name, type)                                                                                   \
    STORE_AT(name##_off, type, (void)0, X(i->rn) + IMM)                                                      \
    STORE_AT(name##_off_sp, type, CHECK_SP, X(REG_SP) + IMM)                                                 \
    STORE_AT(name##_lsl, type, CHECK_BASE(i->rn), X(i->rn) + INDEX_lsl)                                      \
    STORE_AT(name##_uxtw, type, CHECK_BASE(i->rn), X(i->rn) + INDEX_uxtw)                                    \
    STORE_AT(name##_sxtw, type, CHECK_BASE(i->rn), X(i->rn) + INDEX_sxtw)                                    \
    STORE_WRITEBACK(name##_post, type, 0, IMM, 0)                                                            \
    STORE_WRITEBACK(name##_pre, type, IMM, IMM, 0)

STORES(STR8, uint8_t)
STORES(STR16, uint16_t)
STORES(STR32, uint32_t)
STORES(STR64, uint64_t)

/* ---- unprivileged, ordered ---- */

#define LOAD_FLAGS(name, type, value, flags)                                                                 \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        LOADF(type, v, X(i->rn) + IMM, flags);                                                               \
        X(i->rd) = value;                                                                                    \
        NEXT;                                                                                                \
    }
#define STORE_FLAGS(name, type, flags)                                                                       \
    INSN(name)                                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        STOREF(type, X(i->rn) + IMM, (type)X(i->rd), flags);                                                 \
        NEXT;                                                                                                \
    }

LOAD_FLAGS(LDTR8, uint8_t, v, MEM_UNPRIV)
LOAD_FLAGS(LDTR16, uint16_t, v, MEM_UNPRIV)
LOAD_FLAGS(LDTR32, uint32_t, v, MEM_UNPRIV)
LOAD_FLAGS(LDTR64, uint64_t, v, MEM_UNPRIV)
LOAD_FLAGS(LDTRSX8, uint8_t, (uint64_t)(int64_t)(int8_t)v, MEM_UNPRIV)
LOAD_FLAGS(LDTRSX16, uint16_t, (uint64_t)(int64_t)(int16_t)v, MEM_UNPRIV)
LOAD_FLAGS(LDTRSX32, uint32_t, (uint64_t)(int64_t)(int32_t)v, MEM_UNPRIV)
LOAD_FLAGS(LDTRSW8, uint8_t, (uint32_t)(int8_t)v, MEM_UNPRIV)
LOAD_FLAGS(LDTRSW16, uint16_t, (uint32_t)(int16_t)v, MEM_UNPRIV)
STORE_FLAGS(STTR8, uint8_t, MEM_UNPRIV)
STORE_FLAGS(STTR16, uint16_t, MEM_UNPRIV)
STORE_FLAGS(STTR32, uint32_t, MEM_UNPRIV)
STORE_FLAGS(STTR64, uint64_t, MEM_UNPRIV)

/* Acquire and release are what execution in order does anyway; left is their rule about alignment. */
LOAD_FLAGS(LDAR8, uint8_t, v, MEM_ORDERED)
LOAD_FLAGS(LDAR16, uint16_t, v, MEM_ORDERED)
LOAD_FLAGS(LDAR32, uint32_t, v, MEM_ORDERED)
LOAD_FLAGS(LDAR64, uint64_t, v, MEM_ORDERED)
LOAD_FLAGS(LDARSX8, uint8_t, (uint64_t)(int64_t)(int8_t)v, MEM_ORDERED)
LOAD_FLAGS(LDARSX16, uint16_t, (uint64_t)(int64_t)(int16_t)v, MEM_ORDERED)
LOAD_FLAGS(LDARSX32, uint32_t, (uint64_t)(int64_t)(int32_t)v, MEM_ORDERED)
LOAD_FLAGS(LDARSW8, uint8_t, (uint32_t)(int8_t)v, MEM_ORDERED)
LOAD_FLAGS(LDARSW16, uint16_t, (uint32_t)(int16_t)v, MEM_ORDERED)
STORE_FLAGS(STLR8, uint8_t, MEM_ORDERED)
STORE_FLAGS(STLR16, uint16_t, MEM_ORDERED)
STORE_FLAGS(STLR32, uint32_t, MEM_ORDERED)
STORE_FLAGS(STLR64, uint64_t, MEM_ORDERED)

/* FEAT_LRCPC3 */
LOAD_WRITEBACK(LDAPR32_post, uint32_t, v, 0, IMM, MEM_ORDERED)
LOAD_WRITEBACK(LDAPR64_post, uint64_t, v, 0, IMM, MEM_ORDERED)
STORE_WRITEBACK(STLR32_pre, uint32_t, IMM, IMM, MEM_ORDERED)
STORE_WRITEBACK(STLR64_pre, uint64_t, IMM, IMM, MEM_ORDERED)

/* FEAT_PAuth: the address is authenticated with modifier zero. */
#define LOAD_AUTH(name, key, writeback)                                                                      \
    INSN(name)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        uint64_t base;                                                                                       \
        CHECK_BASE(i->rn);                                                                                   \
        if (!pauth_auth(c, i, key, X(i->rn), 0, true, &base))                                                \
            RAISE((void)0);                                                                                  \
        LOAD(uint64_t, v, base + IMM);                                                                       \
        if (writeback)                                                                                       \
            X(i->rn) = base + IMM;                                                                           \
        X(i->rd) = v;                                                                                        \
        NEXT;                                                                                                \
    }
LOAD_AUTH(LDRAA_off, PAUTH_DA, false)
LOAD_AUTH(LDRAA_pre, PAUTH_DA, true)
LOAD_AUTH(LDRAB_off, PAUTH_DB, false)
LOAD_AUTH(LDRAB_pre, PAUTH_DB, true)

/* ---- pairs: one access of both ---- */

struct pair64 {
    uint64_t a, b;
};
struct pair32 {
    uint32_t a, b;
};

#define LOAD_PAIR_AT(name, type, cast, check, rn, first, writeback, last, flags)                             \
    INSN(name)                                                                                               \
    {                                                                                                        \
        check;                                                                                               \
        const uint64_t base = X(rn);                                                                         \
        LOADF(type, v, base + (first), MEM_WHOLE_PAIR | (flags));                                            \
        if (writeback)                                                                                       \
            X(rn) = base + (last);                                                                           \
        X(i->rd) = cast v.a;                                                                                 \
        X(i->ra) = cast v.b;                                                                                 \
        NEXT;                                                                                                \
    }
#define LOAD_PAIRS(name, type, cast)                                                                         \
    LOAD_PAIR_AT(name##_off, type, cast, (void)0, i->rn, IMM, false, 0, 0)                                   \
    LOAD_PAIR_AT(name##_off_sp, type, cast, CHECK_SP, REG_SP, IMM, false, 0, 0)                              \
    LOAD_PAIR_AT(name##_post, type, cast, (void)0, i->rn, 0, true, IMM, 0)                                   \
    LOAD_PAIR_AT(name##_post_sp, type, cast, CHECK_SP, REG_SP, 0, true, IMM, 0)                              \
    LOAD_PAIR_AT(name##_pre, type, cast, (void)0, i->rn, IMM, true, IMM, 0)                                  \
    LOAD_PAIR_AT(name##_pre_sp, type, cast, CHECK_SP, REG_SP, IMM, true, IMM, 0)
LOAD_PAIRS(LDP64, struct pair64, )
LOAD_PAIRS(LDP32, struct pair32, )
LOAD_PAIRS(LDPSW, struct pair32, (uint64_t)(int64_t)(int32_t))
/* FEAT_LRCPC3: writeback by zero is none */
LOAD_PAIR_AT(LDIAPP64, struct pair64, , CHECK_BASE(i->rn), i->rn, 0, true, IMM, MEM_ORDERED)
LOAD_PAIR_AT(LDIAPP32, struct pair32, , CHECK_BASE(i->rn), i->rn, 0, true, IMM, MEM_ORDERED)

#define STORE_PAIR_AT(name, type, check, rn, first, writeback, last, flags)                                  \
    INSN(name)                                                                                               \
    {                                                                                                        \
        check;                                                                                               \
        const uint64_t base = X(rn);                                                                         \
        STOREF(struct pair##type, base + (first),                                                            \
               ((struct pair##type){(uint##type##_t)X(i->rd), (uint##type##_t)X(i->ra)}),                    \
               MEM_WHOLE_PAIR | (flags));                                                                    \
        if (writeback)                                                                                       \
            X(rn) = base + (last);                                                                           \
        NEXT;                                                                                                \
    }
#define STORE_PAIRS(name, type)                                                                              \
    STORE_PAIR_AT(name##_off, type, (void)0, i->rn, IMM, false, 0, 0)                                        \
    STORE_PAIR_AT(name##_off_sp, type, CHECK_SP, REG_SP, IMM, false, 0, 0)                                   \
    STORE_PAIR_AT(name##_post, type, (void)0, i->rn, 0, true, IMM, 0)                                        \
    STORE_PAIR_AT(name##_post_sp, type, CHECK_SP, REG_SP, 0, true, IMM, 0)                                   \
    STORE_PAIR_AT(name##_pre, type, (void)0, i->rn, IMM, true, IMM, 0)                                       \
    STORE_PAIR_AT(name##_pre_sp, type, CHECK_SP, REG_SP, IMM, true, IMM, 0)
STORE_PAIRS(STP64, 64)
STORE_PAIRS(STP32, 32)
STORE_PAIR_AT(STILP64, 64, CHECK_BASE(i->rn), i->rn, IMM, true, IMM, MEM_ORDERED)
STORE_PAIR_AT(STILP32, 32, CHECK_BASE(i->rn), i->rn, IMM, true, IMM, MEM_ORDERED)
