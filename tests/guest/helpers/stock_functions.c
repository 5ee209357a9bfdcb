// SPDX-License-Identifier: GPL-2.0
/*
 * A program for the launcher to start: whether its vDSO, the image, has every function of the
 * kernel's own, and whether they do what the kernel's do. Exit status 1 if not, 3 if the kernel's
 * vDSO has a function that the image does not know.
 *
 *	stock_functions [speed]
 *
 * speed: compare getrandom() of both.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "elf_reader.h"

#define VERSION	"LINUX_2.6"

/* What getrandom() returns if it is asked for its state: struct vgetrandom_opaque_params. */
struct state_parameters {
	uint32_t	size, prot, flags, reserved[13];
};

typedef long getrandom_function(void *, size_t, unsigned int, void *, size_t);
typedef int enclave_function(uint64_t, uint64_t, uint64_t, uint32_t, uint64_t, uint64_t, void *);

static struct fastvdso_elf image, stock;
static int failed;

static void expect(int right, const char *what)
{
	if (!right) {
		printf("wrong: %s\n", what);
		failed = 1;
	}
}

/* Parse the ELF image whose mapping starts there, or whose line in /proc/self/maps contains a name. */
static int find_mapped(struct fastvdso_elf *elf, unsigned long at, const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0, end = 0;
	char line[256];
	int found = 0;

	while (maps && !found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%lx", &start, &end) == 2 &&
			(at ? start == at : strstr(line, name) != NULL);
	if (maps)
		fclose(maps);
	return found && !fastvdso_elf_parse(elf, (void *)start, end - start);
}

static void *find(const struct fastvdso_elf *elf, const char *name)
{
	return fastvdso_elf_function(elf, name, VERSION);
}

/* Print the functions that only one of both has. */
static void compare_names(const struct fastvdso_elf *of, const struct fastvdso_elf *with, const char *what)
{
	struct fastvdso_elf_symbol symbol;
	size_t i;

	for (i = 0; !fastvdso_elf_symbol_at(of, i, &symbol); i++)
		if (symbol.defined && symbol.function && !strcmp(symbol.version, VERSION) &&
		    !find(with, symbol.name)) {
			printf("%s: %s\n", what, symbol.name);
			failed = of == &stock ? 3 : 1;
		}
}

static void *state_of(getrandom_function *getrandom, size_t *size)
{
	struct state_parameters parameters = { 0 };
	void *state;

	if (getrandom(NULL, 0, 0, &parameters, ~0ul) || !parameters.size)
		return NULL;
	state = mmap(NULL, 4096, (int)parameters.prot, (int)parameters.flags, -1, 0);
	*size = parameters.size;
	return state == MAP_FAILED ? NULL : state;
}

static void check_getrandom(void)
{
	getrandom_function *ours = find(&image, "__vdso_getrandom");
	unsigned char bytes[3][32] = { 0 };
	size_t size = 0;
	void *state;

	if (!ours)
		return;
	state = state_of(ours, &size);
	expect(state != NULL, "getrandom() has no state");
	if (!state)
		return;
	expect(ours(bytes[0], 32, 0, state, size) == 32 && ours(bytes[1], 32, 0, state, size) == 32 &&
	       memcmp(bytes[0], bytes[1], 32) && memcmp(bytes[0], bytes[2], 32), "getrandom() with a state");
	expect(ours(bytes[2], 32, 0, NULL, 0) == 32 && memcmp(bytes[1], bytes[2], 32),
	       "getrandom() without a state");
	expect(ours(bytes[0], 32, ~0u, state, size) == -EINVAL, "getrandom() with unknown flags");
}

static void check_unlock(const char *name)
{
	uint32_t (*unlock)(uint32_t *, uint32_t, uint64_t *) = find(&image, name);
	uint32_t lock = 42;
	uint64_t pending = 1;

	if (!unlock)
		return;
	expect(unlock(&lock, 43, &pending) == 42 && lock == 42 && pending == 1, "unlock by another thread");
	expect(unlock(&lock, 42, &pending) == 42 && !lock && !pending, "unlock by the owner");
}

/* No enclave is needed for a call with an unknown leaf, which fails before it enters one. */
static void check_enclave(void)
{
	enclave_function *ours = find(&image, "__vdso_sgx_enter_enclave");
	enclave_function *theirs = find(&stock, "__vdso_sgx_enter_enclave");
	uint64_t run[32] = { 0 };

	if (ours && theirs)
		expect(ours(0, 0, 0, 0, 0, 0, run) == theirs(0, 0, 0, 0, 0, 0, run), "enter_enclave()");
}

/* The fastest of some batches, in nanoseconds a call. */
static double time_of(getrandom_function *getrandom, void *state, size_t size)
{
	double best = 1e9;
	unsigned char bytes[16];
	int batch, i;

	for (batch = 0; batch < 20; batch++) {
		struct timespec from, to;
		double ns;

		clock_gettime(CLOCK_MONOTONIC, &from);
		for (i = 0; i < 10000; i++)
			getrandom(bytes, sizeof(bytes), 0, state, size);
		clock_gettime(CLOCK_MONOTONIC, &to);
		ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
		best = ns / 10000 < best ? ns / 10000 : best;
	}
	return best;
}

static void compare_speed(void)
{
	getrandom_function *ours = find(&image, "__vdso_getrandom"), *theirs = find(&stock, "__vdso_getrandom");
	size_t size = 0;
	void *state = ours && theirs ? state_of(theirs, &size) : NULL;
	double stock_ns, image_ns;

	if (!state)
		return;
	stock_ns = time_of(theirs, state, size);
	image_ns = time_of(ours, state, size);
	printf("getrandom of 16 bytes: %.1f ns, stock %.1f ns: %.3f\n", image_ns, stock_ns,
	       image_ns / stock_ns);
}

int main(int argc, char **argv)
{
	/* The kernel's vDSO has that name, whatever the auxiliary vector says. */
	if (!find_mapped(&stock, 0, "[vdso]") || !find_mapped(&image, getauxval(AT_SYSINFO_EHDR), NULL) ||
	    image.base == stock.base) {
		puts("not started with the image");
		return 1;
	}
	compare_names(&stock, &image, "only the kernel's vDSO has");
	compare_names(&image, &stock, "only the image has");
	check_getrandom();
	check_unlock("__vdso_futex_robust_list64_try_unlock");
	check_unlock("__vdso_futex_robust_list32_try_unlock");
	check_enclave();
	if (argc > 1 && !strcmp(argv[1], "speed"))
		compare_speed();
	if (!failed)
		puts("all functions are there and work");
	return failed;
}
