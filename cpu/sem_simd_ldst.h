/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of loads and stores of SIMD&FP registers. Arm ARM C7.2 (LDR, STR, LDP, STP, LD1 to LD4R, ST1 to
 * ST4, LDAPUR, STLUR, LDAP1, STL1 of SIMD&FP registers). Part of sem_simd.h. Accesses come before any change
 * of a register.
 */

/* What a register of each width is in memory, how it gets its value and gives it. */
#define SIMD_TYPE_B uint8_t
#define SIMD_TYPE_H uint16_t
#define SIMD_TYPE_S uint32_t
#define SIMD_TYPE_D uint64_t
#define SIMD_TYPE_Q simd_q
#define SIMD_PUT_B(r, v)                                                                                     \
    V(r) = (union vreg)                                                                                      \
    {                                                                                                        \
        .d = {(v), 0 }                                                                                       \
    }
#define SIMD_PUT_H(r, v) SIMD_PUT_B(r, v)
#define SIMD_PUT_S(r, v) SIMD_PUT_B(r, v)
#define SIMD_PUT_D(r, v) SIMD_PUT_B(r, v)
#define SIMD_PUT_Q(r, v) *(simd_u64 *)&V(r) = (v)
#define SIMD_GET_B(r) V(r).b[0]
#define SIMD_GET_H(r) V(r).h[0]
#define SIMD_GET_S(r) V(r).s[0]
#define SIMD_GET_D(r) V(r).d[0]
#define SIMD_GET_Q(r) (*(const simd_u64 *)&V(r))

/* ---- one register: `check` is CHECK_SP, CHECK_BASE or nothing, `after` the writeback ---- */

#define SIMD_LDR(w, suffix, flags, check, va, after)                                                         \
    INSN(LD##suffix)                                                                                         \
    {                                                                                                        \
        check;                                                                                               \
        LOADF(SIMD_TYPE_##w, v, va, MEM_SIMD | (flags));                                                     \
        SIMD_PUT_##w(i->rd, v);                                                                              \
        after;                                                                                               \
        NEXT;                                                                                                \
    }
#define SIMD_STR(w, suffix, flags, check, va, after)                                                         \
    INSN(ST##suffix)                                                                                         \
    {                                                                                                        \
        check;                                                                                               \
        STOREF(SIMD_TYPE_##w, va, SIMD_GET_##w(i->rd), MEM_SIMD | (flags));                                  \
        after;                                                                                               \
        NEXT;                                                                                                \
    }
#define SIMD_LDST(w, mode, check, va, after)                                                                 \
    SIMD_LDR(w, R_##w##_##mode, 0, check, va, after)                                                         \
    SIMD_STR(w, R_##w##_##mode, 0, check, va, after)
#define SIMD_LDST_MODES(w)                                                                                   \
    SIMD_LDST(w, off, (void)0, X(i->rn) + IMM, (void)0)                                                      \
    SIMD_LDST(w, off_sp, CHECK_SP, X(REG_SP) + IMM, (void)0)                                                 \
    SIMD_LDST(w, pre, CHECK_BASE(i->rn), X(i->rn) + IMM, X(i->rn) += IMM)                                    \
    SIMD_LDST(w, post, CHECK_BASE(i->rn), X(i->rn), X(i->rn) += IMM)                                         \
    SIMD_LDST(w, lsl, CHECK_BASE(i->rn), X(i->rn) + (X(i->rm) << i->aux), (void)0)                           \
    SIMD_LDST(w, uxtw, CHECK_BASE(i->rn), X(i->rn) + ((uint64_t)W(i->rm) << i->aux), (void)0)                \
    SIMD_LDST(w, sxtw, CHECK_BASE(i->rn), X(i->rn) + ((uint64_t)(int32_t)X(i->rm) << i->aux), (void)0)       \
    SIMD_LDR(w, APUR_##w, MEM_ORDERED, CHECK_BASE(i->rn), X(i->rn) + IMM, (void)0)                           \
    SIMD_STR(w, LUR_##w, MEM_ORDERED, CHECK_BASE(i->rn), X(i->rn) + IMM, (void)0)

SIMD_LDST_MODES(B)
SIMD_LDST_MODES(H)
SIMD_LDST_MODES(S)
SIMD_LDST_MODES(D)
SIMD_LDST_MODES(Q)
SIMD_LDR(S, R_S_lit, 0, (void)0, PC + IMM, (void)0)
SIMD_LDR(D, R_D_lit, 0, (void)0, PC + IMM, (void)0)
SIMD_LDR(Q, R_Q_lit, 0, (void)0, PC + IMM, (void)0)
#undef SIMD_LDST_MODES
#undef SIMD_LDST
#undef SIMD_LDR
#undef SIMD_STR

/* ---- several registers that follow one another in memory: one access for the host TLB ---- */

#define SIMD_LDSTP(w, mode, check, va, after)                                                                \
    INSN(LDP_##w##_##mode)                                                                                   \
    {                                                                                                        \
        check;                                                                                               \
        LOADF(struct simd_##w##_2, v, va, MEM_SIMD | MEM_WHOLE_PAIR);                                        \
        SIMD_PUT_##w(i->rd, v.r0);                                                                           \
        SIMD_PUT_##w(i->ra, v.r1);                                                                           \
        after;                                                                                               \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(STP_##w##_##mode)                                                                                   \
    {                                                                                                        \
        check;                                                                                               \
        STOREF(struct simd_##w##_2, va, ((struct simd_##w##_2){SIMD_GET_##w(i->rd), SIMD_GET_##w(i->ra)}),   \
               MEM_SIMD | MEM_WHOLE_PAIR);                                                                   \
        after;                                                                                               \
        NEXT;                                                                                                \
    }
#define SIMD_LDSTP_MODES(w)                                                                                  \
    SIMD_LDSTP(w, off, (void)0, X(i->rn) + IMM, (void)0)                                                     \
    SIMD_LDSTP(w, off_sp, CHECK_SP, X(REG_SP) + IMM, (void)0)                                                \
    SIMD_LDSTP(w, pre, CHECK_BASE(i->rn), X(i->rn) + IMM, X(i->rn) += IMM)                                   \
    SIMD_LDSTP(w, post, CHECK_BASE(i->rn), X(i->rn), X(i->rn) += IMM)
SIMD_LDSTP_MODES(S)
SIMD_LDSTP_MODES(D)
SIMD_LDSTP_MODES(Q)
#undef SIMD_LDSTP_MODES
#undef SIMD_LDSTP

/* ---- multiple structures: whole registers in memory order, the 2..4 element ones interleaved by simd.c ----
 *
 * Each element is an access of its own; they are made together, with the elements' alignment. */

#define SIMD_REG(k) ((i->rd + (k)) & 31)
/* Post-index: one of the two is nothing, both without it. */
#define SIMD_POST_INDEX X(i->rn) += X(i->rm) + IMM

/* `each(k, ...)` for the registers or elements of a structure. */
#define SIMD_EACH_1(each, ...) each(0, __VA_ARGS__)
#define SIMD_EACH_2(each, ...) each(0, __VA_ARGS__) each(1, __VA_ARGS__)
#define SIMD_EACH_3(each, ...) each(0, __VA_ARGS__) each(1, __VA_ARGS__) each(2, __VA_ARGS__)
#define SIMD_EACH_4(each, ...)                                                                               \
    each(0, __VA_ARGS__) each(1, __VA_ARGS__) each(2, __VA_ARGS__) each(3, __VA_ARGS__)
#define SIMD_PUT_PART(k, w) SIMD_PUT_##w(SIMD_REG(k), v.r##k);
#define SIMD_PLAIN_PART(k, w) SIMD_GET_##w(SIMD_REG(k)),
#define SIMD_MIXED_PART(k, w) simd_interleaved_##w(c, i, k),

#define SIMD_MULTIPLE(name, w, count, deinterleave, part)                                                    \
    INSN(LD##name##_##w)                                                                                     \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        LOADF(struct simd_##w##_##count, v, X(i->rn), MEM_SIMD | MEM_ELEMENTS);                              \
        SIMD_EACH_##count(SIMD_PUT_PART, w);                                                                 \
        deinterleave;                                                                                        \
        SIMD_POST_INDEX;                                                                                     \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(ST##name##_##w)                                                                                     \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        STOREF(struct simd_##w##_##count, X(i->rn),                                                          \
               ((struct simd_##w##_##count){SIMD_EACH_##count(part, w)}), MEM_SIMD | MEM_ELEMENTS);          \
        SIMD_POST_INDEX;                                                                                     \
        NEXT;                                                                                                \
    }
#define SIMD_MULTIPLES(w)                                                                                    \
    SIMD_MULTIPLE(1_1, w, 1, (void)0, SIMD_PLAIN_PART)                                                       \
    SIMD_MULTIPLE(1_2, w, 2, (void)0, SIMD_PLAIN_PART)                                                       \
    SIMD_MULTIPLE(1_3, w, 3, (void)0, SIMD_PLAIN_PART)                                                       \
    SIMD_MULTIPLE(1_4, w, 4, (void)0, SIMD_PLAIN_PART)                                                       \
    SIMD_MULTIPLE(2, w, 2, simd_deinterleave_##w(c, i), SIMD_MIXED_PART)                                     \
    SIMD_MULTIPLE(3, w, 3, simd_deinterleave_##w(c, i), SIMD_MIXED_PART)                                     \
    SIMD_MULTIPLE(4, w, 4, simd_deinterleave_##w(c, i), SIMD_MIXED_PART)
SIMD_MULTIPLES(D)
SIMD_MULTIPLES(Q)
#undef SIMD_MULTIPLES
#undef SIMD_MULTIPLE

/* ---- single structures: one lane, or one element in all lanes ---- */

/* The lane of register k that takes part, and a register with x in all lanes. */
#define SIMD_LANE(k, e) V(SIMD_REG(k)).e[i->aux]
#define SIMD_SPREAD(k, bits, x)                                                                              \
    do {                                                                                                     \
        const simd_u64 all_ = (simd_u64)((simd_u##bits){0} + (x));                                           \
        *(simd_u64 *)&V(SIMD_REG(k)) = i->aux ? all_ : simd_low(all_);                                       \
    } while (0)
#define SIMD_ELEMENT_AT(w, k) (X(i->rn) + (k) * sizeof(SIMD_TYPE_##w))

#define SIMD_LOAD_ELEMENT(k, w) LOADF(SIMD_TYPE_##w, v##k, SIMD_ELEMENT_AT(w, k), MEM_SIMD);
#define SIMD_STORE_ELEMENT(k, w, e) STOREF(SIMD_TYPE_##w, SIMD_ELEMENT_AT(w, k), SIMD_LANE(k, e), MEM_SIMD);
#define SIMD_SET_LANE(k, e) SIMD_LANE(k, e) = v##k;
#define SIMD_SET_ALL(k, bits) SIMD_SPREAD(k, bits, v##k);

#define SIMD_SINGLE(count, w, e, bits)                                                                       \
    INSN(LD##count##_lane_##w)                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        SIMD_EACH_##count(SIMD_LOAD_ELEMENT, w) SIMD_EACH_##count(SIMD_SET_LANE, e) SIMD_POST_INDEX;         \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(LD##count##R_##w)                                                                                   \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        SIMD_EACH_##count(SIMD_LOAD_ELEMENT, w) SIMD_EACH_##count(SIMD_SET_ALL, bits) SIMD_POST_INDEX;       \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(ST##count##_lane_##w)                                                                               \
    {                                                                                                        \
        CHECK_BASE(i->rn);                                                                                   \
        SIMD_EACH_##count(SIMD_STORE_ELEMENT, w, e) SIMD_POST_INDEX;                                         \
        NEXT;                                                                                                \
    }
#define SIMD_SINGLES(count)                                                                                  \
    SIMD_SINGLE(count, B, b, 8)                                                                              \
    SIMD_SINGLE(count, H, h, 16)                                                                             \
    SIMD_SINGLE(count, S, s, 32)                                                                             \
    SIMD_SINGLE(count, D, d, 64)
SIMD_SINGLES(1)
SIMD_SINGLES(2)
SIMD_SINGLES(3)
SIMD_SINGLES(4)
#undef SIMD_SINGLES
#undef SIMD_SINGLE

INSN(LDAP1)
{
    CHECK_BASE(i->rn);
    LOADF(uint64_t, v, X(i->rn), MEM_SIMD | MEM_ORDERED);
    V(i->rd).d[i->aux] = v;
    NEXT;
}

INSN(STL1)
{
    CHECK_BASE(i->rn);
    STOREF(uint64_t, X(i->rn), V(i->rd).d[i->aux], MEM_SIMD | MEM_ORDERED);
    NEXT;
}
