/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: ELF executables.
 */
#include <stdlib.h>
#include <string.h>

#include "loader/elf.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_error e;
    struct elf_result r;
    struct blob b = {malloc(size), size};
    struct bus *bus = bus_create();
    bus_add_ram(bus, "ram", 0x40000000, 0x1000000, false);
    if (size != 0)
        memcpy(b.data, data, size);
    elf_detect(&b);
    elf_load_blob(bus, &b, &r, &e);
    bus_destroy(bus);
    blob_free(&b);
    return 0;
}
