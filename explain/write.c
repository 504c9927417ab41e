/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How explanations are written: paragraphs, drawn tables, and JSON (RFC 8259; 64-bit numbers as strings of
 * hexadecimal digits, since readers keep numbers as doubles).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "explain/internal.h"

/* ---- text ---- */

void say(struct explain *x, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(x->out, fmt, ap);
    va_end(ap);
}

void say_strong(struct explain *x, const char *fmt, ...)
{
    va_list ap;

    fputs(x->io->colour ? "\033[1m" : "", x->out);
    va_start(ap, fmt);
    vfprintf(x->out, fmt, ap);
    va_end(ap);
    fputs(x->io->colour ? "\033[0m\n" : "\n", x->out);
}

void say_wrapped(struct explain *x, unsigned column, unsigned indent, const char *text)
{
    bool first = true;

    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (!first && column + 1 + word > EXPLAIN_COLUMNS) {
            fprintf(x->out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        fprintf(x->out, "%s%.*s", first ? "" : " ", (int)word, text);
        column += (unsigned)word + !first;
        first = false;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', x->out);
}

/* ---- tables ---- */

void table_start(struct table *t, unsigned columns)
{
    *t = (struct table){.columns = columns};
}

/* `rows` counts cells until the table is printed. */
void table_cell(struct table *t, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (t->rows == t->room) {
        t->room = t->room * 2 + 32;
        t->cell = xrealloc(t->cell, t->room * sizeof(*t->cell));
    }
    t->cell[t->rows++] = xstrdup(text);
}

struct border {
    const char *bar, *line, *cross, *left, *right;
};

static void rule_off(struct explain *x, const struct table *t, const unsigned *width, const struct border *b)
{
    for (unsigned c = 0; c < t->columns; c++) {
        fputs(c == 0 ? b->left : b->cross, x->out);
        for (unsigned n = 0; n < width[c] + 2; n++)
            fputs(b->line, x->out);
    }
    fprintf(x->out, "%s\n", b->right);
}

void table_print(struct explain *x, struct table *t)
{
    static const struct border ascii = {"|", "-", "+", "+", "+"};
    static const struct border head = {"│", "─", "┬", "┌", "┐"}, middle = {"│", "─", "┼", "├", "┤"},
                               foot = {"│", "─", "┴", "└", "┘"};
    unsigned *width = xcalloc(t->columns, sizeof(*width));
    const char *bar = x->io->utf8 ? head.bar : ascii.bar;

    for (unsigned n = 0; n < t->rows; n++)
        if (strlen(t->cell[n]) > width[n % t->columns])
            width[n % t->columns] = (unsigned)strlen(t->cell[n]);
    rule_off(x, t, width, x->io->utf8 ? &head : &ascii);
    for (unsigned n = 0; n < t->rows; n++) {
        unsigned c = n % t->columns;
        fprintf(x->out, "%s %-*s ", bar, (int)width[c], t->cell[n]);
        free(t->cell[n]);
        if (c + 1 < t->columns)
            continue;
        fprintf(x->out, "%s\n", bar);
        if (n + 1 == t->columns)
            rule_off(x, t, width, x->io->utf8 ? &middle : &ascii);
    }
    rule_off(x, t, width, x->io->utf8 ? &foot : &ascii);
    free(width);
    free(t->cell);
}

/* ---- JSON ---- */

static void json_string(struct explain *x, const char *text)
{
    fputc('"', x->out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(x->out, "\\%c", c);
        else if (c < 0x20 ||
                 c > 0x7e) /* what is not ASCII came from the command line, in whatever encoding */
            fprintf(x->out, "\\u%04x", c);
        else
            fputc(c, x->out);
    }
    fputc('"', x->out);
}

static void json_key(struct explain *x, const char *key)
{
    if (x->depth > 0) {
        fputs(x->started[x->depth - 1] ? ",\n" : "\n", x->out);
        x->started[x->depth - 1] = true;
    }
    fprintf(x->out, "%*s", (int)x->depth * 2, "");
    if (key != NULL) {
        json_string(x, key);
        fputs(": ", x->out);
    }
}

void json_open(struct explain *x, const char *key, char bracket)
{
    if (x->depth == JSON_DEPTH)
        bug("JSON nested too deeply");
    json_key(x, key);
    fputc(bracket, x->out);
    x->started[x->depth] = false;
    x->closing[x->depth++] = bracket == '{' ? '}' : ']';
}

void json_close(struct explain *x)
{
    x->depth--;
    if (x->started[x->depth])
        fprintf(x->out, "\n%*s", (int)x->depth * 2, "");
    fputc(x->closing[x->depth], x->out);
    if (x->depth == 0)
        fputc('\n', x->out);
}

void json_text(struct explain *x, const char *key, const char *text)
{
    json_key(x, key);
    if (text != NULL)
        json_string(x, text);
    else
        fputs("null", x->out);
}

void json_hex(struct explain *x, const char *key, uint64_t v)
{
    json_key(x, key);
    fprintf(x->out, "\"0x%" PRIx64 "\"", v);
}

void json_number(struct explain *x, const char *key, int64_t v)
{
    json_key(x, key);
    fprintf(x->out, "%" PRId64, v);
}

void json_bool(struct explain *x, const char *key, bool v)
{
    json_key(x, key);
    fputs(v ? "true" : "false", x->out);
}
