/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory as a debugger sees it: through any translation regime of a CPU, or physical. Looking changes
 * nothing: no TLB entry, no Access flag, no fault, no device's register. Permissions don't matter.
 */
#ifndef EL2SIM_DEBUG_MEMORY_H
#define EL2SIM_DEBUG_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;

/* Whose addresses. */
enum view_kind {
    VIEW_CURRENT,  /* the CPU's present ones */
    VIEW_EL1,      /* virtual ones of EL1&0 with HCR_EL2 as it is, but for TGE */
    VIEW_GUEST,    /* the same as if HCR_EL2.VM were 1: of the guest whose registers are loaded */
    VIEW_EL2,      /* of EL2: EL2&0 with HCR_EL2.E2H=1, else EL2 */
    VIEW_EL3,      /* of EL3 */
    VIEW_IPA,      /* intermediate physical ones of EL1&0: stage 2 alone */
    VIEW_PHYSICAL, /* physical ones, Non-secure where the CPU tells */
    VIEW_SECURE,   /* Secure physical ones */
};

struct view {
    enum view_kind kind;
};

/* "el1", "s2" ...; false: there is no such view of this CPU, and *why (static text) says so. */
bool view_parse(struct view *v, const struct cpu *c, const char *name, const char **why);
/* A view in words, such as "EL1&0, VMID 1". */
void view_describe(const struct view *v, const struct cpu *c, char *text, size_t size);
/* The physical address of va, and its PA space; *size (or NULL): bytes from there that are alike. False:
 * *why (static text) says why there is none. */
bool view_translate(const struct view *v, struct cpu *c, uint64_t va, uint64_t *pa, bool *ns, uint64_t *size,
                    const char **why);
/* n bytes of RAM or ROM from va on. Returns how many there were before something that can't be read without
 * consequences: nothing, or a device. */
size_t view_read(const struct view *v, struct cpu *c, uint64_t va, void *buf, size_t n);
/* The same, all or nothing; also of ROM. Decoded instructions and exclusive monitors of all CPUs heed it. */
bool view_write(const struct view *v, struct cpu *c, uint64_t va, const void *buf, size_t n);

#endif
