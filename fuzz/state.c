/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Seed files. See state.h. A text of "name value" lines in this order:
 *
 *     el2sim-fuzz 1
 *     kind user
 *     seed 1
 *     programs 4096
 *     insns 10021
 *     explained 3
 *     findings 0
 */
#include "fuzz/state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

bool fuzz_state_load(const char *file, const char *kind, struct fuzz_state *s, bool *found,
                     char error[FUZZ_ERROR_SIZE])
{
    char text[TEXT_SIZE], is[16];
    int end = -1;
    FILE *f = fopen(file, "r");
    *found = f != NULL;
    if (f == NULL && errno == ENOENT)
        return true;
    if (f == NULL) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't read %s: %s", file, strerror(errno));
        return false;
    }
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = 0;
    int fields = sscanf(text,
                        "el2sim-fuzz 1 kind %15s seed %" SCNu64 " programs %" SCNu64 " insns %" SCNu64
                        " explained %" SCNu64 " findings %" SCNu64 " %n",
                        is, &s->seed, &s->programs, &s->insns, &s->explained, &s->findings, &end);
    if (fields != 6 || end < 0 || text[end] != 0 || strlen(text) != n) {
        snprintf(error, FUZZ_ERROR_SIZE, "%s is no state file of el2sim fuzz; remove it, or name another",
                 file);
        return false;
    }
    if (strcmp(is, kind) != 0) {
        snprintf(error, FUZZ_ERROR_SIZE, "%s belongs to `el2sim fuzz %s`, not to `fuzz %s`", file, is, kind);
        return false;
    }
    return true;
}

bool fuzz_state_save(const char *file, const char *kind, const struct fuzz_state *s,
                     char error[FUZZ_ERROR_SIZE])
{
    char name[4096];
    if ((size_t)snprintf(name, sizeof(name), "%s.new", file) >= sizeof(name)) {
        snprintf(error, FUZZ_ERROR_SIZE, "--state: the file's name is too long");
        return false;
    }
    FILE *f = fopen(name, "w");
    bool ok = f != NULL;
    if (ok) {
        fprintf(f,
                "el2sim-fuzz 1\nkind %s\nseed %" PRIu64 "\nprograms %" PRIu64 "\ninsns %" PRIu64
                "\nexplained %" PRIu64 "\nfindings %" PRIu64 "\n",
                kind, s->seed, s->programs, s->insns, s->explained, s->findings);
        ok = fclose(f) == 0 && rename(name, file) == 0;
    }
    if (!ok)
        snprintf(error, FUZZ_ERROR_SIZE, "can't write %s: %s", file, strerror(errno));
    return ok;
}
