/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The grammar of Tarmac text. See grammar.h. A line is [time [unit]] [cpuN] EVENT and what belongs to the
 * event; it is split into words and single characters of punctuation, and anything else is an error where the
 * tools look at it: they don't look at free text behind its first word.
 */
#include "tests/tarmac/grammar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"

static const char hex[] = "0123456789ABCDEFabcdef";
static const char decimal[] = "0123456789";

struct token {
    const char *at;
    size_t size;
    bool word; /* else punctuation, or the end of the line (size 0) */
};

struct parse {
    struct tarmac_reader *r;
    struct tarmac_error *e;
    const char *line, *next;
    struct token t; /* the token in hand */
    bool failed;
};

/* ---- tokens ---- */

static bool refuse_at(struct parse *p, const char *at, const char *rule)
{
    if (!p->failed)
        *p->e = (struct tarmac_error){.column = (size_t)(at - p->line) + 1, .rule = rule};
    p->failed = true;
    return false;
}

static bool refuse(struct parse *p, const char *rule)
{
    return refuse_at(p, p->t.at, rule);
}

static bool is_word_char(char c)
{
    return c != '\0' && (isalnum((unsigned char)c) || strchr("_-.#", c) != NULL);
}

static bool advance(struct parse *p)
{
    while (isspace((unsigned char)*p->next))
        p->next++;
    p->t = (struct token){.at = p->next};
    if (*p->next == '\0')
        return true;
    while (is_word_char(p->t.at[p->t.size]))
        p->t.size++;
    p->t.word = p->t.size != 0;
    if (!p->t.word) {
        if (strchr(":()[],<>", *p->next) == NULL)
            return refuse(p, "a character that is no token");
        p->t.size = 1;
    }
    p->next += p->t.size;
    return true;
}

static bool is(const struct parse *p, const char *text)
{
    return p->t.size == strlen(text) && memcmp(p->t.at, text, p->t.size) == 0;
}

static bool starts(const struct parse *p, const char *text)
{
    return p->t.word && p->t.size >= strlen(text) && memcmp(p->t.at, text, strlen(text)) == 0;
}

/* The first n characters of the token are all of `set`. */
static bool only(const struct parse *p, size_t n, const char *set)
{
    if (!p->t.word || n == 0)
        return false;
    for (size_t k = 0; k < n; k++)
        if (strchr(set, p->t.at[k]) == NULL)
            return false;
    return true;
}

static bool is_hex(const struct parse *p)
{
    return only(p, p->t.size, hex);
}

static bool take(struct parse *p, const char *text, const char *rule)
{
    return is(p, text) ? advance(p) : refuse(p, rule);
}

/* A number of at most 64 bits. */
static bool take_hex(struct parse *p, const char *rule)
{
    if (!is_hex(p))
        return refuse(p, rule);
    if (p->t.size > 16)
        return refuse(p, "a number of more than 64 bits");
    return advance(p);
}

/* [:PA[_NS|_S]] */
static bool take_pa(struct parse *p)
{
    if (!p->t.word || p->failed)
        return refuse(p, "a physical address is missing");
    size_t n = p->t.size;
    if (n > 3 && memcmp(p->t.at + n - 3, "_NS", 3) == 0)
        n -= 3;
    else if (n > 2 && memcmp(p->t.at + n - 2, "_S", 2) == 0)
        n -= 2;
    if (!only(p, n, hex))
        return refuse(p, "a physical address is hex digits with _S, _NS or nothing behind");
    return n > 16 ? refuse(p, "a number of more than 64 bits") : advance(p);
}

static bool optional_pa(struct parse *p)
{
    return !is(p, ":") || (advance(p) && take_pa(p));
}

static bool take_end(struct parse *p)
{
    return p->t.size == 0 || refuse(p, "something behind the end of the record");
}

/* ---- instructions ---- */

static bool take_state_and_mode(struct parse *p, size_t digits)
{
    static const char *const states[] = {"O", "A", "T", "T16", "T32"};
    for (size_t n = 0; n < ARRAY_LEN(states); n++) {
        if (!is(p, states[n]))
            continue;
        if (digits != 8 && (n == 0 || n == 1 || digits != 4))
            return refuse(p, "an opcode has the width of its instruction set's");
        if (!advance(p))
            return false;
        if (!p->t.word)
            return refuse(p, "the CPU's mode is missing");
        return advance(p) && take(p, ":", "a colon before the disassembly is missing");
    }
    return refuse(p, "the instruction set state is A, T, T16, T32 or O");
}

/* IT (sequence) VA[:PA[,PA]] OPCODE STATE MODE : text */
static bool read_fast_model(struct parse *p)
{
    if (!take(p, "(", "a bracketed sequence number is missing") ||
        !take_hex(p, "the sequence number is a decimal or hex number") ||
        !take(p, ")", "a closing bracket is missing") || !take_hex(p, "the address is hex digits") ||
        !optional_pa(p))
        return false;
    if (is(p, ",") && !(advance(p) && take_pa(p)))
        return false;
    size_t digits = p->t.size;
    return take_hex(p, "the opcode is hex digits") && take_state_and_mode(p, digits);
}

/* ES (VA:OPCODE) STATE MODE : text */
static bool read_es(struct parse *p)
{
    if (!take(p, "(", "a bracket before the address is missing") ||
        !take_hex(p, "the address is hex digits") || !take(p, ":", "a colon behind the address is missing"))
        return false;
    size_t digits = p->t.size;
    if (is(p, "--------") ? !advance(p) : !take_hex(p, "the opcode is hex digits"))
        return false;
    return take(p, ")", "a closing bracket is missing") && take_state_and_mode(p, digits);
}

/* ---- registers ---- */

static const struct {
    const char *name;
    unsigned count; /* 1: without a number */
    unsigned digits;
} registers[] = {
    {"r", 16, 8},    {"w", 31, 8},   {"x", 31, 16},  {"wsp", 1, 8},  {"xsp", 1, 16}, {"v", 32, 32},
    {"q", 32, 32},   {"d", 32, 16},  {"s", 32, 8},   {"z", 32, 512}, {"p", 32, 32},  {"psr", 1, 8},
    {"fpscr", 1, 8}, {"fpcr", 1, 8}, {"fpsr", 1, 8}, {"vpr", 1, 8},  {"pc", 1, 0},
};

static bool names(const char *name, size_t n, const char *known)
{
    return n == strlen(known) && strncasecmp(name, known, n) == 0;
}

/* Digits of the register of that name: 0 if the tools don't know it (any even number will do). What is
 * compared is the name up to its first digit or underscore: S3_4_C1_C1_0 is S3. */
static unsigned register_digits(const struct parse *p, const char **rule)
{
    const char *name = p->t.at;
    size_t n = 0;
    while (n < p->t.size && strchr("0123456789_", name[n]) == NULL)
        n++;
    bool number = n < p->t.size;
    unsigned long index = number ? strtoul(name + n, NULL, 10) : 0;
    size_t digits = 0;
    while (n + digits < p->t.size && isdigit((unsigned char)name[n + digits]))
        digits++;
    bool clean = n + digits == p->t.size;
    for (size_t k = 0; k < ARRAY_LEN(registers); k++) {
        if (!names(name, n, registers[k].name) || number != (registers[k].count != 1) ||
            (number && index >= registers[k].count))
            continue;
        if (!clean)
            *rule = "this name is taken for another register's";
        else if (registers[k].digits == 0)
            *rule = "pc is not written by R";
        return registers[k].digits;
    }
    if (names(name, n, "e"))
        *rule = "this name is taken for an X register";
    if (names(name, n, "lr"))
        *rule = "LR is taken for the 32-bit r14";
    return names(name, n, "msp") || (n == 4 && memcmp(name, "cpsr", 4) == 0) || names(name, n, "cpsr") ? 8
                                                                                                       : 0;
}

/* [<hi:lo>]: takes it off the number of digits. */
static bool read_bit_range(struct parse *p, unsigned *digits)
{
    if (!is(p, "<"))
        return true;
    if (*digits == 0)
        return refuse(p, "a range of bits of a register without a known width");
    unsigned long bit[2];
    for (unsigned n = 0; n < 2; n++) {
        if (!advance(p))
            return false;
        if (!only(p, p->t.size, decimal) || p->t.size > 4)
            return refuse(p, "a bit's number is decimal");
        bit[n] = strtoul(p->t.at, NULL, 10);
        if (bit[n] % 8 != (n == 0 ? 7 : 0) || bit[n] >= *digits * 4 || (n == 1 && bit[1] > bit[0]))
            return refuse(p, "a range of bits is whole bytes of the register");
        if (!advance(p) || !is(p, n == 0 ? ":" : ">"))
            return refuse(p, "a range of bits is <high:low>");
    }
    *digits = (unsigned)(bit[0] - bit[1] + 1) / 4;
    return advance(p);
}

/* Hex digits in words, with _ anywhere and -- for a byte that isn't known; returns how many, or -1. */
static long read_value(struct parse *p)
{
    long digits = 0;
    while (p->t.size != 0) {
        bool hyphen = false;
        if (!only(p, p->t.size, "0123456789ABCDEFabcdef_-"))
            return refuse(p, "a register's value is hex digits, _ and --"), -1L;
        for (size_t n = 0; n < p->t.size; n++) {
            if (p->t.at[n] == '_')
                continue;
            if (digits % 2 != 0 && hyphen != (p->t.at[n] == '-'))
                return refuse(p, "an unknown byte is --"), -1L;
            hyphen = p->t.at[n] == '-';
            digits++;
        }
        if (!advance(p) || (is(p, ":") && !advance(p)))
            return -1L;
    }
    return digits;
}

static bool read_register(struct parse *p)
{
    static const char *const operations[] = {"DC", "IC", "TLBI", "AT"};
    if (!p->t.word)
        return refuse(p, "a register's name is missing");
    for (size_t n = 0; n < ARRAY_LEN(operations); n++)
        if (is(p, operations[n]))
            return refuse(p, "a system operation in a register's place");
    const char *rule = NULL, *name = p->t.at;
    bool sp = names(name, p->t.size, "sp") || (p->t.size > 3 && strncasecmp(name, "sp_", 3) == 0);
    unsigned digits = register_digits(p, &rule);
    if (rule != NULL)
        return refuse(p, rule);
    if (!advance(p))
        return false;
    if (is(p, "(")) {
        if (!advance(p))
            return false;
        if (!p->t.word)
            return refuse(p, "a word between the brackets is missing");
        if (!advance(p) || !take(p, ")", "a closing bracket is missing"))
            return false;
    }
    if (!read_bit_range(p, &digits))
        return false;
    const char *value = p->t.at;
    if (p->t.size == 0)
        return refuse(p, "a register's value is missing");
    long n = read_value(p);
    if (n < 0)
        return false;
    if (n % 2 != 0)
        return refuse_at(p, value, "a register's value is whole bytes");
    if (sp && n != 8 && n != 16)
        return refuse_at(p, value, "a stack pointer has 8 or 16 digits");
    if (digits != 0 && (unsigned long)n != digits)
        return refuse_at(p, value, "a register's value has its full width");
    return true;
}

/* ---- memory ---- */

/* MR4, MW8X, R08: the size in bytes, or 0. */
static unsigned memory_size(const struct parse *p)
{
    char word[8] = "", kind[3] = "";
    unsigned size = 0;
    int used = 0;
    if (p->t.size >= sizeof(word))
        return 0;
    memcpy(word, p->t.at, p->t.size);
    if (sscanf(word, "M%1[RW]%u%n", kind, &size, &used) != 2) {
        if (sscanf(word, "%1[RW]0%u%n", kind, &size, &used) != 2)
            return 0;
        return word[used] == '\0' && used == 3 && (size == 1 || size == 2 || size == 4 || size == 8) ? size
                                                                                                     : 0;
    }
    if (strcmp(word + used, "") != 0 && strcmp(word + used, "X") != 0)
        return 0;
    return size;
}

static bool read_memory(struct parse *p)
{
    unsigned size = memory_size(p);
    if (size != 1 && size != 2 && size != 4 && size != 8)
        return refuse(p, "a memory record is R or W and 1, 2, 4 or 8 bytes");
    if (!advance(p) || (is(p, "X") && !advance(p)) ||
        !take_hex(p, "a memory record's address is hex digits") || !optional_pa(p))
        return false;
    if (is(p, "("))
        return advance(p) && take(p, "ABORTED", "between brackets is ABORTED only") &&
               take(p, ")", "a closing bracket is missing") && take_end(p);
    if (!only(p, p->t.size, "0123456789ABCDEFabcdef_"))
        return refuse(p, "a memory record's data are hex digits");
    unsigned digits = 0;
    for (size_t n = 0; n < p->t.size; n++)
        digits += p->t.at[n] != '_';
    if (digits != 2 * size)
        return refuse(p, "a memory record's data have its size");
    return advance(p) && take_end(p);
}

/* LD address and 16 bytes in words; the next line may go on under the address. */
static bool read_diagram(struct parse *p)
{
    size_t column = (size_t)(p->t.at - p->line) + 1;
    if (!take_hex(p, "an LD's or ST's address is hex digits"))
        return false;
    for (unsigned bytes = 0; bytes < 16;) {
        if (!only(p, p->t.size, "0123456789ABCDEFabcdef.#") || p->t.size % 2 != 0)
            return refuse(p, "an LD's or ST's data are 16 bytes of hex digits, .. and ##");
        for (size_t n = 0; n < p->t.size; n += 2, bytes++) {
            char a = p->t.at[n], b = p->t.at[n + 1];
            if (bytes == 16 || ((strchr(".#", a) != NULL || strchr(".#", b) != NULL) && a != b))
                return refuse(p, "an LD's or ST's data are 16 bytes of hex digits, .. and ##");
        }
        if (!advance(p))
            return false;
    }
    p->r->continues = column;
    return take_end(p);
}

/* ---- the rest ---- */

/* E address [word] number CoreEvent_NAME, or E DebugEvent_NAME and text */
static bool read_exception(struct parse *p)
{
    if (starts(p, "DebugEvent_"))
        return true;
    if (!take_hex(p, "an exception's address is hex digits"))
        return false;
    for (unsigned n = 0; n < 2 && !starts(p, "CoreEvent_"); n++) {
        if (!p->t.word)
            return refuse(p, "an exception's number and CoreEvent_ name are missing");
        if (!advance(p))
            return false;
    }
    if (!starts(p, "CoreEvent_"))
        return refuse(p, "an exception is named CoreEvent_ and more");
    return advance(p) && take_end(p);
}

static bool take_time(struct parse *p)
{
    static const char *const units[] = {"clk", "ns", "cs", "cyc", "tic", "ps"};
    size_t n = 0;
    while (p->t.word && n < p->t.size && isdigit((unsigned char)p->t.at[n]))
        n++;
    if (n == 0)
        return true;
    bool fused = n != p->t.size;
    struct token unit = {.at = p->t.at + n, .size = p->t.size - n, .word = true};
    if (n > 19)
        return refuse(p, "a number of more than 64 bits");
    uint64_t time = strtoull(p->t.at, NULL, 10);
    if (time < p->r->time)
        return refuse(p, "time goes back");
    const char *number = p->t.at;
    if (!fused) {
        if (!advance(p))
            return false;
        unit = p->t;
    }
    for (size_t k = 0; k < ARRAY_LEN(units); k++) {
        if (unit.size == strlen(units[k]) && memcmp(unit.at, units[k], unit.size) == 0) {
            p->r->time = time;
            return advance(p);
        }
    }
    if (fused)
        return refuse_at(p, number, "not a time and a unit, nor an event that the tools know");
    p->r->time = time;
    return true;
}

static bool read_event(struct parse *p, enum tarmac_record *what)
{
    static const char *const texts[] = {"CADI", "P", "CACHE", "TTW", "BR", "INFO_EXCEPTION_REASON", "SIGNAL"};
    bool it = is(p, "IT") || is(p, "IS") || is(p, "IF"), es = is(p, "ES");
    bool ld = is(p, "LD") || is(p, "ST"), e = is(p, "E"), r = is(p, "R");
    if (p->t.size == 0)
        return refuse(p, "a line without an event");
    if (starts(p, "M") || memory_size(p) != 0) {
        *what = TARMAC_MEMORY;
        return read_memory(p);
    }
    *what = TARMAC_TEXT;
    for (size_t n = 0; n < ARRAY_LEN(texts); n++)
        if (is(p, texts[n]))
            return advance(p);
    if (is(p, "EXC")) {
        *what = TARMAC_EXCEPTION;
        return true;
    }
    if (!(it || es || ld || e || r))
        return refuse(p, "an event that the tools don't know");
    if (!advance(p))
        return false;
    if ((it || es) && (is(p, "EXC") || is(p, "Reset"))) {
        *what = TARMAC_EXCEPTION;
        return advance(p);
    }
    *what = it || es ? TARMAC_INSN : ld ? TARMAC_MEMORY : e ? TARMAC_EXCEPTION : TARMAC_REGISTER;
    return it   ? read_fast_model(p)
           : es ? read_es(p)
           : ld ? read_diagram(p)
           : e  ? read_exception(p)
                : read_register(p);
}

bool tarmac_read(struct tarmac_reader *r, const char *line, enum tarmac_record *what, struct tarmac_error *e)
{
    struct parse p = {.r = r, .e = e, .line = line, .next = line};
    size_t continues = r->continues;
    r->continues = 0;
    r->line++;
    if (!advance(&p))
        return false;
    if (r->line == 1 && is(&p, "Tarmac")) {
        *what = TARMAC_HEADER;
        return true;
    }
    if (continues != 0 && (size_t)(p.t.at - line) + 1 == continues) {
        *what = TARMAC_MEMORY;
        return read_diagram(&p);
    }
    if (!take_time(&p))
        return false;
    if (starts(&p, "cpu") && !advance(&p))
        return false;
    return read_event(&p, what) && !p.failed;
}
