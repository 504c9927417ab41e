/* SPDX-License-Identifier: BSD-2-Clause
 *
 * timeline FILE: is FILE what ui.perfetto.dev expects of a trace in Chrome's format? Strictly JSON; on each
 * track time doesn't go back, every E ends a B and every B is ended; every track has a name. Then prints, for
 * tests to compare with what they know: how often each event came ("B guest VMID 1"), a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "traces/json.h"

enum { MAX_TRACKS = 1024, MAX_NAMES = 512, TEXT = 256 };

struct track {
    unsigned long tid;
    bool named, started;
    double ts;
    unsigned open;
};

struct event {
    char ph[TEXT], name[TEXT], cat[TEXT], ts[TEXT], tid[TEXT];
};

struct name {
    char text[3 * TEXT];
    unsigned long count;
};

struct check {
    struct json j;
    struct track track[MAX_TRACKS];
    unsigned n_tracks;
    struct name name[MAX_NAMES];
    unsigned n_names;
    unsigned long n_events;
};

static NORETURN void fail(const struct check *k, const char *what)
{
    size_t line, column;
    json_place(&k->j, &line, &column);
    printf("line %zu, byte %zu: %s\n", line, column, what);
    exit(1);
}

static enum json_kind next(struct check *k)
{
    enum json_kind kind = json_next(&k->j);
    if (kind == JSON_ERROR)
        fail(k, k->j.error);
    return kind;
}

static struct track *track_of(struct check *k, const struct event *e)
{
    unsigned long tid = strtoul(e->tid, NULL, 10);
    for (unsigned n = 0; n < k->n_tracks; n++)
        if (k->track[n].tid == tid)
            return &k->track[n];
    if (k->n_tracks == MAX_TRACKS)
        fail(k, "too many tracks for this test");
    k->track[k->n_tracks] = (struct track){.tid = tid};
    return &k->track[k->n_tracks++];
}

static void count(struct check *k, const struct event *e)
{
    char text[3 * TEXT];
    snprintf(text, sizeof(text), "%s %s %s", e->ph, e->cat, e->name);
    for (unsigned n = 0; n < k->n_names; n++) {
        if (strcmp(k->name[n].text, text) == 0) {
            k->name[n].count++;
            return;
        }
    }
    if (k->n_names == MAX_NAMES)
        fail(k, "too many names for this test");
    strcpy(k->name[k->n_names].text, text);
    k->name[k->n_names++].count = 1;
}

static void judge(struct check *k, const struct event *e)
{
    struct track *t = track_of(k, e);
    k->n_events++;
    if (e->tid[0] == '\0' || e->ph[0] == '\0' || e->ph[1] != '\0')
        fail(k, "no tid, or no phase");
    if (e->ph[0] == 'M') {
        t->named |= strcmp(e->name, "thread_name") == 0;
        return;
    }
    double ts = strtod(e->ts, NULL);
    if (e->ts[0] == '\0' || !t->named)
        fail(k, "no time, or the track has no name yet");
    if (t->started && ts < t->ts)
        fail(k, "time goes back");
    t->started = true;
    t->ts = ts;
    if (!strchr("BEi", e->ph[0]))
        fail(k, "no such phase");
    if (e->ph[0] == 'B')
        t->open++;
    if (e->ph[0] == 'E' && t->open-- == 0)
        fail(k, "an end without a beginning");
    if (e->ph[0] != 'E' && (e->name[0] == '\0' || e->cat[0] == '\0'))
        fail(k, "no name or no category");
    if (e->ph[0] != 'E')
        count(k, e);
}

static void read_event(struct check *k)
{
    struct event e = {0};
    const struct {
        const char *key;
        char *value;
        enum json_kind kind;
    } members[] = {{"ph", e.ph, JSON_STRING},
                   {"name", e.name, JSON_STRING},
                   {"cat", e.cat, JSON_STRING},
                   {"ts", e.ts, JSON_NUMBER},
                   {"tid", e.tid, JSON_NUMBER}};
    while (next(k) == JSON_KEY) {
        unsigned n = 0;
        while (n < ARRAY_LEN(members) && !json_is(&k->j, members[n].key))
            n++;
        enum json_kind kind = next(k);
        if (n < ARRAY_LEN(members)) {
            if (kind != members[n].kind || k->j.length >= TEXT)
                fail(k, "a member of the wrong kind");
            memcpy(members[n].value, k->j.token, k->j.length);
        }
        if (!json_skip(&k->j, kind))
            fail(k, k->j.error);
    }
    judge(k, &e);
}

static void read_trace(struct check *k)
{
    enum json_kind kind;
    if (next(k) != JSON_OBJECT)
        fail(k, "no object");
    while (next(k) == JSON_KEY) {
        bool events = json_is(&k->j, "traceEvents");
        kind = next(k);
        while (events && (kind = next(k)) == JSON_OBJECT)
            read_event(k);
        if (!json_skip(&k->j, kind))
            fail(k, k->j.error);
    }
    if (next(k) != JSON_END)
        fail(k, "something follows");
    for (unsigned n = 0; n < k->n_tracks; n++)
        if (k->track[n].open != 0)
            fail(k, "a beginning without an end");
}

int main(int argc, char **argv)
{
    struct check *k = xcalloc(1, sizeof(*k));
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!f)
        user_error("usage: timeline FILE");
    char *text = NULL;
    size_t size = 0, n;
    do {
        text = xrealloc(text, size + 65536);
        size += n = fread(text + size, 1, 65536, f);
    } while (n > 0);
    fclose(f);
    json_start(&k->j, text, size);
    read_trace(k);
    for (n = 0; n < k->n_names; n++)
        printf("%lu %s\n", k->name[n].count, k->name[n].text);
    free(text);
    free(k);
    return 0;
}
