# program: hyp
# Both guests run the same code at the same addresses: a breakpoint that is only the second's, and one by physical address.
set $print = 0x40000000 + (unsigned long)&print - (unsigned long)&guest_start
monitor break 0x40000000 regime el1 vmid 2
# expect: ^hardware breakpoint m1 at 0x40000000, EL1&0, VMID 2$
continue
# expect: ^hardware breakpoint m1 at 0x40000000, EL1&0, VMID 2$
# expect: ^Program received signal SIGTRAP
printf "VMID %d\n", $VTTBR_EL2 >> 48
# expect: ^VMID 2$
monitor delete 1
monitor info points
# expect: ^none$
break handle_exit
continue
# expect: ^Breakpoint 1, .*handle_exit
p v->number
# expect: = 1$
detach
