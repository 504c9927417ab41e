/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The JSON reader against the grammar of RFC 8259: texts that it has and that it hasn't.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/unit/run.h"
#include "traces/json.h"

/* Reads all; a copy without a byte to spare, so that a sanitizer sees what is read past the end. */
static enum json_kind read_all(const char *text, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    struct json j;
    json_start(&j, copy, size);
    enum json_kind kind;
    do
        kind = json_next(&j);
    while (kind != JSON_ERROR && kind != JSON_END);
    ck_assert_int_eq(json_next(&j), kind);
    ck_assert(kind == JSON_END || j.error);
    free(copy);
    return kind;
}

START_TEST(what_is_json)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1.5e+3",
        "-12E-7",
        "0e1",
        "null",
        " true ",
        "\"\"",
        "[]",
        "{}",
        "[[],[{}]]",
        "\t\r\n[1 , 2]",
        "{\"\":{\"a\":[null,false]},\"a\":1,\"a\":2}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fF\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\x7f\"",
    };
    for (unsigned n = 0; n < ARRAY_LEN(texts); n++)
        ck_assert_msg(read_all(texts[n], strlen(texts[n])) == JSON_END, "%s", texts[n]);
}
END_TEST

START_TEST(what_is_not)
{
    static const char *const texts[] = {
        "",
        " ",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "-",
        "- 1",
        "0x1",
        "NaN",
        "Infinity",
        "nul",
        "nulll",
        "TRUE",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u123\"",
        "\"\t\"",
        "\"\n\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "[]]",
        "1 2",
        "[1]//",
        "/**/1",
        "\"\x80\"",
        "\"\xc0\xaf\"",
        "\"\xc3\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\xef\xbb\xbf[]",
    };
    for (unsigned n = 0; n < ARRAY_LEN(texts); n++)
        ck_assert_msg(read_all(texts[n], strlen(texts[n])) == JSON_ERROR, "%s", texts[n]);
    ck_assert_int_eq(read_all("[\0]", 3), JSON_ERROR);
    ck_assert_int_eq(read_all("\"\0\"", 3), JSON_ERROR);
    ck_assert_int_eq(read_all("1\0", 2), JSON_ERROR);
}
END_TEST

START_TEST(every_beginning_is_no_json)
{
    static const char text[] = "{\"a\":[1.5e3,true,null,\"\\u00e9\xc3\xa9\"],\"b\":{}}";
    for (size_t size = 0; size < sizeof(text) - 1; size++)
        ck_assert_int_eq(read_all(text, size), JSON_ERROR);
    ck_assert_int_eq(read_all(text, sizeof(text) - 1), JSON_END);
}
END_TEST

START_TEST(depth)
{
    char text[2 * JSON_MAX_DEPTH + 2];
    memset(text, '[', JSON_MAX_DEPTH + 1);
    memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    ck_assert_int_eq(read_all(text + 1, 2 * JSON_MAX_DEPTH), JSON_END);
    ck_assert_int_eq(read_all(text, 2 * JSON_MAX_DEPTH + 2), JSON_ERROR);
    /* arrays and objects are told apart past the first word of bits */
    char mixed[1024] = "", *p = mixed;
    for (unsigned n = 0; n < 50; n++)
        p = stpcpy(p, "[{\"a\":");
    p = stpcpy(p, "1");
    for (unsigned n = 0; n < 50; n++)
        p = stpcpy(p, "}]");
    ck_assert_int_eq(read_all(mixed, strlen(mixed)), JSON_END);
    p[-1] = '}';
    ck_assert_int_eq(read_all(mixed, strlen(mixed)), JSON_ERROR);
}
END_TEST

START_TEST(tokens_and_places)
{
    static const char text[] = "{\"one\": [1, {\"x\": 2}],\n \"two\": \"t\" ?";
    struct json j;
    json_start(&j, text, sizeof(text) - 1);
    ck_assert_int_eq(json_next(&j), JSON_OBJECT);
    ck_assert_int_eq(json_next(&j), JSON_KEY);
    ck_assert(json_is(&j, "one") && !json_is(&j, "on") && !json_is(&j, "ones"));
    ck_assert(json_skip(&j, json_next(&j)));
    ck_assert_int_eq(json_next(&j), JSON_KEY);
    ck_assert(json_is(&j, "two"));
    ck_assert_int_eq(json_next(&j), JSON_STRING);
    ck_assert(json_is(&j, "t"));
    ck_assert_int_eq(json_next(&j), JSON_ERROR);
    size_t line, column;
    json_place(&j, &line, &column);
    ck_assert_uint_eq(line, 2);
    ck_assert_uint_eq(column, 13);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json");
    TCase *c = tcase_create("json");
    tcase_add_test(c, what_is_json);
    tcase_add_test(c, what_is_not);
    tcase_add_test(c, every_beginning_is_no_json);
    tcase_add_test(c, depth);
    tcase_add_test(c, tokens_and_places);
    suite_add_tcase(s, c);
    return suite_run(s);
}
