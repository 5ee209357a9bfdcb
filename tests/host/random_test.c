// SPDX-License-Identifier: GPL-2.0
/* The generator of random numbers, with a generation that the test sets. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../userlib/random.c"
#include "fastvdso.h"
#include "forbid.h"
#include "kselftest_harness.h"
#include "step.h"

static __u64 generation = 1;

/* --- The cipher --- */

/* ChaCha20 as RFC 8439 writes it. */
static uint32_t rotated(uint32_t word, int by)
{
	return word << by | word >> (32 - by);
}

static void quarter(uint32_t *s, int a, int b, int c, int d)
{
	s[a] += s[b]; s[d] = rotated(s[d] ^ s[a], 16);
	s[c] += s[d]; s[b] = rotated(s[b] ^ s[c], 12);
	s[a] += s[b]; s[d] = rotated(s[d] ^ s[a], 8);
	s[c] += s[d]; s[b] = rotated(s[b] ^ s[c], 7);
}

static void reference_block(const uint32_t key[8], uint32_t counter, uint32_t to[16])
{
	uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	int i;

	memcpy(start + 4, key, 32);
	start[12] = counter;
	memcpy(to, start, 64);
	for (i = 0; i < 10; i++) {
		quarter(to, 0, 4, 8, 12); quarter(to, 1, 5, 9, 13);
		quarter(to, 2, 6, 10, 14); quarter(to, 3, 7, 11, 15);
		quarter(to, 0, 5, 10, 15); quarter(to, 1, 6, 11, 12);
		quarter(to, 2, 7, 8, 13); quarter(to, 3, 4, 9, 14);
	}
	for (i = 0; i < 16; i++)
		to[i] += start[i];
}

/* The test vectors of RFC 8439, A.1, whose nonce is 0: the key, the counter, and the block. */
static const struct {
	uint8_t key[32];
	unsigned int counter;
	const char *block;
} vectors[] = {
	{ { 0 }, 0,
	  "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
	  "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
	{ { 0 }, 1,
	  "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	  "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
	{ { [31] = 1 }, 1,
	  "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
	  "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
	{ { [1] = 0xff }, 2,
	  "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
	  "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096" },
};

FIXTURE(cipher)
{
	int unused;
};

FIXTURE_VARIANT(cipher)
{
	void (*refill)(uint8_t *key);
	size_t size;
};

/* A FIXTURE_VARIANT_ADD() for each cipher, and store_vector_registers(). */
#include "ciphers.h"

FIXTURE_SETUP(cipher)
{
	if (variant->size > chacha_size())
		SKIP(return, "this CPU does not have the instructions");
}

FIXTURE_TEARDOWN(cipher)
{
}

TEST_F(cipher, computes_the_vectors_of_rfc_8439)
{
	uint8_t blocks[CHACHA_SIZE_MAX] __attribute__((__aligned__(16)));
	size_t i, at;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		char text[129];

		memcpy(blocks, vectors[i].key, 32);
		variant->refill(blocks);
		for (at = 0; at < 64; at++)
			sprintf(text + 2 * at, "%02x", blocks[64 * vectors[i].counter + at]);
		EXPECT_STREQ(vectors[i].block, text);
	}
}

TEST_F(cipher, equals_the_reference_for_a_chain_of_keys)
{
	uint8_t blocks[CHACHA_SIZE_MAX] __attribute__((__aligned__(16))) = { 1, 2, 3 };
	uint32_t expected[CHACHA_SIZE_MAX / 4];
	size_t i, block;

	for (i = 0; i < 50000; i++) {
		for (block = 0; block < variant->size / 64; block++)
			reference_block((const uint32_t *)blocks, (uint32_t)block, expected + 16 * block);
		variant->refill(blocks);
		ASSERT_EQ(0, memcmp(expected, blocks, variant->size));
	}
}

TEST_F(cipher, leaves_the_vector_registers_empty)
{
	uint8_t blocks[CHACHA_SIZE_MAX] __attribute__((__aligned__(16))) = { 1, 2, 3 };
	uint8_t registers[VECTOR_REGISTERS][16] __attribute__((__aligned__(16)));
	size_t i;

	variant->refill(blocks);
	store_vector_registers(registers);
	for (i = 0; i < VECTOR_REGISTERS; i++)
		EXPECT_EQ(0, memcmp(registers[i], (uint8_t[16]) { 0 }, 16));
}

/* --- The generator --- */

static void refill_array(uint8_t key[CHACHA_SIZE_MAX])
{
	struct slot slot;

	memcpy(slot.key, key, sizeof(slot.key));
	chacha_refill(slot.key, refill_size);
	memcpy(key, slot.key, sizeof(slot.key));
}

FIXTURE(random)
{
	int unused;
};

FIXTURE_SETUP(random)
{
	generation = 1;
	fastvdso_random_start(&generation);
	ASSERT_NE(NULL, slots);
}

FIXTURE_TEARDOWN(random)
{
	fastvdso_random_stop();
}

static uint64_t next_number(struct __test_metadata *_metadata)
{
	uint64_t number = 0;

	ASSERT_TRUE(fastvdso_random_fill(&number, sizeof(number)));
	return number;
}

TEST_F(random, output_is_the_keystream_and_each_refill_replaces_the_key)
{
	uint8_t expected[CHACHA_SIZE_MAX] __attribute__((__aligned__(16))), got[FASTVDSO_RANDOM_MAX];
	size_t length, at = 0;

	next_number(_metadata);
	/* The rest of the output of the current key. */
	ASSERT_TRUE(fastvdso_random_fill(got, own->left));
	ASSERT_EQ(0, own->left);
	memcpy(expected, own->key, sizeof(expected));
	at = refill_size;
	for (length = 0; length <= FASTVDSO_RANDOM_MAX; length = length * 5 / 4 + 1) {
		size_t i;

		memset(got, 0, sizeof(got));
		ASSERT_TRUE(fastvdso_random_fill(got, length));
		for (i = 0; i < length; i++) {
			if (at == refill_size) {
				refill_array(expected);
				at = CHACHA_KEY;
			}
			ASSERT_EQ(expected[at++], got[i]);
		}
		/* No further. */
		for (; i < sizeof(got); i++)
			ASSERT_EQ(0, got[i]);
		/* What was returned is erased, what was not is next. */
		for (i = CHACHA_KEY; i < refill_size - own->left; i++)
			ASSERT_EQ(0, own->key[i]);
		ASSERT_EQ(0, memcmp(own->key, expected, CHACHA_KEY));
		ASSERT_EQ(refill_size, at + own->left);
	}
	EXPECT_FALSE(fastvdso_random_fill(got, FASTVDSO_RANDOM_MAX + 1));
	EXPECT_FALSE(fastvdso_random_fill(got, (size_t)-1));
}

TEST_F(random, a_change_of_the_generation_fetches_a_key)
{
	uint8_t predicted[CHACHA_SIZE_MAX] __attribute__((__aligned__(16)));
	uint64_t number;
	int i;

	for (i = 0; i < 100; i++) {
		next_number(_metadata);
		memcpy(predicted, own->key, sizeof(predicted));
		generation++;
		EXPECT_EQ(generation - 1, own->generation);
		number = next_number(_metadata);
		EXPECT_EQ(generation, own->generation);
		/* Neither the unused output nor the next of that key. */
		EXPECT_NE(0, memcmp(&number, predicted + 40, sizeof(number)));
		refill_array(predicted);
		EXPECT_NE(0, memcmp(&number, predicted + CHACHA_KEY, sizeof(number)));
		EXPECT_NE(0, memcmp(own->key, predicted, CHACHA_KEY));
	}
}

TEST_F(random, nothing_is_generated_without_a_generation)
{
	uint64_t number;

	next_number(_metadata);
	generation = 0;
	EXPECT_FALSE(fastvdso_random_fill(&number, sizeof(number)));
	generation = 2;
	EXPECT_TRUE(fastvdso_random_fill(&number, sizeof(number)));
	fastvdso_random_stop();
	EXPECT_FALSE(fastvdso_random_fill(&number, sizeof(number)));
}

TEST_F(random, stopping_erases_all_keys)
{
	const uint8_t *byte = (const uint8_t *)slots;
	size_t i;

	next_number(_metadata);
	fastvdso_random_stop();
	for (i = 0; i < SLOTS * sizeof(struct slot); i++)
		ASSERT_EQ(0, byte[i]);
	fastvdso_random_start(&generation);
	next_number(_metadata);
}

TEST_F(random, output_of_64_mib_passes_monobit_and_byte_tests)
{
	/*
	 * The number of ones has a normal distribution, so a right generator is beyond 6 standard deviations
	 * once in 5 * 10^8 runs. Chi-square with 255 degrees has a longer upper tail: 6 of its standard
	 * deviations, 390, once in 10^7. A byte that is constant in each block would give 10^6.
	 */
	static uint8_t buffer[4096];
	uint64_t ones = 0, counts[256] = { 0 }, bytes = 64 << 20, done;
	double expected = (double)bytes / 256, chi = 0, bits = 8.0 * (double)bytes, deviations;
	int i;

	for (done = 0; done < bytes; done += sizeof(buffer)) {
		ASSERT_TRUE(fastvdso_random_fill(buffer, sizeof(buffer)));
		for (i = 0; i < (int)sizeof(buffer); i++)
			counts[buffer[i]]++;
	}
	for (i = 0; i < 256; i++) {
		double difference = (double)counts[i] - expected;

		ones += counts[i] * (uint64_t)__builtin_popcount((unsigned int)i);
		chi += difference * difference / expected;
	}
	/* The standard deviation of the bits is sqrt(bits) / 2, that of chi-square sqrt(2 * 255). */
	deviations = ((double)ones - bits / 2) / (sqrt(bits) / 2);
	TH_LOG("%.1f standard deviations of bits, chi-square %.1f of 255", deviations, chi);
	EXPECT_GT(6, fabs(deviations));
	EXPECT_GT(6, fabs(chi - 255) / sqrt(2 * 255));
}

/* --- Memory --- */

/* The flags of the mapping at an address, as /proc/self/smaps has them. */
static bool has_flag(const void *at, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false, found = false;

	while (fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start <= (unsigned long)at && (unsigned long)at < end;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag);
	}
	fclose(file);
	return found;
}

TEST_F(random, keys_are_wiped_on_fork_not_dumped_and_locked)
{
	struct rlimit limit;

	next_number(_metadata);
	EXPECT_TRUE(has_flag(&slots[0], " wf "));
	EXPECT_TRUE(has_flag(&slots[SLOTS - 1], " wf "));
	EXPECT_TRUE(has_flag(&slots[0], " dd "));
	EXPECT_TRUE(has_flag(&slots[SLOTS - 1], " dd "));
	ASSERT_EQ(0, getrlimit(RLIMIT_MEMLOCK, &limit));
	EXPECT_EQ(limit.rlim_cur >= 1 << 18, has_flag(own, " lo "));
	EXPECT_FALSE(has_flag(&slots[SLOTS - 1], " lo "));
}

static bool is_zero(const void *memory, size_t length)
{
	const uint8_t *bytes = memory;

	while (length && !*bytes) {
		bytes++;
		length--;
	}
	return !length;
}

/* The number of copies of a key in all other memory of the process that can be read, such as the stack. */
static int copies_of(const void *key, size_t length)
{
	FILE *file = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY), copies = 0;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		static uint8_t page[4096];
		unsigned long at, end;
		char access;

		if (sscanf(line, "%lx-%lx %c", &at, &end, &access) != 3 || access != 'r' ||
		    end - at > 64 << 20)
			continue;
		for (; at < end; at += sizeof(page)) {
			const uint8_t *found = page, *place;

			if (pread(memory, page, sizeof(page), (off_t)at) != sizeof(page))
				break;
			while ((found = memmem(found, (size_t)(page + sizeof(page) - found), key, length))) {
				place = (const uint8_t *)at + (found - page);
				copies += place < (uint8_t *)slots || place >= (uint8_t *)(slots + SLOTS);
				found++;
			}
			/* The page buffer itself has been searched for, and found, too. */
			memset(page, 0, sizeof(page));
		}
	}
	fclose(file);
	close(memory);
	return copies;
}

TEST_F(random, no_copy_of_a_key_is_left_elsewhere)
{
	static uint8_t copy[8];
	size_t word;

	next_number(_metadata);
	for (word = 0; word < CHACHA_KEY; word += sizeof(copy))
		EXPECT_EQ(0, copies_of(own->key + word, sizeof(copy)));
	/* The search finds what is there. */
	memcpy(copy, own->key, sizeof(copy));
	__asm__ __volatile__("" : : "r" (copy) : "memory");
	EXPECT_EQ(1, copies_of(own->key, sizeof(copy)));
}

/* --- fork and its relatives --- */

#define NUMBERS	64

struct numbers {
	uint64_t of_parent[NUMBERS], of_child[NUMBERS];
	int wiped;
};

static struct numbers *share_numbers(void)
{
	return mmap(NULL, sizeof(struct numbers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static bool draw(uint64_t *to)
{
	int i;

	for (i = 0; i < NUMBERS; i++)
		if (!fastvdso_random_fill(&to[i], sizeof(to[i])))
			return false;
	return true;
}

static int equal_numbers(const struct numbers *numbers)
{
	int i, j, equal = 0;

	for (i = 0; i < NUMBERS; i++)
		for (j = 0; j < NUMBERS; j++)
			equal += numbers->of_parent[i] == numbers->of_child[j];
	return equal;
}

static long forked(int by_libc)
{
	return by_libc ? fork() : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

TEST_F(random, a_forked_child_finds_zeroes_and_draws_other_numbers)
{
	struct numbers *numbers = share_numbers();
	int by_libc, status;

	for (by_libc = 0; by_libc < 2; by_libc++) {
		uint64_t number = next_number(_metadata);
		pid_t child = (pid_t)forked(by_libc);

		(void)number;
		if (!child) {
			numbers->wiped = is_zero(slots, SLOTS * sizeof(struct slot));
			_exit(!draw(numbers->of_child));
		}
		EXPECT_TRUE(draw(numbers->of_parent));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_TRUE(numbers->wiped);
		EXPECT_EQ(0, equal_numbers(numbers));
	}
}

static int child_of_vfork(void *to)
{
	_exit(!draw(to));
}

/* A child that shares memory and the parent's thread-local memory too, at once or while the parent waits. */
static pid_t cloned(int flags, void *to)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return clone(child_of_vfork, stack + (1 << 16), flags | SIGCHLD, to);
}

TEST_F(random, a_vfork_child_and_its_parent_draw_different_numbers)
{
	struct numbers *numbers = share_numbers();
	pid_t child = cloned(CLONE_VM | CLONE_VFORK, numbers->of_child);
	int status;

	ASSERT_TRUE(draw(numbers->of_parent));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, equal_numbers(numbers));
}

#define SHARED_DRAWS	200000

static uint64_t shared_numbers[2][SHARED_DRAWS];
static _Atomic int shared_started;

static int draw_many(uint64_t *to)
{
	int i, refused = 0;

	shared_started++;
	while (shared_started < 2)
		;
	for (i = 0; i < SHARED_DRAWS; i++) {
		while (!fastvdso_random_fill(&to[i], sizeof(to[i])))
			refused++;
	}
	return refused;
}

static int sharing_child(void *unused)
{
	(void)unused;
	draw_many(shared_numbers[1]);
	syscall(SYS_exit, 0);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The number of equal neighbours after sorting. */
static int duplicates(uint64_t *numbers, size_t count)
{
	int equal = 0;
	size_t i;

	qsort(numbers, count, sizeof(*numbers), by_value);
	for (i = 1; i < count; i++)
		equal += numbers[i] == numbers[i - 1];
	return equal;
}

TEST_F(random, tasks_that_share_thread_local_memory_draw_different_numbers)
{
	char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status, refused = 0, rounds;

	next_number(_metadata);
	for (rounds = 0; rounds < 100 && !refused; rounds++) {
		pid_t child;

		shared_started = 0;
		child = clone(sharing_child, stack + (1 << 16), CLONE_VM | SIGCHLD, NULL);
		ASSERT_LT(0, child);
		refused = draw_many(shared_numbers[0]);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, duplicates(shared_numbers[0], 2 * SHARED_DRAWS));
	}
	TH_LOG("%d draws found the slot in use, in round %d", refused, rounds);
	/* Both were in a call at once. */
	EXPECT_LT(0, refused);
}

/* --- Signal handlers --- */

static volatile sig_atomic_t handled, refused_in_handler;

static void draw_in_handler(int signal)
{
	uint64_t number;

	(void)signal;
	handled++;
	refused_in_handler += !fastvdso_random_fill(&number, sizeof(number));
}

TEST_F(random, a_signal_handler_never_uses_the_slot_that_it_interrupted)
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	static uint8_t buffer[FASTVDSO_RANDOM_MAX];
	int i;

	next_number(_metadata);
	signal(SIGALRM, draw_in_handler);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 1000000 && (handled < 1000 || refused_in_handler < 10); i++)
		ASSERT_TRUE(fastvdso_random_fill(buffer, sizeof(buffer)));
	setitimer(ITIMER_REAL, &never, NULL);
	TH_LOG("%d signals, in %d of them the slot was in use", (int)handled, (int)refused_in_handler);
	EXPECT_LE(10, refused_in_handler);
	/* Nothing stays locked. */
	next_number(_metadata);
}

/* What a process did that was forked before a certain instruction of a call. */
struct result {
	bool	forked, filled;
	uint8_t	output[40];
	uint8_t	later[40];
};

#define STEPS_MAX	8192

static struct result *results;
static volatile int step, failed_children;
static uint8_t seen[1 << 16];
static volatile bool forking, in_child;
static volatile bool draw_in_child;	/* before the handler returns */

static void fork_before_instruction(int signal, siginfo_t *info, void *context)
{
	pid_t child;
	int status;

	(void)signal;
	(void)info;
	if (!forking || step == STEPS_MAX) {
		stop_stepping(context);
		return;
	}
	/* In a loop, not each time. */
	if (seen[interrupted_at(context) & 0xffff]++ && step % 16) {
		step++;
		return;
	}
	child = fork();
	if (!child) {
		uint8_t other[200];

		in_child = true;
		stop_stepping(context);
		if (draw_in_child)
			fastvdso_random_fill(other, sizeof(other));
		return;
	}
	waitpid(child, &status, 0);
	failed_children += status != 0;
	results[step++].forked = true;
}

/* Make one call, and fork before each instruction, of loops before some. Each child goes on with the call. Returns the steps. */
static int fork_at_each_step(struct result *parent)
{
	struct sigaction action = { .sa_sigaction = fork_before_instruction, .sa_flags = SA_SIGINFO };

	sigaction(SIGTRAP, &action, NULL);
	step = 0;
	forking = true;
	start_stepping();
	parent->filled = fastvdso_random_fill(parent->output, sizeof(parent->output));
	forking = false;
	if (in_child) {
		struct result *mine = &results[step];

		mine->filled = parent->filled;
		memcpy(mine->output, parent->output, sizeof(mine->output));
		_exit(!fastvdso_random_fill(mine->later, sizeof(mine->later)));
	}
	fastvdso_random_fill(parent->later, sizeof(parent->later));
	return failed_children ? -1 : step;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, sizeof(results->output));
}

/*
 * A child must not return what its parent returns, unless the call was complete, nor what a key of zeroes
 * gives, and must go on with other numbers.
 */
static void check_forks(struct __test_metadata *_metadata)
{
	uint8_t zero_key[CHACHA_SIZE_MAX] __attribute__((__aligned__(16))) = { 0 };
	struct result parent = { .filled = false };
	int i, steps, forks = 0, complete = 0, filled = 0;

	if (!CAN_STEP)
		SKIP(return, "a program cannot step itself on this architecture");
	results = mmap(NULL, (STEPS_MAX + 1) * sizeof(*results), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	refill_array(zero_key);
	steps = fork_at_each_step(&parent);
	ASSERT_LT(50, steps);
	ASSERT_GT(STEPS_MAX, steps);
	ASSERT_TRUE(parent.filled);
	for (i = 0; i < steps; i++) {
		const struct result *child = &results[i];

		if (!child->forked)
			continue;
		forks++;
		EXPECT_FALSE(same(child->later, parent.later));
		EXPECT_FALSE(same(child->later, zero_key + CHACHA_KEY));
		EXPECT_FALSE(is_zero(child->later, sizeof(child->later)));
		EXPECT_FALSE(same(child->later, child->output));
		if (!child->filled)
			continue;
		filled++;
		EXPECT_FALSE(is_zero(child->output, sizeof(child->output)));
		EXPECT_FALSE(is_zero(child->output + 32, 8));
		EXPECT_FALSE(same(child->output, zero_key + CHACHA_KEY));
		/* Complete: all that is left are the store that unlocks, and the return. */
		if (same(child->output, parent.output))
			complete++;
		else
			EXPECT_EQ(0, complete);
	}
	TH_LOG("%d forks: %d children completed the call, %d of them after it was complete",
	       forks, filled, complete);
	EXPECT_GE(30, complete);
	munmap(results, (STEPS_MAX + 1) * sizeof(*results));
}

TEST_F_TIMEOUT(random, a_fork_in_a_handler_at_any_instruction_gives_different_numbers, 120)
{
	next_number(_metadata);
	check_forks(_metadata);
}

TEST_F_TIMEOUT(random, so_does_a_fork_while_the_key_is_replaced, 120)
{
	uint8_t rest[CHACHA_SIZE_MAX];

	next_number(_metadata);
	ASSERT_TRUE(fastvdso_random_fill(rest, own->left - 8));
	check_forks(_metadata);
}

TEST_F_TIMEOUT(random, so_does_a_fork_while_a_key_is_fetched, 120)
{
	next_number(_metadata);
	generation++;
	check_forks(_metadata);
}

TEST_F_TIMEOUT(random, so_does_a_fork_in_the_first_call_of_a_thread, 120)
{
	check_forks(_metadata);
}

/* What the handler draws in the child must not use the slot that the interrupted call goes on with. */
TEST_F_TIMEOUT(random, so_does_a_fork_in_a_handler_that_draws_before_it_returns, 240)
{
	uint8_t rest[CHACHA_SIZE_MAX];

	draw_in_child = true;
	next_number(_metadata);
	check_forks(_metadata);
	ASSERT_TRUE(fastvdso_random_fill(rest, own->left - 8));
	check_forks(_metadata);
}

/* --- Threads --- */

static void *draw_in_thread(void *to)
{
	return (void *)(uintptr_t)draw(to);
}

TEST_F(random, threads_draw_different_numbers_and_free_their_slots)
{
	static uint64_t numbers[32 * NUMBERS];
	int round, i, in_use = 0;
	struct slot *slot;

	for (round = 0; round < 50; round++) {
		pthread_t threads[32];
		void *filled;

		for (i = 0; i < 32; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, draw_in_thread,
						    numbers + i * NUMBERS));
		for (i = 0; i < 32; i++) {
			pthread_join(threads[i], &filled);
			EXPECT_NE(NULL, filled);
		}
		EXPECT_EQ(0, duplicates(numbers, 32 * NUMBERS));
	}
	next_number(_metadata);
	for (slot = slots; slot < slots + SLOTS; slot++) {
		in_use += slot->lock != 0;
		/* The key of a thread that has ended is erased. */
		EXPECT_TRUE(slot->lock || is_zero(slot, sizeof(*slot)));
	}
	EXPECT_EQ(1, in_use);
}

static pthread_barrier_t all_have_drawn, may_exit;

static void *draw_and_stay(void *filled)
{
	uint64_t number;

	*(bool *)filled = fastvdso_random_fill(&number, sizeof(number));
	pthread_barrier_wait(&all_have_drawn);
	pthread_barrier_wait(&may_exit);
	return NULL;
}

TEST_F(random, threads_beyond_the_last_slot_are_refused_until_others_exit)
{
	enum { THREADS = SLOTS + 8 };
	static pthread_t threads[THREADS];
	static bool filled[THREADS];
	pthread_attr_t attributes;
	int i, count = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 16);
	pthread_barrier_init(&all_have_drawn, NULL, THREADS + 1);
	pthread_barrier_init(&may_exit, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], &attributes, draw_and_stay, &filled[i]));
	pthread_barrier_wait(&all_have_drawn);
	for (i = 0; i < THREADS; i++)
		count += filled[i];
	EXPECT_EQ(SLOTS - 1, count);
	pthread_barrier_wait(&may_exit);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	next_number(_metadata);
}

static void *draw_until_cancelled(void *unused)
{
	static _Thread_local uint8_t buffer[FASTVDSO_RANDOM_MAX];

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		fastvdso_random_fill(buffer, sizeof(buffer));
	return unused;
}

TEST_F(random, a_cancelled_thread_frees_its_slot)
{
	struct slot *slot;
	int i;

	for (i = 0; i < 50; i++) {
		pthread_t thread;

		ASSERT_EQ(0, pthread_create(&thread, NULL, draw_until_cancelled, NULL));
		usleep(500);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
	for (slot = slots; slot < slots + SLOTS; slot++)
		EXPECT_EQ(0, slot->lock);
}

/* --- The kernel refuses --- */

TEST_F(random, without_the_system_call_a_new_generation_is_refused)
{
	uint64_t number = next_number(_metadata);

	ASSERT_EQ(0, forbid(SYS_getrandom));
	errno = EXDEV;
	/* Like the stock vDSO: what was there before the filter is used until the generation changes. */
	EXPECT_TRUE(fastvdso_random_fill(&number, sizeof(number)));
	generation++;
	EXPECT_FALSE(fastvdso_random_fill(&number, sizeof(number)));
	EXPECT_FALSE(fastvdso_random_fill(&number, sizeof(number)));
	EXPECT_EQ(-EPERM, fastvdso_getrandom(&number, sizeof(number), 0));
	EXPECT_EQ(EXDEV, errno);
}

/* Before the first start, in a process of its own. */
static void refuse_start(struct __test_metadata *_metadata, int number)
{
	uint64_t drawn;

	ASSERT_EQ(0, forbid(number));
	generation = 1;
	errno = EXDEV;
	fastvdso_random_start(&generation);
	EXPECT_EQ(EXDEV, errno);
	EXPECT_EQ(NULL, slots);
	EXPECT_FALSE(fastvdso_random_fill(&drawn, sizeof(drawn)));
	EXPECT_EQ(8, fastvdso_getrandom(&drawn, sizeof(drawn), 0));
}

TEST(without_mmap_nothing_is_generated)
{
	refuse_start(_metadata, SYS_mmap);
}

TEST(without_madvise_nothing_is_generated)
{
	refuse_start(_metadata, SYS_madvise);
}

TEST(memory_that_cannot_be_locked_is_used)
{
	ASSERT_EQ(0, forbid(SYS_mlock2));
	generation = 1;
	fastvdso_random_start(&generation);
	next_number(_metadata);
}

TEST(little_of_a_small_limit_is_locked)
{
	struct rlimit limit = { 64 << 10, 64 << 10 };

	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	generation = 1;
	fastvdso_random_start(&generation);
	next_number(_metadata);
	EXPECT_FALSE(has_flag(own, " lo "));
}

TEST(nothing_is_mapped_while_the_generation_is_0)
{
	generation = 0;
	fastvdso_random_start(&generation);
	EXPECT_EQ(NULL, slots);
}

/* --- The public call --- */

TEST_F(random, flags_and_sizes_are_those_of_the_kernel)
{
	static uint8_t buffer[3 * FASTVDSO_RANDOM_MAX];
	static const size_t lengths[] = { 0, 1, 16, 160, 161, 256, 257, 4096, 4097, 12288 };
	unsigned int flags;
	size_t i;

	errno = EXDEV;
	for (flags = 0; flags < 16; flags++) {
		long expected = syscall(SYS_getrandom, buffer, 8, flags);

		if (expected < 0)
			expected = -errno;
		errno = EXDEV;
		EXPECT_EQ(expected, fastvdso_getrandom(buffer, 8, flags));
	}
	EXPECT_EQ(-EINVAL, fastvdso_getrandom(buffer, 8, 1u << 31));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		EXPECT_EQ((ssize_t)lengths[i], fastvdso_getrandom(buffer, lengths[i], 0));
	EXPECT_EQ(-EFAULT, fastvdso_getrandom((void *)8, FASTVDSO_RANDOM_MAX + 1, 0));
	EXPECT_EQ(EXDEV, errno);
}

TEST_HARNESS_MAIN
