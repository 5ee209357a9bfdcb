#compdef fastvdso
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=all # zsh
#
# Completion for fastvdso(1). Commands and options are taken from the program's --help.

_fastvdso() {
	local -a found
	if (( CURRENT == 2 )); then
		found=(${(f)"$(fastvdso --help 2> /dev/null |
			awk '/^  [a-z]/ { name = $1; $1 = ""; sub(/^ /, ""); print name ":" $0 }')"})
		found+=('--help:show usage' '--version:show the version')
		_describe command found
	elif [[ $PREFIX == -* ]]; then
		found=(${(f)"$(fastvdso $words[2] --help 2> /dev/null | grep -o -e '--[a-z-]*' | sort -u)"} --help)
		compadd -- $found
	else
		case $words[2] in
		dump)	_files ;;
		enable|disable)
			compadd -- ${(f)"$(systemctl list-unit-files --type=service --no-legend --no-pager 2> /dev/null |
				awk '{ print $1 }')"} ;;
		run)	shift 2 words; (( CURRENT -= 2 )); _normal ;;
		esac
	fi
}
_fastvdso "$@"
