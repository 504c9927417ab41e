/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: kernel images with their wrappings (gzip, zstd, EFI zboot), the Image header, and where all goes in
 * RAM.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/image.h"
#include "loader/place.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct load_error e;
    struct place_request q = {.ram_base = 0x40000000, .linux_boot = true};
    struct placement p;
    q.ram_size = (take(&in, 2) + 1) << 20;
    q.initrd_size = take(&in, 4);
    struct blob b = {malloc(in.left + 1), in.left};
    memcpy(b.data, in.p, in.left);
    if (image_unpack(&b, 1 << 22, &e) && image_parse(&b, &q.image, &e) && place_images(&q, &p, &e)) {
        uint64_t end = q.ram_base + q.ram_size;
        bool inside = p.kernel >= q.ram_base && p.kernel < end && b.size <= q.image.image_size &&
                      q.image.image_size <= end - p.kernel && p.initrd_start <= end &&
                      q.initrd_size <= end - p.initrd_start;
        if (!inside)
            abort();
    }
    blob_free(&b);
    return 0;
}
