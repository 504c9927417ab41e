/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line of `el2sim fuzz`, shared by its kinds: options, help, the progress line, the seed file,
 * the summary and the exit status.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"
#include "diff/diff.h"
#include "fuzz/fuzz.h"
#include "fuzz/known.h"
#include "fuzz/state.h"
#include "sim/hostclock.h"

/* Kinds that an option is for. */
enum { USER = 1, SYSTEM = 2, BOTH = USER | SYSTEM };

struct option_row {
    const char *name, *arg, *help;
    unsigned kinds;
};

struct fuzz_kind {
    unsigned bit;                    /* in option_row.kinds */
    const char *name, *about, *unit; /* unit: what is counted */
    const struct fuzz_class *classes;
    bool (*run)(const struct fuzz_options *o, struct fuzz_result *r, char *error);
    const char *text; /* --help */
};

static const struct fuzz_kind kinds[] = {
    {USER, "user", "blocks of instructions at EL0, against qemu-aarch64", "blocks", fuzz_user_classes,
     fuzz_user_run,
     "Makes blocks of 1 to 8 instructions with random operands (special floating-point values, integers at\n"
     "their limits, all modes of FPCR, addresses in, across the edge of and outside mapped memory), runs\n"
     "each at EL0 of el2sim and in `qemu-aarch64`, and compares X0-X30, SP, NZCV, V0-V31, FPSR, FPCR, "
     "memory,\n"
     "and the signal (kind, PC, address). Thousands of blocks go into one start of QEMU.\n"
     "\n"
     "  el2sim fuzz user                                 100,000 blocks of every class\n"
     "  el2sim fuzz user --count 1M --out findings       a million; what differs goes to findings/*.S\n"
     "  el2sim fuzz user --classes fp,fp-conv=3          floating point only, conversions three times as "
     "often\n"
     "  el2sim fuzz user --seed 4711 --count 1 --out .   one block again, by the seed that a finding names\n"
     "  el2sim fuzz user --replay findings/0001.S        a finding again, as it was minimised\n"
     "  el2sim fuzz user --qemu \"$(tests/matrix/fetch-qemu qemu-aarch64)\"\n"},
    {SYSTEM, "system", "bare-metal programs from EL0 to EL2, against qemu-system-aarch64", "programs",
     fuzz_system_classes, fuzz_system_run,
     "Makes short bare-metal programs: system registers, page tables for every regime, and instructions at "
     "EL0, EL1\n"
     "or EL2 that read and write registers, access memory, maintain TLBs, take exceptions and return from "
     "them. A\n"
     "monitor at EL3, where no program runs, has thousands of them run one after the other, on el2sim and "
     "on\n"
     "`qemu-system-aarch64`, and records every exception and what every register holds at the end. Not "
     "compared:\n"
     "identification registers, times, interrupts, random numbers, what depends on pointer authentication "
     "keys.\n"
     "\n"
     "  el2sim fuzz system                               100,000 programs of every class\n"
     "  el2sim fuzz system --secure                      and in Secure state\n"
     "  el2sim fuzz system --classes tlbi,at,ldst=3      only these actions, loads and stores three times as "
     "often\n"
     "  el2sim fuzz system --out findings                what differs, made small, goes to findings/*.S\n"
     "  el2sim fuzz system --seed 4711 --count 1         one program again, by the seed that a finding "
     "names\n"
     "  el2sim fuzz system --qemu \"$(tests/matrix/fetch-qemu)\"\n"},
};

static const struct option_row option_rows[] = {
    {"seed", "N", "of the first one; number n has seed N + n (1)", BOTH},
    {"count", "N", "how many; k, M and G are understood (100k)", BOTH},
    {"classes", "NAME[=WEIGHT],...", "only these, as often as their weights say", BOTH},
    {"qemu", "PROGRAM", "another QEMU than the one on PATH", BOTH},
    {"cpu", "MODEL", "el2sim's -cpu (max)", BOTH},
    {"qemu-cpu", "MODEL", "QEMU's -cpu, where the names differ", BOTH},
    {"secure", NULL, "Secure state too", SYSTEM},
    {"out", "DIR", "write each finding to DIR/NNNN.S", BOTH},
    {"replay", "FILE.S", "run a written finding again", BOTH},
    {"no-qemu", NULL, "with --replay: only el2sim, against what the file expects", BOTH},
    {"examples", NULL, "with --out: a file for each known difference, too, DIR/ID.S", USER},
    {"without", "ID", "a known difference counts as a finding", BOTH},
    {"max-findings", "N", "stop after so many (20; 0: never)", BOTH},
    {"state", "FILE", "go on where the run that wrote FILE ended, and write it", BOTH},
    {"json", NULL, "the summary as JSON", BOTH},
    {"no-progress", NULL, "no progress line, also on a terminal", BOTH},
};

/* How far a run is, between two calls of fuzz_goes_on(). */
struct fuzz_progress {
    const struct fuzz_kind *kind;
    struct fuzz_state before; /* of the state file; .seed is program 0's */
    uint64_t began_ns, shown_ns, saved_ns;
};

/* ---- help ---- */

static const char *only_for(unsigned set)
{
    return set == USER ? " (user only)" : set == SYSTEM ? " (system only)" : "";
}

static void help(FILE *out)
{
    fprintf(out, "el2sim fuzz KIND [OPTION...]: random programs in el2sim and in QEMU, and what differs.\n\n"
                 "Kinds:\n");
    for (unsigned k = 0; k < ARRAY_LEN(kinds); k++)
        fprintf(out, "  %-8s %s\n", kinds[k].name, kinds[k].about);
    fprintf(out,
            "\nA program is made from its seed alone, the same on any host. What differs is looked up in "
            "the list of\nknown differences (docs/qemu-differences.md), counted there, or minimised and "
            "written as an assembler\nfile.\n\nOptions:\n");
    for (unsigned n = 0; n < ARRAY_LEN(option_rows); n++) {
        char left[48];
        snprintf(left, sizeof(left), "--%s %s", option_rows[n].name,
                 option_rows[n].arg != NULL ? option_rows[n].arg : "");
        fprintf(out, "  %-28s %s%s\n", left, option_rows[n].help, only_for(option_rows[n].kinds));
    }
    fprintf(out, "\nExit status: 0 alike (known differences aside), 1 different, 2 could not run.\n"
                 "`el2sim fuzz KIND --help` has examples and the classes. The manual is el2sim-fuzz(1).\n");
}

static void help_kind(FILE *out, const struct fuzz_kind *k)
{
    fprintf(out, "el2sim fuzz %s [OPTION...]: %s.\n\n%s", k->name, k->about, k->text);
    if (k->classes != NULL) {
        fprintf(out, "\nClasses, and how often one is drawn (0: only when named by --classes):\n");
        for (const struct fuzz_class *c = k->classes; c->name != NULL; c++)
            fprintf(out, "  %-12s %3u  %s\n", c->name, c->weight, c->about);
    }
    fprintf(out, "\n`el2sim fuzz --help` has the options.\n");
}

/* ---- options ---- */

/* A decimal number with k, M or G behind it, or 0x and hexadecimal digits. */
static bool parse_number(const char *text, uint64_t *v)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *v = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    uint64_t scale = 1;
    if (*end == 'k')
        scale = 1000;
    else if (*end == 'M')
        scale = 1000000;
    else if (*end == 'G')
        scale = 1000000000;
    end += scale != 1;
    if (errno != 0 || *end != 0 || *v > UINT64_MAX / scale)
        return false;
    *v *= scale;
    return true;
}

static uint64_t number(const char *option, const char *text)
{
    uint64_t v;
    if (!parse_number(text, &v))
        user_error("fuzz: --%s wants a number, not '%s'", option, text);
    return v;
}

static void parse_class(const struct fuzz_kind *k, struct fuzz_options *o, const char *text, size_t length)
{
    size_t name = strcspn(text, "=");
    char weight[24];
    if (name > length)
        name = length;
    for (unsigned n = 0; k->classes[n].name != NULL; n++) {
        const struct fuzz_class *c = &k->classes[n];
        uint64_t w = c->weight != 0 ? c->weight : 1;
        if (strlen(c->name) != name || strncmp(c->name, text, name) != 0)
            continue;
        if (name < length) {
            snprintf(weight, sizeof(weight), "%.*s", (int)(length - name - 1), text + name + 1);
            w = number("classes", weight);
            if (w > 10000)
                user_error("fuzz: --classes: a weight is at most 10000, not %s", weight);
        }
        o->weight[n] = (unsigned)w;
        return;
    }
    user_error("fuzz: unknown class '%.*s' (el2sim fuzz %s --help lists them)", (int)name, text, k->name);
}

static void parse_classes(const struct fuzz_kind *k, struct fuzz_options *o, const char *text)
{
    unsigned total = 0;
    memset(o->weight, 0, sizeof(o->weight));
    while (*text != 0) {
        size_t length = strcspn(text, ",");
        parse_class(k, o, text, length);
        text += length;
        text += *text == ',';
    }
    for (unsigned n = 0; n < FUZZ_MAX_CLASSES; n++)
        total += o->weight[n];
    if (total == 0)
        user_error("fuzz: --classes names no class with a weight above 0");
}

/* An id of known.def. */
static const char *known_id(const char *id)
{
    for (unsigned n = 0; n < known_count(); n++)
        if (strcmp(known_row(n)->id, id) == 0)
            return id;
    user_error("fuzz: --without: there is no known difference '%s' (docs/qemu-differences.md lists them)",
               id);
}

static void set_option(const struct fuzz_kind *k, struct fuzz_options *o, const char *name, const char *value)
{
    if (strcmp(name, "seed") == 0)
        o->seed = number(name, value);
    else if (strcmp(name, "count") == 0)
        o->count = number(name, value);
    else if (strcmp(name, "classes") == 0)
        parse_classes(k, o, value);
    else if (strcmp(name, "qemu") == 0)
        o->qemu = value;
    else if (strcmp(name, "cpu") == 0)
        o->cpu = value;
    else if (strcmp(name, "qemu-cpu") == 0)
        o->qemu_cpu = value;
    else if (strcmp(name, "secure") == 0)
        o->secure = true;
    else if (strcmp(name, "out") == 0)
        o->out = value;
    else if (strcmp(name, "replay") == 0)
        o->replay = value;
    else if (strcmp(name, "without") == 0)
        o->without = known_id(value);
    else if (strcmp(name, "max-findings") == 0) {
        uint64_t v = number(name, value);
        o->max_findings = v > UINT32_MAX ? UINT32_MAX : (unsigned)v;
    } else if (strcmp(name, "state") == 0)
        o->state_file = value;
    else if (strcmp(name, "no-qemu") == 0)
        o->no_qemu = true;
    else if (strcmp(name, "examples") == 0)
        o->examples = true;
    else if (strcmp(name, "json") == 0)
        o->json = true;
    else
        o->progress = false;
}

/* --seed 1, --seed=1, -seed 1. True: --help was among them. */
static bool parse_options(const struct fuzz_kind *k, struct fuzz_options *o, int argc, char **argv,
                          bool *seed_given)
{
    for (int n = 0; n < argc; n++) {
        const char *name = argv[n], *value = NULL;
        const struct option_row *row = NULL;
        name += *name == '-' ? 1 + (name[1] == '-') : 0;
        size_t length = strcspn(name, "=");
        if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0)
            return true;
        for (unsigned r = 0; argv[n][0] == '-' && r < ARRAY_LEN(option_rows); r++)
            if (strlen(option_rows[r].name) == length && strncmp(option_rows[r].name, name, length) == 0)
                row = &option_rows[r];
        if (row == NULL)
            user_error("fuzz: unknown option '%s' (el2sim fuzz --help lists them)", argv[n]);
        if ((row->kinds & k->bit) == 0)
            user_error("fuzz: --%s is no option of the kind '%s'", row->name, k->name);
        if (name[length] == '=')
            value = name + length + 1;
        else if (row->arg != NULL && n + 1 < argc)
            value = argv[++n];
        if ((value != NULL) != (row->arg != NULL))
            user_error("fuzz: --%s wants %s", row->name, row->arg != NULL ? row->arg : "no value");
        *seed_given |= strcmp(row->name, "seed") == 0;
        set_option(k, o, row->name, value);
    }
    return false;
}

/* ---- while it runs ---- */

static struct fuzz_state state_now(const struct fuzz_progress *p, const struct fuzz_result *r)
{
    struct fuzz_state s = p->before;
    s.programs += r->programs;
    s.insns += r->insns;
    s.explained += r->explained;
    s.findings += r->findings;
    return s;
}

static void save_state(const struct fuzz_options *o, const struct fuzz_result *r)
{
    char error[FUZZ_ERROR_SIZE];
    struct fuzz_state s = state_now(o->shown, r);
    if (o->state_file != NULL && !fuzz_state_save(o->state_file, o->shown->kind->name, &s, error))
        user_error("fuzz: %s", error);
}

static void show_progress(const struct fuzz_options *o, const struct fuzz_result *r, uint64_t now)
{
    uint64_t ms = (now - o->shown->began_ns) / 1000000 + 1, speed = r->programs * 1000 / ms;
    uint64_t left = speed != 0 && o->count > r->programs ? (o->count - r->programs) / speed : 0;
    fprintf(stderr,
            "\r%" PRIu64 " of %" PRIu64 " %s, %" PRIu64 " a second, %" PRIu64 " explained, %" PRIu64
            " findings, %" PRIu64 ":%02" PRIu64 " left\033[K",
            r->programs, o->count, o->shown->kind->unit, speed, r->explained, r->findings, left / 60,
            left % 60);
}

/* SIGINT and SIGTERM are blocked: they wait to be asked for. */
bool fuzz_interrupted(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

bool fuzz_goes_on(const struct fuzz_options *o, const struct fuzz_result *r)
{
    enum { SHOW_NS = 500000000, SAVE_S = 10 };
    struct fuzz_progress *p = o->shown;
    uint64_t now = hostclock_ns();
    if (o->progress && now - p->shown_ns > SHOW_NS) {
        show_progress(o, r, now);
        p->shown_ns = now;
    }
    if (now - p->saved_ns > (uint64_t)SAVE_S * 1000000000) {
        save_state(o, r);
        p->saved_ns = now;
    }
    return !fuzz_interrupted() && r->programs < o->count &&
           (o->max_findings == 0 || r->findings < o->max_findings);
}

/* ---- afterwards ---- */

static uint64_t per_second(uint64_t n, uint64_t ns)
{
    uint64_t us = ns / 1000;
    return us != 0 ? n * 1000000 / us : 0;
}

static void print_text(const struct fuzz_kind *k, const struct fuzz_options *o, const struct fuzz_result *r)
{
    const struct fuzz_state all = state_now(o->shown, r);
    printf("%" PRIu64 " %s with %" PRIu64 " instructions in %" PRIu64 ".%" PRIu64 " s: %" PRIu64
           " %s and %" PRIu64 " instructions per second\n",
           r->programs, k->unit, r->insns, r->ns / 1000000000, r->ns / 100000000 % 10,
           per_second(r->programs, r->ns), k->unit, per_second(r->insns, r->ns));
    fputs(r->note, stdout);
    printf("explained by docs/qemu-differences.md: %" PRIu64 "\n", r->explained);
    for (unsigned n = 0; n < known_count(); n++)
        if (r->by_id[n] != 0)
            printf("  %-24s %" PRIu64 "\n", known_row(n)->id, r->by_id[n]);
    printf("findings: %" PRIu64 "%s%s\n", r->findings, r->findings != 0 && o->out != NULL ? ", in " : "",
           r->findings != 0 && o->out != NULL ? o->out : "");
    if (o->shown->before.programs != 0)
        printf("with the parts before, by %s: %" PRIu64 " %s with %" PRIu64 " instructions, %" PRIu64
               " explained, findings: %" PRIu64 "\n",
               o->state_file, all.programs, k->unit, all.insns, all.explained, all.findings);
    if (fuzz_interrupted())
        puts("interrupted");
}

static void print_json(const struct fuzz_kind *k, const struct fuzz_options *o, const struct fuzz_result *r)
{
    const struct fuzz_state all = state_now(o->shown, r);
    const char *comma = "";
    printf("{\n  \"kind\": \"%s\",\n  \"seed\": %" PRIu64 ",\n  \"%s\": %" PRIu64
           ",\n  \"instructions\": %" PRIu64 ",\n  \"seconds\": %" PRIu64 ".%03" PRIu64
           ",\n  \"%s_per_second\": %" PRIu64 ",\n  \"instructions_per_second\": %" PRIu64
           ",\n  \"explained\": %" PRIu64 ",\n  \"by_id\": {",
           k->name, o->seed, k->unit, r->programs, r->insns, r->ns / 1000000000, r->ns / 1000000 % 1000,
           k->unit, per_second(r->programs, r->ns), per_second(r->insns, r->ns), r->explained);
    for (unsigned n = 0; n < known_count(); n++) {
        if (r->by_id[n] == 0)
            continue;
        printf("%s\"%s\": %" PRIu64, comma, known_row(n)->id, r->by_id[n]);
        comma = ", ";
    }
    printf("},\n  \"findings\": %" PRIu64 ",\n  \"all_parts\": {\"%s\": %" PRIu64
           ", \"instructions\": %" PRIu64 ", \"explained\": %" PRIu64 ", \"findings\": %" PRIu64
           "},\n  \"interrupted\": %s\n}\n",
           r->findings, k->unit, all.programs, all.insns, all.explained, all.findings,
           fuzz_interrupted() ? "true" : "false");
}

/* Where the state file says, unless --seed says something else. */
static void load_state(struct fuzz_options *o, bool seed_given)
{
    char error[FUZZ_ERROR_SIZE];
    bool found = false;
    struct fuzz_state *s = &o->shown->before;
    if (o->state_file != NULL && !fuzz_state_load(o->state_file, o->shown->kind->name, s, &found, error))
        user_error("fuzz: %s", error);
    if (!found)
        *s = (struct fuzz_state){.seed = o->seed};
    else if (seed_given && o->seed != s->seed)
        user_error("fuzz: %s began with seed %" PRIu64 ", not %" PRIu64 "; name another file", o->state_file,
                   s->seed, o->seed);
    o->seed = s->seed + s->programs;
}

static int run(const struct fuzz_kind *k, struct fuzz_options *o)
{
    char error[FUZZ_ERROR_SIZE] = "";
    struct fuzz_result *r = xcalloc(1, sizeof(*r));
    sigset_t set;
    if (o->out != NULL && mkdir(o->out, 0777) != 0 && errno != EEXIST)
        user_error("fuzz: can't make %s: %s", o->out, strerror(errno));
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    o->shown->began_ns = o->shown->shown_ns = o->shown->saved_ns = hostclock_ns();
    bool ok = k->run(o, r, error);
    r->ns = hostclock_ns() - o->shown->began_ns;
    if (o->progress)
        fputs("\r\033[K", stderr);
    save_state(o, r);
    if (ok && o->json)
        print_json(k, o, r);
    else if (ok)
        print_text(k, o, r);
    int status = state_now(o->shown, r).findings != 0 ? DIFF_DIFFERENT : DIFF_ALIKE;
    free(r);
    if (!ok)
        user_error("fuzz: %s", error);
    return status;
}

int fuzz_main(int argc, char **argv)
{
    const struct fuzz_kind *k = NULL;
    bool seed_given = false;
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        help(argc < 2 ? stderr : stdout);
        return argc < 2 ? DIFF_FAILED : DIFF_ALIKE;
    }
    for (unsigned n = 0; n < ARRAY_LEN(kinds); n++)
        if (strcmp(kinds[n].name, argv[1]) == 0)
            k = &kinds[n];
    if (k == NULL)
        user_error("fuzz: unknown kind '%s' (user or system; see el2sim fuzz --help)", argv[1]);
    struct fuzz_progress shown = {.kind = k};
    struct fuzz_options o = {.cpu = "max",
                             .seed = 1,
                             .count = 100000,
                             .max_findings = 20,
                             .progress = isatty(STDERR_FILENO) == 1,
                             .shown = &shown};
    for (unsigned n = 0; k->classes != NULL && k->classes[n].name != NULL; n++)
        o.weight[n] = k->classes[n].weight;
    if (parse_options(k, &o, argc - 2, argv + 2, &seed_given)) {
        help_kind(stdout, k);
        return DIFF_ALIKE;
    }
    if (k->run == NULL)
        user_error("fuzz: the kind '%s' is not in this build", k->name);
    if (o.no_qemu && o.replay == NULL)
        user_error("fuzz: --no-qemu goes with --replay");
    if (o.examples && o.out == NULL)
        user_error("fuzz: --examples goes with --out");
    load_state(&o, seed_given);
    return run(k, &o);
}
