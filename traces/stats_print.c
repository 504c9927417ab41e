/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics as tables for people and as JSON for programs. See stats.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/stats-internal.h"

static int by_size(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : x->a != y->a ? (x->a < y->a ? -1 : 1) : (x->b < y->b ? -1 : x->b > y->b);
}

/* The median, to an eighth of itself: the least value of its bucket, but no less than the least of all. */
static uint64_t median(const struct tally *t)
{
    uint64_t seen = 0;
    for (unsigned n = 0; n < STATS_BUCKETS; n++) {
        seen += t->bucket[n];
        if (2 * seen > t->timed)
            return stats_bucket_value(n) < t->min ? t->min : stats_bucket_value(n);
    }
    return 0;
}

static uint64_t mean(const struct tally *t)
{
    return t->timed != 0 ? t->total / t->timed : 0;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole != 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* ---- tables ---- */

static void print_instructions(struct stats *s)
{
    fprintf(s->out, "executed     %27" PRIu64 "\n", s->total);
    for (unsigned n = 0; n < s->places.n; n++) {
        const struct tally *t = &s->places.tally[n];
        fprintf(s->out, "  %-24s %13" PRIu64 " %5.1f %%\n", t->text, t->total, percent(t->total, s->total));
    }
}

static void print_exceptions(struct stats *s)
{
    fprintf(s->out, "\nexceptions                                               from    to        times\n");
    for (unsigned n = 0; n < s->exceptions.n; n++) {
        const struct tally *t = &s->exceptions.tally[n];
        fprintf(s->out, "  %-54s  EL%u   EL%u %12" PRIu64 "\n", t->text, t->a, t->b, t->count);
    }
}

static void print_exits(struct stats *s)
{
    if (s->exits.n == 0)
        return;
    fprintf(s->out,
            "\nexits of guests, and instructions until a guest is entered again (entries: %" PRIu64 ")\n"
            "                                                          VMID        times        min     "
            "median     "
            "  mean        max\n",
            s->entries);
    for (unsigned n = 0; n < s->exits.n; n++) {
        const struct tally *t = &s->exits.tally[n];
        fprintf(s->out, "  %-54s %5u %12" PRIu64, t->text, t->a, t->count);
        if (t->timed != 0)
            fprintf(s->out, " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64, t->min, median(t),
                    mean(t), t->max);
        fputc('\n', s->out);
    }
}

static void print_translation(struct stats *s)
{
    fprintf(s->out,
            "\ntranslations that the TLB couldn't answer alone %" PRIu64 ", of them faults %" PRIu64
            "; entries made %" PRIu64 ", given up for want of room %" PRIu64 "\n",
            s->walks, s->walk_faults, s->made, s->evicted);
    for (unsigned n = 0; n < STATS_DEPTH; n++)
        if (s->depth[n] != 0)
            fprintf(s->out, "  %2u%s descriptors read %14" PRIu64 "\n", n, n == STATS_DEPTH - 1 ? "+" : " ",
                    s->depth[n]);
    if (s->tlbis.n != 0)
        fprintf(s->out, "\nTLB maintenance                      times      entries dropped\n");
    for (unsigned n = 0; n < s->tlbis.n; n++) {
        const struct tally *t = &s->tlbis.tally[n];
        fprintf(s->out, "  %-24s %15" PRIu64 " %20" PRIu64 "\n", t->text, t->count, t->total);
    }
}

/* ---- JSON ---- */

static void json_text_of(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_json_tallies(struct stats *s, const char *key, const struct tallies *all,
                               void (*members)(FILE *out, const struct tally *t))
{
    fprintf(s->out, ",\n \"%s\": [", key);
    for (unsigned n = 0; n < all->n; n++) {
        fprintf(s->out, "%s\n  {\"name\": ", n != 0 ? "," : "");
        json_text_of(s->out, all->tally[n].text);
        members(s->out, &all->tally[n]);
        fputc('}', s->out);
    }
    fputc(']', s->out);
}

static void place_members(FILE *out, const struct tally *t)
{
    fprintf(out, ", \"el\": %u", t->a);
    if (t->b != 0)
        fprintf(out, ", \"vmid\": %u", t->b - 1);
    fprintf(out, ", \"instructions\": %" PRIu64, t->total);
}

static void exception_members(FILE *out, const struct tally *t)
{
    fprintf(out, ", \"from\": %u, \"to\": %u, \"times\": %" PRIu64, t->a, t->b, t->count);
}

static void exit_members(FILE *out, const struct tally *t)
{
    fprintf(out, ", \"vmid\": %u, \"times\": %" PRIu64 ", \"reentered\": %" PRIu64, t->a, t->count, t->timed);
    if (t->timed != 0)
        fprintf(out,
                ", \"min\": %" PRIu64 ", \"median\": %" PRIu64 ", \"mean\": %" PRIu64 ", \"max\": %" PRIu64
                ", \"total\": %" PRIu64,
                t->min, median(t), mean(t), t->max, t->total);
}

static void tlbi_members(FILE *out, const struct tally *t)
{
    fprintf(out, ", \"times\": %" PRIu64 ", \"dropped\": %" PRIu64, t->count, t->total);
}

static void print_json(struct stats *s)
{
    fprintf(s->out,
            "{\"instructions\": %" PRIu64 ", \"by_el\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "]",
            s->total, s->el[0], s->el[1], s->el[2], s->el[3]);
    print_json_tallies(s, "places", &s->places, place_members);
    print_json_tallies(s, "exceptions", &s->exceptions, exception_members);
    fprintf(s->out, ",\n \"entries\": %" PRIu64, s->entries);
    print_json_tallies(s, "exits", &s->exits, exit_members);
    print_json_tallies(s, "tlbi", &s->tlbis, tlbi_members);
    fprintf(s->out, ",\n \"walks\": {\"times\": %" PRIu64 ", \"faults\": %" PRIu64 ", \"by_descriptors\": [",
            s->walks, s->walk_faults);
    for (unsigned n = 0; n < STATS_DEPTH; n++)
        fprintf(s->out, "%s%" PRIu64, n != 0 ? ", " : "", s->depth[n]);
    fprintf(s->out, "]},\n \"tlb\": {\"made\": %" PRIu64 ", \"given_up\": %" PRIu64 "}}\n", s->made,
            s->evicted);
}

void stats_print(struct stats *s)
{
    struct tallies *const all[] = {&s->places, &s->exceptions, &s->exits, &s->tlbis};
    for (unsigned n = 0; n < sizeof(all) / sizeof(all[0]); n++)
        if (all[n]->n != 0)
            qsort(all[n]->tally, all[n]->n, sizeof(all[n]->tally[0]), by_size);
    if (s->json) {
        print_json(s);
        return;
    }
    print_instructions(s);
    print_exceptions(s);
    print_exits(s);
    print_translation(s);
}
