/* SPDX-License-Identifier: GPL-2.0 */
#include "../x86/stock_names.h"
