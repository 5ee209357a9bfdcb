// SPDX-License-Identifier: GPL-2.0

// clock N: like clock.c, in Go. Several goroutines compare with the system call, so that all
// threads of the runtime read.
package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

func kernel(clock uintptr) int64 {
	var ts syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Nano()
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(2)
	}
	slack, unwanted := strconv.ParseInt(os.Getenv("CLOCK_SLACK"), 10, 64)

	best := int64(math.MaxInt64)
	for round := 0; round < 20; round++ {
		time.Sleep(50 * time.Millisecond) // see clock.c
		begin := kernel(1)
		for i := 0; i < count/20; i++ {
			time.Now()
		}
		if took := kernel(1) - begin; took < best {
			best = took
		}
	}
	fmt.Printf("figure %.1f\n", float64(best)/float64(count/20))

	var wrong int64
	var group sync.WaitGroup
	for g := 0; g < 4 && unwanted == nil; g++ {
		group.Add(1)
		go func() {
			defer group.Done()
			last := time.Now()
			for i := 0; i < count/400; i++ {
				before := kernel(0)
				now := time.Now()
				after := kernel(0)
				if now.UnixNano() < before-slack || now.UnixNano() > after+slack ||
					now.Sub(last) < 0 {
					atomic.AddInt64(&wrong, 1)
				}
				last = now
			}
		}()
	}
	group.Wait()
	fmt.Printf("wrong %d\ndone\n", wrong)
	io.Copy(io.Discard, os.Stdin)
	if wrong != 0 {
		os.Exit(1)
	}
}
