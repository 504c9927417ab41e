/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Host input: see input.h. Entries are in the order of their polls; those from `next` on lie ahead of the
 * run.
 */
#include "sim/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "sim/terminal.h"

#define HEADER "el2sim input 1\n"
enum { QUIT = 256 }; /* beside bytes */

struct entry {
    uint64_t poll;
    uint16_t what; /* a byte, or QUIT */
};

struct input {
    struct input_config cfg;
    struct entry *entries;
    size_t count, next;
    uint64_t poll, time; /* the present ones */
    uint64_t reached;    /* the latest poll of the terminal; entries up to it are all there will be */
    FILE *record;
};

static void append(struct input *in, uint64_t poll, unsigned what)
{
    if ((in->count & (in->count - 1)) == 0)
        in->entries = xrealloc(in->entries, (in->count == 0 ? 1 : 2 * in->count) * sizeof(in->entries[0]));
    in->entries[in->count++] = (struct entry){.poll = poll, .what = (uint16_t)what};
}

/* ---- files ---- */

/* "POLL TIME WORD\n", one blank between them; the time is for people. */
static bool parse_line(struct input *in, const char *line)
{
    const uint64_t last = in->count == 0 ? 0 : in->entries[in->count - 1].poll;
    char *end;
    uint8_t byte;

    if (*line < '0' || *line > '9')
        return false;
    errno = 0;
    const uint64_t poll = strtoull(line, &end, 10);
    if (*end != ' ' || errno != 0 || poll < last)
        return false;
    const char *time = end + 1, *word = time + strspn(time, "0123456789");
    if (word == time || *word++ != ' ')
        return false;
    if (strcmp(word, "quit\n") == 0)
        append(in, poll, QUIT);
    else if (strlen(word) == 3 && word[2] == '\n' && hex_to_bytes(word, &byte, 1))
        append(in, poll, byte);
    else
        return false;
    return true;
}

static void read_file(struct input *in, const char *path)
{
    char line[128];
    unsigned number = 1;
    FILE *f = fopen(path, "r");

    if (f == NULL)
        user_error("--replay: can't open '%s': %s", path, strerror(errno));
    if (fgets(line, sizeof(line), f) == NULL || strcmp(line, HEADER) != 0)
        user_error("--replay: '%s' is no record of el2sim (--record makes one)", path);
    while (fgets(line, sizeof(line), f) != NULL) {
        number++;
        if (!parse_line(in, line))
            user_error("--replay: line %u of '%s' can't be understood", number, path);
    }
    fclose(f);
}

static void note(struct input *in, unsigned what)
{
    append(in, in->poll, what);
    in->next = in->count;
    if (in->record == NULL)
        return;
    if (what == QUIT)
        fprintf(in->record, "%" PRIu64 " %" PRIu64 " quit\n", in->poll, in->time);
    else
        fprintf(in->record, "%" PRIu64 " %" PRIu64 " %02x\n", in->poll, in->time, what);
    if (fflush(in->record) != 0)
        user_error("--record: can't write to '%s': %s", in->cfg.record, strerror(errno));
}

/* ---- in a run ---- */

struct input *input_create(const struct input_config *cfg)
{
    struct input *in = xcalloc(1, sizeof(*in));

    in->cfg = *cfg;
    if (cfg->replay != NULL)
        read_file(in, cfg->replay);
    if (cfg->record != NULL) {
        in->record = fopen(cfg->record, "w");
        if (in->record == NULL || fputs(HEADER, in->record) == EOF || fflush(in->record) != 0)
            user_error("--record: can't write to '%s': %s", cfg->record, strerror(errno));
    }
    return in;
}

void input_destroy(struct input *in)
{
    if (in->record != NULL)
        fclose(in->record);
    free(in->entries);
    free(in);
}

void input_typed(struct input *in, uint8_t byte)
{
    note(in, byte);
    in->cfg.receive(in->cfg.opaque, byte);
}

/* What is known of this poll. False: the person asked to end then. */
static bool again(struct input *in)
{
    while (in->next < in->count && in->entries[in->next].poll <= in->poll) {
        const struct entry *e = &in->entries[in->next++];
        if (e->what == QUIT)
            return false;
        in->cfg.receive(in->cfg.opaque, (uint8_t)e->what);
    }
    return true;
}

bool input_poll(struct input *in, uint64_t poll, uint64_t time)
{
    in->poll = poll;
    in->time = time;
    if (in->cfg.replay != NULL || poll <= in->reached)
        return again(in) && terminal_poll_keys(in->cfg.terminal);
    in->reached = poll;
    if (terminal_poll(in->cfg.terminal))
        return true;
    note(in, QUIT);
    return false;
}

void input_go_to(struct input *in, uint64_t poll)
{
    in->poll = poll;
    if (in->reached < poll)
        in->reached = poll; /* a run that begins there */
    in->next = 0;
    while (in->next < in->count && in->entries[in->next].poll <= poll)
        in->next++;
}

void input_cut(struct input *in, uint64_t poll)
{
    input_go_to(in, poll);
    in->reached = poll;
    if (in->cfg.replay == NULL)
        in->count = in->next;
}

bool input_is_known(const struct input *in)
{
    return in->cfg.replay != NULL || in->poll < in->reached;
}

bool input_expected(const struct input *in)
{
    if (input_is_known(in))
        return in->next < in->count || in->poll < in->reached;
    return terminal_has_input(in->cfg.terminal);
}
