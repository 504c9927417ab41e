# program: hyp
# Over an ERET into the first guest and back: its entry (hyp.c: set_up_guest()), its text through stages 1 and 2.
set $word = *(unsigned int *)&guest_start
break enter_guest
continue
# expect: ^Breakpoint 1, .*enter_guest
while *(unsigned int *)$pc != 0xd69f03e0
stepi
end
x/i $pc
# expect: eret
printf "at the ERET: EL%d\n", ($cpsr >> 2 & 3)
# expect: ^at the ERET: EL2$
stepi
printf "after it: EL%d, PC %#lx, the guest's first word %d, SPSR was %#lx\n", ($cpsr >> 2 & 3), $pc, *(unsigned int *)$pc == $word, $SPSR_EL2
# expect: ^after it: EL1, PC 0x40000000, the guest's first word 1, SPSR was 0x3c5$
info threads
# expect: Thread 1 \(CPU 0: EL1, EL1&0, VMID 1\)
p $VTTBR_EL2 >> 48
# expect: = 1$
break sync_from_guest
continue
# expect: ^Breakpoint 2, .*sync_from_guest
printf "back: EL%d, EC %#x\n", ($cpsr >> 2 & 3), $ESR_EL2 >> 26
# expect: ^back: EL2, EC 0x24$
# its UART is at IPA 0x09000000; HCR_EL2.VM is still on
printf "IPA %#lx\n", ($HPFAR_EL2 >> 4 << 12)
# expect: ^IPA 0x9000000$
monitor regime el1
# expect: EL1&0, stage 1 off, ASID 0, VMID 1
set $text = 0x40000000 + (unsigned long)&text_hello - (unsigned long)&guest_start
x/s $text
# expect: "hello from EL1\\n"
monitor regime s2
# expect: intermediate physical addresses, VMID 1
x/s $text
# expect: "hello from EL1\\n"
monitor regime current
p guest_memory[0][(unsigned long)&text_hello - (unsigned long)&guest_start]@5
# expect: = "hello"
monitor xlate el1 0x40000000
# expect: is PA 0x
maintenance packet qqemu.PhyMemMode
# expect: received: "0"
maintenance packet Qqemu.PhyMemMode:1
# expect: received: "OK"
maintenance packet qqemu.PhyMemMode
# expect: received: "1"
monitor regime
# expect: physical addresses
monitor regime el2
# expect: EL2&0, stage 1 on
detach
