/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Breakpoints and watchpoints of the debugger's. They are compared, never written into memory: a breakpoint
 * on an address exists before anything is mapped there, and software never finds it. One may hold at a
 * physical address, or only in one translation regime, ASID or VMID.
 */
#ifndef EL2SIM_DEBUG_BREAKPOINT_H
#define EL2SIM_DEBUG_BREAKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;

/* As Z packets number them. */
enum point_kind { POINT_SOFTWARE, POINT_HARDWARE, POINT_WRITE, POINT_READ, POINT_ACCESS, POINT_KINDS };

struct point {
    uint8_t kind;    /* enum point_kind */
    bool physical;   /* address is a physical one */
    int8_t regime;   /* enum regime, -1: any */
    int32_t asid;    /* -1: any */
    int32_t vmid;    /* of EL1&0 under stage 2; -1: any */
    unsigned number; /* of a monitor command's; 0: GDB's own */
    uint64_t address, size;
};

enum { POINTS_MAX = 256 };

struct breakpoints {
    struct point list[POINTS_MAX];
    unsigned n, next_number;
    bool any_watch;
    bool any_physical;
    uint64_t filter; /* of PCs: bit PC<7:2> is set if a breakpoint may be there */
};

/* Returns NULL, or static text that says why not. A second one like it is the same. */
const char *point_add(struct breakpoints *b, const struct point *p);
/* Takes away GDB's own like *p; false: there is none. */
bool point_remove(struct breakpoints *b, const struct point *p);
/* The one of that number; false: there is none. */
bool point_remove_number(struct breakpoints *b, unsigned number);
void point_remove_all(struct breakpoints *b);

/* The breakpoint at c->pc, or NULL. */
const struct point *point_at_pc(const struct breakpoints *b, struct cpu *c);
/* The watchpoint that an access of c meets, or NULL; *where: the first byte of it that is watched. */
const struct point *point_watching(const struct breakpoints *b, struct cpu *c, uint64_t va, unsigned size,
                                   bool write, uint64_t *where);

/* "hardware breakpoint 2 at 0x40200000, EL1&0, VMID 1" */
void point_describe(const struct point *p, char *text, size_t size);

#endif
