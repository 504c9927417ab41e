#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bad-input.sh EL2SIM: mistakes of the user and damaged files. Each must give exactly one line on stderr that starts with
# "el2sim: " and says what is wrong, nothing on stdout, and exit status 2.
set -u
el2sim=${1:-${abs_top_builddir:-.}/el2sim}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# A mistake ends the program with memory in hand; that is no leak.
export ASAN_OPTIONS=detect_leaks=0
count=0
failed=0

# bad WORD OPTION...: WORD must occur in the message.
bad() {
    word=$1
    shift
    count=$((count + 1))
    "$el2sim" "$@" > "$dir/out" 2> "$dir/err" < /dev/null
    status=$?
    if [ $status -ne 2 ] || [ "$(wc -l < "$dir/err")" -ne 1 ] || [ -s "$dir/out" ] ||
        ! grep -q "^el2sim: .*$word" "$dir/err"; then
        failed=$((failed + 1))
        echo "FAIL (status $status, '$word' wanted): $*"
        cat "$dir/err"
    fi
}

# A number as N little-endian bytes.
le() { # BYTES NUMBER
    n=$1
    v=$2
    while [ "$n" -gt 0 ]; do
        printf "\\$(printf %03o $((v & 255)))"
        v=$((v >> 8))
        n=$((n - 1))
    done
}

zeros() {
    head -c "$1" /dev/zero
}

# An executable that would load: ELF64, AArch64, one segment of 16 bytes.
elf() { # MACHINE PADDR FILESZ
    printf '\177ELF\002\001\001'
    zeros 9
    le 2 2; le 2 "$1"; le 4 1; le 8 $(($2)); le 8 64; le 8 0; le 4 0; le 2 64; le 2 56; le 2 1; le 2 0; le 2 0; le 2 0
    le 4 1; le 4 5; le 8 128; le 8 $(($2)); le 8 $(($2)); le 8 "$3"; le 8 "$3"; le 8 8
    zeros 8
    zeros 16
}

# An Image that asks for SIZE bytes of memory.
image() { # SIZE
    printf 'MZ'
    zeros 6
    le 8 0; le 8 "$1"; le 8 10
    zeros 24
    printf 'ARM\144'
    zeros 4032
}

: > "$dir/empty"
elf 183 0x40080000 16 > "$dir/good.elf"
head -c 40 "$dir/good.elf" > "$dir/header.elf"
head -c 100 "$dir/good.elf" > "$dir/phdr.elf"
head -c 140 "$dir/good.elf" > "$dir/segment.elf"
elf 62 0x40080000 16 > "$dir/x86.elf"
elf 183 0x10000000 16 > "$dir/nowhere.elf"
image 65536 > "$dir/Image"
image $((1 << 30)) > "$dir/huge-Image"
gzip -c "$dir/Image" > "$dir/Image.gz"
head -c 60 "$dir/Image.gz" > "$dir/cut.gz"
zeros 100000 | tr '\000' 'x' > "$dir/garbage.dtb"
printf '\320\015\376\355' > "$dir/magic.dtb"
zeros 5000 >> "$dir/magic.dtb"
printf '\320\015\376\355\000\000\020\000' > "$dir/short.dtb"
zeros 300000000 > "$dir/large"
printf 'MZ\000\000zimg\000\001\000\000\377\377\377\000' > "$dir/zboot"
zeros 8 >> "$dir/zboot"
printf 'gzip' >> "$dir/zboot"
zeros 300 >> "$dir/zboot"

k="-kernel $dir/Image"
bad "nothing to run"
bad "empty" -kernel "$dir/empty"
bad "can't open" -kernel "$dir/missing"
bad "directory" -kernel "$dir"
bad "ELF" -kernel "$dir/header.elf"
bad "phdr.elf" -kernel "$dir/phdr.elf"
bad "truncated" -kernel "$dir/segment.elf"
bad "another machine" -kernel "$dir/x86.elf"
bad "not inside RAM" -kernel "$dir/nowhere.elf"
bad "truncated" -kernel "$dir/cut.gz"
bad "not inside the file" -kernel "$dir/zboot"
bad "larger -m" -kernel "$dir/huge-Image"
bad "larger -m" -kernel "$dir/huge-Image" -m 1G
bad "too large" -kernel "$dir/large" -m 64M
bad "not a valid device tree" $k -dtb "$dir/garbage.dtb"
bad "not a valid device tree" $k -dtb "$dir/magic.dtb"
bad "not a valid device tree" $k -dtb "$dir/short.dtb"
bad "empty" $k -dtb "$dir/empty"
bad "can't open" $k -dtb "$dir/missing"
bad "too large" $k -m 128M -initrd "$dir/large"
bad "doesn't fit" $k -m 320M -initrd "$dir/large"
bad "empty" $k -initrd "$dir/empty"
bad "can't open" $k -initrd "$dir/missing"
bad "possible" $k -m 0
bad "possible" $k -m 1000T
bad "not a size" $k -m lots
bad "out of range" $k -smp 0
bad "unknown option" $k -frobnicate
bad "unexpected argument" "$dir/Image"
bad "needs an argument" -kernel
bad "unknown machine" $k -M raspi4
bad "not implemented" $k -M virt,iommu=smmuv3
bad "wanted" $k -gdb nonsense
bad "not a port" $k -gdb tcp::99999
bad "No such file" $k -gdb unix:"$dir/missing/socket"
bad "cpu" $k -cpu z80
bad "cpu" $k -cpu max,nonsense=on
bad "can't open" $k -drive file="$dir/missing",if=virtio
bad "empty" $k -drive file="$dir/empty",if=virtio
bad "regular file" $k -drive file=/dev/null,if=virtio
bad "can't write" $k -serial file:"$dir/missing/out"
bad "not inside RAM" $k -device loader,file="$dir/Image",addr=0x20000000
bad "needs addr" $k -device loader,file="$dir/Image"
bad "where to start" -device loader,file="$dir/good.elf"
bad "firmware" -bios "$dir/missing"
bad "too large" -bios "$dir/large"
bad "can't open" $k -fw_cfg name=opt/x,file="$dir/missing"

echo "bad-input: $count mistakes, $failed not reported as they should be"
[ $failed -eq 0 ]
