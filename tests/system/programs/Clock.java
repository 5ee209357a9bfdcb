// SPDX-License-Identifier: GPL-2.0

/**
 * Clock N: N times System.nanoTime(), timed by itself, best of some rounds, the compiler
 * being done with it by then. For each line of standard input it tells the time, for others
 * to compare: REALTIME in microseconds, MONOTONIC in nanoseconds.
 */
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Scanner;

public class Clock {
	static volatile long sink;
	static volatile long wrong;

	/** How long `count` readings take; each is to be no less than the one before. */
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
			Thread.sleep(50);	// so that not all of them meet the same disturbance
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
