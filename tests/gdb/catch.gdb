# program: catch
# Everything that catch.S does to be caught, once forward, once back.
monitor catch
# expect: ^none$
monitor catch redirect SCTLR_EL1
# expect: ^c1: redirected accesses of SCTLR_EL1$
monitor catch trap TVM
# expect: ^c2: traps whose reason has TVM$
monitor catch exception EL1
# expect: ^c3: exceptions to EL1$
monitor catch
# expect: ^c1: redirected
# expect: ^c3: exceptions to EL1$
monitor catch moon
# expect: ^catch: exception \[EL\], trap \[REASON\] or redirect \[REGISTER\] is wanted$
monitor catch exception EL4
# expect: ^catch: exception: EL1, EL2 or EL3 is wanted$
monitor catch redirect MOON_EL1
# expect: ^catch: redirect: the name of a system register is wanted
continue
# expect: ^caught c1: MRS SCTLR_EL1 at EL2 reached SCTLR_EL2 \(.*E2H.*\), value 0x[0-9a-f]*[13579bdf]$
# expect: ^Program received signal SIGTRAP
printf "after redirected: %d\n", (unsigned long)$pc - (unsigned long)&redirected
# expect: ^after redirected: 4$
monitor tlb
# expect: ^EL2&0 ASID 5: VA 0x40000000 to 0x7fffffff \(1 GiB\) is PA 0x40000000, rwx EL0 ---, Normal,.* ISH$
# expect: ^1 of 1 entries of CPU 0$
monitor tlb 0x7ffff000
# expect: ^1 of 1 entries of CPU 0$
monitor tlb 0x80000000
# expect: ^0 of 1 entries of CPU 0$
monitor tlb el1
# expect: ^0 of 1 entries of CPU 0$
monitor tlb everything
# expect: ^tlb: all, el1,
continue
# expect: ^caught c2: system register trap \(HCR_EL2.TVM=1\), from EL1 to EL2.*, ELR 0x402[0-9a-f]*, ESR 0x62300920$
printf "at the vector %d, of trapped %d\n", (unsigned long)$pc == (unsigned long)&host_vectors + 0x400, $ELR_EL2 == (unsigned long)&trapped
# expect: ^at the vector 1, of trapped 1$
continue
# expect: ^caught c3: SVC, from EL1 to EL1.*, ESR 0x56000007$
printf "at the vector %d, ELR behind the SVC %d\n", (unsigned long)$pc == (unsigned long)&guest_vectors + 0x200, $ELR_EL1 == (unsigned long)&called + 4
# expect: ^at the vector 1, ELR behind the SVC 1$
continue
# expect: ^caught c3: vIRQ, from EL1 to EL1
printf "at the vector %d, of interrupted %d\n", (unsigned long)$pc == (unsigned long)&guest_vectors + 0x280, $ELR_EL1 == (unsigned long)&interrupted
# expect: ^at the vector 1, of interrupted 1$
monitor uncatch 3
monitor uncatch 3
# expect: ^uncatch: there is no c3
monitor catch trap
# expect: ^c4: traps$
reverse-continue
# expect: ^caught c2: system register trap
printf "at trapped %d, EL%d\n", (unsigned long)$pc == (unsigned long)&trapped, ($cpsr >> 2 & 3)
# expect: ^at trapped 1, EL1$
reverse-continue
# expect: ^caught c1: MRS SCTLR_EL1
printf "at redirected %d\n", (unsigned long)$pc == (unsigned long)&redirected
# expect: ^at redirected 1$
monitor uncatch c1
monitor uncatch c2
continue
# expect: ^caught c4: system register trap
# a step where an interrupt is due ends at the vector, and the next is one of its instructions
break *((unsigned long)&called + 4)
continue
delete
stepi
printf "at interrupted %d\n", (unsigned long)$pc == (unsigned long)&interrupted
# expect: ^at interrupted 1$
stepi
printf "of the vector %d\n", (unsigned long)$pc - (unsigned long)&guest_vectors - 0x280
# expect: ^of the vector 0$
stepi
printf "of the vector %d\n", (unsigned long)$pc - (unsigned long)&guest_vectors - 0x280
# expect: ^of the vector 4$
monitor info history
# expect: ^at instruction [0-9]* of all CPUs
monitor save /nowhere/at/all
# expect: ^save /nowhere/at/all: 
monitor moon
# expect: ^unknown command 'moon'; there are help, .*catch,
continue
# expect: exited normally
