/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of `el2sim fuzz user` share.
 *
 *     user_block.c, user_classes.c, user_operands.c, user_values.c   a block from a seed
 *     user_peer.c                                    blocks in qemu-aarch64
 *     user_sim.c                                     blocks in el2sim
 *     user_compare.c                                 what differs
 *     user_triage.c                                  known? else minimised
 *     user_report.c, user_expect.c                   .S files
 *     user.c                                         the run
 */
#ifndef EL2SIM_FUZZ_USER_H
#define EL2SIM_FUZZ_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/random.h"
#include "cpu/decode.h"
#include "fuzz/fuzz.h"
#include "fuzz/user_classes.h"
#include "fuzz/user_layout.h"

enum { BLOCK_INSNS = 8, BLOCK_POOL = 4, INSN_NOP = (int)0xd503201f };

/* A block and the state that it starts from. */
struct user_block {
    uint64_t seed;
    uint32_t insn[BLOCK_INSNS];
    unsigned n;
    uint32_t pool[BLOCK_POOL]; /* data behind the code, for PC-relative loads */
    uint8_t glued;             /* bit k: insn[k] and insn[k + 1] mean something only together */
    uint32_t x_code;           /* bit n: x[n] is an offset from the first instruction */
    uint64_t x[31], sp, nzcv, fpsr, fpcr, tpidr;
    uint64_t v[32][2]; /* low half first */
};

/* What one left; OUTPUT_* of user_layout.h. */
struct user_outcome {
    uint64_t x[31], sp;
    uint64_t pc; /* of the signal, 0 without */
    uint64_t nzcv, fpsr, fpcr;
    uint64_t signal;  /* Linux's number, 0: none */
    uint64_t address; /* of a data or instruction abort */
    uint64_t frame;   /* magic of the signal frame's first record, for checking */
    uint64_t changed; /* doublewords of memory */
    uint64_t hash;    /* over all of them */
    uint64_t reserved;
    uint64_t v[32][2];
    struct {
        uint64_t offset, value;
    } change[OUTPUT_MAX_CHANGES];
};
_Static_assert(sizeof(struct user_outcome) == OUTPUT_SIZE, "as in user_layout.h");
_Static_assert(offsetof(struct user_outcome, v) == OUTPUT_V, "as in user_layout.h");
_Static_assert(offsetof(struct user_outcome, change) == OUTPUT_CHANGES, "as in user_layout.h");

/* The first instruction of the block in slot n. */
static inline uint64_t user_block_address(unsigned slot)
{
    return USER_SLOTS_AT + (uint64_t)slot * USER_SLOT_SIZE + 4;
}
/* Slot n's words, as they are in both machines' memory. */
void user_slot(const struct user_block *b, unsigned slot, uint32_t word[USER_SLOT_SIZE / 4]);
/* x[n] with offsets from the block made addresses. */
uint64_t user_block_x(const struct user_block *b, unsigned n, unsigned slot);
/* Doubleword n of the memory that blocks load and store, when one starts. */
static inline uint64_t user_pattern(unsigned n)
{
    return (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- generator ---- */

void user_block_make(struct user_block *b, uint64_t seed, const struct user_classes *c,
                     const unsigned weight[FUZZ_MAX_CLASSES]);
/* A word of `row`, with random operands: allocated for sure if `legal`. */
uint32_t user_word(struct random *r, const struct decode_row *row, const struct features *f, bool legal);

/* Special values (user_values.c). */
uint64_t user_value_x(struct random *r);
void user_value_v(struct random *r, uint64_t v[2]);
uint64_t user_value_fpcr(struct random *r);
uint64_t user_value_fpsr(struct random *r);

/* Operands (user_operands.c): makes insn[k] of b harmless and meaningful: branches go forward, base registers
 * point into memory. `fixed`: registers whose input values are taken; bit 31 is SP. False: this word can't be
 * used (system calls, results that depend on keys or time, CONSTRAINED UNPREDICTABLE). */
bool user_operands(struct user_block *b, unsigned k, struct random *r, uint32_t *fixed);

/* The general registers, and more, that instructions before the k-th may have written; bit 31 is SP or XZR.
 */
uint32_t user_written_before(const struct user_block *b, unsigned k);
/* Where a branch has its displacement, in words. False: none with one. */
bool user_branch_field(uint32_t raw, unsigned *width, unsigned *low);
/* True for what would reach the system that QEMU runs on: SVC, and HLT #0xf000, which is semihosting. */
bool user_calls_host(uint32_t raw);

/* ---- machines ---- */

struct user_sim;
/* A CPU without EL2 and EL3. */
struct user_sim *user_sim_new(const struct features *f);
void user_sim_free(struct user_sim *s);
/* Puts blocks into slots first_slot ... (modulo USER_SLOTS); n <= USER_SLOTS. */
void user_sim_load(struct user_sim *s, const struct user_block *b, unsigned n, unsigned first_slot);
/* Runs a loaded one. */
void user_sim_run(struct user_sim *s, const struct user_block *b, unsigned slot, bool loop_engine,
                  struct user_outcome *o);
/* Does EL0 see `size` bytes from `address` (whatever its tag): memory or blocks? In QEMU the runner's data
 * are mapped, too, which no block may touch. */
bool user_mapped(uint64_t address, uint64_t size);

struct user_peer {
    const char *qemu, *cpu;
    char version[32];
    const struct features *features; /* for PSTATE bits that exist */
};
struct user_peer_run;
/* Starts QEMU with n <= USER_SLOTS blocks. NULL: error says why. */
struct user_peer_run *user_peer_start(const struct user_peer *p, const struct user_block *b, unsigned n,
                                      unsigned first_slot, char error[FUZZ_ERROR_SIZE]);
/* Waits for its end; false: QEMU died or hangs, or fuzz_interrupted(); error says how. In any case the run is
 * over. */
bool user_peer_finish(struct user_peer_run *run, struct user_outcome *o, char error[FUZZ_ERROR_SIZE]);

/* Runs a block that does nothing; false: QEMU can't even do that, error says how. */
bool user_peer_works(const struct user_peer *p, char error[FUZZ_ERROR_SIZE]);
/* Runs n <= USER_SLOTS blocks, in slots from 0 on, where QEMU dies in some: halves, until those are found.
 * died[k]: in block k. False: QEMU can't be started, or fuzz_interrupted(). */
bool user_peer_survive(const struct user_peer *p, const struct user_block *b, unsigned n,
                       struct user_outcome *o, bool *died, char error[FUZZ_ERROR_SIZE]);

/* ---- comparison ---- */

/* Kinds of what differs. */
enum user_part {
    PART_X = 1,
    PART_SP = 2,
    PART_NZCV = 4,
    PART_V = 8,
    PART_FPSR = 16,
    PART_FPCR = 32,
    PART_MEMORY = 64,
    PART_SIGNAL = 128,
    PART_PC = 256,
    PART_ADDRESS = 512,
};
/* 0: alike. */
unsigned user_compare(const struct user_outcome *ours, const struct user_outcome *qemus);
/* The doubleword of memory at `offset`, as far as it was noted. */
uint64_t user_changed_to(const struct user_outcome *o, uint64_t offset);
/* A line for each difference, each begun with `prefix`. */
void user_print_differences(FILE *f, const char *prefix, const struct user_outcome *ours,
                            const struct user_outcome *qemus);

/* ---- what is known ---- */

/* One instruction at which both parted. */
struct user_step {
    uint32_t raw;
    uint64_t pc;                       /* its address */
    const char *row;                   /* of the decode table, or "" */
    const char *version;               /* QEMU's */
    const struct user_outcome *before; /* of both; registers and memory, no signal; its PC is 0 */
    const struct user_outcome *ours, *qemus;
    unsigned parts; /* user_compare() */
    bool died;      /* QEMU did; *qemus is nothing then */
};
/* The row of known.def that explains it, or -1. */
int user_known(const struct user_step *s);

/* ---- triage ---- */

struct user_session {
    const struct fuzz_options *options;
    struct fuzz_result *result;
    struct features features; /* of both sides */
    struct user_sim *sim;
    struct user_peer peer;
    struct user_classes *classes;
    const struct decode_row *deadly[8]; /* instructions that kill QEMU (known.def), and that no block has */
    unsigned n_deadly;
    unsigned files; /* written */
    struct {
        const char *row;
        unsigned parts;
    } kind[256]; /* of findings that have a file */
    unsigned n_kinds;
};
/* There are as many findings as --max-findings wants. */
static inline bool user_enough(const struct user_session *s)
{
    return s->options->max_findings != 0 && s->result->findings >= s->options->max_findings;
}
/* A block of which QEMU died: counts it, as explained or as a finding, and writes findings. False: they can't
 * be written. */
bool user_died(struct user_session *s, const struct user_block *b, const struct user_outcome *ours,
               char error[FUZZ_ERROR_SIZE]);
/* Looks into n blocks that differ, until user_enough() or fuzz_interrupted(): into *judged of them. Counts
 * them and writes findings. False: QEMU can't be run any more. */
bool user_triage(struct user_session *s, const struct user_block *b, unsigned n, unsigned *judged,
                 char error[FUZZ_ERROR_SIZE]);
/* Prints a finding, or writes it to a file of --out; `version`: of the QEMU that it is about. */
bool user_finding_write(struct user_session *s, const struct user_block *b, const struct user_outcome *ours,
                        const struct user_outcome *qemus, const char *version, char error[FUZZ_ERROR_SIZE]);
/* Runs blocks (at most USER_SLOTS) on both, in slots from 0 on. */
bool user_both(struct user_session *s, const struct user_block *b, unsigned n, struct user_outcome *ours,
               struct user_outcome *qemus, char error[FUZZ_ERROR_SIZE]);

/* ---- files ---- */

/* The block as an assembler file: the program, and in comments what differs. */
void user_report_print(FILE *f, const struct user_block *b, const struct user_outcome *ours,
                       const struct user_outcome *qemus, const char *version);
bool user_report_write(const char *path, const struct user_block *b, const struct user_outcome *ours,
                       const struct user_outcome *qemus, const char *version, char error[FUZZ_ERROR_SIZE]);
/* A line " * expect x3 0x1": what the architecture wants to see behind the block (user_expect.c). */
struct user_expectation {
    char name[24]; /* x3, sp, nzcv, fpsr, fpcr, v3, [0x30000ff8], signal, pc (in the block), address */
    uint64_t value[2];
};
enum { USER_EXPECTATIONS = 64 };
/* el2sim's, for what differs. */
void user_expect_write(FILE *f, const struct user_outcome *ours, const struct user_outcome *qemus);
bool user_expect_read(const char *line, struct user_expectation *e);
/* Prints a line for each that isn't met. */
bool user_expect_met(FILE *f, const struct user_expectation *e, unsigned n, const struct user_outcome *o,
                     unsigned slot);

struct user_report {
    struct user_block block;
    struct user_expectation expect[USER_EXPECTATIONS];
    unsigned n_expect;
};
/* Reads what user_report_write() wrote. */
bool user_report_read(const char *path, struct user_report *r, char error[FUZZ_ERROR_SIZE]);

#endif
