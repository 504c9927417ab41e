/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What `el2sim diff` found, for people and as JSON.
 */
#ifndef EL2SIM_DIFF_REPORT_H
#define EL2SIM_DIFF_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "diff/search.h"

enum { REPORT_PSTATE = 96 };

/* The whole report; `examined` in *s (search.h) may be empty. */
void report_print(struct search *s, FILE *out, bool json);
/* "N--C EL2h DAIF PAN": PSTATE in words. */
const char *report_pstate(uint32_t pstate, char text[REPORT_PSTATE]);

#endif
