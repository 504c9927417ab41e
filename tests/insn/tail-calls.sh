#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Looks into the object code of the fast engine: every handler must go on by a jump. A call where a jump was meant (because
# a local's address escaped, say) would make the host's stack grow with each guest instruction.
set -eu
object=$abs_top_builddir/cpu/libengine_a-engine_fast.o
[ -e "$object" ] && command -v objdump >/dev/null && [ "$(uname -m)" = x86_64 ] || exit 77
calls=$(objdump -dr --no-show-raw-insn "$object" | awk '
    /^[0-9a-f]+ <.*>:/ { name = $2; next }
    / call +\*/ && name !~ /<(miss|engine_fast_run)>/ { print name, $0 }
    / call / && /<(fast_|branch_|look_up|leave_at|miss)/ && name !~ /<(engine_fast_run|miss)/ { print name, $0 }')
handlers=$(objdump -t "$object" | grep -c ' F .*fast_')
[ "$handlers" -gt 500 ] || { echo "only $handlers handlers seen"; exit 1; }
[ -z "$calls" ] || { echo "calls that should be jumps:"; echo "$calls"; exit 1; }
echo "$handlers handlers, all of them go on by a jump"
