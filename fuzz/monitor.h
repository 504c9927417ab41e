/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the monitor (monitor.S) and the host agree on: physical addresses, and offsets of 64-bit words in the
 * control block, in a program's record and in its result. For the assembler, too.
 */
#ifndef EL2SIM_FUZZ_MONITOR_H
#define EL2SIM_FUZZ_MONITOR_H

#define MONITOR_AT 0x40200000      /* code; PC at reset */
#define MONITOR_CONTROL 0x40210000 /* the control block */
#define MONITOR_IMAGE 0x40220000   /* from here on: routines, records, results */

/* The control block. Routines have X0 as their argument and may use X1 to X3; an exception in one of them
 * skips the instruction and leaves MONITOR_ABSENT in X1. */
#define CONTROL_NEXT 0x00     /* the program that runs now */
#define CONTROL_COUNT 0x08    /* number of programs */
#define CONTROL_WATCHDOG 0x10 /* microseconds that a program may take */
#define CONTROL_RECORDS 0x18  /* address of the first record's address */
#define CONTROL_RESULTS 0x20  /* address of the first result */
#define CONTROL_PROBE 0x28    /* routine that is called first, with the address of the results; or 0 */
#define CONTROL_RESTORE 0x30  /* routine: writes all registers from the values at X0 */
#define CONTROL_VALUES 0x38   /* address of those values */
#define CONTROL_COLLECT 0x40  /* routine: reads all registers to X0 */
#define CONTROL_DONE 0x48     /* 1: all programs have run */
#define CONTROL_STARTED 0x78  /* 1: the monitor runs */
#define CONTROL_STATE 0x58    /* routine: reads what an event notes of the state to X0 */
#define CONTROL_SCR 0x70      /* SCR_EL3 of the monitor, and of a program without a setting of it */
/* The monitor's own: */
#define CONTROL_RUNNING 0x50 /* a program runs: exceptions are its own */
#define CONTROL_RESULT 0x90  /* address of its result */
#define CONTROL_RECORD 0x98  /* and of its record */
#define CONTROL_SCTLR 0x68   /* its SCTLR_EL3 */
#define CONTROL_SAVED 0x80   /* X28 and X29 at an exception, the program's or the monitor's own */
#define CONTROL_X 0x100      /* its X0 to X30 */

/* A program's record. */
#define RECORD_SETTINGS 0x00 /* routine that writes the settings from the values at X0 */
#define RECORD_VALUES 0x08   /* address of those values */
#define RECORD_PC 0x10       /* PC, SPSR */
#define RECORD_SP 0x20       /* SP_EL0, SP_EL1, SP_EL2 */
#define RECORD_FPCR 0x38     /* FPCR, FPSR */
#define RECORD_PAGES                                                                                         \
    0x48 /* address and number of pages: address, value that every 64-bit word is filled with */
#define RECORD_WORDS 0x58 /* address and number of words: address, value */
#define RECORD_X 0x68     /* X0 to X30 */
#define RECORD_V 0x160    /* V0 to V31, at a multiple of 16 */
#define RECORD_SIZE 0x360

/* A result. */
#define RESULT_STATUS 0x00 /* see below */
#define RESULT_EVENTS 0x08 /* number of events */
#define RESULT_SPSR 0x10   /* PSTATE at the end, and PC */
#define RESULT_SP 0x20     /* SP_EL0, SP_EL1, SP_EL2 */
#define RESULT_FPCR 0x40   /* FPCR, FPSR */
#define RESULT_HASH 0x50   /* of the pages */
#define RESULT_X 0x58      /* X0 to X30 */
#define RESULT_V 0x150     /* V0 to V31 */
/* MONITOR_EVENTS times EL | vector << 8, ESR, FAR, ELR, SPSR, HPFAR, and what the routine at CONTROL_STATE
 * stored */
#define RESULT_EVENT 0x350
#define RESULT_EVENT_STATE 48
#define RESULT_EVENT_SIZE 240
#define RESULT_REGISTERS 0x2150 /* what the routine at CONTROL_COLLECT stored */
#define RESULT_TABLES                                                                                        \
    0x2d50 /* those of the program's words that lie at MONITOR_TABLES and above, at the end */
#define RESULT_SIZE 0x4d50

#define MONITOR_TABLES 0x44100000

#define MONITOR_EVENTS 32
#define MONITOR_END 0xe2d

/* Immediates of SMC in the vectors of EL1 and EL2: this, << 8, and the slot. */
#define VECTOR_EL1 0xe1
#define VECTOR_EL2 0xe2

#define STATUS_ENDED 1
#define STATUS_TIMED_OUT 2

#define MONITOR_ABSENT 0x0badbadbadbad000 /* "read" of a register that isn't there */

#endif
