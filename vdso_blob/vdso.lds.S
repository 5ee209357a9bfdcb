/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One readable and executable segment holds the whole image. The data pages are below address
 * 0, in the order of <linux/fastvdso.h>, and the hypervisor's page is below them. The page of the
 * stock vDSO's functions is above the file, which is padded to that address.
 */
#include <linux/fastvdso.h>

#ifdef FASTVDSO_SECTIONS_OF_ANY_SIZE
#define ON_ONE_PAGE(start, message)
#else
#define ON_ONE_PAGE(start, message)	ASSERT(. - start <= FASTVDSO_PAGE_SIZE, message);
#endif

PHDRS
{
	text		PT_LOAD		FLAGS(5) FILEHDR PHDRS;
	dynamic		PT_DYNAMIC	FLAGS(4);
	note		PT_NOTE		FLAGS(4);
	eh_frame_hdr	PT_GNU_EH_FRAME	FLAGS(4);
	/* Not writable, because no header of the stock vDSO is. Nothing takes a stack's flags from it. */
	stack		PT_GNU_STACK	FLAGS(4);
}

SECTIONS
{
	HIDDEN(fastvdso_ns_page =
		(FASTVDSO_PAGE_NS - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);
	HIDDEN(fastvdso_time_page =
		(FASTVDSO_PAGE_TIME - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);
	HIDDEN(fastvdso_steered_page =
		(FASTVDSO_PAGE_STEERED - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);
	HIDDEN(fastvdso_cpu_page =
		(FASTVDSO_PAGE_CPU - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);
	HIDDEN(fastvdso_cpu_time_pages =
		(FASTVDSO_PAGE_CPU_TIME - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);
	HIDDEN(fastvdso_hypervisor_page =
		(-1 - FASTVDSO_DATA_PAGES) * FASTVDSO_PAGE_SIZE);

	. = SIZEOF_HEADERS;

	.hash		: { *(.hash) }			:text
	.gnu.hash	: { *(.gnu.hash) }
	.dynsym		: { *(.dynsym) }
	.dynstr		: { *(.dynstr) }
	.gnu.version	: { *(.gnu.version) }
	.gnu.version_d	: { *(.gnu.version_d) }
	.gnu.version_r	: { *(.gnu.version_r) }

	.dynamic	: { *(.dynamic) }		:text :dynamic

	.note.gnu.build-id : {
		*(.note.gnu.build-id)
		/* The last 20 bytes are the hash itself. */
		HIDDEN(fastvdso_build_id = . - 20);
	}						:text :note
	.note.fastvdso	: { *(.note.fastvdso) }		:text :note

	.rodata		: { *(.rodata .rodata.*) }	:text
	.fastvdso_patch	: {
		HIDDEN(fastvdso_patch_start = .);
		*(.fastvdso_patch)
		HIDDEN(fastvdso_patch_end = .);
	}						:text

	.eh_frame_hdr	: { *(.eh_frame_hdr) }		:text :eh_frame_hdr
	.eh_frame	: { KEEP(*(.eh_frame)) }	:text

	/* Unused, but linkers from 2.47 on fail or crash if it is discarded. */
	.got.plt	: { *(.got .got.plt) }	:text

	.text		: ALIGN(64) {
		*(.text .text.unlikely .text.unlikely.* .text.__x86.*)
		. = ALIGN(FASTVDSO_PAGE_SIZE);
		HIDDEN(fastvdso_gettime = .);
		*(.text.gettime)
		ON_ONE_PAGE(fastvdso_gettime, "clock_gettime() needs more than a page")
		. = ALIGN(FASTVDSO_PAGE_SIZE);
		HIDDEN(fastvdso_now_ns = .);
		*(.text.now_ns)
		ON_ONE_PAGE(fastvdso_now_ns, "now_ns() needs more than a page")
		. = ALIGN(64);
		. = ALIGN(FASTVDSO_PAGE_SIZE);
		HIDDEN(fastvdso_hvclock = .);
		*(.text.hvclock)
		ON_ONE_PAGE(fastvdso_hvclock, "Hyper-V's clock needs more than a page")
	}						:text =0x90909090

	/* With room for the section headers. */
	HIDDEN(fastvdso_stock_page = ABSOLUTE(ALIGN(. + 2048, FASTVDSO_PAGE_SIZE)));

	/DISCARD/	: {
		*(.data .data.* .bss .bss.* .plt .plt.*)
		*(.note.GNU-stack .note.gnu.property .comment)
	}
}
