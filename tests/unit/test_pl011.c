/* SPDX-License-Identifier: BSD-2-Clause
 *
 * PL011 and PL031 against their manuals (DDI 0183, DDI 0224): register values after reset, FIFO levels, which
 * interrupt is raised and cleared when.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dev/pl011.h"
#include "dev/pl031.h"
#include "tests/unit/run.h"

enum { DR = 0, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30, IFLS = 0x34, IMSC = 0x38 };
enum { RIS = 0x3c, MIS = 0x40, ICR = 0x44 };
enum { RXFE = 1 << 4, RXFF = 1 << 6, TXFE = 1 << 7 };
enum { INT_RX = 1 << 4, INT_TX = 1 << 5, INT_RT = 1 << 6, INT_OE = 1 << 10 };

struct fixture {
    struct event_queue q;
    uint64_t now;
    int level;
    char out[64];
    size_t out_len;
    struct pl011 *u;
};

static uint64_t fake_now(void *clock)
{
    return ((struct fixture *)clock)->now;
}

static void no_reschedule(void *clock, uint64_t earliest)
{
    (void)clock;
    (void)earliest;
}

static void line(void *opaque, int n, int level)
{
    (void)n;
    ((struct fixture *)opaque)->level = level;
}

static void output(void *opaque, uint8_t byte)
{
    struct fixture *f = opaque;
    if (f->out_len < sizeof(f->out))
        f->out[f->out_len++] = (char)byte;
}

static void start_queue(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    event_queue_init(&f->q);
    f->q.now = fake_now;
    f->q.rescheduled = no_reschedule;
    f->q.clock = f;
}

static void start(struct fixture *f)
{
    start_queue(f);
    const struct pl011_config cfg = {.events = &f->q, .irq = {line, f, 0}, .output = output, .opaque = f};
    f->u = pl011_create(&cfg);
}

static void stop(struct fixture *f)
{
    pl011_destroy(f->u);
    event_queue_destroy(&f->q);
}

static uint32_t rd(struct fixture *f, uint64_t reg)
{
    uint64_t v;
    ck_assert(pl011_ops.read(f->u, reg, 4, &v));
    return (uint32_t)v;
}

static void wr(struct fixture *f, uint64_t reg, uint32_t v)
{
    ck_assert(pl011_ops.write(f->u, reg, 4, v));
}

static void pass(struct fixture *f, uint64_t ns)
{
    f->now += ns;
    event_run_due(&f->q, f->now);
}

START_TEST(reset_values)
{
    static const uint8_t id[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(rd(&f, CR), 0x300);
    ck_assert_uint_eq(rd(&f, IFLS), 0x12);
    ck_assert_uint_eq(rd(&f, FR) & (RXFE | RXFF | TXFE), RXFE | TXFE);
    ck_assert_uint_eq(rd(&f, IMSC), 0);
    ck_assert_uint_eq(rd(&f, RIS), 0);
    for (unsigned n = 0; n < 8; n++)
        ck_assert_uint_eq(rd(&f, 0xfe0 + 4 * n), id[n]);
    ck_assert_uint_eq(rd(&f, 0x800), 0);
    stop(&f);
}
END_TEST

START_TEST(transmit)
{
    struct fixture f;
    start(&f);
    wr(&f, IMSC, INT_TX);
    ck_assert_int_eq(f.level, 0);
    wr(&f, DR, 'o');
    wr(&f, DR, 'k');
    ck_assert_uint_eq(f.out_len, 2);
    ck_assert_mem_eq(f.out, "ok", 2);
    ck_assert_uint_eq(rd(&f, MIS), INT_TX);
    ck_assert_int_eq(f.level, 1);
    wr(&f, ICR, INT_TX);
    ck_assert_int_eq(f.level, 0);
    ck_assert_uint_eq(rd(&f, FR) & TXFE, TXFE);
    stop(&f);
}
END_TEST

START_TEST(receive_trigger)
{
    struct fixture f;
    start(&f);
    wr(&f, LCR_H, 0x70);
    wr(&f, CR, 0x301);
    wr(&f, IMSC, INT_RX);
    ck_assert_uint_eq(pl011_room(f.u), 16);
    /* Half full, the reset value of RXIFLSEL, is 8 of 16. */
    for (unsigned n = 0; n < 7; n++)
        pl011_receive(f.u, (uint8_t)n);
    ck_assert_int_eq(f.level, 0);
    pl011_receive(f.u, 7);
    ck_assert_int_eq(f.level, 1);
    ck_assert_uint_eq(rd(&f, DR), 0);
    ck_assert_int_eq(f.level, 0);
    for (unsigned n = 1; n < 8; n++)
        ck_assert_uint_eq(rd(&f, DR), n);
    ck_assert_uint_eq(rd(&f, FR) & RXFE, RXFE);
    stop(&f);
}
END_TEST

START_TEST(receive_timeout)
{
    struct fixture f;
    start(&f);
    wr(&f, LCR_H, 0x70);
    wr(&f, CR, 0x301);
    wr(&f, IBRD, 13);
    wr(&f, FBRD, 1);
    wr(&f, IMSC, INT_RT);
    pl011_receive(f.u, 'a');
    /* 32 bits at 115200 baud are 277.7 us. */
    pass(&f, 277000);
    ck_assert_int_eq(f.level, 0);
    pass(&f, 1000);
    ck_assert_int_eq(f.level, 1);
    ck_assert_uint_eq(rd(&f, DR), 'a');
    ck_assert_int_eq(f.level, 0);
    /* A second character starts the period again. */
    pl011_receive(f.u, 'b');
    pass(&f, 200000);
    pl011_receive(f.u, 'c');
    pass(&f, 200000);
    ck_assert_int_eq(f.level, 0);
    pass(&f, 100000);
    ck_assert_int_eq(f.level, 1);
    stop(&f);
}
END_TEST

START_TEST(overrun)
{
    struct fixture f;
    start(&f);
    wr(&f, CR, 0x301); /* FIFOs off: one character */
    pl011_receive(f.u, 'a');
    ck_assert_uint_eq(rd(&f, FR) & RXFF, RXFF);
    ck_assert_uint_eq(rd(&f, RIS) & INT_RX, INT_RX);
    ck_assert_uint_eq(pl011_room(f.u), 0);
    pl011_receive(f.u, 'b');
    ck_assert_uint_eq(rd(&f, RIS) & INT_OE, INT_OE);
    ck_assert_uint_eq(rd(&f, DR), 'a' | 1 << 11);
    ck_assert_uint_eq(rd(&f, 4), 8);
    wr(&f, 4, 0);
    ck_assert_uint_eq(rd(&f, 4), 0);
    stop(&f);
}
END_TEST

START_TEST(loopback_and_enable)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(pl011_room(f.u), 0); /* nobody looked at the UART yet */
    (void)rd(&f, FR);
    ck_assert_uint_eq(pl011_room(f.u), 1); /* somebody polls, UARTCR never written */
    wr(&f, CR, 0x380 | 1);
    ck_assert_uint_eq(pl011_room(f.u), 0);
    wr(&f, DR, 'x');
    ck_assert_uint_eq(f.out_len, 0);
    ck_assert_uint_eq(rd(&f, DR), 'x');
    wr(&f, CR, 0);
    ck_assert_uint_eq(pl011_room(f.u), 0);
    stop(&f);
}
END_TEST

START_TEST(every_access_is_harmless)
{
    struct fixture f;
    start(&f);
    for (uint64_t reg = 0; reg < 0x1000; reg++) {
        for (unsigned size = 1; size <= 8; size *= 2) {
            uint64_t v;
            ck_assert(pl011_ops.write(f.u, reg, size, UINT64_MAX));
            ck_assert(pl011_ops.read(f.u, reg, size, &v));
        }
    }
    pl011_reset(f.u);
    ck_assert_uint_eq(rd(&f, CR), 0x300);
    stop(&f);
}
END_TEST

/* ---- PL031 ---- */

static uint32_t rtc_rd(struct pl031 *r, uint64_t reg)
{
    uint64_t v;
    ck_assert(pl031_ops.read(r, reg, 4, &v));
    return (uint32_t)v;
}

START_TEST(rtc_counts_and_matches)
{
    struct fixture f;
    start_queue(&f);
    struct pl031 *r = pl031_create(&f.q, (struct irq_line){line, &f, 0}, 1000);
    ck_assert_uint_eq(rtc_rd(r, 0), 1000);
    pass(&f, 2500000000u);
    ck_assert_uint_eq(rtc_rd(r, 0), 1002);
    pl031_ops.write(r, 4, 4, 1004); /* RTCMR */
    pl031_ops.write(r, 0x10, 4, 1); /* RTCIMSC */
    pass(&f, 1400000000u);
    ck_assert_int_eq(f.level, 0);
    pass(&f, 200000000u);
    ck_assert_int_eq(f.level, 1);
    ck_assert_uint_eq(rtc_rd(r, 0), 1004);
    ck_assert_uint_eq(rtc_rd(r, 0x18), 1);
    pl031_ops.write(r, 0x1c, 4, 1); /* RTCICR */
    ck_assert_int_eq(f.level, 0);
    pl031_ops.write(r, 8, 4, 5000); /* RTCLR */
    ck_assert_uint_eq(rtc_rd(r, 0), 5000);
    pl031_reset(r);
    ck_assert_uint_eq(rtc_rd(r, 0), 5000); /* runs on battery */
    ck_assert_uint_eq(rtc_rd(r, 0xfe0), 0x31);
    pl031_destroy(r);
    event_queue_destroy(&f.q);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pl011");
    TCase *t = tcase_create("registers");
    tcase_add_test(t, reset_values);
    tcase_add_test(t, transmit);
    tcase_add_test(t, receive_trigger);
    tcase_add_test(t, receive_timeout);
    tcase_add_test(t, overrun);
    tcase_add_test(t, loopback_and_enable);
    tcase_add_test(t, every_access_is_harmless);
    tcase_add_test(t, rtc_counts_and_matches);
    suite_add_tcase(s, t);
    return suite_run(s);
}
