/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An image of programs on el2sim: a machine in this process. See system_peer.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "bus/bus.h"
#include "fuzz/monitor.h"
#include "fuzz/system_peer.h"
#include "sim/machine.h"

/* Instructions: of a program with what the monitor does for it, and of one that never comes back. */
enum { INSNS_PROGRAM = 400000, INSNS_HANG = 50000000 };

struct system_ours {
    struct options options;
    uint64_t watchdog;
    struct machine *machine; /* of the last run */
    uint8_t *memory;         /* of the last run with more than one machine */
};

struct system_ours *system_ours_new(const char *cpu)
{
    struct system_ours *s = xcalloc(1, sizeof(*s));
    struct options *o = &s->options;
    options_init(o);
    o->virtualization = o->secure = o->semihosting = true;
    o->mte = false;
    o->mte_given = true;
    o->cpu = cpu;
    o->ram_size = SYSTEM_RAM_SIZE;
    o->serials[0].kind = CHAR_NULL;
    o->n_serials = 1;
    o->devices[0] = (struct device_option){
        .kind = DEVICE_LOADER, .addr = MONITOR_AT, .has_addr = true, .cpu_num = 0, .backend = -1};
    o->n_devices = 1;
    return s;
}

void system_ours_free(struct system_ours *s)
{
    if (s->machine != NULL)
        machine_destroy(s->machine);
    options_destroy(&s->options);
    free(s->memory);
    free(s);
}

/* Runs the image from program `first` on; returns the memory at MONITOR_AT. */
static uint8_t *run_from(struct system_ours *s, const struct system_image *i, unsigned first,
                         const uint8_t *results)
{
    size_t extent = system_image_extent(i), behind = (size_t)(i->results - MONITOR_AT);
    if (s->machine != NULL)
        machine_destroy(s->machine);
    s->options.max_insns = INSNS_HANG + (uint64_t)INSNS_PROGRAM * i->n;
    s->machine = machine_create(&s->options);
    struct bus_ram *ram = bus_find_ram(s->machine->bus, MONITOR_AT);
    uint8_t *memory = ram->host + (MONITOR_AT - ram->base);
    if (!bus_load(s->machine->bus, MONITOR_AT, i->bytes, i->size))
        bug("the image of a batch doesn't fit into RAM");
    if (results != NULL && !bus_load(s->machine->bus, i->results, results + behind, extent - behind))
        bug("the results of a batch don't fit into RAM");
    system_image_set_control(memory, CONTROL_NEXT, first);
    system_image_set_control(memory, CONTROL_WATCHDOG, s->watchdog);
    machine_run(s->machine);
    return memory;
}

bool system_ours_run(struct system_ours *s, const struct system_image *i, uint64_t watchdog,
                     struct system_run *r, char *error)
{
    unsigned first = 0;
    (void)error;
    s->watchdog = watchdog;
    memset(r, 0, sizeof(*r));
    for (;;) {
        uint8_t *memory = run_from(s, i, first, s->memory);
        r->insns += machine_insns(s->machine);
        r->memory = memory;
        uint64_t next = system_image_control(memory, CONTROL_NEXT);
        if (system_image_control(memory, CONTROL_DONE) != 0)
            break;
        if (r->n_failures < SYSTEM_FAILURES)
            r->failure[r->n_failures] = (struct system_failure){.program = (unsigned)next};
        if (next < first || next >= i->n || ++r->n_failures == SYSTEM_FAILURES)
            break;
        first = (unsigned)next + 1;
        s->memory = xrealloc(s->memory, system_image_extent(i));
        memcpy(s->memory, memory, system_image_extent(i));
    }
    free(s->memory);
    s->memory = NULL;
    return true;
}
