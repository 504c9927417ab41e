/* SPDX-License-Identifier: BSD-2-Clause
 *
 * vhe-demo: the host at EL2. See hyp.h. With HCR_EL2.E2H=1 the EL1 names below reach EL2's registers (Arm ARM
 * D1.4.4 and D19); the guest's are reached by their _EL12 and _EL02 names.
 */
#include "hyp.h"

#define UART 0x09000000UL
#define GICD 0x08000000UL
#define GICR 0x080a0000UL
#define GICR_SGI (GICR + 0x10000)
#define HCR_HOST (1UL << 34 | 1UL << 31 | 1UL << 27) /* E2H, RW, TGE */
#define HCR_GUEST                                                                                            \
    (1UL << 34 | 1UL << 31 | 1UL << 13 | 1UL << 4 | 1UL << 3 | 1UL) /* E2H, RW, TWI, IMO, FMO, VM */
#define VTIMER_INTID 27

static struct vcpu vcpus[GUESTS];
static u64 stage1[512] __attribute__((aligned(4096)));
static u64 stage2[GUESTS][3][512] __attribute__((aligned(4096)));
static u8 guest_memory[GUESTS][16384] __attribute__((aligned(4096)));

static volatile u32 *mmio(u64 address)
{
    return (volatile u32 *)address;
}

static void put(char ch)
{
    *mmio(UART) = (u8)ch;
}

static void print(const char *s)
{
    for (; *s; s++)
        put(*s);
}

static void print_hex(u64 v)
{
    print("0x");
    int shift = 60;
    while (shift > 0 && (v >> shift) == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put("0123456789abcdef"[v >> shift & 15]);
}

static void print_decimal(u32 v)
{
    if (v >= 10)
        print_decimal(v / 10);
    put((char)('0' + v % 10));
}

void hyp_unexpected(u64 vector, u64 esr, u64 elr, u64 far)
{
    print("vhe-demo: unexpected exception, vector ");
    print_hex(vector);
    print(" ESR ");
    print_hex(esr);
    print(" ELR ");
    print_hex(elr);
    print(" FAR ");
    print_hex(far);
    put('\n');
    __asm__ volatile("mov w0, %w0\n smc #0" ::"r"(0x84000008) : "x0", "memory");
}

/* Turns VHE on: E2H first, so that TCR_EL2 is written in its EL2&0 layout (Arm ARM D8.2). */
static void turn_vhe_on(void)
{
    if ((read_reg(id_aa64mmfr1_el1) >> 8 & 15) == 0) {
        print("vhe-demo: this CPU has no VHE\n");
        hyp_unexpected(99, 0, 0, 0);
    }
    write_reg(hcr_el2, HCR_HOST);
    isb();
    write_reg(vbar_el1, host_vectors);
    write_reg(mair_el1, 0xff00);
    stage1[0] = 0x60000000000401;    /* devices */
    stage1[1] = 0x40000000 | 0x705;  /* RAM: Normal, executable */
    write_reg(tcr_el1, 0x280803519); /* T0SZ=25, 4 KB, EPD1, 40 bits */
    write_reg(ttbr0_el1, stage1);
    isb();
    write_reg(sctlr_el1, 0x30d01805);
    isb();
    print("vhe-demo: EL");
    print_decimal((u32)(read_reg(CurrentEL) >> 2));
    print(", VHE on, HCR_EL2 ");
    print_hex(read_reg(hcr_el2));
    print(", SCTLR_EL1 reaches ");
    write_reg(sctlr_el12, 0x30d00800);
    print(read_reg(sctlr_el1) == read_reg(sctlr_el2) && read_reg(sctlr_el1) != read_reg(sctlr_el12)
              ? "SCTLR_EL2\n"
              : "the wrong register\n");
}

static void set_up_gic(void)
{
    *mmio(GICD) = 0x12;        /* ARE_NS, EnableGrp1 */
    *mmio(GICR + 0x14) &= ~2u; /* GICR_WAKER.ProcessorSleep */
    while (*mmio(GICR + 0x14) & 4)
        ;
    *mmio(GICR_SGI + 0x80) = ~0u; /* group 1 */
    *mmio(GICR_SGI + 0x400 + 24) = 0x80808080;
    *mmio(GICR_SGI + 0x100) = 1u << VTIMER_INTID;
    write_reg(s3_4_c12_c9_5, 0xf); /* ICC_SRE_EL2 */
    isb();
    write_reg(s3_0_c12_c12_5, 7);  /* ICC_SRE_EL1 */
    write_reg(s3_0_c4_c6_0, 0xf0); /* ICC_PMR_EL1 */
    write_reg(s3_0_c12_c12_4, 2);  /* ICC_CTLR_EL1.EOImode: EOIR drops, the guest deactivates */
    write_reg(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
    write_reg(s3_4_c12_c11_0, 1);  /* ICH_HCR_EL2.En */
    isb();
}

/* Guest n: 16 KB of its own at IPA 0x40000000, nothing else: its UART faults. */
static void set_up_guest(u32 n)
{
    struct vcpu *v = &vcpus[n];
    const char *from = guest_start;
    for (u64 k = 0; k < (u64)(guest_end - guest_start); k++)
        guest_memory[n][k] = (u8)from[k];
    u64(*t)[512] = stage2[n];
    t[0][1] = (u64)t[1] | 3;
    t[1][0] = (u64)t[2] | 3;
    for (u64 k = 0; k < 4; k++)
        t[2][k] = (u64)&guest_memory[n][k * 4096] | 0x7ff;
    v->number = n;
    v->elr = 0x40000000;
    v->spsr = 0x3c5;
    v->sctlr = 0x30d00800;
    v->vttbr = (u64)t[0] | (u64)(n + 1) << 48;
}

static void switch_to_guest(struct vcpu *v)
{
    write_reg(sctlr_el12, v->sctlr);
    write_reg(tcr_el12, v->tcr);
    write_reg(ttbr0_el12, v->ttbr0);
    write_reg(mair_el12, v->mair);
    write_reg(vbar_el12, v->vbar);
    write_reg(sp_el1, v->sp_el1);
    write_reg(cntv_cval_el02, v->cntv_cval);
    write_reg(cntv_ctl_el02, v->cntv_ctl);
    write_reg(s3_4_c12_c12_0, v->lr0); /* ICH_LR0_EL2 */
    write_reg(vttbr_el2, v->vttbr);
    write_reg(hcr_el2, HCR_GUEST);
    isb();
}

static void switch_to_host(struct vcpu *v)
{
    v->sctlr = read_reg(sctlr_el12);
    v->tcr = read_reg(tcr_el12);
    v->ttbr0 = read_reg(ttbr0_el12);
    v->mair = read_reg(mair_el12);
    v->vbar = read_reg(vbar_el12);
    v->sp_el1 = read_reg(sp_el1);
    v->cntv_cval = read_reg(cntv_cval_el02);
    v->cntv_ctl = read_reg(cntv_ctl_el02);
    write_reg(cntv_ctl_el02, 0);
    v->lr0 = read_reg(s3_4_c12_c12_0);
    write_reg(s3_4_c12_c12_0, 0);
    write_reg(hcr_el2, HCR_HOST);
    isb();
}

static void guest_character(struct vcpu *v, u8 ch)
{
    if (ch != '\n' && v->column < sizeof(v->line) - 1) {
        v->line[v->column++] = ch;
        return;
    }
    v->line[v->column] = 0;
    v->column = 0;
    print("guest ");
    print_decimal(v->number);
    print(": ");
    print((const char *)v->line);
    put('\n');
}

static void handle_data_abort(struct vcpu *v, u64 esr)
{
    u64 ipa = (read_reg(hpfar_el2) >> 4 << 12) | (read_reg(far_el1) & 0xfff);
    if (!(esr >> 24 & 1) || !(esr >> 6 & 1) || ipa != UART)
        hyp_unexpected(100, esr, v->elr, ipa);
    u32 srt = (u32)(esr >> 16 & 31);
    guest_character(v, (u8)(srt == 31 ? 0 : v->x[srt]));
    v->elr += 4;
}

static void handle_exit(struct vcpu *v)
{
    u64 esr = read_reg(esr_el1);
    switch (esr >> 26) {
    case 0x01: /* WFI: the other guest's turn */
        v->elr += 4;
        break;
    case 0x16: /* HVC: PSCI SYSTEM_OFF is all they call */
        v->done = 1;
        break;
    case 0x24:
        handle_data_abort(v, esr);
        break;
    default:
        hyp_unexpected(101, esr, v->elr, read_reg(far_el1));
    }
}

/* The virtual timer fired while its guest ran: pass it on, linked to the physical interrupt. */
static void handle_interrupt(struct vcpu *v, u64 iar)
{
    if (iar != VTIMER_INTID)
        hyp_unexpected(102, iar, v->elr, 0);
    v->ticks++;
    v->lr0 = 1UL << 62 | 1UL << 61 | 1UL << 60 | 0xa0UL << 48 | (u64)VTIMER_INTID << 32 | VTIMER_INTID;
    write_reg(s3_0_c12_c12_1, iar); /* ICC_EOIR1_EL1: priority drop; the guest's EOI deactivates */
    isb();
}

void hyp_main(void)
{
    u32 running = GUESTS;
    turn_vhe_on();
    set_up_gic();
    write_reg(vtcr_el2, 0x80023559); /* T0SZ=25, SL0=1, 4 KB, 40 bits */
    write_reg(cntvoff_el2, 0);
    for (u32 n = 0; n < GUESTS; n++)
        set_up_guest(n);
    while (running) {
        for (u32 n = 0; n < GUESTS; n++) {
            struct vcpu *v = &vcpus[n];
            if (v->done)
                continue;
            switch_to_guest(v);
            u64 reason = enter_guest(v);
            u64 iar = reason == 1 ? read_reg(s3_0_c12_c12_0)
                                  : 0; /* before the timer is turned off: its wire is a level */
            switch_to_host(v);
            v->exits++;
            if (reason == 1)
                handle_interrupt(v, iar);
            else
                handle_exit(v);
            running -= v->done;
        }
    }
    for (u32 n = 0; n < GUESTS; n++) {
        print("vhe-demo: guest ");
        print_decimal(n);
        print(": ");
        print_decimal(vcpus[n].ticks);
        print(" timer interrupts injected\n");
    }
    print("vhe-demo: done\n");
}
