/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions as text. See disasm.h.
 */
#include "explain/disasm.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/insn.h"
#include "sysregs/sysreg.h"

struct disassembler {
    csh handle;
    bool open;
};

struct disassembler *disassembler_new(void)
{
    struct disassembler *d = xcalloc(1, sizeof(*d));
    d->open = cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &d->handle) == CS_ERR_OK;
    return d;
}

void disassembler_free(struct disassembler *d)
{
    if (d->open)
        cs_close(&d->handle);
    free(d);
}

/* MRS and MSR (register) with our names: Capstone's know fewer registers. */
static bool system_register(uint32_t raw, char *text)
{
    if ((raw & 0xffd00000u) != 0xd5100000u)
        return false;
    enum sysreg reg = sysreg_find(2 + bit(raw, 19), (unsigned)bits(raw, 18, 16), (unsigned)bits(raw, 15, 12),
                                  (unsigned)bits(raw, 11, 8), (unsigned)bits(raw, 7, 5));
    char rt[8];
    unsigned t = (unsigned)bits(raw, 4, 0);
    if (reg == SR_NONE)
        return false;
    snprintf(rt, sizeof(rt), t == 31 ? "xzr" : "x%u", t);
    if (bit(raw, 21))
        snprintf(text, DISASM_SIZE, "mrs %s, %s", rt, sysreg_row(reg)->name);
    else
        snprintf(text, DISASM_SIZE, "msr %s, %s", sysreg_row(reg)->name, rt);
    return true;
}

const char *disassemble(struct disassembler *d, uint32_t raw, uint64_t pc, char *text)
{
    const uint8_t bytes[4] = {(uint8_t)raw, (uint8_t)(raw >> 8), (uint8_t)(raw >> 16), (uint8_t)(raw >> 24)};
    cs_insn *insn;
    if (system_register(raw, text))
        return text;
    if (d->open && cs_disasm(d->handle, bytes, sizeof(bytes), pc, 1, &insn) == 1) {
        snprintf(text, DISASM_SIZE, "%s%s%s", insn->mnemonic, insn->op_str[0] != 0 ? " " : "", insn->op_str);
        cs_free(insn, 1);
        return text;
    }
    const char *name = decode_row_name(raw);
    snprintf(text, DISASM_SIZE, "%s (0x%08" PRIx32 ")", name != NULL ? name : "udf", raw);
    return text;
}
