/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of loads and stores. See operand.h. Arm ARM C4.1.94 (Loads and Stores).
 */
#include "diff/operand.h"

#include "base/bits.h"
#include "cpu/encoding.h"

/* Xn or SP. */
static uint64_t base_of(uint32_t raw, const struct operand_state *r)
{
    unsigned n = raw >> 5 & 31;
    return n == 31 ? r->sp : r->x[n];
}

static int64_t field(uint32_t raw, unsigned low, unsigned width)
{
    return sign_extend(raw >> low & ((1u << width) - 1), width);
}

/* log2 of the size of single-register forms; V: opc<1> makes it 16 bytes. */
static unsigned scale_of(uint32_t raw)
{
    return bit(raw, 26) && bit(raw, 23) ? 4 : raw >> 30;
}

static bool is_load(uint32_t raw)
{
    return bit(raw, 26) ? bit(raw, 22) : (raw >> 22 & 3) != 0;
}

/* LDP, STP and their kin: post-indexed ones access the base itself. */
static bool pair(uint32_t raw, const struct operand_state *r, struct operand *o)
{
    unsigned opc = raw >> 30, mode = raw >> 23 & 3;
    unsigned scale = bit(raw, 26) ? opc + 2 : opc == 1 ? (bit(raw, 22) ? 2 : 4) : opc == 0 ? 2 : 3;
    o->va = base_of(raw, r) + (mode == 1 ? 0 : (uint64_t)field(raw, 15, 7) << scale);
    o->write = !bit(raw, 22);
    o->size = 2u << scale;
    return true;
}

/* LDR (register): Rm extended and shifted. */
static uint64_t register_offset(uint32_t raw, const struct operand_state *r)
{
    unsigned m = raw >> 16 & 31, option = raw >> 13 & 7;
    uint64_t v = m == 31 ? 0 : r->x[m];
    if (option == 2)
        v = (uint32_t)v;
    else if (option == 6)
        v = (uint64_t)(int64_t)(int32_t)v;
    return v << (bit(raw, 12) ? scale_of(raw) : 0);
}

/* Bits 29:27 are 111, one register: every form of the address. */
static bool single(uint32_t raw, const struct operand_state *r, struct operand *o)
{
    unsigned low = raw >> 10 & 3;
    o->va = base_of(raw, r);
    o->write = !is_load(raw);
    o->size = 1u << scale_of(raw);
    if (bit(raw, 24)) {
        o->va += (uint64_t)(raw >> 10 & 0xfff) << scale_of(raw);
    } else if (!bit(raw, 21)) {
        o->va += low == 1 ? 0 : (uint64_t)field(raw, 12, 9);
        o->unprivileged = low == 2 && !bit(raw, 26);
    } else if (low == 2) {
        o->va += register_offset(raw, r);
    } else if (low == 0) {
        o->write = true; /* an atomic */
    } else {
        return false;
    }
    return true;
}

/* STG, STZG, ST2G, STZ2G. */
static bool stores_tag(uint32_t raw)
{
    return (raw & 0xff200000) == 0xd9200000 && (raw & 0xc00) != 0;
}

bool operand_of(uint32_t raw, const struct operand_state *r, struct operand *o)
{
    *o = (struct operand){.size = 8};
    if (encodes_exclusive_or_ordered(raw)) {
        *o = (struct operand){.va = base_of(raw, r), .write = !bit(raw, 22), .size = 16};
        return true;
    }
    if (encodes_structures(raw)) {
        *o = (struct operand){.va = base_of(raw, r), .write = !bit(raw, 22), .size = 64};
        return true;
    }
    if (encodes_literal(raw)) {
        o->va = r->pc + (uint64_t)(field(raw, 5, 19) * 4);
        return raw >> 30 != 3 || bit(raw, 26);
    }
    if ((raw & 0x3f200c00) == 0x19000000) { /* LDAPUR, STLUR */
        *o = (struct operand){base_of(raw, r) + (uint64_t)field(raw, 12, 9), (raw >> 22 & 3) == 0, false, 8};
        return true;
    }
    if (stores_tag(raw)) {
        int64_t offset = (raw >> 10 & 3) == 1 ? 0 : field(raw, 12, 9) * 16;
        *o = (struct operand){base_of(raw, r) + (uint64_t)offset, true, false, bit(raw, 23) ? 32 : 16};
        return true;
    }
    if (encodes_pair(raw))
        return pair(raw, r, o);
    if ((raw & 0x3a000000) == 0x38000000 && (bit(raw, 24) == 0 || (raw & 0x3b000000) == 0x39000000))
        return single(raw, r, o);
    return false;
}
