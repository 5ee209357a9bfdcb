// SPDX-License-Identifier: GPL-2.0

/**
 * Clock N: time N calls of System.nanoTime() in rounds, the best of which is after compilation.
 * For each line of standard input print the time, to be compared with system calls: REALTIME in
 * microseconds and MONOTONIC in nanoseconds.
 */
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Scanner;

public class Clock {
	static volatile long sink;
	static volatile long wrong;

	/** The duration of `count` readings, which must not go backwards. */
	static long round(int count) {
		long begin = System.nanoTime(), last = begin, back = 0;

		for (int i = 0; i < count; i++) {
			long now = System.nanoTime();

			if (now < last)
				back++;
			last = now;
		}
		wrong += back;
		sink = last;
		return last - begin;
	}

	public static void main(String[] arguments) throws Exception {
		int count = Integer.parseInt(arguments[0]);
		long best = Long.MAX_VALUE;

		for (int i = 0; i < 20; i++) {
			Thread.sleep(50);	// see clock.c
			best = Math.min(best, round(count / 20));
		}
		System.out.printf("figure %.1f\n", (double)best / (count / 20));
		Thread[] threads = new Thread[4];
		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> round(count / 40));
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
