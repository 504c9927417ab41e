/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing Chrome's trace event format, a JSON object that ui.perfetto.dev and chrome://tracing read: one call
 * begins an event, further ones add its arguments. What is in the file is valid JSON at any moment (but in a
 * pipe), however the program ends: each time something is added, the end of the array is written behind it.
 */
#ifndef EL2SIM_TRACES_CHROME_H
#define EL2SIM_TRACES_CHROME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"

struct chrome;

/* Where a slice, an instant or a counter is shown: thread `tid` of process 1, the machine. */
typedef unsigned chrome_tid;

/* Begins a file: "-" is standard output. NULL: it can't be written, errno says why. */
struct chrome *chrome_open(const char *file);
/* Ends it. False: not everything could be written. Frees w. */
bool chrome_close(struct chrome *w);

/* A value of "otherData", before the first event. */
void chrome_about(struct chrome *w, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Metadata: `name` is "process_name" or "thread_name". */
void chrome_name(struct chrome *w, chrome_tid tid, const char *name, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* An event: phase 'B' (with name and category), 'E' (both NULL), 'i'. */
void chrome_event(struct chrome *w, char phase, chrome_tid tid, uint64_t ns, const char *name,
                  const char *category);
/* Arguments of the event begun last. */
void chrome_text(struct chrome *w, const char *key, const char *text);
void chrome_number(struct chrome *w, const char *key, uint64_t value);
void chrome_hex(struct chrome *w, const char *key,
                uint64_t value); /* a string: readers keep numbers as doubles */

#endif
