/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hostile process: nobody, in a memory cgroup of 64 MiB. Each attempt is a test with the pages
 * mapped. After each attempt the pages must be unchanged and the clocks right. A root helper
 * outside the cgroup does what the attempts need from an administrator.
 */
#ifndef FASTVDSO_HOSTILE_H
#define FASTVDSO_HOSTILE_H

#include <fastvdso.h>
#include <limits.h>
#include <sys/socket.h>

#include "fast_reads.h"
#include "kmsg.h"
#include "mapping.h"
#include "unprivileged.h"

#define MEMORY_MAX	"64M"
#define OTHER_CGROUP	CGROUPS "fastvdso-other/"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif

/* An attempt that every kernel refuses, with an error of its own. */
#define EXPECT_REFUSED(call) EXPECT_EQ(-1, (long)(call)) TH_LOG("%s", #call)

/* The pages and the device as they are before the first attempt. */
static struct remembered hostile;
static int helper_socket;

/* What the root helper does. Each request is answered with 0, a count, or -errno. */
enum { HOTPLUG, QUIET, LOUD, MOVE, MOVE_BACK, REMOVE };

struct request {
	int what, argument;
};

static int hotplug(int times)
{
	int ret = access("/sys/devices/system/cpu/cpu1/online", W_OK) ? -errno : 0;

	while (!ret && times-- > 0) {
		ret = write_file("/sys/devices/system/cpu/cpu1/online", "0");
		usleep(20000);
		if (!ret)
			ret = write_file("/sys/devices/system/cpu/cpu1/online", "1");
	}
	return ret;
}

static int move_to(const char *cgroup, int pid)
{
	char path[64], text[16];

	if (mkdir(cgroup, 0755) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%scgroup.procs", cgroup);
	snprintf(text, sizeof(text), "%d", pid);
	return write_file(path, text);
}

static int serve(const struct request *request)
{
	static char printk[64];
	static int kmsg;

	switch (request->what) {
	case HOTPLUG:
		return hotplug(request->argument);
	case QUIET:	/* the kernel reports an OOM kill with a stack, as it does a fault */
		kmsg = open_kmsg();
		read_line("/proc/sys/kernel/printk", printk, sizeof(printk));
		return write_file("/proc/sys/kernel/printk", "1");
	case LOUD:
		write_file("/proc/sys/kernel/printk", printk);
		return count_faults(kmsg) + close(kmsg);
	case MOVE:
		return move_to(OTHER_CGROUP, request->argument);
	case MOVE_BACK:
		return move_to(CGROUP, request->argument);
	case REMOVE:
		return rmdir(OTHER_CGROUP) ? -errno : 0;
	}
	return -EINVAL;
}

static inline void tell_helper(int what, int argument)
{
	struct request request = { what, argument };

	send(helper_socket, &request, sizeof(request), 0);
}

static inline int answer_of_helper(void)
{
	int answer;

	return recv(helper_socket, &answer, sizeof(answer), 0) == sizeof(answer) ? answer : -EPIPE;
}

static inline int ask_helper(int what, int argument)
{
	tell_helper(what, argument);
	return answer_of_helper();
}

/* Fork the root helper. It exits when nobody has the other end of its socket. */
static int start_helper(void)
{
	int ends[2], answer;
	struct request request;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return -errno;
	helper_socket = ends[0];
	if (fork()) {
		close(ends[1]);
		return 0;
	}
	close(ends[0]);
	while (recv(ends[1], &request, sizeof(request), 0) == sizeof(request)) {
		answer = serve(&request);
		send(ends[1], &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	_exit(0);
}

static __attribute__((constructor)) void start(void)
{
	if (remember_pages(&hostile) || start_helper() || enter_memory_cgroup(MEMORY_MAX) ||
	    become_nobody()) {
		perror("hostile: cannot become an unprivileged user in a memory cgroup");
		_exit(1);
	}
}

FIXTURE(hostile)
{
	int fd;
	size_t code_size;
	uint8_t *data, *code;
};

FIXTURE_SETUP(hostile)
{
	self->code_size = hostile.code_size;
	self->fd = open(FASTVDSO_DEVICE, O_RDONLY);
	ASSERT_LE(0, self->fd);
	self->data = map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);
	ASSERT_NE(MAP_FAILED, self->data);
	self->code = map_at(self->fd, self->code_size, PROT_READ | PROT_EXEC, MAP_SHARED, 0);
	ASSERT_NE(MAP_FAILED, self->code);
	ASSERT_EQ(0, fastvdso_open());
}

/* The pages as any other process would now map them are unchanged, and the clocks are right. */
FIXTURE_TEARDOWN(hostile)
{
	EXPECT_EQ(0, count_changed_pages(&hostile));
	EXPECT_EQ(0, count_wrong_reads(20));
}

/* The signal that ends a child which calls @action on @address; 0 if none does. */
static inline int signal_from(void (*action)(void *), void *address)
{
	int status;
	pid_t child = fork();

	if (!child) {
		action(address);
		_exit(0);
	}
	status = wait_for_child(child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* From Linux 6.10 on: what is mapped there can no longer be unmapped, moved or protected. */
static inline int seal(void *at, size_t size)
{
	return (int)syscall(SYS_mseal, at, size, 0ul);
}

static inline void store(void *at)
{
	*(volatile uint8_t *)at = 1;
}

/* A child of this process that touches the pages and waits to be killed. */
static inline pid_t start_victim(const volatile uint8_t *data)
{
	pid_t child;
	int ready[2];
	char byte;

	if (pipe(ready))
		return -1;
	child = fork();
	if (!child) {
		byte = data[0] + data[PAGE];
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		child = -1;
	close(ready[0]);
	return child;
}

/* Exit status of a child, or 128 and the signal. */
static inline int end_of(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Run @attempt in a new time namespace, 1000 s ahead. Returns its value, 120 to 255 on failure. */
static inline int run_in_time_namespace(int (*attempt)(int fd), int fd)
{
	pid_t child = fork();

	if (child)
		return end_of(child);
	if (enter_user_namespace() || unshare_time("monotonic 1000 0\nboottime 1000 0\n"))
		_exit(120);
	child = fork();
	_exit(child ? end_of(child) : attempt(fd));
}

/* Map the namespace page of a process in that namespace and touch it; NULL on failure. */
static inline const volatile struct fastvdso_ns_page *touch_namespace_page(int fd)
{
	const volatile struct fastvdso_ns_page *ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT);

	if (ns == MAP_FAILED || ns->magic != FASTVDSO_NS_MAGIC || ns->mono_sec != 1000)
		return NULL;
	return ns;
}

#endif
