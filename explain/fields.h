/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The fields of registers by name, with the meaning of their values in words: positions from
 * sysregs/regfields.def and sysregs/fgt.def where they have the register, else from fields.def, which also
 * has the words. Arm ARM DDI 0487 D19, IHI 0069.
 */
#ifndef EL2SIM_EXPLAIN_FIELDS_H
#define EL2SIM_EXPLAIN_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysregs/features.h"
#include "sysregs/sysreg.h"

/* How a value is put in words where the table has none for it. */
enum field_format {
    FORMAT_BITS,    /* the table's words by value; a number otherwise */
    FORMAT_NUMBER,  /* decimal */
    FORMAT_HEX,     /* a field of unknown meaning */
    FORMAT_ADDRESS, /* the field is part of an address, in place */
    FORMAT_PAGE,    /* a page number: address bits from 12 up */
    FORMAT_TXSZ,    /* 64 minus the number of address bits */
    FORMAT_MAIR,    /* memory attributes as a byte of MAIR_ELx */
    FORMAT_CLASS,   /* exception class, ESR_ELx.EC */
    FORMAT_FAULT,   /* fault status code */
    FORMAT_MODE,    /* SPSR_ELx.M */
    FORMAT_GPR,     /* a general-purpose register */
    FORMAT_FEATURE, /* a field of an identification register: features.def says what it announces */
    FORMAT_COND,    /* a condition code */
};

/* Words of a field, shared by all registers of a family: SCTLR is SCTLR_EL1, _EL2 and _EL3. */
struct field_words {
    const char *family, *name;
    enum field_format format;
    const char *about; /* what the field is for */
    const char *const
        *values; /* meaning by value, NULL: none; those that begin with '!' matter when it's 0 */
    unsigned n_values;
};

struct field {
    const char *name;
    uint8_t high, low;
    bool ones; /* RES1 where the feature is missing (or always: feature is FEATURE_COUNT) */
    uint16_t feature;
    enum sysreg reg;                 /* of which it is, SR_NONE for parts of a syndrome */
    const struct field_words *words; /* NULL: none */
};

#define LAYOUT_FIELDS 64
struct layout {
    const char *name; /* what chose it: "HCR_EL2.E2H=1", "F=1", or "" */
    unsigned n;
    struct field field[LAYOUT_FIELDS]; /* from the highest bit down */
};

/* The layout of a register, as HCR_EL2.E2H (`e2h`) and, of PAR_EL1, the value choose it. False: it is one
 * number, or its fields aren't in the tables. */
bool layout_of(struct layout *l, enum sysreg reg, bool e2h, uint64_t value);
/* By name, any case; NULL if there is none. */
const struct field *layout_field(const struct layout *l, const char *name);

/* Layouts that are no registers: syndromes by class. */
enum extra_set {
#define XSET(name, reg) XSET_##name,
#define XALSO(name, reg)
#define XFIELD(set, name, high, low)
#define WORDS(family, name, format, about, ...)
#include "explain/fields.def"
#undef XSET
#undef XALSO
#undef XFIELD
#undef WORDS
    XSET_COUNT
};
void layout_of_set(struct layout *l, enum extra_set set);

/* meaning.c: what a field's value means, as one line of text; empty where nothing is known. */
void field_meaning(const struct field *f, uint64_t value, char *buffer, size_t size);
/* Is a field that is 0 worth a line of its own among many? */
bool field_zero_matters(const struct field *f);
/* A byte of MAIR_ELx. */
void memory_attributes_name(unsigned byte, char *buffer, size_t size);
const char *exception_class_name(unsigned ec);
/* The layout of ESR_ELx.{ISS2,ISS} of a class; XSET_ISS_NONE: it has no syndrome, or el2sim never produces
 * it. */
enum extra_set exception_class_iss(uint64_t esr);

#endif
