/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A bare-metal program of `el2sim fuzz system`: everything that the monitor (monitor.S) needs to run it once,
 * and what it recorded. A generator (generate*.c) fills it from a seed, the batch runner (system.c) puts many
 * into one image, the minimiser removes items. One line of a list is one item to the minimiser.
 *
 * The monitor owns the highest EL (EL2, or EL3 with secure=on), runs with its MMU off or with a flat map that
 * no program changes, and between two programs puts back every register that a program can have changed. It
 * starts a program by ERET with `entry`, and records every exception that reaches any vector.
 *
 * Settings are written in the order of the list with HCR_EL2 and SCR_EL3 such that every register answers to
 * its own name (E2H=0; FGT, NV and traps off); the monitor makes sure of ISB at the end of them. SCR_EL3 is
 * the first where the monitor is at EL3, HCR_EL2 the last. A register without a setting has the monitor's
 * value, which is a legal one: MMUs off, traps open, T0SZ, T1SZ, SL0 and granules as for 4 KB and 48 bits.
 * TLBs are empty.
 *
 * The vectors' pages hold `hvc #n` (monitor at EL2) or `smc #n` and ERET. The program's own VBAR_EL1 and
 * VBAR_EL2 are settings: addresses where its tables map PROGRAM_VECTORS_AT and PROGRAM_VECTORS_AT + 4 KB.
 * After an exception it goes on behind the instruction (SVC, HVC, SMC: where it would anyway), with all
 * registers as they were. A program ends with an instruction abort, PC alignment fault, Illegal State
 * exception, and with SVC, HVC, SMC or BRK #PROGRAM_END, whatever took that exception; also after
 * PROGRAM_EVENTS of them.
 */
#ifndef EL2SIM_FUZZ_PROGRAM_H
#define EL2SIM_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROGRAM_SETTINGS = 64, /* system registers written before the program starts */
    PROGRAM_CODE = 256,    /* instructions */
    PROGRAM_WORDS = 1024,  /* 64-bit words of memory: page tables, data */
    PROGRAM_EVENTS = 32,   /* exceptions recorded; the next one ends the program */
    PROGRAM_END = 0xe2d    /* immediate of the SVC, HVC, SMC or BRK that ends a program */
};

/* Physical memory of a program: PROGRAM_BASE + offsets. Everything of it is cleared before a program starts.
 */
#define PROGRAM_BASE UINT64_C(0x44000000)
#define PROGRAM_SIZE UINT64_C(0x00200000)
#define PROGRAM_CODE_AT (PROGRAM_BASE + 0x000000) /* 64 KB for code */
#define PROGRAM_VECTORS_AT                                                                                   \
    (PROGRAM_BASE + 0x010000) /* EL1's, EL2's: one 4 KB page each; put there by the monitor */
#define PROGRAM_DATA_AT (PROGRAM_BASE + 0x020000)   /* 128 KB of data */
#define PROGRAM_TABLES_AT (PROGRAM_BASE + 0x100000) /* 1 MB of page tables */

struct program_setting {
    uint16_t encoding; /* op0:op1:CRn:CRm:op2, 16 bits, as in MRS: bits [20:5] of the instruction */
    uint64_t value;
};

struct program_word {
    uint64_t at, value; /* physical address within the program's memory */
};

struct program_insn {
    uint32_t at;  /* offset from PROGRAM_CODE_AT */
    uint32_t raw; /* NOP (0xd503201f) where the minimiser took one away */
    bool joined; /* means nothing, or something UNPREDICTABLE, without the one before: both stay or both go */
};

struct program {
    uint64_t seed;
    struct program_setting settings[PROGRAM_SETTINGS];
    unsigned n_settings;
    struct program_word words[PROGRAM_WORDS];
    unsigned n_words;
    struct program_insn code[PROGRAM_CODE];
    unsigned n_code;
    /* the start: by ERET */
    uint64_t pc, spsr, x[31], sp_el0, sp_el1, sp_el2;
    uint64_t v[32][2], fpcr, fpsr;
};

/* An exception, as the vector it was taken to saw it. */
struct program_event {
    uint8_t el;     /* taken to */
    uint8_t vector; /* offset / 0x80, 0 to 15 */
    uint64_t esr, far, elr, spsr, hpfar;
};

/* What a run of it left. */
struct program_result {
    bool ran;       /* false: neither ended nor began (QEMU died) */
    bool timed_out; /* the monitor's watchdog ended it: only events before it count */
    unsigned n_events;
    struct program_event events[PROGRAM_EVENTS];
    uint64_t x[31], sp_el0, sp_el1, sp_el2, v[32][2], fpcr, fpsr, nzcv;
    uint64_t data_hash; /* of the program's memory at the end */
    unsigned n_registers;
    struct program_setting registers[PROGRAM_SETTINGS + 64]; /* system registers at the end */
};

#endif
