/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU's log as records. The texts were written by QEMU 7.2.22 and 10.0.2; the numbers in them are those of a
 * program that gives each register a value of its own: Xn is 0xf0<n>...1<n>, Vn
 * 0xd0<n>...c<n>:0xb0<n>...a<n>.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "diff/qemulog.h"
#include "tests/unit/run.h"

#define TRACE_7 "Trace 0: 0x7f1ef4014bc0 [0000000000000000/0000000040200420/00000071/ff020201] \n"
#define TRACE_10 "Trace 0: 0x7f099c014bc0 [00000000/0000000040200420/00000471/ff022201] \n"
#define STOPPED "Stopped execution of TB chain before 0x7f099c014bc0 [0000000040200420] \n"
#define REWOUND "cpu_io_recompile: rewound execution of TB to 0000000040200420\n"
#define PSTATE "PSTATE=600003cd -ZC- EL3h  BTYPE=0"
#define FP "     FPCR=00c00000 FPSR=00000011"

#define NUMBERS                                                                                              \
    " PC=0000000040200420 X00=f000000000000100 X01=f001000000000101\n"                                       \
    "X02=f002000000000102 X03=f003000000000103 X04=f004000000000104\n"                                       \
    "X05=f005000000000105 X06=f006000000000106 X07=f007000000000107\n"                                       \
    "X08=f008000000000108 X09=f009000000000109 X10=f00a00000000010a\n"                                       \
    "X11=f00b00000000010b X12=f00c00000000010c X13=f00d00000000010d\n"                                       \
    "X14=f00e00000000010e X15=f00f00000000010f X16=f010000000000110\n"                                       \
    "X17=f011000000000111 X18=f012000000000112 X19=f013000000000113\n"                                       \
    "X20=f014000000000114 X21=f015000000000115 X22=f016000000000116\n"                                       \
    "X23=f017000000000117 X24=f018000000000118 X25=f019000000000119\n"                                       \
    "X26=f01a00000000011a X27=f01b00000000011b X28=f01c00000000011c\n"                                       \
    "X29=f01d00000000011d X30=f01e00000000011e  SP=f01e00000000011e\n"
#define VECTORS                                                                                              \
    "Q00=d000000000000c00:b000000000000a00 Q01=d001000000000c01:b001000000000a01\n"                          \
    "Q02=d002000000000c02:b002000000000a02 Q03=d003000000000c03:b003000000000a03\n"                          \
    "Q04=d004000000000c04:b004000000000a04 Q05=d005000000000c05:b005000000000a05\n"                          \
    "Q06=d006000000000c06:b006000000000a06 Q07=d007000000000c07:b007000000000a07\n"                          \
    "Q08=d008000000000c08:b008000000000a08 Q09=d009000000000c09:b009000000000a09\n"                          \
    "Q10=d00a000000000c0a:b00a000000000a0a Q11=d00b000000000c0b:b00b000000000a0b\n"                          \
    "Q12=d00c000000000c0c:b00c000000000a0c Q13=d00d000000000c0d:b00d000000000a0d\n"                          \
    "Q14=d00e000000000c0e:b00e000000000a0e Q15=d00f000000000c0f:b00f000000000a0f\n"                          \
    "Q16=d010000000000c10:b010000000000a10 Q17=d011000000000c11:b011000000000a11\n"                          \
    "Q18=d012000000000c12:b012000000000a12 Q19=d013000000000c13:b013000000000a13\n"                          \
    "Q20=d014000000000c14:b014000000000a14 Q21=d015000000000c15:b015000000000a15\n"                          \
    "Q22=d016000000000c16:b016000000000a16 Q23=d017000000000c17:b017000000000a17\n"                          \
    "Q24=d018000000000c18:b018000000000a18 Q25=d019000000000c19:b019000000000a19\n"                          \
    "Q26=d01a000000000c1a:b01a000000000a1a Q27=d01b000000000c1b:b01b000000000a1b\n"                          \
    "Q28=d01c000000000c1c:b01c000000000a1c Q29=d01d000000000c1d:b01d000000000a1d\n"                          \
    "Q30=d01e000000000c1e:b01e000000000a1e Q31=d01f000000000c1f:b01f000000000a1f\n"
#define CORE_7 TRACE_7 NUMBERS PSTATE "\n"

static const char abort_7[] = "Taking exception 4 [Data Abort] on CPU 0\n"
                              "...from EL1 to EL2\n"
                              "...with ESR 0x24/0x93190045\n"
                              "...with FAR 0x9000000\n"
                              "...with ELR 0x400000e4\n"
                              "...to EL2 PC 0x40200c00 PSTATE 0x3c9\n";
static const char abort_10[] = "Taking exception 4 [Data Abort] on CPU 0\n"
                               "...from EL1 to EL2\n"
                               "...with ESR 0x24/0x93190045\n"
                               "...with FAR 0x9000000\n"
                               "...with SPSR 0x3c5\n"
                               "...with ELR 0x400000e4\n"
                               "...to EL2 PC 0x40200c00 PSTATE 0x23c9\n";
static const char irq[] = "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40000078\n"
                          "Taking exception 14 [Virtual IRQ] on CPU 0\n"
                          "...from EL1 to EL1\n"
                          "...with ESR 0x1/0x7e00000\n"
                          "...with SPSR 0x345\n"
                          "...with ELR 0x40000078\n"
                          "...to EL1 PC 0x40000a80 PSTATE 0x23c5\n";
static const char psci[] = "Taking exception 13 [Secure Monitor Call] on CPU 0\n"
                           "...from EL2 to EL3\n"
                           "...with ESR 0x17/0x5e000000\n"
                           "...handled as PSCI call\n";

/* A log in a pipe: what is written to `to` is read by l. */
struct pipe_log {
    int from, to;
    struct qemulog *l;
};

static struct pipe_log open_log(void)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    struct pipe_log p = {fds[0], fds[1], qemulog_new(fds[0])};
    qemulog_set_timeout(p.l, 30);
    return p;
}

static void write_log(const struct pipe_log *p, const char *text, size_t n)
{
    ck_assert_int_eq(write(p->to, text, n), (ssize_t)n);
}

static void end_log(struct pipe_log *p)
{
    close(p->to);
    p->to = -1;
}

static void close_log(struct pipe_log *p)
{
    if (p->to >= 0)
        close(p->to);
    close(p->from);
    qemulog_free(p->l);
}

/* All records of a text, up to `max`; the last is QEMULOG_END if all is well, or the error is kept. */
static unsigned read_all(const char *text, size_t n, struct qemulog_record *r, unsigned max, char error[256])
{
    struct pipe_log p = open_log();
    unsigned count = 0;
    error[0] = 0;
    write_log(&p, text, n);
    end_log(&p);
    while (count < max) {
        if (!qemulog_next(p.l, &r[count])) {
            snprintf(error, 256, "%s", qemulog_error(p.l));
            ck_assert(!qemulog_timed_out(p.l));
            ck_assert(!qemulog_next(p.l, &r[count])); /* and it stays so */
            break;
        }
        if (r[count++].kind == QEMULOG_END)
            break;
    }
    close_log(&p);
    return count;
}

static struct qemulog_record r[64];
static char error[256];

static unsigned records_of(const char *text)
{
    return read_all(text, strlen(text), r, 64, error);
}

static void check_core(const struct qemulog_record *s)
{
    ck_assert_int_eq(s->kind, QEMULOG_STATE);
    ck_assert(s->has_core);
    ck_assert_uint_eq(s->pc, 0x40200420);
    for (uint64_t n = 0; n < 31; n++)
        ck_assert_uint_eq(s->x[n], 0xf000000000000100 + (n << 48) + n);
    ck_assert_uint_eq(s->sp, 0xf01e00000000011e);
    ck_assert_uint_eq(s->pstate, 0x600003cd);
    ck_assert_uint_eq(s->el, 3);
}

START_TEST(core)
{
    static const char *const texts[] = {TRACE_7 NUMBERS PSTATE "\n", TRACE_10 NUMBERS PSTATE "\n",
                                        NUMBERS PSTATE "\n", /* -d cpu alone */
                                        TRACE_10 NUMBERS PSTATE "    FPU disabled\n"};
    for (unsigned n = 0; n < 4; n++) {
        ck_assert_uint_eq(records_of(texts[n]), 2);
        check_core(&r[0]);
        ck_assert(!r[0].has_fp);
        ck_assert_int_eq(r[1].kind, QEMULOG_END);
    }
}
END_TEST

START_TEST(fp)
{
    ck_assert_uint_eq(records_of(TRACE_10 NUMBERS PSTATE FP "\n" VECTORS), 2);
    check_core(&r[0]);
    ck_assert(r[0].has_fp);
    for (uint64_t n = 0; n < 32; n++) {
        ck_assert_uint_eq(r[0].v[n][0], 0xb000000000000a00 + (n << 48) + n);
        ck_assert_uint_eq(r[0].v[n][1], 0xd000000000000c00 + (n << 48) + n);
    }
    ck_assert_uint_eq(r[0].fpcr, 0xc00000);
    ck_assert_uint_eq(r[0].fpsr, 0x11);
}
END_TEST

/* What else QEMU writes between PSTATE and the end of the line. */
START_TEST(pstate_lines)
{
    static const struct {
        const char *line;
        uint8_t el;
        bool fp;
    } lines[] = {
        {"PSTATE=000003c5 ---- NS EL1h  BTYPE=0    FPU disabled\n", 1, false},
        {"PSTATE=000003c0 ---- NS EL0t  BTYPE=0     FPCR=00000000 FPSR=00000000\n", 0, true},
        {"PSTATE=000003c0 ---- S EL0t  BTYPE=0     FPCR=00000000 FPSR=00000000\n", 0, true},
        {"PSTATE=400003c5 -Z-- EL1h  SVCR=00000000 --  BTYPE=0     FPCR=00c00000 FPSR=00000011\n", 1, true},
        {"PSTATE=400003c5 -Z-- EL1h  SVCR=00000000 --  BTYPE=0    FPU disabled\n", 1, false},
        {"PSTATE=400003c9 -Z-- EL2h     FPCR=00c00000 FPSR=00000011\n", 2, true}, /* cortex-a57 */
        {"PSTATE=400003c9 -Z-- EL2h\n", 2, false},
        {"PSTATE=400003c5 -Z-- EL1h  BTYPE=0 NV NV1 NV2\n", 1, false},
    };
    char text[8192];
    for (unsigned n = 0; n < sizeof(lines) / sizeof(lines[0]); n++) {
        snprintf(text, sizeof(text), "%s%s%s", NUMBERS, lines[n].line, lines[n].fp ? VECTORS : "");
        ck_assert_msg(records_of(text) == 2, "%s: %s", lines[n].line, error);
        ck_assert(r[0].has_core);
        ck_assert(r[0].has_fp == lines[n].fp);
        ck_assert_uint_eq(r[0].el, lines[n].el);
    }
}
END_TEST

/* The EL of a trace line, from its flags: lines that QEMU wrote where the registers told the EL. */
START_TEST(trace)
{
    static const struct {
        const char *line;
        uint64_t pc;
        uint8_t el;
    } lines[] = {
        {"Trace 0: 0x7f3c3c01cf40 [0000000000000000/0000000040200080/00000231/ff020201] \n", 0x40200080, 2},
        {"Trace 0: 0x7f3c3c035000 [0000000000004000/0000000040000a80/00000121/ff020201] \n", 0x40000a80, 1},
        {"Trace 0: 0x7fa95f000100 [00000000/0000000040200000/00000461/ff022201] \n", 0x40200000, 2},
        {"Trace 0: 0x7fdf9c002880 [00000000/0000000040200078/00000401/ff022201] \n", 0x40200078, 0},
        {"Trace 0: 0x7fdc60031340 [00004000/0000000040000a80/00001121/ff022201] main\n", 0x40000a80, 1},
        {TRACE_7, 0x40200420, 3},
        {TRACE_10, 0x40200420, 3},
    };
    for (unsigned n = 0; n < sizeof(lines) / sizeof(lines[0]); n++) {
        ck_assert_uint_eq(records_of(lines[n].line), 2);
        ck_assert_int_eq(r[0].kind, QEMULOG_STATE);
        ck_assert(!r[0].has_core && !r[0].has_fp);
        ck_assert_uint_eq(r[0].pc, lines[n].pc);
        ck_assert_uint_eq(r[0].el, lines[n].el);
    }
}
END_TEST

START_TEST(exceptions)
{
    char text[4096];
    for (unsigned n = 0; n < 2; n++) {
        ck_assert_uint_eq(records_of(n == 0 ? abort_7 : abort_10), 2);
        ck_assert_int_eq(r[0].kind, QEMULOG_EXCEPTION);
        ck_assert_int_eq(r[0].number, 4);
        ck_assert_str_eq(r[0].name, "Data Abort");
        ck_assert(!r[0].asynchronous && !r[0].handled && r[0].has_far);
        ck_assert_uint_eq(r[0].from_el, 1);
        ck_assert_uint_eq(r[0].to_el, 2);
        ck_assert_uint_eq(r[0].esr, 0x93190045);
        ck_assert_uint_eq(r[0].far, 0x9000000);
        ck_assert_uint_eq(r[0].elr, 0x400000e4);
    }
    snprintf(text, sizeof(text), "%s%s%s", TRACE_7, irq, psci);
    ck_assert_uint_eq(records_of(text), 4);
    ck_assert_str_eq(r[1].name, "Virtual IRQ");
    ck_assert(r[1].asynchronous && !r[1].has_far);
    ck_assert_uint_eq(r[1].to_el, 1);
    ck_assert_uint_eq(r[1].elr, 0x40000078);
    ck_assert(r[2].handled && !r[2].asynchronous);
    ck_assert_uint_eq(r[2].esr, 0x5e000000);
}
END_TEST

/* QEMU's numbers (EXCP_...): IRQ, FIQ, VIRQ, VFIQ, VSERR, NMI, VINMI and VFNMI are asynchronous. */
START_TEST(asynchronous)
{
    for (int n = 1; n < 40; n++) {
        char text[256];
        bool expected = n == 5 || n == 6 || n == 14 || n == 15 || n == 24 || n == 26 || n == 27 || n == 28;
        snprintf(text, sizeof(text),
                 "Taking exception %d [x] on CPU 0\n...from EL1 to EL1\n...handled as PSCI call\n", n);
        ck_assert_uint_eq(records_of(text), 2);
        ck_assert_int_eq(r[0].number, n);
        ck_assert(r[0].asynchronous == expected);
    }
}
END_TEST

START_TEST(undone)
{
    ck_assert_uint_eq(records_of(TRACE_10 STOPPED TRACE_10), 4);
    ck_assert_int_eq(r[1].kind, QEMULOG_UNDONE);
    ck_assert_int_eq(r[2].kind, QEMULOG_STATE);
    ck_assert_uint_eq(records_of(CORE_7 REWOUND CORE_7), 4);
    ck_assert_int_eq(r[1].kind, QEMULOG_UNDONE);
    check_core(&r[2]);
    /* of another instruction than the last */
    records_of("Trace 0: 0x7fdf9c002880 [00000000/0000000040200078/00000401/ff022201] \n" STOPPED);
    ck_assert_str_eq(error,
                     "QEMU's log: another PC than the line before: \"Stopped execution of TB chain before "
                     "0x7f099c014bc0 [0000000040200420] \"");
}
END_TEST

/* A record is there as soon as its text is: QEMU may wait for us before it goes on. */
START_TEST(no_reading_ahead)
{
    static const struct {
        const char *text;
        unsigned n;
    } parts[] = {
        {CORE_7, 1}, {STOPPED, 1}, {CORE_7 REWOUND, 2}, {TRACE_10 NUMBERS PSTATE FP "\n" VECTORS, 1},
        {NULL, 1}, /* abort_10 */
    };
    struct pipe_log p = open_log();
    struct qemulog_record s;
    for (unsigned n = 0; n < 5; n++) {
        const char *text = parts[n].text != NULL ? parts[n].text : abort_10;
        write_log(&p, text, strlen(text));
        for (unsigned i = 0; i < parts[n].n; i++)
            ck_assert_msg(qemulog_next(p.l, &s), "part %u: %s", n, qemulog_error(p.l));
        ck_assert(!qemulog_next(p.l, &s));
        ck_assert(qemulog_timed_out(p.l));
        ck_assert_str_eq(qemulog_error(p.l), "QEMU has logged nothing for 0.03 s");
    }
    close_log(&p);
}
END_TEST

/* In the lesser detail, too, once that is known: at the first line by silence. */
START_TEST(no_reading_ahead_pc)
{
    struct pipe_log p = open_log();
    struct qemulog_record s;
    for (unsigned n = 0; n < 20; n++) {
        int64_t start = now_ms();
        write_log(&p, TRACE_10, strlen(TRACE_10));
        ck_assert(qemulog_next(p.l, &s));
        ck_assert(s.kind == QEMULOG_STATE && !s.has_core);
        ck_assert(n == 0 || now_ms() - start < 900);
    }
    close_log(&p);
}
END_TEST

/* The detail changes between any two lines that QEMU writes; no instruction is lost or told twice. */
START_TEST(detail_changes)
{
    ck_assert_uint_eq(records_of(CORE_7 TRACE_7 TRACE_7 CORE_7 CORE_7), 6);
    ck_assert(r[0].has_core && !r[1].has_core && !r[2].has_core);
    /* the third of them looked like the second until its block came, which is dropped */
    ck_assert(!r[3].has_core);
    check_core(&r[4]);
    ck_assert_int_eq(r[5].kind, QEMULOG_END);
    /* -d cpu is switched off between an instruction's two texts, and an interrupt comes */
    ck_assert_uint_eq(records_of(CORE_7 TRACE_7 STOPPED TRACE_7), 5);
    ck_assert_int_eq(r[1].kind, QEMULOG_STATE);
    ck_assert_int_eq(r[2].kind, QEMULOG_UNDONE);
    ck_assert_int_eq(r[3].kind, QEMULOG_STATE);
    /* a block after something else than its trace line is a record of its own */
    ck_assert_uint_eq(records_of(CORE_7 TRACE_7 TRACE_7 STOPPED NUMBERS PSTATE "\n"), 6);
    check_core(&r[4]);
}
END_TEST

/* Whatever isn't understood ends the log with a word and the line. */
START_TEST(errors)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"hello\n", "QEMU's log: not understood: \"hello\""},
        {"\n", "QEMU's log: not understood: \"\""},
        {"\001\xff\n", "QEMU's log: not understood: \"??\""},
        {"R00=00000000\n", "QEMU's log: AArch32 state: \"R00=00000000\""},
        {"Trace 1: 0x7 [0/0/1/0] \n", "QEMU's log: more than one CPU: \"Trace 1: 0x7 [0/0/1/0] \""},
        {"Taking exception 5 [IRQ] on CPU 1\n",
         "QEMU's log: more than one CPU: \"Taking exception 5 [IRQ] on CPU 1\""},
        {"Trace 0: 0x7 [0/0/0/0] \n",
         "QEMU's log: not at an AArch64 EL (or a QEMU of another version): \"Trace 0: 0x7 [0/0/0/0] \""},
        {"Trace 0: 0x7 [0/0/81/0] \n",
         "QEMU's log: not at an AArch64 EL (or a QEMU of another version): \"Trace 0: 0x7 [0/0/81/0] \""},
        {"Trace 0: 0x [0/0/1/0] \n", "QEMU's log: not understood: \"Trace 0: 0x [0/0/1/0] \""},
        {"Trace 0: 0x0 [0/00000000000000000/1/0] \n",
         "QEMU's log: not understood: \"Trace 0: 0x0 [0/00000000000000000/1/0] \""},
        {"Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40000078\n" TRACE_7,
         "QEMU's log: not at the EL that was entered (a QEMU of another version?): \"Trace 0: 0x7f1ef4014bc0 "
         "[0000000000000000/0000000040200420/00000071/ff020201] \""},
        {"Taking exception 5 [IRQ] on CPU 0\n...from EL1 to EL1\n...with ESR 0x0/0x0\n...with ELR 0x0\n"
         "...to EL1 PC 0x40200420 PSTATE 0x3c5\n" TRACE_7,
         "QEMU's log: not at the EL that was entered (a QEMU of another version?): \"Trace 0: 0x7f1ef4014bc0 "
         "[0000000000000000/0000000040200420/00000071/ff020201] \""},
        {"Exception return from AArch64 EL2 to AArch32 EL0 PC 0x4\n",
         "QEMU's log: not understood: \"Exception return from AArch64 EL2 to AArch32 EL0 PC 0x4\""},
        {TRACE_7 " PC=0000000040200424 X00=0000000000000000\n",
         "QEMU's log: another PC than the line before: \" PC=0000000040200424 X00=0000000000000000\""},
        {" PC=0000000040200424 X01=0000000000000000\n",
         "QEMU's log: not understood: \" PC=0000000040200424 X01=0000000000000000\""},
        {" PC=000000004020042 X00=0000000000000000\n",
         "QEMU's log: not understood: \" PC=000000004020042 X00=0000000000000000\""},
        {" PC=0000000040200424\nPSTATE=600003cd -ZC- EL3h\n",
         "QEMU's log: not understood: \"PSTATE=600003cd -ZC- EL3h\""},
        {NUMBERS "X31=0000000000000000\n", "QEMU's log: not understood: \"X31=0000000000000000\""},
        {NUMBERS "PSTATE=600003cd -ZC- EL4h\n", "QEMU's log: not understood: \"PSTATE=600003cd -ZC- EL4h\""},
        {NUMBERS PSTATE FP "\nP00=0000\n",
         "QEMU's log: no Q registers (with SVE they aren't logged): \"P00=0000\""},
        {NUMBERS PSTATE FP "\nQ01=0000000000000000:0000000000000000\n",
         "QEMU's log: no Q registers (with SVE they aren't logged): "
         "\"Q01=0000000000000000:0000000000000000\""},
        {"Taking exception 5 [IRQ] on CPU 0\nTrace\n", "QEMU's log: not understood: \"Trace\""},
        {"Taking exception 5 [IRQ] on CPU 0\n...from EL1 to EL7\n",
         "QEMU's log: not understood: \"...from EL1 to EL7\""},
        {"Taking exception 5 [IRQ] on CPU 0\n...from EL1 to EL1\n...to EL1 PC 0x1 PSTATE 0x2\n",
         "QEMU's log: not understood: \"...to EL1 PC 0x1 PSTATE 0x2\""},
    };
    for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        records_of(cases[n].text);
        ck_assert_str_eq(error, cases[n].error);
    }
}
END_TEST

START_TEST(long_line)
{
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = 0;
    ck_assert_uint_eq(records_of(text), 0);
    ck_assert_str_eq(error, "QEMU's log has a line of more than 1024 characters");
    text[1500] = '\n';
    ck_assert_uint_eq(records_of(text), 0);
    ck_assert_str_eq(error, "QEMU's log has a line of more than 1024 characters");
}
END_TEST

/* Does a line end at text[n]? */
static bool at_line(const char *text, size_t n)
{
    return n == 0 || text[n - 1] == '\n';
}

/* A log that is cut off anywhere gives the records that are complete, and an error if one isn't. */
START_TEST(truncated)
{
    static struct qemulog_record whole[64];
    static char text[16384];
    char why[256];
    snprintf(text, sizeof(text), "%s%s%s%s", TRACE_10 NUMBERS PSTATE FP "\n" VECTORS CORE_7 STOPPED, psci,
             irq, TRACE_7);
    /* the interrupt goes to EL1, where the last trace line must be */
    char *flags = strstr(strstr(text, "PSTATE 0x23c5"), "00000071");
    memcpy(flags, "00000021", 8);
    unsigned n_whole = read_all(text, strlen(text), whole, 64, why);
    ck_assert_msg(n_whole == 7, "%u %s", n_whole, why);
    for (size_t n = 0; n < strlen(text); n++) {
        unsigned count = read_all(text, n, r, 64, error);
        bool ended = count != 0 && r[count - 1].kind == QEMULOG_END;
        ck_assert_msg(ended == (error[0] == 0), "at %zu", n);
        ck_assert_msg(ended ? at_line(text, n)
                            : strcmp(error, "QEMU's log ends in the middle of a record") == 0,
                      "at %zu: %s", n, error);
        for (unsigned i = 0; i < count - ended; i++) {
            ck_assert_int_eq(r[i].kind, whole[i].kind);
            ck_assert_uint_eq(r[i].pc, whole[i].pc);
            ck_assert(r[i].has_core == whole[i].has_core || at_line(text, n));
        }
    }
}
END_TEST

/* A byte that is another one: never a crash, and never more records. */
START_TEST(damaged)
{
    static char text[16384];
    snprintf(text, sizeof(text), "%s%s%s", TRACE_10 NUMBERS PSTATE FP "\n" VECTORS CORE_7 STOPPED, abort_10,
             psci);
    size_t length = strlen(text);
    for (size_t n = 0; n < length; n++) {
        static const char others[] = "\n 0X:.[\xff";
        for (unsigned i = 0; i < sizeof(others); i++) { /* the 0, too */
            char was = text[n];
            text[n] = others[i];
            ck_assert_uint_le(read_all(text, length, r, 64, error), 7);
            text[n] = was;
        }
    }
}
END_TEST

/* What is drained isn't lost, however much it is. */
START_TEST(drain)
{
    enum { COUNT = 3000 };
    struct pipe_log p = open_log();
    int status;
    pid_t child = fork();
    if (child == 0) {
        for (unsigned n = 0; n < COUNT; n++) {
            if (write(p.to, CORE_7, strlen(CORE_7)) != (ssize_t)strlen(CORE_7))
                _exit(1);
        }
        _exit(0);
    }
    end_log(&p);
    int64_t end = now_ms() + 20000;
    while (waitpid(child, &status, WNOHANG) == 0 && now_ms() < end) {
        qemulog_drain(p.l);
        usleep(1000);
    }
    for (unsigned n = 0; n < COUNT; n++) {
        ck_assert(qemulog_next(p.l, &r[0]));
        check_core(&r[0]);
    }
    ck_assert(qemulog_next(p.l, &r[0]));
    ck_assert_int_eq(r[0].kind, QEMULOG_END);
    close_log(&p);
}
END_TEST

START_TEST(no_file)
{
    struct qemulog *l = qemulog_new(-1);
    qemulog_set_timeout(l, 10);
    ck_assert(!qemulog_next(l, &r[0]));
    ck_assert(qemulog_timed_out(l));
    qemulog_free(l);
    qemulog_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("qemulog");
    TCase *tc = tcase_create("qemulog");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, core);
    tcase_add_test(tc, fp);
    tcase_add_test(tc, pstate_lines);
    tcase_add_test(tc, trace);
    tcase_add_test(tc, exceptions);
    tcase_add_test(tc, asynchronous);
    tcase_add_test(tc, undone);
    tcase_add_test(tc, no_reading_ahead);
    tcase_add_test(tc, no_reading_ahead_pc);
    tcase_add_test(tc, detail_changes);
    tcase_add_test(tc, errors);
    tcase_add_test(tc, long_line);
    tcase_add_test(tc, truncated);
    tcase_add_test(tc, damaged);
    tcase_add_test(tc, drain);
    tcase_add_test(tc, no_file);
    suite_add_tcase(suite, tc);
    return suite_run(suite);
}
