/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of fields in words, where fields.def has no words by value: addresses, memory attributes, exception
 * classes, fault status codes, modes. Arm ARM DDI 0487 D19.2 (ESR_ELx, MAIR_ELx, SPSR_ELx); fields of
 * fine-grained trap registers and of identification registers follow from sysregs/fgt.def and
 * sysregs/features.def.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "sysregs/fields.h"
#include "base/compiler.h"
#include "explain/fields.h"

/* ---- exception classes ---- */

static const struct {
    uint8_t ec;
    uint8_t iss; /* enum extra_set */
    const char *name;
} classes[] = {
    {0x00, XSET_ISS_NONE, "Unknown reason (an UNDEFINED instruction)"},
    {0x01, XSET_ISS_WFX, "Trapped WFI or WFE"},
    {0x03, XSET_ISS_NONE, "Trapped MCR or MRC, coprocessor 15 (AArch32)"},
    {0x04, XSET_ISS_NONE, "Trapped MCRR or MRRC, coprocessor 15 (AArch32)"},
    {0x05, XSET_ISS_NONE, "Trapped MCR or MRC, coprocessor 14 (AArch32)"},
    {0x06, XSET_ISS_NONE, "Trapped LDC or STC (AArch32)"},
    {0x07, XSET_ISS_FP, "Trapped SVE, Advanced SIMD or floating-point instruction"},
    {0x08, XSET_ISS_NONE, "Trapped VMRS (AArch32)"},
    {0x09, XSET_ISS_NONE, "Trapped pointer authentication instruction (HCR_EL2.API, SCR_EL3.API)"},
    {0x0a, XSET_ISS_LS64, "Trapped LD64B, ST64B* and others"},
    {0x0c, XSET_ISS_NONE, "Trapped MRRC, coprocessor 14 (AArch32)"},
    {0x0d, XSET_ISS_BTI, "Branch Target Exception"},
    {0x0e, XSET_ISS_NONE, "Illegal Execution state"},
    {0x11, XSET_ISS_CALL, "SVC from AArch32"},
    {0x12, XSET_ISS_CALL, "HVC from AArch32"},
    {0x13, XSET_ISS_NONE, "SMC from AArch32"},
    {0x14, XSET_ISS_NONE, "Trapped MSRR, MRRS or SYSP"},
    {0x15, XSET_ISS_CALL, "SVC from AArch64"},
    {0x16, XSET_ISS_CALL, "HVC from AArch64"},
    {0x17, XSET_ISS_CALL, "SMC from AArch64"},
    {0x18, XSET_ISS_SYSREG, "Trapped MSR, MRS or system instruction"},
    {0x19, XSET_ISS_NONE, "Trapped access to SVE"},
    {0x1a, XSET_ISS_ERET, "Trapped ERET (HCR_EL2.NV, HFGITR_EL2.ERET)"},
    {0x1b, XSET_ISS_NONE, "Trapped TSTART"},
    {0x1c, XSET_ISS_PAC, "Pointer authentication failure"},
    {0x1d, XSET_ISS_NONE, "Trapped access to SME"},
    {0x1e, XSET_ISS_NONE, "Granule Protection Check exception"},
    {0x20, XSET_ISS_IABORT, "Instruction Abort from a lower Exception level"},
    {0x21, XSET_ISS_IABORT, "Instruction Abort without a change of Exception level"},
    {0x22, XSET_ISS_NONE, "PC alignment fault"},
    {0x24, XSET_ISS_DABORT, "Data Abort from a lower Exception level"},
    {0x25, XSET_ISS_DABORT, "Data Abort without a change of Exception level"},
    {0x26, XSET_ISS_NONE, "SP alignment fault"},
    {0x27, XSET_ISS_MOPS, "Memory Operation exception (CPY*, SET*)"},
    {0x28, XSET_ISS_FPEXC, "Trapped floating-point exception (AArch32)"},
    {0x2c, XSET_ISS_FPEXC, "Trapped floating-point exception"},
    {0x2d, XSET_ISS_GCS, "Guarded Control Stack exception"},
    {0x2f, XSET_ISS_SERROR, "SError exception"},
    {0x30, XSET_ISS_BREAK, "Breakpoint from a lower Exception level"},
    {0x31, XSET_ISS_BREAK, "Breakpoint without a change of Exception level"},
    {0x32, XSET_ISS_STEP, "Software Step from a lower Exception level"},
    {0x33, XSET_ISS_STEP, "Software Step without a change of Exception level"},
    {0x34, XSET_ISS_WATCH, "Watchpoint from a lower Exception level"},
    {0x35, XSET_ISS_WATCH, "Watchpoint without a change of Exception level"},
    {0x38, XSET_ISS_CALL, "BKPT (AArch32)"},
    {0x3a, XSET_ISS_NONE, "Vector Catch (AArch32)"},
    {0x3c, XSET_ISS_BRK, "BRK instruction"},
    {0x3d, XSET_ISS_NONE, "PMU exception"},
};

const char *exception_class_name(unsigned ec)
{
    for (unsigned n = 0; n < ARRAY_LEN(classes); n++)
        if (classes[n].ec == ec)
            return classes[n].name;
    return "reserved";
}

/* An SError interrupt's syndrome by IDS, and AET, EA and IESB only with DFSC 0b010001 (D19.2 ESR_ELx). */
static enum extra_set serror_iss(uint64_t esr)
{
    if (bit(esr, 24))
        return XSET_ISS_SERROR_IMPDEF;
    return bits(esr, 5, 0) == 0x11 ? XSET_ISS_SERROR : XSET_ISS_SERROR_OTHER;
}

enum extra_set exception_class_iss(uint64_t esr)
{
    const unsigned ec = (unsigned)bits(esr, 31, 26);

    if (ec == EC_SERROR)
        return serror_iss(esr);
    for (unsigned n = 0; n < ARRAY_LEN(classes); n++)
        if (classes[n].ec == ec)
            return (enum extra_set)classes[n].iss;
    return XSET_ISS_NONE;
}

/* ---- fault status codes ---- */

static const struct {
    uint8_t code, count; /* of consecutive codes, which are levels */
    int8_t level;        /* of the first; 9: none */
    const char *name;
} faults[] = {
    {0x00, 4, 0, "Address size fault"},
    {0x04, 4, 0, "Translation fault"},
    {0x08, 4, 0, "Access flag fault"},
    {0x0c, 4, 0, "Permission fault"},
    {0x10, 1, 9, "Synchronous External abort, not on a table walk"},
    {0x11, 1, 9, "Synchronous Tag Check fault"},
    {0x13, 1, -1, "Synchronous External abort on a table walk"},
    {0x14, 4, 0, "Synchronous External abort on a table walk"},
    {0x18, 1, 9, "Synchronous parity or ECC error, not on a table walk"},
    {0x1b, 1, -1, "Synchronous parity or ECC error on a table walk"},
    {0x1c, 4, 0, "Synchronous parity or ECC error on a table walk"},
    {0x21, 1, 9, "Alignment fault"},
    {0x22, 1, 9, "Debug exception"},
    {0x23, 1, -1, "Granule Protection Fault on a table walk"},
    {0x24, 4, 0, "Granule Protection Fault on a table walk"},
    {0x28, 1, 9, "Granule Protection Fault, not on a table walk"},
    {0x29, 1, -1, "Address size fault"},
    {0x2a, 1, -2, "Translation fault"},
    {0x2b, 1, -1, "Translation fault"},
    {0x2c, 1, -2, "Address size fault"},
    {0x30, 1, 9, "TLB conflict abort"},
    {0x31, 1, 9, "Unsupported atomic hardware update"},
    {0x34, 1, 9, "IMPLEMENTATION DEFINED fault (Lockdown)"},
    {0x35, 1, 9, "IMPLEMENTATION DEFINED fault (Unsupported Exclusive or Atomic access)"},
};

static void fault_name(uint64_t code, char *buffer, size_t size)
{
    snprintf(buffer, size, "reserved fault status code");
    for (unsigned n = 0; n < ARRAY_LEN(faults); n++) {
        if (code < faults[n].code || code >= faults[n].code + (uint64_t)faults[n].count)
            continue;
        if (faults[n].level == 9)
            snprintf(buffer, size, "%s", faults[n].name);
        else
            snprintf(buffer, size, "%s, level %d", faults[n].name,
                     faults[n].level + (int)(code - faults[n].code));
    }
}

/* ---- memory attributes ---- */

static void cacheability(unsigned nibble, char *buffer, size_t size)
{
    const bool write_back = (nibble & 4) != 0, transient = (nibble & 8) == 0;

    if (nibble == 4)
        snprintf(buffer, size, "Non-cacheable");
    else
        snprintf(buffer, size, "Write-%s%s%s%s%s%s", write_back ? "Back" : "Through",
                 transient ? " transient" : "", (nibble & 3) != 0 ? " allocate on" : " no allocation",
                 (nibble & 2) != 0 ? " read" : "", (nibble & 3) == 3 ? " and" : "",
                 (nibble & 1) != 0 ? " write" : "");
}

void memory_attributes_name(unsigned byte, char *buffer, size_t size)
{
    static const char *const device[] = {"nGnRnE", "nGnRE", "nGRE", "GRE"};
    char outer[64], inner[64];

    if ((byte & 0xf2) == 0) {
        snprintf(buffer, size, "Device-%s%s", device[byte >> 2 & 3], (byte & 1) != 0 ? ", XS=0" : "");
    } else if (byte == 0x40) {
        snprintf(buffer, size, "Normal Non-cacheable, XS=0 (FEAT_XS)");
    } else if (byte == 0xa0) {
        snprintf(buffer, size, "Normal Write-Through, XS=0 (FEAT_XS)");
    } else if (byte == 0xf0) {
        snprintf(buffer, size, "Normal Tagged Write-Back (FEAT_MTE2)");
    } else if (byte >> 4 == 0 || (byte & 15) == 0) {
        snprintf(buffer, size, "reserved: UNPREDICTABLE");
    } else {
        cacheability(byte >> 4, outer, sizeof(outer));
        cacheability(byte & 15, inner, sizeof(inner));
        if (strcmp(outer, inner) == 0)
            snprintf(buffer, size, "Normal, %s", outer);
        else
            snprintf(buffer, size, "Normal, outer %s, inner %s", outer, inner);
    }
}

/* ---- the rest ---- */

static const char *mode_name(uint64_t mode)
{
    static const char *const names[16] = {
        [0x0] = "EL0, SP_EL0 (EL0t)",     [0x4] = "EL1 with SP_EL0 (EL1t)", [0x5] = "EL1 with SP_EL1 (EL1h)",
        [0x8] = "EL2 with SP_EL0 (EL2t)", [0x9] = "EL2 with SP_EL2 (EL2h)", [0xc] = "EL3 with SP_EL0 (EL3t)",
        [0xd] = "EL3 with SP_EL3 (EL3h)"};

    if (mode & 16)
        return "AArch32 (not implemented here: an illegal return)";
    return names[mode] != NULL ? names[mode] : "reserved: an illegal return";
}

static void bytes_of(unsigned width, char *buffer, size_t size)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB", "PB", "EB"};

    snprintf(buffer, size, "%u %s", 1u << width % 10, units[width / 10 < 7 ? width / 10 : 6]);
}

/* Features that the field of an identification register announces. */
static void announced(const struct field *f, uint64_t value, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (enum feature n = FEAT_ALWAYS + 1; n < FEATURE_COUNT; n++) {
        unsigned reg, low, least;
        if (!feature_id_value(n, &reg, &low, &least) || reg != f->reg || low != f->low || value < least ||
            used + 24 > size)
            continue;
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used == 0 ? "" : ", ", feature_name(n));
    }
    if (used == 0 && value == 0)
        snprintf(buffer, size, "none");
}

/* Fine-grained traps are named for what they trap. */
static bool fine_grained(const struct field *f, uint64_t value, char *buffer, size_t size)
{
    const char *reg = f->reg != SR_NONE ? sysreg_row(f->reg)->name : "";
    const bool inverted = f->name[0] == 'n';
    const char *what = strncmp(reg, "HFGITR", 6) == 0 ? "the instruction"
                       : strstr(reg, "FGWTR") != NULL ? "MSR to"
                       : strstr(reg, "FGRTR") != NULL ? "MRS of"
                       : strstr(reg, "HAFG") != NULL  ? "access to"
                                                      : NULL;

    if (what == NULL || f->ones)
        return false;
    snprintf(buffer, size, "%s %s at EL1 (and EL0 outside a host): %s", what, f->name + inverted,
             (value != 0) != inverted ? "traps to EL2" : "not trapped");
    return true;
}

static void put(char *buffer, size_t size, const char *about, const char *text)
{
    snprintf(buffer, size, "%s%s%s", about != NULL ? about : "", about != NULL && text[0] != '\0' ? ": " : "",
             text);
}

static void formatted(const struct field *f, uint64_t value, char *text, size_t size)
{
    switch (f->words->format) {
    case FORMAT_NUMBER:
        snprintf(text, size, "%" PRIu64, value);
        break;
    case FORMAT_ADDRESS:
        snprintf(text, size, "0x%" PRIx64, value << f->low);
        break;
    case FORMAT_PAGE:
        snprintf(text, size, "0x%" PRIx64, value << 12);
        break;
    case FORMAT_TXSZ: {
        char bytes[32];
        bytes_of((unsigned)(64 - value), bytes, sizeof(bytes));
        if (value == 0)
            snprintf(text, size, "64 bits");
        else
            snprintf(text, size, "64-%" PRIu64 " = %" PRIu64 " bits, %s", value, 64 - value, bytes);
        break;
    }
    case FORMAT_MAIR:
        memory_attributes_name((unsigned)value, text, size);
        break;
    case FORMAT_CLASS:
        snprintf(text, size, "%s", exception_class_name((unsigned)value));
        break;
    case FORMAT_FAULT:
        fault_name(value, text, size);
        break;
    case FORMAT_MODE:
        snprintf(text, size, "%s", mode_name(value));
        break;
    case FORMAT_GPR:
        snprintf(text, size, value == 31 ? "xzr" : "x%" PRIu64, value);
        break;
    case FORMAT_COND: {
        static const char names[] = "EQNECSCCMIPLVSVCHILSGELTGTLEALNV";
        snprintf(text, size, "%.2s", names + 2 * (value & 15));
        break;
    }
    default:
        text[0] = '\0';
        break;
    }
}

void field_meaning(const struct field *f, uint64_t value, char *buffer, size_t size)
{
    const struct field_words *w = f->words;
    char text[160];

    buffer[0] = '\0';
    if (w == NULL) {
        if (f->reg != SR_NONE && strncmp(sysreg_row(f->reg)->name, "ID_AA64", 7) == 0)
            announced(f, value, buffer, size);
        else
            fine_grained(f, value, buffer, size);
        return;
    }
    if (value < w->n_values && w->values[value] != NULL) {
        const char *words = w->values[value];
        put(buffer, size, w->about, words + (words[0] == '!'));
        return;
    }
    if (w->format != FORMAT_BITS) {
        formatted(f, value, text, sizeof(text));
        put(buffer, size, w->about, text);
    } else if (w->n_values > 1) {
        put(buffer, size, w->about, "reserved");
    } else {
        snprintf(buffer, size, "%s%s", value != 0 ? "" : "off: ", w->about != NULL ? w->about : "");
    }
}

bool field_zero_matters(const struct field *f)
{
    const struct field_words *w = f->words;

    if (w == NULL)
        return false;
    if (w->format == FORMAT_FAULT || w->format == FORMAT_GPR || w->format == FORMAT_MODE)
        return true;
    return w->values[0] != NULL && w->values[0][0] == '!';
}
