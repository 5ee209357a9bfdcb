/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks of other projects, to compare with. */
#ifndef FASTVDSO_BENCH_PEERS_H
#define FASTVDSO_BENCH_PEERS_H

#include "contenders.h"

/* Load each shared object in a folder and add its clock; report on stderr which cannot be loaded. */
void contenders_add_peers(struct contenders *to, const char *folder);

#endif
