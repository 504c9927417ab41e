/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The grammar of RFC 8259, as a table of what may come next.
 */
#include "traces/json.h"

#include <string.h>

/* What may come at this place. */
enum {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* after [ */
    WANT_KEY,          /* after , in an object */
    WANT_KEY_OR_END,   /* after { */
    WANT_COMMA_OR_END, /* after a value in an array or object */
    WANT_NOTHING,      /* after the outermost value */
    WANT_NO_MORE       /* an error, or the end, was reported */
};

void json_start(struct json *j, const char *text, size_t size)
{
    *j = (struct json){.text = text, .at = text, .end = text + size, .expects = WANT_VALUE};
}

static enum json_kind wrong(struct json *j, const char *what)
{
    j->error = what;
    j->expects = WANT_NO_MORE;
    return JSON_ERROR;
}

static void skip_space(struct json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
        j->at++;
}

static bool in_object(const struct json *j)
{
    unsigned n = j->depth - 1;
    return j->is_object[n / 64] >> n % 64 & 1;
}

static enum json_kind value_done(struct json *j, enum json_kind kind)
{
    j->expects = j->depth == 0 ? WANT_NOTHING : WANT_COMMA_OR_END;
    return kind;
}

static enum json_kind open_nest(struct json *j, bool object)
{
    if (j->depth == JSON_MAX_DEPTH)
        return wrong(j, "nested too deeply");
    unsigned n = j->depth++;
    uint64_t bit = UINT64_C(1) << n % 64;
    j->is_object[n / 64] = object ? j->is_object[n / 64] | bit : j->is_object[n / 64] & ~bit;
    j->at++;
    j->expects = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_kind close_nest(struct json *j)
{
    enum json_kind kind = in_object(j) ? JSON_OBJECT_END : JSON_ARRAY_END;
    j->at++;
    j->depth--;
    return value_done(j, kind);
}

/* The length of the UTF-8 sequence at s: no overlong forms, surrogates or values past U+10FFFF. 0: none. */
static unsigned utf8_length(const unsigned char *s, size_t room)
{
    unsigned n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > room)
        return 0;
    for (unsigned i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of the escape sequence at s, which is a backslash; 0: it is none. */
static unsigned escape_length(const char *s, size_t room)
{
    if (room >= 2 && s[1] != '\0' && strchr("\"\\/bfnrt", s[1]))
        return 2;
    return room >= 6 && s[1] == 'u' && is_hex(s[2]) && is_hex(s[3]) && is_hex(s[4]) && is_hex(s[5]) ? 6 : 0;
}

/* Goes past a string whose opening quote is next; false: j->error is set. */
static bool take_string(struct json *j)
{
    j->token = ++j->at;
    while (j->at < j->end && *j->at != '"') {
        size_t room = (size_t)(j->end - j->at);
        unsigned n;
        if ((unsigned char)*j->at < 0x20)
            return wrong(j, "control character in a string"), false;
        if (*j->at == '\\')
            n = escape_length(j->at, room);
        else
            n = utf8_length((const unsigned char *)j->at, room);
        if (n == 0)
            return wrong(j, *j->at == '\\' ? "no such escape sequence" : "not UTF-8"), false;
        j->at += n;
    }
    if (j->at == j->end)
        return wrong(j, "the text ends within a string"), false;
    j->length = (size_t)(j->at++ - j->token);
    return true;
}

static bool take_digits(struct json *j)
{
    const char *first = j->at;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9')
        j->at++;
    return j->at > first;
}

static bool take(struct json *j, const char *any_of)
{
    if (j->at == j->end || *j->at == '\0' || !strchr(any_of, *j->at))
        return false;
    j->at++;
    return true;
}

static enum json_kind take_number(struct json *j)
{
    j->token = j->at;
    take(j, "-");
    if (!take(j, "0") && !take_digits(j))
        return wrong(j, "a number without digits");
    if (take(j, ".") && !take_digits(j))
        return wrong(j, "a number without digits after the point");
    if (take(j, "eE")) {
        take(j, "+-");
        if (!take_digits(j))
            return wrong(j, "a number without digits in its exponent");
    }
    j->length = (size_t)(j->at - j->token);
    return value_done(j, JSON_NUMBER);
}

static enum json_kind take_word(struct json *j)
{
    static const struct {
        const char *text;
        enum json_kind kind;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    for (unsigned n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
        size_t length = strlen(words[n].text);
        if ((size_t)(j->end - j->at) >= length && memcmp(j->at, words[n].text, length) == 0) {
            j->token = j->at;
            j->length = length;
            j->at += length;
            return value_done(j, words[n].kind);
        }
    }
    return wrong(j, "no value");
}

static enum json_kind take_value(struct json *j)
{
    switch (*j->at) {
    case '{':
        return open_nest(j, true);
    case '[':
        return open_nest(j, false);
    case '"':
        return take_string(j) ? value_done(j, JSON_STRING) : JSON_ERROR;
    default:
        return *j->at == '-' || (*j->at >= '0' && *j->at <= '9') ? take_number(j) : take_word(j);
    }
}

static enum json_kind take_key(struct json *j)
{
    if (*j->at != '"')
        return wrong(j, "a name in quotes is wanted");
    if (!take_string(j))
        return JSON_ERROR;
    skip_space(j);
    if (!take(j, ":"))
        return wrong(j, "a colon is wanted");
    j->expects = WANT_VALUE;
    return JSON_KEY;
}

enum json_kind json_next(struct json *j)
{
    skip_space(j);
    if (j->expects == WANT_NO_MORE)
        return j->error ? JSON_ERROR : JSON_END;
    if (j->at == j->end) {
        if (j->expects != WANT_NOTHING)
            return wrong(j, "the text ends too early");
        j->expects = WANT_NO_MORE;
        return JSON_END;
    }
    if (j->expects == WANT_NOTHING)
        return wrong(j, "something follows the value");
    if (j->expects == WANT_COMMA_OR_END && *j->at == ',') {
        j->at++;
        skip_space(j);
        j->expects = in_object(j) ? WANT_KEY : WANT_VALUE;
        if (j->at == j->end)
            return wrong(j, "the text ends too early");
    } else if (j->expects == WANT_COMMA_OR_END || j->expects == WANT_KEY_OR_END ||
               j->expects == WANT_VALUE_OR_END) {
        if (*j->at == (in_object(j) ? '}' : ']'))
            return close_nest(j);
        if (j->expects == WANT_COMMA_OR_END)
            return wrong(j, in_object(j) ? "a comma or } is wanted" : "a comma or ] is wanted");
    }
    return j->expects == WANT_KEY || j->expects == WANT_KEY_OR_END ? take_key(j) : take_value(j);
}

bool json_skip(struct json *j, enum json_kind kind)
{
    unsigned depth = j->depth;
    if (kind == JSON_OBJECT || kind == JSON_ARRAY)
        while (kind != JSON_ERROR && j->depth >= depth)
            kind = json_next(j);
    return kind != JSON_ERROR;
}

bool json_is(const struct json *j, const char *text)
{
    return j->length == strlen(text) && memcmp(j->token, text, j->length) == 0;
}

void json_place(const struct json *j, size_t *line, size_t *column)
{
    const char *start = j->text;
    *line = 1;
    for (const char *p = j->text; p < j->at; p++) {
        if (*p == '\n') {
            start = p + 1;
            ++*line;
        }
    }
    *column = (size_t)(j->at - start) + 1;
}
