/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: snapshot files, whose end and checksum are put right first.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "loader/snapshot.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_error e;
    struct blob b = {malloc(size + 17), size + 17};
    uint8_t bytes[100];
    uint64_t pa = 0;

    memcpy(b.data, "EL2SIMSN\2\0\0", 12);
    if (size != 0)
        memcpy(b.data + 12, data, size);
    b.data[12 + size] = 'E';
    uint32_t crc = (uint32_t)crc32_z(0, b.data, 13 + size);
    memcpy(b.data + 13 + size, &crc, 4);
    struct snapshot *s = snapshot_of(&b, &e);
    if (s == NULL)
        return 0;
    if (size >= 8)
        memcpy(&pa, data, 8);
    for (size_t n = 0; snapshot_section_name(s, n) != NULL; n++)
        snapshot_number(s, snapshot_section_name(s, n), "pc", &pa);
    snapshot_read(s, pa, bytes, sizeof(bytes));
    snapshot_close(s);
    return 0;
}
