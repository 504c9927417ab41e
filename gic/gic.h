/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The interrupt controller of the virt board: a GICv3 (Distributor, one Redistributor and CPU interface per
 * PE, virtual CPU interface, one ITS), GIC architecture specification IHI 0069. It puts its frames on the bus
 * itself, at the addresses of QEMU's virt board.
 */
#ifndef EL2SIM_GIC_GIC_H
#define EL2SIM_GIC_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/irq.h"
#include "base/visit.h"
#include "bus/bus.h"
#include "sysregs/features.h"
#include "sysregs/sysreg.h"
#include "traces/trace.h"

enum {
    GIC_MAX_CPUS = 123,           /* as many redistributors as the board's region holds */
    GIC_SPIS = 256,               /* INTIDs 32 to 287 */
    GIC_DIST_BASE = 0x08000000,   /* 64 KB */
    GIC_ITS_BASE = 0x08080000,    /* 128 KB: control frame, translation frame */
    GIC_REDIST_BASE = 0x080a0000, /* 128 KB for each PE: RD_base, SGI_base */
    GIC_PPI_MAINTENANCE = 25,     /* INTID of the virtual CPU interface's maintenance interrupt */
};

/* The signals of a CPU interface; the values are those of cpu/cpu.h's enum cpu_line. */
enum gic_line { GIC_LINE_IRQ = 1, GIC_LINE_FIQ = 2, GIC_LINE_VIRQ = 4, GIC_LINE_VFIQ = 8 };

/* The PE behind a CPU interface. ICH_* registers and ICC_SRE_ELx are kept in sr[], where access verdicts read
 * them; all other ICC_* state is the GIC's own. */
struct gic_pe {
    uint64_t *sr;
    const uint8_t *el;
    const struct features *feat;
};

struct gic_config {
    unsigned ncpus; /* 1..GIC_MAX_CPUS */
    struct bus *bus;
    bool has_el3;         /* two Security states (GICD_CTLR.DS resets to 0); otherwise one (DS is RAO/WI) */
    bool reset_nonsecure; /* has_el3 and no firmware: interrupts reset to Non-secure Group 1, so that a kernel
                             entered in Non-secure state can use them */
    bool its;             /* LPIs and an ITS */
    const struct gic_pe *pe; /* ncpus elements; copied */
    /* A signal into a PE changed: `line` is one enum gic_line (also an enum cpu_line). */
    void (*set_line)(void *opaque, unsigned cpu, unsigned line, bool level);
    /* For traces: a wire changed (of a shared interrupt: `cpu` is 0), or an interrupt was acknowledged, ended
     * or deactivated. NULL: nobody wants to know. */
    void (*observe)(void *opaque, unsigned cpu, const struct trace_interrupt *e);
    void *opaque;
};

struct gic;

/* Creates the GIC in its reset state and maps its frames. Bad ncpus is a bug(). */
struct gic *gic_create(const struct gic_config *cfg);
void gic_destroy(struct gic *g);
/* Power-on reset of everything, CPU interfaces included. Input wires keep their level. Call after
 * sysreg_reset() of all PEs: affinities come from MPIDR_EL1. */
void gic_reset(struct gic *g);
/* Warm reset of one PE's CPU interface (ICC_*, ICV_*, ICH_*, ICC_SRE_ELx); call after each sysreg_reset() of
 * that PE. Its redistributor keeps its state. */
void gic_cpu_reset(struct gic *g, unsigned cpu);

/* The wire of shared interrupt n: INTID 32 + n, n < GIC_SPIS. */
struct irq_line gic_spi(struct gic *g, unsigned n);
/* The wire of private interrupt `intid` (16..31) of a PE. */
struct irq_line gic_ppi(struct gic *g, unsigned cpu, unsigned intid);
/* The ICC_* and ICH_* registers of a PE: reads and writes of rows with UNIT_GIC, after access checks. An
 * ICC_* access becomes the ICV_* one here, by HCR_EL2.{IMO,FMO} at EL1. */
struct sysreg_unit gic_cpu_interface(struct gic *g, unsigned cpu);

/* The PE entered or left EL3 or SCR_EL3 changed: with two Security states Group 1 interrupts change between
 * IRQ and FIQ. Need not be called where has_el3 is false. */
void gic_context_changed(struct gic *g, unsigned cpu);

/* A message-signalled interrupt: a write of event_id to GITS_TRANSLATER by the device. Ignored without an ITS
 * or mapping. */
void gic_its_msi(struct gic *g, uint32_t device_id, uint32_t event_id);

/* All state that isn't in sr[]. */
void gic_visit(struct gic *g, visit_fn *fn, void *ctx);
/* After a visitor (or anybody) wrote state, sr[ICH_*] included: recomputes what is derived and drives all
 * signals. */
void gic_restored(struct gic *g);

#endif
