/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs the exception-routing vectors (tests/data/vectors/routing.tsv.gz, computed with Arm's specification;
 * its README says how) on a real CPU, one instruction each, and compares target, vector, ESR, FAR, HPFAR,
 * ELR, SPSR and PSTATE. Rows that need a feature the model does not have are left out and counted by that
 * feature.
 *
 *     routing FILE [FILTER]     FILTER: only rows whose second column contains it; failures are printed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cpu/sem.h"
#include "tests/arch/fixture.h"

enum { MAX_LINE = 16384, MAX_PRINTED = 40 };

struct tally {
    unsigned run, passed, skipped_aarch32;
};

/* "0x40001000=0xd503201fd4000021;..." */
static void load_memory(struct fixture *x, char *column)
{
    for (char *save = NULL, *t = strtok_r(column, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(t, '=');
        if (eq == NULL)
            continue;
        uint64_t pa = strtoull(t, NULL, 16);
        fixture_put64(x, pa, strtoull(eq + 1, NULL, 16));
    }
}

/* One PSTATE field of the initial state by the vectors' name; false: unknown. */
static bool set_pstate_field(struct cpu *c, const char *name, unsigned v, unsigned *nzcv)
{
    static const struct {
        const char *name;
        unsigned nzcv, daif;
    } flags[] = {{"N", 8, 0}, {"Z", 4, 0}, {"C", 2, 0}, {"V", 1, 0},
                 {"D", 0, 8}, {"A", 0, 4}, {"I", 0, 2}, {"F", 0, 1}};
    for (unsigned n = 0; n < ARRAY_LEN(flags); n++) {
        if (strcmp(name, flags[n].name) == 0) {
            *nzcv |= v ? flags[n].nzcv : 0;
            c->daif |= v ? (uint8_t)flags[n].daif : 0;
            return true;
        }
    }
    uint8_t *field = strcmp(name, "PAN") == 0    ? &c->pan
                     : strcmp(name, "UAO") == 0  ? &c->uao
                     : strcmp(name, "IL") == 0   ? &c->il
                     : strcmp(name, "SS") == 0   ? &c->ss
                     : strcmp(name, "DIT") == 0  ? &c->dit
                     : strcmp(name, "SSBS") == 0 ? &c->ssbs
                     : strcmp(name, "TCO") == 0  ? &c->tco
                                                 : NULL;
    if (field == NULL)
        return false;
    *field = (uint8_t)v;
    return true;
}

/* "SCR_EL3=0x531;...;PC=..;PSTATE.EL=0;..." */
static bool load_registers(struct fixture *x, char *column)
{
    struct cpu *c = x->cpu;
    unsigned el = 0, sp = 0, nzcv = 0;
    uint64_t pc = 0;
    fixture_reset(x, 3, 0);
    for (char *save = NULL, *t = strtok_r(column, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(t, '=');
        if (eq == NULL)
            continue;
        *eq = '\0';
        uint64_t v = strtoull(eq + 1, NULL, 16);
        enum sysreg reg;
        if (strcmp(t, "PC") == 0)
            pc = v;
        else if (strcmp(t, "PSTATE.EL") == 0)
            el = (unsigned)v;
        else if (strcmp(t, "PSTATE.SP") == 0)
            sp = (unsigned)v;
        else if (strncmp(t, "PSTATE.", 7) == 0 && set_pstate_field(c, t + 7, (unsigned)v, &nzcv))
            continue;
        else if (strncmp(t, "SP_EL", 5) == 0)
            c->sp_el[t[5] - '0'] = v;
        else if (t[0] == 'X')
            c->x[atoi(t + 1)] = v;
        else if ((reg = sysreg_by_name(t)) != SR_NONE)
            c->sr[reg] = v;
        else
            return false;
    }
    c->el = (uint8_t)el;
    c->spsel = (uint8_t)sp;
    c->x[REG_SP] = c->sp_el[sp ? el : 0];
    set_nzcv(c, nzcv);
    c->pc = pc;
    fixture_changed(x);
    return true;
}

/* PSTATE as the vectors write it: names of the fields that are 1, "-" if none. */
static void describe_pstate(const struct cpu *c, char *out, size_t size)
{
    static const struct {
        const char *name;
        unsigned bit;
    } fields[] = {{"N", 31},  {"Z", 30},  {"C", 29},   {"V", 28},    {"D", 9},
                  {"A", 8},   {"I", 7},   {"F", 6},    {"PAN", 22},  {"UAO", 23},
                  {"IL", 20}, {"SS", 21}, {"DIT", 24}, {"SSBS", 12}, {"TCO", 25}};
    uint32_t p = cpu_pstate(c, 0);
    size_t used = 0;
    out[0] = '\0';
    for (unsigned n = 0; n < ARRAY_LEN(fields); n++)
        if (p >> fields[n].bit & 1)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "," : "", fields[n].name);
    if (c->btype)
        used += (size_t)snprintf(out + used, size - used, "%sBTYPE=%u", used ? "," : "", c->btype);
    if (c->spsel)
        used += (size_t)snprintf(out + used, size - used, "%sSP", used ? "," : "");
    if (used == 0)
        snprintf(out, size, "-");
}

static uint64_t by_el(const struct cpu *c, const char *prefix, unsigned el)
{
    char name[16];
    snprintf(name, sizeof(name), "%s_EL%u", prefix, el);
    return c->sr[sysreg_by_name(name)];
}

/* What the CPU did, in the words of the result column; only what `expected` mentions of FAR and HPFAR. */
static void describe_result(const struct cpu *c, const char *expected, bool exception, char *out, size_t size)
{
    char pstate[128];
    size_t n = 0;
    describe_pstate(c, pstate, sizeof(pstate));
    if (!exception) {
        snprintf(out, size, "OK PC=0x%" PRIx64 " EL=%u PSTATE=%s", c->pc, c->el, pstate);
        return;
    }
    n += (size_t)snprintf(out, size, "EXC EL=%u VEC=0x%" PRIx64 " ESR=0x%" PRIx64, c->el,
                          c->pc - by_el(c, "VBAR", c->el), by_el(c, "ESR", c->el));
    if (strstr(expected, " FAR="))
        n += (size_t)snprintf(out + n, size - n, " FAR=0x%" PRIx64, by_el(c, "FAR", c->el));
    if (strstr(expected, " HPFAR="))
        n += (size_t)snprintf(out + n, size - n, " HPFAR=0x%" PRIx64, c->sr[SR_HPFAR_EL2] & ~BIT(63));
    snprintf(out + n, size - n, " ELR=0x%" PRIx64 " SPSR=0x%" PRIx64 " PSTATE=%s", by_el(c, "ELR", c->el),
             by_el(c, "SPSR", c->el), pstate);
}

/* "PA=word;..." or "-" */
static bool memory_matches(struct fixture *x, char *column)
{
    if (column[0] == '-')
        return true;
    for (char *save = NULL, *t = strtok_r(column, ";", &save); t != NULL; t = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(t, '=');
        uint64_t v;
        if (eq != NULL &&
            (!bus_read(x->bus, strtoull(t, NULL, 16), 8, false, &v) || v != strtoull(eq + 1, NULL, 16)))
            return false;
    }
    return true;
}

static void run_row(struct fixture *x, char *column[7], struct tally *t, bool verbose)
{
    char got[512];
    /* AArch32 at EL0: returns to it, and SCR_EL3.RW=0, which is RAO/WI without it */
    if (strstr(column[1], "RW0") != NULL || strstr(column[5], "nRW") != NULL) {
        t->skipped_aarch32++;
        return;
    }
    t->run++;
    fixture_clear(x);
    load_memory(x, column[3]);
    if (!load_registers(x, column[2])) {
        printf("%s: unknown register in: %s\n", column[0], column[1]);
        return;
    }
    fixture_step(x);
    describe_result(x->cpu, column[5], strncmp(column[5], "EXC", 3) == 0, got, sizeof(got));
    bool ok = strcmp(got, column[5]) == 0 && memory_matches(x, column[6]);
    t->passed += ok;
    if (!ok && (verbose || t->run - t->passed <= MAX_PRINTED))
        printf("%s %s | %s\n    expected %s\n    got      %s\n", column[0], column[1], column[4], column[5],
               got);
}

int main(int argc, char **argv)
{
    static char line[MAX_LINE];
    struct fixture x;
    struct tally t = {0};
    gzFile f = argc > 1 ? gzopen(argv[1], "rb") : NULL;
    const char *filter = argc > 2 ? argv[2] : "";
    if (f == NULL) {
        fprintf(stderr, "usage: routing FILE.tsv.gz [FILTER]\n");
        return 2;
    }
    fixture_init(&x, "max,PAuth=off,MTE=off,NMI=off", true, true);
    while (gzgets(f, line, sizeof(line)) != NULL) {
        char *column[7], *save = NULL;
        unsigned n = 0;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        for (char *s = strtok_r(line, "\t", &save); s != NULL && n < 7; s = strtok_r(NULL, "\t", &save))
            column[n++] = s;
        if (n == 7 && strstr(column[1], filter) != NULL)
            run_row(&x, column, &t, filter[0] != '\0');
    }
    gzclose(f);
    fixture_destroy(&x);
    printf("routing vectors: %u run, %u passed, %u failed; left out: %u (AArch32)\n", t.run, t.passed,
           t.run - t.passed, t.skipped_aarch32);
    return t.run > 0 && t.passed == t.run ? EXIT_SUCCESS : EXIT_FAILURE;
}
