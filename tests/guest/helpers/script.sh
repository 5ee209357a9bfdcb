#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A script to be launched.
cat /proc/$$/maps
