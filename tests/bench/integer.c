/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An integer benchmark of CoreMark's character, our own: a linked list that is searched and merge-sorted,
 * small integer matrices, a state machine over text, and CRC-16 of all results.
 */
#include "bench.h"

struct node {
    struct node *next;
    short key, value;
};

#define NODES 64
#define N 12
static struct node pool[NODES];
static short a[N][N], b[N][N];
static int product[N][N];
static const char text[] = "5012,-37,0x2af,12.5e3,hello,+8,99x,1e-4,,-0.5,777,0xzz,3.,42,-,1000000";

static u16 crc16(u16 crc, u32 v)
{
    for (int k = 0; k < 32; k++, v >>= 1) {
        u32 x = (crc ^ v) & 1;
        crc = (u16)(crc >> 1);
        if (x)
            crc ^= 0xa001;
    }
    return crc;
}

static NOINLINE struct node *merge(struct node *x, struct node *y, int by_value)
{
    struct node head, *tail = &head;
    while (x && y) {
        int less = by_value ? x->value <= y->value : x->key <= y->key;
        struct node **from = less ? &x : &y;
        tail->next = *from;
        tail = *from;
        *from = (*from)->next;
    }
    tail->next = x ? x : y;
    return head.next;
}

static NOINLINE struct node *sort(struct node *list, int n, int by_value)
{
    if (n == 1) {
        list->next = 0;
        return list;
    }
    struct node *middle = list;
    for (int k = 0; k < n / 2; k++)
        middle = middle->next;
    struct node *right = sort(middle, n - n / 2, by_value);
    return merge(sort(list, n / 2, by_value), right, by_value);
}

static NOINLINE u16 lists(u16 crc, u32 seed)
{
    for (int n = 0; n < NODES; n++) {
        seed = seed * 1103515245 + 12345;
        pool[n] = (struct node){n + 1 < NODES ? &pool[n + 1] : 0, (short)(seed >> 16), (short)n};
    }
    struct node *list = sort(pool, NODES, 0);
    for (int wanted = 0; wanted < 8; wanted++) {
        struct node *p = list;
        int steps = 0;
        while (p && p->value != wanted * 7) {
            p = p->next;
            steps++;
        }
        crc = crc16(crc, (u32)steps);
    }
    list = sort(list, NODES, 1);
    return crc16(crc, (u32)list->key);
}

static NOINLINE u16 matrices(u16 crc, u32 seed)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            seed = seed * 1664525 + 1013904223;
            a[i][j] = (short)(seed >> 20);
            b[i][j] = (short)(seed >> 12);
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum >> 3;
        }
    for (int i = 0; i < N; i++)
        crc = crc16(crc, (u32)product[i][(i * 5) % N]);
    return crc;
}

enum state { START, SIGN, INTEGER, HEX, FRACTION, EXPONENT, EXPONENT_DIGITS, INVALID, STATES };

static NOINLINE u16 machine(u16 crc)
{
    u32 seen[STATES] = {0};
    enum state s = START;
    for (const char *p = text; *p; p++) {
        char ch = *p;
        int digit = ch >= '0' && ch <= '9';
        if (ch == ',') {
            seen[s]++;
            s = START;
            continue;
        }
        switch (s) {
        case START:
            s = digit ? INTEGER : (ch == '+' || ch == '-') ? SIGN : ch == '.' ? FRACTION : INVALID;
            break;
        case SIGN:
            s = digit ? INTEGER : ch == '.' ? FRACTION : INVALID;
            break;
        case INTEGER:
            s = digit ? INTEGER : ch == '.' ? FRACTION : ch == 'x' ? HEX : ch == 'e' ? EXPONENT : INVALID;
            break;
        case HEX:
            s = digit || (ch >= 'a' && ch <= 'f') ? HEX : INVALID;
            break;
        case FRACTION:
            s = digit ? FRACTION : ch == 'e' ? EXPONENT : INVALID;
            break;
        case EXPONENT:
            s = digit || ch == '-' || ch == '+' ? EXPONENT_DIGITS : INVALID;
            break;
        case EXPONENT_DIGITS:
            s = digit ? EXPONENT_DIGITS : INVALID;
            break;
        default:
            break;
        }
    }
    for (int n = 0; n < STATES; n++)
        crc = crc16(crc, seen[n]);
    return crc;
}

void bench_main(void)
{
    u16 crc = 0;
    for (u32 n = 0; n < 12000; n++) {
        crc = lists(crc, n);
        crc = matrices(crc, n);
        crc = machine(crc);
    }
    u64 result = crc;
    KEEP(result);
}
