/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virt board around the CPUs and the GIC: memory, devices, firmware services and what is loaded into
 * memory. Memory map and interrupts are QEMU's (dtb, sim/fdt.c).
 */
#ifndef EL2SIM_SIM_BOARD_H
#define EL2SIM_SIM_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "base/irq.h"
#include "base/visit.h"
#include "bus/bus.h"
#include "sim/options.h"
#include "sim/psci.h"
#include "sim/semihost.h"
#include "sim/terminal.h"

/* The virt board's memory map. */
enum board_map {
    BOARD_FLASH = 0x00000000,
    BOARD_FLASH_SIZE = 0x08000000,
    BOARD_GICD = 0x08000000,
    BOARD_GICD_SIZE = 0x00010000,
    BOARD_ITS = 0x08080000,
    BOARD_ITS_SIZE = 0x00020000,
    BOARD_GICR = 0x080a0000,
    BOARD_GICR_SIZE = 0x00f60000,
    BOARD_UART0 = 0x09000000,
    BOARD_RTC = 0x09010000,
    BOARD_FW_CFG = 0x09020000,
    BOARD_UART1 = 0x09040000, /* secure=on only */
    BOARD_VIRTIO = 0x0a000000,
    BOARD_VIRTIO_STEP = 0x200,
    BOARD_SECURE_RAM = 0x0e000000, /* secure=on only */
    BOARD_SECURE_RAM_SIZE = 0x01000000,
    BOARD_RAM = 0x40000000,
    BOARD_VIRTIO_SLOTS = 32,
};

/* SPI numbers: INTID - 32. */
enum board_spi { SPI_UART0 = 1, SPI_RTC = 2, SPI_UART1 = 8, SPI_VIRTIO = 16 };

/* What the board needs of the machine; machine.c fills it in before board_create(). */
struct board_config {
    const struct options *opt;
    struct bus *bus;
    struct event_queue *events;
    /* The wire to SPI n. */
    struct irq_line (*spi)(void *opaque, unsigned n);
    /* Asks the run loop to end at this instruction (STOP_RESET: to call board_boot() again, unless
     * -no-reboot). */
    void (*stop)(void *opaque, enum stop_request what, int status);
    /* Warm reset of c with its GIC interface and timers to exception level el at pc. NULL: cpu_reset() alone.
     */
    void (*reset_cpu)(void *opaque, struct cpu *c, unsigned el, uint64_t pc);
    void *opaque;
};

/* A serial port: where the bytes of one of the board's devices go to and come from. */
struct board_port {
    struct terminal *terminal; /* stdio */
    struct writer *file;
};

enum { PORT_UART0, PORT_UART1, PORT_CONSOLE, PORTS };

struct board {
    struct board_config cfg;
    struct bus_ram *ram;
    struct pl011 *uart0, *uart1; /* uart1: NULL unless secure=on */
    struct pl031 *rtc;
    struct fw_cfg *fw_cfg;
    struct virtio_mmio *virtio[BOARD_VIRTIO_SLOTS];
    struct virtio_dev *console; /* NULL: no virtconsole */
    struct terminal *terminal;
    struct input *input;
    struct board_port ports[PORTS];
    unsigned input_port;      /* which port gets what is typed */
    struct psci psci;         /* for cpu_board.smccc: psci_call(&board->psci, c, smc) */
    struct semihost semihost; /* for cpu_board.semihosting when opt->semihosting */
    struct cpu **cpus;
    unsigned n_cpus;
    unsigned boot_el; /* where the boot CPU was entered */
};

/* The exception level that images of these options are entered at: EL3 for firmware and bare-metal programs
 * where it exists, EL2 with virtualization=on, else EL1. Before files are read, a -kernel counts as Linux. */
unsigned board_boot_el(const struct options *opt);
/* Makes RAM, flash and devices and puts them on the bus (all but the GIC and its ITS). */
struct board *board_create(const struct board_config *cfg);
void board_destroy(struct board *b);

/* After the CPUs exist: loads kernel, firmware, initrd, device tree and -device loader files, starts the boot
 * CPU and leaves the others off (unless there is no PSCI and the firmware expects all of them at its reset
 * vector). user_error() for images that can't be used. Call once before the first instruction and again for
 * each STOP_RESET after board_reset(); GIC and timers are reset by the caller. cpus[] must live as long as
 * the board. */
void board_boot(struct board *b, struct cpu **cpus, unsigned n_cpus);
/* Devices to their reset state; memory stays as it is. */
void board_reset(struct board *b);

/* The run loop's duties at event boundaries: input, output. `poll` counts the calls. False: the person asked
 * to end. */
bool board_poll(struct board *b, uint64_t poll);
void board_flush(struct board *b);

/* State of all devices of the board. */
void board_visit(struct board *b, visit_fn *fn, void *ctx);
void board_events(struct board *b, event_fn *fn, void *ctx);
/* How much was printed: not the guest's state, but a run that goes on elsewhere must know. */
void board_visit_output(struct board *b, visit_fn *fn, void *ctx);
/* A drive that keeps what the guest writes in its file, or NULL: such a machine can't go back. */
const char *board_persistent_drive(const struct board *b);

#endif
