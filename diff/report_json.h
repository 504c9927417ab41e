/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report as one JSON object.
 */
#ifndef EL2SIM_DIFF_REPORT_JSON_H
#define EL2SIM_DIFF_REPORT_JSON_H

#include <stdio.h>

#include "diff/search.h"

void report_json(struct search *s, FILE *out);

#endif
