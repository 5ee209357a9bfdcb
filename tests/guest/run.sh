#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: run every test beside this file. Each says how it ended.
cd "$(dirname "$0")" || exit 1
failed=0
for test in ./*_test; do
	echo "# test ${test#./}"
	echo "fastvdso test: ${test#./}" > /dev/kmsg
	"$test"
	status=$?
	echo "# exit ${test#./} $status"
	[ $status -eq 0 ] || failed=1
done
exit $failed
