/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of the calls to compare: of an image, the kernel's vDSO, libc and the system call. */
#ifndef FASTVDSO_BENCH_CONTENDERS_H
#define FASTVDSO_BENCH_CONTENDERS_H

#include "elf_reader.h"
#include "measure.h"

#define CONTENDERS_MAX	128

/* Which calls to compare. */
enum contenders_scope {
	CONTENDERS_ALL,
	CONTENDERS_COUNTER,	/* those that read or convert the counter */
	CONTENDERS_ESSENTIAL,	/* those that are measured for every variant of the image */
};

struct contenders {
	struct bench_contender	all[CONTENDERS_MAX];
	size_t			count;
	enum contenders_scope	scope;
};

void contenders_add(struct contenders *to, const struct bench_contender *one);

/* NULL if not in the list. */
const struct bench_contender *contenders_find(const struct contenders *in, const char *who,
					      const char *what);

/* Add the calls within the scope that an image exports. `ranges` is the memory that they access. */
void contenders_add_image(struct contenders *to, const char *who, const struct fastvdso_elf *elf,
			  const struct bench_range ranges[BENCH_RANGES], enum contenders_scope scope);

/* Add the kernel's vDSO, called through pointers. -ENOENT if this process has none. */
int contenders_add_stock(struct contenders *to);

/* Functions by their names, without a prefix. */
struct contenders_function {
	const char	*symbol;
	void		*function;
};

void contenders_add_functions(struct contenders *to, const char *who,
			      const struct contenders_function *functions, size_t count);

void contenders_add_libc(struct contenders *to);
void contenders_add_syscalls(struct contenders *to);

#endif
