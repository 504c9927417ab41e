/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time travel: going back to any instruction of a run. While a machine runs, checkpoints of it are kept in
 * the host's memory, each with the pages that changed since the one before. To go back, the nearest
 * checkpoint before the wanted point is put in place and the machine runs forward from there; as nothing of
 * the host reaches a guest but what is typed, and that is remembered (sim/input.h), it takes the same way
 * again. What the guest prints comes out the first time only.
 *
 * A point is a number of instructions, of all CPUs together: at point n, n instructions have been executed
 * and number n is about to be, on machine_next(); interrupts that come before it have been taken. With
 * several CPUs the order is that of the run loop, one CPU's turn after the other's.
 */
#ifndef EL2SIM_SIM_TRAVEL_H
#define EL2SIM_SIM_TRAVEL_H

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct machine_probe;
struct travel;

/* Begins to keep checkpoints, now and about every `interval` instructions (0: a sensible number). The
 * interval grows where checkpoints would fill more than `room` bytes of the host's memory (0: 1 GiB). m is at
 * a point: before its first instruction, or where machine_run_to() stopped. NULL: it can't be, *why says so
 * (a drive with snapshot=off: what the guest wrote to its file can't be taken back; a --trace is written). */
struct travel *travel_start(struct machine *m, uint64_t interval, uint64_t room, const char **why);
/* Drops all checkpoints; the machine stays where it is. t may be NULL. */
void travel_stop(struct travel *t);

/* The present point, the earliest that can be gone to, and the last one that was reached. */
uint64_t travel_now(const struct travel *t);
uint64_t travel_first(const struct travel *t);
uint64_t travel_last(const struct travel *t);

/* Goes to a point, back or forward. False: there is no such point; the machine is at the earliest one, or
 * where its run ended (m->stopping). */
bool travel_to(struct travel *t, uint64_t insns);

/* Finds the last hit of a probe (sim/machine.h) before the present point: *where is the number of that
 * instruction, which is the point where it is about to be executed, also where the hit is p->after()'s. A
 * probe looks and changes nothing; it sees instructions in order, from a checkpoint on, then those from an
 * earlier checkpoint if there was no hit. The machine stays where it is. False: there is none as far as
 * checkpoints go back, or p->poll() asked for a pause. Takes a while: everything since the checkpoint before
 * the hit is executed again, instruction by instruction. */
bool travel_find(struct travel *t, const struct machine_probe *p, uint64_t *where);

/* The debugger wrote a register or memory, between instructions: the run that the checkpoints are of is no
 * more, and the present point becomes the earliest. Call after the change. */
void travel_changed(struct travel *t);
/* For the run loop: it is time for another checkpoint. */
void travel_checkpoint(struct travel *t);

#endif
