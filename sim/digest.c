/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The digest. See digest.h for what is hashed and how.
 */
#include "sim/digest.h"

#include <string.h>

#include "base/bits.h"
#include "bus/bus.h"
#include "cpu/cpu.h"

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

static void piece_u64(struct digest *d, const char *name, uint64_t v)
{
    digest_piece(d, name, &v, sizeof(v));
}

/* X0 to X30, SPs and V registers. The current SP lives among the X registers while it is in use. */
static void digest_registers(struct digest *d, struct cpu *c)
{
    uint64_t sp[4];
    memcpy(sp, c->sp_el, sizeof(sp));
    sp[c->spsel ? c->el : 0] = c->x[REG_SP];
    digest_piece(d, "x", c->x, 31 * sizeof(c->x[0]));
    digest_piece(d, "sp", sp, sizeof(sp));
    digest_piece(d, "v", c->v, sizeof(c->v));
    piece_u64(d, "pc", c->pc);
    piece_u64(d, "pstate", cpu_pstate(c, cpu_btype(c, c->pc)));
    piece_u64(d, "fpcr", c->fpcr);
    piece_u64(d, "fpsr", c->fpsr);
}

void digest_cpu(struct digest *d, struct cpu *c)
{
    piece_u64(d, "cpu", c->index);
    digest_registers(d, c);
    digest_piece(d, "sr", c->sr, sizeof(c->sr));
    piece_u64(d, "lines", c->lines);
    piece_u64(d, "event register", c->event_register);
    piece_u64(d, "SError pending", c->serror_pending);
    piece_u64(d, "power", c->power);
    piece_u64(d, "exclusive valid", c->exclusive_valid);
    piece_u64(d, "exclusive size", c->exclusive_valid ? c->exclusive_size : 0);
    piece_u64(d, "exclusive address", c->exclusive_valid ? c->exclusive_pa : 0);
    piece_u64(d, "instructions", cpu_insns(c));
    piece_u64(d, "time", cpu_now(c));
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

static void digest_region(struct digest *d, const struct bus_ram *r)
{
    for (uint64_t at = 0; at < r->size; at += PAGE) {
        struct sha256_ctx page;
        uint8_t hash[SHA256_DIGEST_SIZE];
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
