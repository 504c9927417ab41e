/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decoded code. Each physical page that instructions were fetched from has an array of records, one per word,
 * decoded lazily a run at a time: entering an undecoded record decodes up to the next branch. Keyed by
 * physical address and decode context (are FP instructions trapped), so that every address space and
 * exception level shares it. A store to a decoded 64-byte line kills the page; its memory is kept until no
 * engine can still be executing from it.
 */
#ifndef EL2SIM_CPU_CODEPAGE_H
#define EL2SIM_CPU_CODEPAGE_H

#include "bus/bus.h"
#include "cpu/cpu.h"

#define PAGE_INSNS 1024

struct code_page {
    struct insn rec[PAGE_INSNS + 1]; /* the last is PAGE_END: go on with the next virtual page */
    uint64_t pa;
    uint64_t lines; /* bit per 64-byte line that holds decoded words */
    const uint8_t *host;
    const struct features *feat;
    struct code_page *next; /* in the hash bucket, then in the graveyard */
    uint32_t dctx;
};

/* The page that a record is in. */
static inline const struct code_page *code_page_of(const struct insn *i)
{
    return (const struct code_page *)(i - i->offset / 4);
}

#define CODE_BUCKETS 4096
/* Pages kept before all is dropped and begun anew: 32 KB each. */
#define CODE_PAGES_MAX 16384

struct codecache {
    struct code_page *bucket[CODE_BUCKETS];
    struct code_page *graveyard;
    unsigned pages;
    struct bus *bus;
    struct cpu **cpus;
    unsigned ncpus;
};

/* Listens to DMA writes of the bus. cpus may be filled in later, before the first fetch. */
void codecache_init(struct codecache *cc, struct bus *bus);
void codecache_destroy(struct codecache *cc);
/* The decoded page of the RAM page at pa_page (4 KB aligned), made if need be. */
struct code_page *codecache_get(struct codecache *cc, struct bus_ram *ram, uint64_t pa_page,
                                const struct features *f, uint32_t dctx);
/* Bytes of a page with PAGE_HAS_CODE are changing: kills decoded pages that hold them. */
void codecache_written(struct codecache *cc, uint64_t pa, size_t len);
/* Forgets all pages; only while no engine runs. The CPUs' host TLBs and jump caches are the caller's. */
void codecache_flush(struct codecache *cc);
/* Frees dead pages; only while no engine runs. */
void codecache_bury(struct codecache *cc);
/* Decodes the run that starts at record i (handler of OP_DECODE). */
void code_page_decode_run(struct insn *i);

#endif
