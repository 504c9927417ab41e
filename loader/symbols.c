/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Symbols by address and by name. See symbols.h. Of an ELF file: functions, objects and labels of its symbol
 * table that are defined, but for the mapping symbols ($x, $d) of AArch64 ELF. Of System.map: `ADDRESS TYPE
 * NAME`.
 */
#include "loader/symbols.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>
#include <libelf.h>

#include "base/hex.h"
#include "base/log.h"
#include "loader/elf.h"

/* A longer name is passed over: each symbol has a copy of its own. */
enum { MAX_FILE = 1 << 30, MAX_SYMBOLS = 1 << 24, MAX_NAME = 4096 };

struct symbol {
    uint64_t address;
    char *name;
};

struct symbols {
    struct symbol *of; /* by address */
    size_t n, room;
};

static void add(struct symbols *s, uint64_t address, const char *name, size_t length)
{
    if (length == 0 || length > MAX_NAME || *name == '$' || s->n == MAX_SYMBOLS)
        return;
    if (s->n == s->room) {
        s->room = s->room != 0 ? 2 * s->room : 1024;
        s->of = xrealloc(s->of, s->room * sizeof(s->of[0]));
    }
    char *copy = xmalloc(length + 1);
    memcpy(copy, name, length);
    copy[length] = 0;
    s->of[s->n++] = (struct symbol){address, copy};
}

/* ---- ELF ---- */

static void table(struct symbols *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *h)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data != NULL && h->sh_entsize != 0 ? data->d_size / h->sh_entsize : 0;
    for (size_t n = 0; n < count; n++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)n, &symbol) == NULL)
            return;
        unsigned type = GELF_ST_TYPE(symbol.st_info);
        const char *name = elf_strptr(elf, h->sh_link, symbol.st_name);
        if (name != NULL && symbol.st_shndx != SHN_UNDEF && type <= STT_FUNC)
            add(s, symbol.st_value, name, strlen(name));
    }
}

static bool parse_elf(struct symbols *s, const struct blob *b, struct load_error *e)
{
    if (elf_version(EV_CURRENT) == EV_NONE)
        return load_fail(e, "can't start libelf");
    Elf *elf = elf_memory((char *)b->data, b->size);
    if (elf == NULL)
        return load_fail(e, "damaged ELF file: %s", elf_errmsg(-1));
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr h;
        if (gelf_getshdr(section, &h) != NULL && h.sh_type == SHT_SYMTAB)
            table(s, elf, section, &h);
    }
    elf_end(elf);
    return s->n != 0 || load_fail(e, "has no symbol table (was it stripped?)");
}

/* ---- System.map ---- */

static bool line(struct symbols *s, const char *text, size_t length)
{
    uint64_t address = 0;
    size_t n = 0;
    for (; n < length && n < 16 && hex_digit(text[n]) >= 0; n++)
        address = address << 4 | (uint64_t)hex_digit(text[n]);
    if (n == 0 || n + 3 >= length || text[n] != ' ' || text[n + 2] != ' ')
        return false;
    size_t end = n + 3;
    while (end < length && text[end] > ' ')
        end++;
    add(s, address, text + n + 3, end - (n + 3));
    return true;
}

static bool parse_map(struct symbols *s, const struct blob *b, struct load_error *e)
{
    for (size_t at = 0; at < b->size;) {
        const char *text = (const char *)b->data + at;
        const char *end = memchr(text, '\n', b->size - at);
        size_t length = end != NULL ? (size_t)(end - text) : b->size - at;
        if (length != 0 && !line(s, text, length))
            return load_fail(e, "is neither an ELF file nor a System.map");
        at += length + 1;
    }
    return s->n != 0 || load_fail(e, "has no symbols");
}

/* ---- */

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return strcmp(x->name, y->name);
}

struct symbols *symbols_parse(const struct blob *b, struct load_error *e)
{
    struct symbols *s = xcalloc(1, sizeof(*s));
    if (elf_detect(b) ? !parse_elf(s, b, e) : !parse_map(s, b, e)) {
        symbols_free(s);
        return NULL;
    }
    qsort(s->of, s->n, sizeof(s->of[0]), by_address);
    return s;
}

struct symbols *symbols_load(const char *path, struct load_error *e)
{
    struct blob b;
    if (!blob_read(&b, path, MAX_FILE, e))
        return NULL;
    struct symbols *s = symbols_parse(&b, e);
    blob_free(&b);
    return s;
}

void symbols_free(struct symbols *s)
{
    if (s == NULL)
        return;
    for (size_t n = 0; n < s->n; n++)
        free(s->of[n].name);
    free(s->of);
    free(s);
}

bool symbols_find(const struct symbols *s, const char *name, uint64_t *address)
{
    for (size_t n = 0; s != NULL && n < s->n; n++) {
        if (strcmp(s->of[n].name, name) == 0) {
            *address = s->of[n].address;
            return true;
        }
    }
    return false;
}

const char *symbols_at(const struct symbols *s, uint64_t address, uint64_t *offset)
{
    size_t low = 0, high = s != NULL ? s->n : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->of[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    *offset = address - s->of[low - 1].address;
    return s->of[low - 1].name;
}

size_t symbols_count(const struct symbols *s)
{
    return s != NULL ? s->n : 0;
}
