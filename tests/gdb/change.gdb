# program: hyp
# changes
# What the person changes: SCTLR_EL12 is SCTLR_EL1's storage; memory, also where instructions were decoded; registers.
break switch_to_guest
continue
# expect: ^Breakpoint 1, .*switch_to_guest
set $SCTLR_EL12 = 0x30d01804
printf "SCTLR_EL1 %#lx\n", $SCTLR_EL1 & ~0x180
# expect: ^SCTLR_EL1 0x30d01804$
stepi
printf "SCTLR_EL12 %#lx\n", $SCTLR_EL12 & ~0x180
# expect: ^SCTLR_EL12 0x30d01804$
set $x5 = 0x1234
set $v3.d_u[1] = 0x55
printf "%#lx %#lx\n", $x5, $v3.d_u[1]
# expect: ^0x1234 0x55$
delete
# print_decimal() was executed before, in turn_vhe_on(): now it prints nothing.
set *(unsigned int *)&print_decimal = 0xd65f03c0
continue
# expect: exited normally
# The instruction's own effect: "guest N: " has no number
# console: ^guest : hello from EL1$
