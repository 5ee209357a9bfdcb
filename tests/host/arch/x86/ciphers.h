/* SPDX-License-Identifier: GPL-2.0 */
/* The ciphers of x86, for random_test. */
FIXTURE_VARIANT_ADD(cipher, sse2) { .refill = chacha_refill_sse2, .size = CHACHA_SIZE_SSE2 };
FIXTURE_VARIANT_ADD(cipher, avx2) { .refill = chacha_refill_avx2, .size = CHACHA_SIZE_AVX2 };

/* Those that the ciphers use. */
#define VECTOR_REGISTERS	15

static inline void store_vector_registers(uint8_t to[][16])
{
	__asm__ __volatile__(
		"movdqa %%xmm0, (%0)\n\tmovdqa %%xmm1, 16(%0)\n\tmovdqa %%xmm2, 32(%0)\n\t"
		"movdqa %%xmm3, 48(%0)\n\tmovdqa %%xmm4, 64(%0)\n\tmovdqa %%xmm5, 80(%0)\n\t"
		"movdqa %%xmm6, 96(%0)\n\tmovdqa %%xmm7, 112(%0)\n\tmovdqa %%xmm8, 128(%0)\n\t"
		"movdqa %%xmm9, 144(%0)\n\tmovdqa %%xmm10, 160(%0)\n\tmovdqa %%xmm11, 176(%0)\n\t"
		"movdqa %%xmm12, 192(%0)\n\tmovdqa %%xmm13, 208(%0)\n\tmovdqa %%xmm14, 224(%0)"
		: : "r" (to) : "memory");
}
