/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the guest programs share: system registers, PSCI, semihosting, and a check that reports. Each program
 * says in its opening comment what the architecture requires of it, prints one line and ends with status 0
 * (PASS) or 1 (FAIL).
 */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned long u64;
typedef unsigned u32;

#define STRING(x) #x
/* a register by its name, or by a macro for s<op0>_<op1>_c<n>_c<m>_<op2> */
#define READ_SYSREG(reg)                                                                                     \
    ({                                                                                                       \
        u64 value_;                                                                                          \
        __asm__ volatile("mrs %0, " STRING(reg) : "=r"(value_)::"memory");                                   \
        value_;                                                                                              \
    })
#define WRITE_SYSREG(reg, value)                                                                             \
    __asm__ volatile("msr " STRING(reg) ", %0\n\tisb" ::"r"((u64)(value)) : "memory")

#define HCR_TWI (1UL << 13)
#define HCR_TWE (1UL << 14)
#define HCR_TGE (1UL << 27)
#define HCR_RW (1UL << 31)
#define HCR_E2H (1UL << 34)

/* Each program's own: what CPU 0 does (the result is the exit status), and what the CPUs it starts do. */
int guest_main(void);
void guest_cpu(u64 cpu);

/* start.S */
extern char guest_secondary[];
u64 guest_run(const void *entry, u64 hcr, u64 *x1);

/* guest.c */
__attribute__((noreturn)) void guest_exit(int status);
__attribute__((noreturn)) void guest_unexpected(u64 esr, u64 elr, u64 far);
void guest_print(const char *text);
/* Prints "FAIL what: value", if `holds` is false, and returns whether it failed. */
int guest_fails(int holds, const char *what, u64 value);
/* Starts CPU `cpu` by PSCI CPU_ON: it calls guest_cpu(cpu). */
void guest_cpu_on(u64 cpu);
/* MMU and caches on at EL2, with the first 2 GB mapped to themselves (devices, then RAM), for exclusives
 * among CPUs. */
void guest_mmu_on(void);

#endif
