/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names, and the list of events as data. See trace.h.
 */
#include "traces/trace.h"

#include "base/compiler.h"

const char *trace_regime_name(unsigned regime)
{
    static const char *const names[] = {"EL1&0", "EL2&0", "EL2", "EL3"};
    return regime < ARRAY_LEN(names) ? names[regime] : "?";
}

const char *trace_reg_name(unsigned reg)
{
#define TEN(p, d)                                                                                            \
    p #d "0", p #d "1", p #d "2", p #d "3", p #d "4", p #d "5", p #d "6", p #d "7", p #d "8", p #d "9"
    static const char *const names[TRACE_REGS] = {
        "X0",        "X1",  "X2",        "X3",        "X4",  "X5",  "X6",   "X7",   "X8",  "X9", TEN("X", 1),
        TEN("X", 2), "X30", "SP",        "V0",        "V1",  "V2",  "V3",   "V4",   "V5",  "V6", "V7",
        "V8",        "V9",  TEN("V", 1), TEN("V", 2), "V30", "V31", "NZCV", "FPSR", "FPCR"};
#undef TEN
    return reg < TRACE_REGS ? names[reg] : "?";
}

const char *trace_class_name(unsigned ec)
{
    static const char *const names[64] = {
        [0x00] = "unknown or undefined",
        [0x01] = "WFx trap",
        [0x07] = "FP or SIMD trap",
        [0x09] = "pointer authentication trap",
        [0x0d] = "branch target",
        [0x0e] = "illegal execution state",
        [0x15] = "SVC",
        [0x16] = "HVC",
        [0x17] = "SMC",
        [0x18] = "system register trap",
        [0x1a] = "ERET trap",
        [0x1c] = "pointer authentication failure",
        [0x20] = "instruction abort",
        [0x21] = "instruction abort",
        [0x22] = "PC alignment",
        [0x24] = "data abort",
        [0x25] = "data abort",
        [0x26] = "SP alignment",
        [0x27] = "memory copy or set",
        [0x2c] = "FP exception",
        [0x2f] = "SError",
        [0x30] = "breakpoint",
        [0x31] = "breakpoint",
        [0x32] = "software step",
        [0x33] = "software step",
        [0x34] = "watchpoint",
        [0x35] = "watchpoint",
        [0x3c] = "BRK",
    };
    return ec < ARRAY_LEN(names) && names[ec] != NULL ? names[ec] : "reserved class";
}

bool tracer_is_hot(const struct tracer *t)
{
    enum { COLD, HOT };
#define IS_HOT(name, type, speed, what) || (speed == HOT && t->name != NULL)
    return false TRACE_EVENTS(IS_HOT);
#undef IS_HOT
}
