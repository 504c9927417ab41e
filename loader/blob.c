/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files into memory. See blob.h.
 */
#include "loader/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

bool load_fail(struct load_error *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
    va_end(ap);
    return false;
}

/* Reads until the end of the file; *capacity grows as needed. */
static bool read_all(struct blob *b, int fd, size_t capacity, size_t max, struct load_error *e)
{
    b->data = xmalloc(capacity);
    for (;;) {
        if (b->size == capacity) {
            capacity = 2 * capacity;
            b->data = xrealloc(b->data, capacity);
        }
        ssize_t n = read(fd, b->data + b->size, capacity - b->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return load_fail(e, "can't read: %s", strerror(errno));
        if (n == 0)
            return true;
        b->size += (size_t)n;
        if (b->size > max)
            return load_fail(e, "too large: more than %zu bytes", max);
    }
}

bool blob_read(struct blob *b, const char *path, size_t max, struct load_error *e)
{
    struct stat st;
    *b = (struct blob){NULL, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return load_fail(e, "can't open: %s", strerror(errno));
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        close(fd);
        return load_fail(e, "is a directory");
    }
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max) {
        close(fd);
        return load_fail(e, "too large: %lld bytes, room for %zu", (long long)st.st_size, max);
    }
    /* One byte more than expected, so that the end is seen without growing. */
    bool ok = read_all(b, fd, S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 65536, max, e);
    close(fd);
    if (!ok)
        blob_free(b);
    return ok;
}

void blob_free(struct blob *b)
{
    free(b->data);
    *b = (struct blob){NULL, 0};
}

uint32_t blob_u32(const struct blob *b, size_t offset)
{
    const uint8_t *p = b->data + offset;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t blob_u64(const struct blob *b, size_t offset)
{
    return blob_u32(b, offset) | (uint64_t)blob_u32(b, offset + 4) << 32;
}
