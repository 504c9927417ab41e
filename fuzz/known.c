/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The list of known differences. See known.h.
 */
#include "fuzz/known.h"

#include <string.h>

#include "base/compiler.h"
#include "fuzz/fuzz.h"

#define KNOWN_USER(id, versions, predicate) {id, versions},
#define KNOWN_DEATH(id, versions, predicate) {id, versions},
#define KNOWN_SYSTEM(id, versions, predicate) {id, versions},
static const struct known rows[] = {
#include "fuzz/known.def"
};
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM

unsigned known_count(void)
{
    return ARRAY_LEN(rows);
}

const struct known *known_row(unsigned n)
{
    return &rows[n];
}

bool known_applies(unsigned n, const char *version)
{
    const char *wanted = rows[n].versions;
    size_t length = strlen(wanted);
    if (strcmp(wanted, "*") == 0)
        return true;
    return strncmp(version, wanted, length) == 0 && (version[length] == '.' || version[length] == 0);
}
