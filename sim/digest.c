/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The digest. See digest.h for what is hashed and how.
 */
#include "sim/digest.h"

#include <string.h>

#include "base/bits.h"
#include "bus/bus.h"

enum { PAGE = 4096 };

static void add_number(struct sha256_ctx *sha, uint64_t v)
{
    uint8_t le[8];
    for (unsigned n = 0; n < 8; n++)
        le[n] = (uint8_t)(v >> (8 * n));
    sha256_update(sha, sizeof(le), le);
}

void digest_init(struct digest *d)
{
    sha256_init(&d->sha);
}

void digest_piece(void *ctx, const char *name, void *data, size_t size)
{
    struct digest *d = ctx;
    sha256_update(&d->sha, strlen(name) + 1, (const uint8_t *)name);
    add_number(&d->sha, size);
    sha256_update(&d->sha, size, data);
}

static bool all_zero(const uint8_t *p)
{
    uint64_t any = 0;
    for (size_t n = 0; n < PAGE && any == 0; n += 64) {
        uint64_t w[8];
        memcpy(w, p + n, sizeof(w));
        any = w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7];
    }
    return any == 0;
}

/* The allocation tags of a page, unless all are 0. */
static void digest_tags(struct digest *d, const struct bus_ram *r, uint64_t at)
{
    static const uint8_t none[PAGE_TAG_BYTES];
    const uint8_t *tags = bus_page_tags(r, at / PAGE);
    if (tags == NULL || memcmp(tags, none, sizeof(none)) == 0)
        return;
    digest_piece(d, "tags", &at, sizeof(at));
    sha256_update(&d->sha, PAGE_TAG_BYTES, tags);
}

static void digest_region(struct digest *d, const struct bus_ram *r)
{
    for (uint64_t at = 0; at < r->size; at += PAGE) {
        struct sha256_ctx page;
        uint8_t hash[SHA256_DIGEST_SIZE];
        if (!(r->page_flags[at / PAGE] & (PAGE_DIRTY | PAGE_KEPT)))
            continue; /* nobody ever wrote there */
        digest_tags(d, r, at);
        if (all_zero(r->host + at))
            continue;
        sha256_init(&page);
        sha256_update(&page, PAGE, r->host + at);
        sha256_digest(&page, sizeof(hash), hash);
        add_number(&d->sha, r->base + at);
        sha256_update(&d->sha, sizeof(hash), hash);
    }
}

void digest_memory(struct digest *d, struct bus *b)
{
    const struct bus_ram *r;
    for (size_t n = 0; (r = bus_ram_at(b, n)) != NULL; n++)
        digest_region(d, r);
}

void digest_finish(struct digest *d, char text[DIGEST_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t hash[SHA256_DIGEST_SIZE];
    sha256_digest(&d->sha, sizeof(hash), hash);
    for (size_t n = 0; n < sizeof(hash); n++) {
        text[2 * n] = hex[hash[n] >> 4];
        text[2 * n + 1] = hex[hash[n] & 15];
    }
    text[2 * sizeof(hash)] = 0;
}
