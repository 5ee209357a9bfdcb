#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 1 to 10,000 processes with everything mapped at once: lines of JSON. seconds: for how long
# each of the updates is traced, six times.
#
#	[seconds=3] scale.sh PROCESSES...
here=$(dirname "$0")
for processes; do
	"$here/scale" "$processes" "$here/writer.sh" "${seconds:-3}" || exit 1
done
