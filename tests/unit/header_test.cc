// SPDX-License-Identifier: GPL-2.0
// The public header is clean C++; that this compiles and links is the test.
#include <fastvdso.h>

int main()
{
	struct fastvdso_status status;

	if (fastvdso_status(&status, sizeof(status)))
		return 1;
	return fastvdso_now_ns(CLOCK_MONOTONIC) > 0 ? 0 : 1;
}
