/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Breakpoints and watchpoints. See breakpoint.h.
 */
#include "debug/breakpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/cpu.h"
#include "debug/memory.h"

static bool is_breakpoint(const struct point *p)
{
    return p->kind <= POINT_HARDWARE;
}

/* What can be asked quickly, before each instruction. */
static void summarize(struct breakpoints *b)
{
    b->filter = 0;
    b->any_watch = b->any_physical = false;
    for (unsigned n = 0; n < b->n; n++) {
        const struct point *p = &b->list[n];
        if (is_breakpoint(p))
            b->filter |= BIT(bits(p->address, 7, 2)); /* of a physical one the same: pages are larger */
        else
            b->any_watch = true;
        b->any_physical |= p->physical;
    }
}

static bool same(const struct point *a, const struct point *b)
{
    return a->kind == b->kind && a->physical == b->physical && a->regime == b->regime && a->asid == b->asid &&
           a->vmid == b->vmid && (a->number == 0) == (b->number == 0) && a->address == b->address &&
           a->size == b->size;
}

const char *point_add(struct breakpoints *b, const struct point *p)
{
    for (unsigned n = 0; n < b->n; n++)
        if (same(&b->list[n], p))
            return NULL;
    if (b->n == POINTS_MAX)
        return "too many breakpoints (256)";
    b->list[b->n++] = *p;
    summarize(b);
    return NULL;
}

static void remove_at(struct breakpoints *b, unsigned n)
{
    b->n--;
    memmove(&b->list[n], &b->list[n + 1], (b->n - n) * sizeof(b->list[0]));
    summarize(b);
}

bool point_remove(struct breakpoints *b, const struct point *p)
{
    for (unsigned n = 0; n < b->n; n++) {
        if (same(&b->list[n], p)) {
            remove_at(b, n);
            return true;
        }
    }
    return false;
}

bool point_remove_number(struct breakpoints *b, unsigned number)
{
    for (unsigned n = 0; n < b->n; n++) {
        if (b->list[n].number == number) {
            remove_at(b, n);
            return true;
        }
    }
    return false;
}

void point_remove_all(struct breakpoints *b)
{
    b->n = 0;
    summarize(b);
}

/* ---- matching ---- */

/* Is the CPU where the point holds? */
static bool in_context(const struct point *p, const struct cpu *c)
{
    const struct tctx *t = &c->bank->tctx;
    return (p->regime < 0 || p->regime == t->regime) && (p->asid < 0 || p->asid == t->asid) &&
           (p->vmid < 0 || (t->stage2 && p->vmid == t->vmid));
}

static bool physical(struct cpu *c, uint64_t va, uint64_t *pa)
{
    const struct view current = {VIEW_CURRENT};
    const char *why;
    bool ns;
    return view_translate(&current, c, va, pa, &ns, NULL, &why);
}

const struct point *point_at_pc(const struct breakpoints *b, struct cpu *c)
{
    uint64_t pa;
    bool found = false;
    if (!(b->filter >> bits(c->pc, 7, 2) & 1))
        return NULL;
    if (b->any_physical)
        found = physical(c, c->pc, &pa);
    for (unsigned n = 0; n < b->n; n++) {
        const struct point *p = &b->list[n];
        if (is_breakpoint(p) && (p->physical ? found && pa == p->address : c->pc == p->address) &&
            in_context(p, c))
            return p;
    }
    return NULL;
}

/* Do [at, at + size) and what p watches meet? *where: the first byte, as an address like `at`. */
static bool meets(const struct point *p, uint64_t at, uint64_t size, uint64_t *where)
{
    uint64_t last = at + (size - 1), watched_last = p->address + (p->size - 1);
    *where = at > p->address ? at : p->address;
    return at <= watched_last && p->address <= last;
}

/* The piece of an access that is inside one page. */
static const struct point *watching_piece(const struct breakpoints *b, struct cpu *c, uint64_t va,
                                          uint64_t size, bool write, uint64_t *where)
{
    uint64_t pa = 0;
    bool found = b->any_physical && physical(c, va, &pa);
    for (unsigned n = 0; n < b->n; n++) {
        const struct point *p = &b->list[n];
        if (is_breakpoint(p) || (p->kind == POINT_WRITE && !write) || (p->kind == POINT_READ && write))
            continue;
        if ((p->physical ? found && meets(p, pa, size, where) : meets(p, va, size, where)) &&
            in_context(p, c)) {
            if (p->physical)
                *where += va - pa;
            return p;
        }
    }
    return NULL;
}

/* An address of data without its tag, where TBI applies: that is how people write it. */
static uint64_t untagged(const struct cpu *c, uint64_t va)
{
    const struct tctx *t = &c->bank->tctx;
    if (!mmu_tbi(t, va, false))
        return va;
    return t->regime <= REGIME_EL20 ? (uint64_t)sign_extend(va, 56) : bits(va, 55, 0);
}

const struct point *point_watching(const struct breakpoints *b, struct cpu *c, uint64_t va, unsigned size,
                                   bool write, uint64_t *where)
{
    uint64_t room = 4096 - (va & 4095);
    if (!b->any_watch)
        return NULL;
    va = untagged(c, va);
    if (size <= room)
        return watching_piece(b, c, va, size, write, where);
    const struct point *p = watching_piece(b, c, va, room, write, where);
    return p != NULL ? p : watching_piece(b, c, va + room, size - room, write, where);
}

void point_describe(const struct point *p, char *text, size_t size)
{
    static const char *const kinds[] = {"breakpoint", "hardware breakpoint", "watchpoint (write)",
                                        "watchpoint (read)", "watchpoint (access)"};
    size_t n = (size_t)snprintf(text, size, "%s", kinds[p->kind]);
    if (p->number != 0)
        n += (size_t)snprintf(text + n, size - n, " m%u", p->number);
    n += (size_t)snprintf(text + n, size - n, " at %s0x%" PRIx64, p->physical ? "PA " : "", p->address);
    if (!is_breakpoint(p))
        n += (size_t)snprintf(text + n, size - n, ", %" PRIu64 " bytes", p->size);
    if (p->regime >= 0)
        n += (size_t)snprintf(text + n, size - n, ", %s", regime_name((enum regime)p->regime));
    if (p->asid >= 0)
        n += (size_t)snprintf(text + n, size - n, ", ASID %d", p->asid);
    if (p->vmid >= 0)
        snprintf(text + n, size - n, ", VMID %d", p->vmid);
}
