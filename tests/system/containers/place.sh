# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # what is for, and from, who sources it
#
# What the scripts in this folder need: fastvdso installed and loaded, and what tests/guest/launched
# says. Sourced, never run; $here is the folder that tests/system/containers/all made.

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
