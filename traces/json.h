/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading JSON, strictly by RFC 8259: a token at a time, nothing is built. The text is UTF-8 and not trusted.
 */
#ifndef EL2SIM_TRACES_JSON_H
#define EL2SIM_TRACES_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind {
    JSON_ERROR,
    JSON_END, /* the one value is complete, and nothing follows it */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY, /* of the value that follows, in an object */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

enum { JSON_MAX_DEPTH = 128 };

struct json {
    const char *text, *at, *end;
    /* The latest token: KEY and STRING without their quotes, escapes as written. */
    const char *token;
    size_t length;
    const char *error; /* JSON_ERROR: what is wrong at `at`; static */
    unsigned depth;    /* of arrays and objects that are open */
    uint64_t is_object[JSON_MAX_DEPTH / 64];
    uint8_t expects; /* private to json.c */
};

/* text stays the caller's, and as it is while j is used. */
void json_start(struct json *j, const char *text, size_t size);
/* The next token. After JSON_ERROR and JSON_END the same again. */
enum json_kind json_next(struct json *j);
/* Goes past the value that begins with the token that json_next() gave; false: an error. */
bool json_skip(struct json *j, enum json_kind kind);
/* Is the latest token, a KEY or STRING, written like this? */
bool json_is(const struct json *j, const char *text);
/* Line and column, from 1, of `at`; the column in bytes. */
void json_place(const struct json *j, size_t *line, size_t *column);

#endif
