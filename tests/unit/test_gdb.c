/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The debugger's stub: frames of packets, registers as their own storage, memory through any regime, and
 * whole conversations, written into a socket before the machine runs.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "cpu/exception.h"
#include "debug/gdb.h"
#include "debug/memory.h"
#include "debug/packet.h"
#include "debug/target.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "tests/unit/run.h"

static char image[4096];
static char bios[] = "/tmp/el2sim-test-gdb-XXXXXX";

/* ---- packets ---- */

static enum packet_event feed(struct packet_reader *r, const char *bytes, size_t n)
{
    enum packet_event e = PACKET_NONE;
    for (size_t k = 0; k < n; k++)
        e = packet_take(r, (uint8_t)bytes[k]);
    return e;
}

START_TEST(frames)
{
    static const struct {
        const char *bytes;
        enum packet_event event;
        const char *data;
    } cases[] = {
        {"$m40,4#31", PACKET_READY, "m40,4"},
        {"noise$?#3f", PACKET_READY, "?"},
        {"$#00", PACKET_READY, ""},
        {"$?#3F", PACKET_READY, "?"},
        {"$?#40", PACKET_DAMAGED, NULL},
        {"$?#x", PACKET_DAMAGED, NULL},
        {"$m40$", PACKET_DAMAGED, NULL},
        {"$lost$?#3f", PACKET_READY, "?"},
        {"$a}\003b}]#1d", PACKET_READY, "a#b}"}, /* 0x03 ^ 0x20 is '#', ']' ^ 0x20 is '}' */
        {"+", PACKET_ACK, NULL},
        {"-", PACKET_NAK, NULL},
        {"\003", PACKET_INTERRUPT, NULL},
        {"$a\003#64", PACKET_READY, "a\003"}, /* inside of a packet it is a byte */
    };
    static struct packet_reader r;
    for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
        packet_reader_init(&r);
        ck_assert_msg(feed(&r, cases[n].bytes, strlen(cases[n].bytes)) == cases[n].event, "%s",
                      cases[n].bytes);
        if (cases[n].data != NULL)
            ck_assert_str_eq((const char *)r.data, cases[n].data);
    }
}
END_TEST

START_TEST(longest_frame)
{
    static struct packet_reader r;
    for (unsigned extra = 0; extra < 2; extra++) {
        char end[8];
        packet_reader_init(&r);
        packet_take(&r, '$');
        for (unsigned n = 0; n < PACKET_MAX + extra; n++)
            packet_take(&r, 'a');
        snprintf(end, sizeof(end), "#%02x", (unsigned)(uint8_t)((PACKET_MAX + extra) * 'a'));
        ck_assert_int_eq(feed(&r, end, 3), extra ? PACKET_TOO_LONG : PACKET_READY);
        ck_assert_uint_eq(r.used, PACKET_MAX);
        ck_assert_int_eq(feed(&r, "$?#3f", 5), PACKET_READY); /* and the next is whole */
    }
}
END_TEST

/* As the manual describes a frame: escapes are '}' and the byte ^ 0x20, '*' repeats the byte before as often
 * as the next character's code less 29. */
static size_t unframe(const struct packet_writer *w, uint8_t *data)
{
    size_t n = 0;
    uint8_t sum = 0;
    char tail[4];
    ck_assert_uint_eq(w->bytes[0], '$');
    for (size_t k = 1; k < w->used - 3; k++) {
        uint8_t c = w->bytes[k];
        ck_assert(c != '$' && c != '#');
        sum = (uint8_t)(sum + c);
        if (c == '*') {
            uint8_t count = w->bytes[++k];
            ck_assert(count >= 32 && count <= 126 && count != '+' && count != '-' && count != '#' &&
                      count != '$');
            sum = (uint8_t)(sum + count);
            for (unsigned repeats = count - 29u; repeats != 0; repeats--, n++)
                data[n] = data[n - 1];
        } else if (c == '}') {
            sum = (uint8_t)(sum + w->bytes[++k]);
            data[n++] = w->bytes[k] ^ 0x20;
        } else {
            data[n++] = c;
        }
    }
    snprintf(tail, sizeof(tail), "#%02x", sum);
    ck_assert_mem_eq(&w->bytes[w->used - 3], tail, 3);
    return n;
}

START_TEST(frames_hold_any_bytes)
{
    static struct packet_writer w;
    static uint8_t in[PACKET_MAX], out[4 * PACKET_MAX];
    struct random r = {1};
    for (unsigned round = 0; round < 300; round++) {
        size_t n = (size_t)random_below(&r, round < 290 ? 600 : PACKET_MAX);
        for (size_t k = 0; k < n;) { /* runs of every length, of bytes that need an escape as well */
            uint8_t byte =
                random_one_in(&r, 3) ? (uint8_t) "$#}*+-\003"[random_below(&r, 7)] : (uint8_t)random_u64(&r);
            for (uint64_t run = random_below(&r, round % 8 == 0 ? 300 : 12) + 1; run != 0 && k < n; run--)
                in[k++] = byte;
        }
        packet_begin(&w);
        for (size_t k = 0; k < n; k++)
            packet_byte(&w, in[k]);
        packet_end(&w);
        ck_assert(!w.full);
        ck_assert_uint_eq(unframe(&w, out), n);
        ck_assert_mem_eq(in, out, n);
    }
    packet_begin(&w);
    for (size_t k = 0; k < PACKET_MAX + 10; k++)
        packet_byte(&w, '#');
    packet_end(&w);
    ck_assert(w.full);
    ck_assert_uint_eq(unframe(&w, out), PACKET_MAX);
}
END_TEST

/* ---- a machine ---- */

static void set_options(struct options *o)
{
    options_init(o);
    o->virtualization = true;
    o->kernel = image;
    o->no_reboot = true;
    o->max_insns = 20000000;
    o->n_serials = 1;
    o->serials[0] = (struct char_option){.kind = CHAR_NULL};
}

static unsigned number_of(const struct target *t, const char *name)
{
    char row[96];
    const char *xml = target_xml(t, "system-registers.xml"), *at;
    unsigned n = 0;
    snprintf(row, sizeof(row), "<reg name=\"%s\" ", name);
    at = strstr(xml, row);
    ck_assert_msg(at != NULL, "%s", name);
    ck_assert_int_eq(sscanf(strstr(at, "regnum="), "regnum=\"%u\"", &n), 1);
    return n;
}

static uint64_t read_named(const struct target *t, struct cpu *c, const char *name)
{
    uint64_t value[2] = {0};
    ck_assert_uint_eq(target_register_read(t, c, number_of(t, name), value), 8);
    return value[0];
}

START_TEST(names_are_storage)
{
    struct options o;
    set_options(&o);
    struct machine *m = machine_create(&o);
    struct cpu *c = m->cpus[0];
    struct target *t = target_create(&m->feat, &m->latest_count);
    c->sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE | HCR_RW; /* a VHE host: MRS SCTLR_EL1 would show SCTLR_EL2 */
    cpu_register_written(c, SR_HCR_EL2, 0);
    c->sr[SR_SCTLR_EL1] = 0x111;
    c->sr[SR_SCTLR_EL2] = 0x222;
    c->sr[SR_CNTV_CVAL_EL0] = 0x333;
    ck_assert_uint_eq(read_named(t, c, "SCTLR_EL1"), 0x111);
    ck_assert_uint_eq(read_named(t, c, "SCTLR_EL12"), 0x111);
    ck_assert_uint_eq(read_named(t, c, "SCTLR_EL2"), 0x222);
    ck_assert_uint_eq(read_named(t, c, "CNTV_CVAL_EL02"), 0x333);
    const uint64_t vbar = 0x40008000, id = 0;
    ck_assert_ptr_null(target_register_write(t, c, number_of(t, "VBAR_EL12"), &vbar));
    ck_assert_uint_eq(c->sr[SR_VBAR_EL1], vbar);
    ck_assert_uint_eq(c->sr[SR_VBAR_EL2], 0);
    ck_assert_ptr_nonnull(target_register_write(t, c, number_of(t, "MIDR_EL1"), &id));
    ck_assert_uint_ne(c->sr[SR_MIDR_EL1], 0);
    /* PSTATE: an Exception level that exists, but not one that doesn't */
    c->sr[SR_HCR_EL2] &= ~HCR_TGE; /* with it there is no EL1 */
    const uint64_t el1h = 0x3c5, el3h = 0x3cd;
    ck_assert_ptr_null(target_register_write(t, c, REGISTER_CPSR, &el1h));
    ck_assert_uint_eq(c->el, 1);
    ck_assert_ptr_nonnull(target_register_write(t, c, REGISTER_CPSR, &el3h));
    ck_assert_uint_eq(c->el, 1);
    target_destroy(t);
    machine_destroy(m);
}
END_TEST

START_TEST(every_readable_register)
{
    struct options o;
    set_options(&o);
    struct machine *m = machine_create(&o);
    struct target *t = target_create(&m->feat, &m->latest_count);
    char before[DIGEST_TEXT_SIZE], after[DIGEST_TEXT_SIZE];
    unsigned n = 0;
    machine_set_time(m, 1000000);
    machine_digest(m, before);
    uint64_t value[2];
    while (target_register_read(t, m->cpus[0], n, value) != 0)
        n++;
    machine_digest(m, after);
    ck_assert_str_eq(before, after); /* looking, also at the counter, changes nothing */
    ck_assert_uint_gt(n, REGISTER_SYSTEM + 300);
    for (unsigned reg = 0; reg < SR_COUNT; reg++)
        if (sysreg_row(reg)->access == 3 && sysreg_has_storage(reg) &&
            has(&m->feat, sysreg_row(reg)->feature) && sysreg_row(reg)->unit == UNIT_NONE &&
            sysreg_row(reg)->op1 != 6 && strncmp(sysreg_row(reg)->name, "IMPDEF", 6) != 0 &&
            strncmp(sysreg_row(reg)->name, "DBGDTR", 6) != 0)
            number_of(t, sysreg_row(reg)->name);
    target_destroy(t);
    machine_destroy(m);
}
END_TEST

/* ---- memory ---- */

enum { TABLES = 0x40100000, DATA = 0x40300000 };

static void put64(struct machine *m, uint64_t pa, uint64_t value)
{
    ck_assert(bus_load(m->bus, pa, &value, 8));
}

START_TEST(memory_in_any_regime)
{
    struct options o;
    set_options(&o);
    struct machine *m = machine_create(&o);
    struct cpu *c = m->cpus[0];
    struct view v = {VIEW_CURRENT};
    const char *why;
    uint32_t word = 0;
    /* stage 1 of EL1: VA 0x80000000 is IPA 0x40000000, without Access flag, for nobody but EL1 to read;
     * stage 2: IPA 0x40000000 is PA 0x40200000. Blocks of 1 GB and of 2 MB. */
    put64(m, TABLES + 8 * 2, 0x40000000 | 2 << 6 | 1);
    put64(m, TABLES + 0x1000 + 8, (TABLES + 0x2000) | 3);
    put64(m, TABLES + 0x2000, 0x40200000 | 1 << 10 | 0xf << 2 | 1 << 6 | 1); /* read-only */
    put64(m, DATA, 0x1122334455667788);
    c->sr[SR_TCR_EL1] = 25 | 1 << 23; /* T0SZ, EPD1 */
    c->sr[SR_TTBR0_EL1] = 0x40000000 + (TABLES - 0x40000000);
    c->sr[SR_VTCR_EL2] = 25 | 1 << 6 | UINT64_C(1) << 31;
    c->sr[SR_VTTBR_EL2] = (TABLES + 0x1000) | UINT64_C(7) << 48;
    c->sr[SR_SCTLR_EL1] |= SCTLR_M;
    /* the table of stage 1 is itself seen through stage 2: put a copy where it is found */
    put64(m, TABLES + 0x200000 + 8 * 2, 0x40000000 | 2 << 6 | 1);
    c->sr[SR_HCR_EL2] = HCR_RW | HCR_E2H | HCR_TGE; /* at EL2, as a host between two guests */
    cpu_context_changed(c, EFFECT_MMU | EFFECT_TRAPS);
    ck_assert(view_parse(&v, c, "guest", &why));
    ck_assert_uint_eq(view_read(&v, c, 0x80000000 + (DATA - 0x40200000), &word, 4), 4);
    ck_assert_uint_eq(word, 0x55667788);
    ck_assert(view_parse(&v, c, "s2", &why));
    ck_assert_uint_eq(view_read(&v, c, 0x40000000 + (DATA - 0x40200000), &word, 4), 4);
    ck_assert_uint_eq(word, 0x55667788);
    ck_assert_uint_eq(view_read(&v, c, 0x40200000, &word, 4), 0); /* not mapped */
    const uint32_t other = 0xcafe;
    ck_assert(view_write(&v, c, 0x40000000 + (DATA - 0x40200000), &other, 4)); /* stage 2 says read-only */
    ck_assert(view_parse(&v, c, "pa", &why));
    ck_assert_uint_eq(view_read(&v, c, DATA, &word, 4), 4);
    ck_assert_uint_eq(word, 0xcafe);
    ck_assert_uint_eq(view_read(&v, c, BOARD_UART0, &word, 4), 0); /* a device's registers are left alone */
    ck_assert_uint_eq(view_read(&v, c, UINT64_MAX - 1, &word, 4), 0);
    ck_assert(!view_parse(&v, c, "el3", &why));
    ck_assert(!view_parse(&v, c, "moon", &why));
    ck_assert_uint_eq(tlb_count(c->tlb), 0);
    machine_destroy(m);
}
END_TEST

/* ---- conversations ---- */

struct talk {
    struct machine *m;
    struct gdb *g;
    int fd;
    char *answers[1024];
    unsigned n;
    int status;
};

/* One packet after the other, with their frames; "\003" is Ctrl-C. */
static size_t frame_lines(const char *const lines[], char *to, size_t room)
{
    size_t used = 0;
    for (unsigned n = 0; lines[n] != NULL; n++) {
        uint8_t sum = 0;
        if (lines[n][0] == 3) { /* Ctrl-C has no frame */
            to[used++] = 3;
            continue;
        }
        for (const char *p = lines[n]; *p != 0; p++)
            sum = (uint8_t)(sum + (uint8_t)*p);
        used += (size_t)snprintf(to + used, room - used, "$%s#%02x", lines[n], sum);
        ck_assert_uint_lt(used, room);
    }
    return used;
}

/* A child that keeps what comes out of fd, for a socket takes only so much. */
static pid_t keep(int fd, int other, FILE *file)
{
    char buf[4096];
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child != 0)
        return child;
    close(other);
    for (ssize_t n; (n = read(fd, buf, sizeof(buf))) > 0;)
        if (write(fileno(file), buf, (size_t)n) != n)
            _exit(1);
    _exit(0);
}

/* Says all of it at once, lets the machine run, and takes the answers apart. */
static void talk(struct talk *t, const struct options *o, const char *const lines[])
{
    static struct packet_reader r;
    static char sent[32768];
    FILE *file = tmpfile();
    int fds[2], byte, status;
    memset(t, 0, sizeof(*t));
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    t->m = machine_create(o);
    t->g = gdb_create_connected(t->m, fds[0]);
    size_t n = frame_lines(lines, sent, sizeof(sent));
    ck_assert_int_eq(write(fds[1], sent, n), (ssize_t)n);
    shutdown(fds[1], SHUT_WR);
    pid_t child = keep(fds[1], fds[0], file);
    t->status = gdb_run(t->g);
    gdb_destroy(t->g);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    rewind(file);
    packet_reader_init(&r);
    while ((byte = fgetc(file)) != EOF)
        if (packet_take(&r, (uint8_t)byte) == PACKET_READY && t->n < ARRAY_LEN(t->answers))
            t->answers[t->n++] = strdup((const char *)r.data);
    fclose(file);
    close(fds[1]);
}

static void end_talk(struct talk *t)
{
    for (unsigned n = 0; n < t->n; n++)
        free(t->answers[n]);
    machine_destroy(t->m);
}

START_TEST(steps_and_leaves)
{
    static const char *const lines[] = {"QStartNoAckMode",
                                        "qSupported:swbreak+",
                                        "s",
                                        "s",
                                        "m40200000,4",
                                        "Z0,402011ac,4" /* hyp_main(), which the third instruction calls */,
                                        "vCont;c",
                                        "D",
                                        NULL};
    static const char *const wanted[] = {"OK", "PacketSize=4000;", "T05", "T05", "", "OK", "T05", "OK"};
    struct options o;
    struct talk t;
    char alone[DIGEST_TEXT_SIZE], digest[DIGEST_TEXT_SIZE];
    set_options(&o);
    struct machine *m = machine_create(&o);
    machine_run(m);
    machine_digest(m, alone);
    machine_destroy(m);
    talk(&t, &o, lines);
    ck_assert_uint_eq(t.n, ARRAY_LEN(wanted));
    for (unsigned n = 0; n < t.n; n++)
        ck_assert_msg(strncmp(t.answers[n], wanted[n], strlen(wanted[n])) == 0, "%u: %s", n, t.answers[n]);
    ck_assert_ptr_nonnull(strstr(t.answers[3], "20:08")); /* two instructions on: PC 0x40200008 */
    machine_digest(t.m, digest);
    ck_assert_str_eq(alone, digest);
    end_talk(&t);
}
END_TEST

/* A walk of single steps, forward and back at random: at each point all registers are those of the first time
 * there. */
START_TEST(random_reverse_steps)
{
    enum { AHEAD = 150, BACK = 100, FIRST = 4, LINES = FIRST + 2 * AHEAD + 4 * BACK + 2 };
    static const char *lines[LINES];
    static unsigned at[LINES];
    struct random r = {7};
    struct options o;
    struct talk t;
    unsigned n = 0, point = 0;
    set_options(&o);
    lines[n++] = "QStartNoAckMode";
    lines[n++] = "qSupported";
    lines[n++] = "Z0,402011ac,4";
    lines[n++] = "c";
    for (; point < AHEAD; point++) {
        lines[n++] = "s";
        at[n] = point + 1;
        lines[n++] = "g";
    }
    for (unsigned k = 0; k < 2 * BACK; k++) { /* as many back as forth, in the mean */
        bool back = point > 1 && (point == AHEAD || random_one_in(&r, 2));
        lines[n++] = back ? "bs" : "s";
        point = back ? point - 1 : point + 1;
        at[n] = point;
        lines[n++] = "g";
    }
    lines[n++] = "D";
    lines[n] = NULL;
    talk(&t, &o, lines);
    ck_assert_uint_eq(t.n, n);
    bool can = strstr(t.answers[1], "ReverseStep+") != NULL;
    for (unsigned k = FIRST + 2 * AHEAD + 1; k < n - 1; k += 2) {
        if (can)
            ck_assert_msg(strcmp(t.answers[k], t.answers[FIRST + 2 * (at[k] - 1) + 1]) == 0,
                          "answer %u at point %u", k, at[k]);
        else if (strcmp(lines[k - 1], "bs") == 0)
            ck_assert_str_eq(t.answers[k - 1], "");
    }
    end_talk(&t);
}
END_TEST

/* "qRcmd," and a monitor command in hexadecimal. */
static const char *monitor_packet(const char *command, char *packet)
{
    size_t n = (size_t)sprintf(packet, "qRcmd,");
    for (; *command != 0; command++)
        n += (size_t)sprintf(packet + n, "%02x", (unsigned)*command);
    return packet;
}

/* An O packet as text. */
static const char *console_text(const char *answer, char *text, size_t room)
{
    size_t n = 0;
    unsigned byte;
    ck_assert_int_eq(answer[0], 'O');
    for (answer++; n < room - 1 && sscanf(answer, "%2x", &byte) == 1; answer += 2)
        text[n++] = (char)byte;
    text[n] = 0;
    return text;
}

/* The first guest's access to its UART is a stage 2 fault: hyp.c maps nothing at 0x09000000. There a snapshot
 * is taken; what goes on from it ends as a run that was never looked at. */
START_TEST(catches_and_saves)
{
    char path[] = "/tmp/el2sim-test-XXXXXX", command[64], text[1024];
    char packets[4][200], alone[DIGEST_TEXT_SIZE], digest[DIGEST_TEXT_SIZE];
    struct options o;
    struct talk t;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    snprintf(command, sizeof(command), "save %s", path);
    const char *const lines[] = {"QStartNoAckMode",
                                 monitor_packet("catch trap Stage 2", packets[0]),
                                 "vCont;c",
                                 monitor_packet(command, packets[1]),
                                 monitor_packet("uncatch c1", packets[2]),
                                 "D",
                                 NULL};
    set_options(&o);
    struct machine *m = machine_create(&o);
    machine_run(m);
    machine_digest(m, alone);
    machine_destroy(m);
    talk(&t, &o, lines);
    ck_assert_uint_eq(t.n, 10);
    console_text(t.answers[3], text, sizeof(text));
    ck_assert_msg(strstr(text, "from EL1 VMID 1 to EL2") != NULL && strstr(text, "ESR 0x93") != NULL &&
                      strstr(text, "HPFAR 0x90000") != NULL,
                  "%s", text);
    ck_assert_int_eq(strncmp(t.answers[5], "T05", 3), 0);
    console_text(t.answers[6], text, sizeof(text));
    ck_assert_msg(strncmp(text, "saved to ", 9) == 0, "%s", text);
    machine_digest(t.m, digest);
    ck_assert_str_eq(alone, digest);
    end_talk(&t);
    o.restore = path;
    m = machine_create(&o);
    ck_assert_uint_ne(machine_insns(m), 0);
    machine_run(m);
    machine_digest(m, digest);
    machine_destroy(m);
    ck_assert_str_eq(alone, digest);
    remove(path);
}
END_TEST

/* ---- the way back ---- */

/* CPU 0 and the others count in loops of their own, without end. */
static const uint32_t counters[] = {
    0xd53800a0, /* 00:    mrs x0, mpidr_el1 */
    0x92401c00, /* 04:    and x0, x0, #0xff */
    0xb4000060, /* 08:    cbz x0, 2f */
    0x91000421, /* 0c: 1: add x1, x1, #1 */
    0x17ffffff, /* 10:    b 1b */
    0x91000421, /* 14: 2: add x1, x1, #1 */
    0x17ffffff, /* 18:    b 2b */
};

static void make_bios(void)
{
    int fd = mkstemp(bios);
    if (fd < 0 || write(fd, counters, sizeof(counters)) != (ssize_t)sizeof(counters))
        exit(1);
    close(fd);
}

enum { ANSWERS_MAX = 12 };

/* What is said, and how each answer begins and what it holds. */
struct dialogue {
    unsigned smp;
    const char *says[ANSWERS_MAX + 4];
    struct {
        const char *begins, *holds;
    } hears[ANSWERS_MAX];
};

static void hold(const struct dialogue *d)
{
    struct options o;
    struct talk t;
    set_options(&o);
    o.kernel = NULL;
    o.secure = true;
    o.bios = bios;
    o.smp = d->smp;
    o.quantum = 100;
    o.max_insns = 5000000;
    talk(&t, &o, d->says);
    for (unsigned n = 0; n < t.n; n++) {
        ck_assert(n < ANSWERS_MAX && d->hears[n].begins != NULL);
        const char *holds = d->hears[n].holds;
        ck_assert_msg(strncmp(t.answers[n], d->hears[n].begins, strlen(d->hears[n].begins)) == 0, "%u: %s", n,
                      t.answers[n]);
        ck_assert_msg(holds == NULL || strstr(t.answers[n], holds) != NULL, "%u: %s", n, t.answers[n]);
    }
    ck_assert(t.n == ANSWERS_MAX || d->hears[t.n].begins == NULL);
    end_talk(&t);
}

/* GDB steps over a breakpoint with all other CPUs held; the way back is one without anybody held. */
START_TEST(back_over_breakpoint_of_two)
{
    static const struct dialogue d = {2,
                                      {"QStartNoAckMode", "Z0,c,4", "vCont;c", "z0,c,4", "vCont;s:2", "Hc2",
                                       "bs", "p1", "vCont;s:1;c", "D", NULL},
                                      {{"OK", NULL},
                                       {"OK", NULL},
                                       {"T05", "thread:2;"},
                                       {"OK", NULL},
                                       {"T05", "20:1"}, /* PC 0x10 */
                                       {"OK", NULL},
                                       {"T05", "20:0c"},
                                       {"0*,", NULL}, /* X1: 0, which that instruction makes 1 */
                                       {"T05", "thread:1;"},
                                       {"OK", NULL}}};
    hold(&d);
}
END_TEST

/* With the CPU held whose turn it is, the order is one that a run without a debugger never takes: it can't be
 * taken again, and the debugger hears that there is nothing before it. */
START_TEST(no_way_back_over_another_order)
{
    static const struct dialogue d = {
        2,
        {"QStartNoAckMode", "Z0,c,4", "vCont;c", "z0,c,4", "vCont;s:1", "Hc1", "bs", "D", NULL},
        {{"OK", NULL},
         {"OK", NULL},
         {"T05", "thread:2;"},
         {"OK", NULL},
         {"T05", "thread:1;"},
         {"OK", NULL},
         {"T05", "replaylog:begin;"},
         {"OK", NULL}}};
    hold(&d);
}
END_TEST

/* Only Ctrl-C is heard while the machine runs, forward or back: afterwards it stands where it stood. */
START_TEST(nothing_but_interrupts_while_it_runs)
{
    static const struct dialogue d = {
        1,
        {"QStartNoAckMode", "c", "bs", "c", "\003", "s", "bc", "bs", "\003", "bs", "D", NULL},
        {{"OK", NULL}, {"T02", "20:18"}, {"T05", "20:14"}, {"T02", "20:14"}, {"T05", "20:18"}, {"OK", NULL}}};
    hold(&d);
}
END_TEST

/* What fails changes nothing, and takes no way back; what is written does, also where `s` goes on. */
START_TEST(only_changes_end_the_way_back)
{
    static const struct dialogue d = {1,
                                      {"QStartNoAckMode", "s", "s", "Mffff000000000000,1:00",
                                       "X40000000,0:", "P20=00", "bs", "s", "s14", "bs", "bs", "D", NULL},
                                      {{"OK", NULL},
                                       {"T05", "20:04"},
                                       {"T05", "20:08"},
                                       {"E0e", NULL},
                                       {"OK", NULL},
                                       {"E16", NULL},
                                       {"T05", "20:04"},
                                       {"T05", "20:08"},
                                       {"T05", "20:18"},
                                       {"T05", "20:14"},
                                       {"T05", "replaylog:begin;"},
                                       {"OK", NULL}}};
    hold(&d);
}
END_TEST

int main(void)
{
    snprintf(image, sizeof(image), "%s/tests/hyp/vhe-demo.elf",
             getenv("abs_top_srcdir") != NULL ? getenv("abs_top_srcdir") : ".");
    make_bios();
    Suite *s = suite_create("gdb");
    TCase *t = tcase_create("gdb");
    tcase_add_test(t, frames);
    tcase_add_test(t, longest_frame);
    tcase_add_test(t, frames_hold_any_bytes);
    tcase_add_test(t, names_are_storage);
    tcase_add_test(t, every_readable_register);
    tcase_add_test(t, memory_in_any_regime);
    tcase_add_test(t, steps_and_leaves);
    tcase_add_test(t, random_reverse_steps);
    tcase_add_test(t, catches_and_saves);
    tcase_add_test(t, back_over_breakpoint_of_two);
    tcase_add_test(t, no_way_back_over_another_order);
    tcase_add_test(t, nothing_but_interrupts_while_it_runs);
    tcase_add_test(t, only_changes_end_the_way_back);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    int status = suite_run(s);
    unlink(bios);
    return status;
}
