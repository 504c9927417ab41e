/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU's log as records. The grammar, of what 7.2 and 10.0 print for AArch64 with one instruction per block;
 * H is a hexadecimal number, D a decimal one:
 *
 *   log       = { state | undone | exception | "Exception return from AArch64 ELD to AArch64 ELD PC 0xH" }
 *   state     = trace | block | trace block
 *   trace     = "Trace D: 0xH [H/H/H/H] SYMBOL"         (-d exec: CPU, host address, CS base, PC, flags,
 * cflags) block     = " PC=H X00=H X01=H" ... "X29=H X30=H  SP=H "    (-d cpu; broken into lines after every
 * third number) "PSTATE=H NZCV [NS|S ]ELDh" {" " NAME=VALUE | " " NAME} fp fp        = "" (without -d fpu) |
 * "    FPU disabled" | "     FPCR=H FPSR=H" and 16 lines "Q00=H:H Q01=H:H"             (high half first)
 *   undone    = "Stopped execution of TB chain before 0xH [H] SYMBOL"
 *             | "cpu_io_recompile: rewound execution of TB to H"                 (7.2 and older)
 *   exception = "Taking exception D [NAME] on CPU D" "...from ELD to ELD" "...with ESR 0xH/0xH"
 *               ( ["...with FAR 0xH"] ["...with SPSR 0xH"] "...with ELR 0xH" "...to ELD PC 0xH PSTATE 0xH"
 *               | "...handled as PSCI call" | "...handling as semihosting call 0xH" )
 *
 * QEMU flushes after each line of a kind and after each block, so a record ends with its last line: nothing
 * has to be read ahead. One thing can't be seen from a trace line: whether a block follows. It does if the
 * last instruction had one. After a change of the log's detail the first guess may be wrong: a block too many
 * belongs to the record that went out already and is dropped; one that doesn't come shows by the next line or
 * by silence.
 *
 * The EL of a trace line: bits 7:4 of the flags hold QEMU's MMU index, whose numbering is the same in 7.2 and
 * 10.0. Where the log itself says the EL (exceptions and returns), the two must agree.
 */
#include "diff/qemulog.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    LINE_MAX_LENGTH = 1024, /* longer is not QEMU's */
    BUFFER_SIZE = 1 << 16,
    /* The block follows its trace line at once, but QEMU may lose its processor in between. */
    BLOCK_MS = 1000,
    N_NUMBERS = 33 /* PC, X0-X30, SP */
};

enum phase {
    BETWEEN,  /* records */
    TRACED,   /* after a trace line that a block should follow */
    NUMBERS,  /* in a block */
    VECTORS,  /* after PSTATE, in the lines of Q registers */
    EXCEPTION /* after "Taking exception" */
};

struct line {
    const char *p, *end; /* without the newline; *end is one */
};

struct qemulog {
    int fd, timeout;
    char *buf;
    size_t start, end, size;
    bool eof, failed, timed_out;
    char error[256];
    enum phase phase;
    unsigned count;        /* numbers or Q registers of the block so far */
    bool blocks;           /* the last instruction had a block */
    bool out_already;      /* its record was delivered with the trace line */
    bool drop;             /* the block being read belongs to that record */
    int expected_el;       /* by exceptions and returns; -1: not known */
    bool has_esr, has_elr; /* of the exception being read */
    struct qemulog_record r;
};

struct qemulog *qemulog_new(int fd)
{
    struct qemulog *l = calloc(1, sizeof(*l));
    char *buf = malloc(BUFFER_SIZE);
    if (l == NULL || buf == NULL) {
        free(l);
        free(buf);
        return NULL;
    }
    *l = (struct qemulog){.fd = fd,
                          .timeout = QEMULOG_TIMEOUT_MS,
                          .buf = buf,
                          .size = BUFFER_SIZE,
                          .blocks = true,
                          .expected_el = -1};
    return l;
}

void qemulog_free(struct qemulog *l)
{
    if (l == NULL)
        return;
    free(l->buf);
    free(l);
}

void qemulog_set_timeout(struct qemulog *l, int ms)
{
    l->timeout = ms;
}

bool qemulog_timed_out(const struct qemulog *l)
{
    return l->timed_out;
}

const char *qemulog_error(const struct qemulog *l)
{
    return l->error;
}

/* ------------------------------------------------------------------------------------------------- reading
 */

/* Makes room for at least BUFFER_SIZE / 2 more bytes. */
static bool make_room(struct qemulog *l)
{
    if (l->start != 0) {
        memmove(l->buf, l->buf + l->start, l->end - l->start);
        l->end -= l->start;
        l->start = 0;
    }
    if (l->size - l->end >= BUFFER_SIZE / 2)
        return true;
    char *buf = realloc(l->buf, 2 * l->size);
    if (buf == NULL)
        return false;
    l->buf = buf;
    l->size *= 2;
    return true;
}

static bool fail(struct qemulog *l, const char *why)
{
    l->failed = true;
    snprintf(l->error, sizeof(l->error), "%s", why);
    return false;
}

/* Waits up to `ms` for bytes and takes those that are there. False: none came, or an error. The end sets
 * l->eof. A FIFO that nobody has opened for writing yet would read as its end, but poll() waits for the first
 * writer. */
static bool fill(struct qemulog *l, int ms)
{
    int64_t end = now_ms() + ms;
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    if (l->eof)
        return false;
    for (;;) {
        int left = (int)(end - now_ms());
        int n = poll(&p, 1, left > 0 ? left : 0);
        if (n == 0 && left <= 0)
            return false;
        if (n < 0 && errno != EINTR)
            return fail(l, "QEMU's log can't be waited for");
        if (n <= 0)
            continue;
        if (!make_room(l))
            return fail(l, "no memory for QEMU's log");
        ssize_t got = read(l->fd, l->buf + l->end, l->size - l->end);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return fail(l, "QEMU's log can't be read");
        l->end += (size_t)got;
        l->eof = got == 0;
        return got > 0;
    }
}

void qemulog_drain(void *log)
{
    struct qemulog *l = log;
    while (!l->failed && fill(l, 0))
        continue;
}

/* The next line. False: none yet, after waiting; or the end; or an error. */
static bool next_line(struct qemulog *l, struct line *line, int ms)
{
    size_t seen = 0;
    for (;;) {
        char *at = l->buf + l->start;
        char *newline = memchr(at + seen, '\n', l->end - l->start - seen);
        if (newline != NULL) {
            *line = (struct line){at, newline};
            l->start = (size_t)(newline + 1 - l->buf);
            if (newline - at <= LINE_MAX_LENGTH)
                return true;
        }
        seen = l->end - l->start;
        if (newline != NULL || seen > LINE_MAX_LENGTH)
            return fail(l, "QEMU's log has a line of more than 1024 characters");
        if (!fill(l, ms))
            return false;
    }
}

/* An error with the line, made printable. */
static bool bad_line(struct qemulog *l, const char *why, struct line line)
{
    char text[121];
    size_t n = (size_t)(line.end - line.p);
    if (n > sizeof(text) - 1)
        n = sizeof(text) - 1;
    for (size_t i = 0; i < n; i++)
        text[i] = line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?';
    text[n] = 0;
    l->failed = true;
    snprintf(l->error, sizeof(l->error), "QEMU's log: %s: \"%s\"", why, text);
    return false;
}

/* ------------------------------------------------------------------------------------------------- scanning
 */

/* A hexadecimal digit's value, or 16 and more. */
static inline unsigned digit(char c)
{
    unsigned d = (unsigned char)c - (unsigned)'0';
    if (d <= 9)
        return d;
    d = ((unsigned char)c | 32u) - (unsigned)'a';
    return d <= 5 ? d + 10 : 16;
}

/* Exactly `n` digits. */
static inline bool hex_fixed(struct line *s, unsigned n, uint64_t *value)
{
    uint64_t v = 0;
    unsigned bad = 0;
    if (s->end - s->p < (ptrdiff_t)n)
        return false;
    for (unsigned i = 0; i < n; i++) {
        unsigned d = digit(s->p[i]);
        bad |= d;
        v = v << 4 | (d & 15);
    }
    s->p += n;
    *value = v;
    return bad < 16;
}

/* 1 to 16 digits. */
static bool hex(struct line *s, uint64_t *value)
{
    unsigned n = 0;
    while (n < 16 && digit(s->p[n]) < 16) /* the newline at the end is none */
        n++;
    return n != 0 && hex_fixed(s, n, value) && digit(*s->p) > 15;
}

static bool text(struct line *s, const char *expected)
{
    size_t n = strlen(expected);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, expected, n) != 0)
        return false;
    s->p += n;
    return true;
}

/* One or two decimal digits. */
static bool decimal(struct line *s, unsigned *value)
{
    unsigned n = 0;
    *value = 0;
    for (; n < 3 && *s->p >= '0' && *s->p <= '9'; n++)
        *value = *value * 10 + (unsigned)(*s->p++ - '0');
    return n == 1 || n == 2;
}

static bool el_number(struct line *s, uint8_t *el)
{
    if (s->p >= s->end || *s->p < '0' || *s->p > '3')
        return false;
    *el = (uint8_t)(*s->p++ - '0');
    return true;
}

static bool at_end(const struct line *s)
{
    return s->p == s->end;
}

/* --------------------------------------------------------------------------------------------------- states
 */

/* Starts a record, not clearing what a has_ flag says is not there. */
static void begin(struct qemulog *l, enum qemulog_kind kind)
{
    l->r.kind = kind;
    l->r.has_core = l->r.has_fp = false;
}

/* A state is complete: is its EL the one that the log told before? */
static bool check_el(struct qemulog *l, struct line line)
{
    if (l->expected_el >= 0 && l->r.el != l->expected_el)
        return bad_line(l, "not at the EL that was entered (a QEMU of another version?)", line);
    l->expected_el = -1;
    return true;
}

/* QEMU's MMU index: ELs 0 and 1 of the EL1&0 regime, 0 and 2 of EL2&0, with PAN and without, EL2, EL3. */
static bool el_of_flags(uint64_t flags, uint8_t *el)
{
    static const uint8_t els[16] = {0, 0, 1, 2, 1, 2, 2, 3, 9, 9, 9, 9, 9, 9, 9, 9};
    *el = els[flags >> 4 & 15];
    return (flags & 1) != 0 && *el <= 3; /* bit 0: AArch64 */
}

/* "Trace 0: 0x7f1948000100 [0000000000004000/0000000040200000/00000061/ff020201] main" */
static bool parse_trace(struct qemulog *l, struct line s)
{
    struct line whole = s;
    uint64_t skip, flags;
    unsigned cpu;
    if (!text(&s, "Trace ") || !decimal(&s, &cpu) || !text(&s, ": 0x") || !hex(&s, &skip) ||
        !text(&s, " [") || !hex(&s, &skip) || !text(&s, "/") || !hex(&s, &l->r.pc) || !text(&s, "/") ||
        !hex(&s, &flags) || !text(&s, "/") || !hex(&s, &skip) || !text(&s, "]"))
        return bad_line(l, "not understood", whole);
    if (cpu != 0)
        return bad_line(l, "more than one CPU", whole);
    begin(l, QEMULOG_STATE);
    if (!el_of_flags(flags, &l->r.el))
        return bad_line(l, "not at an AArch64 EL (or a QEMU of another version)", whole);
    return check_el(l, whole);
}

/* Registers of a block's line, in their order. */
static bool parse_numbers(struct qemulog *l, struct line s)
{
    struct line whole = s;
    for (;;) {
        uint64_t value;
        unsigned n = l->count;
        while (s.p < s.end && *s.p == ' ')
            s.p++;
        if (s.p == s.end)
            return true;
        if (n >= 1 && n <= 31) {
            char name[4] = {'X', (char)('0' + (n - 1) / 10), (char)('0' + (n - 1) % 10), '='};
            if (s.end - s.p < 4 || memcmp(s.p, name, 4) != 0)
                break;
            s.p += 4;
        } else if (n >= N_NUMBERS || !text(&s, n == 0 ? "PC=" : "SP=")) {
            break;
        }
        if (!hex_fixed(&s, 16, &value))
            break;
        if (n == 0)
            l->r.pc = value;
        else if (n <= 31)
            l->r.x[n - 1] = value;
        else
            l->r.sp = value;
        l->count++;
    }
    return bad_line(l, "not understood", whole);
}

/* " PC=..." */
static bool parse_block(struct qemulog *l, struct line s, bool out_already)
{
    uint64_t pc = l->r.pc;
    bool traced = l->phase == TRACED;
    l->drop = out_already;
    l->count = 0;
    l->phase = NUMBERS;
    begin(l, QEMULOG_STATE);
    if (!parse_numbers(l, s))
        return false;
    if ((traced || l->drop) && l->r.pc != pc)
        return bad_line(l, "another PC than the line before", s);
    return true;
}

/* What may stand between the EL and the end or the FP registers: "  BTYPE=0", "  SVCR=00000000 --", " NV
 * NV1". */
static bool skip_extras(struct line *s)
{
    while (s->p < s->end && *s->p == ' ' && !(s->end - s->p >= 6 && memcmp(s->p, "    FP", 6) == 0) &&
           !(s->end - s->p >= 7 && memcmp(s->p, "     FP", 7) == 0)) {
        s->p++;
        while (s->p < s->end && *s->p != ' ')
            s->p++;
    }
    return s->p <= s->end;
}

/* "PSTATE=400003c9 -Z-- EL2h  BTYPE=0     FPCR=00000000 FPSR=00000000". *complete: the record ends here. */
static bool parse_pstate(struct qemulog *l, struct line s, bool *complete)
{
    struct line whole = s;
    uint64_t pstate, fpcr, fpsr;
    if (l->count != N_NUMBERS || !text(&s, "PSTATE=") || !hex_fixed(&s, 8, &pstate) || !text(&s, " ") ||
        s.end - s.p < 5)
        return bad_line(l, "not understood", whole);
    s.p += 5; /* NZCV in letters */
    if (!text(&s, "NS "))
        text(&s, "S ");
    if (!text(&s, "EL") || !el_number(&s, &l->r.el) || !(text(&s, "h") || text(&s, "t")) || !skip_extras(&s))
        return bad_line(l, "not understood", whole);
    l->r.pstate = (uint32_t)pstate;
    l->r.has_core = true;
    *complete = true;
    if (at_end(&s) || text(&s, "    FPU disabled"))
        return at_end(&s) ? check_el(l, whole) : bad_line(l, "not understood", whole);
    if (!text(&s, "     FPCR=") || !hex_fixed(&s, 8, &fpcr) || !text(&s, " FPSR=") ||
        !hex_fixed(&s, 8, &fpsr) || !at_end(&s))
        return bad_line(l, "not understood", whole);
    l->r.fpcr = (uint32_t)fpcr;
    l->r.fpsr = (uint32_t)fpsr;
    l->count = 0;
    l->phase = VECTORS;
    *complete = false;
    return check_el(l, whole);
}

/* "Q00=0000000000000000:0000000000000000 Q01=..." */
static bool parse_vectors(struct qemulog *l, struct line s, bool *complete)
{
    struct line whole = s;
    for (;;) {
        unsigned n = l->count;
        char name[4] = {'Q', (char)('0' + n / 10), (char)('0' + n % 10), '='};
        while (s.p < s.end && *s.p == ' ')
            s.p++;
        if (s.p == s.end)
            break;
        if (n >= 32 || s.end - s.p < 4 || memcmp(s.p, name, 4) != 0)
            return bad_line(l, "no Q registers (with SVE they aren't logged)", whole);
        s.p += 4;
        if (!hex_fixed(&s, 16, &l->r.v[n][1]) || !text(&s, ":") || !hex_fixed(&s, 16, &l->r.v[n][0]))
            return bad_line(l, "not understood", whole);
        l->count++;
    }
    *complete = l->r.has_fp = l->count == 32;
    return true;
}

/* ----------------------------------------------------------------------------------------------- exceptions
 */

/* "Taking exception 5 [IRQ] on CPU 0" */
static bool parse_taking(struct qemulog *l, struct line s)
{
    /* EXCP_IRQ, EXCP_FIQ, EXCP_VIRQ, EXCP_VFIQ, EXCP_VSERR, EXCP_NMI, EXCP_VINMI, EXCP_VFNMI */
    const uint32_t asynchronous = 1u << 5 | 1u << 6 | 1u << 14 | 1u << 15 | 1u << 24 | 7u << 26;
    struct line whole = s;
    unsigned number, cpu;
    size_t n = 0;
    begin(l, QEMULOG_EXCEPTION);
    if (!text(&s, "Taking exception ") || !decimal(&s, &number) || !text(&s, " ["))
        return bad_line(l, "not understood", whole);
    for (; s.p < s.end && *s.p != ']'; s.p++) {
        if (n + 1 < sizeof(l->r.name))
            l->r.name[n++] = *s.p >= ' ' && *s.p <= '~' ? *s.p : '?';
    }
    l->r.name[n] = 0;
    if (!text(&s, "] on CPU ") || !decimal(&s, &cpu) || !at_end(&s))
        return bad_line(l, "not understood", whole);
    if (cpu != 0)
        return bad_line(l, "more than one CPU", whole);
    l->r.number = (int)number;
    l->r.asynchronous = number < 32 && (asynchronous >> number & 1) != 0;
    l->r.handled = l->r.has_far = l->has_esr = l->has_elr = false;
    l->r.from_el = l->r.to_el = 0;
    l->r.esr = l->r.far = l->r.elr = 0;
    l->count = 0;
    l->phase = EXCEPTION;
    return true;
}

/* A line of an exception. *complete: its last. */
static bool parse_exception(struct qemulog *l, struct line s, bool *complete)
{
    struct line whole = s;
    uint64_t skip;
    uint8_t el;
    bool good = text(&s, "...");
    if (l->count++ == 0) {
        good = good && text(&s, "from EL") && el_number(&s, &l->r.from_el) && text(&s, " to EL") &&
               el_number(&s, &l->r.to_el);
    } else if (text(&s, "with ESR 0x")) {
        good = good && hex(&s, &skip) && text(&s, "/0x") && hex(&s, &l->r.esr);
        l->has_esr = true;
    } else if (text(&s, "with FAR 0x")) {
        good = good && hex(&s, &l->r.far);
        l->r.has_far = true;
    } else if (text(&s, "with ELR 0x")) {
        good = good && hex(&s, &l->r.elr);
        l->has_elr = true;
    } else if (text(&s, "to EL")) {
        good = good && el_number(&s, &el) && text(&s, " PC 0x") && hex(&s, &skip) && text(&s, " PSTATE 0x") &&
               hex(&s, &skip) && el == l->r.to_el && l->has_esr && l->has_elr;
        l->expected_el = l->r.to_el;
        *complete = true;
    } else if (text(&s, "handled as PSCI call")) {
        l->r.handled = *complete = true;
    } else if (text(&s, "handling as semihosting call 0x")) {
        good = good && hex(&s, &skip);
        l->r.handled = *complete = true;
    } else {
        good = good && text(&s, "with SPSR 0x") && hex(&s, &skip);
    }
    return (good && at_end(&s)) || bad_line(l, "not understood", whole);
}

/* "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40000078" */
static bool parse_return(struct qemulog *l, struct line s)
{
    struct line whole = s;
    uint8_t from, to;
    uint64_t pc;
    if (!text(&s, "Exception return from AArch64 EL") || !el_number(&s, &from) ||
        !text(&s, " to AArch64 EL") || !el_number(&s, &to) || !text(&s, " PC 0x") || !hex(&s, &pc) ||
        !at_end(&s))
        return bad_line(l, "not understood", whole);
    l->expected_el = to;
    return true;
}

/* "Stopped execution of TB chain before 0x7f3c3c012cc0 [0000000040201448] SYMBOL",
 * "cpu_io_recompile: rewound execution of TB to 000000004020106c" */
static bool parse_undone(struct qemulog *l, struct line s)
{
    struct line whole = s;
    uint64_t pc;
    bool good = false;
    if (text(&s, "Stopped execution of TB chain before 0x"))
        good = hex(&s, &pc) && text(&s, " [") && hex(&s, &pc) && text(&s, "]");
    else if (text(&s, "cpu_io_recompile: rewound execution of TB to "))
        good = hex(&s, &pc) && at_end(&s);
    if (!good || pc != l->r.pc)
        return bad_line(l, good ? "another PC than the line before" : "not understood", whole);
    begin(l, QEMULOG_UNDONE);
    return true;
}

/* -------------------------------------------------------------------------------------------------- records
 */

/* A line between records. *complete: it is a record. */
static bool parse_first(struct qemulog *l, struct line s, bool *complete)
{
    bool out_already = l->out_already;
    l->out_already = false;
    switch (*s.p) {
    case 'T':
        if (s.end - s.p > 1 && s.p[1] == 'a')
            return parse_taking(l, s);
        if (!parse_trace(l, s))
            return false;
        l->out_already = *complete = !l->blocks;
        l->phase = l->blocks ? TRACED : BETWEEN;
        return true;
    case ' ':
        return parse_block(l, s, out_already);
    case 'E':
        return parse_return(l, s);
    case 'R':
        return bad_line(l, "AArch32 state", s);
    default:
        *complete = true;
        return parse_undone(l, s);
    }
}

/* A line in the middle of a record. */
static bool parse_more(struct qemulog *l, struct line s, bool *complete)
{
    switch (l->phase) {
    case NUMBERS:
        return *s.p == 'P' ? parse_pstate(l, s, complete) : parse_numbers(l, s);
    case VECTORS:
        return parse_vectors(l, s, complete);
    default:
        return parse_exception(l, s, complete);
    }
}

static bool parse_line(struct qemulog *l, struct line s, bool *complete)
{
    bool good = true;
    *complete = false;
    if (l->phase == TRACED && *s.p != ' ') {
        /* no block: the record ended with its trace line, and this line is the next record's */
        l->start = (size_t)(s.p - l->buf);
        l->blocks = false;
        *complete = true;
    } else if (l->phase == TRACED || l->phase == BETWEEN) {
        good = parse_first(l, s, complete);
    } else {
        good = parse_more(l, s, complete);
        if (good && *complete && l->r.kind == QEMULOG_STATE) {
            l->blocks = true;
            *complete = !l->drop;
            l->phase = BETWEEN;
        }
    }
    if (*complete)
        l->phase = BETWEEN;
    return good;
}

/* No more lines: in the middle of a record? */
static bool at_eof(struct qemulog *l, bool *complete)
{
    *complete = true;
    if (l->start != l->end || (l->phase != BETWEEN && l->phase != TRACED))
        return fail(l, "QEMU's log ends in the middle of a record");
    if (l->phase == BETWEEN)
        begin(l, QEMULOG_END);
    l->phase = BETWEEN;
    return true;
}

/* Nothing came in time. */
static bool at_silence(struct qemulog *l, bool *complete)
{
    if (l->phase == TRACED) {
        *complete = l->out_already = true;
        l->blocks = false;
        l->phase = BETWEEN;
        return true;
    }
    snprintf(l->error, sizeof(l->error), "QEMU has logged nothing for %g s", l->timeout / 1000.0);
    l->timed_out = true;
    return false;
}

bool qemulog_next(struct qemulog *l, struct qemulog_record *r)
{
    bool complete = false;
    if (l->failed)
        return false;
    l->timed_out = false;
    while (!complete) {
        struct line line;
        bool good;
        if (next_line(l, &line, l->phase == TRACED ? BLOCK_MS : l->timeout))
            good = parse_line(l, line, &complete);
        else if (l->failed)
            good = false;
        else
            good = l->eof ? at_eof(l, &complete) : at_silence(l, &complete);
        if (!good)
            return false;
    }
    *r = l->r;
    return true;
}
