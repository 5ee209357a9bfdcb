# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# shellcheck disable=SC2154 # busybox, the program, is set by tests/harness/qemu/guest
#
# Build the initrd of a guest from a folder. Sourced, never run.

# new_tree TREE INIT: a folder with `busybox` and a first process.
new_tree() {
	mkdir -p "$1"/{bin,lib/modules,add,etc,usr/local/bin}
	cp "$busybox" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	cp "$2" "$1/init"
}

# add_libraries TREE: the libraries of every dynamic program in the folder, under the paths that ldd gives.
add_libraries() {
	local tree=$1 library
	find "$tree/usr" "$tree/add" -type f -perm /111 -exec sh -c '
		for program; do
			ldd "$program" 2>/dev/null
		done; true' _ {} + < /dev/null | { grep -o '/[^ ]*' || true; } | sort -u |
	while read -r library; do
		case $library in "$tree"*|*:) continue ;; esac
		[ -e "$tree$library" ] || { mkdir -p "$tree${library%/*}" && cp -L "$library" "$tree$library"; }
	done
}

# pack_tree TREE INITRD
pack_tree() {
	(cd "$1" && find . | cpio --quiet -o -H newc -R 0:0) > "$2"
}
