/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim explain` with random questions: words, values, states and mangled text. Whatever is asked, the
 * answer is text, well-formed JSON (RFC 8259, by the checker here), or one line of error and nothing else;
 * under the sanitizers nothing is read or written that shouldn't be. Every register is decoded with random
 * values once.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "explain/explain.h"
#include "sysregs/sysreg.h"

/* ---- JSON ---- */

struct reader {
    const char *p;
    unsigned depth;
};

static bool value(struct reader *r);

static void blanks(struct reader *r)
{
    r->p += strspn(r->p, " \t\r\n");
}

static bool string(struct reader *r)
{
    if (*r->p++ != '"')
        return false;
    for (; *r->p != '"'; r->p++) {
        if ((unsigned char)*r->p < 0x20)
            return false;
        if (*r->p != '\\')
            continue;
        r->p++;
        if (*r->p == 'u') {
            if (strspn(r->p + 1, "0123456789abcdefABCDEF") < 4)
                return false;
            r->p += 4;
        } else if (*r->p == '\0' || strchr("\"\\/bfnrt", *r->p) == NULL) {
            return false;
        }
    }
    r->p++;
    return true;
}

static bool number(struct reader *r)
{
    const char *start = r->p;

    r->p += *r->p == '-';
    size_t digits = strspn(r->p, "0123456789");
    if (digits == 0 || (digits > 1 && *r->p == '0'))
        return false;
    r->p += digits;
    return r->p != start;
}

/* Members or elements up to `close`. */
static bool list(struct reader *r, char close)
{
    r->p++;
    blanks(r);
    if (*r->p == close) {
        r->p++;
        return true;
    }
    for (;;) {
        blanks(r);
        if (close == '}') {
            if (!string(r))
                return false;
            blanks(r);
            if (*r->p++ != ':')
                return false;
        }
        if (!value(r))
            return false;
        blanks(r);
        if (*r->p == close) {
            r->p++;
            return true;
        }
        if (*r->p++ != ',')
            return false;
    }
}

static bool value(struct reader *r)
{
    bool ok;

    blanks(r);
    if (++r->depth > 64)
        return false;
    if (*r->p == '{' || *r->p == '[') {
        ok = list(r, *r->p == '{' ? '}' : ']');
    } else if (*r->p == '"') {
        ok = string(r);
    } else if (strncmp(r->p, "true", 4) == 0 || strncmp(r->p, "null", 4) == 0) {
        r->p += 4;
        ok = true;
    } else if (strncmp(r->p, "false", 5) == 0) {
        r->p += 5;
        ok = true;
    } else {
        ok = number(r);
    }
    r->depth--;
    return ok;
}

static bool is_json(const char *text)
{
    struct reader r = {.p = text};

    if (!value(&r))
        return false;
    blanks(&r);
    return *r.p == '\0';
}

/* ---- questions ---- */

static uint64_t random64(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

struct question {
    char text[16][80];
    int n;
};

PRINTF_LIKE(2, 3) static void add(struct question *q, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(q->text[q->n++], sizeof(q->text[0]), fmt, ap);
    va_end(ap);
}

/* Asks; true: the answer is what it may be. */
static bool ask(const struct question *q, unsigned *answered)
{
    char copy[16][80], *argv[17], *out = NULL;
    size_t size = 0;
    bool json = false;
    struct explain_io io = {.out = open_memstream(&out, &size)};

    for (int n = 0; n < q->n; n++) {
        strcpy(copy[n], q->text[n]);
        argv[n] = copy[n];
        json |= strcmp(copy[n], "--json") == 0;
    }
    argv[q->n] = NULL;
    const bool ok = explain_command(&io, q->n, argv);
    fclose(io.out);
    *answered += ok;
    bool good = ok ? size > 0 && (!json || is_json(out))
                   : size == 0 && io.error[0] != '\0' && !strchr(io.error, '\n');
    if (!good) {
        printf("FAIL: explain");
        for (int n = 0; n < q->n; n++)
            printf(" '%s'", q->text[n]);
        printf("\n%s%s\n", io.error, out);
    }
    free(out);
    return good;
}

static void add_state(struct question *q, uint64_t *seed)
{
    uint64_t r = random64(seed);

    if (r & 1)
        add(q, "--el=%u", (unsigned)(r >> 1 & 3));
    if (r & 8)
        add(q, "--hcr=0x%" PRIx64, random64(seed));
    if (r & 16)
        add(q, "--set=%s=0x%" PRIx64, sysreg_row((enum sysreg)(random64(seed) % SR_COUNT))->name,
            random64(seed));
    if (r & 32)
        add(q, "--daif=%u", (unsigned)(r >> 6 & 15));
    if ((r >> 12 & 7) == 0)
        add(q, "--no-el3");
    if ((r >> 15 & 7) == 0)
        add(q, "--secure");
    if ((r >> 18 & 3) == 0)
        add(q, "--cpu=neoverse-n1");
    if (r >> 20 & 1)
        add(q, "--json");
    if (r >> 21 & 1)
        add(q, "--all");
}

/* Text of an instruction with letters changed. */
static void add_mangled(struct question *q, uint64_t *seed)
{
    static const char *const good[] = {"mrs x0, sctlr_el1", "msr daifset, #2",    "tlbi vae1is, x3",
                                       "s3_0_c1_c0_0",      "sys #0, c7, c5, #0", "msr ttbr0_el1, x30",
                                       "dc civac, x1",      "0xd5381000"};
    char text[80];

    snprintf(text, sizeof(text), "%s", good[random64(seed) % ARRAY_LEN(good)]);
    for (unsigned n = 0; n < 3; n++)
        text[random64(seed) % strlen(text)] = (char)(' ' + random64(seed) % 95);
    if (text[0] == '-')
        text[0] = '_';
    add(q, "%s", text);
}

static void make(struct question *q, uint64_t *seed)
{
    const enum sysreg reg = (enum sysreg)(random64(seed) % SR_COUNT);

    q->n = 0;
    switch (random64(seed) % 8) {
    case 0:
        add(q, "access");
        add(q, "0x%08x", (unsigned)(0xd5000000 | (random64(seed) & 0x3fffff)));
        break;
    case 1:
        add(q, "access");
        add(q, "%s", sysreg_row(reg)->name);
        break;
    case 2:
        add(q, "access");
        add_mangled(q, seed);
        break;
    case 3:
        add(q, "esr");
        add(q, "0x%" PRIx64, random64(seed) >> (random64(seed) % 33));
        break;
    case 4:
        add(q, "tlbi");
        add(q, "%s", sysreg_row(reg)->name);
        add(q, "--xt=0x%" PRIx64, random64(seed));
        break;
    case 5:
        add(q, "exception");
        break;
    case 6:
        add(q, "descriptor");
        add(q, "0x%" PRIx64, random64(seed));
        add(q, "--level=%u", (unsigned)(random64(seed) % 4));
        add(q, "--stage=%u", (unsigned)(1 + random64(seed) % 2));
        break;
    default:
        add(q, "%s", sysreg_row(reg)->name);
        add(q, "0x%" PRIx64, random64(seed));
        break;
    }
    add_state(q, seed);
}

int main(int argc, char **argv)
{
    const unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 4000;
    unsigned failed = 0, answered = 0;
    uint64_t seed = 20261120;
    struct question q;

    if (is_json("{\"a\": 01}") || is_json("[1,]") || is_json("{\"a\" 1}") ||
        !is_json("[{\"a\": \"\\u00e4\"}, -1]")) {
        puts("FAIL: the JSON checker");
        return 1;
    }
    for (unsigned n = 0; n < count; n++) {
        make(&q, &seed);
        failed += !ask(&q, &answered);
    }
    for (unsigned reg = 0; reg < SR_COUNT; reg++) {
        q.n = 0;
        add(&q, "%s", sysreg_row((enum sysreg)reg)->name);
        add(&q, "0x%" PRIx64, random64(&seed));
        add(&q, "--all");
        if (reg % 2)
            add(&q, "--json");
        failed += !ask(&q, &answered);
    }
    printf("explain: %u random questions, %u answered, %u wrong\n", count + SR_COUNT, answered, failed);
    return failed != 0 || answered < count / 3;
}
