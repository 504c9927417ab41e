/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The arm64 kernel `Image` and the wrappings distributions put around it: gzip, zstd, EFI zboot.
 */
#ifndef EL2SIM_LOADER_IMAGE_H
#define EL2SIM_LOADER_IMAGE_H

#include "loader/blob.h"

/* What the header asks of the loader (Linux Documentation/arch/arm64/booting, "Call the kernel image"). */
struct image_header {
    bool present;         /* false: no header; a raw binary */
    uint64_t text_offset; /* from a 2 MB boundary */
    uint64_t image_size;  /* memory the kernel needs from its start, at least the file's size */
    uint64_t flags;       /* bit 0: big-endian */
};

/* Replaces *b by what is inside as long as it is gzip, zstd or EFI zboot. Anything else stays as it is. The
 * result may have at most max bytes. */
bool image_unpack(struct blob *b, size_t max, struct load_error *e);
/* Reads the header of an unpacked image. False: it is there but can't be honoured (big-endian kernel, ...).
 */
bool image_parse(const struct blob *b, struct image_header *h, struct load_error *e);

#endif
