/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Blocks in qemu-aarch64: a static ELF program in a file without a name, which holds the runner
 * (user_runner.S), the blocks and their inputs; QEMU runs it and the outcomes come through a pipe.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "fuzz/user.h"

static const uint32_t runner[] = {
#include "fuzz/user_runner.inc"
};

/* TIMEOUT_MS: what QEMU is given at most for a batch. TICK_MS: how often an interrupt is looked for. */
enum { TIMEOUT_MS = 120000, TICK_MS = 100, END_MS = 1000, SEGMENTS = 4, PAGE = 0x1000 };

struct user_input {
    uint64_t x[31], sp, nzcv, fpsr, fpcr, tpidr;
    uint64_t v[32][2];
    uint64_t slot, reserved;
};
_Static_assert(sizeof(struct user_input) == INPUT_SIZE, "as in user_layout.h");
_Static_assert(offsetof(struct user_input, v) == INPUT_V, "as in user_layout.h");

/* The file: its pages in this order. */
struct user_image {
    union {
        struct {
            Elf64_Ehdr e;
            Elf64_Phdr p[SEGMENTS];
        } head;
        uint8_t head_page[PAGE];
    };
    union {
        uint32_t runner[PAGE / 4];
        uint8_t text[USER_SLOTS_AT - USER_TEXT_AT];
    };
    uint32_t slot[USER_SLOTS][USER_SLOT_SIZE / 4];
    uint64_t header[USER_HEADER_SIZE / 8];
    uint64_t pattern[USER_MEMORY_SIZE / 8];
    struct user_input input[USER_SLOTS];
};
_Static_assert(offsetof(struct user_image, pattern) - offsetof(struct user_image, header) ==
                   USER_PATTERN_AT - USER_HEADER_AT,
               "as in user_layout.h");
_Static_assert(offsetof(struct user_image, input) - offsetof(struct user_image, header) ==
                   USER_INPUTS_AT - USER_HEADER_AT,
               "as in user_layout.h");
_Static_assert(sizeof(runner) <= PAGE, "the runner is one page");

struct user_peer_run {
    struct child child;
    int fd; /* the image */
    unsigned n;
};

static void put_segment(Elf64_Phdr *p, uint32_t flags, uint64_t offset, uint64_t at, uint64_t in_file,
                        uint64_t size)
{
    *p = (Elf64_Phdr){.p_type = PT_LOAD,
                      .p_flags = flags,
                      .p_offset = offset,
                      .p_vaddr = at,
                      .p_paddr = at,
                      .p_filesz = in_file,
                      .p_memsz = size,
                      .p_align = PAGE};
}

static void put_head(struct user_image *im)
{
    const size_t text = offsetof(struct user_image, text), data = offsetof(struct user_image, header);
    im->head.e =
        (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                     .e_type = ET_EXEC,
                     .e_machine = EM_AARCH64,
                     .e_version = EV_CURRENT,
                     .e_entry = USER_TEXT_AT,
                     .e_phoff = sizeof(Elf64_Ehdr),
                     .e_ehsize = sizeof(Elf64_Ehdr),
                     .e_phentsize = sizeof(Elf64_Phdr),
                     .e_phnum = SEGMENTS};
    put_segment(&im->head.p[0], PF_R | PF_W, offsetof(struct user_image, pattern), USER_MEMORY_AT,
                USER_MEMORY_SIZE, USER_MEMORY_SIZE);
    put_segment(&im->head.p[1], PF_R | PF_X, text, USER_TEXT_AT, data - text, data - text);
    put_segment(&im->head.p[2], PF_R | PF_W, data, USER_HEADER_AT, sizeof(*im) - data, sizeof(*im) - data);
    put_segment(&im->head.p[3], PF_R | PF_W, data, USER_OUTPUTS_AT, 0,
                USER_STACK_AT + USER_STACK_SIZE - USER_OUTPUTS_AT);
}

static void put_block(struct user_image *im, unsigned index, const struct user_block *b, unsigned slot)
{
    struct user_input *in = &im->input[index];
    user_slot(b, slot, im->slot[slot]);
    for (unsigned n = 0; n < 31; n++)
        in->x[n] = user_block_x(b, n, slot);
    in->sp = b->sp;
    in->nzcv = b->nzcv;
    in->fpsr = b->fpsr;
    in->fpcr = b->fpcr;
    in->tpidr = b->tpidr;
    memcpy(in->v, b->v, sizeof(in->v));
    in->slot = USER_SLOTS_AT + (uint64_t)slot * USER_SLOT_SIZE;
}

static void put_image(struct user_image *im, const struct user_peer *p, const struct user_block *b,
                      unsigned n, unsigned first_slot)
{
    const struct features *f = p->features;
    put_head(im);
    memcpy(im->runner, runner, sizeof(runner));
    for (unsigned k = 0; k < USER_MEMORY_SIZE / 8; k++)
        im->pattern[k] = user_pattern(k);
    for (unsigned k = 0; k < n; k++)
        put_block(im, k, &b[k], (first_slot + k) % USER_SLOTS);
    im->header[HEADER_LEFT / 8] = n;
    im->header[HEADER_INPUT / 8] = USER_INPUTS_AT;
    im->header[HEADER_OUTPUT / 8] = USER_OUTPUTS_AT;
    im->header[HEADER_PSTATE / 8] =
        (uint64_t)has(f, FEAT_DIT) | (uint64_t)has(f, FEAT_SSBS) << 1 | (uint64_t)has(f, FEAT_MTE) << 2;
    im->header[HEADER_BYTES / 8] = (uint64_t)n * OUTPUT_SIZE;
}

/* Only what is needed of it is written. */
static int make_file(const struct user_peer *p, const struct user_block *b, unsigned n, unsigned first_slot)
{
    int fd = memfd_create("el2sim-fuzz", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    void *at = ftruncate(fd, sizeof(struct user_image)) == 0
                   ? mmap(NULL, sizeof(struct user_image), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                   : MAP_FAILED;
    if (at == MAP_FAILED) {
        close(fd);
        return -1;
    }
    put_image(at, p, b, n, first_slot);
    munmap(at, sizeof(struct user_image));
    return fd;
}

struct user_peer_run *user_peer_start(const struct user_peer *p, const struct user_block *b, unsigned n,
                                      unsigned first_slot, char error[FUZZ_ERROR_SIZE])
{
    struct user_peer_run *run = xcalloc(1, sizeof(*run));
    char path[64];
    run->n = n;
    run->fd = make_file(p, b, n, first_slot);
    if (run->fd < 0) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't make a program for QEMU: %s", strerror(errno));
        free(run);
        return NULL;
    }
    snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)getpid(), run->fd);
    const char *argv[] = {p->qemu, "-cpu", p->cpu, path, NULL};
    if (!child_start(&run->child, (char *const *)argv)) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't run %s: %s (apt install qemu-user, or --qemu PROGRAM)",
                 p->qemu, strerror(errno));
        close(run->fd);
        free(run);
        return NULL;
    }
    return run;
}

/* The outcomes, as far as they come; what QEMU has to say is kept, too. */
static void take_all(struct child *c, struct child_output *o)
{
    int64_t end = now_ms() + TIMEOUT_MS;
    while (o->n_out < o->out_size && now_ms() < end && !fuzz_interrupted())
        if (!child_take(c, o, TICK_MS))
            break;
}

static bool check_frames(const struct user_outcome *o, unsigned n, char error[FUZZ_ERROR_SIZE])
{
    enum { FPSIMD_MAGIC = 0x46508001 };
    for (unsigned k = 0; k < n; k++) {
        if (o[k].signal != 0 && o[k].frame != FPSIMD_MAGIC) {
            snprintf(error, FUZZ_ERROR_SIZE, "QEMU's signal frames have an unknown layout");
            return false;
        }
    }
    return true;
}

static void say_how(const struct user_peer_run *run, bool over, struct child_output *got,
                    char error[FUZZ_ERROR_SIZE])
{
    got->err[strcspn(got->err, "\n")] = 0;
    if (fuzz_interrupted())
        snprintf(error, FUZZ_ERROR_SIZE, "interrupted");
    else if (!over)
        snprintf(error, FUZZ_ERROR_SIZE, "QEMU does not come to an end");
    else
        snprintf(error, FUZZ_ERROR_SIZE, "QEMU ended with status %d: %.400s", run->child.status, got->err);
}

bool user_peer_finish(struct user_peer_run *run, struct user_outcome *o, char error[FUZZ_ERROR_SIZE])
{
    struct child_output got = {.out = (char *)o, .out_size = run->n * sizeof(*o)};
    take_all(&run->child, &got);
    bool all = got.n_out == got.out_size;
    bool over = child_wait(&run->child, fuzz_interrupted() ? 0 : all ? TIMEOUT_MS : END_MS);
    bool ok = over && all && run->child.status == 0;
    if (!ok)
        say_how(run, over, &got, error);
    child_stop(&run->child);
    close(run->fd);
    if (ok)
        ok = check_frames(o, run->n, error);
    free(run);
    return ok;
}

bool user_peer_works(const struct user_peer *p, char error[FUZZ_ERROR_SIZE])
{
    char why[FUZZ_ERROR_SIZE] = "it gives a signal";
    const struct user_block nop = {.insn = {(uint32_t)INSN_NOP}, .n = 1, .sp = USER_MEMORY_AT};
    struct user_outcome o;
    struct user_peer_run *run = user_peer_start(p, &nop, 1, 0, error);
    if (run == NULL)
        return false;
    if (user_peer_finish(run, &o, why) && o.signal == 0)
        return true;
    snprintf(error, FUZZ_ERROR_SIZE, "%.200s doesn't run a program of one NOP: %.200s", p->qemu, why);
    return false;
}

bool user_peer_survive(const struct user_peer *p, const struct user_block *b, unsigned n,
                       struct user_outcome *o, bool *died, char error[FUZZ_ERROR_SIZE])
{
    struct user_peer_run *run = user_peer_start(p, b, n, 0, error);
    if (run == NULL)
        return false;
    bool ok = user_peer_finish(run, o, error);
    if (!ok && fuzz_interrupted())
        return false;
    if (ok || n == 1) {
        memset(died, !ok, n);
        return true;
    }
    return user_peer_survive(p, b, n / 2, o, died, error) &&
           user_peer_survive(p, b + n / 2, n - n / 2, o + n / 2, died + n / 2, error);
}
