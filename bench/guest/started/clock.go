// SPDX-License-Identifier: GPL-2.0
// Reads the clock once. Started by start_up.
package main

import "time"

func main() {
	_ = time.Now()
}
