# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # variables shared with the scripts that source this
#
# Setup for the scripts in this folder: install and load fastvdso, and define the outputs of
# tests/guest/helpers/launched.c. Sourced, never run; $here is the folder that
# tests/system/containers/all made.

launched=/usr/local/bin/launched
tar -C / -xf "$here/install.tar"
ldconfig
cp "$here/launched" /usr/local/bin/
insmod "$here/fastvdso.ko" || exit 1
udevadm settle
image='^image pid [0-9]+ clocks right$'
preload='^preload pid [0-9]+ clocks right$'
preload_without='^preload without pages pid [0-9]+ clocks right$'
stock='^stock pid [0-9]+ clocks right$'
