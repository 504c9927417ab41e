/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel images. Formats: arm64 Image header (64 bytes, magic "ARM\x64" at 56); gzip (RFC 1952); zstd (RFC
 * 8878); EFI zboot, a PE application whose DOS header also says where the compressed kernel is and how it was
 * compressed.
 */
#include "loader/image.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "base/bits.h"
#include "base/log.h"

enum {
    IMAGE_HEADER = 64,
    IMAGE_MAGIC_AT = 56,
    ZBOOT_HEADER = 64,
    ZBOOT_TYPE = 24,
    ZBOOT_TYPE_SIZE = 32,
    MAX_LAYERS = 4
};
#define IMAGE_MAGIC 0x644d5241u /* "ARM\x64" */
#define ZSTD_FRAME 0xfd2fb528u

/* Where a kernel without image_size is loaded: such kernels are older than the field and used 0x80000. */
#define OLD_TEXT_OFFSET 0x80000

static bool is_gzip(const uint8_t *p, size_t size)
{
    return size >= 18 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

static bool is_zstd(const struct blob *b)
{
    return b->size >= 8 && blob_u32(b, 0) == ZSTD_FRAME;
}

static bool is_zboot(const struct blob *b)
{
    return b->size >= ZBOOT_HEADER && memcmp(b->data, "MZ", 2) == 0 && memcmp(b->data + 4, "zimg", 4) == 0;
}

/* A growing output buffer that is never longer than max. */
static bool grow(struct blob *out, size_t *capacity, size_t max, struct load_error *e)
{
    if (*capacity >= max)
        return load_fail(e, "unpacks to more than %zu bytes", max);
    *capacity = *capacity > max / 2 ? max : 2 * *capacity;
    out->data = xrealloc(out->data, *capacity);
    return true;
}

static size_t first_capacity(size_t packed, size_t max)
{
    size_t c = packed < max / 4 ? 4 * packed : max;
    return c < 4096 ? 4096 : c;
}

static bool inflate_all(z_stream *z, struct blob *out, size_t capacity, size_t max, struct load_error *e)
{
    for (;;) {
        size_t room = capacity - out->size;
        z->next_out = out->data + out->size;
        z->avail_out = room > 1u << 30 ? 1u << 30 : (uInt)room;
        uInt offered = z->avail_out;
        int r = inflate(z, Z_NO_FLUSH);
        out->size += offered - z->avail_out;
        if (r == Z_STREAM_END)
            return out->size <= max || load_fail(e, "unpacks to more than %zu bytes", max);
        if (r == Z_BUF_ERROR || (r == Z_OK && z->avail_in == 0 && z->avail_out != 0))
            return load_fail(e, "truncated: its gzip data ends early");
        if (r != Z_OK)
            return load_fail(e, "its gzip data is damaged: %s", z->msg != NULL ? z->msg : "unknown");
        if (out->size == capacity && !grow(out, &capacity, max, e))
            return false;
    }
}

static bool unpack_gzip(const uint8_t *data, size_t size, struct blob *out, size_t max, struct load_error *e)
{
    z_stream z = {0};
    if (size > UINT32_MAX || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return load_fail(e, "can't start zlib");
    size_t capacity = first_capacity(size, max);
    *out = (struct blob){xmalloc(capacity), 0};
    z.next_in = (Bytef *)(uintptr_t)data; /* zlib only reads it */
    z.avail_in = (uInt)size;
    bool ok = inflate_all(&z, out, capacity, max, e);
    inflateEnd(&z);
    if (!ok)
        blob_free(out);
    return ok;
}

static bool zstd_all(ZSTD_DStream *s, ZSTD_inBuffer *in, struct blob *out, size_t capacity, size_t max,
                     struct load_error *e)
{
    for (;;) {
        ZSTD_outBuffer o = {out->data, capacity, out->size};
        size_t before = in->pos;
        size_t r = ZSTD_decompressStream(s, &o, in);
        bool progress = o.pos != out->size || in->pos != before;
        out->size = o.pos;
        if (ZSTD_isError(r))
            return load_fail(e, "its zstd data is damaged: %s", ZSTD_getErrorName(r));
        if (r == 0)
            return out->size <= max || load_fail(e, "unpacks to more than %zu bytes", max);
        if (out->size == capacity) {
            if (!grow(out, &capacity, max, e))
                return false;
        } else if (!progress || in->pos == in->size) {
            return load_fail(e, "truncated: its zstd data ends early");
        }
    }
}

static bool unpack_zstd(const uint8_t *data, size_t size, struct blob *out, size_t max, struct load_error *e)
{
    ZSTD_DStream *s = ZSTD_createDStream();
    if (s == NULL)
        return load_fail(e, "can't start zstd");
    /* Kernels are packed with windows of up to 128 MB. */
    ZSTD_DCtx_setParameter(s, ZSTD_d_windowLogMax, 27);
    ZSTD_inBuffer in = {data, size, 0};
    size_t capacity = first_capacity(size, max);
    *out = (struct blob){xmalloc(capacity), 0};
    bool ok = zstd_all(s, &in, out, capacity, max, e);
    ZSTD_freeDStream(s);
    if (!ok)
        blob_free(out);
    return ok;
}

static bool unpack_zboot(const struct blob *b, struct blob *out, size_t max, struct load_error *e)
{
    uint64_t offset = blob_u32(b, 8), size = blob_u32(b, 12);
    char type[ZBOOT_TYPE_SIZE + 1] = "";
    memcpy(type, b->data + ZBOOT_TYPE, ZBOOT_TYPE_SIZE);
    if (offset < ZBOOT_HEADER || size == 0 || offset + size > b->size)
        return load_fail(e, "truncated: the EFI zboot payload of %llu bytes at %llu is not inside the file",
                         (unsigned long long)size, (unsigned long long)offset);
    if (strcmp(type, "gzip") == 0)
        return unpack_gzip(b->data + offset, size, out, max, e);
    if (strcmp(type, "zstd") == 0 || strcmp(type, "zstd22") == 0)
        return unpack_zstd(b->data + offset, size, out, max, e);
    for (char *p = type; *p != 0; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
    return load_fail(e, "EFI zboot with compression '%s' is not implemented (gzip and zstd are)", type);
}

bool image_unpack(struct blob *b, size_t max, struct load_error *e)
{
    for (int layer = 0; layer < MAX_LAYERS; layer++) {
        struct blob out;
        bool ok;
        if (is_gzip(b->data, b->size))
            ok = unpack_gzip(b->data, b->size, &out, max, e);
        else if (is_zstd(b))
            ok = unpack_zstd(b->data, b->size, &out, max, e);
        else if (is_zboot(b))
            ok = unpack_zboot(b, &out, max, e);
        else
            return true;
        if (!ok)
            return false;
        blob_free(b);
        *b = out;
    }
    return load_fail(e, "is packed more than %d times over", MAX_LAYERS);
}

bool image_parse(const struct blob *b, struct image_header *h, struct load_error *e)
{
    *h = (struct image_header){.text_offset = OLD_TEXT_OFFSET, .image_size = b->size};
    if (b->size == 0)
        return load_fail(e, "is empty");
    if (b->size < IMAGE_HEADER || blob_u32(b, IMAGE_MAGIC_AT) != IMAGE_MAGIC)
        return true;
    h->present = true;
    h->flags = blob_u64(b, 24);
    if (h->flags & 1)
        return load_fail(e, "is a big-endian kernel: not implemented");
    uint64_t image_size = blob_u64(b, 16);
    if (image_size == 0)
        return true; /* before Linux 3.17: text_offset has no reliable byte order either */
    h->text_offset = blob_u64(b, 8);
    if (h->text_offset >= UINT64_C(1) << 32 || image_size >= UINT64_C(1) << 40)
        return load_fail(e, "damaged header: text_offset 0x%llx, image_size 0x%llx",
                         (unsigned long long)h->text_offset, (unsigned long long)image_size);
    if (image_size > h->image_size)
        h->image_size = image_size;
    return true;
}
