// SPDX-License-Identifier: GPL-2.0

// server ADDRESS: an HTTP server that returns the time, until its standard input ends.
// server ADDRESS N: a client that sends N requests and compares each answer with two system
// calls, within CLOCK_SLACK.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

func kernel(clock uintptr) int64 {
	var ts syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Nano()
}

func serve(address string) {
	http.HandleFunc("/", func(to http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(to, time.Now().UnixNano())
	})
	go func() {
		fmt.Println(http.ListenAndServe(address, nil))
		os.Exit(1)
	}()
	io.Copy(io.Discard, os.Stdin)
}

func get(address string) (int64, error) {
	answer, err := http.Get("http://" + address + "/")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(text), 10, 64)
}

func main() {
	if len(os.Args) == 2 {
		serve(os.Args[1])
		return
	}
	count, _ := strconv.Atoi(os.Args[2])
	slack, _ := strconv.ParseInt(os.Getenv("CLOCK_SLACK"), 10, 64)
	wrong := 0
	begin := kernel(1)
	for i := 0; i < count; i++ {
		before := kernel(0)
		now, err := get(os.Args[1])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if now < before-slack || now > kernel(0)+slack {
			wrong++
		}
	}
	fmt.Printf("figure %.1f\nwrong %d\n", float64(kernel(1)-begin)/float64(count)/1000, wrong)
	if wrong != 0 {
		os.Exit(1)
	}
}
