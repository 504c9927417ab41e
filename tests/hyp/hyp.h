/* SPDX-License-Identifier: BSD-2-Clause
 *
 * vhe-demo: a small hypervisor for the virt board that uses what el2sim is about. It is entered at EL2, turns
 * VHE on, gives two guests a stage 2 each, emulates their UART, and passes the virtual timer's interrupt on
 * through list registers.
 */
#ifndef HYP_H
#define HYP_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define read_reg(name)                                                                                       \
    ({                                                                                                       \
        u64 v_;                                                                                              \
        __asm__ volatile("mrs %0, " #name : "=r"(v_));                                                       \
        v_;                                                                                                  \
    })
#define write_reg(name, v) __asm__ volatile("msr " #name ", %0" ::"r"((u64)(v)) : "memory")
#define isb() __asm__ volatile("isb" ::: "memory")

enum { GUESTS = 2 };

/* start.S knows the layout: x[0..30], elr, spsr. */
struct vcpu {
    u64 x[31], elr, spsr;
    u64 sctlr, tcr, ttbr0, mair, vbar, sp_el1, cntv_ctl, cntv_cval;
    u64 vttbr;
    u64 lr0;
    u32 number, exits, ticks, done;
    u8 line[80];
    u32 column;
};

/* Runs the vcpu until it exits; the exit's reason: 0 synchronous, 1 interrupt (start.S). */
u64 enter_guest(struct vcpu *v);
void hyp_main(void);
void hyp_unexpected(u64 vector, u64 esr, u64 elr, u64 far);
extern char guest_start[], guest_end[], host_vectors[];

#endif
