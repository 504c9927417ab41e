/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The features whose instructions both sides have.
 */
#ifndef EL2SIM_FUZZ_USER_FEATURES_H
#define EL2SIM_FUZZ_USER_FEATURES_H

#include "fuzz/user.h"

/* Asks QEMU, and takes what it lacks out of s->features. note: a line about that, or "". False: QEMU can't be
 * run. */
bool user_features_both(struct user_session *s, char *note, size_t size, char error[FUZZ_ERROR_SIZE]);

#endif
