/* SPDX-License-Identifier: GPL-2.0 */
/* Unwind frames of the image by its .eh_frame, which libdw reads. */
#ifndef FASTVDSO_UNWINDER_H
#define FASTVDSO_UNWINDER_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <linux/types.h>
#include <stdlib.h>

#define STACK_SIZE	(16 * 4096)

/* The registers of x86-64 in DWARF's order, and the callee-saved ones. */
enum { RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15, RIP, REGISTERS };
static const int kept[] = { RBX, RBP, R12, R13, R14, R15 };

struct frame {
	__u64	cfa;
	__u64	registers[REGISTERS];	/* the caller's; RIP: the return address */
};

static Dwarf_CFI *cfi;
static char *stack;

/* A word of the stack, or 0 outside of it. */
static __u64 word_at(__u64 address)
{
	return address - (__u64)stack <= STACK_SIZE - sizeof(__u64) ? *(__u64 *)address : 0;
}

/* Evaluate an expression as compilers write them: a register plus an offset, or the CFA plus one. */
static int evaluate(const Dwarf_Op *ops, size_t count, const __u64 *registers, __u64 cfa, __u64 *result,
		    int *is_value)
{
	size_t i;

	*is_value = 0;
	for (i = 0; i < count; i++) {
		const Dwarf_Op *op = &ops[i];

		if (op->atom == DW_OP_call_frame_cfa && i == 0)
			*result = cfa;
		else if (op->atom >= DW_OP_breg0 && op->atom < DW_OP_breg0 + REGISTERS && i == 0)
			*result = registers[op->atom - DW_OP_breg0] + op->number;
		else if (op->atom == DW_OP_bregx && op->number < REGISTERS && i == 0)
			*result = registers[op->number] + op->number2;
		else if (op->atom == DW_OP_plus_uconst && i > 0)
			*result += op->number;
		else if (op->atom == DW_OP_stack_value && i > 0)
			*is_value = 1;
		else
			return -1;
	}
	return count ? 0 : -1;
}

/* Find the caller of the frame at an offset into the image. Returns 0 or -1. */
static int unwind(__u64 offset, const __u64 *registers, struct frame *found)
{
	Dwarf_Frame *rules;
	Dwarf_Op *ops, room[3];
	size_t count;
	int i, is_value, ret = -1;

	if (dwarf_cfi_addrframe(cfi, offset, &rules))
		return -1;
	if (dwarf_frame_cfa(rules, &ops, &count) ||
	    evaluate(ops, count, registers, 0, &found->cfa, &is_value))
		goto out;
	for (i = 0; i < REGISTERS; i++) {
		__u64 at;

		if (dwarf_frame_register(rules, i, room, &ops, &count))
			goto out;
		/* Unchanged, or undefined: libdw reports both the same way, for rbx too. */
		if (!count) {
			found->registers[i] = registers[i];
			continue;
		}
		if (evaluate(ops, count, registers, found->cfa, &at, &is_value))
			goto out;
		found->registers[i] = is_value ? at : word_at(at);
	}
	found->registers[RSP] = found->cfa;
	ret = 0;
out:
	free(rules);
	return ret;
}

#endif
