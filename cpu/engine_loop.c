/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The loop engine: one handler call per instruction. The reference for the other engines, and the one that
 * single-steps.
 */
#define ENGINE(name) engine_loop_##name
#define OBSERVE(call) (void)0
#include "cpu/engine_loop.inc"

void engine_loop_run(struct cpu *c)
{
    engine_loop_steps(c, false);
}

void engine_step(struct cpu *c)
{
    engine_loop_steps(c, true);
}
