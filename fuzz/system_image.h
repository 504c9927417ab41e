/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The image of a batch of programs, as the monitor (monitor.S) reads it from physical memory at MONITOR_AT,
 * and the results that it left there.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_IMAGE_H
#define EL2SIM_FUZZ_SYSTEM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/program.h"
#include "fuzz/system_registers.h"

struct system_image {
    const struct system_registers *regs;
    uint8_t *bytes; /* from MONITOR_AT on */
    size_t size, capacity;
    unsigned n;       /* programs */
    uint64_t results; /* physical address of the first result; behind all bytes */
    unsigned capacity_programs;
    uint64_t *records; /* their addresses */
};

/* An image that probes regs (system_image_probe() reads what it found), without programs. regs must outlive
 * it. */
void system_image_init_probe(struct system_image *i, const struct system_registers *regs);
/* An image for programs. */
void system_image_init(struct system_image *i, const struct system_registers *regs);
void system_image_destroy(struct system_image *i);
/* Adds a program; false: the image is full. */
bool system_image_add(struct system_image *i, const struct program *p);
/* Nothing more is added: bytes are ready to be loaded. */
void system_image_finish(struct system_image *i);
/* Bytes from MONITOR_AT to the end of the last result. */
size_t system_image_extent(const struct system_image *i);

/* memory: what stands at MONITOR_AT after the run, system_image_extent() bytes. */
void system_image_result(const struct system_image *i, const uint8_t *memory, unsigned n,
                         struct program_result *r);
void system_image_probe(const struct system_image *i, const uint8_t *memory, struct system_probe *p);
/* A word of the control block (monitor.h). */
uint64_t system_image_control(const uint8_t *memory, unsigned offset);
void system_image_set_control(uint8_t *memory, unsigned offset, uint64_t value);

#endif
