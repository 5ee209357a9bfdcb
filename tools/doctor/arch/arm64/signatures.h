/* SPDX-License-Identifier: GPL-2.0 */
#include "../../no_signatures.h"
