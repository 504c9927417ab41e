/* SPDX-License-Identifier: BSD-2-Clause
 *
 * AT instructions and PAR_EL1. They walk the tables themselves, without the TLB, so that they say what memory
 * says. Arm ARM C5.4, D19.2 (PAR_EL1); AArch64.AT(), AArch64.EncodePAR().
 */
#include "mmu/internal.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

enum at_access { AT_READ, AT_WRITE, AT_ANY }; /* AT_ANY: whatever the permissions are */

struct at_row {
    uint16_t sysreg;
    uint8_t el; /* whose translation: 0 to 3 */
    uint8_t access;
    bool stage12; /* both stages */
    bool pan;     /* PSTATE.PAN applies */
};

static const struct at_row at_rows[] = {
    {SR_AT_S1E1R, 1, AT_READ, false, false}, {SR_AT_S1E1W, 1, AT_WRITE, false, false},
    {SR_AT_S1E0R, 0, AT_READ, false, false}, {SR_AT_S1E0W, 0, AT_WRITE, false, false},
    {SR_AT_S1E1RP, 1, AT_READ, false, true}, {SR_AT_S1E1WP, 1, AT_WRITE, false, true},
    {SR_AT_S1E2R, 2, AT_READ, false, false}, {SR_AT_S1E2W, 2, AT_WRITE, false, false},
    {SR_AT_S12E1R, 1, AT_READ, true, false}, {SR_AT_S12E1W, 1, AT_WRITE, true, false},
    {SR_AT_S12E0R, 0, AT_READ, true, false}, {SR_AT_S12E0W, 0, AT_WRITE, true, false},
    {SR_AT_S1E3R, 3, AT_READ, false, false}, {SR_AT_S1E3W, 3, AT_WRITE, false, false},
    {SR_AT_S1E1A, 1, AT_ANY, false, false},  {SR_AT_S1E2A, 2, AT_ANY, false, false},
    {SR_AT_S1E3A, 3, AT_ANY, false, false},
};

#define PAR_F BIT(0)
#define PAR_PTW BIT(8)
#define PAR_S BIT(9)
#define PAR_NS BIT(9)
#define PAR_RES1 BIT(11)
#define PAR_ASSURED_ONLY BIT(12)
#define PAR_OVERLAY BIT(14)
#define PAR_DIRTY_BIT BIT(15)

static const struct at_row *find_row(unsigned sysreg)
{
    for (unsigned n = 0; n < ARRAY_LEN(at_rows); n++)
        if (at_rows[n].sysreg == sysreg)
            return &at_rows[n];
    return NULL;
}

/* In a VHE host with {E2H,TGE} == {1,1}, what is named after EL1 and EL0 is EL2&0. */
static enum regime at_regime(const struct features *f, const uint64_t *sr, const struct at_row *row)
{
    if (row->el >= 2)
        return regime_of(f, sr, row->el);
    return el_is_in_host(f, sr, 0) ? REGIME_EL20 : REGIME_EL10;
}

static uint64_t par_fault(const struct fault *f)
{
    return PAR_F | (uint64_t)fault_fsc(f) << 1 | (f->s1ptw ? PAR_PTW : 0) | (f->stage2 ? PAR_S : 0) |
           PAR_RES1 | (f->assured_only ? PAR_ASSURED_ONLY : 0) | (f->overlay ? PAR_OVERLAY : 0) |
           (f->dirty_bit ? PAR_DIRTY_BIT : 0);
}

static uint64_t par_success(const struct tctx *t, const struct xlat *x, bool s1_only)
{
    uint32_t a = xlat_attr(t, x, ACCESS_READ, s1_only);
    return (uint64_t)attr_encode(t->feat, a) << 56 | (x->out & MASK(51, 12)) | PAR_RES1 |
           (x->ns ? PAR_NS : 0) | (uint64_t)attr_sh(attr_effective_sh(a)) << 7;
}

bool at_execute(const struct features *f, const uint64_t *sr, unsigned el, bool pan,
                const struct mmu_port *port, unsigned sysreg, uint64_t va, uint64_t *par, struct fault *fault)
{
    const struct at_row *row = find_row(sysreg);
    struct tctx t;
    struct xlat x;
    if (row == NULL) {
        *fault = (struct fault){.type = FAULT_TRANSLATION, .rule = "not an AT instruction"};
        *par = par_fault(fault);
        return true;
    }
    tctx_make_regime(&t, f, sr, at_regime(f, sr, row), row->el == 0, row->pan && pan);
    const struct mmu_access a = {.type = row->access == AT_WRITE ? ACCESS_WRITE : ACCESS_READ,
                                 .at = true,
                                 .unchecked = row->access == AT_ANY};
    if (xlat_walk(&t, port, va, &a, !row->stage12, &x, fault)) {
        *par = par_success(&t, &x, !row->stage12);
        return true;
    }
    if (fault->type == FAULT_EXTERNAL_WALK || (el == 1 && fault->s1ptw))
        return false;
    *par = par_fault(fault);
    return true;
}
