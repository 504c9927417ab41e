/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system counter is one for all PEs: what one PE reads is never less than what another has read before
 * (Arm ARM D12.1.2). Two CPUs read CNTPCT_EL0 in turns; each hands what it read to the other, CPU 0 after a
 * varying delay, so that the hand-over comes at every place of a turn of the simulator. Expected: no read is
 * behind the one before.
 */
#include "guest.h"

#define READS 200

static volatile u64 turn, last, behind;

static void read_in_turns(u64 cpu)
{
    for (u64 n = 0; n < READS; n++) {
        while ((turn & 1) != cpu)
            ;
        if (cpu == 0)
            for (volatile u64 delay = 0; delay < 200 + n * 7; delay++)
                ;
        u64 now = READ_SYSREG(cntpct_el0);
        if (now < last && last - now > behind)
            behind = last - now;
        last = now;
        turn++;
    }
}

void guest_cpu(u64 cpu)
{
    read_in_turns(cpu);
}

int guest_main(void)
{
    guest_cpu_on(1);
    read_in_turns(0);
    while (turn < 2 * READS)
        ;
    return guest_fails(behind == 0, "CNTPCT_EL0 went back by", behind);
}
