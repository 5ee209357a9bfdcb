#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Run `scale` for each number of processes. Prints lines of JSON. `seconds`: duration of each of
# the six traces.
#
#	[seconds=3] scale.sh PROCESSES...
here=$(dirname "$0")
for processes; do
	"$here/scale" "$processes" "$here/writer.sh" "${seconds:-3}" || exit 1
done
