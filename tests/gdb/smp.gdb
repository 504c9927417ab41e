# program: smp
# options: -smp 2
# Two CPUs as threads: names, a breakpoint that is met on CPU 1, steps there, and CPU 0's end; smp.S.
info threads
# expect: Thread 1 \(CPU 0: EL2, EL2\)
# expect: Thread 2 \(CPU 1: EL2, EL2, off\)
break second
continue
# expect: ^Thread 2 .*hit Breakpoint 1, .*second
printf "thread %d, X0 %#x, EL%d\n", $_thread, $x0, ($cpsr >> 2 & 3)
# expect: ^thread 2, X0 0x77, EL2$
break counting if $x5 == 3
continue
# expect: ^Thread 2 .*hit Breakpoint 2, .*counting
info threads
# expect: Thread 1 \(CPU 0: EL2, EL2\)
# expect: Thread 2 \(CPU 1: EL1, EL1&0\)
delete
stepi
printf "X5 %d, of counting %d\n", $x5, (unsigned long)$pc - (unsigned long)&counting
# expect: ^X5 4, of counting 4$
thread 1
printf "EL%d, waits %d\n", ($cpsr >> 2 & 3), (unsigned long)$pc == (unsigned long)&waiting || (unsigned long)$pc == (unsigned long)&waiting + 4
# expect: ^EL2, waits 1$
break counted
break over
continue
# expect: ^Thread 2 .*hit Breakpoint 3, .*counted
printf "X5 %d, done %d\n", $x5, *(int *)&done
# expect: ^X5 100000, done 0$
continue
# expect: ^Thread 1 .*hit Breakpoint 4, .*over
printf "done %d\n", *(int *)&done
# expect: ^done 1$
monitor catch exception
continue
# expect: exited normally
