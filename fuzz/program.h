/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A bare-metal program of `el2sim fuzz system`: everything that the monitor (monitor.S) needs to run it once,
 * and what it recorded. A generator (generate*.c) fills it from a seed, the batch runner (system.c) puts many
 * into one image, the minimiser removes items. One line of a list is one item to the minimiser.
 *
 * The monitor always owns EL3, with its MMU off, on a machine with secure=on: nothing that a program does at
 * EL0, EL1 or EL2 can take its ground away, and every exception can be led back to it. A program is
 * Non-secure (SCR_EL3.{NS,EEL2}={1,1} by default) unless it has a setting of SCR_EL3 (fuzz system --secure).
 *
 * Between two programs the monitor puts back every register that a program can have changed
 * (system_registers.c), empties the TLBs and fills the program's memory again. Settings are written at EL3,
 * where every register answers to its own name (never _EL12): HCR_EL2 first, because it decides on the layout
 * of others, the controls of EL3 (SCR_EL3, CPTR_EL3, MDCR_EL3, SCTLR_EL3) last, all others in the order of
 * the list; then ISB and ERET to pc with spsr. A register without a setting has the monitor's value, which is
 * a legal one: HCR_EL2 = RW, MMUs off, traps open, VBAR_EL1 = PROGRAM_VECTORS_AT, VBAR_EL2 4 KB behind it,
 * most others 0.
 *
 * The vectors' pages hold SMCs. The program's own VBAR_EL1 and VBAR_EL2 are settings: addresses where its
 * tables map PROGRAM_VECTORS_AT and PROGRAM_VECTORS_AT + 4 KB. After an exception it goes on behind the
 * instruction (SVC, HVC, SMC: where it would anyway), with all registers as they were; after an asynchronous
 * one with PSTATE.{A,I,F} masked. A program ends with an instruction abort, PC alignment fault, Illegal State
 * exception, and with SVC, HVC, SMC or BRK #PROGRAM_END, whatever took that exception; also with
 * the last of PROGRAM_EVENTS, and by the watchdog (FIQ to EL3), which is what happens where a vector can't be
 * fetched.
 */
#ifndef EL2SIM_FUZZ_PROGRAM_H
#define EL2SIM_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROGRAM_SETTINGS = 64,   /* system registers written before the program starts */
    PROGRAM_CODE = 256,      /* instructions */
    PROGRAM_WORDS = 1024,    /* 64-bit words of memory: page tables, data */
    PROGRAM_EVENTS = 32,     /* exceptions recorded; the last one ends the program */
    PROGRAM_END = 0xe2d,     /* immediate of the SVC, HVC, SMC or BRK that ends a program */
    PROGRAM_REGISTERS = 384, /* system registers compared at the end */
    PROGRAM_STATE = 24       /* registers noted at each exception */
};

/* Physical memory of a program: PROGRAM_BASE + offsets. Cleared before a program starts, and part of its
 * data_hash, are the pages that hold code, words or vectors, and the data area: other memory should not be
 * written. The words at PROGRAM_TABLES_AT and above are apart from the hash: struct program_result.tables. */
#define PROGRAM_BASE UINT64_C(0x44000000)
#define PROGRAM_SIZE UINT64_C(0x00200000)
/* 64 KB for code. What has no instruction in a page with code is PROGRAM_END_INSN. */
#define PROGRAM_CODE_AT (PROGRAM_BASE + 0x000000)
/* EL1's, and in the next 4 KB page EL2's; put there by the monitor. */
#define PROGRAM_VECTORS_AT (PROGRAM_BASE + 0x010000)
/* 64 KB of data. */
#define PROGRAM_DATA_AT (PROGRAM_BASE + 0x020000)
#define PROGRAM_DATA_SIZE UINT64_C(0x10000)
/* 1 MB of page tables. */
#define PROGRAM_TABLES_AT (PROGRAM_BASE + 0x100000)
/* The monitor's 2 MB: mapped flat by a program that turns EL3's MMU on. */
#define PROGRAM_MONITOR_AT UINT64_C(0x40200000)

/* Immediates from 0xe100 to 0xe2ff of SMC belong to the vectors, HLT #0xf000 to semihosting. */
#define PROGRAM_END_INSN (UINT32_C(0xd4000001) | PROGRAM_END << 5) /* SVC #PROGRAM_END */
#define PROGRAM_NOP UINT32_C(0xd503201f)

/* A word of the page tables. */
static inline bool program_is_table(uint64_t at)
{
    return at >= PROGRAM_TABLES_AT && at < PROGRAM_BASE + PROGRAM_SIZE;
}

struct program_setting {
    uint16_t encoding; /* op0:op1:CRn:CRm:op2, 16 bits, as in MRS: bits [20:5] of the instruction */
    uint64_t value;
};

struct program_word {
    uint64_t at, value; /* physical address within the program's memory */
};

struct program_insn {
    uint32_t at;  /* offset from PROGRAM_CODE_AT */
    uint32_t raw; /* PROGRAM_NOP where the minimiser took one away */
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
    /* where the EL1&0 and the EL2 (EL2&0) regime have PROGRAM_CODE_AT, if it is known. Only to find the
     * instruction that an address belongs to. */
    bool has_code_va;
    uint64_t code_va[2];
};

/* An exception, as the vector it was taken to saw it. far and hpfar are 0 where the exception doesn't set
 * them. state: the registers of system_state_register(), which aren't compared. */
struct program_event {
    uint8_t el;     /* taken to */
    uint8_t vector; /* offset / 0x80, 0 to 15 */
    uint64_t esr, far, elr, spsr, hpfar;
    uint64_t state[PROGRAM_STATE];
};

/* What a run of it left. */
struct program_result {
    bool ran;       /* false: neither ended nor began (QEMU died) */
    bool timed_out; /* the monitor's watchdog ended it: only events before it count */
    unsigned n_events;
    struct program_event events[PROGRAM_EVENTS];
    uint64_t x[31], sp_el0, sp_el1, sp_el2, v[32][2], fpcr, fpsr, nzcv;
    uint64_t data_hash; /* of the program's memory at the end */
    uint64_t
        tables[PROGRAM_WORDS]; /* at the end: those of its words that program_is_table(), in their order */
    unsigned n_registers;
    struct program_setting registers[PROGRAM_REGISTERS]; /* system registers at the end */
};

/* The instruction at a virtual address, or that an event is of (its ELR_ELx may point behind it): *n, its
 * number in code[]. False: none. */
bool program_find(const struct program *p, uint64_t va, unsigned *n);
bool program_find_event(const struct program *p, const struct program_event *e, unsigned *n);
/* code[*begin] to code[*end - 1] belong together (`joined`), code[n] among them. */
void program_group(const struct program *p, unsigned n, unsigned *begin, unsigned *end);
/* SVC, HVC, SMC or BRK #PROGRAM_END. */
bool program_is_end(uint32_t raw);

#endif
