#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Started by the launcher: shows the mappings of its interpreter.
cat /proc/$$/maps
