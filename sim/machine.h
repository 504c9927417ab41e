/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine: CPUs, GIC, timers, board and the clock, put together for one set of options.
 */
#ifndef EL2SIM_SIM_MACHINE_H
#define EL2SIM_SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "cpu/codepage.h"
#include "cpu/cpu.h"
#include "cpu/pmu.h"
#include "dev/timer.h"
#include "gic/gic.h"
#include "sim/board.h"
#include "sim/options.h"
#include "sim/spmu.h"

/* Exit status of a run that --max-insns ended. */
enum { EXIT_OUT_OF_INSNS = 3 };

/* What a run saw, for the boot summary and --stats. Not part of the architectural state. */
struct run_stats {
    uint64_t idle_ns; /* simulated time skipped while every CPU slept; counts against --max-insns */
    uint64_t host_ns; /* wall time of machine_run_to(): for people only */
};

/* Why machine_run_to() returned. */
enum machine_end {
    MACHINE_AT_POINT, /* the instruction asked for is about to be executed, on machine_next() */
    MACHINE_PAUSED,   /* the probe wanted it */
    MACHINE_ENDED     /* the run is over: m->stop and m->status say how */
};
/* A point that is never reached. */
#define MACHINE_NEVER UINT64_MAX

/* Somebody who is asked about each instruction; each function may be NULL, true asks for a pause. */
struct machine_probe {
    /* Instruction number machine_insns() is about to be executed by c, at c->pc; interrupts that come before
     * it have been taken. */
    bool (*before)(void *ctx, struct cpu *c);
    /* It has been executed, or has taken an exception. */
    bool (*after)(void *ctx, struct cpu *c);
    /* About once in a millisecond of simulated time, between instructions: has somebody asked to pause? */
    bool (*poll)(void *ctx);
    /* Every CPU sleeps (or is held) and nothing will wake one. Without a pause the run ends. */
    bool (*stuck)(void *ctx);
    void *ctx;
};

struct machine {
    const struct options *opt;
    struct features feat;
    struct bus *bus;
    struct event_queue events;
    struct codecache code;
    uint64_t htlb_keys;
    struct gic *gic;
    struct cpu *cpus[OPTIONS_MAX_CPUS];
    struct spmu spmu;
    struct spmu_port spmu_ports[OPTIONS_MAX_CPUS];
    struct timer *timers[OPTIONS_MAX_CPUS];
    struct pmu *pmus[OPTIONS_MAX_CPUS];     /* NULL without FEAT_PMUv3 */
    struct amu *amus[OPTIONS_MAX_CPUS];     /* NULL without FEAT_AMUv1 */
    struct event wakeups[OPTIONS_MAX_CPUS]; /* WFET, WFIT time-outs */
    unsigned n_cpus;
    struct cpu_board hooks;
    struct board *board;

    uint64_t time;         /* ns: what every CPU has reached */
    uint64_t latest_count; /* of the system counter, as far as a CPU has read it */
    uint64_t horizon;      /* ns: how far CPUs may run now */
    uint64_t polled;       /* ns: when the terminal was last looked at */
    uint64_t polls;        /* how often it was */
    struct cpu *running;   /* the CPU whose slice it is, or NULL */
    bool in_round;         /* CPUs have their turns up to the horizon: the one at `turn` now */
    bool idle;             /* all CPUs sleep, and only what is typed can wake one */
    bool restoring;        /* state is being put in place: nothing may follow from it yet */
    unsigned turn;
    struct travel *travel;  /* who keeps checkpoints, or NULL */
    uint64_t checkpoint_at; /* the next one; MACHINE_NEVER without */
    uint64_t pause_at;      /* MACHINE_NEVER, or: to pause before this instruction */
    bool paused;
    bool hit;                          /* paused because the probe said so */
    const struct machine_probe *probe; /* or NULL */
    bool stopping;
    enum stop_request stop;
    int status;
    bool out_of_insns;                /* --max-insns was reached */
    struct snapshot_writer *snapshot; /* --save-at, until it is written; or NULL */
    struct run_stats stats;
    struct tracing *tracing; /* NULL: --trace was not given */
};

/* Builds the machine and loads its images; user_error() where options or files are bad. opt must outlive it.
 */
struct machine *machine_create(const struct options *opt);
void machine_destroy(struct machine *m);
/* Runs to the end; returns the exit status for the shell (sim/run.c). */
int machine_run(struct machine *m);
/* Runs until instruction number `insns` of all CPUs together is about to be executed (MACHINE_NEVER: no such
 * end), the probe (or NULL) asks for a pause, or the run ends. May be called again, also after
 * MACHINE_ENDED by --max-insns where opt->max_insns was raised. With before() or after() in the probe,
 * instructions are executed one by one. */
enum machine_end machine_run_to(struct machine *m, uint64_t insns, const struct machine_probe *probe);
/* After MACHINE_ENDED, what machine_run() does beside: writes the snapshot that --save-at wants at the end.
 * Returns the exit status. */
int machine_finish(struct machine *m);
/* The CPU whose turn it is: the one that executes next, unless it goes to sleep. NULL between two rounds. */
struct cpu *machine_next(const struct machine *m);
/* For whoever runs the machine of one CPU himself, an instruction at a time, instead of by machine_run().
 * Ends (m->stopping) are the caller's to see, as is a CPU that sleeps (cpus[0]->power).
 *
 * One instruction, or the exception that it takes; then the events that are due. Interrupts stay pending:
 * interrupt_take() is the caller's. */
void machine_step(struct machine *m);
/* Lets time pass until the CPU is awake. False: nothing will wake it. */
bool machine_sleep(struct machine *m);
/* Sets the clock, also back, between two instructions; events that are due then run. */
void machine_set_time(struct machine *m, uint64_t ns);
/* Instructions executed by all CPUs. */
uint64_t machine_insns(const struct machine *m);
/* Everything back to power-on but memory, then the images again: PSCI SYSTEM_RESET. */
void machine_reset(struct machine *m);

/* ---- state (sim/state.c); between instructions ---- */
struct load_error;
struct snapshot;
struct snapshot_writer;

/* The SHA-256 over all architectural state, as --digest prints it. */
void machine_digest(struct machine *m, char *text);
/* Writes a snapshot file, el2sim-snapshot(5). False: *e says why not. */
bool machine_save_to(struct machine *m, const char *path, struct load_error *e);
/* Writes the snapshot of --save-at, once; user_error() where it can't be written. */
void machine_save(struct machine *m);
/* Goes on from a snapshot of a machine with the same options. False: *e says what is wrong with it; the
 * machine is of no use any more then, for some of it may have been put in place. */
bool machine_restore(struct machine *m, const struct snapshot *s, struct load_error *e);
/* The same but for memory: for checkpoints. */
void machine_save_state(struct machine *m, struct snapshot_writer *w);
bool machine_restore_state(struct machine *m, const struct snapshot *s, struct load_error *e);

#endif
