/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strict FILE ...             accepts Tarmac files (counts of their records on standard output), or names
 * line, column and rule of the first error, exit status 1 strict --refused FILE       each line of FILE is
 * COLUMN|RULE|LINE: LINE must be refused there for that rule
 */
#include "tests/tarmac/grammar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next line without its end, or NULL. A NUL in it is an error, too: returned as a line of one character.
 */
static char *next_line(FILE *f, char **buf, size_t *size)
{
    ssize_t n = getline(buf, size, f);
    if (n < 0)
        return NULL;
    if (strlen(*buf) != (size_t)n)
        return strcpy(*buf, "\001");
    (*buf)[strcspn(*buf, "\r\n")] = '\0';
    return *buf;
}

static int accept_file(const char *name)
{
    static const char *const names[] = {"header", "instructions", "registers",
                                        "memory", "exceptions",   "texts"};
    FILE *f = fopen(name, "r");
    if (f == NULL) {
        perror(name);
        return 1;
    }
    struct tarmac_reader r = {0};
    struct tarmac_error e;
    uint64_t count[TARMAC_RECORDS] = {0};
    enum tarmac_record what;
    char *buf = NULL, *line;
    size_t size = 0;
    int status = 0;
    while (status == 0 && (line = next_line(f, &buf, &size)) != NULL) {
        if (tarmac_read(&r, line, &what, &e)) {
            count[what]++;
            continue;
        }
        printf("%s:%" PRIu64 ":%zu: %s\n  %s\n", name, r.line, e.column, e.rule, line);
        status = 1;
    }
    if (status == 0) {
        printf("%s: %" PRIu64 " lines", name, r.line);
        for (unsigned n = TARMAC_INSN; n < TARMAC_RECORDS; n++)
            printf(", %" PRIu64 " %s", count[n], names[n]);
        putchar('\n');
    }
    free(buf);
    fclose(f);
    return status;
}

static int refused_file(const char *name)
{
    FILE *f = fopen(name, "r");
    if (f == NULL) {
        perror(name);
        return 1;
    }
    char *buf = NULL, *line;
    size_t size = 0;
    unsigned tried = 0, bad = 0;
    while ((line = next_line(f, &buf, &size)) != NULL) {
        char *rule = strchr(line, '|'), *text = rule != NULL ? strchr(rule + 1, '|') : NULL;
        if (line[0] == '/')
            continue;
        struct tarmac_reader r = {.time = 100};
        struct tarmac_error e;
        enum tarmac_record what;
        tried++;
        if (text == NULL) {
            printf("%s: not COLUMN|RULE|LINE: %s\n", name, line);
            bad++;
            continue;
        }
        *text++ = '\0';
        if (tarmac_read(&r, text, &what, &e)) {
            printf("accepted: %s\n", text);
            bad++;
        } else if (e.column != strtoul(line, NULL, 10) || strcmp(e.rule, rule + 1) != 0) {
            printf("refused at %zu, %s: %s\n", e.column, e.rule, text);
            bad++;
        }
    }
    printf("%s: %u lines, %u not refused as they should be\n", name, tried, bad);
    free(buf);
    fclose(f);
    return tried == 0 || bad != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--refused") == 0)
        return refused_file(argv[2]);
    int status = argc < 2;
    for (int n = 1; n < argc; n++)
        status |= accept_file(argv[n]);
    return status;
}
