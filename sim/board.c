/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virt board: its memory, its devices and their wires, and the serial ports. What is loaded into memory
 * is sim/boot.c's.
 */
#include "sim/board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dev/fw_cfg.h"
#include "dev/pl011.h"
#include "dev/pl031.h"
#include "dev/virtio_blk.h"
#include "dev/virtio_console.h"
#include "dev/virtio_mmio.h"
#include "dev/virtio_rng.h"
#include "sim/input.h"

/* The entropy device's stream; any number will do. */
#define RNG_SEED UINT64_C(0x656c3273696d) /* "el2sim" */

/* ---- serial ports ---- */

static void port_output(void *opaque, uint8_t byte)
{
    struct board_port *p = opaque;
    if (p->terminal != NULL)
        terminal_put(p->terminal, byte);
    if (p->file != NULL)
        writer_put(p->file, byte);
}

static void port_connect(struct board *b, unsigned port, const struct char_option *c)
{
    struct board_port *p = &b->ports[port];
    if (c->kind == CHAR_STDIO) {
        p->terminal = b->terminal;
    } else if (c->kind == CHAR_FILE) {
        int fd = open(c->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0)
            user_error("can't write to '%s': %s", c->path, strerror(errno));
        p->file = writer_create(fd, true);
    }
}

static unsigned input_room(void *opaque)
{
    struct board *b = opaque;
    if (b->input_port == PORT_CONSOLE)
        return virtio_console_room(b->console);
    return pl011_room(b->input_port == PORT_UART0 ? b->uart0 : b->uart1);
}

static void typed(void *opaque, uint8_t byte)
{
    const struct board *b = opaque;
    input_typed(b->input, byte);
}

static void input_receive(void *opaque, uint8_t byte)
{
    struct board *b = opaque;
    if (b->input_port == PORT_CONSOLE)
        virtio_console_receive(b->console, byte);
    else
        pl011_receive(b->input_port == PORT_UART0 ? b->uart0 : b->uart1, byte);
}

/* Option of each port; NULL: not connected. */
static void port_options(const struct options *o, const struct char_option *ports[PORTS])
{
    ports[PORT_UART0] = o->n_serials > 0 ? &o->serials[0] : NULL;
    ports[PORT_UART1] = o->n_serials > 1 && o->secure ? &o->serials[1] : NULL;
    ports[PORT_CONSOLE] = NULL;
    for (unsigned n = 0; n < o->n_devices; n++)
        if (o->devices[n].kind == DEVICE_VIRTCONSOLE && o->devices[n].backend >= 0)
            ports[PORT_CONSOLE] = &o->chardevs[o->devices[n].backend];
}

/* The first port on stdio gets the keyboard. */
static void make_terminal(struct board *b)
{
    const struct char_option *ports[PORTS];
    struct terminal_config cfg = {.room = input_room, .receive = typed, .opaque = b};
    port_options(b->cfg.opt, ports);
    for (unsigned n = 0; n < PORTS && !cfg.input; n++) {
        if (ports[n] != NULL && ports[n]->kind == CHAR_STDIO) {
            cfg.input = true;
            cfg.escape = ports[n]->mux;
            b->input_port = n;
        }
    }
    b->terminal = terminal_create(&cfg);
    b->input = input_create(&(struct input_config){.terminal = b->terminal,
                                                   .record = b->cfg.opt->record,
                                                   .replay = b->cfg.opt->replay,
                                                   .receive = input_receive,
                                                   .opaque = b});
    for (unsigned n = 0; n < PORTS; n++)
        if (ports[n] != NULL)
            port_connect(b, n, ports[n]);
}

/* ---- devices ---- */

static struct irq_line spi(const struct board *b, unsigned n)
{
    return b->cfg.spi(b->cfg.opaque, n);
}

static void make_memory(struct board *b)
{
    struct bus *bus = b->cfg.bus;
    /* Two banks of flash: firmware's, which is Secure memory where there is one, and that of its variables */
    bus_add_ram(bus, "flash", BOARD_FLASH, BOARD_FLASH_SIZE / 2, true)->secure_only = b->cfg.opt->secure;
    bus_add_ram(bus, "flash 1", BOARD_FLASH + BOARD_FLASH_SIZE / 2, BOARD_FLASH_SIZE / 2, true);
    if (b->cfg.opt->secure)
        bus_add_ram(bus, "secure RAM", BOARD_SECURE_RAM, BOARD_SECURE_RAM_SIZE, false)->secure_only = true;
    b->ram = bus_add_ram(bus, "RAM", BOARD_RAM, b->cfg.opt->ram_size, false);
}

static struct pl011 *make_uart(struct board *b, unsigned port, uint64_t base, unsigned irq)
{
    const struct pl011_config cfg = {
        .events = b->cfg.events, .irq = spi(b, irq), .output = port_output, .opaque = &b->ports[port]};
    struct pl011 *u = pl011_create(&cfg);
    bus_add_mmio(b->cfg.bus, "pl011", base, 0x1000, &pl011_ops, u);
    return u;
}

static struct virtio_dev *make_virtio(struct board *b, const struct device_option *d)
{
    const struct options *o = b->cfg.opt;
    switch (d->kind) {
    case DEVICE_VIRTIO_BLK: {
        const struct drive_option *drive = &o->drives[d->backend];
        const struct virtio_blk_config cfg = {.path = drive->file,
                                              .serial = drive->id,
                                              .read_only = drive->read_only,
                                              .persistent = drive->persistent};
        return virtio_blk_create(b->cfg.bus, &cfg);
    }
    case DEVICE_VIRTIO_RNG:
        return virtio_rng_create(b->cfg.bus, RNG_SEED);
    case DEVICE_VIRTIO_SERIAL:
        if (b->console != NULL)
            user_error("-device virtio-serial-device: only one is implemented");
        b->console = virtio_console_create(b->cfg.bus);
        return b->console;
    case DEVICE_VIRTCONSOLE:
        if (b->console == NULL)
            user_error("-device virtconsole needs a -device virtio-serial-device before it");
        virtio_console_connect(b->console, port_output, &b->ports[PORT_CONSOLE]);
        return NULL;
    case DEVICE_LOADER:
        break;
    }
    return NULL;
}

/* As on QEMU's board, the first device on the command line takes the slot with the highest address. */
static void plug_devices(struct board *b)
{
    unsigned slot = BOARD_VIRTIO_SLOTS;
    const struct options *o = b->cfg.opt;
    for (unsigned n = 0; n < o->n_devices; n++) {
        struct virtio_dev *d = make_virtio(b, &o->devices[n]);
        if (d != NULL)
            virtio_mmio_plug(b->virtio[--slot], d); /* there are no more devices than slots */
    }
}

static void make_devices(struct board *b)
{
    struct bus *bus = b->cfg.bus;
    b->uart0 = make_uart(b, PORT_UART0, BOARD_UART0, SPI_UART0);
    if (b->cfg.opt->secure)
        b->uart1 = make_uart(b, PORT_UART1, BOARD_UART1, SPI_UART1);
    b->rtc = pl031_create(b->cfg.events, spi(b, SPI_RTC), b->cfg.opt->rtc_base);
    bus_add_mmio(bus, "pl031", BOARD_RTC, 0x1000, &pl031_ops, b->rtc);
    b->fw_cfg = fw_cfg_create(bus);
    bus_add_mmio(bus, "fw_cfg", BOARD_FW_CFG, 0x18, &fw_cfg_ops, b->fw_cfg);
    for (unsigned n = 0; n < BOARD_VIRTIO_SLOTS; n++) {
        b->virtio[n] = virtio_mmio_create(spi(b, SPI_VIRTIO + n));
        bus_add_mmio(bus, "virtio-mmio", BOARD_VIRTIO + (uint64_t)n * BOARD_VIRTIO_STEP, BOARD_VIRTIO_STEP,
                     &virtio_mmio_ops, b->virtio[n]);
    }
    plug_devices(b);
}

struct board *board_create(const struct board_config *cfg)
{
    struct board *b = xcalloc(1, sizeof(*b));
    b->cfg = *cfg;
    b->boot_el = board_boot_el(cfg->opt);
    make_memory(b);
    make_terminal(b);
    make_devices(b);
    b->semihost = (struct semihost){.terminal = b->terminal,
                                    .cmdline = cfg->opt->append != NULL ? cfg->opt->append : "",
                                    .ram_base = BOARD_RAM,
                                    .ram_size = cfg->opt->ram_size,
                                    .rtc_base = cfg->opt->rtc_base,
                                    .stop = cfg->stop,
                                    .opaque = cfg->opaque};
    return b;
}

void board_destroy(struct board *b)
{
    for (unsigned n = 0; n < BOARD_VIRTIO_SLOTS; n++)
        virtio_mmio_destroy(b->virtio[n]);
    fw_cfg_destroy(b->fw_cfg);
    pl031_destroy(b->rtc);
    pl011_destroy(b->uart0);
    if (b->uart1 != NULL)
        pl011_destroy(b->uart1);
    for (unsigned n = 0; n < PORTS; n++)
        if (b->ports[n].file != NULL)
            writer_destroy(b->ports[n].file);
    input_destroy(b->input);
    terminal_destroy(b->terminal);
    free(b);
}

void board_reset(struct board *b)
{
    for (unsigned n = 0; n < BOARD_VIRTIO_SLOTS; n++)
        virtio_mmio_reset(b->virtio[n]);
    fw_cfg_reset(b->fw_cfg);
    pl031_reset(b->rtc);
    pl011_reset(b->uart0);
    if (b->uart1 != NULL)
        pl011_reset(b->uart1);
}

void board_flush(struct board *b)
{
    terminal_flush(b->terminal);
    for (unsigned n = 0; n < PORTS; n++)
        if (b->ports[n].file != NULL)
            writer_flush(b->ports[n].file);
}

bool board_poll(struct board *b, uint64_t poll)
{
    board_flush(b);
    return input_poll(b->input, poll, event_now(b->cfg.events));
}

void board_visit(struct board *b, visit_fn *fn, void *ctx)
{
    pl011_visit(b->uart0, fn, ctx);
    if (b->uart1 != NULL)
        pl011_visit(b->uart1, fn, ctx);
    pl031_visit(b->rtc, fn, ctx);
    fw_cfg_visit(b->fw_cfg, fn, ctx);
    for (unsigned n = 0; n < BOARD_VIRTIO_SLOTS; n++)
        virtio_mmio_visit(b->virtio[n], fn, ctx);
    semihost_visit(&b->semihost, fn, ctx);
}

void board_events(struct board *b, event_fn *fn, void *ctx)
{
    pl011_events(b->uart0, fn, ctx);
    if (b->uart1 != NULL)
        pl011_events(b->uart1, fn, ctx);
    pl031_events(b->rtc, fn, ctx);
}

void board_visit_output(struct board *b, visit_fn *fn, void *ctx)
{
    terminal_visit_output(b->terminal, fn, ctx);
    for (unsigned n = 0; n < PORTS; n++)
        if (b->ports[n].file != NULL)
            writer_visit(b->ports[n].file, fn, ctx);
}

const char *board_persistent_drive(const struct board *b)
{
    const struct options *o = b->cfg.opt;
    for (unsigned n = 0; n < o->n_drives; n++)
        if (o->drives[n].persistent && !o->drives[n].read_only)
            return o->drives[n].file;
    return NULL;
}
