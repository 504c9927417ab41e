/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions in .S files. See listing.h.
 */
#include "fuzz/listing.h"

#include <inttypes.h>

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
