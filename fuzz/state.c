/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Seed files. See state.h. A text of "name value" lines in this order:
 *
 *     el2sim-fuzz 1
 *     kind user
 *     seed 1
 *     programs 4096
 *     insns 10021
 *     explained 3
 *     findings 0
 */
#include "fuzz/state.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = 512 };

/* "NAME DIGITS" at *text, which goes behind it. */
static bool take_number(const char **text, const char *name, uint64_t *value)
{
    size_t length = strlen(name);
    char *end;
    if (strncmp(*text, name, length) != 0 || (*text)[length] != ' ' ||
        !isdigit((unsigned char)(*text)[length + 1]))
        return false;
    errno = 0;
    *value = strtoull(*text + length + 1, &end, 10);
    *text = end + 1;
    return errno == 0 && *end == '\n';
}

static bool parse(const char *text, char kind[16], struct fuzz_state *s)
{
    int end = -1;
    if (sscanf(text, "el2sim-fuzz 1\nkind %15[a-z]%n", kind, &end) != 1 || end < 0 || text[end] != '\n')
        return false;
    text += end + 1;
    return take_number(&text, "seed", &s->seed) && take_number(&text, "programs", &s->programs) &&
           take_number(&text, "insns", &s->insns) && take_number(&text, "explained", &s->explained) &&
           take_number(&text, "findings", &s->findings) && *text == 0;
}

/* The file's text, as far as it goes into `size` bytes. 0: it is there; else errno. */
static int read_text(const char *file, char *text, size_t size)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would wait for a writer */
    if (fd < 0)
        return errno;
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, text, size - 1) : 0;
    int wrong = n < 0 ? errno : 0;
    close(fd);
    text[n > 0 ? n : 0] = 0;
    if (n > 0 && strlen(text) != (size_t)n)
        text[0] = 0;
    return wrong;
}

bool fuzz_state_load(const char *file, const char *kind, struct fuzz_state *s, bool *found,
                     char error[FUZZ_ERROR_SIZE])
{
    char text[TEXT_SIZE], is[16];
    int wrong = read_text(file, text, sizeof(text));
    *found = wrong == 0;
    if (wrong == ENOENT)
        return true;
    if (wrong != 0)
        snprintf(error, FUZZ_ERROR_SIZE, "can't read %.300s: %s", file, strerror(wrong));
    else if (!parse(text, is, s))
        snprintf(error, FUZZ_ERROR_SIZE, "%.300s is no state file of el2sim fuzz; remove it, or name another",
                 file);
    else if (strcmp(is, kind) != 0)
        snprintf(error, FUZZ_ERROR_SIZE, "%.300s belongs to `el2sim fuzz %s`, not to `fuzz %s`", file, is,
                 kind);
    else
        return true;
    return false;
}

bool fuzz_state_save(const char *file, const char *kind, const struct fuzz_state *s,
                     char error[FUZZ_ERROR_SIZE])
{
    char name[4096];
    if ((size_t)snprintf(name, sizeof(name), "%s.new", file) >= sizeof(name)) {
        snprintf(error, FUZZ_ERROR_SIZE, "--state: the file's name is too long");
        return false;
    }
    FILE *f = fopen(name, "w");
    bool ok = f != NULL;
    if (ok) {
        fprintf(f,
                "el2sim-fuzz 1\nkind %s\nseed %" PRIu64 "\nprograms %" PRIu64 "\ninsns %" PRIu64
                "\nexplained %" PRIu64 "\nfindings %" PRIu64 "\n",
                kind, s->seed, s->programs, s->insns, s->explained, s->findings);
        ok = fclose(f) == 0 && rename(name, file) == 0;
    }
    if (!ok)
        snprintf(error, FUZZ_ERROR_SIZE, "can't write %s: %s", file, strerror(errno));
    return ok;
}
