/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The PrimeCell UART PL011, revision 1 with 16-entry FIFOs. Arm DDI 0183 chapter 3 (registers) and 2.8
 * (interrupts).
 *
 * The transmitter is infinitely fast: its FIFO is always empty. The receiver keeps real time only where
 * software can see it, in the receive timeout interrupt. Characters are sent even while the UART is disabled,
 * because firmware-less bare-metal programs rely on that with other simulators; nothing is received then.
 */
#include "dev/pl011.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

enum reg {
    DR = 0x00,
    RSR_ECR = 0x04,
    FR = 0x18,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    PERIPH_ID0 = 0xfe0,
};

enum fr_bit { FR_RXFE = 1 << 4, FR_RXFF = 1 << 6, FR_TXFE = 1 << 7 };
enum lcr_bit { LCR_FEN = 1 << 4 };
enum cr_bit { CR_UARTEN = 1 << 0, CR_LBE = 1 << 7, CR_TXE = 1 << 8, CR_RXE = 1 << 9 };
enum int_bit { INT_RX = 1 << 4, INT_TX = 1 << 5, INT_RT = 1 << 6, INT_OE = 1 << 10, INT_ALL = 0x7ff };

#define FIFO_SIZE 16
#define DATA_OE (1u << 11)
#define UARTCLK_MHZ 24
/* 115200 baud at 24 MHz, in 1/64: what the timeout uses while the guest has not set a rate. */
#define DEFAULT_DIVISOR (13 * 64 + 1)

/* UARTPeriphID0-3 and UARTPCellID0-3. */
static const uint8_t id_bytes[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

struct pl011 {
    struct pl011_config cfg;
    struct event timeout;
    uint64_t timeout_at; /* of the event, EVENT_NEVER while it is off: state */
    uint32_t rsr, ilpr, ibrd, fbrd, lcr, cr, ifls, imsc, ris, dmacr;
    uint16_t fifo[FIFO_SIZE]; /* data and error bits as DR shows them */
    uint32_t fifo_head, fifo_count;
    bool cr_written, polled;
};

static unsigned depth(const struct pl011 *u)
{
    return u->lcr & LCR_FEN ? FIFO_SIZE : 1;
}

/* UARTIFLS.RXIFLSEL: 1/8, 1/4, 1/2, 3/4, 7/8 full; without FIFOs one character. */
static unsigned rx_trigger(const struct pl011 *u)
{
    static const uint8_t level[8] = {2, 4, 8, 12, 14, 14, 14, 14};
    return u->lcr & LCR_FEN ? level[bits(u->ifls, 5, 3)] : 1;
}

static void update_irq(struct pl011 *u)
{
    irq_set(&u->cfg.irq, (u->ris & u->imsc) != 0);
}

/* 32 bit periods: 32 * 16 * divisor / UARTCLK. */
static uint64_t timeout_ns(const struct pl011 *u)
{
    uint64_t divisor = u->ibrd * 64 + u->fbrd;
    if (u->ibrd == 0)
        divisor = DEFAULT_DIVISOR;
    return 32 * 16 * divisor * 1000 / (64 * UARTCLK_MHZ);
}

static void arm_timeout(struct pl011 *u)
{
    if (u->fifo_count == 0 || (u->ris & INT_RT)) {
        event_cancel(u->cfg.events, &u->timeout);
        u->timeout_at = EVENT_NEVER;
        return;
    }
    u->timeout_at = event_now(u->cfg.events) + timeout_ns(u);
    event_schedule(u->cfg.events, &u->timeout, u->timeout_at);
}

static void timed_out(void *opaque, uint64_t now)
{
    struct pl011 *u = opaque;
    (void)now;
    u->timeout_at = EVENT_NEVER;
    if (u->fifo_count != 0) {
        u->ris |= INT_RT;
        update_irq(u);
    }
}

static void enter_fifo(struct pl011 *u, uint8_t byte)
{
    if (u->fifo_count >= depth(u)) {
        /* The character is lost and the one before it carries the mark. */
        u->fifo[(u->fifo_head + u->fifo_count - 1) % FIFO_SIZE] |= DATA_OE;
        u->ris |= INT_OE;
    } else {
        u->fifo[(u->fifo_head + u->fifo_count) % FIFO_SIZE] = byte;
        u->fifo_count++;
        if (u->fifo_count == rx_trigger(u))
            u->ris |= INT_RX;
    }
    arm_timeout(u);
    update_irq(u);
}

void pl011_receive(struct pl011 *u, uint8_t byte)
{
    enter_fifo(u, byte);
}

unsigned pl011_room(const struct pl011 *u)
{
    bool enabled = (u->cr & (CR_UARTEN | CR_RXE)) == (CR_UARTEN | CR_RXE);
    /* A program that never touches UARTCR but looks at the UART gets its characters too. */
    bool unprogrammed = !u->cr_written && u->polled;
    if ((!enabled && !unprogrammed) || (u->cr & CR_LBE) || u->fifo_count >= depth(u))
        return 0;
    return depth(u) - u->fifo_count;
}

static uint32_t read_data(struct pl011 *u)
{
    u->polled = true;
    if (u->fifo_count == 0)
        return 0;
    uint32_t v = u->fifo[u->fifo_head];
    u->fifo_head = (u->fifo_head + 1) % FIFO_SIZE;
    u->fifo_count--;
    u->rsr = bits(v, 11, 8);
    if (u->fifo_count < rx_trigger(u))
        u->ris &= ~(uint32_t)INT_RX;
    if (u->fifo_count == 0) {
        u->ris &= ~(uint32_t)INT_RT;
        arm_timeout(u);
    }
    update_irq(u);
    return v;
}

static uint32_t read_flags(struct pl011 *u)
{
    uint32_t v = FR_TXFE;
    u->polled = true;
    if (u->fifo_count == 0)
        v |= FR_RXFE;
    if (u->fifo_count >= depth(u))
        v |= FR_RXFF;
    return v;
}

static uint32_t read_reg(struct pl011 *u, uint64_t offset)
{
    if (offset >= PERIPH_ID0)
        return id_bytes[(offset - PERIPH_ID0) / 4];
    switch (offset) {
    case DR:
        return read_data(u);
    case RSR_ECR:
        return u->rsr;
    case FR:
        return read_flags(u);
    case ILPR:
        return u->ilpr;
    case IBRD:
        return u->ibrd;
    case FBRD:
        return u->fbrd;
    case LCR_H:
        return u->lcr;
    case CR:
        return u->cr;
    case IFLS:
        return u->ifls;
    case IMSC:
        return u->imsc;
    case RIS:
        return u->ris;
    case MIS:
        return u->ris & u->imsc;
    case DMACR:
        return u->dmacr;
    default:
        return 0;
    }
}

static void send(struct pl011 *u, uint8_t byte)
{
    if (u->cr & CR_LBE)
        enter_fifo(u, byte);
    else if (u->cfg.output != NULL)
        u->cfg.output(u->cfg.opaque, byte);
    /* Filled and drained below its trigger at once. */
    u->ris |= INT_TX;
    update_irq(u);
}

static void write_line_control(struct pl011 *u, uint32_t v)
{
    if ((u->lcr ^ v) & LCR_FEN) {
        /* Switching the FIFOs flushes them. */
        u->fifo_head = u->fifo_count = 0;
        u->ris &= ~(uint32_t)(INT_RX | INT_RT);
        arm_timeout(u);
    }
    u->lcr = v & 0xff;
}

static void write_reg(struct pl011 *u, uint64_t offset, uint32_t v)
{
    switch (offset) {
    case DR:
        send(u, (uint8_t)v);
        return;
    case RSR_ECR:
        u->rsr = 0;
        break;
    case ILPR:
        u->ilpr = v & 0xff;
        break;
    case IBRD:
        u->ibrd = v & 0xffff;
        break;
    case FBRD:
        u->fbrd = v & 0x3f;
        break;
    case LCR_H:
        write_line_control(u, v);
        break;
    case CR:
        u->cr = v & 0xff87;
        u->cr_written = true;
        break;
    case IFLS:
        u->ifls = v & 0x3f;
        break;
    case IMSC:
        u->imsc = v & INT_ALL;
        break;
    case ICR:
        u->ris &= ~v;
        arm_timeout(u);
        break;
    case DMACR:
        /* There is no DMA controller on this board to be asked. */
        u->dmacr = v & 7;
        break;
    default:
        break;
    }
    update_irq(u);
}

static bool mmio_read(void *opaque, uint64_t offset, unsigned size, uint64_t *value)
{
    /* A narrow access of an odd byte sees that byte of the register. */
    uint32_t v = read_reg(opaque, offset & ~UINT64_C(3));
    *value = (v >> (8 * (offset & 3))) & ones(8 * size);
    return true;
}

static bool mmio_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
    (void)size;
    if ((offset & 3) == 0)
        write_reg(opaque, offset, (uint32_t)(value & ones(8 * size)));
    return true;
}

const struct mmio_ops pl011_ops = {.read = mmio_read, .write = mmio_write};

void pl011_reset(struct pl011 *u)
{
    event_cancel(u->cfg.events, &u->timeout);
    u->timeout_at = EVENT_NEVER;
    u->rsr = u->ilpr = u->ibrd = u->fbrd = u->lcr = u->imsc = u->ris = u->dmacr = 0;
    u->cr = CR_TXE | CR_RXE;
    u->ifls = 0x12;
    u->fifo_head = u->fifo_count = 0;
    memset(u->fifo, 0, sizeof(u->fifo));
    u->cr_written = u->polled = false;
    update_irq(u);
}

struct pl011 *pl011_create(const struct pl011_config *cfg)
{
    struct pl011 *u = xcalloc(1, sizeof(*u));
    u->cfg = *cfg;
    event_init(&u->timeout, "pl011 receive timeout", 0, timed_out, u);
    pl011_reset(u);
    return u;
}

void pl011_destroy(struct pl011 *u)
{
    event_cancel(u->cfg.events, &u->timeout);
    free(u);
}

void pl011_visit(struct pl011 *u, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, u, timeout_at);
    VISIT(fn, ctx, u, rsr);
    VISIT(fn, ctx, u, ilpr);
    VISIT(fn, ctx, u, ibrd);
    VISIT(fn, ctx, u, fbrd);
    VISIT(fn, ctx, u, lcr);
    VISIT(fn, ctx, u, cr);
    VISIT(fn, ctx, u, ifls);
    VISIT(fn, ctx, u, imsc);
    VISIT(fn, ctx, u, ris);
    VISIT(fn, ctx, u, dmacr);
    VISIT(fn, ctx, u, fifo);
    VISIT_UPTO(fn, ctx, u, fifo_head, FIFO_SIZE - 1);
    VISIT_UPTO(fn, ctx, u, fifo_count, FIFO_SIZE);
    VISIT(fn, ctx, u, cr_written);
    VISIT(fn, ctx, u, polled);
}

void pl011_events(struct pl011 *u, event_fn *fn, void *ctx)
{
    fn(ctx, &u->timeout);
}
