/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A debugger for the machine: GDB's remote serial protocol on a socket, as QEMU's -gdb has it, with threads
 * for CPUs, every system register by its architectural name, breakpoints that know about translation regimes,
 * and monitor commands. The machine doesn't notice that it is looked at: stopped, stepped or left alone, it
 * has the same digest.
 */
#ifndef EL2SIM_DEBUG_GDB_H
#define EL2SIM_DEBUG_GDB_H

#include <stdbool.h>

struct gdb;
struct machine;

/* Listens at `where` (tcp:HOST:PORT, tcp::PORT for this host only, unix:PATH). `stopped`: the machine
 * executes nothing before a debugger has come and lets it. user_error() where that can't be. */
struct gdb *gdb_create(struct machine *m, const char *where, bool stopped);
/* The same with the debugger at the other end of socket fd, which is closed at its end: for tests. */
struct gdb *gdb_create_connected(struct machine *m, int fd);
/* machine_run(), in which debuggers may come and go. */
int gdb_run(struct gdb *g);
/* Hangs up. NULL is ignored. */
void gdb_destroy(struct gdb *g);

#endif
