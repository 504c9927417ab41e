/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz`: random programs, made from a seed, run in el2sim and in QEMU; what differs is minimised to a
 * short assembler file. Two kinds: blocks of instructions at EL0 against qemu-aarch64 (user.c), and
 * bare-metal programs from EL0 to EL2 against qemu-system-aarch64 (system.c).
 */
#ifndef EL2SIM_FUZZ_FUZZ_H
#define EL2SIM_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FUZZ_MAX_CLASSES = 64, FUZZ_ERROR_SIZE = 512, FUZZ_NOTE_SIZE = 4096 };

/* How many rows known.def has. */
enum {
    FUZZ_KNOWN = 0
#define KNOWN_USER(id, versions, predicate) +1
#define KNOWN_DEATH(id, versions, predicate) +1
#define KNOWN_SYSTEM(id, versions, predicate) +1
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM
};

/* A class of instructions or actions, and how often it is drawn. */
struct fuzz_class {
    const char *name;  /* "ldst", "tlbi" */
    const char *about; /* for --help */
    unsigned weight;   /* by default; 0: only when asked for */
};

/* What the command line asks for; both kinds share it (command.c). */
struct fuzz_options {
    const char *qemu;                  /* program, NULL: by kind, on PATH */
    const char *cpu;                   /* el2sim's -cpu */
    const char *qemu_cpu;              /* QEMU's -cpu, NULL: as el2sim's */
    uint64_t seed;                     /* of the first program; program n has seed + n */
    uint64_t count;                    /* programs or blocks */
    unsigned weight[FUZZ_MAX_CLASSES]; /* by the kind's table of classes */
    bool secure;                       /* EL3, -M secure=on */
    unsigned max_findings;             /* stop after so many; 0: never */
    const char *out;                   /* folder for findings (.S files), NULL: none are written */
    const char *state_file;            /* where to go on: seed file, NULL: none */
    const char *replay;                /* a file of `out` to run again instead of random ones, NULL: none */
    bool no_qemu;                      /* with replay: only el2sim, against what the file expects */
    bool examples;       /* the first program of each known difference is written to `out`, too */
    const char *without; /* id of a known difference that counts as a finding, NULL: none */
    bool json, progress;
    struct fuzz_progress *shown; /* for fuzz_progress() */
};

/* What came of a run. */
struct fuzz_result {
    uint64_t programs, insns;   /* compared */
    uint64_t explained;         /* programs whose only differences have a row in docs/qemu-differences.md */
    uint64_t findings;          /* programs with another difference */
    uint64_t ns;                /* wall time, for the speed that is printed */
    uint64_t by_id[FUZZ_KNOWN]; /* of `explained`, by the row in fuzz/known.def */
    char note[FUZZ_NOTE_SIZE];  /* more to say in the summary, lines; as features that one side lacks */
};

/* The command line: argv[0] is "fuzz". Returns the exit status (diff/diff.h). */
int fuzz_main(int argc, char **argv);

extern const struct fuzz_class fuzz_user_classes[], fuzz_system_classes[]; /* up to one without a name */
/* Run; false: could not, error (FUZZ_ERROR_SIZE bytes) says why in one line. They start with program `seed`
 * and count in *r what they did so far, so that fuzz_goes_on() can show and save it. */
bool fuzz_user_run(const struct fuzz_options *o, struct fuzz_result *r, char *error);
bool fuzz_system_run(const struct fuzz_options *o, struct fuzz_result *r, char *error);

/* For a kind's loop, after each batch: shows the progress line, saves the state file now and then, and says
 * whether to go on: false after `count` programs, SIGINT, or max_findings. */
bool fuzz_goes_on(const struct fuzz_options *o, const struct fuzz_result *r);
/* SIGINT or SIGTERM came: whatever takes longer than a moment looks at this again and again, and ends its run
 * early, with the counts of what is complete. */
bool fuzz_interrupted(void);

#endif
