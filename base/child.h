/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A program run beside this one, with pipes to its standard output and error. The comparison with QEMU starts
 * its peers with it; nothing of a simulation does.
 */
#ifndef EL2SIM_BASE_CHILD_H
#define EL2SIM_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t pid;    /* 0: none, or it was waited for */
    int out, err; /* what it writes to its standard output and error; -1: closed */
    int status;   /* after child_wait(): exit status, or 128 + signal */
};

/* Starts argv[0] (looked up on PATH) with standard input from /dev/null and no signal blocked. The child ends
 * with this process. False: errno says why. */
bool child_start(struct child *c, char *const argv[]);
/* Waits up to `ms` milliseconds (negative: for ever). False: it still runs. */
bool child_wait(struct child *c, int ms);
/* What a child wrote so far. */
struct child_output {
    char *out; /* standard output: room for out_size bytes */
    size_t out_size, n_out;
    char err[2048]; /* standard error, with a 0 */
    size_t n_err;
};
/* Waits up to `ms` milliseconds (negative: for ever) until it writes something, and takes that; what there is
 * no room for is dropped, so that a child never waits for us. False: both pipes are at their end. */
bool child_take(struct child *c, struct child_output *o, int ms);
/* Reads what is left of both pipes into buf, standard output first, up to size - 1 bytes and a 0, and waits.
 * `ms` as above; false: time is over, the child is killed. *length (may be NULL): bytes of standard output.
 */
bool child_collect(struct child *c, char *buf, size_t size, size_t *length, int ms);
/* Kills it if it runs, waits, closes the pipes. */
void child_stop(struct child *c);

#endif
