/* SPDX-License-Identifier: BSD-2-Clause
 *
 * el2sim and QEMU running the same batches of programs. See system_pair.h.
 */
#include "fuzz/system_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz/system_image.h"
#include "sysregs/features.h"

/* What a program may take on el2sim's clock, where an instruction takes a nanosecond, in microseconds. */
enum { WATCHDOG_OURS = 200 };

/* What both find out about themselves. */
static bool probe_ours(struct system_pair *s, const struct system_registers *all, struct system_probe *p,
                       char *error)
{
    struct system_image image;
    struct system_run run;
    if (s->ours != NULL)
        system_ours_free(s->ours);
    s->ours = system_ours_new(s->cpu);
    system_image_init_probe(&image, all);
    system_image_finish(&image);
    bool ok = system_ours_run(s->ours, &image, 0, &run, error);
    if (ok)
        system_image_probe(&image, run.memory, p);
    system_image_destroy(&image);
    return ok;
}

static bool probe_qemu(struct system_pair *s, const struct system_registers *all, struct system_probe *p,
                       char *error)
{
    struct system_image image;
    struct system_run run;
    system_image_init_probe(&image, all);
    system_image_finish(&image);
    bool ok = system_qemu_start(s->qemu, &image, 0, error) && system_qemu_finish(s->qemu, &run, error);
    if (ok)
        system_image_probe(&image, run.memory, p);
    system_image_destroy(&image);
    return ok;
}

static bool agree(struct system_pair *s, char *error)
{
    struct system_probe *p = xcalloc(2, sizeof(*p));
    struct system_registers *all = xcalloc(1, sizeof(*all));
    system_registers_all(all);
    bool ok = s->qemu == NULL || probe_qemu(s, all, &p[1], error);
    struct features f = {.has_el2 = true, .has_el3 = true};
    if (ok && (s->qemu != NULL ? !system_common_cpu(s->cpu, sizeof(s->cpu), &p[1])
                               : features_parse(&f, s->cpu) != NULL)) {
        snprintf(error, FUZZ_ERROR_SIZE, "no CPU model '%.100s' (el2sim -cpu help lists them)", s->cpu);
        ok = false;
    }
    ok = ok && probe_ours(s, all, &p[0], error);
    s->regs = *all;
    if (ok)
        system_registers_agree(&s->regs, &p[0], &p[s->qemu != NULL]);
    free(all);
    free(p);
    return ok;
}

struct system_pair *system_pair_new(const struct fuzz_options *o, char *error)
{
    struct system_pair *s = xcalloc(1, sizeof(*s));
    s->patience = SYSTEM_PATIENCE;
    s->without = o->without;
    const char *theirs = o->qemu_cpu != NULL ? o->qemu_cpu : o->cpu;
    snprintf(s->cpu, sizeof(s->cpu), "%s", o->cpu);
    snprintf(s->qemu_cpu, sizeof(s->qemu_cpu), "%s",
             strcmp(theirs, "max") == 0 ? "max,sve=off,sme=off" : theirs);
    if (!o->no_qemu)
        s->qemu = system_qemu_new(o->qemu, s->qemu_cpu, error);
    if ((s->qemu == NULL && !o->no_qemu) || !agree(s, error)) {
        system_pair_free(s);
        return NULL;
    }
    s->version = s->qemu != NULL ? system_qemu_version(s->qemu) : "";
    return s;
}

void system_pair_free(struct system_pair *s)
{
    if (s->ours != NULL)
        system_ours_free(s->ours);
    if (s->qemu != NULL)
        system_qemu_free(s->qemu);
    free(s);
}

static void read_results(const struct system_image *image, const struct system_run *run, bool ours,
                         struct system_case *cases)
{
    for (unsigned n = 0; n < image->n; n++)
        system_image_result(image, run->memory, n, ours ? &cases[n].ours : &cases[n].theirs);
    for (unsigned n = 0; n < run->n_failures; n++) {
        struct system_case *c = &cases[run->failure[n].program];
        (ours ? &c->ours : &c->theirs)->ran = false;
        snprintf(c->failure, sizeof(c->failure), "%s %s%s%.200s", ours ? "el2sim" : "QEMU",
                 run->failure[n].died ? "ended" : "hung", run->failure[n].text[0] != 0 ? ": " : "",
                 run->failure[n].text);
    }
}

/* Without QEMU. */
static bool run_ours(struct system_pair *s, const struct system_image *image, struct system_case *cases,
                     char *error)
{
    struct system_run run;
    if (!system_ours_run(s->ours, image, WATCHDOG_OURS, &run, error))
        return false;
    s->insns += run.insns;
    read_results(image, &run, true, cases);
    for (unsigned n = 0; n < image->n; n++)
        cases[n].theirs = cases[n].ours;
    return true;
}

/* Both at the same time. */
static bool run_image(struct system_pair *s, const struct system_image *image, struct system_case *cases,
                      char *error)
{
    struct system_run run;
    if (!system_qemu_start(s->qemu, image, UINT64_C(1000) * s->patience, error) ||
        !system_ours_run(s->ours, image, WATCHDOG_OURS, &run, error))
        return false;
    s->insns += run.insns;
    read_results(image, &run, true, cases);
    if (!system_qemu_finish(s->qemu, &run, error))
        return false;
    read_results(image, &run, false, cases);
    return true;
}

/* As many programs as one image takes; returns how many, 0 on an error. */
static unsigned run_some(struct system_pair *s, struct system_case *cases, unsigned n, char *error)
{
    struct system_image image;
    unsigned taken = 0;
    system_image_init(&image, &s->regs);
    while (taken < n && system_image_add(&image, cases[taken].program))
        cases[taken++].failure[0] = 0;
    system_image_finish(&image);
    if (!(s->qemu != NULL ? run_image : run_ours)(s, &image, cases, error))
        taken = 0;
    system_image_destroy(&image);
    return taken;
}

bool system_pair_run(struct system_pair *s, struct system_case *cases, unsigned n, char *error)
{
    while (n != 0) {
        unsigned taken = run_some(s, cases, n, error);
        if (taken == 0)
            return false;
        cases += taken;
        n -= taken;
    }
    return true;
}
