/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The firmware's services as the guest calls them with HVC or SMC: PSCI 1.1 (DEN 0022) and the SMC Calling
 * Convention 1.2 (DEN 0028).
 */
#ifndef EL2SIM_SIM_PSCI_H
#define EL2SIM_SIM_PSCI_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum psci_conduit { PSCI_DISABLED, PSCI_HVC, PSCI_SMC };

/* How the guest or the person at the terminal ends a run. */
enum stop_request {
    STOP_POWEROFF, /* PSCI SYSTEM_OFF */
    STOP_RESET,    /* PSCI SYSTEM_RESET(2): the machine starts again unless -no-reboot */
    STOP_EXIT,     /* semihosting exit with a status */
    STOP_QUIT,     /* Ctrl-A X, Ctrl-C, SIGTERM */
};

struct psci {
    struct cpu **cpus;
    unsigned n_cpus;
    enum psci_conduit conduit;
    unsigned entry_el; /* exception level CPU_ON starts at */
    /* Starts c at entry_el, pc, with x0 (sim/board.c). */
    void (*reset_cpu)(void *opaque, struct cpu *c, unsigned el, uint64_t pc, uint64_t x0);
    void (*stop)(void *opaque, enum stop_request what, int status);
    void *opaque;
};

/* Performs the call that c makes with HVC (smc false) or SMC. False: not this machine's conduit, the
 * instruction behaves as the architecture says. True: x0..x3 hold the results and the PC moves on; c->power
 * may have changed (told to c->board->power_changed). */
bool psci_call(struct psci *p, struct cpu *c, bool smc);

#endif
