// SPDX-License-Identifier: GPL-2.0
/* A hostile process cannot write, grow, split or move the pages. */
#define _GNU_SOURCE
#include <fastvdso.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "mapping.h"
#include "process.h"

/* Data and code mapped as a program does, and a copy of the code. */
FIXTURE(mapping)
{
	int fd;
	size_t code_size;
	uint8_t *data, *code;
	uint8_t *code_before;
};

FIXTURE_SETUP(mapping)
{
	struct fastvdso_info info;

	self->fd = open(FASTVDSO_DEVICE, O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, FASTVDSO_IOC_INFO, &info));
	self->code_size = info.code_pages * PAGE;
	self->data = map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);
	ASSERT_NE(MAP_FAILED, self->data);
	self->code = map_at(self->fd, self->code_size, PROT_READ | PROT_EXEC, MAP_SHARED, 0);
	ASSERT_NE(MAP_FAILED, self->code);
	self->code_before = malloc(self->code_size);
	memcpy(self->code_before, self->code, self->code_size);
}

/* No test may change the pages. */
FIXTURE_TEARDOWN(mapping)
{
	const struct fastvdso_ns_page *ns = (void *)self->data;
	const struct fastvdso_time_page *time = (void *)(self->data + PAGE);

	EXPECT_EQ(0, memcmp(self->code_before, self->code, self->code_size));
	EXPECT_EQ(FASTVDSO_NS_MAGIC, ns->magic);
	EXPECT_EQ(FASTVDSO_TIME_MAGIC, time->magic);
	EXPECT_EQ(0, ns->mono_sec);
	free(self->code_before);
	close(self->fd);
}

TEST_F(mapping, writable_mappings_are_rejected)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE };
	size_t i;

	for (i = 0; i < 3; i++) {
		EXPECT_ERRNO(EACCES, map_at(self->fd, DATA, PROT_READ | PROT_WRITE, flags[i], DATA_AT));
		EXPECT_ERRNO(EACCES, map_at(self->fd, DATA, PROT_WRITE, flags[i], DATA_AT));
		EXPECT_ERRNO(EACCES, map_at(self->fd, self->code_size, PROT_READ | PROT_WRITE | PROT_EXEC,
					    flags[i], 0));
	}
}

TEST_F(mapping, executable_data_is_rejected)
{
	EXPECT_ERRNO(EACCES, map_at(self->fd, DATA, PROT_READ | PROT_EXEC, MAP_SHARED, DATA_AT));
	EXPECT_ERRNO(EACCES, map_at(self->fd, PAGE, PROT_EXEC, MAP_PRIVATE, DATA_AT + PAGE));
	EXPECT_ERRNO(EACCES, mprotect(self->data, DATA, PROT_READ | PROT_EXEC));
}

/* Find permissions and file offset of the mapping at an address. Returns 0 if there is none. */
static int find_mapping(const void *address, char perms[8], unsigned long *offset)
{
	unsigned long start = 0;
	char line[256];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (start != (unsigned long)address && fgets(line, sizeof(line), maps))
		sscanf(line, "%lx-%*x %7s %lx", &start, perms, offset);
	fclose(maps);
	return start == (unsigned long)address;
}

TEST_F(mapping, read_implies_exec_does_not_make_data_executable)
{
	unsigned long offset;
	char perms[8];
	uint8_t *data;

	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	data = map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT);
	ASSERT_NE(MAP_FAILED, data);
	EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_READ | PROT_EXEC));
	ASSERT_TRUE(find_mapping(data, perms, &offset));
	EXPECT_EQ('-', perms[2]);
	/* Its protection key would make the pages unreadable, even after mprotect(PROT_READ). */
	EXPECT_EQ(MAP_FAILED, map_at(self->fd, DATA, PROT_EXEC, MAP_SHARED, DATA_AT));
	EXPECT_EQ(EACCES, errno);
}

/* Profilers and checkpoints rely on it: the offset in maps is that of mmap() and of read(). */
TEST_F(mapping, each_mapping_can_be_made_again_from_proc_maps)
{
	off_t end = lseek(self->fd, 0, SEEK_END);
	static uint8_t file[1 << 16];
	unsigned long start, stop, offset;
	char line[256], perms[8], name[64];
	int count[2] = { 0, 0 };
	FILE *maps;

	ASSERT_EQ(end, pread(self->fd, file, sizeof(file), 0));
	ASSERT_NE(MAP_FAILED, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, 2 * PAGE));
	ASSERT_NE(MAP_FAILED, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT + PAGE));
	maps = fopen("/proc/self/maps", "r");
	while (fgets(line, sizeof(line), maps)) {
		size_t size, in_file;
		uint8_t *again;
		int is_code;

		if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %63s", &start, &stop, perms, &offset, name) != 5 ||
		    strcmp(name, FASTVDSO_DEVICE))
			continue;
		size = stop - start;
		is_code = offset < (unsigned long)end;
		again = map_at(self->fd, size, PROT_READ | (perms[2] == 'x' ? PROT_EXEC : 0), MAP_SHARED,
			       (off_t)offset);
		ASSERT_NE(MAP_FAILED, again) TH_LOG("%s", line);
		count[is_code]++;
		in_file = !is_code ? 0 : size < end - offset ? size : end - offset;
		EXPECT_EQ(in_file, pread(self->fd, file, size, (off_t)offset));
		EXPECT_EQ(0, memcmp(file, again, in_file)) TH_LOG("%s", line);
		/* Of the data, compare what does not change. */
		EXPECT_EQ(0, memcmp((void *)start, again, is_code ? size : HEADER)) TH_LOG("%s", line);
		EXPECT_EQ(0, munmap(again, size));
	}
	fclose(maps);
	EXPECT_EQ(2, count[0]);
	EXPECT_EQ(2, count[1]);
	EXPECT_EQ(0, memcmp(self->code, "\177ELF", 4));
}

TEST_F(mapping, mprotect_cannot_make_pages_writable)
{
	uint8_t *private = map_at(self->fd, DATA, PROT_READ, MAP_PRIVATE, DATA_AT);
	uint8_t *code = map_at(self->fd, self->code_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0);

	ASSERT_NE(MAP_FAILED, private);
	ASSERT_NE(MAP_FAILED, code);
	EXPECT_ERRNO(EACCES, mprotect(self->data, DATA, PROT_READ | PROT_WRITE));
	EXPECT_ERRNO(EACCES, mprotect(self->code, self->code_size, PROT_READ | PROT_WRITE));
	EXPECT_ERRNO(EACCES, mprotect(private, DATA, PROT_READ | PROT_WRITE));
	EXPECT_ERRNO(EACCES, mprotect(code, self->code_size, PROT_READ | PROT_WRITE | PROT_EXEC));
	EXPECT_ERRNO(EACCES, mprotect(private, DATA, PROT_WRITE));
}

TEST_F(mapping, a_store_raises_sigsegv)
{
	uint8_t *targets[] = { self->data, self->data + PAGE, self->code };
	int i;

	for (i = 0; i < 3; i++) {
		pid_t child = fork();

		if (!child) {
			signal(SIGSEGV, SIG_DFL);
			*(volatile uint8_t *)targets[i] = 1;
			_exit(0);
		}
		EXPECT_TRUE(is_sigsegv(wait_for_child(child)));
	}
}

TEST_F(mapping, proc_mem_cannot_write_to_the_pages)
{
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t byte = 0xcc;

	ASSERT_LE(0, mem);
	EXPECT_ERRNO(EIO, pwrite(mem, &byte, 1, (off_t)self->data));
	EXPECT_ERRNO(EIO, pwrite(mem, &byte, 1, (off_t)(self->data + PAGE)));
	EXPECT_ERRNO(EIO, pwrite(mem, &byte, 1, (off_t)self->code));
	close(mem);
}

TEST_F(mapping, a_tracer_cannot_write_to_the_pages)
{
	uint8_t *targets[] = { self->data, self->data + PAGE, self->code };
	uint64_t word = 0xcccccccccccccccc;
	struct iovec local = { &word, 8 };
	pid_t child = fork();
	int i;

	if (!child) {
		/* Fault the pages in, so that there is something to write to. */
		volatile uint8_t sink = *self->data + self->data[PAGE] + *self->code;

		(void)sink;
		pause();
		_exit(0);
	}
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, child, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, child, NULL, NULL));
	wait_for_child(child);
	for (i = 0; i < 3; i++) {
		struct iovec remote = { targets[i], 8 };

		EXPECT_ERRNO(EIO, ptrace(PTRACE_POKEDATA, child, targets[i], (void *)word));
		EXPECT_ERRNO(EIO, ptrace(PTRACE_POKETEXT, child, targets[i], (void *)word));
		EXPECT_EQ(-1, process_vm_writev(child, &local, 1, &remote, 1, 0));
		/* ENOSYS: a debug kernel without process_vm_writev(). */
		EXPECT_TRUE(errno == EFAULT || errno == ENOSYS);
	}
	kill_child(child);
}

TEST_F(mapping, mappings_cannot_grow_move_or_split)
{
	EXPECT_ERRNO(EFAULT, mremap(self->data, DATA, DATA + PAGE, MREMAP_MAYMOVE));
	EXPECT_ERRNO(EFAULT, mremap(self->code, self->code_size, self->code_size + PAGE, MREMAP_MAYMOVE));
	EXPECT_ERRNO(EFAULT, mremap(self->code, self->code_size, self->code_size + PAGE, 0));
	EXPECT_ERRNO(EINVAL, mremap(self->data, DATA, DATA, MREMAP_MAYMOVE | MREMAP_FIXED,
				    self->data + (1 << 30)));
	EXPECT_ERRNO(EINVAL, munmap(self->data, PAGE));
	EXPECT_ERRNO(EINVAL, munmap(self->data + PAGE, PAGE));
	EXPECT_ERRNO(EINVAL, mprotect(self->data, PAGE, PROT_NONE));
}

TEST_F(mapping, offsets_and_lengths_out_of_range_are_rejected)
{
	EXPECT_ERRNO(EINVAL, map_at(self->fd, DATA + PAGE, PROT_READ, MAP_SHARED, DATA_AT));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT + PAGE));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT + DATA));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT - PAGE));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, self->code_size + 1, PROT_READ, MAP_SHARED, 0));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, self->code_size, PROT_READ | PROT_EXEC, MAP_SHARED, PAGE));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, (off_t)self->code_size));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, 1ll << 42));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, 0x7ffffffffffff000ll - PAGE));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, 1ul << 40, PROT_READ, MAP_SHARED, DATA_AT));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, 1));
}

TEST_F(mapping, a_single_data_page_can_be_mapped)
{
	const struct fastvdso_time_page *time =
		map_at(self->fd, PAGE, PROT_READ, MAP_SHARED, DATA_AT + FASTVDSO_PAGE_TIME * PAGE);

	ASSERT_NE(MAP_FAILED, time);
	EXPECT_EQ(FASTVDSO_TIME_MAGIC, time->magic);
	EXPECT_EQ(0, munmap((void *)time, PAGE));
}

TEST_F(mapping, the_root_namespace_page_is_zero_and_survives_madvise)
{
	const struct fastvdso_ns_page *ns = (void *)self->data;

	EXPECT_EQ(0, ns->mono_sec | ns->boot_sec | ns->mono_nsec | ns->boot_nsec);
	EXPECT_EQ(0, madvise(self->data, PAGE, MADV_DONTNEED));
	EXPECT_EQ(FASTVDSO_NS_MAGIC, ns->magic);
	EXPECT_EQ(-1, madvise(self->data, PAGE, MADV_REMOVE));
	EXPECT_EQ(FASTVDSO_NS_MAGIC, ns->magic);
}

TEST_F(mapping, mapping_flags_change_only_the_namespace_page)
{
	const off_t flags = DATA_AT | FASTVDSO_MAP_REQUESTS;
	const struct fastvdso_ns_page *ns = (void *)self->data;
	uint8_t *data;

	EXPECT_EQ(0, ns->flags & (FASTVDSO_NS_HYPERVISOR | FASTVDSO_NS_STOCK));
	data = map_at(self->fd, DATA, PROT_READ, MAP_SHARED, flags);
	ASSERT_NE(MAP_FAILED, data);
	ns = (void *)data;
	EXPECT_EQ(FASTVDSO_NS_HYPERVISOR | FASTVDSO_NS_STOCK,
		  ns->flags & (FASTVDSO_NS_HYPERVISOR | FASTVDSO_NS_STOCK));
	EXPECT_EQ(0, memcmp(data + FASTVDSO_PAGE_CPU * PAGE, self->data + FASTVDSO_PAGE_CPU * PAGE, PAGE));
	EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_READ | PROT_WRITE));
	EXPECT_ERRNO(EACCES, mprotect(data, DATA, PROT_READ | PROT_EXEC));
	EXPECT_ERRNO(EACCES, map_at(self->fd, DATA, PROT_READ | PROT_WRITE, MAP_SHARED, flags));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, DATA + PAGE, PROT_READ, MAP_SHARED, flags));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, self->code_size, PROT_READ | PROT_EXEC, MAP_SHARED,
				    FASTVDSO_MAP_STEERED));
	EXPECT_ERRNO(EINVAL, map_at(self->fd, DATA, PROT_READ, MAP_SHARED, DATA_AT | 1ll << 35));
	EXPECT_EQ(0, munmap(data, DATA));
}

TEST_HARNESS_MAIN
