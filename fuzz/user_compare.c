/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What differs between two outcomes, as a set and as text.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/user.h"

/* Linux shows an address without its tag (TBI) where the program hasn't asked for more. */
static bool same_address(uint64_t a, uint64_t b)
{
    return (a ^ b) << 8 == 0;
}

/* N, Z, C, V: a signal frame has the rest of PSTATE, too. */
static bool same_flags(uint64_t a, uint64_t b)
{
    return bits(a ^ b, 31, 28) == 0;
}

static bool same_memory(const struct user_outcome *a, const struct user_outcome *b)
{
    return a->changed == b->changed && a->hash == b->hash;
}

/* Only these have an address. */
static bool has_address(const struct user_outcome *o)
{
    enum { LINUX_SIGBUS = 7, LINUX_SIGSEGV = 11 };
    return o->signal == LINUX_SIGBUS || o->signal == LINUX_SIGSEGV;
}

unsigned user_compare(const struct user_outcome *a, const struct user_outcome *b)
{
    unsigned parts = 0;
    parts |= memcmp(a->x, b->x, sizeof(a->x)) != 0 ? PART_X : 0;
    parts |= a->sp != b->sp ? PART_SP : 0;
    parts |= !same_flags(a->nzcv, b->nzcv) ? PART_NZCV : 0;
    parts |= memcmp(a->v, b->v, sizeof(a->v)) != 0 ? PART_V : 0;
    parts |= a->fpsr != b->fpsr ? PART_FPSR : 0;
    parts |= a->fpcr != b->fpcr ? PART_FPCR : 0;
    parts |= !same_memory(a, b) ? PART_MEMORY : 0;
    parts |= a->signal != b->signal ? PART_SIGNAL : 0;
    if (a->signal != 0 && a->signal == b->signal) {
        parts |= a->pc != b->pc ? PART_PC : 0;
        parts |= has_address(a) && !same_address(a->address, b->address) ? PART_ADDRESS : 0;
    }
    return parts;
}

static void print_value(FILE *f, const char *prefix, const char *name, uint64_t ours, uint64_t qemus)
{
    if (ours != qemus)
        fprintf(f, "%s%-8s el2sim 0x%016" PRIx64 "  QEMU 0x%016" PRIx64 "\n", prefix, name, ours, qemus);
}

static const char *signal_name(uint64_t signal, char text[32])
{
    static const struct {
        uint64_t number;
        const char *name;
    } names[] = {{0, "none"}, {4, "SIGILL"}, {5, "SIGTRAP"}, {7, "SIGBUS"}, {8, "SIGFPE"}, {11, "SIGSEGV"}};
    for (unsigned n = 0; n < ARRAY_LEN(names); n++)
        if (names[n].number == signal)
            return names[n].name;
    snprintf(text, 32, "signal %" PRIu64, signal);
    return text;
}

static void print_signal(FILE *f, const char *prefix, const char *who, const struct user_outcome *o)
{
    char text[32];
    fprintf(f, "%ssignal   %s %s", prefix, who, signal_name(o->signal, text));
    if (o->signal != 0)
        fprintf(f, " at 0x%" PRIx64, o->pc);
    if (has_address(o))
        fprintf(f, ", address 0x%" PRIx64, o->address);
    fputc('\n', f);
}

uint64_t user_changed_to(const struct user_outcome *o, uint64_t offset)
{
    for (unsigned n = 0; n < OUTPUT_MAX_CHANGES && n < o->changed; n++)
        if (o->change[n].offset == offset)
            return o->change[n].value;
    return user_pattern((unsigned)(offset / 8));
}

static void print_memory(FILE *f, const char *prefix, const struct user_outcome *a,
                         const struct user_outcome *b)
{
    for (uint64_t at = 0; at < USER_MEMORY_SIZE; at += 8) {
        uint64_t ours = user_changed_to(a, at), qemus = user_changed_to(b, at);
        char name[24];
        snprintf(name, sizeof(name), "[0x%" PRIx64 "]", USER_MEMORY_AT + at);
        print_value(f, prefix, name, ours, qemus);
    }
    if (a->changed > OUTPUT_MAX_CHANGES || b->changed > OUTPUT_MAX_CHANGES)
        fprintf(f, "%smemory: el2sim changed %" PRIu64 " doublewords, QEMU %" PRIu64 "\n", prefix, a->changed,
                b->changed);
}

void user_print_differences(FILE *f, const char *prefix, const struct user_outcome *a,
                            const struct user_outcome *b)
{
    char name[8];
    unsigned parts = user_compare(a, b);
    for (unsigned n = 0; n < 31; n++) {
        snprintf(name, sizeof(name), "x%u", n);
        print_value(f, prefix, name, a->x[n], b->x[n]);
    }
    print_value(f, prefix, "sp", a->sp, b->sp);
    print_value(f, prefix, "nzcv", a->nzcv & 0xf0000000, b->nzcv & 0xf0000000);
    for (unsigned n = 0; n < 32; n++) {
        if (a->v[n][0] == b->v[n][0] && a->v[n][1] == b->v[n][1])
            continue;
        fprintf(f, "%sv%-7u el2sim 0x%016" PRIx64 "%016" PRIx64 "  QEMU 0x%016" PRIx64 "%016" PRIx64 "\n",
                prefix, n, a->v[n][1], a->v[n][0], b->v[n][1], b->v[n][0]);
    }
    print_value(f, prefix, "fpsr", a->fpsr, b->fpsr);
    print_value(f, prefix, "fpcr", a->fpcr, b->fpcr);
    if (parts & PART_MEMORY)
        print_memory(f, prefix, a, b);
    if (parts & (PART_SIGNAL | PART_PC | PART_ADDRESS)) {
        print_signal(f, prefix, "el2sim", a);
        print_signal(f, prefix, "QEMU", b);
    }
}
