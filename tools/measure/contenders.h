/* SPDX-License-Identifier: GPL-2.0 */
/* Who takes part: the image, the kernel's own vDSO, libc, the system call, and peers. */
#ifndef FASTVDSO_BENCH_CONTENDERS_H
#define FASTVDSO_BENCH_CONTENDERS_H

#include "elf_reader.h"
#include "measure.h"

#define CONTENDERS_MAX	128

struct contenders {
	struct bench_contender	all[CONTENDERS_MAX];
	size_t			count;
};

void contenders_add(struct contenders *to, const struct bench_contender *one);

/* NULL if there is none. */
const struct bench_contender *contenders_find(const struct contenders *in, const char *who,
					      const char *what);

/*
 * The calls that an image has, of those that it may have; `ranges` is what they touch. A
 * call that an image does not have is left out. `few`: only those that are compared.
 */
void contenders_add_image(struct contenders *to, const char *who, const struct fastvdso_elf *elf,
			  const struct bench_range ranges[BENCH_RANGES], int few);

/* The kernel's vDSO, by direct pointer. -ENOENT if this process has none. */
int contenders_add_stock(struct contenders *to);

/* The calls of a list of functions, by their names without a prefix. */
struct contenders_function {
	const char	*symbol;
	void		*function;
};

void contenders_add_functions(struct contenders *to, const char *who,
			      const struct contenders_function *functions, size_t count);

void contenders_add_libc(struct contenders *to);
void contenders_add_syscalls(struct contenders *to);

#endif
