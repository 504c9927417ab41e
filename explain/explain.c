/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sub-commands of `el2sim explain`, and their help.
 */
#include "explain/explain.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "explain/internal.h"
#include "explain/memory.h"

static const struct explain_command commands[] = {
    {"access", explain_access, "'INSTRUCTION' [STATE]",
     "what an MRS, MSR, TLBI, AT, DC or IC reaches, or where it traps",
     "INSTRUCTION is written as for an assembler ('mrs x0, sctlr_el1', 'msr daifset, #2', 'tlbi vae1is, "
     "x3'),\n"
     "as an encoding ('mrs x0, s3_0_c1_c0_0'), as a register's name alone, or as a 32-bit instruction word.\n"
     "The answer names the storage, the memory (FEAT_NV2) or the exception with its syndrome, and every "
     "rule\n"
     "that was considered on the way, in the order of the manual's pseudocode. Without --el: all levels.\n"
     "\n"
     "  el2sim explain access 'mrs x0, sctlr_el1' --el 2 --hcr e2h,tge     what VHE redirects\n"
     "  el2sim explain access 'msr ttbr0_el1, x1' --el 1 --hcr tvm         a trap and its syndrome\n"
     "  el2sim explain access cntp_ctl_el0 --el 0 --hcr e2h,tge --cnthctl el0pten\n"
     "  el2sim explain access 0xd5381000 --el 1 --hfgrtr sctlr_el1\n",
     explain_access_options, NULL, false},
    {"exception", explain_exception, "[KIND] [STATE]", "where an exception is taken, or why it isn't",
     "KIND: irq, fiq, serror, virq, vfiq, vserror; svc, hvc, smc; undefined, fp, brk, bti, pac-fail,\n"
     "illegal-state; data-abort, insn-abort, stage2-abort, external-abort, pc-alignment, sp-alignment;\n"
     "breakpoint, watchpoint, step. Without KIND: a table of all. With --el: target, vector, syndrome, ELR "
     "and\n"
     "SPSR; without: every Exception level, masked and not.\n"
     "\n"
     "  el2sim explain exception irq --el 0 --hcr e2h,tge,imo\n"
     "  el2sim explain exception irq --hcr e2h            pending at EL2, but never taken\n"
     "  el2sim explain exception svc --el 0 --hcr tge\n"
     "  el2sim explain exception --hcr e2h,tge            everything at once\n",
     explain_exception_options, NULL, false},
    {"tlbi", explain_tlbi, "OPERATION [--xt VALUE] [STATE]",
     "what a TLBI covers, who hears it, what it leaves",
     "OPERATION is vae1is, alle2, ipas2e1is ... With --el: which kinds of TLB entries go and which stay, and "
     "what\n"
     "is often expected of it wrongly; without: what it does at every level. Broadcasts are also what an "
     "SMMU\n"
     "hears.\n"
     "\n"
     "  el2sim explain tlbi vae1is --el 2 --hcr e2h,tge     the host's own regime, not the guest's\n"
     "  el2sim explain tlbi vae1 --el 1 --hcr fb            HCR_EL2.FB makes it Inner Shareable\n"
     "  el2sim explain tlbi vae2is --el 2 --hcr e2h --xt 0x0005000000080000 --tcr_el2 as\n",
     explain_tlbi_options, NULL, false},
    {"map", explain_map, "[--write] [--all]", "what every register's name means with and without E2H",
     "One table of all registers whose name means different storage at different levels: by HCR_EL2.E2H, in "
     "a host,\n"
     "under nested virtualization; and the _EL12 or _EL02 name of each. --all lists the others too.\n"
     "\n"
     "  el2sim explain map\n"
     "  el2sim explain map --write --cpu neoverse-v1\n"
     "  el2sim explain map --json\n",
     explain_map_options, NULL, false},
    {"descriptor", explain_descriptor,
     "0x... [--level N] [--stage 1|2] [--granule 4k|16k|64k] [--regime NAME]",
     "a translation table descriptor, field by field",
     "What it is, where it points and what it permits, as the walker of el2sim reads it.\n"
     "\n"
     "  el2sim explain descriptor 0x0060000040000f05 --level 2\n"
     "  el2sim explain descriptor 0x400000400007fd --level 1 --stage 2\n",
     explain_descriptor_options, NULL, false},
    {"translate", explain_translate, "VA [r|w|x] --from SNAPSHOT | --regs FILE --mem FILE [--as WHO]",
     "an address through stage 1 and stage 2, drawn as a tree",
     "Walks the translation tables as the CPU would (without its TLB) and draws every descriptor, the "
     "tables' own\n"
     "addresses through stage 2, the permissions and the verdict.\n"
     "\n"
     "  el2sim ... --max-insns 2G --save-at end:vm.snap\n"
     "  el2sim explain translate 0xffff800080010000 x --from vm.snap --as el1\n"
     "  el2sim explain translate 0x1000 w --regs regs.txt --mem tables.bin@0x40000000 --as 'el2&0'\n",
     explain_translate_options, explain_memory_open, false},
    {"REGISTER", explain_registers, "VALUE [STATE]", "a register's fields and what their values mean",
     "REGISTER is any register's name: hcr, sctlr_el2, tcr, esr, spsr, vtcr_el2, par, mair, "
     "id_aa64mmfr1_el1, ...\n"
     "VALUE is a number, or names of fields, which gives the number. Of ESR_ELx the syndrome is taken apart "
     "by its\n"
     "exception class. Fields that are 0 are listed by name only, where there are many; --all explains them "
     "too.\n"
     "A name without suffix is that of the EL given by --el (EL1).\n"
     "\n"
     "  el2sim explain hcr 0x488000000\n"
     "  el2sim explain hcr e2h,tge,rw                the same the other way round\n"
     "  el2sim explain esr 0x62300820                which instruction trapped\n"
     "  el2sim explain tcr_el2 0x1b5103510 --hcr e2h the layout that E2H gives it\n"
     "  el2sim explain id_aa64mmfr1_el1              of this CPU (--cpu neoverse-n1): no value\n",
     explain_registers_options, NULL, true},
};

static void print_options(FILE *out, const struct explain_option *o)
{
    for (; o != NULL && o->name != NULL; o++) {
        char left[48];
        snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg != NULL ? " " : "",
                 o->arg != NULL ? o->arg : "");
        fprintf(out, "  %-24s %s\n", left, o->help);
    }
}

static const char list_help[] =
    "LIST is a number or names of fields that are 1 (others 0): e2h,tge or fpen=3; with + or - in front, a\n"
    "change of the value that the register would have: +eel2,-ns. A register's name without its suffix "
    "(--sctlr)\n"
    "means the one that controls the EL that is asked about. Registers that aren't named have their reset "
    "values,\n"
    "but EL3 is out of the way: Non-secure state, and SCR_EL3's enables are 1.\n";

static void help_command(FILE *out, const struct explain_command *c)
{
    fprintf(out, "el2sim explain %s %s\n\n%s.\n\n%s\n", c->name, c->usage, c->about, c->text);
    if (c->options != NULL) {
        fputs("Options:\n", out);
        print_options(out, c->options);
        fputc('\n', out);
    }
    fputs("The state that is asked about:\n", out);
    print_options(out, explain_state_options());
    fprintf(out, "\n%s", list_help);
}

static void help(FILE *out)
{
    fputs("el2sim explain COMMAND ...: what the architecture says, by el2sim's own verdict "
          "functions.\n\nCommands:\n",
          out);
    for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
        fprintf(out, "  %-11s %s\n", commands[n].name, commands[n].about);
    fputs("\n`el2sim explain COMMAND --help` has examples. Every command takes --json. ", out);
    fputs("The state that is asked about:\n", out);
    print_options(out, explain_state_options());
    fprintf(out,
            "\n%s\nExit status: 0, or 2 where the question can't be understood. The manual is "
            "el2sim-explain(1).\n",
            list_help);
}

static const struct explain_command *find(const char *name)
{
    for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
        if (strcmp(commands[n].name, name) == 0)
            return &commands[n];
    return NULL;
}

static bool unknown(struct explain *x, const char *name)
{
    struct nearest near;
    char hint[80];

    nearest_start(&near, name);
    for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
        nearest_offer(&near, commands[n].name);
    for (unsigned n = 0; n < SR_COUNT; n++) {
        char family[48];
        const char *full = sysreg_row(n)->name, *suffix = strstr(full, "_EL");
        nearest_offer(&near, full);
        snprintf(family, sizeof(family), "%.*s", (int)(suffix != NULL ? suffix - full : 0), full);
        nearest_offer(&near, family);
    }
    return explain_fail(x, "explain: unknown command or register '%s'%s (explain --help lists them)", name,
                        nearest_hint(&near, hint, sizeof(hint)));
}

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-help") == 0 || strcmp(text, "-h") == 0;
}

static bool run(struct explain *x, int argc, char **argv)
{
    if (argc == 0 || is_help(argv[0]) || strcmp(argv[0], "help") == 0) {
        help(x->out);
        return true;
    }
    x->name = argv[0];
    x->command = find(argv[0]);
    if (x->command == NULL && explain_is_register(x, argv[0]))
        x->command = find("REGISTER");
    if (x->command == NULL)
        return unknown(x, argv[0]);
    for (int n = 1; n < argc; n++) {
        if (is_help(argv[n])) {
            help_command(x->out, x->command);
            return true;
        }
    }
    return explain_parse(x, argc, argv) && x->command->run(x);
}

bool explain_command(struct explain_io *io, int argc, char **argv)
{
    struct explain *x = xcalloc(1, sizeof(*x));

    x->io = io;
    x->out = io->out;
    io->error[0] = '\0';
    bool ok = run(x, argc, argv);
    explain_memory_close(x->memory);
    free(x);
    return ok;
}

int explain_main(int argc, char **argv)
{
    struct explain_io io = {.out = stdout};

    if (setlocale(LC_CTYPE, "") != NULL)
        io.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C");
    const char *term = getenv("TERM");
    io.colour =
        isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0 && getenv("NO_COLOR") == NULL;
    if (!explain_command(&io, argc - 1, argv + 1))
        user_error("%s", io.error);
    return 0;
}
