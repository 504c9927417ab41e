# program: hyp
# A function of the hypervisor by its link address, before the MMU and VHE are on; then after. tests/hyp/hyp.c: turn_vhe_on(), HCR_HOST.
break turn_vhe_on
continue
# expect: ^Breakpoint 1, .*turn_vhe_on \(\)
printf "EL%d, MMU %d, E2H %d\n", ($cpsr >> 2 & 3), $SCTLR_EL2 & 1, ($HCR_EL2 >> 34) & 1
# expect: ^EL2, MMU 0, E2H 0$
info threads
# expect: Thread 1 \(CPU 0: EL2, EL2\)
delete
finish
# expect: hyp_main \(\)
printf "EL%d, MMU %d, HCR_EL2 %#lx\n", ($cpsr >> 2 & 3), $SCTLR_EL2 & 1, $HCR_EL2
# expect: ^EL2, MMU 1, HCR_EL2 0x488000000$
# but for ITD and SED, which are 1 without AArch32
printf "SCTLR_EL1 %#lx, SCTLR_EL12 %#lx, VBAR_EL2 is host_vectors: %d\n", $SCTLR_EL1 & ~0x180, $SCTLR_EL12 & ~0x180, $VBAR_EL2 == (unsigned long)&host_vectors
# expect: ^SCTLR_EL1 0x30d00800, SCTLR_EL12 0x30d00800, VBAR_EL2 is host_vectors: 1$
info threads
# expect: Thread 1 \(CPU 0: EL2, EL2&0\)
monitor reach SCTLR_EL1
# expect: ^MRS SCTLR_EL1 at EL2: SCTLR_EL2
# expect: ^MSR SCTLR_EL1 at EL2: SCTLR_EL2
monitor reach SCTLR_EL12
# expect: ^MRS SCTLR_EL12 at EL2: SCTLR_EL1
monitor walk 0x40200000 x
# expect: 0x40200000
detach
