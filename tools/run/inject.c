// SPDX-License-Identifier: GPL-2.0
/*
 * Put the stub into a program that is stopped at its exec. The stub and its arguments are written
 * into the zero padding at the end of the kernel's vDSO, and the program counter is set to the stub.
 * Setting the registers is the last step: if anything fails before it, the program is unchanged.
 *
 * The kernel lets a tracer write to the vDSO so that debuggers can set breakpoints in it. The
 * process gets a private copy of the page.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <linux/prctl.h>
#include <string.h>

#include "run.h"
#include "tracee.h"

#define PAGE	4096ul		/* kernels pad the vDSO to a multiple of this */
#define HEAD	1024ul		/* the ELF header and program headers must lie within this */
#define STUB_MAX 2048ul		/* stub and arguments */
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
	int		in_sections;	/* the stub overwrites the section headers */
};

/*
 * Find `size` bytes of zero padding at the end of the vDSO's last page, behind its section headers.
 * If there are fewer, the stub may overwrite the section headers: only debuggers read them, and
 * they look at our image in a program that uses it.
 */
static struct room find_room(const struct run_memory *memory, unsigned long image, size_t size)
{
	_Alignas(Elf64_Phdr) unsigned char head[HEAD];
	unsigned char tail[STUB_MAX];
	unsigned long end = 0, sections, last, i, unused;
	const Elf64_Ehdr *header = (const void *)head;
	const struct room none = { 0, 0 };
	const Elf64_Phdr *segment;
	struct room room = none;

	if (run_read(memory, head, sizeof(head), image) != sizeof(head) ||
	    memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phoff > HEAD || header->e_phoff % _Alignof(Elf64_Phdr) ||
	    header->e_phnum > 16 || header->e_phoff + header->e_phnum * sizeof(*segment) > HEAD)
		return none;
	segment = (const void *)(head + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD && segment[i].p_memsz > end)
			end = segment[i].p_memsz;
	sections = header->e_shoff >= end ? header->e_shoff : 0;
	if (header->e_shoff + (unsigned long)header->e_shnum * header->e_shentsize > end)
		end = header->e_shoff + (unsigned long)header->e_shnum * header->e_shentsize;
	size = (size + 15) & ~15ul;
	last = (end + PAGE - 1) & -PAGE;
	if (last > 64 * PAGE || size > sizeof(tail))
		return none;
	room.at = image + last - size;
	room.in_sections = last - end < size;
	if (room.in_sections && (!sections || last - sections < size))
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
	const Elf64_Ehdr none = { .e_shoff = 0 };

	return run_write(memory, &none.e_shoff, sizeof(none.e_shoff),
			 image + offsetof(Elf64_Ehdr, e_shoff)) &&
	       run_write(memory, &none.e_shnum, sizeof(none.e_shnum),
			 image + offsetof(Elf64_Ehdr, e_shnum)) &&
	       run_write(memory, &none.e_shstrndx, sizeof(none.e_shstrndx),
			 image + offsetof(Elf64_Ehdr, e_shstrndx));
}

/*
 * The kernel keeps a copy of the auxiliary vector, in which gdb finds the vDSO of a process or core
 * dump. Only the program itself can replace it, by PR_SET_MM_MAP: write the argument below its
 * stack. Returns its address; 0 on failure, in which case gdb does not find the image.
 */
static uint64_t write_mm_map(const struct run_memory *memory, const struct run_start *start,
			     uint64_t stack)
{
	struct prctl_mm_map map;
	uint64_t at = (stack - 2048) & ~15ul;

	return !run_fill_mm_map(memory->pid, start, &map) &&
	       run_write(memory, &map, sizeof(map), at) ? at : 0;
}

/* Write the stub, its arguments right behind it, and aim the registers at it. NULL or the reason. */
static const char *write_stub(const struct run_memory *memory, const struct run_start *start,
			      tracee_regs *regs, const struct stub_args *plan, pid_t helper)
{
	size_t code = (stub_code_size + 7) & ~7ul;
	size_t args = offsetof(struct stub_args, files) + plan->file_count * sizeof(plan->files[0]);
	unsigned char bytes[STUB_MAX] = { 0 };
	struct stub_args mine = *plan;
	struct room room;

	mine.stack = tracee_stack(regs);
	mine.entry = tracee_pc(regs);
	mine.image_address = start->vdso_at;
	mine.helper = helper;
	mine.mm_map = write_mm_map(memory, start, mine.stack);
	if (code + args > sizeof(bytes))
		return "the stub is too long";
	room = find_room(memory, start->vdso, code + args);
	if (!room.at)
		return "the kernel's vDSO has no room for the stub";
	memcpy(bytes, stub_code, stub_code_size);
	memcpy(bytes + code, &mine, args);
	if ((room.in_sections && !hide_sections(memory, start->vdso)) ||
	    !run_write(memory, bytes, code + args, room.at))
		return "its memory cannot be written";
	/* Below the red zone of the program's stack, aligned as for a call. */
	tracee_aim(regs, room.at, room.at + code, (mine.stack - 256) & ~15ul);
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
