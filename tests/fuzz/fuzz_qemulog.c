/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: QEMU's log. The first byte says whether all is drained into memory first.
 */
#include <unistd.h>

#include "diff/qemulog.h"
#include "tests/fuzz/fuzz.h"

enum { PIPE_BYTES = 60000 }; /* fit in a pipe that nobody reads */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    bool drain = (take(&in, 1) & 1) != 0;
    struct qemulog_record r;
    int fds[2];
    if (in.left > PIPE_BYTES || pipe(fds) != 0)
        return 0;
    if (in.left == 0 || write(fds[1], in.p, in.left) == (ssize_t)in.left) {
        close(fds[1]);
        struct qemulog *l = qemulog_new(fds[0]);
        if (drain)
            qemulog_drain(l);
        while (qemulog_next(l, &r) && r.kind != QEMULOG_END)
            continue;
        if (qemulog_error(l)[0] == 0 && r.kind != QEMULOG_END)
            __builtin_trap();
        qemulog_free(l);
    } else {
        close(fds[1]);
    }
    close(fds[0]);
    return 0;
}
