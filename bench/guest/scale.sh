#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 1 to 10,000 processes with everything mapped at once: lines of JSON.
#
#	scale.sh PROCESSES...
here=$(dirname "$0")
for processes; do
	"$here/scale" "$processes" "$here/writer.sh" 3 || exit 1
done
