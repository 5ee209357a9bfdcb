// SPDX-License-Identifier: GPL-2.0
/* Abseil reads the TSC, and calibrates with libc's clock from time to time. */
#include <absl/time/clock.h>
#include <cstdint>

extern "C" const char peer_name[] = "abseil GetCurrentTimeNanos";

extern "C" std::int64_t peer_now()
{
	return absl::GetCurrentTimeNanos();
}
