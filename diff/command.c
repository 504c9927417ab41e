/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line of `el2sim diff`.
 */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"
#include "diff/permitted.h"
#include "diff/report.h"
#include "diff/search.h"
#include "sim/options.h"

static const char help_text[] =
    "el2sim diff OPTIONS: the same image in el2sim and in QEMU, and the first instruction at which they "
    "part.\n"
    "\n"
    "OPTIONS are those of a run (el2sim --help): the machine, the CPU, what is loaded. QEMU gets the same "
    "board\n"
    "and the same bytes in memory; both execute one instruction at a time, and X0-X30, SP, PC and PSTATE "
    "are\n"
    "compared before each. QEMU counts instructions as time (-icount), interrupts are taken where QEMU "
    "takes\n"
    "them, counters and what only identifies an implementation are fed from QEMU and counted.\n"
    "\n"
    "  --max-insns N      stop after N instructions (5000, 250M, 1G)\n"
    "  --fp               compare V0-V31, FPCR and FPSR as well (half as fast)\n"
    "  --fast             compare PCs only, five times as fast; where they part, run both again and compare\n"
    "                     states around that place\n"
    "  --from N           compare PCs only for the first N instructions\n"
    "  --ignore LIST      more that may differ: system registers (CNTFRQ_EL0, DBG*), device registers\n"
    "                     (mmio:0x09000018+4), instructions (insn:RNDR)\n"
    "  --permitted        list what may differ, and by which rule\n"
    "  --qemu PROGRAM     QEMU to compare with (default: qemu-system-aarch64)\n"
    "  --qemu-cpu MODEL   QEMU's -cpu (default: the same name; for max: max,sve=off,sme=off)\n"
    "  --json             the report as one JSON object\n"
    "\n"
    "Examples:\n"
    "  el2sim diff -M virt,virtualization=on -kernel tests/hyp/vhe-demo.elf\n"
    "  el2sim diff -M virt,virtualization=on -cpu neoverse-n1 -m 1G -kernel Image -append console=ttyAMA0 "
    "\\\n"
    "      --max-insns 50M\n"
    "  el2sim diff ... --fast --max-insns 1G       far from the start\n"
    "  el2sim diff ... --json > report.json        for a script\n"
    "\n"
    "Exit status: 0 alike, 1 different, 2 could not run. The manual is el2sim-diff(1).\n";

struct command {
    struct search_config search;
    const char *ignore[8];
    unsigned n_ignore;
    bool json;
    char model[256]; /* our -cpu, where it had to change */
    char **rest;     /* what is left for options_parse() */
    int n_rest;
};

static bool is_option(const char *arg, const char *name)
{
    return arg[0] == '-' && strcmp(arg + (arg[1] == '-' ? 2 : 1), name) == 0;
}

/* "5000", "250M", "1G" */
static uint64_t count(const char *option, const char *text)
{
    static const char suffixes[] = "kmg";
    static const uint64_t factors[] = {1000, 1000000, 1000000000};
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    const char *suffix = *end != 0 ? strchr(suffixes, *end | 0x20) : NULL;
    if (text[0] < '0' || text[0] > '9' || (*end != 0 && (suffix == NULL || end[1] != 0)) || n > 1000000000000)
        user_error("%s: '%s' is not a number of instructions (5000, 250M, 1G)", option, text);
    return suffix != NULL ? n * factors[suffix - suffixes] : n;
}

/* Options of our own without an argument. */
static bool take_flag(struct command *d, const char *arg)
{
    if (is_option(arg, "help") || is_option(arg, "h")) {
        fputs(help_text, stdout);
        exit(DIFF_ALIKE);
    }
    if (is_option(arg, "permitted")) {
        permitted_print(stdout);
        exit(DIFF_ALIKE);
    }
    bool *flag = is_option(arg, "json")   ? &d->json
                 : is_option(arg, "fp")   ? &d->search.fp
                 : is_option(arg, "fast") ? &d->search.fast
                                          : NULL;
    if (flag != NULL)
        *flag = true;
    return flag != NULL;
}

/* Options of our own with one. */
static bool take_value(struct command *d, const char *arg, const char *value)
{
    static const char *const names[] = {"qemu", "qemu-cpu", "from", "ignore"};
    unsigned n = 0;
    while (n < ARRAY_LEN(names) && !is_option(arg, names[n]))
        n++;
    if (n == ARRAY_LEN(names))
        return false;
    if (value == NULL)
        user_error("option '%s' needs an argument", arg);
    switch (n) {
    case 0:
        d->search.program = value;
        break;
    case 1:
        d->search.cpu = value;
        break;
    case 2:
        d->search.from = count(arg, value);
        break;
    default:
        if (d->n_ignore == ARRAY_LEN(d->ignore))
            user_error("more than %zu --ignore; names can be put into one, with commas",
                       ARRAY_LEN(d->ignore));
        d->ignore[d->n_ignore++] = value;
    }
    return true;
}

static void split(struct command *d, int argc, char **argv)
{
    d->rest = xcalloc((unsigned long)argc + 1, sizeof(d->rest[0]));
    d->rest[d->n_rest++] = argv[0];
    for (int n = 1; n < argc; n++) {
        if (take_flag(d, argv[n]))
            continue;
        if (take_value(d, argv[n], n + 1 < argc ? argv[n + 1] : NULL))
            n++;
        else
            d->rest[d->n_rest++] = argv[n];
    }
}

/* Memory has no tags unless asked for, as in QEMU. What is left of FEAT_MTE without them differs by QEMU's
 * version; PSTATE.TCO is seen in each exception, so ours has nothing of it. */
static void without_tags(struct command *d, struct options *o)
{
    if (o->mte_given)
        return;
    o->mte = false;
    if (strcmp(o->cpu, "max") != 0 && strncmp(o->cpu, "max,", 4) != 0)
        return;
    snprintf(d->model, sizeof(d->model), "%s,mte=off", o->cpu);
    o->cpu = d->model;
}

/* The machine's options, as far as they make sense here. */
static void machine_options(struct command *d, struct options *o)
{
    options_parse(o, d->n_rest, d->rest);
    if (o->save_to != NULL || o->digest || o->dump_dtb != NULL || o->gdb != NULL)
        user_error("diff: --save-at, --digest, -gdb and dumpdtb= are for runs without QEMU");
    for (unsigned n = 0; n < o->n_serials; n++)
        if (o->serials[n].kind == CHAR_STDIO)
            o->serials[n].kind = CHAR_NULL;
    for (unsigned n = 0; n < o->n_chardevs; n++)
        if (o->chardevs[n].kind == CHAR_STDIO)
            o->chardevs[n].kind = CHAR_NULL;
    without_tags(d, o);
    o->engine = ENGINE_TRACED;
    o->no_reboot = true;
    d->search.max_insns = o->max_insns;
    o->max_insns = 0;
}

int diff_main(int argc, char **argv)
{
    struct command d = {.n_ignore = 0};
    struct permitted permitted;
    struct options o;
    struct search search;
    char error[256];

    split(&d, argc, argv);
    permitted_init(&permitted);
    for (unsigned n = 0; n < d.n_ignore; n++)
        if (!permitted_ignore(&permitted, d.ignore[n], error, sizeof(error)))
            user_error("%s", error);
    machine_options(&d, &o);
    d.search.options = &o;
    d.search.permitted = &permitted;
    d.search.progress = isatty(STDERR_FILENO) && !d.json;
    int status = search_run(&search, &d.search);
    if (status == DIFF_FAILED)
        user_error("diff: %s", search.error);
    report_print(&search, stdout, d.json);
    search_free(&search);
    permitted_free(&permitted);
    options_destroy(&o);
    free(d.rest);
    return status;
}
