/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What comes from the person at the terminal, the only thing of the host that reaches a guest: remembered, so
 * that a run that goes back in time (sim/travel.h) meets it again, and kept in files (--record, --replay; the
 * format is in el2sim-input(5)). The run loop looks for input at points that depend on nothing but the guest,
 * and counts them: "poll" numbers.
 */
#ifndef EL2SIM_SIM_INPUT_H
#define EL2SIM_SIM_INPUT_H

#include <stdbool.h>
#include <stdint.h>

struct input;
struct terminal;

struct input_config {
    struct terminal *terminal;
    const char *record, *replay; /* files, or NULL */
    /* Gives a byte to the guest, which has room for it. */
    void (*receive)(void *opaque, uint8_t byte);
    void *opaque;
};

/* user_error() for files that can't be used. */
struct input *input_create(const struct input_config *cfg);
void input_destroy(struct input *in);
/* The terminal's receiver: a byte was typed. */
void input_typed(struct input *in, uint8_t byte);
/* Poll number `poll`, one more than that of the latest call or of input_go_to(); time is for people who read
 * the record. False: the person asked to end. */
bool input_poll(struct input *in, uint64_t poll, uint64_t time);
/* The run goes on after this poll, which may be in its past. */
void input_go_to(struct input *in, uint64_t poll);
/* The past is over: what was typed after this poll is forgotten, and what is typed now comes next. */
void input_cut(struct input *in, uint64_t poll);
/* More may come. */
bool input_expected(const struct input *in);
/* Whether what comes next is remembered or read from a file: nobody waits for it. */
bool input_is_known(const struct input *in);

#endif
