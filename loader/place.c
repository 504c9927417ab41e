/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Placement of images:
 *  - kernel: at text_offset from the start of RAM; one 2 MB step up where that would be the very first page,
 * which QEMU uses for its boot stub;
 *  - initrd: half of RAM from its start, at most 128 MB, or behind the kernel if that is higher;
 *  - device tree: at the next 2 MB boundary behind the initrd (behind that address without initrd);
 *    with an ELF executable, at the start of RAM if it fits below the executable.
 */
#include "loader/place.h"

#include "base/bits.h"

#define MB UINT64_C(0x100000)
#define KB UINT64_C(0x400)

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool place_kernel(const struct place_request *q, struct placement *p, struct load_error *e)
{
    uint64_t offset = q->image.text_offset;
    if (offset < 4 * KB)
        offset += 2 * MB;
    p->kernel = q->ram_base + offset;
    if (offset > q->ram_size || q->image.image_size > q->ram_size - offset)
        return load_fail(e, "the kernel needs %llu MiB at 0x%llx, RAM has %llu MiB; try a larger -m",
                         (unsigned long long)((q->image.image_size + MB - 1) / MB),
                         (unsigned long long)p->kernel, (unsigned long long)(q->ram_size / MB));
    return true;
}

bool place_images(const struct place_request *q, struct placement *p, struct load_error *e)
{
    uint64_t ram_end = q->ram_base + q->ram_size;
    uint64_t image_end = q->high;
    *p = (struct placement){0};
    if (q->linux_boot) {
        if (!place_kernel(q, p, e))
            return false;
        image_end = p->kernel + q->image.image_size;
    }
    if (image_end > ram_end || image_end < q->ram_base)
        image_end = q->ram_base; /* an executable in flash */
    uint64_t half = q->ram_size / 2 < 128 * MB ? q->ram_size / 2 : 128 * MB;
    uint64_t initrd = align_up(max_u64(q->ram_base + half, image_end), 4 * KB);
    if (initrd > ram_end || q->initrd_size > ram_end - initrd)
        return load_fail(e, "the initrd of %llu bytes doesn't fit into RAM behind 0x%llx; try a larger -m",
                         (unsigned long long)q->initrd_size, (unsigned long long)initrd);
    p->initrd_start = initrd;
    if (!q->linux_boot && (q->low > q->ram_base || q->high <= q->ram_base)) {
        p->dtb = q->ram_base;
        p->dtb_limit = q->low > q->ram_base && q->low < ram_end ? q->low : ram_end;
    } else {
        p->dtb = align_up(initrd + q->initrd_size, 2 * MB);
        p->dtb_limit = ram_end;
    }
    return true;
}
