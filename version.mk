# SPDX-License-Identifier: GPL-2.0
# The version of everything in this tree; `make lint` holds the rest to it.
VERSION := 0.1.0
