/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables of a program, and the pools of places that they give.
 */
#include "fuzz/generate_internal.h"
#include "sysregs/fields.h"

static void add_place(struct view *v, uint64_t va, uint32_t size, enum place_kind kind)
{
    if (v->places < PLACES)
        v->place[v->places++] = (struct place){.va = va, .size = size, .kind = (uint8_t)kind};
}

/* Without translation an address is what it is. */
static void flat_view(struct view *v, unsigned el)
{
    v->code = PROGRAM_CODE_AT;
    v->vectors = PROGRAM_VECTORS_AT + (el - 1) * 0x1000;
    add_place(v, PROGRAM_DATA_AT, 0x10000, PLACE_DEVICE);
    add_place(v, PROGRAM_DATA_AT + 0x10000, 0x1000, PLACE_DEVICE);
    add_place(v, PROGRAM_CODE_AT, 0x1000, PLACE_CODE);
}

void generate_tables(struct generator *g)
{
    for (unsigned i = 1; i <= 2; i++) {
        g->mmu[i] = false;
        flat_view(&g->view[i], i);
    }
    g->stage2 = false;
    g->sr[SR_SCTLR_EL1] &= ~SCTLR_M;
    g->sr[SR_SCTLR_EL2] &= ~SCTLR_M;
    g->sr[SR_HCR_EL2] &= ~(HCR_VM | HCR_DC);
    g->sr[SR_VBAR_EL1] = g->view[1].vectors;
    g->sr[SR_VBAR_EL2] = g->view[2].vectors;
}
