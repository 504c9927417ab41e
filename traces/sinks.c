/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of sinks. See sink.h.
 */
#include <errno.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "traces/binary.h"
#include "traces/events.h"
#include "traces/sink.h"
#include "traces/stats.h"
#include "traces/tarmac.h"
#include "traces/timeline.h"
#include "traces/vhe.h"

static const struct sink_row rows[] = {
    {"binary", "everything in a compact file, for `el2sim trace`", "trace.el2", NULL, true, false,
     binary_open},
    {"events", "every event as one line of text", "-", NULL, false, false, events_open},
    {"stats", "counts at the end, as --stats; with `json` for programs", "stderr", "json", false, true,
     stats_open},
    {"tarmac", "Arm's Tarmac text, one file per CPU", "trace.tarmac", NULL, false, false, tarmac_open},
    {"vhe", "what matters to hypervisors, to be read; repeated lines are counted, or with `every` written",
     "-", "every", false, false, vhe_open},
    {"timeline",
     "worlds, Exception levels, exceptions and interrupts over time, for ui.perfetto.dev and el2sim trace "
     "view",
     "timeline.json", NULL, false, false, timeline_open},
};

const struct sink_row *sink_at(unsigned n)
{
    return n < ARRAY_LEN(rows) ? &rows[n] : NULL;
}

const struct sink_row *sink_find(const char *name)
{
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
        if (strcmp(rows[n].name, name) == 0)
            return &rows[n];
    return NULL;
}

FILE *sink_file_open(const char *sink, const char *file)
{
    FILE *f = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
    if (f == NULL)
        user_error("--trace %s: %s: %s", sink, file, strerror(errno));
    return f;
}

void sink_file_close(const char *sink, const char *file, FILE *f)
{
    bool bad = fflush(f) != 0 || ferror(f);
    if (f != stdout && f != stderr)
        bad |= fclose(f) != 0;
    if (bad)
        warn("--trace %s: %s could not be written completely", sink, file);
}

const char *sink_option(const struct sink_config *cfg, const char *key)
{
    for (unsigned n = 0; n < cfg->n_options; n++)
        if (strcmp(cfg->option[n].key, key) == 0)
            return cfg->option[n].value;
    return NULL;
}
