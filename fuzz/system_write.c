/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A program as a bare-metal .S. See system_write.h. Its start-up and vectors do what monitor.S does for one
 * program, in few words.
 */
#include "fuzz/system_write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "explain/disasm.h"
#include "explain/explain.h"
#include "fuzz/listing.h"
#include "fuzz/monitor.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_story.h"
#include "sysregs/fields.h"

static enum sysreg register_named(uint16_t e)
{
    return sysreg_find(e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7);
}

static const char *name_of(uint16_t e)
{
    enum sysreg reg = register_named(e);
    return reg != SR_NONE ? sysreg_row(reg)->name : "?";
}

/* ---- what `explain` says ---- */

static bool read_word(void *opaque, uint64_t pa, uint64_t *value)
{
    const struct program *p = opaque;
    *value = 0;
    for (unsigned n = 0; n < p->n_words; n++)
        if ((p->words[n].at & ~UINT64_C(7)) == (pa & ~UINT64_C(7)))
            *value = p->words[n].value;
    return pa >= PROGRAM_BASE && pa - PROGRAM_BASE < PROGRAM_SIZE;
}

/* What `explain exception` calls an exception of this class; NULL: nothing. */
static const char *kind_of_exception(unsigned ec)
{
    static const char *const kinds[64] = {[EC_ILLEGAL_STATE] = "illegal-state",
                                          [EC_PC_ALIGN] = "pc-alignment",
                                          [EC_SP_ALIGN] = "sp-alignment",
                                          [EC_FP_ACCESS] = "fp",
                                          [EC_SVC64] = "svc",
                                          [EC_HVC64] = "hvc",
                                          [EC_SMC64] = "smc",
                                          [EC_BTI] = "bti",
                                          [EC_PAC_FAIL] = "pac-fail",
                                          [EC_BRK] = "brk"};
    return kinds[ec];
}

/* The command that asks about an event: the access that was trapped or not, the address, or the exception. */
static bool question(const struct program *p, const struct program_event *e, char *command, size_t size)
{
    unsigned ec = bits(e->esr, 31, 26);
    uint32_t insn;
    if (ec == 0x20 || ec == 0x21) {
        snprintf(command, size, "translate 0x%" PRIx64 " x", e->elr);
        return true;
    }
    if (ec == 0x24 || ec == 0x25) {
        snprintf(command, size, "translate 0x%" PRIx64 " %c", e->far, bit(e->esr, 6) ? 'w' : 'r');
        return true;
    }
    if (kind_of_exception(ec) != NULL) {
        snprintf(command, size, "exception %s", kind_of_exception(ec));
        return true;
    }
    if (!system_insn_at(p, e->elr, &insn) || (insn & 0xffc00000) != 0xd5000000)
        return false;
    snprintf(command, size, "access 0x%08x", insn);
    return true;
}

/* The command that asks about a value at the end: the last access that wrote a system register, or that read
 * one into Xn. */
static bool question_at_end(const struct program *p, const struct system_difference *d, char *command,
                            size_t size)
{
    bool is_x = d->what == SYSTEM_X; /* MRS Xn, or else MSR */
    uint32_t mask = is_x ? 0xfff0001f : 0xfff00000, access = is_x ? 0xd5300000 | d->index : 0xd5100000;
    if (!is_x && d->what != SYSTEM_REGISTER)
        return false;
    for (unsigned n = p->n_code; n-- > 0;)
        if ((p->code[n].raw & mask) == access) {
            snprintf(command, size, "access 0x%08x", p->code[n].raw);
            return true;
        }
    return false;
}

static void set_register(uint64_t *sr, uint16_t encoding, uint64_t value)
{
    if (register_named(encoding) != SR_NONE && value != MONITOR_ABSENT)
        sr[register_named(encoding)] = value;
}

/* The registers as the program's settings have them, or as el2sim's run has left them. */
static void state_of(const struct system_case *c, const struct system_registers *regs,
                     const struct features *f, bool at_end, uint64_t *sr)
{
    const struct program *p = c->program;
    sysreg_reset(sr, f, 0);
    for (unsigned n = 0; n < regs->n; n++)
        sr[regs->row[n].reg] = regs->row[n].base;
    for (unsigned n = 0; n < p->n_settings; n++)
        set_register(sr, p->settings[n].encoding, p->settings[n].value);
    for (unsigned n = 0; at_end && n < c->ours.n_registers; n++)
        set_register(sr, c->ours.registers[n].encoding, c->ours.registers[n].value);
}

/* Answers the command in the program's state, at the Exception level that e was taken from. */
static char *explanation(const struct system_pair *pair, const struct system_case *c,
                         const struct program_event *e, bool at_end, char *command)
{
    struct features f = {.has_el2 = true, .has_el3 = true};
    uint64_t sr[SR_COUNT];
    char *text = NULL, *save = NULL, *argv[8];
    size_t size;
    int argc = 0;
    if (features_parse(&f, pair->cpu) != NULL)
        return NULL;
    state_of(c, &pair->regs, &f, at_end, sr);
    const struct explain_source source = {.feat = &f,
                                          .sr = sr,
                                          .el = bits(e->spsr, 3, 2),
                                          .daif = bits(e->spsr, 9, 6),
                                          .sp0 = !bit(e->spsr, 0),
                                          .pan = bit(e->spsr, 22),
                                          .read64 = read_word,
                                          .opaque = (void *)c->program};
    FILE *out = open_memstream(&text, &size);
    struct explain_io io = {.out = out, .source = &source};
    for (char *word = strtok_r(command, " ", &save); word != NULL && argc < 7;
         word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    argv[argc] = NULL;
    bool ok = out != NULL && explain_command(&io, argc, argv);
    if (out != NULL)
        fclose(out);
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

static bool is_call(const struct program_event *e)
{
    return bits(e->esr, 31, 26) >= EC_SVC64 && bits(e->esr, 31, 26) <= EC_SMC64;
}

/* Exception `index` of the side where it came from the earlier instruction: the other side went past that. Of
 * the same instruction, or outside the program, it is the one that kept a call from being made, or that there
 * is a question about. */
static const struct program_event *earlier(const struct system_case *c, unsigned index)
{
    const struct program_event *ours = &c->ours.events[index], *theirs = &c->theirs.events[index];
    unsigned a, b;
    char command[96];
    if (index >= c->theirs.n_events)
        return ours;
    if (index >= c->ours.n_events)
        return theirs;
    if (!program_find_event(c->program, ours, &a) || !program_find_event(c->program, theirs, &b))
        return question(c->program, ours, command, sizeof(command)) ? ours : theirs;
    return b < a || (b == a && is_call(ours)) ? theirs : ours;
}

/* About the first exception that differs, or about what comes before the only one, the program's end. */
static void write_explanation(FILE *f, const struct system_pair *pair, const struct system_case *c)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned n = system_compare(c->program, &pair->regs, &c->ours, &c->theirs, d), i = 0;
    while (i < n && (d[i].what < SYSTEM_EVENT || d[i].what > SYSTEM_SPSR))
        i++;
    bool at_end = i == n;
    const struct program_event *e = earlier(c, at_end ? 0 : d[i].index);
    char command[96], *save = NULL;
    bool asked = at_end ? n != 0 && c->ours.n_events == 1 &&
                              question_at_end(c->program, &d[0], command, sizeof(command))
                        : question(c->program, e, command, sizeof(command));
    char *text = asked ? explanation(pair, c, e, at_end, command) : NULL;
    if (text == NULL)
        return;
    fprintf(f, " *\n * What `el2sim explain` says, for the state at the %s:\n", at_end ? "end" : "start");
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        fprintf(f, " *     %s\n", line);
    free(text);
}

/* ---- the program ---- */

static void load(FILE *f, unsigned x, uint64_t value)
{
    fprintf(f, "        ldr     x%u, =0x%" PRIx64 "\n", x, value);
}

static void write_start(FILE *f)
{
    fputs("\n        .arch   armv8.5-a\n        .text\n        .globl  _start\n"
          "_start: adr     x0, vectors                     // at EL3, MMU off\n"
          "        msr     vbar_el3, x0\n        msr     cptr_el3, xzr\n        msr     mdcr_el3, xzr\n",
          f);
    load(f, 0, system_scr_base());
    fputs("        msr     scr_el3, x0\n        isb\n\n"
          "        adr     x0, memory                      // page tables and data\n"
          "        adr     x1, memory_end\n"
          "1:      cmp     x0, x1\n        b.eq    2f\n        ldp     x2, x3, [x0], #16\n"
          "        str     x3, [x2]\n        b       1b\n"
          "2:      adr     x0, code\n        adr     x1, code_end\n        ldr     x2, =code_at\n"
          "3:      cmp     x0, x1\n        b.eq    4f\n        ldr     w3, [x0], #4\n"
          "        str     w3, [x2], #4\n        b       3b\n"
          "4:      mov     x4, #0                          // vectors of EL1, then of EL2: SMC #0xe100 + "
          "slot\n",
          f);
    load(f, 2, PROGRAM_VECTORS_AT);
    fprintf(f,
            "        ldr     w3, =0x%08x\n"
            "5:      str     w3, [x2], #0x80\n        add     w3, w3, #1 << 5\n        add     x4, x4, #1\n"
            "        cmp     x4, #16\n        b.ne    6f\n        ldr     w3, =0x%08x\n        add     x2, "
            "x2, #0x800\n"
            "6:      cmp     x4, #32\n        b.ne    5b\n        dsb     sy\n        ic      iallu\n        "
            "isb\n",
            UINT32_C(0xd4000003) | VECTOR_EL1 << 13, UINT32_C(0xd4000003) | VECTOR_EL2 << 13);
}

static void write_setting(FILE *f, uint16_t e, uint64_t value)
{
    load(f, 0, value);
    fprintf(f, "        msr     s%u_%u_c%u_c%u_%u, x0 // %s\n", e >> 14, e >> 11 & 7, e >> 7 & 15,
            e >> 3 & 15, e & 7, name_of(e));
}

static const struct program_setting *setting_of(const struct program *p, uint16_t e)
{
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == e)
            return &p->settings[n];
    return NULL;
}

/* Base values where they aren't 0 and the program has no setting, then the settings; EL3's controls last. */
static void write_settings(FILE *f, const struct system_registers *regs, const struct program *p)
{
    for (unsigned last = 0; last < 2; last++) {
        fputs("\n", f);
        for (unsigned n = 0; n < regs->n; n++) {
            const struct system_register *r = &regs->row[n];
            bool el3 = r->reg == SR_SCR_EL3 || r->reg == SR_CPTR_EL3 || r->reg == SR_MDCR_EL3;
            const struct program_setting *s = setting_of(p, r->encoding);
            if (el3 == last && (s != NULL || (r->base != 0 && !el3)))
                write_setting(f, r->encoding, s != NULL ? s->value : r->base);
        }
    }
    fputs("        tlbi    alle1\n        tlbi    alle2\n        tlbi    alle3\n        dsb     sy\n        "
          "isb\n",
          f);
}

static void write_special(FILE *f, const char *name, uint64_t value)
{
    if (value == 0)
        return;
    load(f, 0, value);
    fprintf(f, "        msr     %s, x0\n", name);
}

static void write_registers(FILE *f, const struct program *p)
{
    fputs("\n", f);
    write_special(f, "sp_el0", p->sp_el0);
    write_special(f, "sp_el1", p->sp_el1);
    write_special(f, "sp_el2", p->sp_el2);
    write_special(f, "fpcr", p->fpcr);
    write_special(f, "fpsr", p->fpsr);
    for (unsigned n = 0; n < 32; n++) {
        if ((p->v[n][0] | p->v[n][1]) == 0)
            continue;
        load(f, 0, p->v[n][0]);
        load(f, 1, p->v[n][1]);
        fprintf(f, "        mov     v%u.d[0], x0\n        mov     v%u.d[1], x1\n", n, n);
    }
    write_special(f, "elr_el3", p->pc);
    write_special(f, "spsr_el3", p->spsr);
    for (unsigned n = 0; n < 31; n++)
        if (p->x[n] != 0)
            load(f, n, p->x[n]);
        else
            fprintf(f, "        mov     x%u, #0\n", n);
    fputs("        eret\n", f);
}

/* Each exception: an entry in `events`, then on behind it, or the end. */
static const char vectors[] =
    "\n        .ltorg\n        .balign 2048\nvectors:\n        .rept   16\n        .balign 128\n"
    "        b       taken\n        .endr\n"
    "taken:  msr     tpidr_el3, x30\n        adr     x30, saved\n        stp     x0, x1, [x30]\n"
    "        stp     x2, x3, [x30, #16]\n        mrs     x0, esr_el3\n        mrs     x1, elr_el3\n"
    "        mrs     x2, spsr_el3\n        lsr     x3, x0, #26\n        cmp     x3, #0x17\n        b.ne    "
    "record\n"
    "        ubfx    x3, x0, #8, #8\n        cmp     x3, #0xe1\n        b.eq    el1\n        cmp     x3, "
    "#0xe2\n"
    "        b.ne    record\n        mrs     x0, esr_el2                     // a vector of EL2\n"
    "        mrs     x1, elr_el2\n        mrs     x2, spsr_el2\n        lsr     x3, x0, #26\n"
    "        cmp     x3, #0x17\n        b.ne    record\n        ubfx    x3, x0, #8, #8\n        cmp     x3, "
    "#0xe1\n"
    "        b.ne    record\nel1:    mrs     x0, esr_el1                     // a vector of EL1\n"
    "        mrs     x1, elr_el1\n        mrs     x2, spsr_el1\n"
    "record: ldr     x3, [x30, #32]\n        stp     x0, x1, [x3]                    // ESR, ELR, SPSR\n"
    "        str     x2, [x3, #16]\n        add     x3, x3, #32\n        str     x3, [x30, #32]\n"
    "        lsr     x3, x0, #26\n        and     w0, w0, #0xffff\n"
    "        cmp     x3, #0x15                       // SVC, HVC, SMC, BRK #0xe2d: the end\n        b.lo    "
    "1f\n"
    "        cmp     x3, #0x17\n        b.hi    1f\n        cmp     w0, #0xe2d\n        b.eq    done\n       "
    " b       2f\n"
    "1:      cmp     x3, #0x3c\n        b.ne    3f\n        cmp     w0, #0xe2d\n        b.eq    done\n"
    "3:      cmp     x3, #0x20                       // so are aborts of fetches, illegal states\n        "
    "b.eq    done\n"
    "        cmp     x3, #0x21\n        b.eq    done\n        cmp     x3, #0x22\n        b.eq    done\n"
    "        cmp     x3, #0x0e\n        b.eq    done\n        add     x1, x1, #4\n        bic     x2, x2, "
    "#0xc00\n"
    "2:      msr     elr_el3, x1\n        msr     spsr_el3, x2\n        ldp     x0, x1, [x30]\n"
    "        ldp     x2, x3, [x30, #16]\n        mrs     x30, tpidr_el3\n        eret\n"
    "done:   ldr     x1, =0x20026\n        adr     x0, saved\n        stp     x1, xzr, [x0]\n        mov     "
    "x1, x0\n"
    "        mov     w0, #0x18                       // semihosting: SYS_EXIT\n        hlt     #0xf000\n"
    "        .balign 8\nsaved:  .skip   32\n        .quad   events\n";

static void write_code(FILE *f, const struct program *p)
{
    struct disassembler *d = disassembler_new();
    uint32_t at = p->n_code != 0 ? p->code[0].at : 0;
    fprintf(f, "\n        .equ    code_at, 0x%" PRIx64 "\ncode:\n", PROGRAM_CODE_AT + at);
    for (unsigned n = 0; n < p->n_code; n++) {
        char text[DISASM_SIZE];
        unsigned gap = 0;
        while (n + gap < p->n_code && p->code[n + gap].raw == PROGRAM_NOP &&
               p->code[n + gap].at == at + 4 * gap)
            gap++;
        if (gap > 2) {
            fprintf(f, "        .fill   %u, 4, 0x%08x // nop\n", gap, PROGRAM_NOP);
            at += 4 * gap;
            n += gap - 1;
            continue;
        }
        if (p->code[n].at > at)
            fprintf(f, "        .fill   %u, 4, 0x%08x // svc #0xe2d\n", (p->code[n].at - at) / 4,
                    PROGRAM_END_INSN);
        fprintf(f, "        .inst   0x%08x // %s\n", p->code[n].raw,
                disassemble(d, p->code[n].raw, p->pc - p->code[0].at + p->code[n].at, text));
        at = p->code[n].at + 4;
    }
    fprintf(f, "        .fill   16, 4, 0x%08x // svc #0xe2d: the end\ncode_end:\n", PROGRAM_END_INSN);
    disassembler_free(d);
}

static void write_memory(FILE *f, const struct program *p)
{
    fputs("\n        .balign 16\nmemory:                                          // address, value\n", f);
    for (unsigned n = 0; n < p->n_words; n++)
        fprintf(f, "        .quad   0x%" PRIx64 ", 0x%" PRIx64 "\n", p->words[n].at, p->words[n].value);
    fputs("memory_end:\n        .bss\n        .balign 8\nevents: .skip   32 * 64\n", f);
}

/* ---- for --replay ---- */

/* Numbers are hexadecimal. */
static void write_line(FILE *f, const char *what, uint64_t a, uint64_t b)
{
    fprintf(f, " *: %s 0x%" PRIx64 " 0x%" PRIx64 "\n", what, a, b);
}

static void write_code_lines(FILE *f, const struct program *p)
{
    for (unsigned n = 0; n < p->n_code; n++) {
        unsigned nops = 0;
        while (n + nops < p->n_code && p->code[n + nops].raw == PROGRAM_NOP &&
               p->code[n + nops].at == p->code[n].at + 4 * nops)
            nops++;
        if (nops > 1)
            write_line(f, "nops", p->code[n].at, nops);
        else
            write_line(f, "code", p->code[n].at, p->code[n].raw);
        n += nops > 1 ? nops - 1 : 0;
    }
}

static void write_dump(FILE *f, const struct program *p)
{
    fputs("\n/* For --replay:\n", f);
    write_line(f, "seed", p->seed, 0);
    write_line(f, "pc", p->pc, p->spsr);
    write_line(f, "sp", 0, p->sp_el0);
    write_line(f, "sp", 1, p->sp_el1);
    write_line(f, "sp", 2, p->sp_el2);
    write_line(f, "fp", p->fpcr, p->fpsr);
    if (p->has_code_va)
        write_line(f, "at", p->code_va[0], p->code_va[1]);
    for (unsigned n = 0; n < p->n_settings; n++)
        write_line(f, "set", p->settings[n].encoding, p->settings[n].value);
    for (unsigned n = 0; n < p->n_words; n++)
        write_line(f, "word", p->words[n].at, p->words[n].value);
    write_code_lines(f, p);
    for (unsigned n = 0; n < 31; n++)
        if (p->x[n] != 0)
            write_line(f, "x", n, p->x[n]);
    for (unsigned n = 0; n < 64; n++)
        if (p->v[n / 2][n % 2] != 0)
            write_line(f, "v", n, p->v[n / 2][n % 2]);
    fputs(" */\n", f);
}

static bool read_code(struct program *p, uint64_t at, uint32_t raw, uint64_t count)
{
    if (at >= 0x10000 || at % 4 != 0 || count > PROGRAM_CODE - p->n_code || at + 4 * count > 0x10000)
        return false;
    for (uint64_t n = 0; n < count; n++)
        p->code[p->n_code++] = (struct program_insn){.at = (uint32_t)(at + 4 * n), .raw = raw};
    return true;
}

/* A line of the file; false: it is one of ours and makes no sense. */
static bool read_line(void *ctx, const char *line)
{
    struct program *p = ctx;
    char what[16];
    uint64_t a, b;
    if (strncmp(line, " *: ", 4) != 0)
        return true;
    if (sscanf(line + 4, "%15s %" SCNx64 " %" SCNx64, what, &a, &b) != 3)
        return false;
    if (strcmp(what, "seed") == 0)
        p->seed = a;
    else if (strcmp(what, "pc") == 0) {
        p->pc = a;
        p->spsr = b;
    } else if (strcmp(what, "fp") == 0) {
        p->fpcr = a;
        p->fpsr = b;
    } else if (strcmp(what, "at") == 0) {
        p->has_code_va = true;
        p->code_va[0] = a;
        p->code_va[1] = b;
    } else if (strcmp(what, "sp") == 0 && a < 3)
        *(a == 0 ? &p->sp_el0 : a == 1 ? &p->sp_el1 : &p->sp_el2) = b;
    else if (strcmp(what, "set") == 0 && a <= UINT16_MAX && p->n_settings < PROGRAM_SETTINGS)
        p->settings[p->n_settings++] = (struct program_setting){(uint16_t)a, b};
    else if (strcmp(what, "word") == 0 && a - PROGRAM_BASE < PROGRAM_SIZE && p->n_words < PROGRAM_WORDS)
        p->words[p->n_words++] = (struct program_word){a, b};
    else if (strcmp(what, "code") == 0 && b <= UINT32_MAX)
        return read_code(p, a, (uint32_t)b, 1);
    else if (strcmp(what, "nops") == 0)
        return read_code(p, a, PROGRAM_NOP, b);
    else if (strcmp(what, "x") == 0 && a < 31)
        p->x[a] = b;
    else if (strcmp(what, "v") == 0 && a < 64)
        p->v[a / 2][a % 2] = b;
    else
        return false;
    return true;
}

bool system_read(const char *path, struct program *p, char *error)
{
    memset(p, 0, sizeof(*p));
    if (!listing_lines(path, read_line, p, error))
        return false;
    if (p->n_code == 0)
        snprintf(error, FUZZ_ERROR_SIZE, "%.200s has no program of `el2sim fuzz system`", path);
    return p->n_code != 0;
}

/* ---- the file ---- */

static void write_comment(FILE *f, const char *path, const struct fuzz_options *o,
                          const struct system_pair *pair, const struct system_case *c, const char *version)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    fprintf(f,
            "/* SPDX-License-Identifier: BSD-2-Clause\n *\n"
            " * el2sim fuzz system --cpu %s%s --seed %" PRIu64 ", made small.\n *\n",
            o->cpu, o->secure ? " --secure" : "", c->program->seed);
    system_story(f, " * ", c, &pair->regs, version);
    write_explanation(f, pair, c);
    fprintf(
        f,
        " *\n * Again: el2sim fuzz system --replay %s\n"
        " * As a program of its own (it starts at EL3; `events` has ESR, ELR, SPSR of each exception):\n"
        " *   aarch64-linux-gnu-gcc -nostdlib -static -Wl,--build-id=none -T tests/arch/arch.ld -o p.elf %s\n"
        " *   el2sim diff -M virt,virtualization=on,secure=on -cpu %s -semihosting -kernel p.elf\n */\n",
        name, name, pair->cpu);
}

bool system_write(const char *path, const struct fuzz_options *o, const struct system_pair *pair,
                  const struct system_case *c, const char *version, char *error)
{
    FILE *f = fopen(path, "w");
    if (f != NULL) {
        write_comment(f, path, o, pair, c, version);
        write_start(f);
        write_settings(f, &pair->regs, c->program);
        write_registers(f, c->program);
        fputs(vectors, f);
        write_code(f, c->program);
        write_memory(f, c->program);
        write_dump(f, c->program);
    }
    bool ok = f != NULL && !ferror(f);
    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (!ok)
        snprintf(error, FUZZ_ERROR_SIZE, "can't write %.200s: %s", path, strerror(errno));
    return ok;
}
