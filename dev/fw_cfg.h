/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU's firmware configuration device, memory-mapped flavour with DMA (QEMU docs/specs/fw_cfg): numbered and
 * named items that firmware reads.
 */
#ifndef EL2SIM_DEV_FW_CFG_H
#define EL2SIM_DEV_FW_CFG_H

#include <stddef.h>
#include <stdint.h>

#include "base/visit.h"
#include "bus/bus.h"

struct fw_cfg;

/* Well-known selectors. */
enum fw_cfg_key {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_NB_CPUS = 0x05,
    FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_KERNEL_DATA = 0x11,
    FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15,
    FW_CFG_FILE_DIR = 0x19,
    FW_CFG_FILE_FIRST = 0x20,
};

extern const struct mmio_ops fw_cfg_ops;

struct fw_cfg *fw_cfg_create(struct bus *bus);
void fw_cfg_destroy(struct fw_cfg *f);
void fw_cfg_reset(struct fw_cfg *f);
/* Sets item `key` to a copy of data (replacing what it had). Keys below FW_CFG_FILE_FIRST. */
void fw_cfg_set(struct fw_cfg *f, unsigned key, const void *data, size_t len);
/* The same for a 16- or 32-bit little-endian number. */
void fw_cfg_set_u16(struct fw_cfg *f, unsigned key, uint16_t v);
void fw_cfg_set_u32(struct fw_cfg *f, unsigned key, uint32_t v);
/* Adds or replaces a named file. The directory is sorted by name. */
void fw_cfg_set_file(struct fw_cfg *f, const char *name, const void *data, size_t len);
void fw_cfg_visit(struct fw_cfg *f, visit_fn *fn, void *ctx);

#endif
