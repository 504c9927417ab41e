/* SPDX-License-Identifier: BSD-2-Clause
 *
 * State from files. See memory.h. Files are untrusted: what is wrong with one is an error of the command.
 */
#include "explain/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "loader/snapshot.h"
#include "sysregs/fields.h"

enum { MEM_FILES = 8 };
#define MEM_DEFAULT UINT64_C(0x40000000) /* RAM of the virt board */
#define FILE_MAX ((size_t)1 << 34)
#define REGS_MAX ((size_t)1 << 20)

struct explain_memory {
    struct snapshot *snapshot;
    struct {
        uint64_t base;
        struct blob bytes;
    } file[MEM_FILES];
    unsigned n_files;
};

void explain_memory_close(struct explain_memory *m)
{
    if (m == NULL)
        return;
    if (m->snapshot != NULL)
        snapshot_close(m->snapshot);
    for (unsigned n = 0; n < m->n_files; n++)
        blob_free(&m->file[n].bytes);
    free(m);
}

bool explain_memory_read64(struct explain_memory *m, uint64_t pa, uint64_t *value)
{
    uint8_t bytes[8];

    for (unsigned n = 0; n < m->n_files; n++) {
        const struct blob *b = &m->file[n].bytes;
        const uint64_t at = pa - m->file[n].base;
        if (pa >= m->file[n].base && b->size >= 8 && at <= b->size - 8) {
            *value = blob_u64(b, (size_t)at);
            return true;
        }
    }
    if (m->snapshot == NULL || !snapshot_read(m->snapshot, pa, bytes, sizeof(bytes)))
        return false;
    *value = 0;
    for (unsigned n = 0; n < sizeof(bytes); n++)
        *value |= (uint64_t)bytes[n] << (8 * n);
    return true;
}

/* ---- --from ---- */

/* A piece that says "on" or "off". */
static bool take_flag(const struct snapshot *s, const char *name, bool *value)
{
    size_t size;
    const uint8_t *p = snapshot_find(s, "machine", name, &size);

    *value = p != NULL && size == 2 && memcmp(p, "on", 2) == 0;
    return *value || (p != NULL && size == 3 && memcmp(p, "off", 3) == 0);
}

/* The CPU model, as -cpu named it. */
static bool take_model(struct explain *x, const struct snapshot *s, const char *path)
{
    char model[256];
    size_t size;
    const uint8_t *p = snapshot_find(s, "machine", "cpu", &size);

    if (p == NULL || size >= sizeof(model) || !take_flag(s, "EL2", &x->feat.has_el2) ||
        !take_flag(s, "EL3", &x->feat.has_el3))
        return explain_fail(x, "%s: it doesn't say which CPU it is of", path);
    memcpy(model, p, size);
    model[size] = '\0';
    const char *wrong = features_parse(&x->feat, model);
    return wrong == NULL || explain_fail(x, "%s: its CPU is '%s': %s", path, model, wrong);
}

static bool take_cpu(struct explain *x, const struct snapshot *s, const char *path)
{
    char section[16];
    uint64_t number = 0, el, pstate;

    if (!explain_option_number(x, "cpu-number", 0, 511, &number))
        return false;
    snprintf(section, sizeof(section), "cpu %u", (unsigned)number);
    if (!snapshot_number(s, section, "el", &el) || !snapshot_number(s, section, "pstate", &pstate) || el > 3)
        return explain_fail(x, "%s: there is no CPU %u in it", path, (unsigned)number);
    sysreg_reset(x->sr, &x->feat, (unsigned)number);
    for (unsigned n = 0; n < SR_COUNT; n++)
        if (sysreg_has_storage(n))
            snapshot_number(s, section, sysreg_row(n)->name, &x->sr[n]);
    x->given[SR_HCR_EL2] = x->feat.has_el2;
    if (!x->el_given) {
        x->el = (uint8_t)el;
        x->el_given = true;
    }
    x->pan = (pstate & SPSR_PAN) != 0;
    x->sp0 = (pstate & 1) == 0;
    return true;
}

static bool open_snapshot(struct explain *x, const char *path)
{
    struct load_error e;

    x->memory->snapshot = snapshot_open(path, &e);
    if (x->memory->snapshot == NULL)
        return explain_fail(x, "%s: %s", path, e.text);
    return take_model(x, x->memory->snapshot, path) && take_cpu(x, x->memory->snapshot, path);
}

/* ---- --mem ---- */

static bool open_memory(struct explain *x, const char *text)
{
    struct explain_memory *m = x->memory;
    struct load_error e;
    const char *at = strrchr(text, '@');
    uint64_t base = MEM_DEFAULT;
    char path[1024];

    if (m->n_files == MEM_FILES)
        return explain_fail(x, "--mem: at most %u files", MEM_FILES);
    if (at != NULL && !explain_number(at + 1, &base))
        return explain_fail(x, "--mem %s: FILE@ADDRESS is wanted", text);
    if ((size_t)snprintf(path, sizeof(path), "%.*s", at != NULL ? (int)(at - text) : (int)strlen(text),
                         text) >= sizeof(path))
        return explain_fail(x, "--mem: the file's name is too long");
    if (!blob_read(&m->file[m->n_files].bytes, path, FILE_MAX, &e))
        return explain_fail(x, "%s: %s", path, e.text);
    m->file[m->n_files++].base = base;
    return true;
}

/* ---- --regs ---- */

/* Without blanks at its ends and without a comment. */
static char *trimmed(char *line)
{
    line[strcspn(line, "#\r\n")] = '\0';
    while (isspace((unsigned char)*line))
        line++;
    size_t n = strlen(line);
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        line[--n] = '\0';
    return line;
}

static bool take_line(struct explain *x, char *line, bool hcr)
{
    char *value = strpbrk(line, "= \t");

    if (value == NULL)
        return explain_fail(x, "'%.60s': NAME = VALUE is wanted", line);
    *value++ = '\0';
    value += strspn(value, "= \t");
    if (strcasecmp(line, "el") == 0) {
        uint64_t el;
        if (!explain_number(value, &el) || el > 3)
            return explain_fail(x, "el = %.60s: 0 to 3 is wanted", value);
        x->el = (uint8_t)el;
        x->el_given = true;
        return true;
    }
    return explain_set(x, line, value, hcr);
}

static bool take_registers(struct explain *x, const char *path)
{
    struct load_error e;
    struct blob b;
    bool ok = true;

    if (!blob_read(&b, path, REGS_MAX, &e))
        return explain_fail(x, "%s: %s", path, e.text);
    for (unsigned pass = 0; pass < 2 && ok; pass++) {
        char *text = xmalloc(b.size + 1), *rest = text, *line;
        memcpy(text, b.data, b.size);
        text[b.size] = '\0';
        for (unsigned number = 1; ok && (line = strsep(&rest, "\n")) != NULL; number++) {
            line = trimmed(line);
            ok = *line == '\0' || take_line(x, line, pass == 0);
            if (!ok) {
                char why[sizeof(x->io->error)];
                strcpy(why, x->io->error);
                explain_fail(x, "%s:%u: %.900s", path, number, why);
            }
        }
        free(text);
    }
    blob_free(&b);
    return ok;
}

bool explain_memory_open(struct explain *x)
{
    const char *from = explain_option(x, "from"), *regs = explain_option(x, "regs");

    x->memory = xcalloc(1, sizeof(*x->memory));
    if (from != NULL && !open_snapshot(x, from))
        return false;
    for (unsigned n = 0; n < x->n_options; n++)
        if (strcmp(x->option[n].name, "mem") == 0 && !open_memory(x, x->option[n].value))
            return false;
    return regs == NULL || take_registers(x, regs);
}
