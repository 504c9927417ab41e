/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The target description as text: GDB manual, appendix "Target Descriptions", section AArch64 Features.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"
#include "debug/target_internal.h"

static const char *const file_names[XML_FILES] = {
    [XML_TARGET] = "target.xml",
    [XML_CORE] = "aarch64-core.xml",
    [XML_FPU] = "aarch64-fpu.xml",
    [XML_SYSTEM] = "system-registers.xml",
};

#define HEAD(element) "<?xml version=\"1.0\"?>\n<!DOCTYPE " element " SYSTEM \"gdb-target.dtd\">\n"

static void write_target(FILE *out)
{
    fputs(HEAD("target") "<target>\n  <architecture>aarch64</architecture>\n", out);
    for (unsigned n = XML_CORE; n < XML_FILES; n++)
        fprintf(out, "  <xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"%s\"/>\n",
                file_names[n]);
    fputs("</target>\n", out);
}

/* PSTATE's fields, where SPSR_ELx has them. */
static const struct {
    const char *name;
    uint8_t low, high;
} pstate[] = {
    {"SP", 0, 0},   {"EL", 2, 3},      {"F", 6, 6},      {"I", 7, 7},        {"A", 8, 8},
    {"D", 9, 9},    {"BTYPE", 10, 11}, {"SSBS", 12, 12}, {"ALLINT", 13, 13}, {"IL", 20, 20},
    {"SS", 21, 21}, {"PAN", 22, 22},   {"UAO", 23, 23},  {"DIT", 24, 24},    {"TCO", 25, 25},
    {"V", 28, 28},  {"C", 29, 29},     {"Z", 30, 30},    {"N", 31, 31},
};

static void write_core(FILE *out)
{
    fputs(HEAD("feature") "<feature name=\"org.gnu.gdb.aarch64.core\">\n  <flags id=\"cpsr_flags\" "
                          "size=\"4\">\n",
          out);
    for (size_t n = 0; n < ARRAY_LEN(pstate); n++)
        fprintf(out, "    <field name=\"%s\" start=\"%u\" end=\"%u\"/>\n", pstate[n].name, pstate[n].low,
                pstate[n].high);
    fputs("  </flags>\n", out);
    for (unsigned n = 0; n < REGISTER_SP; n++)
        fprintf(out, "  <reg name=\"x%u\" bitsize=\"64\" regnum=\"%u\"/>\n", n, REGISTER_X0 + n);
    fprintf(out,
            "  <reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\" regnum=\"%u\"/>\n"
            "  <reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\" regnum=\"%u\"/>\n"
            "  <reg name=\"cpsr\" bitsize=\"32\" type=\"cpsr_flags\" regnum=\"%u\"/>\n</feature>\n",
            REGISTER_SP, REGISTER_PC, REGISTER_CPSR);
}

/* How a V register may be looked at: lanes of each size. */
static const struct {
    const char *id, *type;
    unsigned count;
} lanes[] = {
    {"d_f", "ieee_double", 2}, {"d_u", "uint64", 2}, {"s_f", "ieee_single", 4}, {"s_u", "uint32", 4},
    {"h_f", "ieee_half", 8},   {"h_u", "uint16", 8}, {"b_u", "uint8", 16},
};

static void write_fpu(FILE *out)
{
    fputs(HEAD("feature") "<feature name=\"org.gnu.gdb.aarch64.fpu\">\n", out);
    for (size_t n = 0; n < ARRAY_LEN(lanes); n++)
        fprintf(out, "  <vector id=\"v_%s\" type=\"%s\" count=\"%u\"/>\n", lanes[n].id, lanes[n].type,
                lanes[n].count);
    fputs("  <union id=\"v_register\">\n", out);
    for (size_t n = 0; n < ARRAY_LEN(lanes); n++)
        fprintf(out, "    <field name=\"%s\" type=\"v_%s\"/>\n", lanes[n].id, lanes[n].id);
    fputs("    <field name=\"q\" type=\"uint128\"/>\n  </union>\n", out);
    for (unsigned n = 0; n < 32; n++)
        fprintf(out, "  <reg name=\"v%u\" bitsize=\"128\" type=\"v_register\" regnum=\"%u\"/>\n", n,
                REGISTER_V0 + n);
    fprintf(out,
            "  <reg name=\"fpsr\" bitsize=\"32\" type=\"int\" regnum=\"%u\"/>\n"
            "  <reg name=\"fpcr\" bitsize=\"32\" type=\"int\" regnum=\"%u\"/>\n</feature>\n",
            REGISTER_FPSR, REGISTER_FPCR);
}

static void write_system(const struct target *t, FILE *out)
{
    fputs(HEAD("feature") "<feature name=\"org.qemu.gdb.arm.sys.regs\">\n", out);
    for (unsigned n = 0; n < t->n; n++)
        fprintf(out, "  <reg name=\"%s\" bitsize=\"64\" type=\"uint64\" regnum=\"%u\" group=\"cp_regs\"/>\n",
                sysreg_row(t->reg[n])->name, REGISTER_SYSTEM + n);
    fputs("</feature>\n", out);
}

void target_make_xml(struct target *t)
{
    for (unsigned n = 0; n < XML_FILES; n++) {
        size_t size;
        FILE *out = open_memstream(&t->xml[n], &size);
        if (out == NULL)
            user_error("no memory for the debugger's target description");
        if (n == XML_TARGET)
            write_target(out);
        else if (n == XML_CORE)
            write_core(out);
        else if (n == XML_FPU)
            write_fpu(out);
        else
            write_system(t, out);
        fclose(out);
    }
}

const char *target_xml(const struct target *t, const char *annex)
{
    for (unsigned n = 0; n < XML_FILES; n++)
        if (strcmp(annex, file_names[n]) == 0)
            return t->xml[n];
    return NULL;
}
