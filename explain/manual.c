/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the manuals describe a register: Arm ARM DDI 0487 D19 and the GIC architecture IHI 0069.
 */
#include <string.h>

#include "explain/internal.h"

static const struct {
    const char *prefix, *section;
} sections[] = {
    {"ICC_", "IHI 0069 12.2"},
    {"ICH_", "IHI 0069 12.4"},
    {"ICV_", "IHI 0069 12.3"},
    {"CNT", "DDI 0487 D19 Generic Timer registers,"},
    {"PMBL", "DDI 0487 D19 Statistical Profiling Extension registers,"},
    {"PMBP", "DDI 0487 D19 Statistical Profiling Extension registers,"},
    {"PMBSR", "DDI 0487 D19 Statistical Profiling Extension registers,"},
    {"PMSEL", "DDI 0487 D19 Performance Monitors registers,"},
    {"PMSWINC", "DDI 0487 D19 Performance Monitors registers,"},
    {"PMS", "DDI 0487 D19 Statistical Profiling Extension registers,"},
    {"PM", "DDI 0487 D19 Performance Monitors registers,"},
    {"AM", "DDI 0487 D19 Activity Monitors registers,"},
    {"ER", "DDI 0487 D19 RAS registers,"},
    {"DISR", "DDI 0487 D19 RAS registers,"},
    {"VDISR", "DDI 0487 D19 RAS registers,"},
    {"VSESR", "DDI 0487 D19 RAS registers,"},
    {"TLBI", "DDI 0487 C5.5"},
    {"AT ", "DDI 0487 C5.4"},
    {"DC ", "DDI 0487 C5.3"},
    {"IC ", "DDI 0487 C5.3"},
    {"DBG", "DDI 0487 D19.3"},
    {"MD", "DDI 0487 D19.3"},
    {"OS", "DDI 0487 D19.3"},
    {"HDFG", "DDI 0487 D19.2"},
    {"SPSR", "DDI 0487 C5.2"},
    {"ELR", "DDI 0487 C5.2"},
    {"FPCR", "DDI 0487 C5.2"},
    {"FPSR", "DDI 0487 C5.2"},
    {"DAIF", "DDI 0487 C5.2"},
    {"NZCV", "DDI 0487 C5.2"},
    {"CurrentEL", "DDI 0487 C5.2"},
    {"SP", "DDI 0487 C5.2"},
};

const char *manual_section(enum sysreg reg, char *buffer, size_t size)
{
    const char *section = "DDI 0487 D19.2", *name = sysreg_row(reg)->name;

    for (unsigned n = 0; n < ARRAY_LEN(sections); n++) {
        if (strncmp(name, sections[n].prefix, strlen(sections[n].prefix)) == 0) {
            section = sections[n].section;
            break;
        }
    }
    snprintf(buffer, size, "%s %s", section, name);
    return buffer;
}
