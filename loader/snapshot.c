/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Snapshot files. Numbers are little-endian. "EL2SIMSN", version (4 bytes), then records:
 *
 *   'S' length (1) name                  a section begins
 *   'P' length (1) name size (8) bytes   a piece of it
 *   'E' CRC-32 (4)                       the end: of all bytes before the CRC
 *
 * Section "memory" has pieces "region" (base and size, 8 bytes each) and, for each chunk of CHUNK bytes that
 * isn't all zero, "chunk": its address (8 bytes) and a zstd frame of its bytes. "tags": the address of a page
 * (8 bytes) and its allocation tags.
 */
#include "loader/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>
#include <zstd.h>

#include "base/log.h"

#define MAGIC "EL2SIMSN"
enum { MAGIC_SIZE = 8, HEADER_SIZE = 12, NAME_MAX_SIZE = 255, CHUNK = SNAPSHOT_CHUNK, ZSTD_LEVEL = 1 };
#define FILE_MAX ((size_t)1 << 36)
#define MEMORY "memory"

static void put_number(uint8_t *p, uint64_t v, unsigned size)
{
    for (unsigned n = 0; n < size; n++)
        p[n] = (uint8_t)(v >> (8 * n));
}

/* ---- writing ---- */

struct snapshot_writer {
    FILE *f;            /* NULL: in memory */
    struct blob memory; /* with room for `room` bytes */
    size_t room;
    uint32_t crc;
    bool failed;
    uint8_t *packed; /* of ZSTD_compressBound(CHUNK) bytes and a chunk's address */
};

static void keep(struct snapshot_writer *w, const void *data, size_t size)
{
    if (w->room - w->memory.size < size) {
        w->room = 2 * w->room + size + CHUNK;
        w->memory.data = xrealloc(w->memory.data, w->room);
    }
    memcpy(w->memory.data + w->memory.size, data, size);
    w->memory.size += size;
}

static void put(struct snapshot_writer *w, const void *data, size_t size)
{
    if (size == 0)
        return; /* data may be NULL, which zlib takes for "begin anew" */
    w->crc = (uint32_t)crc32_z(w->crc, data, size);
    if (w->f == NULL)
        keep(w, data, size);
    else if (fwrite(data, size, 1, w->f) != 1)
        w->failed = true;
}

static struct snapshot_writer *begin(FILE *f)
{
    uint8_t header[HEADER_SIZE] = MAGIC;
    struct snapshot_writer *w = xcalloc(1, sizeof(*w));

    w->f = f;
    w->packed = xmalloc(8 + ZSTD_compressBound(CHUNK));
    put_number(header + MAGIC_SIZE, SNAPSHOT_VERSION, 4);
    put(w, header, sizeof(header));
    return w;
}

struct snapshot_writer *snapshot_create(const char *path, struct load_error *e)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL) {
        load_fail(e, "%s", strerror(errno));
        return NULL;
    }
    return begin(f);
}

struct snapshot_writer *snapshot_create_in_memory(void)
{
    return begin(NULL);
}

static void put_name(struct snapshot_writer *w, char kind, const char *name)
{
    uint8_t head[2 + NAME_MAX_SIZE] = {(uint8_t)kind};
    size_t length = strlen(name);

    if (length > NAME_MAX_SIZE)
        bug("snapshot name too long: %s", name);
    head[1] = (uint8_t)length;
    memcpy(head + 2, name, length);
    put(w, head, 2 + length);
}

void snapshot_section(struct snapshot_writer *w, const char *name)
{
    put_name(w, 'S', name);
}

void snapshot_piece(void *ctx, const char *name, void *data, size_t size)
{
    struct snapshot_writer *w = ctx;
    uint8_t count[8];

    put_name(w, 'P', name);
    put_number(count, size, 8);
    put(w, count, sizeof(count));
    put(w, data, size);
}

static bool all_zero(const uint8_t *p, size_t size)
{
    return p[0] == 0 && memcmp(p, p + 1, size - 1) == 0;
}

void snapshot_memory(struct snapshot_writer *w, uint64_t base, const uint8_t *data, uint64_t size)
{
    uint8_t region[16];

    put_number(region, base, 8);
    put_number(region + 8, size, 8);
    snapshot_piece(w, "region", region, sizeof(region));
    for (uint64_t at = 0; at < size; at += CHUNK) {
        size_t length = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        if (all_zero(data + at, length))
            continue;
        put_number(w->packed, base + at, 8);
        size_t packed =
            ZSTD_compress(w->packed + 8, ZSTD_compressBound(CHUNK), data + at, length, ZSTD_LEVEL);
        if (ZSTD_isError(packed))
            bug("zstd: %s", ZSTD_getErrorName(packed));
        snapshot_piece(w, "chunk", w->packed, 8 + packed);
    }
}

void snapshot_tags(struct snapshot_writer *w, uint64_t pa, const uint8_t *tags, size_t size)
{
    put_number(w->packed, pa, 8);
    memcpy(w->packed + 8, tags, size);
    snapshot_piece(w, "tags", w->packed, 8 + size);
}

/* The end record. */
static void put_end(struct snapshot_writer *w)
{
    uint8_t crc[4];

    put(w, "E", 1);
    put_number(crc, w->crc, 4);
    put(w, crc, sizeof(crc));
    free(w->packed);
}

bool snapshot_finish(struct snapshot_writer *w, struct load_error *e)
{
    put_end(w);
    bool ok = fclose(w->f) == 0 && !w->failed;
    free(w);
    return ok || load_fail(e, "can't be written: %s", strerror(errno));
}

struct snapshot *snapshot_finish_in_memory(struct snapshot_writer *w)
{
    struct load_error e;

    put_end(w);
    struct snapshot *s = snapshot_of(&w->memory, &e);
    free(w);
    if (s == NULL)
        bug("a snapshot in memory: %s", e.text);
    return s;
}

/* ---- reading ---- */

struct piece {
    const char *name; /* not terminated */
    uint8_t name_length;
    size_t at, size; /* of its bytes in the file */
};

struct section {
    char *name;
    size_t first, count; /* in pieces[] */
};

struct snapshot {
    struct blob file;
    struct piece *pieces;
    struct section *sections;
    size_t n_pieces, n_sections;
    uint64_t chunk; /* address of the chunk in bytes[], or all ones */
    uint8_t bytes[CHUNK];
};

/* Room for one more in an array that grows by doubling. */
static void *grown(void *array, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    return xrealloc(array, (count == 0 ? 1 : 2 * count) * size);
}

/* Parses the record at *at and moves on; *end is set at the last. */
static bool parse_record(struct snapshot *s, size_t *at, bool *end, struct load_error *e)
{
    const struct blob *b = &s->file;
    size_t left = b->size - *at;
    const uint8_t *p = b->data + *at;

    if (left >= 5 && p[0] == 'E') {
        *end = true;
        if (left != 5)
            return load_fail(e, "%zu bytes follow its end", left - 5);
        return true;
    }
    if (left < 2 || left < 2 + (size_t)p[1])
        return load_fail(e, "truncated at offset %zu", *at);
    size_t head = 2 + (size_t)p[1];
    if (p[0] == 'S') {
        s->sections = grown(s->sections, s->n_sections, sizeof(*s->sections));
        char *name = xcalloc(1, p[1] + 1ul);
        memcpy(name, p + 2, p[1]);
        s->sections[s->n_sections++] = (struct section){.name = name, .first = s->n_pieces};
        *at += head;
        return true;
    }
    if (p[0] != 'P' || s->n_sections == 0)
        return load_fail(e, "damaged at offset %zu", *at);
    if (left < head + 8 || left - head - 8 < blob_u64(b, *at + head))
        return load_fail(e, "truncated at offset %zu", *at);
    s->pieces = grown(s->pieces, s->n_pieces, sizeof(*s->pieces));
    s->pieces[s->n_pieces++] = (struct piece){.name = (const char *)p + 2,
                                              .name_length = p[1],
                                              .at = *at + head + 8,
                                              .size = (size_t)blob_u64(b, *at + head)};
    s->sections[s->n_sections - 1].count++;
    *at += head + 8 + s->pieces[s->n_pieces - 1].size;
    return true;
}

static bool parse(struct snapshot *s, struct load_error *e)
{
    const struct blob *b = &s->file;
    size_t at = HEADER_SIZE;
    bool end = false;

    if (b->size < HEADER_SIZE || memcmp(b->data, MAGIC, MAGIC_SIZE) != 0)
        return load_fail(e, "not a snapshot of el2sim");
    if (blob_u32(b, MAGIC_SIZE) != SNAPSHOT_VERSION)
        return load_fail(e, "snapshot version %u, this el2sim reads version %u", blob_u32(b, MAGIC_SIZE),
                         SNAPSHOT_VERSION);
    while (!end)
        if (!parse_record(s, &at, &end, e))
            return false;
    if (crc32_z(0, b->data, at + 1) != blob_u32(b, at + 1))
        return load_fail(e, "damaged: its checksum is wrong");
    return true;
}

struct snapshot *snapshot_of(const struct blob *file, struct load_error *e)
{
    struct snapshot *s = xcalloc(1, sizeof(*s));

    s->file = *file;
    s->chunk = UINT64_MAX;
    if (!parse(s, e)) {
        snapshot_close(s);
        return NULL;
    }
    return s;
}

struct snapshot *snapshot_open(const char *path, struct load_error *e)
{
    struct blob file;

    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        load_fail(e, "is not a regular file");
        return NULL;
    }
    return blob_read(&file, path, FILE_MAX, e) ? snapshot_of(&file, e) : NULL;
}

void snapshot_close(struct snapshot *s)
{
    for (size_t n = 0; n < s->n_sections; n++)
        free(s->sections[n].name);
    free(s->sections);
    free(s->pieces);
    blob_free(&s->file);
    free(s);
}

size_t snapshot_size(const struct snapshot *s)
{
    return s->file.size;
}

const char *snapshot_section_name(const struct snapshot *s, size_t n)
{
    return n < s->n_sections ? s->sections[n].name : NULL;
}

static bool named(const struct piece *p, const char *name)
{
    return strlen(name) == p->name_length && memcmp(p->name, name, p->name_length) == 0;
}

static const struct section *find_section(const struct snapshot *s, const char *name)
{
    for (size_t n = 0; n < s->n_sections; n++)
        if (strcmp(s->sections[n].name, name) == 0)
            return &s->sections[n];
    return NULL;
}

const uint8_t *snapshot_find(const struct snapshot *s, const char *section, const char *piece, size_t *size)
{
    const struct section *in = find_section(s, section);

    for (size_t n = 0; in != NULL && n < in->count; n++) {
        const struct piece *p = &s->pieces[in->first + n];
        if (named(p, piece)) {
            *size = p->size;
            return s->file.data + p->at;
        }
    }
    return NULL;
}

bool snapshot_number(const struct snapshot *s, const char *section, const char *piece, uint64_t *value)
{
    size_t size;
    const uint8_t *p = snapshot_find(s, section, piece, &size);

    if (p == NULL || size != 8)
        return false;
    *value = blob_u64(&s->file, (size_t)(p - s->file.data));
    return true;
}

/* Unpacks the chunk at `base` if there is one; else it is zeros. */
static bool fetch_chunk(struct snapshot *s, const struct section *memory, uint64_t base)
{
    memset(s->bytes, 0, sizeof(s->bytes));
    s->chunk = base;
    for (size_t n = 0; n < memory->count; n++) {
        const struct piece *p = &s->pieces[memory->first + n];
        if (!named(p, "chunk") || p->size < 8 || blob_u64(&s->file, p->at) != base)
            continue;
        return !ZSTD_isError(ZSTD_decompress(s->bytes, CHUNK, s->file.data + p->at + 8, p->size - 8));
    }
    return true;
}

/* The region that contains pa: true, and how far it is from its base and end. */
static bool find_region(const struct snapshot *s, const struct section *memory, uint64_t pa, uint64_t *offset,
                        uint64_t *left)
{
    for (size_t n = 0; n < memory->count; n++) {
        const struct piece *p = &s->pieces[memory->first + n];
        if (!named(p, "region") || p->size != 16)
            continue;
        uint64_t base = blob_u64(&s->file, p->at), size = blob_u64(&s->file, p->at + 8);
        if (pa >= base && pa - base < size) {
            *offset = pa - base;
            *left = size - *offset;
            return true;
        }
    }
    return false;
}

bool snapshot_read(struct snapshot *s, uint64_t pa, void *buf, size_t size)
{
    const struct section *memory = find_section(s, MEMORY);
    uint8_t *to = buf;

    while (size != 0) {
        uint64_t offset, left;
        if (memory == NULL || !find_region(s, memory, pa, &offset, &left))
            return false;
        uint64_t chunk = pa - offset % CHUNK;
        if (s->chunk != chunk && !fetch_chunk(s, memory, chunk))
            return false;
        size_t now = CHUNK - (size_t)(offset % CHUNK);
        now = now > left ? (size_t)left : now;
        now = now > size ? size : now;
        memcpy(to, s->bytes + offset % CHUNK, now);
        to += now;
        pa += now;
        size -= now;
    }
    return true;
}

/* ---- the reader ---- */

void snapshot_reader_init(struct snapshot_reader *r, const struct snapshot *from, struct load_error *e)
{
    *r = (struct snapshot_reader){.from = from, .e = e};
}

/* The first mistake counts: the others may follow from it. */
/* Text of a file, for a message: one line. */
static void printable(char *out, size_t room, const uint8_t *text, size_t size)
{
    size_t n = 0;

    for (; n < size && n + 1 < room; n++)
        out[n] = text[n] >= ' ' && text[n] < 127 ? (char)text[n] : '?';
    out[n] = 0;
}

/* `name` may be the file's. */
static void fail(struct snapshot_reader *r, const char *what, const char *name, size_t length)
{
    char shown[60];
    printable(shown, sizeof(shown), (const uint8_t *)name, length);
    if (!r->failed)
        load_fail(r->e, "%s%s%s '%s'", r->section != NULL ? r->section : "", r->section != NULL ? ": " : "",
                  what, shown);
    r->failed = true;
}

static void fail_piece(struct snapshot_reader *r, const char *what, const struct piece *p)
{
    fail(r, what, p->name, p->name_length);
}

/* Ends the present section. */
static void leave_section(struct snapshot_reader *r)
{
    if (!r->failed && r->next != r->end)
        fail_piece(r, "this el2sim knows no piece", &r->from->pieces[r->next]);
    r->section = NULL;
}

void snapshot_take_section(void *ctx, const char *name)
{
    struct snapshot_reader *r = ctx;
    const struct snapshot *s = r->from;

    leave_section(r);
    if (r->failed)
        return;
    if (r->next_section == s->n_sections || strcmp(s->sections[r->next_section].name, name) != 0) {
        fail(r, "there is no section", name, strlen(name));
        return;
    }
    const struct section *in = &s->sections[r->next_section++];
    r->section = in->name;
    r->next = in->first;
    r->end = in->first + in->count;
}

void snapshot_take(void *ctx, const char *name, void *data, size_t size)
{
    struct snapshot_reader *r = ctx;

    if (data == NULL)
        fail(r, "this machine can't have the value of", name, strlen(name));
    if (r->failed)
        return;
    const struct piece *p = &r->from->pieces[r->next];
    if (r->next == r->end || !named(p, name))
        fail(r, "there is no piece", name, strlen(name));
    else if (p->size != size)
        fail(r, "this machine has another size of", name, strlen(name));
    else
        memcpy(data, r->from->file.data + p->at, size);
    r->next++;
}

void snapshot_take_equal(struct snapshot_reader *r, const char *name, const char *text)
{
    if (r->failed)
        return;
    const struct piece *p = &r->from->pieces[r->next];
    if (r->next == r->end || !named(p, name)) {
        fail(r, "it was saved without", name, strlen(name));
        return;
    }
    const uint8_t *theirs = r->from->file.data + p->at;
    if (p->size != strlen(text) || memcmp(theirs, text, p->size) != 0) {
        char shown[60];
        printable(shown, sizeof(shown), theirs, p->size);
        r->failed = true;
        load_fail(r->e, "it was saved with %s '%s', this machine has '%.60s'", name, shown, text);
    }
    r->next++;
}

bool snapshot_reader_finish(struct snapshot_reader *r)
{
    leave_section(r);
    if (!r->failed && r->next_section != r->from->n_sections)
        fail(r, "this el2sim knows no section", r->from->sections[r->next_section].name,
             strlen(r->from->sections[r->next_section].name));
    return !r->failed;
}

struct snapshot_memory_piece snapshot_take_memory(struct snapshot_reader *r)
{
    struct snapshot_memory_piece m = {.kind = SNAPSHOT_NO_MORE};

    if (r->failed || r->next == r->end)
        return m;
    const struct piece *p = &r->from->pieces[r->next++];
    const uint8_t *bytes = r->from->file.data + p->at;
    if (p->size < 8) {
        fail_piece(r, "damaged piece", p);
        return m;
    }
    m.pa = blob_u64(&r->from->file, p->at);
    m.size = p->size - 8;
    m.bytes = bytes + 8;
    if (named(p, "region") && m.size == 8) {
        m.kind = SNAPSHOT_REGION;
        m.size = blob_u64(&r->from->file, p->at + 8);
        m.bytes = NULL;
    } else if (named(p, "tags")) {
        m.kind = SNAPSHOT_TAGS;
    } else if (named(p, "chunk")) {
        size_t size = ZSTD_decompress(r->bytes, CHUNK, m.bytes, (size_t)m.size);
        if (ZSTD_isError(size)) {
            fail_piece(r, "damaged piece", p);
            return m;
        }
        m.kind = SNAPSHOT_BYTES;
        m.bytes = r->bytes;
        m.size = size;
    } else {
        fail_piece(r, "damaged piece", p);
    }
    return m;
}
