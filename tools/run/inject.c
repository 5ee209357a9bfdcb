// SPDX-License-Identifier: GPL-2.0
/*
 * Put the stub into a program that is stopped at its exec. The stub is written into the zero padding at
 * the end of the kernel's vDSO, its arguments below the program's stack, and the program counter is set
 * to the stub. Setting the registers is the last step: if anything fails before it, the program is
 * unchanged.
 *
 * The kernel lets a tracer write to the vDSO so that debuggers can set breakpoints in it. The
 * process gets a private copy of the page.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "elf_reader.h"
#include "run.h"
#include "tracee.h"

#define PAGE	4096ul		/* kernels pad the vDSO to a multiple of this */
#define HEAD	1024ul		/* the ELF header and program headers must lie within this */
#define STUB_MAX 2048ul		/* of the stub */
#define VDSO_MAX 32768ul	/* a longer vDSO is not searched for functions */
#define STACK_ROOM 2048ul	/* below the program's stack: the stub's arguments, and the stub's stack */
#define WORDS	128		/* words of the stack per read */
#define STACK_MAX (8ul << 20)	/* exec puts at most 6 MiB of arguments and environment there */

extern const char stub_code[];
extern const unsigned int stub_code_size;

/* The meaning of the next word of the initial stack. */
enum word { COUNT, ARGUMENT, ENVIRONMENT, TAG, VALUE };

static void note(struct run_start *start, unsigned long tag, unsigned long value, unsigned long at)
{
	if (!start->vector)
		start->vector = at - sizeof(tag);
	if (tag == AT_SYSINFO_EHDR) {
		start->vdso = value;
		start->vdso_at = at;
	} else if (tag == AT_SECURE) {
		start->secure = value != 0;
	}
}

int run_read_start(const struct run_memory *memory, unsigned long stack, struct run_start *start)
{
	unsigned long words[WORDS], tag = AT_NULL, limit = stack + STACK_MAX;
	enum word next = COUNT;
	ssize_t got, i;

	memset(start, 0, sizeof(*start));
	for (; limit - stack <= STACK_MAX; stack += (unsigned long)got) {
		got = run_read(memory, words, sizeof(words), stack) & -(ssize_t)sizeof(*words);
		if (got <= 0)
			return -1;
		for (i = 0; i < got / (ssize_t)sizeof(*words); i++) {
			if (next == COUNT) {
				next = ARGUMENT;
			} else if (next == ARGUMENT || next == ENVIRONMENT) {
				next += !words[i];
			} else if (next == TAG) {
				tag = words[i];
				if (tag == AT_NULL) {
					start->vector_end = stack + (unsigned long)(i + 2) * sizeof(*words);
					return 0;
				}
				next = VALUE;
			} else {
				note(start, tag, words[i],
				     stack + (unsigned long)i * sizeof(*words));
				next = TAG;
			}
		}
	}
	return -1;
}

/* Space for the stub in the kernel's vDSO. */
struct room {
	unsigned long	at;		/* address, or 0 if there is no space */
	int		in_sections;	/* the stub overwrites the section headers, and maybe sections */
};

/*
 * Find `size` bytes of zero padding at the end of the vDSO's last page, behind its section headers.
 * If there are fewer, the stub may overwrite the section headers and the sections that are not loaded: only
 * debuggers read them, and they look at our image in a program that uses it.
 */
static struct room find_room(const struct run_memory *memory, unsigned long image, size_t size)
{
	const ElfW(Ehdr) *header;
	const ElfW(Phdr) *segment;
	_Alignas(8) unsigned char head[HEAD];
	unsigned char tail[STUB_MAX];
	unsigned long end = 0, loaded, last, i, unused;
	const struct room none = { 0, 0 };
	struct room room = none;

	header = (const void *)head;
	if (run_read(memory, head, sizeof(head), image) != sizeof(head) ||
	    memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phoff > HEAD || header->e_phoff % _Alignof(ElfW(Phdr)) ||
	    header->e_phnum > 16 || header->e_phoff + header->e_phnum * sizeof(*segment) > HEAD)
		return none;
	segment = (const void *)(head + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD && segment[i].p_memsz > end)
			end = segment[i].p_memsz;
	loaded = end;
	if (header->e_shoff + (unsigned long)header->e_shnum * header->e_shentsize > end)
		end = header->e_shoff + (unsigned long)header->e_shnum * header->e_shentsize;
	size = (size + 15) & ~15ul;
	last = (end + PAGE - 1) & -PAGE;
	if (last > 64 * PAGE || size > sizeof(tail))
		return none;
	room.at = image + last - size;
	room.in_sections = last - end < size;
	if (room.in_sections && last - loaded < size)
		return none;
	unused = room.in_sections ? last - end : size;
	if (run_read(memory, tail, unused, image + last - unused) != (ssize_t)unused)
		return none;
	for (i = 0; i < unused; i++)
		if (tail[i])
			return none;
	return room;
}

/* Remove the section headers from the ELF header. */
static int hide_sections(const struct run_memory *memory, unsigned long image)
{
	const ElfW(Ehdr) none = { .e_shoff = 0 };

	return run_write(memory, &none.e_shoff, sizeof(none.e_shoff),
			 image + offsetof(ElfW(Ehdr), e_shoff)) &&
	       run_write(memory, &none.e_shnum, sizeof(none.e_shnum),
			 image + offsetof(ElfW(Ehdr), e_shnum)) &&
	       run_write(memory, &none.e_shstrndx, sizeof(none.e_shstrndx),
			 image + offsetof(ElfW(Ehdr), e_shstrndx));
}

_Static_assert((int)STUB_STOCK == (int)FASTVDSO_STOCK_COUNT, "a function is missing");

/*
 * Parse this process's own vDSO, unless that is the image, in a launcher that was launched itself. The
 * kernel's is the same in all processes, and reading it here is cheaper. 0 or -1.
 */
static int parse_own_vdso(struct fastvdso_elf *elf)
{
	const ElfW(Ehdr) *header = (const void *)getauxval(AT_SYSINFO_EHDR);
	const ElfW(Phdr) *segment;
	size_t size = 0;
	int i;

	if (!header)
		return -1;
	segment = (const void *)((const char *)header + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD)
			size = segment[i].p_filesz;
	return fastvdso_elf_parse(elf, header, size) || elf->abi_version ? -1 : 0;
}

static int parse_vdso_of(const struct run_memory *memory, unsigned long image, struct fastvdso_elf *elf)
{
	static unsigned char bytes[VDSO_MAX] __attribute__((__aligned__(8)));
	ssize_t got = run_read(memory, bytes, sizeof(bytes), image);

	return got <= 0 || fastvdso_elf_parse(elf, bytes, (size_t)got) ? -1 : 0;
}

/*
 * Find the functions that the image passes on to the kernel's vDSO. Those that are not found stay
 * 0, and the image makes the system call or fails instead.
 */
static void find_stock_functions(const struct run_memory *memory, unsigned long image, uint64_t *functions)
{
	static const char *const names[STUB_STOCK] = TRACEE_STOCK_NAMES;
	struct fastvdso_elf elf;
	int i;

	if (parse_own_vdso(&elf) && parse_vdso_of(memory, image, &elf))
		return;
	for (i = 0; i < STUB_STOCK; i++) {
		const unsigned char *found = NULL;

		if (names[i])
			found = fastvdso_elf_function(&elf, names[i], TRACEE_STOCK_VERSION);
		functions[i] = found ? image + (unsigned long)(found - elf.base) : 0;
	}
}

/*
 * What the stub needs, below the program's stack and its red zone. No signal overwrites it: exec has
 * reset all handlers.
 */
struct below_stack {
	struct stub_args	args;
	struct stub_mm_map	map;
};

/*
 * Write the stub's arguments below the stack. Returns their address, or 0.
 *
 * The kernel keeps a copy of the auxiliary vector, in which gdb finds the vDSO of a process or core
 * dump. Only the program itself can replace it, by PR_SET_MM_MAP: write the argument of that too.
 * Without it gdb does not find the image.
 */
static unsigned long write_args(const struct run_memory *memory, const struct run_start *start,
				const struct stub_args *args)
{
	unsigned long at = (args->stack - STACK_ROOM) & ~15ul;
	struct below_stack below = { .args = *args };

	_Static_assert(sizeof(below) <= STACK_ROOM / 2, "the stub needs the other half as its stack");
	if (!run_fill_mm_map(memory->pid, start, &below.map))
		below.args.mm_map = at + offsetof(struct below_stack, map);
	return run_write(memory, &below, sizeof(below), at) ? at : 0;
}

/* Write the stub and its arguments, and aim the registers at it. NULL or the reason. */
static const char *write_stub(const struct run_memory *memory, const struct run_start *start,
			      tracee_regs *regs, const struct stub_args *plan, pid_t helper)
{
	struct stub_args args = *plan;
	unsigned long args_at;
	struct room room;

	args.stack = tracee_stack(regs);
	args.entry = tracee_pc(regs);
	args.image_address = start->vdso_at;
	args.helper = helper;
	find_stock_functions(memory, start->vdso, args.stock);
	room = find_room(memory, start->vdso, stub_code_size);
	if (!room.at)
		return "the kernel's vDSO has no room for the stub";
	args_at = write_args(memory, start, &args);
	if (!args_at || (room.in_sections && !hide_sections(memory, start->vdso)) ||
	    !run_write(memory, stub_code, stub_code_size, room.at))
		return "its memory cannot be written";
	/* The stub's stack is between its arguments and the red zone of the program's, aligned as for a call. */
	tracee_aim(regs, room.at, args_at, (args.stack - 256) & ~15ul);
	return NULL;
}

const char *run_inject(pid_t pid, const struct stub_args *plan, pid_t helper)
{
	const char *objection;
	struct run_memory memory;
	struct run_start start;
	tracee_regs regs = { 0 };
	int native = tracee_get(pid, &regs);

	if (native < 0)
		return "its registers cannot be read";
	if (!native)
		return "it is a program for another architecture";
	run_open_memory(&memory, pid);
	if (run_read_start(&memory, tracee_stack(&regs), &start))
		objection = "its auxiliary vector cannot be read";
	else if (start.secure)
		objection = "it runs with privileges of its own";
	else if (!start.vdso)
		objection = "the kernel gave it no vDSO";
	else
		objection = write_stub(&memory, &start, &regs, plan, helper);
	if (!objection && tracee_set(pid, &regs))
		objection = "its registers cannot be set";
	run_close_memory(&memory);
	return objection;
}
