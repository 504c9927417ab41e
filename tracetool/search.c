/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace grep`: instructions, with all that they caused, and other events, by what they did.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tracetool/internal.h"
#include "traces/codec.h"

struct wanted {
    enum { REGISTER, ADDRESS, AT, MNEMONIC, EVENT, TEXT } what;
    unsigned reg;
    bool has_value;
    uint64_t first, last;
    const char *text;
};

static uint64_t address(const char *word, const char *text, char **end)
{
    uint64_t v = strtoull(text, end, 0);
    if (*end == text)
        user_error("trace grep: %s: an address or value is wanted", word);
    return v;
}

static void range(const char *word, const char *text, struct wanted *w)
{
    char *end;
    w->first = w->last = address(word, text, &end);
    if (*end == '-')
        w->last = address(word, end + 1, &end);
    if (*end != 0)
        user_error("trace grep: %s: FIRST-LAST is wanted", word);
}

static void wanted_register(const char *word, const char *text, struct wanted *w)
{
    size_t n = strcspn(text, ":");
    char *end;
    for (w->reg = 0; w->reg < TRACE_REGS; w->reg++)
        if (strlen(trace_reg_name(w->reg)) == n && strncasecmp(trace_reg_name(w->reg), text, n) == 0)
            break;
    if (w->reg == TRACE_REGS)
        user_error("trace grep: %s: no such register (X0..X30, SP, V0..V31, NZCV, FPSR, FPCR)", word);
    w->has_value = text[n] == ':';
    if (w->has_value)
        w->first = address(word, text + n + 1, &end);
}

static struct wanted parse(const char *word)
{
    struct wanted w = {.what = TEXT, .text = word};
    static const char *const keys[] = {"reg=", "addr=", "at=", "op=", "event=", "text="};
    for (size_t n = 0; n < ARRAY_LEN(keys); n++) {
        if (strncmp(word, keys[n], strlen(keys[n])) != 0)
            continue;
        w.what = n;
        w.text = word + strlen(keys[n]);
    }
    if (w.what == REGISTER)
        wanted_register(word, w.text, &w);
    else if (w.what == ADDRESS || w.what == AT)
        range(word, w.text, &w);
    return w;
}

static bool writes(const struct binary_item *item, const struct wanted *w)
{
    for (unsigned n = 0; n < item->n_regs; n++)
        if (item->reg[n] == w->reg && (!w->has_value || item->low[n] == w->first))
            return true;
    return false;
}

static bool accesses(const struct binary_item *item, const struct wanted *w)
{
    for (unsigned n = 0; n < item->n_accesses; n++) {
        const struct trace_memory *m = &item->access[n];
        if ((m->va <= w->last && m->va + m->size > w->first) ||
            (m->pa <= w->last && m->pa + m->size > w->first))
            return true;
    }
    return false;
}

static bool is_mnemonic(const struct trace_request *q, const struct binary_item *item, const char *name)
{
    char text[DISASM_SIZE];
    disassemble(q->disassembler, item->insn.raw, item->insn.va, text);
    size_t n = strcspn(text, " \t");
    return strlen(name) == n && strncasecmp(text, name, n) == 0;
}

/* Is it one that this item of an instruction, or event, fulfils? Text is looked for at the end. */
static bool fulfils(const struct trace_request *q, const struct binary_item *item, const struct wanted *w)
{
    bool insn = item->kind == TRACE_KIND_insn;
    switch (w->what) {
    case REGISTER:
        return writes(item, w);
    case ADDRESS:
        return accesses(item, w);
    case AT:
        return insn && item->insn.va >= w->first && item->insn.va <= w->last;
    case MNEMONIC:
        return insn && is_mnemonic(q, item, w->text);
    case EVENT:
        return strcmp(event_row(item->kind)->name, w->text) == 0;
    default:
        return false;
    }
}

int trace_grep(const struct trace_request *q)
{
    struct trace_file t = trace_file_open(q->file[0]);
    struct wanted w[ARRAY_LEN(q->word)];
    char *text = NULL;
    size_t size;
    uint64_t found = 0;
    uint32_t met = 0;
    if (q->n_words == 0)
        user_error("trace grep: nothing to look for (trace --help)");
    for (unsigned n = 0; n < q->n_words; n++)
        w[n] = parse(q->word[n]);
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        user_error("trace: out of memory");
    struct hub *h = printer(q, out, true);
    const struct binary_item *item;
    if (q->from != 0)
        binary_reader_seek(t.reader, q->from);
    while ((item = trace_file_next(&t)) != NULL && item->sequence <= q->to) {
        for (unsigned n = 0; n < q->n_words; n++)
            met |= (uint32_t)fulfils(q, item, &w[n]) << n;
        binary_deliver(t.reader, item, item->sequence >= q->from ? hub_tracer(h) : NULL);
        if (item->kind != TRACE_KIND_done && item->insn.executing)
            continue;
        putc(0, out);
        fflush(out);
        for (unsigned n = 0; n < q->n_words; n++)
            met |= (uint32_t)(w[n].what == TEXT && strstr(text, w[n].text) != NULL) << n;
        if (met == (UINT32_C(1) << q->n_words) - 1 && text[0] != 0) {
            fputs(text, stdout);
            found++;
        }
        met = 0;
        rewind(out);
    }
    hub_destroy(h);
    fclose(out);
    free(text);
    trace_file_close(&t);
    return found != 0 ? 0 : 1;
}
