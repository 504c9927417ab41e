/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The smallest machine that executes: one CPU with EL2 and EL3 as asked, RAM at 0x40000000 and 0x80000000, no
 * devices, no time but the instruction count. For tests that set up a state, execute a few instructions and
 * look.
 */
#ifndef EL2SIM_TESTS_ARCH_FIXTURE_H
#define EL2SIM_TESTS_ARCH_FIXTURE_H

#include "cpu/codepage.h"
#include "cpu/cpu.h"

enum { FIXTURE_WORDS = 64 };
#define FIXTURE_RAM UINT64_C(0x40000000)
#define FIXTURE_RAM2 UINT64_C(0x80000000)

struct fixture {
    struct features feat;
    struct bus *bus;
    struct event_queue events;
    struct codecache code;
    struct cpu_board board;
    struct cpu *cpu, *cpus[1];
    uint64_t keys;
    uint64_t touched[FIXTURE_WORDS]; /* by fixture_put64() */
    unsigned touched_count;
};

/* `cpu_option` as for -cpu. A mistake in it is fatal. */
void fixture_init(struct fixture *x, const char *cpu_option, bool el2, bool el3);
void fixture_destroy(struct fixture *x);
/* Resets the CPU into EL `el` with SP_ELx, interrupts unmasked and the MMU off, at address pc. */
void fixture_reset(struct fixture *x, unsigned el, uint64_t pc);
void fixture_put64(struct fixture *x, uint64_t pa, uint64_t value);
/* Zeroes what fixture_put64() wrote. */
void fixture_clear(struct fixture *x);
void fixture_put_insn(struct fixture *x, uint64_t pa, uint32_t insn);
/* One round of the run loop: an interrupt, a debug exception, or one instruction. */
void fixture_step(struct fixture *x);
/* Makes the CPU take note of registers written behind its back. */
void fixture_changed(struct fixture *x);

#endif
