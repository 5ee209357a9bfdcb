// SPDX-License-Identifier: GPL-2.0
/* The ELF reader on the built image and on damaged ones. */
#include "elf_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "elf_machine.h"
#include "kselftest_harness.h"

#define IMAGE "build/blob/fastvdso.so"

/* Read into an exact heap buffer, so that the sanitizer sees every access past its end. */
static uint8_t *load(size_t *size)
{
	int fd = open(IMAGE, O_RDONLY);
	struct stat st;
	uint8_t *image;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	*size = (size_t)st.st_size;
	image = malloc(*size);
	if (read(fd, image, *size) != st.st_size)
		return NULL;
	close(fd);
	return image;
}

/* Call every function of the reader. Only staying in bounds matters. */
static void use(const struct fastvdso_elf *elf)
{
	struct fastvdso_elf_symbol symbol;
	volatile uint8_t sink = 0;
	size_t i, length;
	uint8_t *code;

	for (i = 0; i < elf->symbol_count; i++)
		if (!fastvdso_elf_symbol_at(elf, i, &symbol))
			sink += (uint8_t)(strlen(symbol.name) + strlen(symbol.version));
	code = fastvdso_elf_function(elf, "__vdso_clock_gettime", "LINUX_2.6");
	if (code)
		sink += *code;
	for (length = 0; elf->build_id && length < elf->build_id_size; length++)
		sink += elf->build_id[length];
	if (elf->soname)
		sink += (uint8_t)strlen(elf->soname);
}

/* The reader parses nothing after the notes. */
static size_t end_of_headers(const struct fastvdso_elf *elf)
{
	return (size_t)(elf->build_id + elf->build_id_size - elf->base) + 32;
}

TEST(the_built_image_is_parsed)
{
	const int is_i386 = FASTVDSO_ELF_MACHINE == EM_386;
	struct fastvdso_elf elf;
	size_t size;
	uint8_t *image = load(&size);

	ASSERT_NE(NULL, image);
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, image, size));
	EXPECT_EQ(20, elf.build_id_size);
	EXPECT_STREQ(is_i386 ? "linux-gate.so.1" : "linux-vdso.so.1", elf.soname);
	EXPECT_NE(NULL, fastvdso_elf_function(&elf, "__vdso_clock_gettime", "LINUX_2.6"));
	EXPECT_EQ(fastvdso_elf_function(&elf, "__fastvdso_getcpu", "FASTVDSO_1.0"),
		  fastvdso_elf_function(&elf, "__vdso_getcpu", "LINUX_2.6"));
	EXPECT_EQ(is_i386 ? NULL : fastvdso_elf_function(&elf, "__vdso_clock_gettime", "LINUX_2.6"),
		  fastvdso_elf_function(&elf, "clock_gettime", "LINUX_2.6"));
	EXPECT_NE(NULL, fastvdso_elf_function(&elf, "__fastvdso_now_ns", "FASTVDSO_1.0"));
	EXPECT_EQ(NULL, fastvdso_elf_function(&elf, "__fastvdso_now_ns", "LINUX_2.6"));
	EXPECT_EQ(NULL, fastvdso_elf_function(&elf, "LINUX_2.6", "LINUX_2.6"));
	EXPECT_EQ(NULL, fastvdso_elf_function(&elf, "no_such_function", "LINUX_2.6"));
	use(&elf);
	free(image);
}

TEST(a_truncated_image_is_refused_or_read_within_bounds)
{
	struct fastvdso_elf elf;
	size_t size, length;
	uint8_t *image = load(&size);

	ASSERT_NE(NULL, image);
	for (length = 0; length < size; length++) {
		uint8_t *cut = malloc(length ? length : 1);

		memcpy(cut, image, length);
		if (!fastvdso_elf_parse(&elf, cut, length))
			use(&elf);
		else
			EXPECT_NE(NULL, elf.problem);
		free(cut);
	}
	free(image);
}

TEST(any_changed_byte_is_refused_or_read_within_bounds)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct fastvdso_elf elf;
	size_t size, i, v, end;
	uint8_t *image = load(&size);

	ASSERT_NE(NULL, image);
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, image, size));
	end = end_of_headers(&elf);
	for (i = 0; i < end; i++) {
		uint8_t kept = image[i];

		for (v = 0; v < sizeof(values); v++) {
			image[i] = values[v];
			if (!fastvdso_elf_parse(&elf, image, size))
				use(&elf);
		}
		image[i] = kept;
	}
	free(image);
}

TEST(random_damage_is_refused_or_read_within_bounds)
{
	struct fastvdso_elf elf;
	size_t size, i, end;
	uint8_t *image = load(&size), *broken;
	unsigned int round, parsed = 0;

	ASSERT_NE(NULL, image);
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, image, size));
	end = end_of_headers(&elf);
	broken = malloc(size);
	srandom(1);
	for (round = 0; round < 100000; round++) {
		memcpy(broken, image, size);
		for (i = 0; i < 1 + (size_t)random() % 8; i++)
			broken[(size_t)random() % end] = (uint8_t)random();
		if (!fastvdso_elf_parse(&elf, broken, size)) {
			use(&elf);
			parsed++;
		}
	}
	/* If only one outcome was seen, the damage was in the wrong place. */
	EXPECT_LT(0, parsed);
	EXPECT_GT(100000, parsed);
	free(broken);
	free(image);
}

static int refused(uint8_t *image, size_t size, size_t offset, size_t length, uint64_t value)
{
	uint8_t kept[8];
	struct fastvdso_elf elf;
	int ret;

	memcpy(kept, image + offset, length);
	memcpy(image + offset, &value, length);
	ret = fastvdso_elf_parse(&elf, image, size);
	memcpy(image + offset, kept, length);
	return ret == -ENOEXEC && elf.problem;
}

TEST(an_image_of_another_kind_is_refused)
{
	size_t size, segment;
	uint8_t *image = load(&size);

	ASSERT_NE(NULL, image);
	EXPECT_TRUE(refused(image, size, 0, 1, 0));
	EXPECT_TRUE(refused(image, size, EI_CLASS, 1, ELFCLASS32 + ELFCLASS64 - FASTVDSO_ELF_CLASS));
	EXPECT_TRUE(refused(image, size, EI_DATA, 1, ELFDATA2MSB));
	EXPECT_TRUE(refused(image, size, offsetof(ElfW(Ehdr), e_machine), 2, EM_NONE));
	EXPECT_TRUE(refused(image, size, offsetof(ElfW(Ehdr), e_type), 2, ET_EXEC));
	EXPECT_TRUE(refused(image, size, offsetof(ElfW(Ehdr), e_phentsize), 2, sizeof(ElfW(Phdr)) + 1));
	EXPECT_TRUE(refused(image, size, offsetof(ElfW(Ehdr), e_phnum), 2, 0xffff));
	EXPECT_TRUE(refused(image, size, offsetof(ElfW(Ehdr), e_phoff), 8, ~0ull));
	/* The first program header is the segment. */
	segment = sizeof(ElfW(Ehdr));
	EXPECT_TRUE(refused(image, size, segment + offsetof(ElfW(Phdr), p_flags), 4, PF_R | PF_W | PF_X));
	EXPECT_TRUE(refused(image, size, segment + offsetof(ElfW(Phdr), p_filesz), 8, size + 1));
	EXPECT_TRUE(refused(image, size, segment + offsetof(ElfW(Phdr), p_vaddr), 8, 4096));
	EXPECT_TRUE(refused(image, size, segment + sizeof(ElfW(Phdr)), 4, PT_LOAD));
	free(image);
}

/* Symbols without number, each with a long name and a version at the end of a chain that never ends. */
static void make_large(uint8_t *image, size_t size)
{
	ElfW(Ehdr) *header = (ElfW(Ehdr) *)image;
	ElfW(Phdr) *segments = (ElfW(Phdr) *)(header + 1);
	const size_t dynamic = 4096, hash = 8192, strings = hash + 8, strings_size = 65536;
	const size_t verdef = strings + strings_size, symbols = 1 << 20, versions = size - (2 << 20);
	const uint32_t count = (versions - symbols) / sizeof(ElfW(Sym));

	const ElfW(Dyn) entries[] = {
		{ DT_HASH, { hash } }, { DT_SYMTAB, { symbols } }, { DT_STRTAB, { strings } },
		{ DT_STRSZ, { strings_size } }, { DT_VERSYM, { versions } }, { DT_VERDEF, { verdef } },
		{ DT_VERDEFNUM, { FASTVDSO_ELF_VERSIONS } },
	};
	size_t i;

	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = FASTVDSO_ELF_CLASS;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_machine = FASTVDSO_ELF_MACHINE;
	header->e_type = ET_DYN;
	header->e_phoff = sizeof(*header);
	header->e_phentsize = sizeof(*segments);
	header->e_phnum = FASTVDSO_ELF_SEGMENTS;
	segments[0] = (ElfW(Phdr)) { .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				     .p_filesz = size, .p_memsz = size };
	segments[1] = (ElfW(Phdr)) { .p_type = PT_DYNAMIC, .p_offset = dynamic, .p_filesz = 4096 };
	for (i = 2; i < header->e_phnum; i++)
		segments[i] = (ElfW(Phdr)) { .p_type = PT_NOTE, .p_offset = symbols,
					     .p_filesz = size - symbols };
	memcpy(image + dynamic, entries, sizeof(entries));
	memset(image + strings, 'x', strings_size - 1);
	((uint32_t *)(image + hash))[1] = count;
	for (i = verdef; i + sizeof(ElfW(Verdef)) < symbols; i += 4)
		((ElfW(Verdef) *)(image + i))->vd_next = 4;
	for (i = 0; i < count; i++)
		((uint16_t *)(image + versions))[i] = 0x7fff;
}

TEST(a_large_made_image_is_parsed_in_less_than_a_second)
{
	const size_t size = 16 << 20;
	uint8_t *image = calloc(1, size);
	struct timespec cpu_time;
	struct fastvdso_elf elf;

	ASSERT_NE(NULL, image);
	make_large(image, size);
	elf.problem = NULL;
	if (!fastvdso_elf_parse(&elf, image, size))
		use(&elf);
	EXPECT_EQ(NULL, elf.problem);
	EXPECT_EQ(FASTVDSO_ELF_SEGMENTS, elf.header->e_phnum);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_time);
	EXPECT_EQ(0, cpu_time.tv_sec);
	/* Otherwise the chain or the list of segments could be longer. */
	((ElfW(Ehdr) *)image)->e_phnum++;
	EXPECT_EQ(-ENOEXEC, fastvdso_elf_parse(&elf, image, size));
	((ElfW(Ehdr) *)image)->e_phnum--;
	((ElfW(Dyn) *)(image + 4096))[6].d_un.d_val++;
	EXPECT_EQ(-ENOEXEC, fastvdso_elf_parse(&elf, image, size));
	EXPECT_STREQ("too many versions", elf.problem);
	free(image);
}

TEST(unterminated_strings_are_refused)
{
	size_t size, i;
	uint8_t *image = load(&size);
	struct fastvdso_elf elf;

	ASSERT_NE(NULL, image);
	ASSERT_EQ(0, fastvdso_elf_parse(&elf, image, size));
	for (i = 0; i < elf.header->e_phnum; i++) {
		const ElfW(Phdr) *segment = &elf.segments[i];
		ElfW(Dyn) *dynamic = (ElfW(Dyn) *)(image + segment->p_offset);

		if (segment->p_type != PT_DYNAMIC)
			continue;
		while (dynamic->d_tag != DT_STRSZ)
			dynamic++;
		EXPECT_TRUE(refused(image, size, (size_t)((uint8_t *)&dynamic->d_un - image), 8,
				    dynamic->d_un.d_val - 1));
		EXPECT_TRUE(refused(image, size, (size_t)((uint8_t *)&dynamic->d_un - image), 8, 0));
	}
	free(image);
}

TEST_HARNESS_MAIN
