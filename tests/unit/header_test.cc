// SPDX-License-Identifier: GPL-2.0
// The public header is clean C++; that this compiles and links is the test.
#include <fastvdso.h>
#include <cstdio>

int main()
{
	struct fastvdso_status status;

	bool ok = !fastvdso_status(&status, sizeof(status)) && fastvdso_now_ns(CLOCK_MONOTONIC) > 0;

	std::printf("TAP version 13\n1..1\n%sok 1 header.compiles_as_cxx_and_links\n", ok ? "" : "not ");
	return ok ? 0 : 1;
}
