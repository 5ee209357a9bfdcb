/* SPDX-License-Identifier: GPL-2.0 */
/* None of libc's names: these are libc's own here. */
