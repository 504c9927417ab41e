/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking `explain`. See verdict.h.
 */
#include "diff/verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "diff/operand.h"
#include "explain/explain.h"
#include "sysregs/fields.h"

/* The instruction in question; NULL before the first. */
static const struct lockstep_insn *latest(const struct lockstep *l)
{
    return l->index != 0 ? &l->last[(l->index - 1) % LOCKSTEP_LAST] : NULL;
}

static const char *interrupt_kind(const struct lockstep *l)
{
    const char *name = l->exception.name;
    bool virtual = strncmp(name, "Virtual", 7) == 0;
    if (l->outcome != LOCKSTEP_INTERRUPT_QEMU || !l->excepted)
        return "irq";
    if (strstr(name, "FIQ") != NULL)
        return virtual ? "vfiq" : "fiq";
    return virtual ? "virq" : "irq";
}

/* DC or IC by address that didn't go on to the next instruction: the address is in question, not the access.
 */
static bool is_maintenance_fault(const struct lockstep *l, uint32_t raw)
{
    return (raw & 0xfff8f000) == 0xd5087000 && l->start.has_core && l->outcome == LOCKSTEP_STATE &&
           (l->ours.pc != l->start.pc + 4 || l->qemu.pc != l->start.pc + 4);
}

/* MRS, MSR, SYS, SYSL, MSR (immediate); not barriers and hints. */
static bool is_system_access(uint32_t raw)
{
    return ((raw & 0xffc00000) == 0xd5000000 && (raw >> 19 & 3) != 0) || (raw & 0xfff8f01f) == 0xd500401f;
}

/* SVC, HVC, SMC, BRK; NULL: none of them. */
static const char *call_kind(uint32_t raw)
{
    static const char *const calls[] = {NULL, "svc", "hvc", "smc"};
    if ((raw & 0xffe0001c) == 0xd4000000)
        return calls[raw & 3];
    return (raw & 0xffe0001f) == 0xd4200000 ? "brk" : NULL;
}

bool verdict_command(const struct lockstep *l, char command[VERDICT_SIZE])
{
    const struct lockstep_insn *i = latest(l);
    const struct operand_state state = {l->start.x, l->start.sp, l->start.pc};
    struct operand o;
    if (l->outcome == LOCKSTEP_INTERRUPT_QEMU || l->outcome == LOCKSTEP_INTERRUPT_OURS) {
        snprintf(command, VERDICT_SIZE, "exception %s", interrupt_kind(l));
        return true;
    }
    if (i == NULL)
        return false;
    if (i->raw == 0) /* the fetch itself */
        snprintf(command, VERDICT_SIZE, "translate 0x%" PRIx64 " x", i->pc);
    else if (is_maintenance_fault(l, i->raw))
        snprintf(command, VERDICT_SIZE, "translate 0x%" PRIx64 " w",
                 (i->raw & 31) == 31 ? 0 : l->start.x[i->raw & 31]);
    else if (is_system_access(i->raw))
        snprintf(command, VERDICT_SIZE, "access 0x%08x", i->raw);
    else if (call_kind(i->raw) != NULL)
        snprintf(command, VERDICT_SIZE, "exception %s", call_kind(i->raw));
    else if (l->start.has_core && operand_of(i->raw, &state, &o))
        snprintf(command, VERDICT_SIZE, "translate 0x%" PRIx64 " %s%s", o.va, o.write ? "w" : "r",
                 o.unprivileged ? " --unpriv" : "");
    else
        return false;
    return true;
}

static bool read64(void *opaque, uint64_t pa, uint64_t *value)
{
    return bus_dma_read(opaque, pa, value, sizeof(*value));
}

char *verdict_text(const struct lockstep *l, bool json)
{
    char command[VERDICT_SIZE], *argv[8], *text = NULL, *save = NULL;
    size_t size;
    int argc = 0;
    if (!verdict_command(l, command))
        return NULL;
    uint32_t pstate = l->start.has_core ? l->start.pstate : cpu_pstate(l->c, 0);
    const struct explain_source source = {.feat = l->c->feat,
                                          .sr = l->written == l->index ? l->sr : l->c->sr,
                                          .el = l->start.el,
                                          .daif = (uint8_t)bits(pstate, 9, 6),
                                          .sp0 = !bit(pstate, 0),
                                          .pan = (pstate & SPSR_PAN) != 0,
                                          .read64 = read64,
                                          .opaque = l->m->bus};
    for (char *word = strtok_r(command, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    if (json)
        argv[argc++] = (char *)(uintptr_t) "--json";
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    struct explain_io io = {.out = out, .source = &source};
    bool ok = explain_command(&io, argc, argv);
    fclose(out);
    if (ok)
        return text;
    free(text);
    return NULL;
}
