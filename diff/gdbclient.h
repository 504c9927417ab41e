/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The gdb remote protocol, from the debugger's side: what is needed to look at a stopped QEMU and to step it.
 * (el2sim's own stub is another room's.) Answers come from another program and are untrusted: whatever comes,
 * or doesn't come within GDBCLIENT_MS, is a value or a failure; gdbclient_error() says why. After an answer
 * that can't be made out all that follows fails; where the stub just says no (a register or an address that
 * isn't there), the next call may succeed.
 */
#ifndef EL2SIM_DIFF_GDBCLIENT_H
#define EL2SIM_DIFF_GDBCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gdbclient;

enum { GDBCLIENT_MS = 20000 };

/* A register that the stub's target description has: "x0", "pc", "cpsr", "v0", "HCR_EL2". */
struct gdb_register {
    const char *name;
    unsigned number; /* for p and P packets */
    unsigned bits;
};

/* Talks over fd (the caller's): handshake, target description. NULL: error says why. */
struct gdbclient *gdbclient_new(int fd, char *error, size_t size);
void gdbclient_free(struct gdbclient *g);
/* How long an answer may take, in milliseconds (GDBCLIENT_MS if nothing is set). */
void gdbclient_set_timeout(struct gdbclient *g, int ms);
/* Why the last call failed. */
const char *gdbclient_error(const struct gdbclient *g);
/* All registers, system registers included. */
const struct gdb_register *gdbclient_registers(const struct gdbclient *g, unsigned *n);
const struct gdb_register *gdbclient_find(const struct gdbclient *g, const char *name);
/* A register's value, 16 bytes for v0..v31, low half first. False: the stub can't or is gone, or there are
 * more bits. */
bool gdbclient_read(struct gdbclient *g, const struct gdb_register *r, uint64_t value[2]);
bool gdbclient_write(struct gdbclient *g, const struct gdb_register *r, const uint64_t value[2]);
/* Memory by virtual address in the current regime, or by physical address. */
bool gdbclient_memory(struct gdbclient *g, bool physical, uint64_t address, void *data, size_t size);
bool gdbclient_memory_write(struct gdbclient *g, bool physical, uint64_t address, const void *data,
                            size_t size);
/* One instruction; interrupts may be taken and timers run (Qqemu.sstep). Returns when it has stopped. The log
 * of the step must find room in the pipe: read it between steps. */
bool gdbclient_step(struct gdbclient *g);
/* From now on steps take no interrupts, and timers stand still (or again as above). */
void gdbclient_hold(struct gdbclient *g, bool hold);
/* Lets it run; doesn't wait. */
bool gdbclient_continue(struct gdbclient *g);
/* Asks it to stop, and waits for that up to `ms` milliseconds. While it waits, `drain` (may be NULL) is
 * called again and again, so that a QEMU that is blocked on its log can come to a stop. */
bool gdbclient_interrupt(struct gdbclient *g, int ms, void (*drain)(void *opaque), void *opaque);
/* Waits for a stop up to `ms`: at a breakpoint, or the program's end (*exited). */
bool gdbclient_wait(struct gdbclient *g, int ms, bool *exited);
bool gdbclient_breakpoint(struct gdbclient *g, uint64_t pc, bool insert);
/* Removes all breakpoints and lets it run, without us from now on. */
bool gdbclient_detach(struct gdbclient *g);

#endif
