/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A GIC with PEs that are nothing but registers, and RAM for its tables: for test_gic.c and test_gic_virt.c.
 */
#ifndef EL2SIM_TESTS_GIC_FIXTURE_H
#define EL2SIM_TESTS_GIC_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "gic/gic.h"

enum { FIXTURE_EL3 = 1, FIXTURE_NONSECURE = 2, FIXTURE_CPUS = 20 };

struct fixture {
    struct bus *bus;
    struct gic *g;
    struct features feat;
    unsigned ncpus;
    bool secure; /* of the accesses mr32() ... make */
    uint64_t sr[FIXTURE_CPUS][SR_COUNT];
    uint8_t el[FIXTURE_CPUS];
    uint32_t lines[FIXTURE_CPUS];
    struct sysreg_unit unit[FIXTURE_CPUS];
    uint64_t seed;
};

/* Every register of the CPU interfaces. */
static const enum sysreg gic_rows[] = {
    SR_ICC_PMR_EL1,     SR_ICC_IAR0_EL1,    SR_ICC_EOIR0_EL1,  SR_ICC_HPPIR0_EL1, SR_ICC_BPR0_EL1,
    SR_ICC_AP0R0_EL1,   SR_ICC_AP0R1_EL1,   SR_ICC_AP0R2_EL1,  SR_ICC_AP0R3_EL1,  SR_ICC_AP1R0_EL1,
    SR_ICC_AP1R1_EL1,   SR_ICC_AP1R2_EL1,   SR_ICC_AP1R3_EL1,  SR_ICC_NMIAR1_EL1, SR_ICC_DIR_EL1,
    SR_ICC_RPR_EL1,     SR_ICC_SGI1R_EL1,   SR_ICC_ASGI1R_EL1, SR_ICC_SGI0R_EL1,  SR_ICC_IAR1_EL1,
    SR_ICC_EOIR1_EL1,   SR_ICC_HPPIR1_EL1,  SR_ICC_BPR1_EL1,   SR_ICC_CTLR_EL1,   SR_ICC_SRE_EL1,
    SR_ICC_IGRPEN0_EL1, SR_ICC_IGRPEN1_EL1, SR_ICH_AP0R0_EL2,  SR_ICH_AP0R1_EL2,  SR_ICH_AP0R2_EL2,
    SR_ICH_AP0R3_EL2,   SR_ICH_AP1R0_EL2,   SR_ICH_AP1R1_EL2,  SR_ICH_AP1R2_EL2,  SR_ICH_AP1R3_EL2,
    SR_ICC_SRE_EL2,     SR_ICH_HCR_EL2,     SR_ICH_VTR_EL2,    SR_ICH_MISR_EL2,   SR_ICH_EISR_EL2,
    SR_ICH_ELRSR_EL2,   SR_ICH_VMCR_EL2,    SR_ICH_LR0_EL2,    SR_ICH_LR1_EL2,    SR_ICH_LR2_EL2,
    SR_ICH_LR3_EL2,     SR_ICH_LR4_EL2,     SR_ICH_LR15_EL2,   SR_ICC_CTLR_EL3,   SR_ICC_SRE_EL3,
    SR_ICC_IGRPEN1_EL3,
};
enum { gic_row_count = ARRAY_LEN(gic_rows) };

static inline void fixture_line(void *opaque, unsigned cpu, unsigned line, bool level)
{
    struct fixture *f = opaque;
    ck_assert_uint_ne((f->lines[cpu] & line) != 0, level); /* told of changes only */
    f->lines[cpu] ^= line;
}

static inline struct fixture *fixture(unsigned ncpus, unsigned flags)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct gic_pe pe[FIXTURE_CPUS];
    f->ncpus = ncpus;
    f->bus = bus_create();
    f->feat.has_el2 = true;
    f->feat.has_el3 = (flags & FIXTURE_EL3) != 0;
    f->seed = 1;
    bus_add_ram(f->bus, "ram", 0x40000000, 0x1000000, false);
    for (unsigned n = 0; n < ncpus; n++) {
        f->sr[n][SR_MPIDR_EL1] = UINT64_C(0x80000000) | (n / 16) << 8 | n % 16;
        f->el[n] = 2;
        pe[n] = (struct gic_pe){.sr = f->sr[n], .el = &f->el[n], .feat = &f->feat};
    }
    struct gic_config cfg = {.ncpus = ncpus,
                             .bus = f->bus,
                             .has_el3 = f->feat.has_el3,
                             .reset_nonsecure = (flags & FIXTURE_NONSECURE) != 0,
                             .its = true,
                             .pe = pe,
                             .set_line = fixture_line,
                             .opaque = f};
    f->g = gic_create(&cfg);
    for (unsigned n = 0; n < ncpus; n++)
        f->unit[n] = gic_cpu_interface(f->g, n);
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    gic_destroy(f->g);
    bus_destroy(f->bus);
    free(f);
}

/* xorshift64*: the same sequence everywhere. */
static inline uint64_t fixture_random(struct fixture *f)
{
    f->seed ^= f->seed >> 12;
    f->seed ^= f->seed << 25;
    f->seed ^= f->seed >> 27;
    return f->seed * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint64_t rd(struct fixture *f, unsigned cpu, enum sysreg reg)
{
    return f->unit[cpu].read(f->unit[cpu].opaque, reg);
}

static inline void wr(struct fixture *f, unsigned cpu, enum sysreg reg, uint64_t value)
{
    f->unit[cpu].write(f->unit[cpu].opaque, reg, value);
}

static inline uint32_t mr32(struct fixture *f, uint64_t pa)
{
    uint64_t v;
    ck_assert(bus_read(f->bus, pa, 4, f->secure, &v));
    return (uint32_t)v;
}

static inline uint64_t mr64(struct fixture *f, uint64_t pa)
{
    uint64_t v;
    ck_assert(bus_read(f->bus, pa, 8, f->secure, &v));
    return v;
}

static inline void mw32(struct fixture *f, uint64_t pa, uint32_t v)
{
    ck_assert(bus_write(f->bus, pa, 4, f->secure, v));
}

static inline void mw64(struct fixture *f, uint64_t pa, uint64_t v)
{
    ck_assert(bus_write(f->bus, pa, 8, f->secure, v));
}

#endif
