/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single-step a process through the image and unwind at each instruction. The expected frames come
 * from the calls and returns that it executes.
 */
#ifndef FASTVDSO_STEPPER_H
#define FASTVDSO_STEPPER_H

#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "mapped_image.h"
#include "unwinder.h"

#define DEPTH		8
#define STEPS_MAX	20000
#define DISTURBED	400		/* steps, because a reader retries as long as it is disturbed */
#define NOWHERE		0x7000ul	/* the return address, which is not mapped */

/* The process that is stepped, and its frames. */
static pid_t child;
static char *code;
static struct frame frames[DEPTH];
static int depth;

/* The offsets of all instructions, and of those that were stepped. */
static unsigned char listed[CODE_PAGES * PAGE], stepped[CODE_PAGES * PAGE];
static long disturb_at;

/* Of the last call: ordered reads of the counter, and instructions. */
static int ordered_reads, instructions;

static void get(__u64 *registers)
{
	struct user_regs_struct r;
	struct iovec iov = { &r, sizeof(r) };

	ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &iov);
	registers[RAX] = r.rax;
	registers[RDX] = r.rdx;
	registers[RCX] = r.rcx;
	registers[RBX] = r.rbx;
	registers[RSI] = r.rsi;
	registers[RDI] = r.rdi;
	registers[RBP] = r.rbp;
	registers[RSP] = r.rsp;
	registers[R8] = r.r8;
	registers[R9] = r.r9;
	registers[R10] = r.r10;
	registers[R11] = r.r11;
	registers[R12] = r.r12;
	registers[R13] = r.r13;
	registers[R14] = r.r14;
	registers[R15] = r.r15;
	registers[RIP] = r.rip;
}

/* Start a call: the function's first instruction, with known values in the caller's registers. */
static void set_call(const void *function, const __u64 *arguments)
{
	struct user_regs_struct r;
	struct iovec iov = { &r, sizeof(r) };
	__u64 *top = (void *)(stack + STACK_SIZE - 64);

	ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &iov);
	*--top = NOWHERE;
	r.rip = (__u64)function;
	r.rsp = (__u64)top;
	r.rdi = arguments[0];
	r.rsi = arguments[1];
	r.rdx = arguments[2];
	r.rbx = 0xb0b0;
	r.rbp = 0xbebe;
	r.r12 = 0x1212;
	r.r13 = 0x1313;
	r.r14 = 0x1414;
	r.r15 = 0x1515;
	r.orig_rax = -1;
	ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &iov);
}

static int inside(__u64 address)
{
	return address - (__u64)code < CODE_PAGES * PAGE;
}

static int agrees(const struct frame *found, const struct frame *real)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		if (found->registers[kept[i]] != real->registers[kept[i]])
			return 0;
	return found->cfa == real->cfa && found->registers[RIP] == real->registers[RIP];
}

/* Unwind from the current instruction out of the image, and compare each frame. */
static int backtrace_is_right(const __u64 *now)
{
	struct frame found;
	__u64 registers[REGISTERS];
	int level;

	memcpy(registers, now, sizeof(registers));
	for (level = depth - 1; level >= 0; level--) {
		/* After a call at a function's end, the return address is in the next function. */
		if (unwind(registers[RIP] - (level < depth - 1) - (__u64)code, registers, &found))
			return 0;
		if (!agrees(&found, &frames[level]))
			return 0;
		memcpy(registers, found.registers, sizeof(registers));
	}
	return registers[RIP] == NOWHERE;
}

static void enter(const __u64 *registers)
{
	struct frame *frame = &frames[depth++];

	memcpy(frame->registers, registers, sizeof(frame->registers));
	frame->cfa = registers[RSP] + 8;
	frame->registers[RIP] = word_at(registers[RSP]);
}

/* Change the pages as a concurrent writer might. */
static void disturb(void)
{
	static __u64 state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	switch (state >> 60) {
	case 0:
		page->hres[0].clock.clock_mode ^= FASTVDSO_CLOCK_COUNTER;
		break;
	case 1 ... 5:
		page->raw[0].clock.seq++;
		steered->raw[0].clock.seq++;
		break;
	default:
		page->hres[0].clock.seq++;
		steered->hres[0].clock.seq++;
	}
}

static int is_ordered_read(const unsigned char *instruction)
{
	static const unsigned char lfence[] = { 0x0f, 0xae, 0xe8 }, rdtscp[] = { 0x0f, 0x01, 0xf9 };

	return !memcmp(instruction, lfence, sizeof(lfence)) || !memcmp(instruction, rdtscp, sizeof(rdtscp));
}

/* Step through one call. Returns 0, or the offset into the image of the first error. */
static long step_through(const void *function, const __u64 *arguments)
{
	__u64 registers[REGISTERS];
	long steps;
	int status;

	set_call(function, arguments);
	get(registers);
	depth = ordered_reads = 0;
	enter(registers);
	for (steps = 0; inside(registers[RIP]); steps++) {
		const unsigned char *instruction = (const void *)registers[RIP];
		long offset = (const char *)instruction - code;

		stepped[offset] = 1;
		ordered_reads += is_ordered_read(instruction);
		if (steps == STEPS_MAX || depth == DEPTH || !listed[offset] || !backtrace_is_right(registers))
			return offset;
		if (disturb_at && steps < DISTURBED && steps % disturb_at == disturb_at - 1)
			disturb();
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) || waitpid(child, &status, 0) != child ||
		    !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
			return offset;
		get(registers);
		if (*instruction == 0xe8)
			enter(registers);
		else if (*instruction == 0xc3)
			depth--;
	}
	instructions = (int)steps;
	return depth == 0 && registers[RIP] == NOWHERE ? 0 : -1;
}

/* List the offsets of all instructions: 2, or 1 for padding. */
static int list_instructions(void)
{
	FILE *list = popen("objdump -d --no-show-raw-insn build/blob/fastvdso.so", "r");
	char line[256], name[32];
	unsigned long at;
	int count = 0;

	while (list && fgets(line, sizeof(line), list)) {
		if (sscanf(line, " %lx:\t%31s", &at, name) != 2 || at >= sizeof(listed))
			continue;
		listed[at] = strncmp(name, "nop", 3) && strcmp(name, "data16") && strcmp(name, "cs") &&
			     strcmp(name, "xchg") ? 2 : 1;
		count++;
	}
	return list && !pclose(list) ? count : 0;
}

#endif
