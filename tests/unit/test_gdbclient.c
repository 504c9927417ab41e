/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The debugger's side of the gdb remote protocol, against a stub in a child process that answers from a
 * table: as QEMU does, and as it never should.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "diff/gdbclient.h"
#include "tests/unit/run.h"

/* A packet and the stub's answer to it; '!' before that: these very bytes, without frame or checksum. NULL:
 * it hangs up. */
struct answer {
    const char *packet, *text;
};

static const struct answer usual[] = {
    {"qSupported:swbreak+", "PacketSize=1000;qXfer:features:read+;vContSupported+"},
    {"?", "T05thread:01;"},
    {"qXfer:features:read:target.xml:0,ffb",
     "l<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM "
     "\"gdb-target.dtd\"><target><architecture>aarch64</architecture>"
     "<xi:include href=\"core.xml\"/><xi:include href='more.xml'/></target>"},
    /* in two parts; a comment, a repetition (three more of '>') and an escape ("}\3" is '#') */
    {"qXfer:features:read:core.xml:0,ffb", "m<!-- <reg name=\"none\" bitsize=\"8\"/> --><feature "
                                           "name=\"a}\003b\">* <reg name=\"x0\" bitsize=\"64\"/>"
                                           "<reg name=\"pc\" bits"},
    {"qXfer:features:read:core.xml:6e,ffb",
     "lize=\"64\" type=\"code_ptr\"/><reg name=\"cpsr\" bitsize=\"32\"/></feature>"},
    {"qXfer:features:read:more.xml:0,ffb",
     "l<reg name=\"v0\" bitsize=\"128\" regnum=\"34\" type=\"v\"/><reg\n name=\"HCR_EL2\" bitsize=\"64\"/>"
     "<reg name=\"z0\" bitsize=\"2048\"/>"},
    {NULL, NULL},
};

struct stub {
    int fd; /* ours */
    pid_t pid;
};

static void send_text(int fd, const char *text)
{
    char out[8192];
    uint8_t sum = 0;
    if (text[0] == '!') {
        if (write(fd, text + 1, strlen(text + 1)) < 0)
            _exit(1);
        return;
    }
    for (const char *p = text; *p != 0; p++)
        sum = (uint8_t)(sum + (uint8_t)*p);
    int n = snprintf(out, sizeof(out), "+$%s#%02x", text, sum);
    if (write(fd, out, (size_t)n) != n)
        _exit(1);
}

static const struct answer *answer_to(const struct answer *table, const char *packet)
{
    while (table != NULL && table->packet != NULL && strcmp(table->packet, packet) != 0)
        table++;
    return table != NULL && table->packet != NULL ? table : NULL;
}

/* Reads packets (and the interrupt, as the packet "^C") and answers them: from the test's own table, then as
 * usual, then with "not supported". A wrong checksum ends it. */
static void serve(int fd, const struct answer *own)
{
    char packet[8192], c;
    int acks = -1; /* how many may still come; -1: any number */
    for (;;) {
        size_t n = 0;
        uint8_t sum = 0;
        unsigned said;
        char digits[3] = {0};
        do {
            if (read(fd, &c, 1) != 1)
                _exit(0);
            if (c == '+' && acks >= 0 && acks-- == 0)
                _exit(4);
        } while (c == '+');
        if (c == '$') {
            while (read(fd, &c, 1) == 1 && c != '#' && n < sizeof(packet) - 1) {
                packet[n++] = c;
                sum = (uint8_t)(sum + (uint8_t)c);
            }
            if (read(fd, digits, 1) != 1 || read(fd, digits + 1, 1) != 1 ||
                sscanf(digits, "%x", &said) != 1 || said != sum)
                _exit(2);
        } else if (c == 3) {
            n = (size_t)snprintf(packet, sizeof(packet), "^C");
        } else {
            _exit(3);
        }
        packet[n] = 0;
        if (strcmp(packet, "QStartNoAckMode") == 0)
            acks = 1;
        const struct answer *a = answer_to(own, packet);
        if (a == NULL)
            a = answer_to(usual, packet);
        if (a != NULL && a->text == NULL)
            _exit(0);
        send_text(fd, a != NULL ? a->text : "");
    }
}

static struct stub start(const struct answer *own)
{
    int fds[2];
    struct stub s;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    s.pid = fork();
    if (s.pid == 0) {
        close(fds[0]);
        serve(fds[1], own);
    }
    close(fds[1]);
    s.fd = fds[0];
    return s;
}

/* The stub must have been content with what we sent. */
static void finish(struct stub *s)
{
    int status;
    close(s->fd);
    ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
    ck_assert_int_eq(status, 0);
}

static struct gdbclient *open_client(const struct stub *s)
{
    char error[256];
    struct gdbclient *g = gdbclient_new(s->fd, error, sizeof(error));
    ck_assert_msg(g != NULL, "%s", error);
    gdbclient_set_timeout(g, 100);
    return g;
}

START_TEST(description)
{
    static const struct gdb_register expected[] = {{"x0", 0, 64},   {"pc", 1, 64},       {"cpsr", 2, 32},
                                                   {"v0", 34, 128}, {"HCR_EL2", 35, 64}, {"z0", 36, 2048}};
    struct stub s = start(NULL);
    struct gdbclient *g = open_client(&s);
    unsigned n;
    const struct gdb_register *r = gdbclient_registers(g, &n);
    ck_assert_uint_eq(n, 6);
    for (unsigned i = 0; i < n; i++) {
        ck_assert_str_eq(r[i].name, expected[i].name);
        ck_assert_uint_eq(r[i].number, expected[i].number);
        ck_assert_uint_eq(r[i].bits, expected[i].bits);
        ck_assert_ptr_eq(gdbclient_find(g, r[i].name), &r[i]);
    }
    ck_assert_ptr_null(gdbclient_find(g, "none"));
    gdbclient_free(g);
    finish(&s);
}
END_TEST

START_TEST(registers)
{
    static const struct answer own[] = {
        {"p1", "8877665544332211"},
        {"p2", "c5030060"},
        {"p22", "00112233445566778899aabbccddeeff"},
        {"p23", "E14"},
        {"P22=0f0e0d0c0b0a09080706050403020100", "OK"},
        {"P2=c9030000", "OK"},
        {"P23=0000000000000000", "E22"},
        {NULL, NULL},
    };
    static const uint64_t value[2] = {0x08090a0b0c0d0e0f, 0x0001020304050607};
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint64_t v[2] = {1, 1};
    ck_assert(gdbclient_read(g, gdbclient_find(g, "pc"), v));
    ck_assert(v[0] == 0x1122334455667788 && v[1] == 0);
    ck_assert(gdbclient_read(g, gdbclient_find(g, "cpsr"), v));
    ck_assert_uint_eq(v[0], 0x600003c5);
    ck_assert(gdbclient_read(g, gdbclient_find(g, "v0"), v));
    ck_assert(v[0] == 0x7766554433221100 && v[1] == 0xffeeddccbbaa9988);
    ck_assert(!gdbclient_read(g, gdbclient_find(g, "HCR_EL2"), v));
    ck_assert_str_eq(gdbclient_error(g), "the gdb stub can't read HCR_EL2");
    ck_assert(!gdbclient_read(g, gdbclient_find(g, "z0"), v));
    ck_assert(gdbclient_write(g, gdbclient_find(g, "v0"), value));
    ck_assert(gdbclient_write(g, gdbclient_find(g, "cpsr"), (uint64_t[2]){0x3c9, 0}));
    ck_assert(!gdbclient_write(g, gdbclient_find(g, "HCR_EL2"), (uint64_t[2]){0, 0}));
    gdbclient_free(g);
    finish(&s);
}
END_TEST

/* A stub that has no p and P: x0, pc and cpsr are the first three of g. */
START_TEST(all_registers)
{
    static const struct answer own[] = {
        {"g", "0100000000000000"
              "0200000000000000"
              "03000000"},
        {"G"
         "0100000000000000"
         "8877665544332211"
         "03000000",
         "OK"},
        {NULL, NULL},
    };
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint64_t v[2];
    ck_assert(gdbclient_read(g, gdbclient_find(g, "pc"), v));
    ck_assert_uint_eq(v[0], 2);
    ck_assert(gdbclient_read(g, gdbclient_find(g, "cpsr"), v));
    ck_assert_uint_eq(v[0], 3);
    ck_assert(!gdbclient_read(g, gdbclient_find(g, "v0"), v));
    ck_assert(gdbclient_write(g, gdbclient_find(g, "pc"), (uint64_t[2]){0x1122334455667788, 0}));
    ck_assert(!gdbclient_write(g, gdbclient_find(g, "x0"), (uint64_t[2]){0x11, 0}));
    gdbclient_free(g);
    finish(&s);
}
END_TEST

START_TEST(memory)
{
    static const struct answer own[] = {
        {"m40000000,4", "01020304"},  {"mfffffffffffffff0,2", "E14"},
        {"Qqemu.PhyMemMode:1", "OK"}, {"m1000,2", "aaBB"},
        {"M1000,3:010203", "OK"},     {"M2000,1:ff", "E14"},
        {"Qqemu.PhyMemMode:0", ""},   {NULL, NULL},
    };
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint8_t b[4];
    ck_assert(gdbclient_memory(g, false, 0x40000000, b, 4));
    ck_assert_mem_eq(b, "\1\2\3\4", 4);
    ck_assert(!gdbclient_memory(g, false, 0xfffffffffffffff0, b, 2));
    ck_assert(gdbclient_memory(g, true, 0x1000, b, 2));
    ck_assert_mem_eq(b, "\xaa\xbb", 2);
    ck_assert(gdbclient_memory_write(g, true, 0x1000, "\1\2\3", 3));
    ck_assert(!gdbclient_memory_write(g, true, 0x2000, "\xff", 1));
    ck_assert(!gdbclient_memory(g, false, 0x40000000, b, 4)); /* the mode can't be left */
    gdbclient_free(g);
    finish(&s);
}
END_TEST

/* More than a packet holds is asked for in parts. */
START_TEST(much_memory)
{
    static const struct answer own[] = {
        {"qSupported:swbreak+", "PacketSize=100;qXfer:features:read+"},
        {"qXfer:features:read:target.xml:0,fb", "l<reg name=\"x0\" bitsize=\"64\"/>"},
        {"m100,78", "5*~5*~5*H"}, /* 98 + 98 + 44 digits */
        {"m178,50", "6*~6*Z"},
        {NULL, NULL},
    };
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint8_t b[200];
    ck_assert_msg(gdbclient_memory(g, false, 0x100, b, sizeof(b)), "%s", gdbclient_error(g));
    for (unsigned n = 0; n < sizeof(b); n++)
        ck_assert_uint_eq(b[n], n < 120 ? 0x55 : 0x66);
    gdbclient_free(g);
    finish(&s);
}
END_TEST

START_TEST(running)
{
    static const struct answer own[] = {
        {"Qqemu.sstep=0x1", "OK"},
        {"vCont;s", "T05thread:01;"},
        {"Z0,40201390,4", "OK"},
        {"z0,40201390,4", "E22"},
        {"vCont;c", "!+"},
        {"^C", "T02thread:01;"},
        {"D", "OK"},
        {NULL, NULL},
    };
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint64_t v[2];
    bool exited;
    ck_assert(gdbclient_step(g));
    ck_assert(gdbclient_step(g));
    ck_assert(gdbclient_breakpoint(g, 0x40201390, true));
    ck_assert(!gdbclient_breakpoint(g, 0x40201390, false));
    ck_assert(!gdbclient_wait(g, 10, &exited));
    ck_assert_str_eq(gdbclient_error(g), "QEMU isn't running");
    ck_assert(gdbclient_interrupt(g, 10, NULL, NULL)); /* it is stopped */
    ck_assert(gdbclient_continue(g));
    ck_assert(!gdbclient_read(g, gdbclient_find(g, "pc"), v));
    ck_assert_str_eq(gdbclient_error(g), "QEMU is running");
    ck_assert(!gdbclient_wait(g, 20, &exited));
    ck_assert_str_eq(gdbclient_error(g), "no answer from the gdb stub for 20 ms");
    ck_assert(gdbclient_interrupt(g, 1000, NULL, NULL));
    ck_assert(gdbclient_detach(g));
    ck_assert(!gdbclient_step(g));
    gdbclient_free(g);
    finish(&s);
}
END_TEST

static void count(void *opaque)
{
    ++*(unsigned *)opaque;
}

/* A stub that stops at last, having said something; one that doesn't; one that ends. */
START_TEST(stops)
{
    static const struct answer breakpoint[] = {{"vCont;c", "!+$O61#b6$T05thread:01;#07"}, {NULL, NULL}};
    static const struct answer silent[] = {{"vCont;c", "!+"}, {"^C", "!"}, {NULL, NULL}};
    static const struct answer ends[] = {{"vCont;c", "W00"}, {NULL, NULL}};
    bool exited;
    unsigned drained = 0;
    struct stub s = start(breakpoint);
    struct gdbclient *g = open_client(&s);
    ck_assert(gdbclient_continue(g));
    ck_assert(gdbclient_wait(g, 2000, &exited));
    ck_assert(!exited);
    gdbclient_free(g);
    finish(&s);

    s = start(silent);
    g = open_client(&s);
    ck_assert(gdbclient_continue(g));
    ck_assert(!gdbclient_interrupt(g, 60, count, &drained));
    ck_assert_uint_ge(drained, 2);
    gdbclient_free(g);
    finish(&s);

    s = start(ends);
    g = open_client(&s);
    ck_assert(gdbclient_continue(g));
    ck_assert(gdbclient_wait(g, 2000, &exited));
    ck_assert(exited);
    gdbclient_free(g);
    finish(&s);
}
END_TEST

/* Answers that no stub should give: the call fails, and what follows, at once. */
START_TEST(bad_answers)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {NULL, "the gdb stub has closed the connection"},
        {"!", "no answer from the gdb stub for 100 ms"},
        {"!+$8877", "no answer from the gdb stub for 100 ms"},
        {"!+$8877665544332211#00", "the gdb stub sends a packet that can't be made out"},
        {"!+$8877665544332211#zz", "the gdb stub sends a packet that can't be made out"},
        {"88}", "the gdb stub sends a packet that can't be made out"},
        {"8*", "the gdb stub sends a packet that can't be made out"},
        {"8*\037", "the gdb stub sends a packet that can't be made out"},
        {"*!", "the gdb stub sends a packet that can't be made out"},
    };
    uint64_t v[2];
    for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct answer own[] = {{"p1", cases[n].text}, {"p0", "0000000000000000"}, {NULL, NULL}};
        struct stub s = start(own);
        struct gdbclient *g = open_client(&s);
        int64_t started = now_ms();
        ck_assert(!gdbclient_read(g, gdbclient_find(g, "pc"), v));
        ck_assert_str_eq(gdbclient_error(g), cases[n].error);
        ck_assert(!gdbclient_read(g, gdbclient_find(g, "x0"), v));
        ck_assert_int_lt(now_ms() - started, 5000);
        gdbclient_free(g);
        finish(&s);
    }
}
END_TEST

/* Answers of another length, or no digits: the call fails, and the next may succeed. */
START_TEST(wrong_answers)
{
    static const char *const texts[] = {"88776655443322",   "887766554433221100", "E01", "OK",
                                        "887766554433221g", "%$%$%$%$%$%$%$%$"};
    uint64_t v[2];
    for (unsigned n = 0; n < sizeof(texts) / sizeof(texts[0]); n++) {
        struct answer own[] = {{"p1", texts[n]}, {"p0", "0* 0* 0*\"00"}, {NULL, NULL}};
        struct stub s = start(own);
        struct gdbclient *g = open_client(&s);
        ck_assert(!gdbclient_read(g, gdbclient_find(g, "pc"), v));
        ck_assert_str_eq(gdbclient_error(g), "the gdb stub can't read pc");
        ck_assert_msg(gdbclient_read(g, gdbclient_find(g, "x0"), v), "%s", gdbclient_error(g));
        ck_assert_uint_eq(v[0], 0);
        gdbclient_free(g);
        finish(&s);
    }
}
END_TEST

START_TEST(bad_handshakes)
{
    static const char target[] = "qXfer:features:read:target.xml:0,ffb";
    static const struct answer cases[][2] = {
        {{"qSupported:swbreak+", NULL}, {"the gdb stub has closed the connection", NULL}},
        {{"qSupported:swbreak+", ""}, {"the gdb stub has no target description", NULL}},
        {{"?", "W00"}, {"the gdb stub has no stopped program", NULL}},
        {{target, ""}, {"the gdb stub has no target description", NULL}},
        {{target, "E00"}, {"the gdb stub has no target description", NULL}},
        {{target, "m"}, {"the gdb stub has no target description", NULL}},
        {{target, "l"}, {"the gdb stub's target description is empty", NULL}},
        {{target, "l<reg name=\"x0\" bitsize=\"64\""}, {"the gdb stub's target description is empty", NULL}},
        {{target, "l<reg name=\"x0\"/>"},
         {"the gdb stub's target description has a register that can't be made out", NULL}},
        {{target, "l<reg bitsize=\"64\"/>"},
         {"the gdb stub's target description has a register that can't be made out", NULL}},
        {{target, "l<reg name=\"x0\" bitsize=\"6x\"/>"},
         {"the gdb stub's target description has a register that can't be made out", NULL}},
        {{target, "l<reg name=\"x0\" bitsize=\"64\" regnum=\"99999999999\"/>"},
         {"the gdb stub's target description has a register that can't be made out", NULL}},
        {{target, "l<xi:include href=\"target.xml\"/>"},
         {"the gdb stub's target description includes too much", NULL}},
    };
    for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct answer own[] = {cases[n][0], {NULL, NULL}};
        char error[256] = "none";
        struct stub s = start(own);
        ck_assert_ptr_null(gdbclient_new(s.fd, error, sizeof(error)));
        ck_assert_str_eq(error, cases[n][1].packet);
        finish(&s);
    }
}
END_TEST

START_TEST(no_acks)
{
    static const struct answer own[] = {
        {"qSupported:swbreak+", "PacketSize=1000;QStartNoAckMode+;qXfer:features:read+"},
        {"QStartNoAckMode", "OK"},
        {"p0", "!$0100000000000000#01"},
        {NULL, NULL},
    };
    struct stub s = start(own);
    struct gdbclient *g = open_client(&s);
    uint64_t v[2];
    ck_assert_msg(gdbclient_read(g, gdbclient_find(g, "x0"), v), "%s", gdbclient_error(g));
    ck_assert_uint_eq(v[0], 1);
    gdbclient_free(g);
    finish(&s);
}
END_TEST

/* A packet without end is given up before it fills anything. */
START_TEST(endless_packet)
{
    static char junk[1 << 18];
    int fds[2];
    char error[256];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        memset(junk, 'x', sizeof(junk));
        junk[0] = '$';
        close(fds[0]);
        signal(SIGPIPE, SIG_IGN);
        _exit(write(fds[1], junk, sizeof(junk)) == 0);
    }
    close(fds[1]);
    ck_assert_ptr_null(gdbclient_new(fds[0], error, sizeof(error)));
    ck_assert_str_eq(error, "the gdb stub sends a packet without end");
    close(fds[0]);
    waitpid(pid, NULL, 0);
    gdbclient_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gdbclient");
    TCase *tc = tcase_create("gdbclient");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, description);
    tcase_add_test(tc, registers);
    tcase_add_test(tc, all_registers);
    tcase_add_test(tc, memory);
    tcase_add_test(tc, much_memory);
    tcase_add_test(tc, running);
    tcase_add_test(tc, stops);
    tcase_add_test(tc, bad_answers);
    tcase_add_test(tc, wrong_answers);
    tcase_add_test(tc, bad_handshakes);
    tcase_add_test(tc, no_acks);
    tcase_add_test(tc, endless_packet);
    suite_add_tcase(suite, tc);
    return suite_run(suite);
}
