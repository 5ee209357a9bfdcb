/* SPDX-License-Identifier: GPL-2.0 */
#include "../x86/signatures.h"
