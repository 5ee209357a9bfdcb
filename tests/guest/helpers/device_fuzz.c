// SPDX-License-Identifier: GPL-2.0
/*
 * device_fuzz SECONDS [SEED [WORKERS]]: random system calls on /dev/fastvdso, by processes of
 * nobody in a memory cgroup. Every second one is in a time namespace, and half of them have a
 * thread that touches and drops the same mappings. fuzz_calls.h has the calls and what none of
 * them may achieve.
 *
 * If the kernel has KCOV and the module was built for it, programs that reach new code of the
 * module are kept and changed further.
 *
 * Exit status 1 after a violation, a changed page, a wrong clock, a kernel report, a worker that
 * died or memory that is not given back.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/random.h>

#include "fuzz_calls.h"
#include "fast_reads.h"
#include "kmsg.h"

#define WORKERS_MAX	16
#define CORPUS		8192
#define TEXT_MAX	(1 << 17)	/* bytes of the module's code */
#define COVERAGE	(1 << 16)	/* entries of a KCOV buffer */
#define PROGRAMS	20000		/* of a worker, before another replaces it */
#define PROGRESS_S	5
#define HANG_S		120
#define LOST_MAX	(2 << 20)

#define KCOV		"/sys/kernel/debug/kcov"
#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)

/* Written by the workers. */
static struct {
	int stop;
	unsigned long calls[2 * WORKERS_MAX];	/* of each worker and of its thread */
	unsigned long programs, kept, violations;
	unsigned long done[NUMBERS], succeeded[NUMBERS], cycles[NUMBERS], cycles_between;
	struct program corpus[CORPUS];
	uint8_t reached[TEXT_MAX];
} *shared;

static struct remembered pages;
static uint64_t text;			/* start of the module's code */
static unsigned long places;		/* in it, that KCOV can report */
static uint64_t *coverage;		/* the worker's KCOV buffer, or NULL */
static struct program current;
static uint32_t call_index;		/* in the program */
static unsigned int seed;
static int worker;

static void say(const char *format, ...)
{
	char line[300 + 17 * CALLS];
	va_list arguments;
	int length = snprintf(line, sizeof(line), "device_fuzz: ");

	va_start(arguments, format);
	vsnprintf(line + length, sizeof(line) - length, format, arguments);
	va_end(arguments);
	puts(line);
	fflush(stdout);
}

static void violation(const char *what)
{
	char text[17 * CALLS + 1] = "";
	size_t i, j, at = 0;

	if (__atomic_fetch_add(&shared->violations, 1, __ATOMIC_RELAXED) >= 10)
		return;
	for (i = 0; i < current.count; i++)
		for (j = 0; j < sizeof(struct call); j++)
			at += sprintf(text + at, j ? "%02x" : " %02x", ((uint8_t *)&current.calls[i])[j]);
	say("VIOLATION: %s; seed %u, worker %d, call %u of program%s", what, seed, worker, call_index, text);
}

/* --- programs --- */

static uint64_t random_state;

static uint32_t at_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % below;
}

static uint8_t random_number(void)
{
	uint32_t all = 0, left;
	uint8_t i;

	for (i = 0; i < NUMBERS; i++)
		all += calls[i].weight;
	left = at_random(all);
	for (i = 0; left >= calls[i].weight; i++)
		left -= calls[i].weight;
	return i;
}

static struct call random_call(void)
{
	struct call call = { .number = random_number() };
	uint8_t *bytes = (uint8_t *)&call;
	size_t i;

	for (i = 1; i < sizeof(call); i++)
		bytes[i] = at_random(3) ? at_random(4) : at_random(256);
	return call;
}

static void random_program(struct program *to)
{
	uint32_t i;

	to->count = 2 + at_random(CALLS - 1);
	for (i = 0; i < to->count; i++)
		to->calls[i] = random_call();
}

static void change(struct program *program)
{
	uint32_t at = at_random(program->count);

	switch (at_random(5)) {
	case 0:		/* insert */
		if (program->count == CALLS)
			break;
		memmove(&program->calls[at + 1], &program->calls[at],
			(program->count++ - at) * sizeof(struct call));
		/* fall through */
	case 1:
		program->calls[at] = random_call();
		break;
	case 2:		/* remove */
		if (program->count > 1)
			memmove(&program->calls[at], &program->calls[at + 1],
				(--program->count - at) * sizeof(struct call));
		break;
	default:
		((uint8_t *)&program->calls[at])[1 + at_random(7)] = at_random(256);
	}
}

static void next_program(struct program *to)
{
	unsigned long kept = __atomic_load_n(&shared->kept, __ATOMIC_ACQUIRE);
	uint32_t changes = 1 + at_random(4);

	if (!kept || !at_random(3)) {
		random_program(to);
		return;
	}
	*to = shared->corpus[at_random(kept < CORPUS ? kept : CORPUS)];
	if (!to->count || to->count > CALLS)
		random_program(to);
	while (changes--)
		change(to);
}

/* --- coverage --- */

/* The number of places in the module's code that KCOV can report; 0 if it was not built for KCOV. */
static unsigned long count_places(void)
{
	int fd = open("/lib/modules/fastvdso.ko", O_RDONLY | O_CLOEXEC);
	const char *file = mmap(NULL, lseek(fd, 0, SEEK_END), PROT_READ, MAP_PRIVATE, fd, 0);
	const Elf64_Ehdr *header = (const void *)file;
	const Elf64_Shdr *sections, *section;
	unsigned long count = 0, i;

	close(fd);
	if (file == MAP_FAILED)
		return 0;
	sections = (const void *)(file + header->e_shoff);
	for (section = sections; section < sections + header->e_shnum; section++) {
		const char *names = file + sections[header->e_shstrndx].sh_offset;
		const Elf64_Rela *relocations = (const void *)(file + section->sh_offset);
		const Elf64_Shdr *symbols = &sections[section->sh_link];

		if (section->sh_type != SHT_RELA || strcmp(names + section->sh_name, ".rela.text"))
			continue;
		for (i = 0; i < section->sh_size / sizeof(*relocations); i++) {
			const Elf64_Sym *symbol = (const Elf64_Sym *)(file + symbols->sh_offset) +
						  ELF64_R_SYM(relocations[i].r_info);

			count += !strcmp(file + sections[symbols->sh_link].sh_offset + symbol->st_name,
					 "__sanitizer_cov_trace_pc");
		}
	}
	return count;
}

/* Called as root. The mapping keeps the file open; the coverage is that of this thread. */
static void start_coverage(void)
{
	int fd = open(KCOV, O_RDWR | O_CLOEXEC);

	if (fd < 0 || !text || ioctl(fd, KCOV_INIT_TRACE, COVERAGE))
		return;
	coverage = mmap(NULL, COVERAGE * sizeof(*coverage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (coverage == MAP_FAILED || ioctl(fd, KCOV_ENABLE, 0 /* KCOV_TRACE_PC */))
		coverage = NULL;
}

static int reached_new_code(void)
{
	uint64_t count = __atomic_load_n(&coverage[0], __ATOMIC_RELAXED), i;
	int found = 0;

	for (i = 1; i <= count && i < COVERAGE; i++) {
		uint64_t at = coverage[i] - text;

		if (at < TEXT_MAX && !shared->reached[at])
			found = shared->reached[at] = 1;
	}
	__atomic_store_n(&coverage[0], 0, __ATOMIC_RELAXED);
	return found;
}

/* Other workers may read the entry while it is written: any bytes are a program. */
static void keep(const struct program *program)
{
	shared->corpus[__atomic_fetch_add(&shared->kept, 1, __ATOMIC_ACQ_REL) % CORPUS] = *program;
}

/* --- workers --- */

/* The counter since the last call of this, for a table of where the time went. */
static void spend(unsigned long *on)
{
	static uint64_t last;
	uint64_t now = __builtin_ia32_rdtsc();

	if (last)
		__atomic_fetch_add(on, now - last, __ATOMIC_RELAXED);
	last = now;
}

static void run(const struct program *program)
{
	uint32_t i;

	fuzz.devices[0] = open(FASTVDSO_DEVICE, O_RDONLY | O_CLOEXEC);
	spend(&shared->cycles_between);
	for (i = 0; i < program->count; i++) {
		size_t number = program->calls[i].number % NUMBERS;

		call_index = i;
		__atomic_fetch_add(&shared->done[number], 1, __ATOMIC_RELAXED);
		if (calls[number].run(&program->calls[i]) >= 0)
			__atomic_fetch_add(&shared->succeeded[number], 1, __ATOMIC_RELAXED);
		spend(&shared->cycles[number]);
	}
	shared->calls[2 * worker] += program->count + 1;
	clean_up();
}

/*
 * Touches, drops and reads the mappings while the worker changes them, and now and then where one was. If
 * there is none, lets others run.
 */
static void *disturb(void *unused)
{
	unsigned int i = 0, idle = 0;

	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		const struct area *area = &fuzz.areas[i++ % AREAS];
		uint8_t *at = __atomic_load_n(&area->at, __ATOMIC_RELAXED), byte;
		struct iovec from = { at, 1 }, to = { &byte, 1 };

		if (!__atomic_load_n(&area->size, __ATOMIC_RELAXED) && ++idle % 64) {
			if (idle % AREAS == 0)
				sched_yield();
			continue;
		}
		if (!at || !is_in_arena(at))
			continue;
		FAULTS((void)*(volatile uint8_t *)at);
		if (i & 1)
			madvise(at, DATA, MADV_DONTNEED);
		FAULTS((void)*(volatile uint8_t *)(at + PAGE));
		if (i & 2)
			process_vm_readv(getpid(), &to, 1, &from, 1, 0);
		shared->calls[2 * worker + 1] += 2 + (i & 1) + (i >> 1 & 1);
	}
	return NULL;
}

static int enter_time_namespaces(void)
{
	fuzz.namespaces[0] = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	fuzz.namespaces[1] = fuzz.namespaces[0];
	if (!(worker & 1))
		return 0;
	if (enter_user_namespace() || unshare_time("monotonic 1000 0\nboottime 1000 0\n"))
		return -errno;
	fuzz.namespaces[0] = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (setns(fuzz.namespaces[0], CLONE_NEWTIME) || unshare_time("monotonic 2000 0\nboottime 2000 0\n"))
		return -errno;
	fuzz.namespaces[1] = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	return 0;
}

static int set_up(void)
{
	const struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	fuzz.pages = &pages;
	start_coverage();
	write_file("/proc/self/oom_score_adj", "1000");
	if (become_nobody() || pipe2(fuzz.pipes, O_NONBLOCK | O_CLOEXEC) ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fuzz.sockets) ||
	    enter_time_namespaces() || sigaction(SIGSEGV, &action, NULL) || sigaction(SIGBUS, &action, NULL))
		return -errno;
	fuzz.offsets = worker & 1 ? 1 << 1 | 1 << 2 : 1 << 0;
	fuzz.epoll = epoll_create1(EPOLL_CLOEXEC);
	fuzz.mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	fuzz.maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	fuzz.zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return 0;
}

static int work(unsigned int generation)
{
	pthread_t thread;
	unsigned int i;

	random_state = (seed * 0x9e3779b97f4a7c15 + worker * 0x100000001b3 + generation) | 1;
	if (set_up()) {
		perror("device_fuzz: cannot set up a worker");
		return 2;
	}
	for (i = 0; i < 8; i++)
		at_random(2);
	/* Linux 5.10 and 6.1 refuse threads while children are to be in another time namespace. */
	if (worker & 2) {
		int error = pthread_create(&thread, NULL, disturb, NULL);

		if (error && error != EINVAL) {
			errno = error;
			perror("device_fuzz: cannot start a thread");
			return 2;
		}
	}
	for (i = 1; i <= PROGRAMS && !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); i++) {
		next_program(&current);
		run(&current);
		if (coverage && reached_new_code())
			keep(&current);
		__atomic_fetch_add(&shared->programs, 1, __ATOMIC_RELAXED);
		/* In a time namespace the constant fields are others. */
		if (i % 64 || (worker & 1))
			continue;
		if (count_changed_pages(&pages))
			violation("the pages have changed");
		if (count_wrong_reads(1))
			violation("a clock is wrong");
	}
	return 0;
}

/* --- the monitor --- */

static unsigned long sum(const unsigned long *from, size_t count)
{
	unsigned long all = 0;

	while (count--)
		all += from[count];
	return all;
}

static unsigned long count_reached(void)
{
	unsigned long count = 0;
	size_t i;

	for (i = 0; i < TEXT_MAX; i++)
		count += shared->reached[i];
	return count;
}

static void print_progress(const char *what, int64_t ns)
{
	unsigned long calls = sum(shared->calls, 2 * WORKERS_MAX);

	say("%s %lld s: seed %u, %lu programs, %lu calls, %lu/s, %lu of %lu PCs, %lu kept", what,
	    (long long)(ns / NS), seed, shared->programs, calls, calls * NS / (ns + 1), count_reached(),
	    places, shared->kept);
}

static int is_expected_end(int status)
{
	return status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void print_calls(void)
{
	size_t i;

	unsigned long all = sum(shared->cycles, NUMBERS) + shared->cycles_between + 1;

	for (i = 0; i < NUMBERS; i++)
		say("%-14s %10lu, %10lu succeeded, %5.1f %% of the time, %lu cycles each",
		    calls[i].name, shared->done[i], shared->succeeded[i],
		    100. * shared->cycles[i] / all, shared->cycles[i] / (shared->done[i] + 1));
	say("%-14s %10lu, %5.1f %% of the time", "between", shared->programs,
	    100. * shared->cycles_between / all);
}

/* Keep the workers running until the end. Returns the number of those that died unexpectedly. */
static unsigned long monitor(int seconds, int workers)
{
	int64_t begun = kernel_ns(CLOCK_MONOTONIC), next = begun, moved = begun, now;
	unsigned long died = 0, faults = 0, last = 0, all;
	unsigned int generation = 0;
	pid_t pids[WORKERS_MAX] = { 0 };
	int kmsg = open_kmsg(), status, i, running = 1;

	while (running) {
		now = kernel_ns(CLOCK_MONOTONIC);
		all = sum(shared->calls, 2 * WORKERS_MAX);
		if (now >= next) {
			print_progress("after", now - begun);
			if (all != last)
				moved = now;
			last = all;
			next += PROGRESS_S * NS;
		}
		faults += count_faults(kmsg);
		if (now - moved > HANG_S * NS) {
			violation("no worker proceeds");
			for (i = 0; i < workers; i++)
				kill(pids[i], SIGKILL);
		}
		if (now >= begun + seconds * NS || shared->violations || faults)
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
		running = 0;
		for (i = 0; i < workers; i++) {
			if (pids[i] && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
				pids[i] = 0;
				if (!is_expected_end(status)) {
					say("worker %d ended with wait status %#x", i, status);
					died++;
				}
			}
			if (!pids[i] && !shared->stop) {
				worker = i;
				pids[i] = fork();
				if (!pids[i])
					_exit(work(generation));
				generation++;
			}
			running |= pids[i] > 0;
		}
		usleep(50000);
	}
	print_progress("done after", kernel_ns(CLOCK_MONOTONIC) - begun);
	say("%lu violations, %lu kernel reports, %lu workers died", shared->violations, faults, died);
	return shared->violations + faults + died;
}

static uint64_t start_of_module(void)
{
	char text[32];

	if (read_line("/sys/module/fastvdso/sections/.text", text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 16);
}

/* Nobody has the pages mapped, and the memory of the workers is given back. */
static int is_given_back(long before)
{
	char users[16] = "";
	long lost;

	sleep(1);	/* the kernel frees page tables and files later */
	lost = charged_memory() - before;
	read_line("/sys/module/fastvdso/refcnt", users, sizeof(users));
	say("%ld kB charged more than before; %s users of the module", lost / 1024, users);
	return lost < LOST_MAX && !strcmp(users, "0");
}

int main(int argc, char **argv)
{
	int workers = argc > 3 ? atoi(argv[3]) : 4;
	unsigned long failures;
	long before;

	if (argc < 2 || workers < 1 || workers > WORKERS_MAX ||
	    getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return 2;
	if (argc > 2)
		seed = (unsigned int)strtoul(argv[2], NULL, 10);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	text = start_of_module();
	places = count_places();
	if (shared == MAP_FAILED || remember_pages(&pages) || enter_memory_cgroup("64M") || fastvdso_open()) {
		perror("device_fuzz");
		return 2;
	}
	memset(shared, 0, sizeof(*shared));	/* not charged to the workers */
	before = charged_memory();
	failures = monitor(atoi(argv[1]), workers);
	print_calls();
	fastvdso_close();
	return failures || !is_given_back(before) ? 1 : 0;
}
