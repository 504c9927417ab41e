/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A debugger's view of memory. See memory.h. Translations are those that the CPU would use, its TLB included;
 * tables alone are what `monitor walk` shows.
 */
#include "debug/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/codepage.h"
#include "cpu/cpu.h"

static const struct {
    const char *name;
    enum view_kind kind;
} names[] = {
    {"current", VIEW_CURRENT}, {"el1", VIEW_EL1},    {"el10", VIEW_EL1}, {"guest", VIEW_GUEST},
    {"el2", VIEW_EL2},         {"el20", VIEW_EL2},   {"el2h", VIEW_EL2}, {"el2h0", VIEW_EL2},
    {"el3", VIEW_EL3},         {"s2", VIEW_IPA},     {"ipa", VIEW_IPA},  {"pa", VIEW_PHYSICAL},
    {"phys", VIEW_PHYSICAL},   {"spa", VIEW_SECURE},
};

/* Why c has no such view, or NULL. */
static const char *missing(enum view_kind kind, const struct cpu *c)
{
    switch (kind) {
    case VIEW_GUEST:
    case VIEW_EL2:
    case VIEW_IPA:
        return c->feat->has_el2 ? NULL : "there is no EL2 (-M virt,virtualization=on adds it)";
    case VIEW_EL3:
    case VIEW_SECURE:
        return c->feat->has_el3 ? NULL : "there is no EL3 (-M virt,secure=on adds it)";
    default:
        return NULL;
    }
}

bool view_parse(struct view *v, const struct cpu *c, const char *name, const char **why)
{
    *why = "current, el1, guest, el2, el20, el3, s2, pa or spa is wanted";
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        if (strcmp(name, names[n].name) != 0)
            continue;
        *why = missing(names[n].kind, c);
        if (*why == NULL && strncmp(name, "el2", 3) == 0 && name[3] != 0 && !(c->sr[SR_HCR_EL2] & HCR_E2H))
            *why = "HCR_EL2.E2H is 0: EL2 has the EL2 regime, not EL2&0 (regime el2)";
        if (*why != NULL)
            return false;
        v->kind = names[n].kind;
        return true;
    }
    return false;
}

/* The context of a view that translates. */
static void make_context(const struct view *v, const struct cpu *c, struct tctx *t)
{
    uint64_t sr[SR_COUNT];
    if (v->kind == VIEW_CURRENT) {
        *t = c->bank->tctx;
        return;
    }
    if (v->kind == VIEW_EL2 || v->kind == VIEW_EL3) {
        tctx_make(t, c->feat, c->sr, v->kind == VIEW_EL2 ? 2 : 3, false, false);
        return;
    }
    memcpy(sr, c->sr, sizeof(sr));
    sr[SR_HCR_EL2] &= ~HCR_TGE;
    if (v->kind != VIEW_EL1)
        sr[SR_HCR_EL2] |= HCR_VM;
    if (v->kind == VIEW_IPA) {
        sr[SR_HCR_EL2] &= ~HCR_DC;
        sr[SR_SCTLR_EL1] &= ~SCTLR_M;
    }
    tctx_make(t, c->feat, sr, 1, false, false);
}

void view_describe(const struct view *v, const struct cpu *c, char *text, size_t size)
{
    struct tctx t;
    if (v->kind == VIEW_PHYSICAL || v->kind == VIEW_SECURE) {
        snprintf(text, size, "%sphysical addresses", v->kind == VIEW_SECURE ? "Secure " : "");
        return;
    }
    make_context(v, c, &t);
    if (v->kind == VIEW_IPA) {
        snprintf(text, size, "intermediate physical addresses, VMID %u", t.vmid);
        return;
    }
    size_t n = (size_t)snprintf(
        text, size, "%s%s, stage 1 %s, ASID %u", v->kind == VIEW_CURRENT ? "the current regime: " : "",
        regime_name((enum regime)t.regime), (t.sctlr & SCTLR_M) ? "on" : "off", t.asid);
    if (t.stage2 && n < size)
        snprintf(text + n, size - n, ", VMID %u", t.vmid);
}

/* The walker's reads of tables: RAM only, as a device might notice. */
static bool read_table(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    const struct cpu *c = opaque;
    const struct bus_ram *ram = bus_find_ram(c->bus, pa);
    if (ram == NULL || (ram->secure_only && ns))
        return false;
    memcpy(value, ram->host + (pa - ram->base), sizeof(*value));
    return true;
}

bool view_translate(const struct view *v, struct cpu *c, uint64_t va, uint64_t *pa, bool *ns, uint64_t *size,
                    const char **why)
{
    const struct mmu_access a = {.type = ACCESS_READ, .unchecked = true, .debug = true};
    const struct mmu_port port = {.read64 = read_table, .opaque = c, .tlb = c->tlb};
    struct mmu_result r;
    struct tctx t;
    if (v->kind == VIEW_PHYSICAL || v->kind == VIEW_SECURE) {
        *pa = va;
        *ns = v->kind == VIEW_PHYSICAL;
        if (size != NULL)
            *size = 4096 - (va & 4095);
        return true;
    }
    make_context(v, c, &t);
    if (!mmu_translate(&t, &port, va, &a, &r)) {
        *why = r.fault.rule != NULL ? r.fault.rule : "no translation";
        return false;
    }
    *pa = r.pa;
    *ns = r.ns;
    if (size != NULL)
        *size = 4096 - (r.pa & 4095);
    return true;
}

/* The RAM behind va, and how many bytes of it from there on are in one page; NULL: none. */
static struct bus_ram *find(const struct view *v, struct cpu *c, uint64_t va, uint64_t *pa, size_t *room)
{
    const char *why;
    uint64_t size;
    bool ns;
    if (!view_translate(v, c, va, pa, &ns, &size, &why))
        return NULL;
    struct bus_ram *ram = bus_find_ram(c->bus, *pa);
    if (ram == NULL || (ram->secure_only && ns))
        return NULL;
    *room = (size_t)size;
    return ram;
}

size_t view_read(const struct view *v, struct cpu *c, uint64_t va, void *buf, size_t n)
{
    uint8_t *to = buf;
    size_t done = 0;
    while (done < n) {
        uint64_t pa;
        size_t room;
        const struct bus_ram *ram = find(v, c, va + done, &pa, &room);
        if (ram == NULL)
            break;
        room = room < n - done ? room : n - done;
        memcpy(to + done, ram->host + (pa - ram->base), room);
        done += room;
    }
    return done;
}

/* Somebody else writes: exclusive monitors that watch the granule are lost. */
static void lose_monitors(const struct cpu *c, uint64_t pa, size_t n)
{
    enum { ERG = 64 };
    for (unsigned k = 0; k < c->code->ncpus; k++) {
        struct cpu *other = c->code->cpus[k];
        if (other->exclusive_valid && other->exclusive_pa < pa + n && pa < other->exclusive_pa + ERG)
            other->exclusive_valid = false;
    }
}

bool view_write(const struct view *v, struct cpu *c, uint64_t va, const void *buf, size_t n)
{
    const uint8_t *from = buf;
    uint64_t pa;
    size_t room;
    for (size_t done = 0; done < n; done += room)
        if (find(v, c, va + done, &pa, &room) == NULL)
            return false;
    for (size_t done = 0; done < n; done += room) {
        find(v, c, va + done, &pa, &room);
        room = room < n - done ? room : n - done;
        bus_load(c->bus, pa, from + done, room);
        lose_monitors(c, pa, room);
    }
    return true;
}
