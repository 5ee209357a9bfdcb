# SPDX-License-Identifier: GPL-2.0
"""clock.py [thread_time] N: like clock.c, in Python, with four threads that compare.

The figure is the cost of time.monotonic(), or time.thread_time(), minus the cost of the same loop with a function that
reads no clock, because an interpreter is slow enough to hide a system call."""
import collections
import ctypes
import itertools
import os
import sys
import threading
import time

SYS_CLOCK_GETTIME = {"x86_64": 228}.get(os.uname().machine, 113)
libc = ctypes.CDLL(None, use_errno=True)


class Timespec(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_long), ("nsec", ctypes.c_long)]


def kernel_ns(clock):
    ts = Timespec()
    libc.syscall(SYS_CLOCK_GETTIME, clock, ctypes.byref(ts))
    return ts.sec * 1000000000 + ts.nsec


def cost(function, count):
    """Nanoseconds per call, in a loop that is not the interpreter's."""
    begin = kernel_ns(1)
    collections.deque(itertools.starmap(function, itertools.repeat((), count)), maxlen=0)
    return (kernel_ns(1) - begin) / count


def wrong(reader, clock, count, slack):
    bad = last = 0
    for _ in range(count):
        before = kernel_ns(clock)
        now = reader()
        after = kernel_ns(clock)
        bad += now < before - slack or now > after + slack or now < last - slack * (clock == 3)
        last = now
    return bad


count = int(sys.argv[-1])
cpu = sys.argv[1] == "thread_time"
reader = time.thread_time if cpu else time.monotonic
slack = os.environ.get("CLOCK_SLACK")
rounds = []
for _ in range(20):
    time.sleep(0.05)    # see clock.c
    rounds.append((cost(reader, count // 20), cost(sys.getrecursionlimit, count // 20)))
whole, loop = (min(column) for column in zip(*rounds))
print("whole %.1f" % whole)
print("figure %.1f" % (whole - loop))



def compare(found):
    readers = ((time.thread_time_ns, 3),) if cpu else ((time.monotonic_ns, 1), (time.time_ns, 0))
    found.append(sum(wrong(ns, clock, count // 400, int(slack)) for ns, clock in readers))


found = []
threads = [threading.Thread(target=compare, args=(found,)) for _ in range(4 if slack else 0)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
bad = sum(found) + (len(found) != len(threads))
print("wrong %d\ndone" % bad, flush=True)
sys.stdin.read()
sys.exit(bad != 0)
