/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The target description's inside: target.c and target_xml.c.
 */
#ifndef EL2SIM_DEBUG_TARGET_INTERNAL_H
#define EL2SIM_DEBUG_TARGET_INTERNAL_H

#include "debug/target.h"

enum { XML_TARGET, XML_CORE, XML_FPU, XML_SYSTEM, XML_FILES };

struct target {
    unsigned n;                 /* system registers: */
    uint16_t reg[SR_COUNT];     /* enum sysreg of the name ... */
    uint16_t storage[SR_COUNT]; /* ... and of the storage */
    uint64_t *latest;
    char *xml[XML_FILES];
};

void target_make_xml(struct target *t);

#endif
