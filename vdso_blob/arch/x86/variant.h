/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The variants of the image on x86-64: what the module changes at load for this CPU and this kernel.
 * Each that is common is installed as a file too, made by variants.c with the same functions.
 */
#ifndef FASTVDSO_ARCH_VARIANT_H
#define FASTVDSO_ARCH_VARIANT_H

#include "image.h"
#include "patch.h"

/* How the counter is read: by rdtscp or by mfence; rdtsc instead of lfence; rdtsc. */
#define FASTVDSO_VARIANT_RDTSCP		0x01u
#define FASTVDSO_VARIANT_MFENCE		0x02u
/* How the CPU number is read: together with the counter by rdtscp; alone by rdpid instead of lsl. */
#define FASTVDSO_VARIANT_CPU		0x04u
#define FASTVDSO_VARIANT_RDPID		0x08u
/* Which functions of the stock vDSO are hidden, because the kernel does not have them: see stock.h. */
#define FASTVDSO_VARIANT_NO_GETRANDOM	0x10u
#define FASTVDSO_VARIANT_NO_SGX		0x20u
#define FASTVDSO_VARIANT_NO_FUTEX64	0x40u
#define FASTVDSO_VARIANT_NO_FUTEX32	0x80u
#define FASTVDSO_VARIANT_NO_FUTEX	(FASTVDSO_VARIANT_NO_FUTEX64 | FASTVDSO_VARIANT_NO_FUTEX32)

/* Installed are all combinations of these two lists: CPUs with lfence, and kernels from 5.10 to 7.3. */
#define FASTVDSO_VARIANTS_OF_CPU {								\
	0, FASTVDSO_VARIANT_RDTSCP, FASTVDSO_VARIANT_CPU,					\
	FASTVDSO_VARIANT_CPU | FASTVDSO_VARIANT_RDTSCP,						\
	FASTVDSO_VARIANT_CPU | FASTVDSO_VARIANT_RDPID,						\
	FASTVDSO_VARIANT_CPU | FASTVDSO_VARIANT_RDPID | FASTVDSO_VARIANT_RDTSCP }
#define FASTVDSO_VARIANTS_OF_KERNEL {								\
	0, FASTVDSO_VARIANT_NO_FUTEX, FASTVDSO_VARIANT_NO_FUTEX | FASTVDSO_VARIANT_NO_GETRANDOM,	\
	FASTVDSO_VARIANT_NO_SGX, FASTVDSO_VARIANT_NO_SGX | FASTVDSO_VARIANT_NO_FUTEX,		\
	FASTVDSO_VARIANT_NO_SGX | FASTVDSO_VARIANT_NO_FUTEX | FASTVDSO_VARIANT_NO_GETRANDOM }

/* Patch the instructions of the image for 64-bit programs, or of that for 32-bit programs. */
static inline void fastvdso_patch_variant(void *image, unsigned long start, unsigned long end, __u32 variant)
{
	static const __u8 rdtscp[] = FASTVDSO_RDTSCP, mfence_rdtsc[] = FASTVDSO_MFENCE_RDTSC,
			  rdpid_rax[] = FASTVDSO_RDPID_RAX;

	if (variant & FASTVDSO_VARIANT_RDTSCP)
		fastvdso_patch(image, start, end, FASTVDSO_PATCH_COUNTER, rdtscp, sizeof(rdtscp));
	if (variant & FASTVDSO_VARIANT_MFENCE) {
		fastvdso_patch(image, start, end, FASTVDSO_PATCH_COUNTER, mfence_rdtsc, sizeof(mfence_rdtsc));
		fastvdso_patch(image, start, end, FASTVDSO_PATCH_COUNTER_CPUNODE, mfence_rdtsc,
			       sizeof(mfence_rdtsc));
	}
	if (variant & FASTVDSO_VARIANT_CPU)
		fastvdso_patch(image, start, end, FASTVDSO_PATCH_COUNTER_CPUNODE, rdtscp, sizeof(rdtscp));
	if (variant & FASTVDSO_VARIANT_RDPID)
		fastvdso_patch(image, start, end, FASTVDSO_PATCH_CPUNODE, rdpid_rax, sizeof(rdpid_rax));
}

/* Turn the image as built into a variant. In several steps, the variant is the sum of the steps. */
static inline void fastvdso_make_variant(void *image, __u32 variant)
{
	fastvdso_patch_variant(image, FASTVDSO_IMAGE_PATCH_START, FASTVDSO_IMAGE_PATCH_END, variant);
	if (variant & FASTVDSO_VARIANT_NO_GETRANDOM) {
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL_getrandom);
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL___vdso_getrandom);
	}
	if (variant & FASTVDSO_VARIANT_NO_SGX)
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL___vdso_sgx_enter_enclave);
	if (variant & FASTVDSO_VARIANT_NO_FUTEX64)
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL___vdso_futex_robust_list64_try_unlock);
	if (variant & FASTVDSO_VARIANT_NO_FUTEX32)
		fastvdso_hide_symbol(image, FASTVDSO_IMAGE_SYMBOL___vdso_futex_robust_list32_try_unlock);
}

#endif
