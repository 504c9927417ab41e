/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Looking at a program's code. See program.h.
 */
#include "fuzz/program.h"

#include "base/bits.h"

/* Where a view of the program has PROGRAM_CODE_AT; the start tells of one more. */
static bool is_at(const struct program *p, const struct program_insn *i, uint64_t va)
{
    return (p->n_code != 0 && va - p->pc == i->at - p->code[0].at) ||
           (p->has_code_va && (va - p->code_va[0] == i->at || va - p->code_va[1] == i->at));
}

bool program_find(const struct program *p, uint64_t va, unsigned *n)
{
    for (*n = 0; *n < p->n_code; ++*n)
        if (is_at(p, &p->code[*n], va))
            return true;
    return false;
}

static bool is_exception_call(uint32_t raw)
{
    return (raw & 0xffe0001c) == 0xd4000000 && bits(raw, 1, 0) != 0;
}

bool program_find_event(const struct program *p, const struct program_event *e, unsigned *n)
{
    unsigned ec = bits(e->esr, 31, 26);
    bool call = (e->vector & 3) == 0 && ec >= 0x15 && ec <= 0x17;
    if (call && program_find(p, e->elr - 4, n) && is_exception_call(p->code[*n].raw))
        return true;
    return program_find(p, e->elr, n);
}

bool program_is_end(uint32_t raw)
{
    bool brk = (raw & 0xffe0001f) == 0xd4200000;
    return (brk || is_exception_call(raw)) && bits(raw, 20, 5) == PROGRAM_END;
}

/* The instructions of the end are each for itself: where one isn't the end, the next one is. */
static bool is_joined(const struct program *p, unsigned n)
{
    return n > 0 && n < p->n_code && p->code[n].joined && !program_is_end(p->code[n].raw);
}

void program_group(const struct program *p, unsigned n, unsigned *begin, unsigned *end)
{
    for (*begin = n; is_joined(p, *begin);)
        --*begin;
    for (*end = n + 1; is_joined(p, *end);)
        ++*end;
}
