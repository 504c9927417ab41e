/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions in .S files. See listing.h.
 */
#include "fuzz/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "explain/disasm.h"

void listing_write(FILE *f, const uint32_t *word, unsigned n, uint64_t pc)
{
    struct disassembler *d = disassembler_new();
    char text[DISASM_SIZE];
    for (unsigned k = 0; k < n; k++)
        fprintf(f, "        .inst   0x%08" PRIx32 " // %s\n", word[k],
                disassemble(d, word[k], pc + 4 * k, text));
    disassembler_free(d);
}

bool listing_read(const char *line, uint32_t *word)
{
    return sscanf(line, " .inst 0x%8" SCNx32, word) == 1;
}

bool listing_lines(const char *path, bool (*fn)(void *ctx, const char *line), void *ctx,
                   char error[FUZZ_ERROR_SIZE])
{
    enum { MAX_LINES = 20000 }; /* ten times what we write: a device could go on for ever */
    char line[512];
    unsigned number = 0;
    bool ok = true;
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't read %.200s: %s", path, strerror(errno));
        return false;
    }
    while (ok && fgets(line, sizeof(line), f) != NULL)
        ok = ++number <= MAX_LINES && line[0] != 0 && fn(ctx, line);
    if (!ok)
        snprintf(error, FUZZ_ERROR_SIZE, "%.200s:%u: not as el2sim fuzz writes it", path, number);
    else if (ferror(f) != 0)
        snprintf(error, FUZZ_ERROR_SIZE, "can't read %.200s: %s", path, strerror(errno));
    ok = ok && ferror(f) == 0;
    fclose(f);
    return ok;
}
