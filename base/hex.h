/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes as hexadecimal text, two digits each, in the order of memory.
 */
#ifndef EL2SIM_BASE_HEX_H
#define EL2SIM_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a digit, of either case; -1: it is none. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n bytes out of 2 * n digits; reads no further than the first character that is no digit. False: there is
 * one, and what `bytes` holds means nothing. */
static inline bool hex_to_bytes(const char *text, void *bytes, size_t n)
{
    uint8_t *to = bytes;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text[2 * i]), low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* 2 * n digits, without a 0 behind them. */
static inline void hex_from_bytes(char *text, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = "0123456789abcdef"[from[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[from[i] & 15];
    }
}

#endif
