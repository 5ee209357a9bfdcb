/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "../x86/own_cpu.h"
