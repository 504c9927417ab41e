/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the bench programs share.
 */
#ifndef BENCH_H
#define BENCH_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

void bench_main(void);
/* Identity tables of 4 KB pages for 256 MB of RAM and the UART; returns the table base. */
u64 make_tables(void);
/* The level 3 descriptor of an address in RAM. */
u64 *page_descriptor(u64 va);

#define WORK_BASE 0x44000000UL /* free memory for the programs: 128 MB */
#define NOINLINE __attribute__((noinline))
#define KEEP(x) __asm__ volatile("" : "+r"(x))

#endif
