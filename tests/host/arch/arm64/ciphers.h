/* SPDX-License-Identifier: GPL-2.0 */
/* The cipher of arm64, for random_test. */
FIXTURE_VARIANT_ADD(cipher, neon) { .refill = chacha_refill_neon, .size = CHACHA_SIZE_MAX };

/* Those that the cipher uses, v0 to v7 and v16 to v30. */
#define VECTOR_REGISTERS	23

static inline void store_vector_registers(uint8_t to[][16])
{
	__asm__ __volatile__(
		"stp q0, q1, [%0]\n\tstp q2, q3, [%0, #32]\n\tstp q4, q5, [%0, #64]\n\t"
		"stp q6, q7, [%0, #96]\n\tstp q16, q17, [%0, #128]\n\tstp q18, q19, [%0, #160]\n\t"
		"stp q20, q21, [%0, #192]\n\tstp q22, q23, [%0, #224]\n\tstp q24, q25, [%0, #256]\n\t"
		"stp q26, q27, [%0, #288]\n\tstp q28, q29, [%0, #320]\n\tstr q30, [%0, #352]"
		: : "r" (to) : "memory");
}
