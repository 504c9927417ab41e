# program: smp
# options: -smp 2
# changes
# One CPU goes, the other is held: vCont with a single thread. Which CPU's turn it is makes no difference; smp.S.
break counting
continue
# expect: ^Thread 2 .*hit Breakpoint 1, .*counting
delete
set scheduler-locking on
thread 1
set $before = (unsigned long)$pc
stepi
stepi
printf "CPU 0 around the loop %d\n", (unsigned long)$pc == $before
# expect: ^CPU 0 around the loop 1$
thread 2
printf "CPU 1 of counting %d, X5 %d\n", (unsigned long)$pc - (unsigned long)&counting, $x5
# expect: ^CPU 1 of counting 0, X5 0$
stepi 30
printf "CPU 1 of counting %d, X5 %d\n", (unsigned long)$pc - (unsigned long)&counting, $x5
# expect: ^CPU 1 of counting 0, X5 10$
thread 1
printf "CPU 0 held %d\n", (unsigned long)$pc == $before
# expect: ^CPU 0 held 1$
set scheduler-locking off
continue
# expect: exited normally
