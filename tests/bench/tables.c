/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page tables of the bench programs.
 */
#include "bench.h"

#define PAGES 65536 /* 256 MB */

static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2_ram[512] __attribute__((aligned(4096)));
static u64 level2_low[512] __attribute__((aligned(4096)));
static u64 level3[PAGES] __attribute__((aligned(4096)));

#define TABLE 3UL
#define NORMAL_PAGE 0x707UL /* page, attr 1, AF, inner shareable, EL1 read-write */
#define EL0_PAGE 0x40UL     /* AP[1] */
#define DEVICE_BLOCK 0x60000000000401UL

u64 make_tables(void)
{
    for (u64 n = 0; n < PAGES; n++)
        level3[n] = (0x40000000UL + (n << 12)) | NORMAL_PAGE;
    for (u64 n = 0; n < PAGES / 512; n++)
        level2_ram[n] = (u64)&level3[n * 512] | TABLE;
    level2_low[0x09000000 >> 21] = 0x09000000UL | DEVICE_BLOCK;
    level1[0] = (u64)level2_low | TABLE;
    level1[1] = (u64)level2_ram | TABLE;
    return (u64)level1;
}

u64 *page_descriptor(u64 va)
{
    return &level3[(va - 0x40000000UL) >> 12];
}
