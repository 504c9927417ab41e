/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The address space of a block of `el2sim fuzz user`, and the records that it starts from and leaves: shared
 * by the program that qemu-aarch64 runs (user_runner.S), by what writes it (user_peer.c) and by our own
 * machine (user_sim.c), where the same addresses are mapped. Only macros, for the assembler.
 */
#ifndef EL2SIM_FUZZ_USER_LAYOUT_H
#define EL2SIM_FUZZ_USER_LAYOUT_H

/* What blocks load and store: two pages with nothing mapped around them. */
#define USER_MEMORY_AT 0x30000000
#define USER_MEMORY_SIZE 0x2000

/* The runner, and from SLOTS_AT on the blocks; not writable. */
#define USER_TEXT_AT 0x40000000
#define USER_SAVER_AT 0x40000800
#define USER_SLOTS_AT 0x40010000
#define USER_SLOTS 4096
#define USER_SLOT_SIZE 64

/* Of the runner, not for blocks. The header: blocks left, the next input, the next output, blocks in all. */
#define USER_HEADER_AT 0x41000000
#define USER_HEADER_SIZE 0x1000
#define HEADER_LEFT 0
#define HEADER_INPUT 8
#define HEADER_OUTPUT 16
#define HEADER_PSTATE 24           /* bits: PSTATE.DIT, SSBS, TCO exist */
#define HEADER_BYTES 32            /* of outputs, to write at the end */
#define USER_PATTERN_AT 0x41001000 /* what USER_MEMORY holds when a block starts */
#define USER_INPUTS_AT 0x41003000
#define USER_OUTPUTS_AT 0x42000000
#define USER_STACK_AT 0x43000000 /* for signal handlers */
#define USER_STACK_SIZE 0x10000

/* struct user_input */
#define INPUT_X 0
#define INPUT_SP 248
#define INPUT_NZCV 256
#define INPUT_FPSR 264
#define INPUT_FPCR 272
#define INPUT_TPIDR 280
#define INPUT_V 288
#define INPUT_SLOT 800
#define INPUT_SIZE 816

/* struct user_outcome */
#define OUTPUT_X 0
#define OUTPUT_SP 248
#define OUTPUT_PC 256
#define OUTPUT_NZCV 264
#define OUTPUT_FPSR 272
#define OUTPUT_FPCR 280
#define OUTPUT_SIGNAL 288
#define OUTPUT_ADDRESS 296
#define OUTPUT_FRAME 304
#define OUTPUT_CHANGED 312
#define OUTPUT_HASH 320
#define OUTPUT_V 336
#define OUTPUT_CHANGES 848
#define OUTPUT_MAX_CHANGES 96
#define OUTPUT_SIZE 2384

/* Multiplier of the hash over changed memory. */
#define USER_HASH_PRIME 0x100000001b3

#endif
