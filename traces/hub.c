/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The multiplexer of tracers. See hub.h.
 */
#include "traces/hub.h"

#include <stdlib.h>

#include "base/log.h"

struct branch {
    struct tracer tracer;
    bool filtered;
    struct filter filter;
    struct filter_state state;
};

struct hub {
    struct branch *branch;
    unsigned n;
    struct tracer tracer; /* all of them */
};

/* One function per event: hands it to every branch that wants it. */
#define FORWARD(name, type, speed, what)                                                                     \
    static void forward_##name(void *opaque, const struct trace_cpu *c, const struct type *e)                \
    {                                                                                                        \
        struct hub *h = opaque;                                                                              \
        for (struct branch *b = h->branch; b != h->branch + h->n; b++) {                                     \
            bool passes = !b->filtered || filter_passes(&b->filter, &b->state, c, TRACE_KIND_##name);        \
            if (passes && b->tracer.name != NULL)                                                            \
                b->tracer.name(b->tracer.opaque, c, e);                                                      \
        }                                                                                                    \
    }
TRACE_EVENTS(FORWARD)
#undef FORWARD

struct hub *hub_create(void)
{
    return xcalloc(1, sizeof(struct hub));
}

/* Functions that no event would reach are as good as none. */
static void drop_unwanted(struct tracer *t, const struct filter *f)
{
#define DROP(name, type, speed, what)                                                                        \
    if (!(f->kinds >> TRACE_KIND_##name & 1))                                                                \
        t->name = NULL;
    TRACE_EVENTS(DROP)
#undef DROP
}

void hub_add(struct hub *h, const struct tracer *t, const struct filter *filter)
{
    h->branch = xrealloc(h->branch, (h->n + 1) * sizeof(h->branch[0]));
    struct branch *b = &h->branch[h->n++];
    *b = (struct branch){.tracer = *t, .filtered = filter != NULL};
    if (filter != NULL) {
        b->filter = *filter;
        filter_begin(filter, &b->state);
        drop_unwanted(&b->tracer, filter);
    }
    bool looks = filter != NULL && filter_is_hot(filter);
    h->tracer.opaque = h;
#define WANT(name, type, speed, what)                                                                        \
    if (b->tracer.name != NULL)                                                                              \
        h->tracer.name = forward_##name;
    TRACE_EVENTS(WANT)
#undef WANT
    if (looks) {
        h->tracer.insn = forward_insn;
        h->tracer.done = forward_done;
    }
    if (filter != NULL && filter->from_el2)
        h->tracer.context = forward_context;
}

const struct tracer *hub_tracer(struct hub *h)
{
    if (h->n == 0)
        return NULL;
    return h->n == 1 && !h->branch[0].filtered ? &h->branch[0].tracer : &h->tracer;
}

void hub_destroy(struct hub *h)
{
    if (h == NULL)
        return;
    for (unsigned n = 0; n < h->n; n++)
        if (h->branch[n].tracer.close != NULL)
            h->branch[n].tracer.close(h->branch[n].tracer.opaque);
    free(h->branch);
    free(h);
}
