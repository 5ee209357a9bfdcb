/* SPDX-License-Identifier: GPL-2.0 */
/* What all targets of libFuzzer here need. */
#ifndef FASTVDSO_FUZZ_H
#define FASTVDSO_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Called for each input. Returns 0. The input is on the heap, so reads past its end are reported. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds for every input. */
#define require(condition) do { if (!(condition)) abort(); } while (0)

/* Read the value, whatever it is. */
#define use(value)	__asm__ __volatile__("" : : "r"(value))

/* Take the next `size` bytes of the input; zeroes behind its end. */
static inline void take(const uint8_t **data, size_t *left, void *to, size_t size)
{
	size_t taken = size < *left ? size : *left;

	memcpy(to, *data, taken);
	memset((char *)to + taken, 0, size - taken);
	*data += taken;
	*left -= taken;
}

#endif
