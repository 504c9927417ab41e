/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace`: reading binary traces (--trace binary).
 */
#ifndef EL2SIM_TRACETOOL_TRACETOOL_H
#define EL2SIM_TRACETOOL_TRACETOOL_H

/* argv[0] is "trace". Returns the exit status: 0, or 1 for what was looked for and not found (grep) or not
 * the same (diff); user_error() for mistakes and damaged files. */
int tracetool_main(int argc, char **argv);

#endif
