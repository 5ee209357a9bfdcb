/* SPDX-License-Identifier: GPL-2.0 */
/* As on x86-64. All CPUs of 64-bit kernels have SSE2, but the compiler may not use it in 32-bit programs. */
#include <x86intrin.h>

#pragma GCC push_options
#pragma GCC target("sse2")
#include "../x86/ticks.h"
#pragma GCC pop_options
