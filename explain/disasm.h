/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions as text: Capstone's, and where the installed Capstone doesn't know an encoding, the mnemonic
 * of our decode table with the word.
 */
#ifndef EL2SIM_EXPLAIN_DISASM_H
#define EL2SIM_EXPLAIN_DISASM_H

#include <stddef.h>
#include <stdint.h>

enum { DISASM_SIZE = 224 };

struct disassembler;

struct disassembler *disassembler_new(void);
void disassembler_free(struct disassembler *d);
/* The instruction `raw` at `pc`: "add x0, x1, #0x10". A system register is named as sysregs.def names it.
 * Returns text, which holds at least DISASM_SIZE bytes. */
const char *disassemble(struct disassembler *d, uint32_t raw, uint64_t pc, char *text);

#endif
