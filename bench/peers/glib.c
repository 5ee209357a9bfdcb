// SPDX-License-Identifier: GPL-2.0
/* GLib. Declares the one function itself, so that only the library is needed, not its headers. */
#include <stdint.h>

extern int64_t g_get_monotonic_time(void);
int64_t peer_now(void);

const char peer_name[] = "glib g_get_monotonic_time";

int64_t peer_now(void)
{
	return g_get_monotonic_time();
}
