/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line of `el2sim trace`, and what its commands share.
 */
#include "tracetool/tracetool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tracetool/internal.h"
#include "tracetool/view.h"
#include "traces/events.h"

static const struct {
    const char *name, *arguments;
    unsigned files;
    int (*fn)(const struct trace_request *q);
    const char *help;
} commands[] = {
    {"cat", "[KEY=VALUE...] FILE", 1, trace_cat,
     "every event as text; from=N and to=N are instructions, counted over all CPUs"},
    {"info", "FILE", 1, trace_info, "what the file is: machine, blocks, bytes per instruction"},
    {"stat", "[KEY=VALUE...] FILE", 1, trace_stat, "counts of events, Exception levels, exceptions by cause"},
    {"grep", "WORD... [KEY=VALUE...] FILE", 1, trace_grep,
     "instructions that match all words: reg=X0, reg=X0:VALUE (written),\n"
     "addr=A or addr=A-B (accessed), at=A-B (PC), op=ldr (mnemonic), event=KIND, text=TEXT"},
    {"diff", "A B", 2, trace_diff, "the first event that differs, with what came before"},
};

static NORETURN void help(void)
{
    puts("Reads traces that --trace binary:FILE wrote; view: those of --trace timeline:FILE.\n");
    for (size_t n = 0; n < ARRAY_LEN(commands); n++) {
        printf("  el2sim trace %s %s\n", commands[n].name, commands[n].arguments);
        for (const char *line = commands[n].help; line != NULL;) {
            const char *end = strchr(line, '\n');
            printf("      %.*s\n", end != NULL ? (int)(end - line) : (int)strlen(line), line);
            line = end != NULL ? end + 1 : NULL;
        }
    }
    puts("  el2sim trace view FILE.json [-o FILE.html]\n"
         "      a timeline (--trace timeline) as one page for any browser; view --help says more");
    printf(
        "\nKeys are the filters of --trace (%s),\nfrom=N, to=N, and symbols=FILE for names of addresses.\n\n"
        "What a guest did between two instructions, and who wrote a word:\n"
        "  el2sim trace cat from=1000000 to=1000100 boot.el2\n"
        "  el2sim trace grep addr=0x40201000-0x40201007 boot.el2\n"
        "Where do two runs part?\n"
        "  el2sim trace diff good.el2 bad.el2\n",
        filter_keys());
    exit(0);
}

struct trace_file trace_file_open(const char *name)
{
    struct trace_file t = {.name = name, .f = fopen(name, "rb")};
    char error[READ_ERROR];
    if (t.f == NULL)
        user_error("trace: %s: %s", name, strerror(errno));
    t.reader = binary_reader_open(t.f, error);
    if (t.reader == NULL)
        user_error("trace: %s %s", name, error);
    return t;
}

void trace_file_close(struct trace_file *t)
{
    binary_reader_free(t->reader);
    fclose(t->f);
}

const struct binary_item *trace_file_next(struct trace_file *t)
{
    const struct binary_item *item = binary_reader_next(t->reader);
    if (item == NULL && binary_reader_error(t->reader) != NULL) {
        fflush(stdout);
        user_error("trace: %s %s", t->name, binary_reader_error(t->reader));
    }
    return item;
}

static const char *text_of(void *opaque, uint32_t raw, uint64_t va, char *text)
{
    const struct trace_request *q = opaque;
    return disassemble(q->disassembler, raw, va, text);
}

struct hub *printer(const struct trace_request *q, FILE *out, bool disassembled)
{
    const struct sink_config cfg = {.opaque = (void *)(uintptr_t)q,
                                    .disassemble = disassembled ? text_of : NULL};
    struct tracer t;
    struct hub *h = hub_create();
    events_start(out, &cfg, &t);
    hub_add(h, &t, q->filtered ? &q->filter : NULL);
    return h;
}

static bool symbol_address(void *opaque, const char *name, uint64_t *address)
{
    const struct trace_request *q = opaque;
    return symbols_find(q->symbols, name, address);
}

static uint64_t number(const char *key, const char *value)
{
    char *end;
    errno = 0;
    uint64_t v = strtoull(value, &end, 0);
    if (*value < '0' || *value > '9' || *end != 0 || errno != 0)
        user_error("trace: %s=%s: a number is wanted", key, value);
    return v;
}

/* One `key=value`; false: it is a word for grep. */
static bool key(struct trace_request *q, char *word)
{
    char *value = strchr(word, '=');
    if (value == NULL)
        return false;
    *value++ = 0;
    if (strcmp(word, "symbols") == 0) {
        struct load_error e;
        symbols_free(q->symbols);
        q->symbols = symbols_load(value, &e);
        if (q->symbols == NULL)
            user_error("trace: symbols=%s: %s", value, e.text);
    } else if (strcmp(word, "from") == 0 && strcmp(value, "el2") != 0) {
        q->from = number(word, value);
    } else if (strcmp(word, "to") == 0) {
        q->to = number(word, value);
    } else {
        const char *problem = filter_set(&q->filter, word, value, symbol_address, q);
        if (problem != NULL && *problem != 0)
            user_error("trace: %s=%s: %s", word, value, problem);
        value[-1] = problem != NULL ? '=' : 0;
        if (problem != NULL)
            return false;
        q->filtered = true;
    }
    return true;
}

int tracetool_main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        help();
    for (int n = 2; n < argc && strcmp(argv[1], "view") != 0; n++)
        if (strcmp(argv[n], "--help") == 0)
            help();
    if (strcmp(argv[1], "view") == 0)
        return view_main(argc - 1, argv + 1);
    size_t which = 0;
    while (which < ARRAY_LEN(commands) && strcmp(argv[1], commands[which].name) != 0)
        which++;
    if (which == ARRAY_LEN(commands))
        user_error("trace: unknown command '%s' (trace --help lists them)", argv[1]);
    struct trace_request q = {.to = UINT64_MAX};
    filter_init(&q.filter);
    unsigned files = commands[which].files;
    if ((unsigned)argc < 2 + files)
        user_error("trace %s: usage: el2sim trace %s %s", argv[1], argv[1], commands[which].arguments);
    for (int n = 2; n < argc; n++) {
        if ((unsigned)(argc - n) <= files)
            q.file[q.n_files++] = argv[n];
        else if (key(&q, argv[n]))
            continue;
        else if (commands[which].fn != trace_grep || q.n_words == ARRAY_LEN(q.word))
            user_error("trace %s: unexpected '%s'", argv[1], argv[n]);
        else
            q.word[q.n_words++] = argv[n];
    }
    q.disassembler = disassembler_new();
    int status = commands[which].fn(&q);
    disassembler_free(q.disassembler);
    symbols_free(q.symbols);
    return status;
}
