/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A block as a .S file: a static Linux program for the cross assembler, which sets the input, runs the
 * instructions and exits; what el2sim and QEMU made of it is in the comment at its top. `el2sim fuzz user
 * --replay` reads the same file, by its .inst lines and the register names beside its .quad lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/encoding.h"
#include "fuzz/listing.h"
#include "fuzz/user.h"

/* ---- writing ---- */

static bool uses_memory(const struct user_block *b)
{
    for (unsigned n = 0; n < b->n; n++)
        if (encodes_load_store(b->insn[n]))
            return true;
    return false;
}

static void write_inputs(FILE *f, const struct user_block *b)
{
    fputs("\n        .data\n        .balign 16\ninputs:\n", f);
    for (unsigned n = 0; n < 31; n++) {
        if (bit(b->x_code, n))
            fprintf(f, "        .quad   block + 0x%" PRIx64 " // x%u\n", b->x[n], n);
        else
            fprintf(f, "        .quad   0x%016" PRIx64 " // x%u\n", b->x[n], n);
    }
    fprintf(f,
            "        .quad   0x%016" PRIx64 " // sp\n        .quad   0x%016" PRIx64
            " // nzcv\n        .quad   0x%016" PRIx64 " // fpsr\n        .quad   0x%016" PRIx64
            " // fpcr\n        .quad   0x%016" PRIx64 " // tpidr_el0\n",
            b->sp, b->nzcv, b->fpsr, b->fpcr, b->tpidr);
    for (unsigned n = 0; n < 32; n++)
        fprintf(f, "        .quad   0x%016" PRIx64 ", 0x%016" PRIx64 " // v%u\n", b->v[n][0], b->v[n][1], n);
}

static void write_program(FILE *f)
{
    fputs("\n        .text\n        .globl  _start\n_start: ldr     x30, =inputs\n", f);
    fprintf(f, "        add     x0, x30, #%u\n", INPUT_V);
    for (unsigned n = 0; n < 32; n += 2)
        fprintf(f, "        ldp     q%u, q%u, [x0], #32\n", n, n + 1);
    static const struct {
        const char *name;
        unsigned at;
    } special[] = {
        {"fpsr", INPUT_FPSR}, {"fpcr", INPUT_FPCR}, {"tpidr_el0", INPUT_TPIDR}, {"nzcv", INPUT_NZCV}};
    for (unsigned n = 0; n < 4; n++)
        fprintf(f, "        ldr     x0, [x30, #%u]\n        msr     %s, x0\n", special[n].at,
                special[n].name);
    fprintf(f, "        ldr     x0, [x30, #%u]\n        mov     sp, x0\n", INPUT_SP);
    for (unsigned n = 0; n < 30; n += 2)
        fprintf(f, "        ldp     x%u, x%u, [x30, #%u]\n", n, n + 1, INPUT_X + 8 * n);
    fprintf(f, "        ldr     x30, [x30, #%u]\n", INPUT_X + 8 * 30);
}

static void write_memory(FILE *f)
{
    fprintf(f,
            "\n        .section .memory, \"aw\"\n        .set    n, 1\n        .rept   %u\n"
            "        .quad   n * 0x9e3779b97f4a7c15\n        .set    n, n + 1\n        .endr\n",
            USER_MEMORY_SIZE / 8);
}

void user_report_print(FILE *f, const struct user_block *b, const struct user_outcome *ours,
                       const struct user_outcome *qemus, const char *version)
{
    bool memory = uses_memory(b);
    fprintf(f,
            "/* SPDX-License-Identifier: BSD-2-Clause\n *\n * el2sim fuzz user, seed %" PRIu64
            ", against QEMU %s\n",
            b->seed, version);
    fputs(" *\n", f);
    user_print_differences(f, " * ", ours, qemus);
    fputs(" *\n", f);
    user_expect_write(f, ours, qemus);
    fprintf(f,
            " *\n * el2sim fuzz user --replay THIS_FILE; or\n"
            " * aarch64-linux-gnu-gcc -nostdlib -static%s THIS_FILE\n */\n",
            memory ? " -Wl,--section-start=.memory=0x30000000" : "");
    write_program(f);
    fputs("block:\n", f);
    listing_write(f, b->insn, b->n, user_block_address(0));
    for (unsigned n = b->n; n < BLOCK_INSNS; n++)
        fputs("        nop\n", f);
    fputs("        mov     x8, #94 /* exit_group */\n        svc     #0\n", f);
    for (unsigned n = 0; n < BLOCK_POOL; n++)
        fprintf(f, "        .word   0x%08" PRIx32 " // pool\n", b->pool[n]);
    write_inputs(f, b);
    if (memory)
        write_memory(f);
}

bool user_report_write(const char *path, const struct user_block *b, const struct user_outcome *ours,
                       const struct user_outcome *qemus, const char *version, char error[FUZZ_ERROR_SIZE])
{
    FILE *f = fopen(path, "w");
    if (f != NULL)
        user_report_print(f, b, ours, qemus, version);
    if (f == NULL || fclose(f) != 0) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't write %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

/* ---- reading ---- */

static uint64_t *named(struct user_block *b, const char *name)
{
    char *end;
    if (strcmp(name, "sp") == 0)
        return &b->sp;
    if (strcmp(name, "nzcv") == 0)
        return &b->nzcv;
    if (strcmp(name, "fpsr") == 0)
        return &b->fpsr;
    if (strcmp(name, "fpcr") == 0)
        return &b->fpcr;
    if (strcmp(name, "tpidr_el0") == 0)
        return &b->tpidr;
    unsigned long n = strtoul(name + 1, &end, 10);
    if (end == name + 1 || *end != 0)
        return NULL;
    if (name[0] == 'x' && n < 31)
        return &b->x[n];
    return name[0] == 'v' && n < 32 ? b->v[n] : NULL;
}

/* A report being read. */
struct reading {
    struct user_report *report;
    unsigned pool;
};

/* One line; false: it is an expectation, .quad or .inst that can't be understood. */
static bool read_line(void *ctx, const char *line)
{
    struct reading *reading = ctx;
    struct user_report *r = reading->report;
    struct user_block *b = &r->block;
    uint64_t low, high;
    uint32_t word;
    char name[16];
    if (strncmp(line, " * expect ", 10) == 0) {
        if (r->n_expect == USER_EXPECTATIONS || !user_expect_read(line, &r->expect[r->n_expect++]))
            return false;
    } else if (listing_read(line, &word)) {
        if (b->n == BLOCK_INSNS)
            return false;
        b->insn[b->n++] = word;
    } else if (sscanf(line, " .word 0x%8" SCNx32 " // %15s", &word, name) == 2) {
        if (reading->pool == BLOCK_POOL)
            return false;
        b->pool[reading->pool++] = word;
    } else if (sscanf(line, " .quad block + 0x%" SCNx64 " // %15s", &low, name) == 2) {
        uint64_t *to = named(b, name);
        if (to == NULL || to < b->x || to >= b->x + 31)
            return false;
        *to = low;
        b->x_code |= (uint32_t)BIT(to - b->x);
    } else if (sscanf(line, " .quad 0x%" SCNx64 ", 0x%" SCNx64 " // %15s", &low, &high, name) == 3) {
        uint64_t *to = named(b, name);
        if (to == NULL || name[0] != 'v')
            return false;
        to[0] = low;
        to[1] = high;
    } else if (sscanf(line, " .quad 0x%" SCNx64 " // %15s", &low, name) == 2) {
        uint64_t *to = named(b, name);
        if (to == NULL || name[0] == 'v')
            return false;
        *to = low;
    }
    return true;
}

bool user_report_read(const char *path, struct user_report *r, char error[FUZZ_ERROR_SIZE])
{
    const struct user_block *b = &r->block;
    struct reading reading = {.report = r};
    memset(r, 0, sizeof(*r));
    if (!listing_lines(path, read_line, &reading, error))
        return false;
    if (b->n == 0)
        snprintf(error, FUZZ_ERROR_SIZE, "%.200s has no instructions (.inst 0x...) in it", path);
    for (unsigned n = 0; n < b->n; n++)
        if (user_calls_host(b->insn[n])) {
            snprintf(error, FUZZ_ERROR_SIZE, "%.200s: SVC and HLT #0xf000 would call this host's system",
                     path);
            return false;
        }
    return b->n != 0;
}
