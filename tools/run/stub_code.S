/* SPDX-License-Identifier: GPL-2.0 */
/* The stub's binary, embedded in the launcher. */
	.section .rodata, "a"
	.balign 8
	.globl stub_code, stub_code_size
stub_code:
	.incbin STUB
stub_code_end:
	.balign 4
stub_code_size:
	.long stub_code_end - stub_code
	.section .note.GNU-stack, "", @progbits
