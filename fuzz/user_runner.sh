#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# user_runner.sh: prints fuzz/user_runner.S, assembled, as the words of fuzz/user_runner.inc.
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
${CROSS_CC:-aarch64-linux-gnu-gcc} -nostdlib -static -Wl,--build-id=none -Wl,-Ttext=0x40000000 -I"$src" -o "$dir/runner" "$src/fuzz/user_runner.S"
${CROSS_OBJCOPY:-aarch64-linux-gnu-objcopy} -O binary -j .text "$dir/runner" "$dir/bin"
echo "/* SPDX-License-Identifier: BSD-2-Clause */"
echo "/* fuzz/user_runner.S, assembled by fuzz/user_runner.sh. */"
od -An -v -tx4 -w32 "$dir/bin" | sed 's/ \([0-9a-f]*\)/ 0x\1,/g; s/^ //'
