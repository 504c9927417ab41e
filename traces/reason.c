/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Words for exceptions and contexts. See reason.h. Syndromes: Arm ARM D24.2.40, ESR_EL2.
 */
#include "traces/reason.h"

#include <stdio.h>
#include <string.h>

enum { CLASS_WFX = 0x01, CLASS_SYSREG = 0x18, CLASS_INSN_ABORT_LOWER = 0x20, CLASS_DATA_ABORT_SAME = 0x25 };

/* "data abort: stage 2 translation fault": without the level, which doesn't make it another kind. */
static void describe_abort(const struct trace_exception *e, unsigned class, char *text)
{
    const char *what = class < CLASS_INSN_ABORT_LOWER + 2 ? "instruction abort" : "data abort";
    const char *level = strstr(e->cause, ", level");
    int length = level != NULL ? (int)(level - e->cause) : (int)strlen(e->cause);
    snprintf(text, REASON_TEXT, "%s: %.*s", what, length, e->cause);
}

const char *reason_text(const struct trace_exception *e, char *text)
{
    static const char *const waits[] = {"WFI", "WFE", "WFIT", "WFET"};
    unsigned class = reason_class(e);
    if (!e->has_esr || strcmp(e->name, "synchronous") != 0)
        snprintf(text, REASON_TEXT, "%s", e->name);
    else if (class == CLASS_WFX)
        snprintf(text, REASON_TEXT, "%s", waits[e->esr & 3]);
    else if (class == CLASS_SYSREG && e->cause != NULL)
        snprintf(text, REASON_TEXT, "sysreg trap: %s", e->cause);
    else if (class >= CLASS_INSN_ABORT_LOWER && class <= CLASS_DATA_ABORT_SAME && class != 0x22 &&
             class != 0x23 && e->cause != NULL)
        describe_abort(e, class, text);
    else
        snprintf(text, REASON_TEXT, "%s", trace_class_name(class));
    return text;
}

const char *where_text(const struct trace_where *w, char *text)
{
    int n = snprintf(text, REASON_TEXT, "EL%u", w->el);
    char *rest = text + n;
    size_t room = REASON_TEXT - (size_t)n;
    if (where_in_guest(w))
        snprintf(rest, room, " VMID %u%s", w->vmid, w->secure ? " secure" : "");
    else
        snprintf(rest, room, "%s%s", w->e2h && (w->el == 2 || (w->el == 0 && w->tge)) ? " (EL2&0)" : "",
                 w->secure && w->el < 3 ? " secure" : "");
    return text;
}
