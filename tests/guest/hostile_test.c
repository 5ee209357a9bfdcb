// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile process and its own mappings: attempts to write to the pages, to execute data, to grow,
 * split and move mappings. docs/security.md lists the attempts.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "hostile.h"

#define WRITE_EXEC	(PROT_READ | PROT_WRITE | PROT_EXEC)

static const int map_types[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE };

/* One address in each page of the device, and how many there are. */
static size_t targets(uint8_t *data, uint8_t *code, uint8_t *to[])
{
	size_t count = 0, at;

	for (at = 0; at < DATA; at += PAGE)
		to[count++] = data + at;
	for (at = 0; at < hostile.code_size; at += PAGE)
		to[count++] = code + at;
	return count;
}

/* Is there a mapping that begins at @address? Its permissions go to @perms. */
static int begins_mapping(const void *address, char perms[5])
{
	char line[512];
	unsigned long start = 0;
	FILE *maps = fopen("/proc/self/maps", "re");

	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%*x %4s", &start, perms) == 2 && start == (unsigned long)address)
			break;
	fclose(maps);
	return start == (unsigned long)address;
}

/* --- write --- */

TEST_F(hostile, write_map_writable)
{
	static const int prots[] = { PROT_WRITE, PROT_READ | PROT_WRITE, PROT_WRITE | PROT_EXEC, WRITE_EXEC };
	off_t at;
	int i;

	for (i = 0; i < 12; i++) {
		for (at = 0; at < DATA; at += PAGE)
			EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, prots[i / 3], map_types[i % 3],
						    DATA_AT + at));
		for (at = 0; at < self->code_size; at += PAGE)
			EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, prots[i / 3], map_types[i % 3], at));
		EXPECT_ERRNO(EACCES, map_at(self->fd, DATA, prots[i / 3], map_types[i % 3],
					    DATA_AT | FASTVDSO_MAP_REQUESTS));
		EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, prots[i / 3], map_types[i % 3],
					    FASTVDSO_OFFSET_HYPERVISOR));
	}
}

TEST_F(hostile, write_mprotect)
{
	int i;

	for (i = 0; i < 3; i++) {
		uint8_t *data = map_at(self->fd, DATA, PROT_READ, map_types[i], DATA_AT);
		uint8_t *code = map_at(self->fd, self->code_size, PROT_READ, map_types[i], 0);

		EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_READ | PROT_WRITE));
		EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_WRITE));
		EXPECT_ERRNO(EACCES, mprotect(code, self->code_size, PROT_READ | PROT_WRITE));
		EXPECT_ERRNO(EACCES, mprotect(code, self->code_size, WRITE_EXEC));
		EXPECT_REFUSED(mprotect(data, DATA, PROT_READ | PROT_WRITE | PROT_GROWSDOWN));
		/* Nor after all access was given up. */
		EXPECT_EQ(0, mprotect(data, DATA, PROT_NONE));
		EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_READ | PROT_WRITE));
	}
}

TEST_F(hostile, write_pkey_mprotect)
{
	int pkey = pkey_alloc(0, 0);

	EXPECT_REFUSED(pkey_mprotect(self->data, DATA, PROT_READ | PROT_WRITE, pkey));
	EXPECT_REFUSED(pkey_mprotect(self->code, self->code_size, WRITE_EXEC, pkey));
	EXPECT_REFUSED(pkey_mprotect(self->code, self->code_size, WRITE_EXEC, -1));
}

static void locked_store(void *at)
{
	__atomic_fetch_or((uint64_t *)at, 1, __ATOMIC_SEQ_CST);
}

static void store_as_signal_stack(void *at)
{
	stack_t stack = { .ss_sp = at, .ss_size = DATA };
	struct sigaction action = { .sa_handler = SIG_IGN, .sa_flags = SA_ONSTACK };

	action.sa_handler = (void (*)(int))_exit;
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &action, NULL))
		raise(SIGSEGV);
	raise(SIGUSR1);
}

TEST_F(hostile, write_store)
{
	uint8_t *to[64];
	size_t count = targets(self->data, self->code, to);

	while (count--) {
		EXPECT_EQ(SIGSEGV, signal_from(store, to[count]));
		EXPECT_EQ(SIGSEGV, signal_from(locked_store, to[count]));
	}
}

TEST_F(hostile, write_signal_stack)
{
	EXPECT_EQ(SIGSEGV, signal_from(store_as_signal_stack, self->data));
}

/* System calls that store their result in the pages. */
TEST_F(hostile, write_by_system_calls)
{
	int zero = open("/dev/zero", O_RDONLY), pipes[2], i;
	uint8_t *to[64];
	size_t count = targets(self->data, self->code, to);

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(8, write(pipes[1], "12345678", 8));
	while (count--) {
		struct iovec vec = { to[count], 8 };

		EXPECT_ERRNO(EFAULT, read(zero, to[count], 8));
		EXPECT_ERRNO(EFAULT, readv(zero, &vec, 1));
		EXPECT_ERRNO(EFAULT, read(self->fd, to[count], 8));
		EXPECT_ERRNO(EFAULT, syscall(SYS_getrandom, to[count], 8, 0));
		EXPECT_ERRNO(EFAULT, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, to[count]));
		EXPECT_ERRNO(EFAULT, syscall(SYS_getcpu, to[count], NULL, NULL));
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, FASTVDSO_IOC_INFO, to[count]));
		EXPECT_ERRNO(EFAULT, ioctl(pipes[0], FIONREAD, to[count]));
		EXPECT_ERRNO(EFAULT, read(pipes[0], to[count], 8));
		EXPECT_REFUSED(vmsplice(pipes[0], &vec, 1, 0));
	}
	for (i = 0; i < 2; i++)
		close(pipes[i]);
}

TEST_F(hostile, write_futex)
{
	uint32_t other = 0;

	EXPECT_REFUSED(syscall(SYS_futex, self->data, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	EXPECT_REFUSED(syscall(SYS_futex, self->data, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	EXPECT_REFUSED(syscall(SYS_futex, &other, FUTEX_WAKE_OP_PRIVATE, 1, 1, self->data + PAGE,
			       FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
	EXPECT_REFUSED(syscall(SYS_futex, &other, FUTEX_WAKE_OP, 1, 1, self->data + PAGE,
			       FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
}

/* Addresses that the kernel stores to later: when a child starts, when it ends, when it is preempted. */
TEST_F(hostile, write_registered_addresses)
{
	long child = syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID |
			     SIGCHLD, 0, self->data + 64, self->data + 64, 0);

	if (!child) {
		syscall(SYS_set_tid_address, self->data + PAGE);
		_exit(0);
	}
	EXPECT_EQ(0, end_of(child));
#ifdef SYS_rseq
	child = fork();
	if (!child) {
		if (syscall(SYS_rseq, self->data + PAGE, 32, 0, 0x53053053))
			_exit(1);
		sched_yield();
		usleep(1000);
		_exit(2);
	}
	child = end_of(child);
	EXPECT_TRUE(child == 1 || child == 128 + SIGSEGV) TH_LOG("rseq: %ld", child);
#endif
}

TEST_F(hostile, write_proc_self_mem)
{
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t *to[64];
	size_t count = targets(self->data, self->code, to);

	ASSERT_LE(0, mem);
	while (count--)
		EXPECT_REFUSED(pwrite(mem, "\xcc", 1, (off_t)to[count]));
	close(mem);
}

TEST_F(hostile, write_proc_mem_of_another)
{
	pid_t victim = start_victim(self->data);
	char path[32];
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", victim);
	mem = open(path, O_RDWR);
	EXPECT_REFUSED(pwrite(mem, "\xcc", 1, (off_t)self->data));
	EXPECT_REFUSED(pwrite(mem, "\xcc", 1, (off_t)self->data + PAGE));
	EXPECT_REFUSED(pwrite(mem, "\xcc", 1, (off_t)self->code));
	close(mem);
	kill_child(victim);
}

TEST_F(hostile, write_process_vm_writev)
{
	pid_t victim = start_victim(self->data);
	uint8_t *to[64];
	size_t count = targets(self->data, self->code, to);

	while (count--) {
		struct iovec local = { (char[]){ 1 }, 1 }, remote = { to[count], 1 };

		EXPECT_REFUSED(process_vm_writev(victim, &local, 1, &remote, 1, 0));
		EXPECT_REFUSED(process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
		/* And into the pages of the caller. */
		EXPECT_REFUSED(process_vm_readv(victim, &remote, 1, &local, 1, 0));
	}
	kill_child(victim);
}

TEST_F(hostile, write_ptrace_poke)
{
	pid_t victim = start_victim(self->data);
	uint8_t *to[64];
	size_t count = targets(self->data, self->code, to);

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, victim, NULL, NULL));
	waitpid(victim, NULL, 0);
	while (count--) {
		EXPECT_REFUSED(ptrace(PTRACE_POKETEXT, victim, to[count], -1l));
		EXPECT_REFUSED(ptrace(PTRACE_POKEDATA, victim, to[count], -1l));
	}
	kill_child(victim);
}

TEST_F(hostile, write_userfaultfd)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */), mode;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_copy copy = { .dst = (uintptr_t)self->data, .src = (uintptr_t)self->code, .len = PAGE };
	struct uffdio_zeropage zero = { .range = { (uintptr_t)self->data, PAGE } };

	ioctl(fd, UFFDIO_API, &api);
	for (mode = 1; mode < 8; mode++) {
		struct uffdio_register data = { .range = { (uintptr_t)self->data, DATA }, .mode = mode };
		struct uffdio_register code = { .range = { (uintptr_t)self->code, self->code_size },
						.mode = mode };

		EXPECT_REFUSED(ioctl(fd, UFFDIO_REGISTER, &data));
		EXPECT_REFUSED(ioctl(fd, UFFDIO_REGISTER, &code));
	}
	EXPECT_REFUSED(ioctl(fd, UFFDIO_COPY, &copy));
	EXPECT_REFUSED(ioctl(fd, UFFDIO_ZEROPAGE, &zero));
	close(fd);
}

TEST_F(hostile, write_to_the_device)
{
	int pipes[2];
	struct iovec vec = { "x", 1 };
	loff_t at = 0;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_REFUSED(open(FASTVDSO_DEVICE, O_RDWR));
	EXPECT_REFUSED(open(FASTVDSO_DEVICE, O_WRONLY | O_APPEND));
	EXPECT_REFUSED(open(FASTVDSO_DEVICE, O_RDONLY | O_TRUNC | O_DIRECTORY));
	EXPECT_REFUSED(write(self->fd, "x", 1));
	EXPECT_REFUSED(pwritev(self->fd, &vec, 1, 0));
	EXPECT_REFUSED(splice(pipes[0], NULL, self->fd, &at, 1, 0));
	EXPECT_REFUSED(copy_file_range(self->fd, NULL, self->fd, &at, 1, 0));
	EXPECT_REFUSED(ftruncate(self->fd, 0));
	EXPECT_REFUSED(truncate(FASTVDSO_DEVICE, 0));
	EXPECT_REFUSED(fallocate(self->fd, 0, 0, PAGE));
	EXPECT_REFUSED(fallocate(self->fd, 3 /* PUNCH_HOLE | KEEP_SIZE */, 0, PAGE));
}

/* --- execute --- */

TEST_F(hostile, execute_map_data)
{
	off_t at;
	int i;

	for (i = 0; i < 3; i++) {
		for (at = DATA_AT; at < DATA_AT + DATA; at += PAGE) {
			EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_EXEC, map_types[i], at));
			EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_READ | PROT_EXEC, map_types[i],
						    at | FASTVDSO_MAP_STEERED));
		}
		EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_EXEC, map_types[i],
					    FASTVDSO_OFFSET_HYPERVISOR));
	}
}

TEST_F(hostile, execute_mprotect_data)
{
	EXPECT_ERRNO(EACCES, mprotect(self->data, DATA, PROT_READ | PROT_EXEC));
	EXPECT_ERRNO(EACCES, mprotect(self->data, DATA, PROT_EXEC));
	EXPECT_REFUSED(pkey_mprotect(self->data, DATA, PROT_EXEC, pkey_alloc(0, 0)));
}

static void call(void *at)
{
	((void (*)(void))at)();
}

TEST_F(hostile, execute_jump_into_data)
{
	size_t at;

	for (at = 0; at < DATA; at += PAGE)
		EXPECT_EQ(SIGSEGV, signal_from(call, self->data + at));
}

TEST_F(hostile, execute_data_with_read_implies_exec)
{
	char perms[5] = "";
	uint8_t *data;

	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	data = map_at(self->fd, DATA, PROT_READ, MAP_PRIVATE, DATA_AT);
	ASSERT_NE(MAP_FAILED, data);
	EXPECT_TRUE(begins_mapping(data, perms));
	EXPECT_STREQ("r--p", perms);
	mprotect(data, DATA, PROT_READ);
	EXPECT_EQ(SIGSEGV, signal_from(call, data + PAGE));
}

TEST_F(hostile, execute_the_device_as_a_program)
{
	char *const argv[] = { "x", NULL };

	EXPECT_REFUSED(execve(FASTVDSO_DEVICE, argv, argv + 1));
	EXPECT_REFUSED(syscall(SYS_execveat, self->fd, "", argv, argv + 1, AT_EMPTY_PATH));
#ifdef SYS_uselib
	EXPECT_REFUSED(syscall(SYS_uselib, FASTVDSO_DEVICE));
#endif
}

/* --- grow --- */

TEST_F(hostile, grow_mremap)
{
	int flags;

	for (flags = 0; flags < 2; flags++) {	/* with and without MREMAP_MAYMOVE */
		EXPECT_REFUSED((long)mremap(self->data, DATA, DATA + PAGE, flags));
		EXPECT_REFUSED((long)mremap(self->code, self->code_size, self->code_size + PAGE, flags));
		EXPECT_REFUSED((long)mremap(self->code, self->code_size, 1ul << 40, flags));
		EXPECT_REFUSED((long)mremap(self->data, DATA + self->code_size, 2 * DATA + self->code_size,
					    flags));
	}
}

TEST_F(hostile, grow_map_past_the_end)
{
	size_t at;

	for (at = 0; at < DATA; at += PAGE)
		EXPECT_ERRNO(EINVAL, map_at(self->fd, DATA - at + PAGE, PROT_READ, MAP_SHARED,
					    DATA_AT + at));
	for (at = 0; at < self->code_size; at += PAGE)
		EXPECT_ERRNO(EINVAL, map_at(self->fd, self->code_size - at + 1, PROT_READ, MAP_PRIVATE, at));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, 2 * PAGE, PROT_READ, MAP_SHARED, FASTVDSO_OFFSET_HYPERVISOR));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, 0, PROT_READ, MAP_SHARED, DATA_AT));
	EXPECT_REFUSED(map_at(self->fd, 1ul << 46, PROT_READ, MAP_SHARED, DATA_AT));
	EXPECT_REFUSED(map_at(self->fd, -PAGE, PROT_READ, MAP_SHARED, DATA_AT + PAGE));
}

/* Each bit of the offset alone, and with each page: only the documented ones are accepted. */
TEST_F(hostile, grow_map_at_every_offset)
{
	const uint64_t requests = FASTVDSO_MAP_REQUESTS;
	uint64_t at, offset;
	int bit;

	for (bit = 12; bit < 64; bit++) {
		for (at = 0; at < DATA + self->code_size + 2 * PAGE; at += PAGE) {
			int valid;
			uint8_t *page;

			/* The data and a page, the code and a page. */
			offset = (at <= DATA ? DATA_AT + at : at - DATA - PAGE) ^ 1ull << bit;
			valid = (offset & ~requests) - DATA_AT < DATA || offset < self->code_size;
			page = map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, (off_t)offset);
			if (offset == FASTVDSO_OFFSET_HYPERVISOR && page != MAP_FAILED)
				valid = 1;
			EXPECT_EQ(valid, page != MAP_FAILED) TH_LOG("offset %lx", (unsigned long)offset);
			if (page != MAP_FAILED)
				munmap(page, PAGE);
		}
	}
}

TEST_F(hostile, grow_down)
{
	EXPECT_REFUSED(map_at(self->fd, DATA, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, DATA_AT));
	EXPECT_REFUSED(mprotect(self->data, DATA, PROT_READ | PROT_GROWSDOWN));
	EXPECT_REFUSED(mprotect(self->data, DATA, PROT_READ | PROT_GROWSUP));
	EXPECT_EQ(SIGSEGV, signal_from(store, self->data - 8));
}

TEST_F(hostile, grow_merge_neighbours)
{
	uint8_t *room = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char perms[5];

	ASSERT_EQ(room, mmap(room, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd, DATA_AT + PAGE));
	ASSERT_EQ(room + PAGE, mmap(room + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd,
				    DATA_AT + 2 * PAGE));
	EXPECT_TRUE(begins_mapping(room + PAGE, perms));
	EXPECT_REFUSED((long)mremap(room, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(0, munmap(room + PAGE, PAGE));
	EXPECT_REFUSED((long)mremap(room, PAGE, 2 * PAGE, 0));
	EXPECT_EQ(0, munmap(room, PAGE));
}

/* --- split --- */

TEST_F(hostile, split_munmap)
{
	size_t at;

	for (at = 0; at < DATA; at += PAGE)
		EXPECT_ERRNO(EINVAL, munmap(self->data + at, PAGE));
	EXPECT_ERRNO(EINVAL, munmap(self->code, PAGE));
	EXPECT_ERRNO(EINVAL, munmap(self->code + self->code_size - PAGE, PAGE));
}

TEST_F(hostile, split_mprotect)
{
	EXPECT_REFUSED(mprotect(self->data + PAGE, PAGE, PROT_NONE));
	EXPECT_REFUSED(mprotect(self->code + PAGE, PAGE, PROT_READ));
	EXPECT_REFUSED(pkey_mprotect(self->code, PAGE, PROT_READ, pkey_alloc(0, 0)));
}

TEST_F(hostile, split_madvise)
{
	static const int advice[] = { MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTFORK, MADV_DONTDUMP };
	int i;

	for (i = 0; i < 4; i++) {
		EXPECT_REFUSED(madvise(self->code + PAGE, PAGE, advice[i]));
		if (advice[i] != MADV_DONTDUMP)	/* which data has already */
			EXPECT_REFUSED(madvise(self->data, PAGE, advice[i]));
	}
}

TEST_F(hostile, split_mremap_shrink)
{
	EXPECT_REFUSED((long)mremap(self->data, DATA, PAGE, 0));
	EXPECT_REFUSED((long)mremap(self->code, self->code_size, PAGE, MREMAP_MAYMOVE));
}

TEST_F(hostile, split_map_over_a_part)
{
	const int fixed = MAP_PRIVATE | MAP_FIXED;
	int id = shmget(IPC_PRIVATE, PAGE, 0600);

	EXPECT_REFUSED(mmap(self->data + PAGE, PAGE, WRITE_EXEC, fixed | MAP_ANONYMOUS, -1, 0));
	EXPECT_REFUSED(mmap(self->data + PAGE, PAGE, PROT_READ, fixed, self->fd, DATA_AT));
	EXPECT_REFUSED(mmap(self->code, PAGE, WRITE_EXEC, fixed | MAP_ANONYMOUS, -1, 0));
	EXPECT_REFUSED((long)shmat(id, self->data + PAGE, SHM_REMAP));
	shmctl(id, IPC_RMID, NULL);
}

/* Locking, memory policies and names do not split these mappings, or fail. */
TEST_F(hostile, split_by_attributes)
{
	unsigned long node = 1;
	char perms[5];

	mlock(self->data + PAGE, PAGE);
	munlock(self->data + PAGE, PAGE);
	syscall(SYS_mbind, self->data + PAGE, PAGE, 2 /* MPOL_BIND */, &node, 8, 0);
	prctl(0x53564d41 /* PR_SET_VMA */, 0, self->data + PAGE, PAGE, "hostile");
	EXPECT_FALSE(begins_mapping(self->data + PAGE, perms));
}

/* A seal of a part would split the mapping. */
TEST_F(hostile, split_by_seals)
{
	char perms[5] = "";

	EXPECT_REFUSED(seal(self->data, PAGE));
	EXPECT_REFUSED(seal(self->data + PAGE, DATA - PAGE));
	EXPECT_REFUSED(seal(self->code + PAGE, PAGE));
	EXPECT_FALSE(begins_mapping(self->data + PAGE, perms));
	EXPECT_FALSE(begins_mapping(self->code + PAGE, perms));
}

/* --- move --- */

TEST_F(hostile, move_mremap)
{
	uint8_t *room = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const int move = MREMAP_MAYMOVE | MREMAP_FIXED;

	EXPECT_REFUSED((long)mremap(self->data, DATA, DATA, move, room));
	EXPECT_REFUSED((long)mremap(self->code, self->code_size, self->code_size, move, room));
	EXPECT_REFUSED((long)mremap(self->data + PAGE, PAGE, PAGE, move, room));
	EXPECT_REFUSED((long)mremap(self->data, DATA, DATA, move | MREMAP_DONTUNMAP, room));
	EXPECT_REFUSED((long)mremap(self->data, DATA, DATA, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
	/* In place it is the same mapping. */
	EXPECT_EQ(self->data, mremap(self->data, DATA, DATA, MREMAP_MAYMOVE));
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

/* An old size of 0 asks for a second mapping of the same pages. */
TEST_F(hostile, move_mremap_duplicate)
{
	EXPECT_REFUSED((long)mremap(self->data, 0, DATA, MREMAP_MAYMOVE));
	EXPECT_REFUSED((long)mremap(self->code, 0, PAGE, MREMAP_MAYMOVE));
	EXPECT_REFUSED((long)mremap(self->data + PAGE, 0, PAGE, MREMAP_MAYMOVE));
}

/* Newer kernels move several mappings in one call. */
TEST_F(hostile, move_mremap_both_areas)
{
	size_t all = DATA + self->code_size;
	uint8_t *room = mmap(NULL, 2 * all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_EQ(room, mmap(room, DATA, PROT_READ, MAP_SHARED | MAP_FIXED, self->fd, DATA_AT));
	ASSERT_EQ(room + DATA, mmap(room + DATA, self->code_size, PROT_READ | PROT_EXEC,
				    MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_REFUSED((long)mremap(room, all, all, MREMAP_MAYMOVE | MREMAP_FIXED, room + all));
	EXPECT_EQ(0, memcmp(room + DATA, hostile.image, hostile.info.image_size));
	EXPECT_EQ(FASTVDSO_TIME_MAGIC, *(uint32_t *)(room + PAGE));
}

/* This maps the file again, with the mapping's own permissions: nothing that mmap() refuses. */
TEST_F(hostile, move_remap_file_pages)
{
	EXPECT_REFUSED(remap_file_pages(self->data + PAGE, PAGE, 0, 0, 0));
	EXPECT_REFUSED(remap_file_pages(self->code, PAGE, 0, 1, 0));
	EXPECT_REFUSED(remap_file_pages(self->data, DATA, 0, DATA_AT / PAGE + 1, 0));
	/* Data in the place of the code would be executable. */
	EXPECT_REFUSED(remap_file_pages(self->code, self->code_size, 0, DATA_AT / PAGE, 0));
}

TEST_F(hostile, move_pages_to_a_node)
{
	void *pages[] = { self->data, self->data + PAGE, self->code };
	int nodes[3] = { 0 }, status[3] = { 0 };
	unsigned long all = ~0ul;

	EXPECT_REFUSED(syscall(SYS_move_pages, 0, 3, pages, nodes, status, 4 /* MPOL_MF_MOVE_ALL */));
	/* Already there, busy, or no such system call. */
	syscall(SYS_move_pages, 0, 3, pages, nodes, status, 2 /* MPOL_MF_MOVE */);
	syscall(SYS_migrate_pages, 0, 8, &all, &all);
	EXPECT_EQ(0, memcmp(self->code, hostile.image, hostile.info.image_size));
}

TEST_HARNESS_MAIN
