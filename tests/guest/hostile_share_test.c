// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile processes and what they pass on: attempts to gain rights by sharing the device, to pin
 * pages, and to observe what the pages must not contain. docs/security.md lists the attempts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "hostile.h"
#include "pagemap.h"
#include "rights.h"

#define PIPES		8
#define PIPE_PAGES	128
#define MANY		1024	/* namespace pages of one process */

/* What a process may do with a descriptor that it was given: read, and nothing else. 0, or what is wrong. */
static int use_descriptor(int fd)
{
	char path[32];
	uint32_t *data = map_at(fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);

	if (data == MAP_FAILED || data[0] != FASTVDSO_NS_MAGIC)
		return 1;
	if (map_at(fd, DATA, PROT_READ | PROT_WRITE, MAP_SHARED, DATA_AT) != MAP_FAILED)
		return 2;
	if (!mprotect(data, DATA, PROT_READ | PROT_WRITE) || !mprotect(data, DATA, PROT_READ | PROT_EXEC))
		return 3;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (open(path, O_RDWR) >= 0 || open(path, O_WRONLY) >= 0)
		return 4;
	return write(fd, "x", 1) == 1 ? 5 : 0;
}

/* As above, in a process whose clocks are 1000 s ahead. */
static int use_descriptor_ahead(int fd)
{
	return touch_namespace_page(fd) ? use_descriptor(fd) : 6;
}

/* Pass the device to a child that has entered a user namespace and @namespaces. */
static int pass_to_namespaces(int fd, int namespaces)
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return 125;
	child = fork();
	if (!child) {
		close(fd);
		if (enter_user_namespace() || unshare(namespaces))
			_exit(126);
		_exit(use_descriptor(receive_descriptor(ends[1])));
	}
	send_descriptor(ends[0], fd);
	return end_of(child);
}

/* --- share --- */

TEST_F(hostile, share_with_a_user_namespace)
{
	EXPECT_EQ(0, pass_to_namespaces(self->fd, 0));
}

TEST_F(hostile, share_with_mount_and_other_namespaces)
{
	EXPECT_EQ(0, pass_to_namespaces(self->fd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS));
}

TEST_F(hostile, share_with_a_time_namespace)
{
	EXPECT_EQ(0, run_in_time_namespace(use_descriptor_ahead, self->fd));
}

static long charged_to_other(void)
{
	char text[32];

	return read_line(OTHER_CGROUP "memory.current", text, sizeof(text)) ? -1 : atol(text);
}

/*
 * Touch many namespace pages in another memory cgroup: it pays, and the cgroup of the sender does
 * not. Then leave that cgroup and have it removed while the pages are still mapped.
 */
static int use_other_cgroup(int fd)
{
	const volatile struct fastvdso_ns_page *pages[MANY];
	long sender, receiver;
	int i;

	/* Seen: 1013 to 1068 pages for these 1024. */
	if (pin_to_cpu(0) || ask_helper(MOVE, getpid()))
		return 1;
	sender = charged_memory();
	receiver = charged_to_other();
	for (i = 0; i < MANY; i++) {
		pages[i] = touch_namespace_page(fd);
		if (!pages[i])
			return 2;
	}
	if (charged_to_other() - receiver < (MANY - CHARGE_BATCH) * PAGE)
		return 3;
	if (charged_memory() > sender)
		return 4;
	if (ask_helper(MOVE_BACK, getpid()) || ask_helper(REMOVE, 0))
		return 5;
	for (i = 0; i < MANY; i++) {
		if (pages[i]->mono_sec != 1000)
			return 6;
		munmap((void *)pages[i], PAGE);
	}
	return 0;
}

TEST_F(hostile, share_with_another_memory_cgroup)
{
	int ends[2], i;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	/* The helper knows processes by their number in the initial pid namespace, which is ours. */
	child = fork();
	if (!child) {
		close(self->fd);
		_exit(run_in_time_namespace(use_other_cgroup, receive_descriptor(ends[1])));
	}
	ASSERT_EQ(0, send_descriptor(ends[0], self->fd));
	EXPECT_EQ(0, end_of(child));
	for (i = 0; i < 2; i++)
		close(ends[i]);
}

TEST_F(hostile, share_o_path)
{
	int fd = open(FASTVDSO_DEVICE, O_PATH | O_RDWR);
	char path[32];

	ASSERT_LE(0, fd);
	EXPECT_ERRNO(EBADF, map_at(fd, DATA, PROT_READ, MAP_SHARED, DATA_AT));
	EXPECT_ERRNO(EBADF, ioctl(fd, FASTVDSO_IOC_INFO, &hostile.info));
	EXPECT_ERRNO(EBADF, read(fd, path, 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	EXPECT_ERRNO(EACCES, open(path, O_WRONLY));
	EXPECT_EQ(0, use_descriptor(open(path, O_RDONLY)));
	EXPECT_REFUSED(openat(fd, "", O_RDWR));
}

TEST_F(hostile, share_reopen_the_descriptor_of_another)
{
	pid_t victim = start_victim(self->data);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", victim, self->fd);
	EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	EXPECT_EQ(0, use_descriptor(open(path, O_RDONLY)));
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", victim, (unsigned long)self->data,
		 (unsigned long)self->data + DATA);
	EXPECT_REFUSED(open(path, O_RDWR));
	kill_child(victim);
}

TEST_F(hostile, share_pidfd_getfd)
{
	pid_t victim = start_victim(self->data);
	int pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
	int fd = (int)syscall(438 /* SYS_pidfd_getfd */, pidfd, self->fd, 0);

	if (fd >= 0)
		EXPECT_EQ(0, use_descriptor(fd));
	kill_child(victim);
}

/* A copy of the image in a memfd is the copier's own. */
TEST_F(hostile, share_by_memfd)
{
	int memory = memfd_create("hostile", MFD_ALLOW_SEALING);
	uint8_t *copy;

	ASSERT_EQ(self->code_size, write(memory, self->code, self->code_size));
	copy = map_at(memory, self->code_size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, 0);
	ASSERT_NE(MAP_FAILED, copy);
	memset(copy, 0xcc, self->code_size);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
	EXPECT_REFUSED(fcntl(self->fd, F_ADD_SEALS, F_SEAL_WRITE));
	sendfile(memory, self->fd, NULL, PAGE);
}

static int touch_in_shared_memory(void *pages)
{
	return ((volatile struct fastvdso_ns_page *)pages)->magic != FASTVDSO_NS_MAGIC;
}

/* A child that shares memory and touches the page first is in the same time namespace, or refused. */
static int clone_with_shared_memory(int fd)
{
	static char stack[65536];
	const int flags[] = { CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD };
	int i;

	if (unshare_time("monotonic 5000 0\nboottime 5000 0\n"))
		return 1;
	for (i = 0; i < 2; i++) {
		const volatile struct fastvdso_ns_page *ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT);
		int child = clone(touch_in_shared_memory, stack + sizeof(stack), flags[i], (void *)ns);

		if ((child > 0 && end_of(child)) || ns->mono_sec != 1000)
			return 2;
	}
	return 0;
}

TEST_F(hostile, share_memory_across_time_namespaces)
{
	EXPECT_EQ(0, run_in_time_namespace(clone_with_shared_memory, self->fd));
}

TEST_F(hostile, share_change_the_node)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_REFUSED(chmod(FASTVDSO_DEVICE, 0666));
	EXPECT_REFUSED(fchmod(self->fd, 0666));
	EXPECT_REFUSED(chown(FASTVDSO_DEVICE, NOBODY, NOBODY));
	EXPECT_REFUSED(unlink(FASTVDSO_DEVICE));
	EXPECT_REFUSED(rename(FASTVDSO_DEVICE, "/tmp/fastvdso"));
	EXPECT_REFUSED(link(FASTVDSO_DEVICE, "/dev/hostile"));
	EXPECT_REFUSED(mknod("/tmp/hostile", S_IFCHR | 0666, st.st_rdev));
	ASSERT_EQ(0, enter_user_namespace());
	EXPECT_REFUSED(mknod("/tmp/hostile", S_IFCHR | 0666, st.st_rdev));
	EXPECT_REFUSED(chmod(FASTVDSO_DEVICE, 0666));
}

TEST_F(hostile, share_file_flags_and_watches)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	struct pollfd poll_event = { self->fd, POLLIN | POLLOUT, 0 };

	fcntl(self->fd, F_SETFL, O_APPEND | O_NONBLOCK | O_NOATIME | O_ASYNC);
	EXPECT_REFUSED(fcntl(self->fd, F_SETFL, O_DIRECT));
	EXPECT_REFUSED(fcntl(self->fd, F_SETLEASE, F_WRLCK));
	EXPECT_REFUSED(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_EQ(1, poll(&poll_event, 1, 0));
	EXPECT_REFUSED(write(self->fd, "x", 1));
	EXPECT_EQ(0, use_descriptor(self->fd));
}

/* --- pin --- */

/* Into a pipe without a copy, then more data written after it, which must not land in the page. */
TEST_F(hostile, pin_vmsplice_and_append)
{
	uint8_t *pages[] = { self->data, self->data + PAGE, self->code };
	uint8_t bytes[8];
	int pipes[2], i;

	ASSERT_EQ(0, pipe(pipes));
	for (i = 0; i < 3; i++) {
		struct iovec vec = { pages[i], 4 };

		ASSERT_EQ(4, vmsplice(pipes[1], &vec, 1, 0));
		ASSERT_EQ(4, write(pipes[1], "\xcc\xcc\xcc\xcc", 4));
		EXPECT_EQ(8, read(pipes[0], bytes, 8));
		EXPECT_EQ(0, memcmp(bytes, pages[i], 4));
		EXPECT_EQ(0xcc, bytes[4]);
	}
	EXPECT_EQ(0, memcmp(self->data + PAGE, hostile.headers[1], HEADER));
}

/* A page that was given to a pipe as a gift is not moved into a file's page cache. */
TEST_F(hostile, pin_gift_to_a_file)
{
	int pipes[2], copies[2], memory = memfd_create("hostile", 0);
	struct iovec vec = { self->code, PAGE };

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, pipe(copies));
	ASSERT_EQ(PAGE, vmsplice(pipes[1], &vec, 1, SPLICE_F_GIFT));
	EXPECT_EQ(PAGE, tee(pipes[0], copies[1], PAGE, 0));
	EXPECT_EQ(PAGE, splice(pipes[0], NULL, memory, NULL, PAGE, SPLICE_F_MOVE));
	EXPECT_EQ(4, pwrite(memory, "\xcc\xcc\xcc\xcc", 4, 0));
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

static int io_uring(unsigned int entries)
{
	static struct io_uring_params params;

	memset(&params, 0, sizeof(params));
	return (int)syscall(SYS_io_uring_setup, entries, &params);
}

TEST_F(hostile, pin_io_uring_buffers)
{
	int ring = io_uring(4);
	struct iovec vecs[] = { { self->data, DATA }, { self->code, self->code_size } };

	EXPECT_REFUSED(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, vecs, 1));
	EXPECT_REFUSED(syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, vecs + 1, 1));
	/* Nor as the ring itself, from user memory. */
	EXPECT_REFUSED(syscall(SYS_io_uring_setup, 4, self->data));
	close(ring);
}

TEST_F(hostile, pin_zero_copy_send)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(34567),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int socket_fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	uint8_t bytes[64] = "";

	setsockopt(socket_fd, SOL_SOCKET, 60 /* SO_ZEROCOPY */, &one, sizeof(one));
	ASSERT_EQ(0, bind(socket_fd, (void *)&address, sizeof(address)));
	if (sendto(socket_fd, self->code, 64, 0x4000000 /* MSG_ZEROCOPY */, (void *)&address,
		   sizeof(address)) == 64)
		EXPECT_EQ(64, recv(socket_fd, bytes, 64, 0));
	EXPECT_EQ(64, sendto(socket_fd, self->code, 64, 0, (void *)&address, sizeof(address)));
	EXPECT_EQ(64, recv(socket_fd, bytes, 64, 0));
	EXPECT_EQ(0, memcmp(bytes, hostile.image, 64));
}

TEST_F(hostile, pin_by_locking)
{
	const struct rlimit none = { 0, 0 };

	EXPECT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	EXPECT_NE(MAP_FAILED, map_at(self->fd, DATA, PROT_READ, MAP_SHARED | MAP_LOCKED | MAP_POPULATE,
				     DATA_AT));
	EXPECT_EQ(0, munlockall());
	syscall(SYS_mlock2, self->data, DATA, 1 /* MLOCK_ONFAULT */);
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &none));
	EXPECT_REFUSED(map_at(self->fd, DATA, PROT_READ, MAP_SHARED | MAP_LOCKED, DATA_AT));
	EXPECT_REFUSED(mlock(self->data, DATA));
}

TEST_F(hostile, pin_direct_write)
{
	int fd = open("/dev/shm/hostile", O_RDWR | O_CREAT | O_DIRECT, 0600);

	if (fd >= 0) {
		EXPECT_EQ(PAGE, pwrite(fd, self->code, PAGE, 0));
		EXPECT_REFUSED(pread(fd, self->data, PAGE, 0));
	}
	unlink("/dev/shm/hostile");
}

/* Pipes that hold namespace pages after their mappings are gone: somebody must still pay for them. */
static int pin_namespace_pages(int fd)
{
	long before = 0, held;
	int pipes[PIPES][2], i, page;
	struct fastvdso_ns_page *copy;

	for (i = 0; i < PIPES; i++)
		if (pipe(pipes[i]) || fcntl(pipes[i][1], F_SETPIPE_SZ, PIPE_PAGES * PAGE) < PIPE_PAGES * PAGE)
			return 1;
	copy = malloc(PAGE);
	before = charged_memory();
	for (i = 0; i < PIPES; i++) {
		for (page = 0; page < PIPE_PAGES; page++) {
			struct iovec vec = { (void *)touch_namespace_page(fd), PAGE };

			if (!vec.iov_base || vmsplice(pipes[i][1], &vec, 1, SPLICE_F_GIFT) != PAGE ||
			    munmap(vec.iov_base, PAGE))
				return 2;
		}
	}
	held = charged_memory() - before;
	for (i = 0; i < PIPES; i++) {
		for (page = 0; page < PIPE_PAGES; page++)
			if (read(pipes[i][0], copy, PAGE) != PAGE || copy->mono_sec != 1000)
				return 3;
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	if (held < PIPES * PIPE_PAGES * PAGE * 3 / 4) {
		printf("# %ld bytes charged for %d pages, %ld before\n", held, PIPES * PIPE_PAGES, before);
		return 4;
	}
	return charged_memory() - before < PIPES * PIPE_PAGES * PAGE / 4 ? 0 : 5;
}

TEST_F(hostile, pin_namespace_pages_that_are_unmapped)
{
	EXPECT_EQ(0, run_in_time_namespace(pin_namespace_pages, self->fd));
}

/* --- observe --- */

/* Past the structures and past the end of the image there are zeroes. */
TEST_F(hostile, observe_the_rest_of_the_pages)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	const size_t used[FASTVDSO_DATA_PAGES] = {
		sizeof(struct fastvdso_ns_page), sizeof(struct fastvdso_time_page),
		sizeof(struct fastvdso_time_page), PAGE,
		(1 + (size_t)cpus) * sizeof(struct fastvdso_cpu_time_line),
	};
	uint8_t any = 0;
	size_t page, at;

	for (page = 0; page < FASTVDSO_DATA_PAGES; page++)
		for (at = used[page]; at < PAGE; at++)
			any |= self->data[page * PAGE + at];
	for (at = hostile.info.image_size; at < self->code_size; at++)
		any |= self->code[at];
	EXPECT_EQ(0, any);
}

static int is_kernel_address(uint64_t word)
{
	return word >= 0xffff800000000000 && word < 0xfffffffffff00000;
}

TEST_F(hostile, observe_kernel_addresses)
{
	struct fastvdso_info info;
	size_t at;

	for (at = 0; at < 3 * HEADER; at += 8)
		EXPECT_FALSE(is_kernel_address(*(uint64_t *)(self->data + at / HEADER * PAGE + at % HEADER)));
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, ioctl(self->fd, FASTVDSO_IOC_INFO, &info));
	for (at = 0; at + 8 <= sizeof(info); at += 4)
		EXPECT_FALSE(is_kernel_address(*(uint64_t *)((uint8_t *)&info + at)));
}

TEST_F(hostile, observe_physical_frames)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);

	EXPECT_EQ(0, frame(pagemap, self->data));
	EXPECT_EQ(0, frame(pagemap, self->data + PAGE));
	EXPECT_EQ(0, frame(pagemap, self->code));
	EXPECT_REFUSED(open("/proc/kpageflags", O_RDONLY));
	EXPECT_REFUSED(open("/sys/module/fastvdso/sections/.text", O_RDONLY));
}

/* The namespace page depends on the process that touches it, so nobody may touch it for another. */
TEST_F(hostile, observe_the_namespace_page_of_another)
{
	uint32_t *untouched = map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);
	pid_t victim = start_victim(self->data);
	struct iovec local = { (char[8]){ 0 }, 8 }, remote = { untouched, 8 };
	char path[32], bytes[8];
	int mem;

	EXPECT_REFUSED(process_vm_readv(victim, &local, 1, &remote, 1, 0));
	snprintf(path, sizeof(path), "/proc/%d/mem", victim);
	mem = open(path, O_RDONLY);
	EXPECT_REFUSED(pread(mem, bytes, 8, (off_t)untouched));
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, victim, NULL, NULL));
	waitpid(victim, NULL, 0);
	errno = 0;
	EXPECT_EQ(-1, ptrace(PTRACE_PEEKDATA, victim, untouched, NULL));
	EXPECT_EQ(EIO, errno);
	kill_child(victim);
}

TEST_F(hostile, observe_by_read)
{
	static const off_t offsets[] = { LLONG_MAX, LLONG_MIN, -1, 1ll << 32, 1ll << 62 };
	static uint8_t bytes[1 << 16];
	int i, pipes[2];
	loff_t at = 0;

	for (i = 0; i < 5; i++) {
		EXPECT_GE(0, pread(self->fd, bytes, sizeof(bytes), offsets[i]));
		EXPECT_REFUSED(lseek(self->fd, offsets[i], SEEK_SET));
		EXPECT_REFUSED(lseek(self->fd, offsets[i], SEEK_END + 3));
	}
	memset(bytes, 0xa5, sizeof(bytes));
	EXPECT_EQ(hostile.info.image_size, pread(self->fd, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0xa5, bytes[hostile.info.image_size]);
	/* The size of the request does not count, only what is there. */
	EXPECT_EQ(16, syscall(SYS_pread64, self->fd, bytes, 1l << 40, hostile.info.image_size - 16l));
	ASSERT_EQ(0, pipe(pipes));
	splice(self->fd, &at, pipes[1], NULL, 1 << 16, SPLICE_F_NONBLOCK);
}

/* Every number, direction and many sizes: one call answers, and only with what it filled. */
TEST_F(hostile, observe_every_ioctl)
{
	static const int sizes[] = { 0, 1, 4, 95, 96, 97, 4096, 16383 };
	static uint8_t bytes[16384];
	int number, direction, i;
	size_t at;

	for (number = 0; number < 256; number++) {
		for (direction = 0; direction < 4; direction++) {
			for (i = 0; i < 8; i++) {
				unsigned int call = _IOC(direction, FASTVDSO_IOC_MAGIC, number, sizes[i]);

				if (number == 0 && direction == _IOC_READ)
					continue;
				EXPECT_ERRNO(ENOTTY, ioctl(self->fd, call, bytes));
			}
		}
	}
	memset(bytes, 0xa5, sizeof(bytes));
	EXPECT_EQ(0, ioctl(self->fd, _IOC(_IOC_READ, FASTVDSO_IOC_MAGIC, 0, 16383), bytes));
	for (at = sizeof(struct fastvdso_info); at < 16383; at++)
		ASSERT_EQ(0, bytes[at]);
	EXPECT_EQ(0xa5, bytes[16383]);
}

TEST_HARNESS_MAIN
