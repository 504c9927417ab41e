# program: corrupt
# Back to the instruction that corrupted a word; the word's values before and after it are in corrupt.S.
break noticed
continue
# expect: ^Breakpoint 1, .*noticed
printf "now %#x\n", *(unsigned int *)&victim
# expect: ^now 0x55$
watch *(unsigned int *)&victim
reverse-continue
# expect: ^Old value = 85$
# expect: ^New value = 1000$
printf "at the culprit %d, victim %d, w3 %d\n", $pc == (unsigned long)&culprit, *(unsigned int *)&victim, $x3
# expect: ^at the culprit 1, victim 1000, w3 4$
reverse-continue
# expect: ^Old value = 1000$
# expect: ^New value = 999$
printf "at good %d, w2 %d\n", $pc == (unsigned long)&good, $x2
# expect: ^at good 1, w2 1000$
delete 2
reverse-stepi
printf "before it %d, w2 %d\n", (unsigned long)&good - (unsigned long)$pc, $x2
# expect: ^before it 4, w2 999$
stepi
printf "again at good %d, w2 %d\n", $pc == (unsigned long)&good, $x2
# expect: ^again at good 1, w2 1000$
break good if $x2 == 500
reverse-continue
# expect: ^Breakpoint 3, .*good
printf "w2 %d, victim %d\n", $x2, *(unsigned int *)&victim
# expect: ^w2 500, victim 499$
delete 3
reverse-continue
# expect: No more reverse-execution history
printf "at the start %d\n", $pc == (unsigned long)&_start
# expect: ^at the start 1$
continue
# expect: ^Breakpoint 1, .*noticed
detach
