// SPDX-License-Identifier: GPL-2.0
/* Load the shared objects of peers/: each has a function that reads a clock, and a name. */
#define _GNU_SOURCE
#include "peers.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>

#include "shapes.h"

void contenders_add_peers(struct contenders *to, const char *folder)
{
	char pattern[4096];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*.so", folder);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		struct bench_contender one = { .who = "peer", .call = { .loop = bench_plain } };
		void *peer = dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);

		if (!peer) {
			fprintf(stderr, "bench: skipping a peer: %s\n", dlerror());
			continue;
		}
		one.what = dlsym(peer, "peer_name");
		one.call.function = dlsym(peer, "peer_now");
		if (one.what && one.call.function)
			contenders_add(to, &one);
	}
	globfree(&found);
}
