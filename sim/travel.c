/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time travel. Not implemented yet: travel_start() says so.
 */
#include "sim/travel.h"

#include "sim/machine.h"

struct travel {
    struct machine *m;
};

struct travel *travel_start(struct machine *m, uint64_t interval, uint64_t room, const char **why)
{
    (void)m;
    (void)interval;
    (void)room;
    *why = "going back in time is not implemented yet";
    return NULL;
}

void travel_stop(struct travel *t)
{
    (void)t;
}

uint64_t travel_now(const struct travel *t)
{
    return machine_insns(t->m);
}

uint64_t travel_first(const struct travel *t)
{
    return machine_insns(t->m);
}

uint64_t travel_last(const struct travel *t)
{
    return machine_insns(t->m);
}

bool travel_to(struct travel *t, uint64_t insns)
{
    return machine_run_to(t->m, insns, NULL) == MACHINE_AT_POINT;
}

bool travel_find(struct travel *t, const struct machine_probe *p, uint64_t *where)
{
    (void)t;
    (void)p;
    (void)where;
    return false;
}

void travel_changed(struct travel *t)
{
    (void)t;
}
