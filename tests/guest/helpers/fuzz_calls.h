/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls of device_fuzz. A program is a sequence of calls; each call is a number and seven
 * bytes, which choose its arguments from classes. So any bytes are a program, and the same
 * program makes the same calls.
 *
 * Mappings are made at fixed addresses in an arena, so that no call hits anything else of the
 * process. What a call must not achieve is checked after it: see violation().
 */
#ifndef FASTVDSO_FUZZ_CALLS_H
#define FASTVDSO_FUZZ_CALLS_H

#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/personality.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#include "pages.h"
#include "rights.h"
#include "unprivileged.h"

#define CALLS		64	/* of a program, at most */
#define DEVICES		4
#define AREAS		8
#define ARENA		((uint8_t *)0x100000000000)
#define ARENA_SIZE	(2ul << 20)
#define SLOT		(16 * PAGE)	/* of the arena */

struct call {
	uint8_t number, a, b, c, d, e, f, g;
};

struct program {
	uint32_t count;
	struct call calls[CALLS];
};

#define UNKNOWN		(-1)	/* protection */

/* A mapping of the device. */
struct area {
	uint8_t *at;
	size_t size;		/* 0: none */
	uint64_t offset;
	int prot;
};

static struct {
	const struct remembered *pages;
	int devices[DEVICES];
	struct area areas[AREAS];
	int pipes[2], sockets[2], epoll, mem, maps, zero, namespaces[2], uring;
	int sealed;		/* what is mapped stays until the process ends */
	int hidden;		/* pages may be unreadable: by a guard or a protection key */
	unsigned int personality;
	int offsets;		/* bit N: the process may be in a time namespace with N thousand seconds */
	struct {
		void *ring, *entries;
		struct io_uring_params params;
	} ring;
	uint8_t scratch[4 * PAGE];
} fuzz = { .devices = { -1, -1, -1, -1 }, .uring = -1 };

/* Report something that must not happen. In device_fuzz.c. */
static void violation(const char *what);

#define PICK(table, byte) ((table)[(byte) % (sizeof(table) / sizeof((table)[0]))])

/* An open device, most of the time. */
static int device(uint8_t byte)
{
	return fuzz.devices[fuzz.devices[byte % DEVICES] < 0 && byte < 128 ? 0 : byte % DEVICES];
}

/* A mapping, if there is one. */
static struct area *area(uint8_t byte)
{
	uint8_t i;

	for (i = byte % AREAS; i < byte % AREAS + AREAS; i++)
		if (fuzz.areas[i % AREAS].size)
			return &fuzz.areas[i % AREAS];
	return &fuzz.areas[0];
}

static int is_code(uint64_t offset)
{
	return offset < FASTVDSO_MAP_STEERED;
}

static size_t pages_of(size_t size)
{
	return (size + PAGE - 1) / PAGE;
}

static int is_in_arena(const uint8_t *at)
{
	return at >= ARENA && at < ARENA + ARENA_SIZE;
}

/* An address: in a mapping, most of the time. */
static uint8_t *address(uint8_t which, uint8_t where)
{
	static const int pages[] = { 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, -1, 4 };
	const struct area *in = area(which);
	uint8_t *start = in->size ? in->at : ARENA + SLOT + which % 4 * SLOT;
	uint8_t *at = start + PICK(pages, where) * PAGE + (where == 200 ? 1 : where == 201 ? PAGE - 8 : 0);

	/* The neighbours of a mapping outside the arena belong to others. */
	return is_in_arena(at) || (in->size && at >= in->at && at < in->at + in->size) ? at : start;
}

static size_t length(uint8_t which, uint8_t how)
{
	const struct area *in = area(which);

	switch (how % 16) {
	case 7:		return 0;
	case 8:		return 1;
	case 9:		return PAGE;
	case 10:	return 2 * PAGE;
	case 11:	return in->size + PAGE;
	case 12:	return in->size - PAGE;
	case 13:	return 1ul << 40;
	case 14:	return -(size_t)PAGE;
	case 15:	return in->size + 1;
	default:	return in->size ? in->size : PAGE;
	}
}

/* Does that range contain no memory but mappings of the device? Other memory must not be changed. */
static int is_ours(const uint8_t *at, size_t size, uint8_t which)
{
	const struct area *in = area(which);
	size_t rounded = pages_of(size) * PAGE;

	if (is_in_arena(at))
		return rounded <= (size_t)(ARENA + ARENA_SIZE - at);
	return in->size && at >= in->at && at < in->at + in->size &&
	       rounded <= (size_t)(in->at + in->size - at);
}

/* Memory for a call to store into, or where it must not store. */
static void *buffer(uint8_t which, uint8_t how)
{
	switch (how % 16) {
	case 10:	return NULL;
	case 11:	return (void *)0xffffffff81000000;
	case 12:	return (void *)0x8000000000000000;
	case 13:	return fuzz.scratch + sizeof(fuzz.scratch) - 8;
	case 14:
	case 15:	return address(which, how >> 4);
	default:	return fuzz.scratch + how % 8;
	}
}

static int is_in_area(const void *at)
{
	const uint8_t *byte = at;
	size_t i;

	for (i = 0; i < AREAS; i++)
		if (fuzz.areas[i].size && byte >= fuzz.areas[i].at &&
		    byte < fuzz.areas[i].at + fuzz.areas[i].size)
			return 1;
	return 0;
}

/* A call that stored at @to, if it returned more than 0. */
static long stored(void *to, long ret)
{
	if (ret > 0 && is_in_area(to))
		violation("a call stored into the pages");
	return ret;
}

/* --- faults --- */

static __thread sigjmp_buf fault_return;
static __thread volatile int fault_expected;

static void on_fault(int signal)
{
	if (!fault_expected)
		_exit(128 + signal);
	fault_expected = 0;
	siglongjmp(fault_return, signal);
}

/* Run the statement; the value is the signal that ended it, or 0. */
#define FAULTS(statement) ({					\
	int signal_ = sigsetjmp(fault_return, 0);		\
	if (!signal_) {						\
		fault_expected = 1;				\
		statement;					\
		fault_expected = 0;				\
	}							\
	signal_;						\
})

/* --- what is known of the mappings --- */

/* Mappings in that range are gone. None may be there in part. */
static void forget(const uint8_t *at, size_t size, int must_be_whole)
{
	const uint8_t *end = at + pages_of(size) * PAGE;
	size_t i;

	for (i = 0; i < AREAS; i++) {
		struct area *old = &fuzz.areas[i];

		if (!old->size || at >= old->at + old->size || end <= old->at)
			continue;
		if (must_be_whole && (at > old->at || end < old->at + old->size))
			violation("a mapping was split");
		old->size = 0;
	}
}

static void drop(struct area *old)
{
	if (old->size)
		munmap(old->at, old->size);
	old->size = 0;
}

static int64_t limit_of(uint64_t offset)
{
	if (offset == FASTVDSO_OFFSET_HYPERVISOR)
		return PAGE;
	if (is_code(offset))
		return (int64_t)(fuzz.pages->code_size - offset);
	return DATA - (int64_t)((offset & ~FASTVDSO_MAP_REQUESTS) - FASTVDSO_OFFSET_DATA);
}

/*
 * What the mapping gets. With READ_IMPLIES_EXEC, execute permission is added to readable code, and taken
 * from data, for which it is an error otherwise.
 */
static int granted(int prot, uint64_t offset)
{
	prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
	if (!is_code(offset))
		return prot & ~PROT_EXEC;
	return fuzz.personality && (prot & PROT_READ) ? prot | PROT_EXEC : prot;
}

static void remember(uint8_t slot, uint8_t *at, size_t size, uint64_t offset, int prot)
{
	struct area *to = &fuzz.areas[slot % AREAS];

	size = pages_of(size) * PAGE;
	if (prot & PROT_WRITE)
		violation("a writable mapping");
	if ((int64_t)size > limit_of(offset))
		violation("a mapping past the end");
	if (!is_code(offset) && (prot & PROT_EXEC) && !((prot & PROT_READ) && fuzz.personality))
		violation("executable data");
	if (to->size && (to->at + to->size <= at || at + size <= to->at))
		drop(to);
	*to = (struct area) { at, size, offset, granted(prot, offset) };
}

/* Is the page, which could be read, the one that was mapped there? */
static void check_page(const struct area *in, size_t page, uint32_t magic, const uint8_t *at)
{
	uint64_t offset = in->offset + page * PAGE;
	const struct fastvdso_ns_page *ns = (const void *)at;
	uint64_t requests = offset & FASTVDSO_MAP_REQUESTS;

	if (offset == FASTVDSO_OFFSET_HYPERVISOR)
		return;
	if (is_code(offset)) {
		if (memcmp(&magic, fuzz.pages->image + offset, sizeof(magic)))
			violation("wrong code");
		return;
	}
	switch ((offset - requests - FASTVDSO_OFFSET_DATA) / PAGE) {
	case FASTVDSO_PAGE_NS:
		if (magic != FASTVDSO_NS_MAGIC || ns->mono_sec % 1000 || ns->mono_sec < 0 ||
		    ns->mono_sec > 3000 || !(fuzz.offsets & 1 << ns->mono_sec / 1000))
			violation("wrong namespace page");
		if (!(ns->flags & FASTVDSO_NS_HYPERVISOR) != !(requests & FASTVDSO_MAP_HYPERVISOR) ||
		    !(ns->flags & FASTVDSO_NS_STOCK) != !(requests & FASTVDSO_MAP_STOCK))
			violation("wrong flags on the namespace page");
		break;
	case FASTVDSO_PAGE_TIME:
	case FASTVDSO_PAGE_STEERED:
		if (magic != FASTVDSO_TIME_MAGIC)
			violation("wrong time page");
	}
}

static long read_page(uint8_t which, size_t page)
{
	const struct area in = *area(which);
	volatile uint32_t magic = 0;
	uint8_t *at = in.at + page * PAGE;
	int signal;

	if (!in.size || page * PAGE >= in.size)
		return -1;
	signal = FAULTS(magic = *(volatile uint32_t *)at);
	if (!signal && in.prot == PROT_NONE)
		violation("a page without access was read");
	if (signal && in.prot != UNKNOWN && (in.prot & PROT_READ) && !fuzz.hidden)
		violation("a page cannot be read");
	if (!signal)
		check_page(&in, page, magic, at);
	return signal;
}

/* --- calls on the device --- */

static void keep_device(uint8_t slot, int fd)
{
	if (fuzz.devices[slot % DEVICES] >= 0)
		close(fuzz.devices[slot % DEVICES]);
	fuzz.devices[slot % DEVICES] = fd;
}

static long call_open(const struct call *c)
{
	static const int bits[] = { 0, 0, 0, O_WRONLY, O_RDWR, O_PATH, O_APPEND, O_NONBLOCK, O_DIRECT,
				    O_TRUNC, O_CREAT, O_EXCL | O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_SYNC,
				    O_TMPFILE, O_ASYNC, O_NOATIME, O_ACCMODE };
	int flags = PICK(bits, c->b) | PICK(bits, c->c), fd;
	char path[32] = FASTVDSO_DEVICE;

	if (c->d % 8 == 1)
		snprintf(path, sizeof(path), "/proc/self/fd/%d", device(c->e));
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if ((flags & O_ACCMODE) && !(flags & O_PATH))
		violation("opened for writing");
	keep_device(c->a, fd);
	return 0;
}

static long call_close(const struct call *c)
{
	int ret = close(fuzz.devices[c->a % DEVICES]);

	fuzz.devices[c->a % DEVICES] = -1;
	return ret;
}

static long call_dup(const struct call *c)
{
	int fd = dup(device(c->a));

	if (fd >= 0)
		keep_device(c->b, fd);
	return fd < 0 ? -errno : 0;
}

static long call_pass(const struct call *c)
{
	int fd;

	if (send_descriptor(fuzz.sockets[0], device(c->a)))
		return -errno;
	fd = receive_descriptor(fuzz.sockets[1]);
	if (fd >= 0)
		keep_device(c->b, fd);
	return fd < 0 ? -errno : 0;
}

static uint64_t offset(const struct call *c)
{
	static const uint64_t offsets[] = {
		DATA_AT, DATA_AT, DATA_AT, DATA_AT, DATA_AT + PAGE, DATA_AT + 2 * PAGE, DATA_AT + 3 * PAGE,
		0, 0, PAGE, 2 * PAGE, 3 * PAGE, 64 * PAGE, DATA_AT + DATA, DATA_AT - PAGE,
		FASTVDSO_OFFSET_HYPERVISOR, FASTVDSO_OFFSET_HYPERVISOR + PAGE,
		1ull << 35, 1ull << 63, -(uint64_t)PAGE, 1ull << 44 };
	uint64_t at = PICK(offsets, c->b);

	return at + (c->c & 1 ? FASTVDSO_MAP_STEERED : 0) + (c->c & 2 ? FASTVDSO_MAP_HYPERVISOR : 0) +
	       (c->c & 4 ? FASTVDSO_MAP_STOCK : 0) +
	       (c->c == 255 ? 1 : 0);
}

static long call_mmap(const struct call *c)
{
	static const int prots[] = { PROT_READ, PROT_READ, PROT_READ, PROT_READ | PROT_EXEC, PROT_NONE,
				     PROT_EXEC, PROT_READ | PROT_WRITE, PROT_WRITE,
				     PROT_READ | PROT_WRITE | PROT_EXEC };
	static const int types[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_SHARED, 0, 8 };
	static const int bits[] = { 0, 0, 0, MAP_FIXED, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_POPULATE,
				    MAP_LOCKED, MAP_NONBLOCK | MAP_POPULATE, MAP_NORESERVE, MAP_GROWSDOWN,
				    MAP_HUGETLB, MAP_32BIT, MAP_STACK, MAP_SYNC, MAP_DENYWRITE };
	static const size_t sizes[] = { DATA, DATA, DATA, PAGE, PAGE, 2 * PAGE, 3 * PAGE, 1, 0, 5 * PAGE,
					64 * PAGE, 1ul << 40, -(size_t)PAGE };
	uint64_t at = offset(c);
	int prot = PICK(prots, c->d), flags = PICK(types, c->e >> 4) | PICK(bits, c->e);
	size_t size = PICK(sizes, c->f);
	uint8_t *where = ARENA + SLOT + c->g % 16 * SLOT, *got;

	if (c->f % 16 == 15)
		size = fuzz.pages->code_size;
	if ((flags & MAP_FIXED) && size > SLOT)
		return 0;
	got = mmap(where, size, prot, flags, device(c->a), (off_t)at);
	if (flags & MAP_FIXED)
		forget(where, size, got != MAP_FAILED);
	if (got == MAP_FAILED)
		return -errno;
	remember(c->g, got, size, at, prot);
	return 0;
}

/* Anonymous memory in the place of a mapping, or of a part. */
static long call_mmap_over(const struct call *c)
{
	uint8_t *at = address(c->a, c->b), *got;
	size_t size = length(c->a, c->c);

	if (!is_ours(at, size, c->a))
		return 0;
	got = mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if ((uintptr_t)at % PAGE)
		return -errno;
	forget(at, size, got != MAP_FAILED);
	if (got == MAP_FAILED)
		return -errno;
	munmap(got, size);
	return 0;
}

static long call_munmap(const struct call *c)
{
	uint8_t *at = address(c->a, c->b);
	size_t size = length(c->a, c->c);

	if (!is_ours(at, size, c->a))
		return 0;
	if (munmap(at, size))
		return -errno;
	forget(at, size, 1);
	return 0;
}

static long call_mremap(const struct call *c)
{
	static const int flags[] = { 0, 1, 1, 3, 5, 7, 4, 8 };	/* MAYMOVE, FIXED, DONTUNMAP */
	uint8_t *at = address(c->a, c->b), *to = ARENA + SLOT + c->f % 16 * SLOT, *got;
	size_t from = length(c->a, c->c), size = length(c->a, c->d);
	int how = PICK(flags, c->e);

	if (!is_ours(at, from, c->a) || size > SLOT)
		return 0;
	got = mremap(at, from, size, how, to);
	if (got == MAP_FAILED) {
		/*
		 * The target may have been unmapped before the move was refused. Linux 5.10 also shrinks the
		 * mapping before it looks whether one begins there.
		 */
		if (how & 2)
			forget(to, size, 0);
		if ((how & 2) && pages_of(from) > pages_of(size))
			forget(at + pages_of(size) * PAGE, (pages_of(from) - pages_of(size)) * PAGE, 0);
		return -errno;
	}
	if (is_in_area(at) && (got != at || pages_of(size) > pages_of(from)))
		violation("a mapping was moved or grew");
	if (got != at)
		munmap(got, size);
	else if (pages_of(size) < pages_of(from))
		forget(at + pages_of(size) * PAGE, (pages_of(from) - pages_of(size)) * PAGE, 1);
	return 0;
}

static long protect(const struct call *c, int key)
{
	static const int prots[] = { PROT_READ, PROT_NONE, PROT_READ | PROT_EXEC, PROT_EXEC, PROT_WRITE,
				     PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE | PROT_EXEC,
				     PROT_READ | PROT_GROWSDOWN, PROT_READ | PROT_GROWSUP };
	uint8_t *at = address(c->a, c->b);
	size_t size = length(c->a, c->c), i;
	int prot = PICK(prots, c->d);
	const uint8_t *end = at + pages_of(size) * PAGE;
	long ret;

	if (!is_ours(at, size, c->a))
		return 0;
	ret = syscall(SYS_pkey_mprotect, at, size, prot, key) ? -errno : 0;
	/* A call on several mappings may have changed the first ones when it failed. */
	for (i = 0; i < AREAS; i++) {
		struct area *in = &fuzz.areas[i];

		if (!size || !in->size || end <= in->at || at >= in->at + in->size)
			continue;
		if (ret) {
			if (at != in->at || size != in->size)
				in->prot = UNKNOWN;
			continue;
		}
		if (prot & PROT_WRITE)
			violation("made writable");
		if (!is_code(in->offset) && (prot & PROT_EXEC) &&
		    !fuzz.personality)
			violation("made executable");
		/* Nothing changes, and nothing is split, if the protection is the same. */
		if ((at > in->at || end < in->at + in->size) && in->prot != UNKNOWN &&
		    in->prot != granted(prot, in->offset))
			violation("protected in part");
		in->prot = granted(prot, in->offset);
	}
	return ret;
}

static long call_mprotect(const struct call *c)
{
	return protect(c, -1);
}

static long call_pkey_mprotect(const struct call *c)
{
	int key = pkey_alloc(0, 0);
	long ret = protect(c, key);

	/*
	 * A handler that is left by a jump leaves the thread with the rights of a handler. The call may have
	 * changed mappings before it came to a gap.
	 */
	fuzz.hidden |= !ret || ret == -ENOMEM;
	pkey_free(key);
	return ret;
}

static long call_madvise(const struct call *c)
{
	uint8_t *at = address(c->a, c->b);
	size_t size = length(c->a, c->c);
	int advice = c->d & 64 ? MADV_DONTNEED : c->d % 128 - 1;

	if (!is_ours(at, size, c->a))
		return 0;
	fuzz.hidden |= advice > 100;
	return madvise(at, size, advice) ? -errno : 0;
}

static long call_read(const struct call *c)
{
	static const long long offsets[] = { 0, 1, 8, PAGE, 12000, 1 << 16, -1, INT64_MAX, INT64_MIN };
	void *to = buffer(c->b, c->c);
	size_t size = c->d & 1 ? sizeof(fuzz.scratch) : c->d;
	struct iovec vec[2] = { { to, size }, { fuzz.scratch, size } };
	int fd = device(c->a);

	if (to >= (void *)fuzz.scratch && to < (void *)(fuzz.scratch + sizeof(fuzz.scratch)) &&
	    size > sizeof(fuzz.scratch) - ((uint8_t *)to - fuzz.scratch))
		size = vec[0].iov_len = 8;
	switch (c->e % 8) {
	case 0:
	case 1:		return stored(to, pread(fd, to, size, PICK(offsets, c->f)));
	case 2:		return stored(to, readv(fd, vec, 1));
	case 3:		return size ? stored(to, preadv(fd, vec, 2, PICK(offsets, c->f))) : 0;
	case 4:		return stored(to, preadv2(fd, vec, 1, PICK(offsets, c->f), c->g));
	case 5:		return stored(to, read(fuzz.zero, to, size & 7));
	default:	return stored(to, read(fd, to, size));
	}
}

static long call_lseek(const struct call *c)
{
	static const long long offsets[] = { 0, 1, PAGE, 12000, 1 << 16, -1, INT64_MAX, INT64_MIN };

	return lseek(device(c->a), PICK(offsets, c->b), c->c % 7 - 1) < 0 ? -errno : 0;
}

static long call_write(const struct call *c)
{
	struct iovec vec = { fuzz.scratch, c->b };
	int fd = device(c->a);
	long ret;

	switch (c->c % 8) {
	case 0:		ret = pwritev(fd, &vec, 1, c->d); break;
	case 1:		ret = ftruncate(fd, c->d) ? 0 : 1; break;
	case 2:		ret = fallocate(fd, c->e, 0, PAGE) ? 0 : 1; break;
	case 3:		ret = copy_file_range(fd, NULL, fd, NULL, c->d + 1, 0); break;
	case 4:		ret = sendfile(fd, fd, NULL, c->d + 1); break;
	case 5:		ret = fchmod(fd, 0666) ? 0 : 1; break;
	default:	ret = write(fd, fuzz.scratch, c->b); break;
	}
	if (ret > 0)
		violation("wrote to the device");
	return ret;
}

static long call_ioctl(const struct call *c)
{
	static const unsigned long requests[] = {
		FASTVDSO_IOC_INFO, FASTVDSO_IOC_INFO, FASTVDSO_IOC_INFO, 0x5401 /* TCGETS */,
		0x5421 /* FIONBIO */,
		0x5451 /* FIOCLEX */, 0x541b /* FIONREAD */, 0x80087601 /* FS_IOC_GETVERSION */,
		0xc020660b /* FS_IOC_FIEMAP */, 0x40049409 /* FICLONE */, 0x5460 /* FIOQSIZE */ };
	unsigned long request = PICK(requests, c->b);
	void *to = buffer(c->c, c->d);
	int ret;

	if (c->e % 4 == 1)	/* another size, direction or number */
		request = (unsigned long)(c->f & 3) << 30 | (c->f * 64ul + c->g) % 16384 << 16 |
			  (request & 0xff00) | (c->e & 4 ? c->g : request & 0xff);
	if ((request >> 16 & 0x3fff) > sizeof(fuzz.scratch) - 8 ||
	    to == fuzz.scratch + sizeof(fuzz.scratch) - 8)
		to = NULL;
	ret = ioctl(device(c->a), request, to);
	if (!ret && (request & 0xff00) == (FASTVDSO_IOC_INFO & 0xff00) && is_in_area(to) &&
	    (request >> 16 & 0x3fff))
		violation("ioctl stored into the pages");
	return ret ? -errno : 0;
}

static long call_poll(const struct call *c)
{
	struct pollfd at = { device(c->a), (short)(c->b << 4 | c->c), 0 };
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	if (c->d & 1)
		return epoll_ctl(fuzz.epoll, c->d & 2 ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, device(c->a), &event);
	return poll(&at, 1, 0);
}

static long call_fcntl(const struct call *c)
{
	static const int commands[] = { F_GETFL, F_SETFL, F_SETFD, F_GETFD, F_SETLEASE, F_GETLEASE, F_NOTIFY,
					F_ADD_SEALS, F_GET_SEALS, F_SETPIPE_SZ, F_SETOWN, F_SETSIG,
					F_GET_RW_HINT, F_SETLK };
	struct flock lock = { .l_type = (short)(c->c % 3), .l_len = c->d };
	int command = PICK(commands, c->b);

	if (c->e % 8 == 1)
		return flock(device(c->a), (c->c % 4) | LOCK_NB);
	if (command == F_SETSIG || command == F_SETOWN)
		return fcntl(device(c->a), command, 0);
	return command == F_SETLK ? fcntl(device(c->a), command, &lock)
				  : fcntl(device(c->a), command, c->c << (c->d & 7));
}

static long call_stat(const struct call *c)
{
	struct stat st;
	char list[64];

	switch (c->b % 8) {
	case 0:		return posix_fadvise(device(c->a), 0, PAGE, c->c % 8);
	case 1:		return readahead(device(c->a), 0, PAGE);
	case 2:		return fsync(device(c->a));
	case 3:		return flistxattr(device(c->a), list, sizeof(list));
	case 4:		return sync_file_range(device(c->a), 0, PAGE, c->c % 8);
	default:	return fstat(device(c->a), &st);
	}
}

/* --- calls on memory --- */

static long call_touch(const struct call *c)
{
	return read_page(c->a, c->b % 6);
}

static long call_touch_all(const struct call *c)
{
	size_t page;

	for (page = 0; page < area(c->a)->size / PAGE; page++)
		read_page(c->a, page);
	return 0;
}

static long call_store(const struct call *c)
{
	volatile uint8_t *at = address(c->a, c->b);
	int signal;

	if (!is_in_area((void *)at))
		return 0;
	signal = c->c & 1 ? FAULTS(__atomic_fetch_or(at, 1, __ATOMIC_SEQ_CST)) : FAULTS(*at = 1);
	if (!signal)
		violation("stored into a page");
	return signal;
}

static long call_jump(const struct call *c)
{
	const struct area *in = area(c->a);

	if (!in->size || is_code(in->offset) || fuzz.personality)
		return 0;
	if (!FAULTS(((void (*)(void))(in->at + c->b * PAGE % in->size))()))
		violation("jumped into data");
	return 0;
}

static long call_vmsplice(const struct call *c)
{
	struct iovec vec = { address(c->a, c->b), length(c->a, c->c) & 0xffff };
	loff_t at = c->f * 64;

	switch (c->d % 8) {
	case 0:		return splice(device(c->a), c->e & 1 ? &at : NULL, fuzz.pipes[1], NULL, c->f * 64,
				      SPLICE_F_NONBLOCK);
	case 1:		return sendfile(fuzz.pipes[1], device(c->a), c->e & 1 ? &at : NULL, c->f * 64);
	case 2:
	case 3:		return read(fuzz.pipes[0], fuzz.scratch, sizeof(fuzz.scratch));
	case 4:		return stored(vec.iov_base, read(fuzz.pipes[0], vec.iov_base, vec.iov_len));
	case 5:		return write(fuzz.pipes[1], fuzz.scratch, c->e);
	default:	return vmsplice(fuzz.pipes[1], &vec, 1, SPLICE_F_NONBLOCK | (c->e & 9));
	}
}

static long call_process_vm(const struct call *c)
{
	uint8_t *at = address(c->a, c->b);
	struct iovec pages = { at, 1 + c->c * 16 }, scratch = { fuzz.scratch, pages.iov_len };

	switch (c->d % 6) {
	case 0:		return stored(at, process_vm_writev(getpid(), &scratch, 1, &pages, 1, 0));
	case 1:		return stored(at, process_vm_readv(getpid(), &pages, 1, &scratch, 1, 0));
	case 2:		return stored(at, pwrite(fuzz.mem, fuzz.scratch, c->c + 1, (off_t)at));
	case 3:		return pread(fuzz.mem, fuzz.scratch, c->c + 1, (off_t)at);
	default:	return process_vm_readv(getpid(), &scratch, 1, &pages, 1, 0);
	}
}

static long call_memory(const struct call *c)
{
	static const unsigned long mask = 1;
	uint8_t *at = address(c->a, c->b);
	size_t size = length(c->a, c->c);
	void *page = at;
	int status, node = 0;

	if (!is_ours(at, size, c->a) || size > SLOT)
		return 0;
	switch (c->d % 16) {
	case 0:		return mlock(at, size);
	case 1:		return mlock2(at, size, MLOCK_ONFAULT);
	case 2:		return munlock(at, size);
	case 3:		return msync(at, size, c->e % 8);
	case 4:		return mincore(at, size, fuzz.scratch);
	case 5:		return syscall(SYS_mbind, at, size, c->e % 8, &mask, 2, c->f % 8);
	case 6:		return syscall(SYS_move_pages, 0, 1, &page, &node, &status, c->e % 8);
	case 7:		return syscall(SYS_get_mempolicy, &status, NULL, 0, at, c->e % 8);
	case 8:		return remap_file_pages(at, size, 0, c->e, c->f & 1 ? MAP_NONBLOCK : 0);
	case 9:		return prctl(0x53564d41 /* PR_SET_VMA */, 0, at, size, "fuzz");
	case 10:	return syscall(SYS_futex, at, FUTEX_WAKE | (c->e & 128), 1, NULL, NULL, 0);
	case 11:	return syscall(SYS_futex, at, FUTEX_LOCK_PI | (c->e & 128), 0,
				       &(struct timespec){ 0, 1 }, NULL, 0);
	case 12:	return syscall(SYS_futex, at, FUTEX_CMP_REQUEUE, 1, 1, at, 0);
	case 13:	return munlock(NULL, 0) || (!c->f && mlockall(c->e % 8)) || munlockall();
	case 14:	return syscall(450 /* SYS_set_mempolicy_home_node */, at, size, 0, 0);
	default:	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, at) ? 0 : stored(at, 1);
	}
}

/* A sealed mapping cannot be unmapped, so that the worker has to end. */
static long call_mseal(const struct call *c)
{
	uint8_t *at = address(c->a, c->b);
	size_t size = length(c->a, c->c), i;
	const uint8_t *end = at + pages_of(size) * PAGE;

	if (!is_ours(at, size, c->a))
		return 0;
	if (syscall(SYS_mseal, at, size, c->d % 8 == 1 ? 1ul : 0ul))
		return -errno;
	for (i = 0; i < AREAS; i++) {
		const struct area *in = &fuzz.areas[i];

		if (size && in->size && end > in->at && at < in->at + in->size &&
		    (at > in->at || end < in->at + in->size))
			violation("sealed in part");
	}
	fuzz.sealed = 1;
	return 0;
}

static long call_userfaultfd(const struct call *c)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register to = { .range = { (uintptr_t)address(c->a, c->b), length(c->a, c->c) },
				      .mode = c->d % 8 };
	long ret;

	if (fd < 0)
		return -errno;
	ioctl(fd, UFFDIO_API, &api);
	ret = ioctl(fd, UFFDIO_REGISTER, &to);
	if (!ret && is_in_area((void *)(uintptr_t)to.range.start))
		violation("userfaultfd handles the pages");
	close(fd);
	return ret;
}

/* The kernel reads the build-id of the mapped device. */
static long call_maps(const struct call *c)
{
	struct {
		uint64_t size, flags, address, vma[7];
		uint32_t name_size, build_id_size;
		uint64_t name, build_id;
	} query = { 104, c->b & 0x3f, (uintptr_t)address(c->a, c->c), { 0 }, 0, c->d & 1 ? 20 : 0, 0,
		    (uintptr_t)fuzz.scratch };

	return ioctl(fuzz.maps, 0xc0686611 /* PROCMAP_QUERY */, &query);
}

/* --- calls by other threads of the kernel --- */

#define SQ_RING(member) ((unsigned int *)((char *)fuzz.ring.ring + fuzz.ring.params.member))

static int set_up_ring(void)
{
	struct io_uring_params *params = &fuzz.ring.params;
	int fd;

	memset(params, 0, sizeof(*params));
	fd = (int)syscall(SYS_io_uring_setup, 8, params);
	if (fd < 0)
		return -errno;
	/* Both rings fit into one page. */
	fuzz.ring.ring = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	fuzz.ring.entries = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (fuzz.ring.ring == MAP_FAILED || fuzz.ring.entries == MAP_FAILED)
		return -errno;
	fuzz.uring = fd;
	return 0;
}

static long submit(const struct call *c)
{
	static const uint8_t codes[] = { IORING_OP_READ, IORING_OP_READV, IORING_OP_WRITE, IORING_OP_POLL_ADD,
					 IORING_OP_FSYNC, IORING_OP_MADVISE, IORING_OP_FADVISE,
					 IORING_OP_SPLICE, IORING_OP_STATX, IORING_OP_CLOSE };
	struct io_uring_sqe *entry = fuzz.ring.entries;
	unsigned int tail = *SQ_RING(sq_off.tail);
	static struct iovec vec;	/* read by the kernel later */
	uint8_t code = PICK(codes, c->b);

	vec = (struct iovec){ buffer(c->c, c->d), 8 };
	memset(entry, 0, sizeof(*entry));
	entry->opcode = code;
	entry->flags = c->f & IOSQE_ASYNC;
	entry->fd = code == IORING_OP_CLOSE ? -1 : code == IORING_OP_WRITE ? fuzz.pipes[1] : device(c->a);
	entry->addr = code == IORING_OP_READV ? (uintptr_t)&vec : (uintptr_t)vec.iov_base;
	entry->len = code == IORING_OP_READV ? 1 : 8;
	switch (code) {
	case IORING_OP_MADVISE:
		entry->len = area(c->c)->size;
		entry->fadvise_advice = MADV_DONTNEED;
		/* fall through */
	case IORING_OP_WRITE:
		entry->addr = (uintptr_t)area(c->c)->at;
		break;
	case IORING_OP_POLL_ADD:
		entry->poll_events = POLLIN;
		/* fall through */
	case IORING_OP_STATX:
	case IORING_OP_SPLICE:
		entry->addr = 0;
	}
	entry->off = code == IORING_OP_SPLICE ? (uint64_t)-1 : 0;
	SQ_RING(sq_off.array)[tail & *SQ_RING(sq_off.ring_mask)] = 0;
	__atomic_store_n(SQ_RING(sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	tail = (unsigned int)syscall(SYS_io_uring_enter, fuzz.uring, 1, 0, 0, NULL, 0);
	__atomic_store_n(SQ_RING(cq_off.head), *SQ_RING(cq_off.tail), __ATOMIC_RELEASE);
	return (int)tail;
}

static long call_io_uring(const struct call *c)
{
	struct iovec vec = { address(c->a, c->b), length(c->a, c->c) };
	int fds[] = { device(c->a), device(c->b) };
	long ret;

	if (fuzz.uring < 0 && set_up_ring())
		return 0;
	if (c->e & 1)
		return submit(c);
	if (c->e & 2) {
		ret = syscall(SYS_io_uring_register, fuzz.uring, IORING_REGISTER_FILES, fds, 2);
		syscall(SYS_io_uring_register, fuzz.uring, IORING_UNREGISTER_FILES, NULL, 0);
		return ret;
	}
	ret = syscall(SYS_io_uring_register, fuzz.uring, IORING_REGISTER_BUFFERS, &vec, 1);
	if (!ret && is_in_area(vec.iov_base))
		violation("pages are registered as buffers");
	syscall(SYS_io_uring_register, fuzz.uring, IORING_UNREGISTER_BUFFERS, NULL, 0);
	return ret;
}

/* --- calls of other processes --- */

static void touch_everything(void)
{
	uint8_t i;

	fuzz.hidden = 1;	/* mappings may not have been inherited */
	for (i = 0; i < AREAS; i++)
		call_touch_all(&(struct call) { .a = i });
}

static int touch_in_child(void *unused)
{
	touch_everything();
	return 0;
}

static long call_fork(const struct call *c)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	int hidden = fuzz.hidden;
	pid_t child;

	if (c->a & 1) {
		child = clone(touch_in_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	} else {
		child = fork();
		if (!child) {
			if (c->b & 1)
				munmap(ARENA, ARENA_SIZE);
			else
				touch_everything();
			_exit(0);
		}
	}
	fuzz.hidden = hidden;
	return child < 0 ? -errno : wait_for_child(child);
}

/* A child in a time namespace of its own. */
static long call_unshare(const struct call *c)
{
	pid_t child = fork();

	if (!child) {
		if ((c->a & 1 && enter_user_namespace()) ||
		    unshare_time("monotonic 3000 0\nboottime 3000 0\n"))
			_exit(0);
		child = fork();
		if (!child) {
			madvise(ARENA, ARENA_SIZE, MADV_DONTNEED);
			/* Namespace pages were not touched yet in this namespace. */
			fuzz.offsets = 1 << 3;
			touch_everything();
		}
		_exit(child > 0 ? wait_for_child(child) != 0 : 0);
	}
	return child < 0 ? -errno : wait_for_child(child);
}

static long call_setns(const struct call *c)
{
	return setns(fuzz.namespaces[c->a & 1], CLONE_NEWTIME) ? -errno : 0;
}

static long call_personality(const struct call *c)
{
	fuzz.personality = c->a & 1 ? READ_IMPLIES_EXEC : 0;
	return personality(fuzz.personality) < 0;
}

static long call_migrate(const struct call *c)
{
	return pin_to_cpu(c->a & 1);
}

static const struct {
	const char *name;
	long (*run)(const struct call *c);
	uint32_t weight;
} calls[] = {
	{ "open", call_open, 200 },
	{ "close", call_close, 30 },
	{ "dup", call_dup, 40 },
	{ "pass", call_pass, 6 },
	{ "mmap", call_mmap, 800 },
	{ "mmap_over", call_mmap_over, 50 },
	{ "munmap", call_munmap, 150 },
	{ "mremap", call_mremap, 100 },
	{ "mprotect", call_mprotect, 150 },
	{ "pkey_mprotect", call_pkey_mprotect, 20 },
	{ "madvise", call_madvise, 250 },
	{ "read", call_read, 450 },
	{ "lseek", call_lseek, 100 },
	{ "write", call_write, 100 },
	{ "ioctl", call_ioctl, 400 },
	{ "poll", call_poll, 100 },
	{ "fcntl", call_fcntl, 100 },
	{ "stat", call_stat, 50 },
	{ "touch", call_touch, 700 },
	{ "touch_all", call_touch_all, 100 },
	{ "store", call_store, 80 },
	{ "jump", call_jump, 30 },
	{ "vmsplice", call_vmsplice, 150 },
	{ "process_vm", call_process_vm, 100 },
	{ "memory", call_memory, 80 },
	{ "mseal", call_mseal, 1 },
	{ "userfaultfd", call_userfaultfd, 2 },
	{ "maps", call_maps, 40 },
	{ "io_uring", call_io_uring, 8 },
	{ "fork", call_fork, 2 },
	{ "unshare", call_unshare, 1 },
	{ "setns", call_setns, 10 },
	{ "personality", call_personality, 6 },
	{ "migrate", call_migrate, 2 },
};

#define NUMBERS (sizeof(calls) / sizeof(calls[0]))

/* Undo what a program left. */
static void clean_up(void)
{
	size_t i;

	for (i = 0; i < AREAS; i++) {
		if (!is_in_arena(fuzz.areas[i].at))
			drop(&fuzz.areas[i]);
		fuzz.areas[i].size = 0;
	}
	if (munmap(ARENA, ARENA_SIZE) || fuzz.sealed)
		_exit(3);	/* start over in a new process */
	for (i = 0; i < DEVICES; i++)
		if (fuzz.devices[i] >= 0)
			close(fuzz.devices[i]);
	memset(fuzz.devices, -1, sizeof(fuzz.devices));
	if (fuzz.personality)
		call_personality(&(struct call) { .a = 0 });
	while (read(fuzz.pipes[0], fuzz.scratch, sizeof(fuzz.scratch)) > 0)
		;
	fuzz.hidden = 0;
}

#endif
