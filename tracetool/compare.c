/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace diff`: the first event of two traces that is not the same, as text. Two events are the same
 * if their lines are.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tracetool/internal.h"

enum { CONTEXT = 5 };

struct side {
    struct trace_file t;
    struct hub *h;
    FILE *out;
    char *text;
    size_t size;
    const struct binary_item *item;
};

static void side_open(struct side *s, const struct trace_request *q, const char *name)
{
    s->t = trace_file_open(name);
    s->out = open_memstream(&s->text, &s->size);
    if (s->out == NULL)
        user_error("trace: out of memory");
    s->h = printer(q, s->out, false);
}

static void side_next(struct side *s)
{
    rewind(s->out);
    s->item = trace_file_next(&s->t);
    if (s->item != NULL)
        binary_deliver(s->t.reader, s->item, hub_tracer(s->h));
    putc(0, s->out);
    fflush(s->out);
}

static void side_close(struct side *s)
{
    hub_destroy(s->h);
    fclose(s->out);
    free(s->text);
    trace_file_close(&s->t);
}

/* The events around the one that differs, of one of the files. */
static void show(const struct trace_request *q, const char *name, uint64_t sequence)
{
    struct trace_request one = *q;
    one.file[0] = name;
    one.from = sequence > CONTEXT ? sequence - CONTEXT : 0;
    one.to = sequence + 1;
    printf("--- %s\n", name);
    fflush(stdout);
    trace_cat(&one);
}

int trace_diff(const struct trace_request *q)
{
    struct side a, b;
    uint64_t sequence = 0;
    side_open(&a, q, q->file[0]);
    side_open(&b, q, q->file[1]);
    bool same;
    do {
        side_next(&a);
        side_next(&b);
        same = (a.item == NULL) == (b.item == NULL) && strcmp(a.text, b.text) == 0;
        if (a.item != NULL)
            sequence = a.item->sequence;
    } while (same && a.item != NULL);
    bool ends = a.item == NULL || b.item == NULL;
    if (!same && ends)
        printf("%s ends first, after instruction %" PRIu64 "\n", a.item == NULL ? q->file[0] : q->file[1],
               sequence);
    else if (!same)
        printf("the traces part at instruction %" PRIu64 ":\n< %s> %s", sequence, a.text, b.text);
    side_close(&a);
    side_close(&b);
    if (!same) {
        show(q, q->file[0], sequence);
        show(q, q->file[1], sequence);
    }
    return same ? 0 : 1;
}
