// SPDX-License-Identifier: GPL-2.0
/*
 * The launcher's reading of a program's initial stack and of the kernel's vDSO, and what it then
 * writes, on any memory.
 */
#include "fuzz.h"

#include "run.h"
#include "tracee.h"

#define STACK	0x7ffe00000000ul
#define VDSO	0x7ffff7fc0000ul
#define PAGE	4096ul

/* The input: the length of the stack, the stack, the vDSO; zeroes follow up to the end of its page. */
static const uint8_t *stack, *vdso;
static size_t stack_size, vdso_size;
static struct run_start start;
tracee_regs fake_registers;

const char stub_code[648];
const unsigned int stub_code_size = sizeof(stub_code);

static size_t vdso_end(void)
{
	return (vdso_size + PAGE - 1) & -PAGE;
}

ssize_t run_read(const struct run_memory *memory, void *bytes, size_t size, unsigned long at)
{
	size_t i, got = 0;

	if (at - STACK < stack_size) {
		got = stack_size - (at - STACK);
		got = got < size ? got : size;
		memcpy(bytes, stack + (at - STACK), got);
	} else if (at - VDSO < vdso_end()) {
		at -= VDSO;
		got = vdso_end() - at < size ? vdso_end() - at : size;
		i = at < vdso_size ? vdso_size - at : 0;
		i = i < got ? i : got;
		memcpy(bytes, vdso + at, i);
		memset((char *)bytes + i, 0, got - i);
	}
	return got ? (ssize_t)got : -1;
}

/* Only zeroes of the vDSO are overwritten, its section headers, or the stack below the pointer. */
int run_write(const struct run_memory *memory, const void *bytes, size_t size, unsigned long at)
{
	if (at >= STACK - PAGE && at < STACK)
		require(size <= STACK - at);
	else
		require(at - start.vdso < 65 * PAGE && size <= 65 * PAGE - (at - start.vdso));
	return 1;
}

void run_open_memory(struct run_memory *memory, pid_t pid)
{
	*memory = (struct run_memory) { .pid = pid, .fd = -1 };
}

void run_close_memory(const struct run_memory *memory)
{
}

int run_fill_mm_map(pid_t pid, const struct run_start *found, struct stub_mm_map *map)
{
	require(found->vector >= STACK && found->vector < found->vector_end);
	/* The value of AT_NULL is not read. */
	require(found->vector_end <= STACK + stack_size + sizeof(long));
	start = *found;
	memset(map, 0, sizeof(*map));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stub_args plan = { .file_count = 1 };
	const char *objection;
	uint16_t words;

	take(&data, &size, &words, sizeof(words));
	stack_size = words * sizeof(long) < size ? words * sizeof(long) : size;
	stack = data;
	vdso = data + stack_size;
	vdso_size = size - stack_size;
	memset(&start, 0, sizeof(start));
	fake_registers = (tracee_regs) { .sp = STACK, .pc = 1 };
	objection = run_inject(1, &plan, 2);
	require(!objection == (fake_registers.pc != 1));
	return 0;
}
