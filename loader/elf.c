/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ELF64 little-endian AArch64 executables by libelf. Addresses are p_paddr; the entry point, a virtual
 * address, is moved the way its segment is. libelf checks the file's structure; the bounds that we rely on
 * are checked here again.
 */
#include "loader/elf.h"

#include <string.h>

#include <gelf.h>
#include <libelf.h>

bool elf_detect(const struct blob *b)
{
    return b->size >= SELFMAG && memcmp(b->data, ELFMAG, SELFMAG) == 0;
}

static bool check_header(const struct blob *b, Elf *elf, GElf_Ehdr *h, struct load_error *e)
{
    if (b->size < EI_NIDENT || gelf_getehdr(elf, h) == NULL)
        return load_fail(e, "truncated or damaged ELF header");
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_machine != EM_AARCH64)
        return load_fail(e, "is an ELF file for another machine (ELF64 for AArch64 is wanted)");
    if (h->e_ident[EI_DATA] != ELFDATA2LSB)
        return load_fail(e, "is a big-endian ELF file: not implemented");
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return load_fail(e, "is an ELF file but not an executable (e_type %u)", h->e_type);
    return true;
}

/* Everything about one PT_LOAD that can be wrong. */
static bool check_segment(struct bus *bus, const struct blob *b, const GElf_Phdr *p, size_t n,
                          struct load_error *e)
{
    if (p->p_filesz > p->p_memsz)
        return load_fail(e, "damaged ELF: segment %zu is larger in the file than in memory", n);
    if (p->p_offset > b->size || p->p_filesz > b->size - p->p_offset)
        return load_fail(e, "truncated: segment %zu ends at byte %llu, the file at %zu", n,
                         (unsigned long long)(p->p_offset + p->p_filesz), b->size);
    struct bus_ram *r = bus_find_ram(bus, p->p_paddr);
    if (r == NULL || p->p_memsz > r->size - (p->p_paddr - r->base))
        return load_fail(e, "segment %zu (0x%llx, %llu bytes) is not inside RAM; try a larger -m", n,
                         (unsigned long long)p->p_paddr, (unsigned long long)p->p_memsz);
    return true;
}

static bool load_segment(struct bus *bus, const struct blob *b, const GElf_Phdr *p, struct load_error *e)
{
    static const uint8_t zeros[4096];
    if (!bus_load(bus, p->p_paddr, b->data + p->p_offset, p->p_filesz))
        return load_fail(e, "can't write segment to 0x%llx", (unsigned long long)p->p_paddr);
    for (uint64_t at = p->p_filesz; at < p->p_memsz;) {
        size_t n = p->p_memsz - at < sizeof(zeros) ? (size_t)(p->p_memsz - at) : sizeof(zeros);
        if (!bus_load(bus, p->p_paddr + at, zeros, n))
            return load_fail(e, "can't clear memory at 0x%llx", (unsigned long long)(p->p_paddr + at));
        at += n;
    }
    return true;
}

static bool each_segment(struct bus *bus, const struct blob *b, Elf *elf, const GElf_Ehdr *h, bool load,
                         struct elf_result *r, struct load_error *e)
{
    size_t count;
    if (elf_getphdrnum(elf, &count) != 0)
        return load_fail(e, "damaged ELF program headers");
    *r = (struct elf_result){.entry = h->e_entry, .low = UINT64_MAX};
    for (size_t n = 0; n < count; n++) {
        GElf_Phdr p;
        if (gelf_getphdr(elf, (int)n, &p) == NULL)
            return load_fail(e, "truncated: program header %zu is not inside the file", n);
        if (p.p_type != PT_LOAD || p.p_memsz == 0)
            continue;
        if (load ? !load_segment(bus, b, &p, e) : !check_segment(bus, b, &p, n, e))
            return false;
        if (p.p_paddr < r->low)
            r->low = p.p_paddr;
        if (p.p_paddr + p.p_memsz > r->high)
            r->high = p.p_paddr + p.p_memsz;
        if ((p.p_flags & PF_X) && h->e_entry - p.p_vaddr < p.p_filesz)
            r->entry = h->e_entry - p.p_vaddr + p.p_paddr;
    }
    return r->high != 0 || load_fail(e, "has no segment to load");
}

bool elf_load_blob(struct bus *bus, const struct blob *b, struct elf_result *r, struct load_error *e)
{
    GElf_Ehdr h;
    if (elf_version(EV_CURRENT) == EV_NONE)
        return load_fail(e, "can't start libelf");
    Elf *elf = elf_memory((char *)b->data, b->size);
    if (elf == NULL)
        return load_fail(e, "damaged ELF file: %s", elf_errmsg(-1));
    bool ok = check_header(b, elf, &h, e) && each_segment(bus, b, elf, &h, false, r, e) &&
              each_segment(bus, b, elf, &h, true, r, e);
    elf_end(elf);
    return ok;
}
