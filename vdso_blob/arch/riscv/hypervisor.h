/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "no_hypervisor.h"
