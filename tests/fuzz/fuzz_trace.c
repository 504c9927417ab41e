/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: binary traces. The first byte says what the others are: a file as it is, or the records of a block,
 * around which header and checksums are put right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "tests/fuzz/fuzz.h"
#include "traces/binary_read.h"
#include "traces/codec.h"
#include "traces/events.h"

static void read_all(uint8_t *file, size_t size)
{
    char error[READ_ERROR];
    const struct sink_config cfg = {.n_cpus = 2};
    struct tracer t;
    FILE *f = fmemopen(file, size, "rb"), *out = fopen("/dev/null", "w");
    struct binary_reader *r = binary_reader_open(f, error);
    events_start(out, &cfg, &t);
    const struct binary_item *item;
    for (unsigned n = 0; r != NULL && n < 100000 && (item = binary_reader_next(r)) != NULL; n++)
        binary_deliver(r, item, &t);
    if (r != NULL && binary_reader_seek(r, 5) && (item = binary_reader_next(r)) != NULL)
        binary_deliver(r, item, &t);
    t.close(t.opaque);
    binary_reader_free(r);
    fclose(out);
    fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 16)
        return 0;
    size_t room = BINARY_HEADER + BINARY_BLOCK_HEADER + ZSTD_compressBound(size);
    uint8_t *file = calloc(1, room), *block = file + BINARY_HEADER;
    if (data[0] == 0) {
        memcpy(file, data + 1, size - 1);
        read_all(file, size - 1);
        free(file);
        return 0;
    }
    memcpy(file, BINARY_MAGIC, 8);
    file[8] = BINARY_VERSION;
    file[12] = 2; /* CPUs */
    file[16] = 1; /* ns */
    uint32_t crc = (uint32_t)crc32_z(0, file, BINARY_HEADER - 4), magic = BINARY_BLOCK_MAGIC;
    memcpy(file + BINARY_HEADER - 4, &crc, 4);
    size_t packed = ZSTD_compress(block + BINARY_BLOCK_HEADER, room - BINARY_HEADER - BINARY_BLOCK_HEADER,
                                  data + 1, size - 1, 1);
    uint32_t sizes[2] = {(uint32_t)size - 1, (uint32_t)packed};
    uint64_t insns = data[0] * 16u;
    memcpy(block, &magic, 4);
    memcpy(block + 8, sizes, sizeof(sizes));
    memcpy(block + 24, &insns, 8);
    crc = (uint32_t)crc32_z(crc32_z(0, block + 8, BINARY_BLOCK_HEADER - 8), block + BINARY_BLOCK_HEADER,
                            packed);
    memcpy(block + 4, &crc, 4);
    read_all(file, BINARY_HEADER + BINARY_BLOCK_HEADER + packed);
    free(file);
    return 0;
}
