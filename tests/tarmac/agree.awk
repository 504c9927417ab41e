# SPDX-License-Identifier: BSD-2-Clause
#
# awk -f agree.awk DISASSEMBLY TRACE: the instructions of a Tarmac trace of vhe-demo.elf against objdump -d of it.
# At EL2 each must be the word at its address, with the same mnemonic. Guests run a copy of the code between
# guest_start and guest_end at 0x40000000: one distance must fit all of theirs. Every instruction that follows
# one that is no branch, and took no exception, is the next word.
function number(hex,    n, k) {
    for (k = 1; k <= length(hex); k++)
        n = n * 16 + index("0123456789abcdef", substr(hex, k, 1)) - 1
    return n
}
# objdump and the trace may call one encoding by an alias of its own.
function plain(m) {
    sub(/^mov[zn]$/, "mov", m)
    sub(/^b\.hs$/, "b.cs", m)
    sub(/^b\.lo$/, "b.cc", m)
    return m
}
function same(a, b) {
    return plain(a) == plain(b)
}
function wrong(what) {
    if (++errors <= 10)
        print FILENAME ":" FNR ": " what ": " $0
}
FNR == NR {
    if ($1 ~ /^[0-9a-f]+:$/ && $2 ~ /^[0-9a-f]+$/ && length($2) == 8) {
        at = number(substr($1, 1, length($1) - 1))
        word[at] = $2
        name[at] = $3
    }
    next
}
$4 == "E" { expected = 0 }
$4 == "IT" {
    if ($11 == "orr" && $13 ~ /^[wx]zr,$/)
        $11 = "mov"
    va = number(substr($6, 1, 16))
    instructions++
    if (expected != 0 && va != expected)
        wrong("not the next instruction")
    expected = $11 ~ /^(b|bl|br|blr|ret|cbn?z|tbn?z|eret|b\..*)$/ ? 0 : va + 4
    if ($9 ~ /^EL2/) {
        if (word[va] != $7)
            wrong("another word is at that address")
        else if (!same(name[va], $11))
            wrong("objdump says " name[va])
        host[va] = 1
    } else if (!(va in guest)) {
        guest[va] = $7
        called[va] = $11
        if (!lowest || va < lowest)
            lowest = va
    }
}
END {
    for (base in word) {
        fits = word[base] == guest[lowest]
        for (va in guest)
            if (fits && word[base + va - lowest] != guest[va])
                fits = 0
        if (fits) {
            found++
            for (va in guest)
                if (!same(name[base + va - lowest], called[va]))
                    errors++
        }
    }
    for (va in host) hosts++
    for (va in guest) guests++
    if (found != 1 || guests < 20 || hosts < 200 || instructions < 1000)
        errors++
    printf "%d instructions; %d addresses at EL2, %d of guests (%d place fits); %d errors\n", instructions, hosts, guests,
        found, errors
    exit errors != 0
}
