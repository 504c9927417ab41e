/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Puts a trace into the page. The trace is read strictly first. Within it, < and everything but ASCII can
 * only stand in strings, where they are written as \u escapes: the page's parser can't take them for markup,
 * and the page's encoding doesn't matter.
 */
#include "tracetool/view.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "traces/json.h"

extern const char view_page[]; /* made by tracetool/embed */

/* Browsers keep no longer strings; escapes make them longer. */
#define MAX_TRACE (UINT64_C(400) << 20)

static const char usage[] =
    "Usage: el2sim trace view FILE.json [-o FILE.html]\n"
    "\n"
    "Writes one HTML file that shows a trace in Chrome's JSON format (--trace timeline, ui.perfetto.dev,\n"
    "chrome://tracing) in any browser; it needs no network and no server.\n"
    "\n"
    "  -o FILE  where to; \"-\" is standard output [FILE.json with .html in place of .json]\n"
    "\n"
    "Example: the timeline of the bundled hypervisor\n"
    "  el2sim -M virt,virtualization=on -cpu max -nographic -kernel tests/hyp/vhe-demo.elf \\\n"
    "      --trace timeline:hyp.json\n"
    "  el2sim trace view hyp.json\n";

struct view {
    const char *input;
    char *output; /* allocated */
    char *text;   /* the trace, allocated */
    size_t size;
};

static void read_trace(struct view *v)
{
    FILE *f = strcmp(v->input, "-") == 0 ? stdin : fopen(v->input, "rb");
    if (!f)
        user_error("trace view %s: %s", v->input, strerror(errno));
    size_t room = 1 << 16;
    v->text = xmalloc(room);
    for (size_t n; (n = fread(v->text + v->size, 1, room - v->size, f)) > 0;) {
        v->size += n;
        if (v->size > MAX_TRACE)
            user_error("trace view %s: more than %u MiB, too much for a browser; the filters of --trace make "
                       "it less",
                       v->input, (unsigned)(MAX_TRACE >> 20));
        if (v->size == room)
            v->text = xrealloc(v->text, room *= 2);
    }
    if (ferror(f))
        user_error("trace view %s: %s", v->input, strerror(errno));
    if (f != stdin)
        fclose(f);
}

/* Is it an array of events, or an object whose traceEvents is one? Reads all of it. */
static bool holds_events(struct json *j)
{
    enum json_kind kind = json_next(j);
    bool found = kind == JSON_ARRAY;
    if (kind != JSON_OBJECT)
        return json_skip(j, kind) && json_next(j) == JSON_END && found;
    while ((kind = json_next(j)) == JSON_KEY) {
        bool events = json_is(j, "traceEvents");
        kind = json_next(j);
        if (events)
            found = kind == JSON_ARRAY;
        if (!json_skip(j, kind))
            return false;
    }
    return kind == JSON_OBJECT_END && json_next(j) == JSON_END && found;
}

static void check_trace(const struct view *v)
{
    struct json j;
    json_start(&j, v->text, v->size);
    bool sound = holds_events(&j);
    if (j.error) {
        size_t line, column;
        json_place(&j, &line, &column);
        user_error("trace view %s: not JSON: line %zu, byte %zu: %s", v->input, line, column, j.error);
    }
    if (!sound)
        user_error("trace view %s: JSON, but no trace: there is no array \"traceEvents\"", v->input);
}

static unsigned utf8_value(const unsigned char **s)
{
    const unsigned char *p = *s;
    unsigned n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, value = p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++)
        value = value << 6 | (p[i] & 0x3f);
    *s += n;
    return value;
}

static void write_trace(FILE *out, const struct view *v)
{
    const unsigned char *s = (const unsigned char *)v->text, *end = s + v->size;
    while (s < end) {
        if (*s != '<' && *s < 0x80) {
            fputc(*s++, out);
            continue;
        }
        unsigned value = *s == '<' ? *s++ : utf8_value(&s);
        if (value >= 0x10000)
            fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((value - 0x10000) >> 10), 0xdc00 + (value & 0x3ff));
        else
            fprintf(out, "\\u%04x", value);
    }
}

/* The file's name as text of HTML; bytes that are not ASCII may be no UTF-8. */
static void write_title(FILE *out, const struct view *v)
{
    const char *slash = strrchr(v->input, '/');
    for (const char *s = slash ? slash + 1 : v->input; *s != '\0'; s++) {
        if (*s == '<' || *s == '>' || *s == '&' || *s == '"')
            fprintf(out, "&#%d;", *s);
        else
            fputc(*s >= ' ' && *s < 0x7f ? *s : '?', out);
    }
}

static void write_page(FILE *out, const struct view *v)
{
    static const struct {
        const char *mark;
        void (*write)(FILE *out, const struct view *v);
    } marks[] = {{"@TITLE@", write_title}, {"@TRACE@", write_trace}};
    for (const char *p = view_page; *p != '\0';) {
        size_t plain = strcspn(p, "@");
        fwrite(p, 1, plain, out);
        p += plain;
        unsigned n = 0;
        while (n < 2 && strncmp(p, marks[n].mark, strlen(marks[n].mark)) != 0)
            n++;
        if (n < 2) {
            marks[n].write(out, v);
            p += strlen(marks[n].mark);
        } else if (*p != '\0') {
            fputc(*p++, out);
        }
    }
}

/* Where to write when -o doesn't say. */
static char *default_output(const char *input)
{
    size_t length = strlen(input);
    if (strcmp(input, "-") == 0)
        return xstrdup("-");
    if (length > 5 && strcmp(input + length - 5, ".json") == 0)
        length -= 5;
    char *output = xmalloc(length + 6);
    sprintf(output, "%.*s.html", (int)length, input);
    return output;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void parse(struct view *v, int argc, char **argv)
{
    for (int n = 1; n < argc; n++) {
        if (strcmp(argv[n], "--help") == 0 || strcmp(argv[n], "-h") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (strcmp(argv[n], "-o") == 0) {
            if (++n == argc)
                user_error("trace view: -o wants a file");
            free(v->output);
            v->output = xstrdup(argv[n]);
        } else if (argv[n][0] == '-' && argv[n][1] != '\0') {
            user_error("trace view: there is no option %s (el2sim trace view --help)", argv[n]);
        } else if (v->input) {
            user_error("trace view: one trace at a time, not \"%s\" and \"%s\"", v->input, argv[n]);
        } else {
            v->input = argv[n];
        }
    }
    if (!v->input)
        user_error("trace view: which trace? (el2sim trace view --help)");
    if (!v->output)
        v->output = default_output(v->input);
    if (same_file(v->input, v->output))
        user_error("trace view: -o %s: that is the trace itself", v->output);
}

int view_main(int argc, char **argv)
{
    struct view v = {0};
    parse(&v, argc, argv);
    read_trace(&v);
    check_trace(&v);
    bool to_stdout = strcmp(v.output, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(v.output, "wb");
    if (!out)
        user_error("trace view: -o %s: %s", v.output, strerror(errno));
    write_page(out, &v);
    if (fflush(out) != 0 || ferror(out) || (!to_stdout && fclose(out) != 0))
        user_error("trace view: -o %s: %s", v.output, strerror(errno));
    if (!to_stdout)
        inform("%s: open it in a browser", v.output);
    free(v.text);
    free(v.output);
    return 0;
}
