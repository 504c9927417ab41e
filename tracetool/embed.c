/* SPDX-License-Identifier: BSD-2-Clause
 *
 * embed: makes C text of a page. A build tool of its own: it uses nothing of el2sim.
 *
 *     embed NAME OUT FOLDER/PAGE
 *
 * OUT defines the string NAME[], PAGE's text. A line of PAGE that is @file@ stands for that file's lines,
 * from the same folder; other names between @ are left for who uses the text. Errors are reported as file:
 * message.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 4096, MAX_PATH = 4096 };

static void fail(const char *file, const char *message)
{
    fprintf(stderr, "embed: %s: %s\n", file, message);
    exit(1);
}

static void write_line(FILE *out, const char *line)
{
    fputs("    \"", out);
    for (; *line != '\0' && *line != '\n'; line++) {
        if (*line == '"' || *line == '\\')
            fprintf(out, "\\%c", *line);
        else if (isprint((unsigned char)*line))
            fputc(*line, out);
        else
            fprintf(out, "\\%03o", (unsigned char)*line);
    }
    fputs("\\n\"\n", out);
}

/* "@page.css@": the name, in `name`; else false. Names without a dot are not files. */
static bool is_inclusion(const char *line, char *name)
{
    size_t length = strcspn(line, "\n");
    if (length < 3 || line[0] != '@' || line[length - 1] != '@')
        return false;
    memcpy(name, line + 1, length - 2);
    name[length - 2] = '\0';
    return strchr(name, '.') != NULL && strpbrk(name, "@/") == NULL;
}

static void write_file(FILE *out, const char *path, bool may_include)
{
    char line[MAX_LINE], name[MAX_LINE], other[2 * MAX_PATH];
    FILE *in = fopen(path, "r");
    if (!in)
        fail(path, "can't be read");
    while (fgets(line, sizeof(line), in)) {
        if (!strchr(line, '\n'))
            fail(path, "a line is too long, or has no end");
        if (!may_include || !is_inclusion(line, name)) {
            write_line(out, line);
            continue;
        }
        const char *slash = strrchr(path, '/');
        snprintf(other, sizeof(other), "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
        write_file(out, other, false);
    }
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage", "embed NAME OUT PAGE");
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail(argv[2], "can't be written");
    fprintf(out, "/* Made by tracetool/embed from %s. */\n",
            strrchr(argv[3], '/') ? strrchr(argv[3], '/') + 1 : argv[3]);
    fprintf(out, "extern const char %s[];\nconst char %s[] =\n", argv[1], argv[1]);
    write_file(out, argv[3], true);
    fprintf(out, "    \"\";\n");
    if (fclose(out) != 0)
        fail(argv[2], "can't be written");
    return 0;
}
