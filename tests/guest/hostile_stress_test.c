// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile processes that exhaust memory and descriptors, outlive what they used, and confuse the
 * kernel with odd calls and with calls at once. docs/security.md lists the attempts.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "hostile.h"

#define NAMESPACES	50
#define PROCESSES	100
#define SEALED		1024
#define USERS		"/sys/module/fastvdso/refcnt"

static void limit(int resource, rlim_t most)
{
	const struct rlimit limits = { most, most };

	setrlimit(resource, &limits);
}

/* Run @attempt in a child; its exit status. */
static int run_in_child(int (*attempt)(int fd), int fd)
{
	pid_t child = fork();

	return child ? end_of(child) : (_exit(attempt(fd)), 0);
}

/* Memory of the cgroup that stays charged after @attempt has run in a child, in bytes. */
static long left_by(int (*attempt)(int fd), int fd)
{
	long before = charged_memory();

	attempt(fd);
	usleep(100000);	/* the kernel frees page tables later */
	return charged_memory() - before;
}

/* --- exhaust --- */

/* As many mappings as the kernel allows (65,530), some of them touched. */
static int map_all(int fd)
{
	volatile uint8_t *page;
	int count = 0;

	while ((page = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT + PAGE)) != MAP_FAILED)
		if (!(count++ % 64))
			(void)*page;
	return errno == ENOMEM && count > 30000 ? 0 : 1;
}

static int map_all_in_child(int fd)
{
	return run_in_child(map_all, fd);
}

TEST_F_TIMEOUT(hostile, exhaust_mappings, 240)
{
	EXPECT_EQ(0, map_all_in_child(self->fd));
}

/* Namespace pages until the OOM killer ends the child. They are charged, so it is this cgroup's. */
static int map_until_killed(int fd)
{
	write_file("/proc/self/oom_score_adj", "1000");
	while (touch_namespace_page(fd))
		;
	return 1;
}

static int run_until_killed(int fd)
{
	return run_in_time_namespace(map_until_killed, fd);
}

TEST_F_TIMEOUT(hostile, exhaust_memory_of_the_cgroup, 240)
{
	long left;

	ASSERT_EQ(0, ask_helper(QUIET, 0));
	EXPECT_EQ(128 + SIGKILL, run_until_killed(self->fd));
	left = left_by(run_until_killed, self->fd);
	EXPECT_EQ(0, ask_helper(LOUD, 0));
	EXPECT_LT(left, 4 << 20);
}

static int map_with_little_address_space(int fd)
{
	int i;

	limit(RLIMIT_AS, 1 << 20);
	limit(RLIMIT_DATA, 0);
	limit(RLIMIT_STACK, 1 << 16);
	for (i = 0; i < 100; i++)
		if (map_at(fd, DATA, PROT_READ, MAP_SHARED | MAP_POPULATE, DATA_AT) != MAP_FAILED ||
		    errno != ENOMEM)
			return 1;
	return 0;
}

TEST_F(hostile, exhaust_address_space)
{
	EXPECT_EQ(0, run_in_child(map_with_little_address_space, self->fd));
}

static int open_all(int fd)
{
	limit(RLIMIT_NOFILE, 256);
	while (open(FASTVDSO_DEVICE, O_RDONLY) >= 0)
		;
	return errno == EMFILE ? 0 : 1;
}

TEST_F(hostile, exhaust_descriptors)
{
	EXPECT_EQ(0, run_in_child(open_all, self->fd));
}

/* Each process forks until nobody may have another; each maps and touches the pages. */
static int fork_storm(int fd)
{
	int64_t end = kernel_ns(CLOCK_MONOTONIC) + 3 * NS;
	int ends[2];
	char byte;

	limit(RLIMIT_NPROC, PROCESSES);
	signal(SIGCHLD, SIG_IGN);
	if (pipe(ends))
		return 1;
	if (!fork()) {
		close(ends[0]);
		do {
			volatile uint8_t *data = map_at(fd, DATA, PROT_READ, MAP_SHARED,
							DATA_AT | FASTVDSO_MAP_STEERED);

			if (data != MAP_FAILED)
				(void)(data[0] + data[PAGE]);
		} while (fork() >= 0 && kernel_ns(CLOCK_MONOTONIC) < end);
		_exit(0);
	}
	close(ends[1]);
	return read(ends[0], &byte, 1) == 0 ? 0 : 2;	/* the last of them is gone */
}

TEST_F_TIMEOUT(hostile, exhaust_processes, 120)
{
	EXPECT_EQ(0, run_in_child(fork_storm, self->fd));
}

/* A page of each of many time namespaces. */
static int map_in_many_namespaces(int fd)
{
	char offsets[64];
	int i, time;

	for (i = 0; i < NAMESPACES; i++) {
		const volatile struct fastvdso_ns_page *ns;

		snprintf(offsets, sizeof(offsets), "monotonic %d 0\nboottime %d 0\n", i + 2000, i + 2000);
		if (unshare_time(offsets))
			return 1;
		time = open("/proc/self/ns/time_for_children", O_RDONLY);
		if (setns(time, CLONE_NEWTIME))
			return 2;
		close(time);
		ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT);
		if (ns == MAP_FAILED || ns->mono_sec != i + 2000)
			return 3;
	}
	return 0;
}

TEST_F(hostile, exhaust_time_namespaces)
{
	EXPECT_EQ(0, run_in_time_namespace(map_in_many_namespaces, self->fd));
}

/* Nobody can make the machine steer for good: the count of those who ask for it returns to what it was. */
static int ask_for_steering(int fd)
{
	int i;

	for (i = 0; i < 2000; i++) {
		void *data = map_at(fd, DATA, PROT_READ, MAP_SHARED, DATA_AT | FASTVDSO_MAP_STEERED);

		if (data == MAP_FAILED)
			return 1;
		if (i % 100 == 0 && !fork())
			_exit(0);
		if (munmap(data, DATA))
			return 2;
	}
	return 0;
}

TEST_F_TIMEOUT(hostile, exhaust_requests_for_steering, 120)
{
	EXPECT_EQ(0, run_in_child(ask_for_steering, self->fd));
}

/* --- outlive --- */

TEST_F(hostile, outlive_the_module)
{
	static const int flags[] = { O_NONBLOCK, O_NONBLOCK | O_TRUNC, 0, O_TRUNC };
	int i;

	for (i = 0; i < 4; i++)
		EXPECT_ERRNO(EPERM, syscall(SYS_delete_module, "fastvdso", flags[i]));
	EXPECT_REFUSED(syscall(SYS_finit_module, self->fd, "", 0));
	EXPECT_REFUSED(syscall(SYS_init_module, self->code, self->code_size, ""));
	ASSERT_EQ(0, enter_user_namespace());
	for (i = 0; i < 4; i++)
		EXPECT_ERRNO(EPERM, syscall(SYS_delete_module, "fastvdso", flags[i]));
}

TEST_F(hostile, outlive_the_parameters)
{
	EXPECT_NE(0, write_file("/sys/module/fastvdso/parameters/steered", "all"));
	EXPECT_NE(0, write_file("/sys/module/fastvdso/uevent", "remove"));
	EXPECT_NE(0, write_file("/sys/class/misc/fastvdso/uevent", "remove"));
	EXPECT_NE(0, write_file("/sys/class/misc/fastvdso/power/control", "on"));
	ASSERT_EQ(0, enter_user_namespace());
	EXPECT_NE(0, write_file("/sys/module/fastvdso/parameters/steered", "all"));
}

/* The mapping keeps the device open. */
TEST_F(hostile, outlive_the_descriptor)
{
	close(self->fd);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
	EXPECT_EQ(FASTVDSO_TIME_MAGIC, *(uint32_t *)(self->data + PAGE));
	EXPECT_EQ(0, munmap(self->data, DATA));
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
	EXPECT_EQ(SIGSEGV, signal_from(store, self->data));
}

TEST_F(hostile, outlive_the_parent)
{
	int ends[2];
	char byte = 1;

	ASSERT_EQ(0, pipe(ends));
	if (!fork()) {
		if (!fork()) {
			usleep(50000);
			byte = memcmp(self->code, hostile.image, hostile.info.image_size) != 0;
			byte |= *(volatile uint32_t *)self->data != FASTVDSO_NS_MAGIC;
			if (write(ends[1], &byte, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	EXPECT_EQ(1, read(ends[0], &byte, 1));
	EXPECT_EQ(0, byte);
}

/* Killed at any moment of mapping and touching, a process leaves no memory behind. */
static int map_and_touch(int fd)
{
	const volatile struct fastvdso_ns_page *ns;

	while ((ns = touch_namespace_page(fd)))
		if (madvise((void *)ns, PAGE, MADV_DONTNEED) || ns->mono_sec != 1000 ||
		    munmap((void *)ns, PAGE))
			break;
	return 1;
}

static int kill_many(int fd)
{
	pid_t child;
	int i;

	for (i = 0; i < 50; i++) {
		child = fork();
		if (!child)
			_exit(map_and_touch(fd));
		usleep(i * 97 % 5000);
		kill(child, SIGKILL);
		if (end_of(child) != 128 + SIGKILL)
			return 1;
	}
	return 0;
}

static int kill_many_in_namespace(int fd)
{
	return run_in_time_namespace(kill_many, fd);
}

TEST_F(hostile, outlive_by_being_killed)
{
	EXPECT_EQ(0, kill_many_in_namespace(self->fd));
	EXPECT_LT(left_by(kill_many_in_namespace, self->fd), 1 << 20);
}

/* Sealed mappings last as long as the process and no longer, and a child inherits them. */
static int seal_many(int fd)
{
	long before = charged_memory();
	int i;

	for (i = 0; i < SEALED; i++) {
		const volatile struct fastvdso_ns_page *ns = touch_namespace_page(fd);
		void *page = (void *)ns;

		if (!ns)
			return 1;
		if (seal(page, PAGE)) {
			if (errno != ENOSYS)
				return 2;
		} else if (!munmap(page, PAGE) || !mprotect(page, PAGE, PROT_NONE) ||
			   mmap(page, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
				DATA_AT + PAGE) != MAP_FAILED) {
			return 3;
		}
		madvise(page, PAGE, MADV_DONTNEED);
		if (ns->magic != FASTVDSO_NS_MAGIC || ns->mono_sec != 1000)
			return 4;
		if (i % 64 == 0 && !fork())
			_exit(ns->mono_sec != 1000);
	}
	for (i = 0; i < SEALED; i += 64)
		if (wait_for_child(-1))
			return 5;
	return charged_memory() - before < SEALED * PAGE / 2 ? 6 : 0;
}

static int seal_many_in_namespace(int fd)
{
	return run_in_time_namespace(seal_many, fd);
}

TEST_F_TIMEOUT(hostile, outlive_by_sealing, 120)
{
	char users[16], users_after[16];

	ASSERT_EQ(0, read_line(USERS, users, sizeof(users)));
	EXPECT_EQ(0, seal_many_in_namespace(self->fd));
	EXPECT_LT(left_by(seal_many_in_namespace, self->fd), 1 << 20);
	ASSERT_EQ(0, read_line(USERS, users_after, sizeof(users_after)));
	EXPECT_STREQ(users, users_after);
}

/* --- confuse --- */

/* Each flag of mmap(), with each type: refused, or a mapping like any other. */
TEST_F(hostile, confuse_every_mmap_flag)
{
	uint8_t *page;
	int type, bit;

	for (type = 0; type < 16; type++) {
		for (bit = 4; bit < 32; bit++) {
			if (1u << bit == MAP_ANONYMOUS)
				continue;
			page = mmap(NULL, PAGE, PROT_READ, type | 1u << bit, self->fd, DATA_AT + PAGE);
			if (page == MAP_FAILED)
				continue;
			EXPECT_EQ(FASTVDSO_TIME_MAGIC, *(uint32_t *)page);
			EXPECT_REFUSED(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
			EXPECT_REFUSED(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
			EXPECT_EQ(0, munmap(page, PAGE));
		}
	}
	EXPECT_REFUSED(mmap(self->data + 1, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd,
			    DATA_AT + PAGE));
	EXPECT_REFUSED(mmap(self->data, PAGE, PROT_READ, MAP_SHARED | 0x100000, self->fd, DATA_AT + PAGE));
	EXPECT_REFUSED(mmap((void *)(1ul << 63), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd,
			    DATA_AT + PAGE));
}

static void advise_all(uint8_t *data, uint8_t *code)
{
	int advice;

	for (advice = -1; advice < 128; advice++) {
		madvise(data, DATA, advice);
		madvise(code, hostile.code_size, advice);
		madvise(data, DATA + hostile.code_size, advice);
	}
}

TEST_F(hostile, confuse_every_advice)
{
	EXPECT_REFUSED(madvise(self->data, DATA, MADV_REMOVE));
	EXPECT_REFUSED(madvise(self->data, DATA, MADV_FREE));
	EXPECT_REFUSED(madvise(self->data, DATA, MADV_WIPEONFORK));
	EXPECT_REFUSED(madvise(self->data, DATA, MADV_DODUMP));
	EXPECT_REFUSED(madvise(self->code, PAGE, MADV_HWPOISON));
	EXPECT_REFUSED(madvise(self->code, PAGE, 101 /* MADV_SOFT_OFFLINE */));
	EXPECT_REFUSED(madvise(self->data, DATA, 23 /* MADV_POPULATE_WRITE */));
	advise_all(self->data, self->code);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
	ASSERT_EQ(0, enter_user_namespace());
	EXPECT_REFUSED(madvise(self->code, PAGE, MADV_HWPOISON));
	advise_all(self->data, self->code);
	EXPECT_EQ(FASTVDSO_NS_MAGIC, *(volatile uint32_t *)self->data);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

TEST_F(hostile, confuse_process_madvise)
{
	pid_t victim = start_victim(self->data);
	int pidfd = (int)syscall(SYS_pidfd_open, victim, 0), advice;
	struct iovec vecs[] = { { self->data, DATA }, { self->code, hostile.code_size } };

	for (advice = 0; advice < 32; advice++)
		syscall(440 /* SYS_process_madvise */, pidfd, vecs, 2, advice, 0);
	kill_child(victim);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

TEST_F(hostile, confuse_file_calls)
{
	unsigned char resident[FASTVDSO_DATA_PAGES];
	int advice;

	for (advice = 0; advice < 8; advice++)
		posix_fadvise(self->fd, 0, DATA, advice);
	EXPECT_REFUSED(fsync(self->fd));
	EXPECT_REFUSED(readahead(self->fd, 0, DATA));
	EXPECT_REFUSED(sync_file_range(self->fd, 0, DATA, SYNC_FILE_RANGE_WRITE));
	msync(self->data, DATA, MS_SYNC | MS_INVALIDATE);
	EXPECT_EQ(0, mincore(self->data, DATA, resident));
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

TEST_F(hostile, confuse_ioctl_pointers)
{
	uint8_t *edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *const bad[] = { NULL, (void *)8, (void *)-4096l, (void *)-1l, (void *)0xffffffff81000000,
			      (void *)0x8000000000000000, (void *)0x7ffffffff000, edge + PAGE - 8,
			      self->data, self->code, edge + PAGE };
	size_t i;

	ASSERT_EQ(0, munmap(edge + PAGE, PAGE));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, FASTVDSO_IOC_INFO, bad[i]));
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, _IOC(_IOC_READ, FASTVDSO_IOC_MAGIC, 0, 16383), bad[i]));
	}
}

/* A futex needs a page of a file or of anonymous memory to be its name. */
TEST_F(hostile, confuse_futex)
{
	const struct timespec moment = { 0, 1000000 };
	uint32_t *word = (uint32_t *)(self->data + PAGE);

	EXPECT_REFUSED(syscall(SYS_futex, word, FUTEX_WAIT, *word, &moment, NULL, 0));
	EXPECT_REFUSED(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, *word, &moment, NULL, 0));
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	syscall(SYS_futex, word, FUTEX_REQUEUE, 1, 1, word + 1, 0);
}

#ifdef __x86_64__
static long compat_call(long number, unsigned long b, unsigned long c, unsigned long d)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a" (ret) : "a" (number), "b" (b), "c" (c), "d" (d)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)ret;
}

/* Return 0 if all calls on a file are about an image of this class. */
static int has_image_of(int fd, uint8_t class)
{
	struct fastvdso_info info;
	uint8_t header[EI_NIDENT];

	if (pread(fd, header, sizeof(header), 0) != sizeof(header) || header[EI_CLASS] != class)
		return 1;
	return ioctl(fd, FASTVDSO_IOC_INFO, &info) || info.image_size != lseek(fd, 0, SEEK_END);
}

/* The system calls of 32-bit programs, on the code, because offsets end at 4 GiB. */
static int use_compat_calls(int fd)
{
	static const char path[] = FASTVDSO_DEVICE;
	uint32_t *arguments = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t writable[] = { 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0 };
	uint32_t readable[] = { 0, PAGE, PROT_READ, MAP_SHARED, fd, 0 };
	uint32_t address;
	int compat_fd;

	memcpy(arguments, writable, sizeof(writable));
	if (compat_call(90 /* mmap */, (uintptr_t)arguments, 0, 0) != -EACCES)
		return 1;
	memcpy(arguments, readable, sizeof(readable));
	address = (uint32_t)compat_call(90, (uintptr_t)arguments, 0, 0);
	if (memcmp((void *)(uintptr_t)address, "\177ELF", 4))
		return 2;
	if (compat_call(125 /* mprotect */, address, PAGE, PROT_READ | PROT_WRITE) != -EACCES)
		return 3;
	if (compat_call(54 /* ioctl */, fd, FASTVDSO_IOC_INFO, (uintptr_t)arguments))
		return 4;
	/* The file was opened by a 64-bit call. */
	if (has_image_of(fd, ELFCLASS64) ||
	    ((struct fastvdso_info *)arguments)->image_size != lseek(fd, 0, SEEK_END))
		return 5;
	if (compat_call(54, fd, FASTVDSO_IOC_INFO, 8) != -EFAULT ||
	    compat_call(54, fd, FASTVDSO_IOC_INFO + 1, 8) != -ENOTTY)
		return 6;
	memcpy(arguments, path, sizeof(path));
	if (compat_call(5 /* open */, (uintptr_t)arguments, O_RDWR, 0) != -EACCES)
		return 7;
	compat_fd = (int)compat_call(5, (uintptr_t)arguments, O_RDONLY, 0);
	return compat_fd < 0 || has_image_of(compat_fd, ELFCLASS32) || has_image_of(fd, ELFCLASS64) ? 8 : 0;
}

TEST_F(hostile, confuse_32_bit_calls)
{
	int end = run_in_child(use_compat_calls, self->fd);

	EXPECT_TRUE(end == 0 || end == 128 + SIGSEGV);	/* a kernel without them */
}
#endif

/* Threads that map, drop, protect, touch and unmap the same pages at once, and fork meanwhile. */
static struct {
	int fd, stop, wrong;
	uint8_t *volatile data;
} race;

static void *touch_in_race(void *unused)
{
	while (!__atomic_load_n(&race.stop, __ATOMIC_RELAXED))
		race.wrong |= *(volatile uint32_t *)race.data != FASTVDSO_NS_MAGIC;
	return NULL;
}

static void *drop_in_race(void *unused)
{
	while (!__atomic_load_n(&race.stop, __ATOMIC_RELAXED)) {
		madvise(race.data, DATA, MADV_DONTNEED);
		mprotect(race.data, DATA, PROT_READ);
		mremap(race.data, DATA, DATA, MREMAP_MAYMOVE | MREMAP_FIXED, race.data + (1 << 20));
	}
	return NULL;
}

static void *map_in_race(void *unused)
{
	while (!__atomic_load_n(&race.stop, __ATOMIC_RELAXED)) {
		mmap(race.data, DATA, PROT_READ, MAP_SHARED | MAP_FIXED, race.fd, DATA_AT);
		if (!fork())
			_exit(0);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return NULL;
}

static int race_threads(int fd)
{
	void *(*const actions[])(void *) = { touch_in_race, touch_in_race, drop_in_race, map_in_race };
	pthread_t threads[4];
	int i;

	race.fd = fd;
	race.data = mmap(NULL, 2 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(race.data, DATA, PROT_READ, MAP_SHARED | MAP_FIXED, fd, DATA_AT);
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, actions[i], NULL);
	sleep(2);
	__atomic_store_n(&race.stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return race.wrong;
}

static int race_in_namespace(int fd)
{
	return run_in_time_namespace(race_threads, fd);
}

TEST_F_TIMEOUT(hostile, confuse_by_threads_at_once, 60)
{
	EXPECT_EQ(0, race_in_namespace(self->fd));
	EXPECT_LT(left_by(race_in_namespace, self->fd), 1 << 20);
}

static int touch_once(int fd)
{
	return !touch_namespace_page(fd);
}

/* First touches on one CPU and the other, by parent and child, and while CPU 1 goes offline and online. */
static int touch_from_cpus(int fd)
{
	const volatile struct fastvdso_ns_page *ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT);
	int answer, i = 0;

	tell_helper(HOTPLUG, 5);
	while (recv(helper_socket, &answer, sizeof(answer), MSG_DONTWAIT) < 0) {
		pin_to_cpu(i++ & 1);
		if (madvise((void *)ns, PAGE, MADV_DONTNEED) || ns->mono_sec != 1000)
			return 1;
		if (i % 10 == 0 && run_in_child(touch_once, fd))
			return 2;
	}
	return answer == 0 || answer == -ENOENT ? 0 : 3;
}

TEST_F_TIMEOUT(hostile, confuse_first_touch_by_hotplug, 60)
{
	EXPECT_EQ(0, run_in_time_namespace(touch_from_cpus, self->fd));
}

/* The same mapping in two time namespaces in turn: each touch gives the offsets of the moment. */
static int change_namespaces(int fd)
{
	const volatile struct fastvdso_ns_page *ns = map_at(fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT);
	long before = charged_memory();
	int times[2], i;

	times[0] = open("/proc/self/ns/time", O_RDONLY);
	if (unshare_time("monotonic 5000 0\nboottime 5000 0\n"))
		return 1;
	times[1] = open("/proc/self/ns/time_for_children", O_RDONLY);
	for (i = 1; i < 2000; i++) {
		if (setns(times[i & 1], CLONE_NEWTIME) || madvise((void *)ns, PAGE, MADV_DONTNEED))
			return 2;
		if (ns->mono_sec != (i & 1 ? 5000 : 1000))
			return 3;
	}
	return charged_memory() - before < 500 * PAGE ? 0 : 4;
}

TEST_F(hostile, confuse_by_changing_namespaces)
{
	EXPECT_EQ(0, run_in_time_namespace(change_namespaces, self->fd));
}

static void ignore(int signal)
{
}

/* Signals that interrupt first touches. */
TEST_F(hostile, confuse_by_signals)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	int i;

	signal(SIGALRM, ignore);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 5000; i++) {
		madvise(self->data, DATA, MADV_DONTNEED);
		ASSERT_EQ(FASTVDSO_NS_MAGIC, *(volatile uint32_t *)self->data);
	}
	setitimer(ITIMER_REAL, &never, NULL);
}

TEST_HARNESS_MAIN
