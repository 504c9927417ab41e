/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of debug/ share. A debugger's thread n is CPU n - 1. Nothing outside debug/ includes this.
 */
#ifndef EL2SIM_DEBUG_INTERNAL_H
#define EL2SIM_DEBUG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "debug/breakpoint.h"
#include "debug/catch.h"
#include "debug/gdb.h"
#include "debug/memory.h"
#include "debug/packet.h"
#include "debug/server.h"
#include "debug/target.h"
#include "sim/machine.h"

/* Signals as GDB numbers them. */
enum { SIGNAL_INT = 2, SIGNAL_TRAP = 5 };

/* What a CPU does when the machine goes on. */
enum run_mode { RUN_FREELY, RUN_STEP, RUN_RANGE /* until PC leaves [from, to) */, RUN_NOT };

struct gdb_cpu {
    enum run_mode mode;
    uint64_t from, to;
    /* It stopped before the instruction at skip_pc, which must not stop it again when it goes on. */
    bool skip, skipping;
    uint64_t skip_pc;
    bool fresh; /* it has executed nothing since it went on at skip_pc */
};

/* Why the machine stands still. */
struct stop {
    uint8_t signal;
    unsigned cpu;
    const char *reason; /* of a stop reply: "swbreak", "watch" ..., or NULL */
    const char *text;   /* what follows the reason, or NULL */
    bool has_address;
    uint64_t address;
    char note[CATCH_NOTE]; /* for the person, or "" */
};

/* Whose turn it is, in which round. */
struct place {
    bool in_round;
    unsigned turn;
    uint64_t horizon;
};

struct gdb {
    struct machine *m;
    struct cpu_debugger cpu_hooks;
    struct server server;
    struct packet_reader in;
    struct packet_writer out;
    struct target *target;

    bool no_ack, attached;
    bool running;                    /* false: the machine waits for what the debugger says */
    bool answer;                     /* ... and the debugger for a stop reply, since it let the machine go */
    bool observed;                   /* some CPU is under observation: debug_attach() */
    bool says_swbreak, says_hwbreak; /* stop reasons that the debugger understands */
    unsigned selected;               /* CPU of registers and memory (Hg) */
    int resumed;                     /* CPU of `c` and `s` (Hc), -1: all */
    unsigned listed;                 /* qsThreadInfo goes on here */
    struct gdb_cpu cpu[OPTIONS_MAX_CPUS];
    struct stop stop;
    struct view view; /* what `m` and `M` see */
    struct breakpoints points;
    struct catches catches;
    struct travel *travel; /* NULL: there is no way back */
    bool travel_refused;
    bool changed; /* the history before this point is not this machine's any more */
    struct place resumed_at;
};

static inline struct cpu *gdb_selected(const struct gdb *g)
{
    return g->m->cpus[g->selected];
}

/* ---- session.c ---- */
/* The debugger let the machine go, with each CPU's mode set. */
void session_resume(struct gdb *g);
/* The debugger has left: nothing of it stays, and the machine goes on. */
void session_detach(struct gdb *g);
/* While the machine runs, also backwards: hears what the debugger says. True: Ctrl-C, g->stop says so. */
bool session_interrupted(struct gdb *g);
/* The person wants the machine to end. */
void session_end(struct gdb *g);

/* Fill *s for c at a breakpoint, or before an access to a watched byte at `where`. */
void session_point_stop(const struct gdb *g, struct stop *s, const struct cpu *c, const struct point *p);
void session_watch_stop(const struct gdb *g, struct stop *s, const struct cpu *c, const struct point *p,
                        uint64_t where);
/* The same for what g->catches has caught. */
void session_catch_stop(const struct gdb *g, struct stop *s, const struct cpu *c);

/* ---- reverse.c ---- */
/* From now on the machine can go back to here. */
void reverse_start(struct gdb *g);
void reverse_stop(struct gdb *g);
/* The person has changed something: there will be no way back beyond here. */
void reverse_changed(struct gdb *g);
/* Before the machine moves: heeds what reverse_changed() was told, once for many changes. */
void reverse_settle(struct gdb *g);
/* Goes back by one instruction of a CPU, or to a breakpoint or watched access; g->stop says where to, or
 * that the person had no patience. False: there is no way back at all. */
bool reverse_run(struct gdb *g, bool step);

/* ---- stub.c ---- */
/* Answers the packet in g->in. */
void stub_packet(struct gdb *g);
/* Sends what is in g->stop. */
void stub_stop_reply(struct gdb *g);
/* Text for the person at the debugger, while the machine runs or a monitor command does. */
void stub_console(struct gdb *g, const char *text);
void stub_exited(struct gdb *g, int status);

/* ---- query.c ---- */
/* Packets q..., Q...: writes the answer into g->out, nothing where it is not known. */
void query_packet(struct gdb *g, const char *text);

/* ---- monitor.c ---- */
/* A command of the person's; the answer goes out as console text, then OK. */
void monitor_command(struct gdb *g, const char *command);

/* ---- monitor_tlb.c ---- */
/* `tlb`: entries of the selected CPU's TLB, one a line. */
void monitor_tlb(struct gdb *g, FILE *out, int argc, char **argv);

#endif
