/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE where programs can't look: which instructions are checked (the pseudocode's `tagchecked` of each),
 * the memory that tags take, tags and read-only memory, and that a page without checks is still reached by
 * the host TLB.
 */
#include <check.h>

#include "cpu/mte.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

/* Words with X1 and with SP as base register. */
START_TEST(checked_instructions)
{
    static const struct {
        uint32_t word; /* base register: X0 */
        bool checked, checked_sp;
    } rows[] = {
        {0xf9400001, true, false},  /* LDR X1, [X0] */
        {0x39000401, true, false},  /* STRB W1, [X0, #1] */
        {0xfd400001, true, false},  /* LDR D1, [X0] */
        {0xf8408401, true, true},   /* LDR X1, [X0], #8 */
        {0xf8408c01, true, true},   /* LDR X1, [X0, #8]! */
        {0xf8401001, true, false},  /* LDUR X1, [X0, #1] */
        {0xf8400801, true, false},  /* LDTR X1, [X0] */
        {0xf8626801, true, true},   /* LDR X1, [X0, X2] */
        {0x58000001, false, false}, /* LDR X1, . (bits <9:5> are the offset's) */
        {0xa9400801, true, false},  /* LDP X1, X2, [X0] */
        {0xa8c10801, true, true},   /* LDP X1, X2, [X0], #16 */
        {0xa9c10801, true, true},   /* LDP X1, X2, [X0, #16]! */
        {0xa8400801, true, false},  /* LDNP X1, X2, [X0] */
        {0xad400801, true, false},  /* LDP Q1, Q2, [X0] */
        {0x69400801, true, false},  /* LDPSW X1, X2, [X0] */
        {0xc85f7c01, true, false},  /* LDXR X1, [X0] */
        {0xc8dffc01, true, false},  /* LDAR X1, [X0] */
        {0xc8a17c02, true, false},  /* CAS X1, X2, [X0] */
        {0xf8210002, true, false},  /* LDADD X1, X2, [X0] */
        {0xf8bfc001, true, false},  /* LDAPR X1, [X0] */
        {0xd9400001, true, false},  /* LDAPUR X1, [X0] */
        {0xf8200401, true, false},  /* LDRAA X1, [X0] */
        {0xf8200c01, true, true},   /* LDRAA X1, [X0]! */
        {0x4c407001, true, false},  /* LD1 {V1.16B}, [X0] */
        {0x4cdf7001, true, true},   /* LD1 {V1.16B}, [X0], #16 */
        {0x0d400001, true, false},  /* LD1 {V1.B}[0], [X0] */
        {0x0ddf0001, true, true},   /* LD1 {V1.B}[0], [X0], #1 */
        {0xd9600001, false, false}, /* LDG X1, [X0] */
        {0xd9200801, false, false}, /* STG X1, [X0] */
        {0xd9a00c01, false, false}, /* ST2G X1, [X0]! */
        {0x69000801, false, false}, /* STGP X1, X2, [X0] */
        {0x68800801, false, false}, /* STGP X1, X2, [X0], #0 */
        {0x19000441, true, true},   /* CPYFP: registers are never SP */
        {0x19c10440, true, true},   /* SETP */
        {0x1dc10440, false, false}, /* SETGP */
    };
    for (unsigned n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        ck_assert_msg(mte_checks(rows[n].word) == rows[n].checked, "%08x", rows[n].word);
        ck_assert_msg(mte_checks(rows[n].word | 31 << 5) == rows[n].checked_sp, "%08x SP", rows[n].word);
    }
    ck_assert(mte_checks(0xd50b7421));  /* DC ZVA, X1 */
    ck_assert(!mte_checks(0xd50b7461)); /* DC GVA */
    ck_assert(!mte_checks(0xd50b7481)); /* DC GZVA */
    ck_assert(!mte_checks(0xd50b7a21)); /* DC CVAC */
    ck_assert(!mte_checks(0xd5384100)); /* MRS X0, SP_EL0: FEAT_NV2's access to memory */
}
END_TEST

START_TEST(storage)
{
    struct bus *b = bus_create();
    struct bus_ram *ram = bus_add_ram(b, "RAM", 0x40000000, 1 << 20, false);
    struct bus_ram *rom = bus_add_ram(b, "ROM", 0, 4096, true);
    bus_tag_write(ram, 0x40001010, 0);
    ck_assert_ptr_null(ram->tags); /* a guest that only clears tags takes no memory */
    ck_assert_ptr_null(bus_page_tags(ram, 1));
    bus_tag_write(ram, 0x4000101f, 9);
    bus_tag_write(ram, 0x40001020, 6);
    ck_assert_uint_eq(bus_tag_read(ram, 0x40001010), 9);
    ck_assert_uint_eq(bus_tag_read(ram, 0x40001000), 0);
    ck_assert_uint_eq(bus_tag_read(ram, 0x4000102f), 6);
    ck_assert_uint_eq(bus_tag_read(ram, 0x40002010), 0);
    ck_assert_ptr_nonnull(bus_page_tags(ram, 1));
    ck_assert_ptr_null(bus_page_tags(ram, 0));
    bus_tag_write(rom, 16, 5);
    ck_assert_uint_eq(bus_tag_read(rom, 16), 0);
    bus_destroy(b);
}
END_TEST

/* Tag checks depend on the context: registers, PSTATE.TCO, and address. */
START_TEST(contexts)
{
    struct fixture x;
    fixture_init(&x, "max", true, true);
    fixture_reset(&x, 1, FIXTURE_RAM);
    struct cpu *c = x.cpu;
    c->sr[SR_SCTLR_EL1] |= SCTLR_ATA | BIT(40);
    c->sr[SR_TCR_EL1] = 25 << 16 | 25 | BIT(37);
    c->sr[SR_HCR_EL2] = HCR_RW | HCR_ATA;
    c->sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_ATA;
    fixture_changed(&x);
    ck_assert_uint_eq(c->bank->tctx.tag_check, TAG_CHECK_SYNC);
    ck_assert(mmu_tag_checked(&c->bank->tctx, FIXTURE_RAM));
    ck_assert(!mmu_tag_checked(&c->bank->tctx, FIXTURE_RAM | BIT(55))); /* TBI1=0 */
    c->tco = 1;
    fixture_changed(&x);
    ck_assert_uint_eq(c->bank->tctx.tag_check, TAG_CHECK_OFF);
    c->tco = 0;
    static const struct {
        uint16_t reg;
        uint64_t bit;
    } gates[] = {
        {SR_SCTLR_EL1, SCTLR_ATA}, {SR_SCTLR_EL1, BIT(40)}, {SR_HCR_EL2, HCR_ATA}, {SR_SCR_EL3, SCR_ATA}};
    for (unsigned n = 0; n < sizeof(gates) / sizeof(gates[0]); n++) {
        c->sr[gates[n].reg] ^= gates[n].bit;
        fixture_changed(&x);
        ck_assert_uint_eq(c->bank->tctx.tag_check, TAG_CHECK_OFF);
        c->sr[gates[n].reg] ^= gates[n].bit;
        fixture_changed(&x);
        ck_assert_uint_eq(c->bank->tctx.tag_check, TAG_CHECK_SYNC);
    }
    fixture_destroy(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mte");
    TCase *tc = tcase_create("mte");
    tcase_add_test(tc, checked_instructions);
    tcase_add_test(tc, storage);
    tcase_add_test(tc, contexts);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
