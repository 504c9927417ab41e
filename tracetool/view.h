/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace view`: a trace in Chrome's JSON format as one HTML file to be opened in a browser. The page
 * is tracetool/view/page.html with what it includes; it holds the trace and loads nothing.
 */
#ifndef EL2SIM_TRACETOOL_VIEW_H
#define EL2SIM_TRACETOOL_VIEW_H

/* argv[0] is "view". Returns the exit status; a user's mistake is a user_error(). */
int view_main(int argc, char **argv);

#endif
