// SPDX-License-Identifier: GPL-2.0

/**
 * Clock [cpu] N: time N calls of System.nanoTime(), or of ThreadMXBean.getCurrentThreadCpuTime(), in
 * rounds, the best of which is after compilation.
 * For each line of standard input print the time, to be compared with system calls: REALTIME in
 * microseconds and MONOTONIC in nanoseconds.
 */
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Scanner;
import java.util.function.LongSupplier;

public class Clock {
	static volatile long sink;
	static volatile long wrong;

	/** CPU time may go back after a preemption: see docs/cpu-time.md. */
	static final long CPU_SLACK = 5000000;

	/** The duration of `count` readings, which must not go backwards. */
	static long round(LongSupplier reader, long slack, int count) {
		long begin = System.nanoTime(), last = reader.getAsLong(), back = 0;

		for (int i = 0; i < count; i++) {
			long now = reader.getAsLong();

			if (now < last - slack)
				back++;
			last = now;
		}
		wrong += back;
		sink = last;
		return System.nanoTime() - begin;
	}

	public static void main(String[] arguments) throws Exception {
		boolean cpu = arguments[0].equals("cpu");
		int count = Integer.parseInt(arguments[arguments.length - 1]);
		ThreadMXBean bean = ManagementFactory.getThreadMXBean();
		LongSupplier reader = cpu ? () -> bean.getCurrentThreadCpuTime() : () -> System.nanoTime();
		long slack = cpu ? CPU_SLACK : 0;
		long best = Long.MAX_VALUE;

		for (int i = 0; i < 20; i++) {
			Thread.sleep(50);	// see clock.c
			best = Math.min(best, round(reader, slack, count / 20));
		}
		System.out.printf("figure %.1f\n", (double)best / (count / 20));
		Thread[] threads = new Thread[4];
		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> round(reader, slack, count / 40));
			threads[i].start();
		}
		for (Thread thread : threads)
			thread.join();
		System.out.printf("wrong %d\ndone\n", wrong);
		Scanner lines = new Scanner(System.in);
		while (lines.hasNextLine()) {
			lines.nextLine();
			System.out.println(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) + "000 " +
					   System.nanoTime());
		}
		System.exit(wrong == 0 ? 0 : 1);
	}
}
