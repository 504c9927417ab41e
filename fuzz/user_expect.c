/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a .S file expects of its block: lines " * expect NAME VALUE" in its comment. user_report.c writes them
 * from el2sim's outcome, for what differed; a person who checked them against the manual keeps the file as a
 * regression test.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/user.h"

/* x0 ... x30, v0 ... v31. */
static bool numbered(const char *name, char letter, unsigned count, unsigned *n)
{
    char *end;
    if (name[0] != letter || name[1] < '0' || name[1] > '9')
        return false;
    unsigned long v = strtoul(name + 1, &end, 10);
    *n = (unsigned)v;
    return *end == 0 && v < count;
}

/* The value that `name` has in o; PC relative to the block. False: there is no such name. */
static bool value_of(const struct user_outcome *o, const char *name, unsigned slot, uint64_t v[2])
{
    const struct {
        const char *name;
        uint64_t value;
    } simple[] = {
        {"sp", o->sp},           {"nzcv", o->nzcv & 0xf0000000},
        {"fpsr", o->fpsr},       {"fpcr", o->fpcr},
        {"signal", o->signal},   {"pc", o->signal != 0 ? o->pc - user_block_address(slot) : 0},
        {"address", o->address},
    };
    unsigned n;
    uint64_t at;
    v[1] = 0;
    for (unsigned k = 0; k < ARRAY_LEN(simple); k++) {
        if (strcmp(name, simple[k].name) == 0) {
            v[0] = simple[k].value;
            return true;
        }
    }
    if (numbered(name, 'x', 31, &n)) {
        v[0] = o->x[n];
    } else if (numbered(name, 'v', 32, &n)) {
        v[0] = o->v[n][0];
        v[1] = o->v[n][1];
    } else if (sscanf(name, "[0x%" SCNx64 "]", &at) == 1 && at >= USER_MEMORY_AT &&
               at < USER_MEMORY_AT + USER_MEMORY_SIZE) {
        v[0] = user_changed_to(o, at - USER_MEMORY_AT);
    } else {
        return false;
    }
    return true;
}

static void write_one(FILE *f, const char *name, const struct user_outcome *ours,
                      const struct user_outcome *qemus)
{
    uint64_t a[2], b[2];
    value_of(ours, name, 0, a);
    value_of(qemus, name, 0, b);
    if (a[0] == b[0] && a[1] == b[1])
        return;
    fprintf(f, " * expect %s 0x", name);
    if (name[0] == 'v')
        fprintf(f, "%016" PRIx64, a[1]);
    fprintf(f, "%016" PRIx64 "\n", a[0]);
}

void user_expect_write(FILE *f, const struct user_outcome *ours, const struct user_outcome *qemus)
{
    static const char *const names[] = {"sp", "nzcv", "fpsr", "fpcr", "signal", "pc", "address"};
    char name[24];
    for (unsigned n = 0; n < 31; n++) {
        snprintf(name, sizeof(name), "x%u", n);
        write_one(f, name, ours, qemus);
    }
    for (unsigned n = 0; n < 32; n++) {
        snprintf(name, sizeof(name), "v%u", n);
        write_one(f, name, ours, qemus);
    }
    for (uint64_t at = 0; at < USER_MEMORY_SIZE; at += 8) {
        snprintf(name, sizeof(name), "[0x%" PRIx64 "]", USER_MEMORY_AT + at);
        write_one(f, name, ours, qemus);
    }
    for (unsigned n = 0; n < ARRAY_LEN(names); n++)
        write_one(f, names[n], ours, qemus);
}

bool user_expect_read(const char *line, struct user_expectation *e)
{
    char digits[40];
    int end = 0;
    memset(e, 0, sizeof(*e));
    if (sscanf(line, " * expect %23s 0x%32[0-9a-fA-F] %n", e->name, digits, &end) != 2 || line[end] != 0)
        return false;
    size_t length = strlen(digits), high = length > 16 ? length - 16 : 0;
    e->value[0] = strtoull(digits + high, NULL, 16);
    digits[high] = 0;
    e->value[1] = high != 0 ? strtoull(digits, NULL, 16) : 0;
    uint64_t v[2];
    const struct user_outcome none = {.signal = 0};
    return value_of(&none, e->name, 0, v);
}

bool user_expect_met(FILE *f, const struct user_expectation *e, unsigned n, const struct user_outcome *o,
                     unsigned slot)
{
    bool met = true;
    for (unsigned k = 0; k < n; k++) {
        uint64_t v[2];
        value_of(o, e[k].name, slot, v);
        if (v[0] == e[k].value[0] && v[1] == e[k].value[1])
            continue;
        met = false;
        fprintf(f, "%s is 0x%016" PRIx64 "%016" PRIx64 ", expected 0x%016" PRIx64 "%016" PRIx64 "\n",
                e[k].name, v[1], v[0], e[k].value[1], e[k].value[0]);
    }
    return met;
}
