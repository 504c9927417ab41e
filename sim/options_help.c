/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What -cpu help and -cpu MODEL,help print: everything comes from the tables of sysregs/.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "sim/options-internal.h"
#include "sysregs/features.h"
#include "sysregs/sysreg.h"

static const char *short_name(enum feature n)
{
    const char *name = feature_name(n);
    return strncmp(name, "FEAT_", 5) == 0 ? name + 5 : name;
}

static void list_models(void)
{
    puts("CPU models:");
    for (unsigned n = 0; cpu_model_name(n) != NULL; n++)
        printf("  %-14s %s\n", cpu_model_name(n), cpu_model_about(n));
    puts("\nEach takes ,FEATURE=on|off and ,e2h=res1 (HCR_EL2.E2H can't be cleared). `-cpu MODEL,help` says "
         "what a model\n"
         "has and what its ID registers read as. Features that can be switched:");
    int column = 0;
    for (enum feature f = FEAT_ALWAYS + 1; f < FEATURE_COUNT; f++) {
        if (!feature_implemented(f))
            continue;
        if (column + strlen(short_name(f)) + 2 > 78) {
            putchar('\n');
            column = 0;
        }
        column += printf("%s%s", column == 0 ? "  " : " ", short_name(f));
    }
    putchar('\n');
}

static void list_features(const struct features *f)
{
    puts("Features:");
    for (enum feature n = FEAT_ALWAYS + 1; n < FEATURE_COUNT; n++) {
        unsigned reg, low;
        if (!feature_implemented(n))
            continue;
        printf("  %-16s %-3s", short_name(n), has(f, n) ? "on" : "off");
        if (feature_id_field(n, &reg, &low))
            printf("  %s[%u:%u] = %u", sysreg_row((enum sysreg)reg)->name, low + 3, low,
                   (unsigned)bits(features_id(f, reg), low + 3, low));
        putchar('\n');
    }
}

static void list_id_registers(const struct features *f)
{
    puts("Identification registers that aren't 0:");
    for (unsigned reg = 0; reg < SR_COUNT; reg++) {
        uint64_t v = features_id(f, reg);
        if (v != 0)
            printf("  %-18s 0x%016" PRIx64 "\n", sysreg_row((enum sysreg)reg)->name, v);
    }
}

void options_help_cpu(const char *cpu)
{
    struct features f = {.has_el2 = true};
    if (cpu[0] == 0) {
        list_models();
        exit(0);
    }
    const char *problem = features_parse(&f, cpu);
    if (problem != NULL)
        user_error("-cpu %s: %s", cpu, problem);
    printf("%s: %u-bit physical addresses, %u breakpoints, %u watchpoints; here with EL2 and without EL3\n",
           f.model, f.pa_bits, f.breakpoints, f.watchpoints);
    list_features(&f);
    list_id_registers(&f);
    exit(0);
}
