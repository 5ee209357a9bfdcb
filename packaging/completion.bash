# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion for fastvdso(1). Commands and options are taken from the program's --help.

_fastvdso() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words=$(fastvdso --help 2> /dev/null | awk '/^  [a-z]/ { print $1 } END { print "--help --version" }')
	elif [[ $word == -* ]]; then
		words=$(fastvdso "$command" --help 2> /dev/null | grep -o -e '--[a-z-]*' | sort -u)
		words+=" --help"
	else
		case $command in
		dump)	mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
		run)	mapfile -t COMPREPLY < <(compgen -c -f -- "$word") ;;
		enable|disable)
			words=$(systemctl list-unit-files --type=service --no-legend --no-pager 2> /dev/null | awk '{ print $1 }')
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
		esac
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _fastvdso fastvdso
