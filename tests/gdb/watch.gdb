# program: hyp
# A watchpoint on a counter of the hypervisor's: hyp.c, handle_interrupt().
watch vcpus[0].ticks
continue
# expect: ^Old value = 0$
# expect: ^New value = 1$
continue
# expect: ^Old value = 1$
# expect: ^New value = 2$
delete
rwatch vcpus[1].done
continue
# expect: ^Value = 0$
p ($cpsr >> 2 & 3)
# expect: = 2$
detach
