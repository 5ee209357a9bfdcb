// SPDX-License-Identifier: GPL-2.0
// A small program, to be started: reads the clock once.
package main

import "time"

func main() {
	_ = time.Now()
}
