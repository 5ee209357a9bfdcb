// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU-time pages of each process, and their writer, a probe on the scheduler's tracepoint
 * sched_switch. If the kernel takes interrupts out of the CPU time of tasks, an interrupt makes the line of
 * its CPU invalid, and the next system call that reads the clock has the scheduler write it again: a probe on
 * sched_stat_runtime does. docs/cpu-time.md says why each step is right.
 *
 * A process is armed when one of its threads first touches such a page: from then on it has pages of its
 * own, charged to it, and an entry in a table by its mm. The probe looks up the mm of each task that the
 * scheduler switches to. It is attached by a work, because the fault holds the mmap lock, and only while
 * some process is armed. An entry is live only while the probe is attached: a line that one thread left
 * must not be read by another thread to which the scheduler switched unseen.
 *
 * An entry goes when the last mapping of the mm that has touched its pages is closed. That is before the
 * mm is freed, so the table never has an entry of another mm at the same address. The probe runs with
 * interrupts off, so an RCU grace period after that nobody uses the entry.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/hashtable.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/irq.h>
#include <trace/events/sched.h>

#include "compat.h"
#include "holdoff.h"
#include "internal.h"
#include "interrupt_ticks.h"

#ifndef CONFIG_TRACEPOINTS
#error "fastvdso needs a kernel with CONFIG_TRACEPOINTS"
#endif

static bool cpu_time = true;
module_param(cpu_time, bool, 0444);
MODULE_PARM_DESC(cpu_time, "serve CPU-time clocks from pages of each process: on, off");

/* The lookup in a switch takes at most BUCKET_MAX steps. Processes past a limit make system calls. */
#define TABLE_BITS	13
#define BUCKET_MAX	6
#define ARMED_MAX	10000

/* Mappings of one process that can touch the pages; two are usual, of a launcher and of a library. */
#define MAPPINGS_MAX	4

/* Seconds without an armed process after which the probe is detached: that patches code on all CPUs. */
#define LINGER	10

/* CPUs are made to switch at most this often, however often processes come and go. */
#define KICK_PAUSE	(HZ / 10)

#define LINES_PER_PAGE	(PAGE_SIZE / sizeof(struct fastvdso_cpu_time_line))

struct armed_process {
	struct hlist_node node;
	struct mm_struct *mm;
	bool live;
	bool kick;		/* its CPUs have not been made to switch since it is live */
	/* These have touched a page. Compared, but not followed. */
	const struct vm_area_struct *mapping[MAPPINGS_MAX];
	struct page *page[FASTVDSO_CPU_TIME_PAGES];
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(table, TABLE_BITS);

/*
 * Protects all below and the writers of the table. Any process takes it under its mmap lock, so its
 * holder must neither sleep nor be preempted, and keeps it for one bucket at most.
 */
static DEFINE_RAW_SPINLOCK(lock);
static unsigned int armed_count;
static bool attached;		/* new entries are live */

/* Entries with their pages, also those that an RCU grace period keeps. */
static atomic_t entries;

static bool enabled;		/* set once, when the module is loaded */
static unsigned int pages_needed;

/* Used by the control work only. */
static struct holdoff holdoff;
static unsigned int quiet_seconds;
static bool registered;

static void control(struct work_struct *work);
static DECLARE_DELAYED_WORK(control_work, control);
static void kick(struct work_struct *work);
static DECLARE_DELAYED_WORK(kick_work, kick);
static unsigned long kicked_at;
static struct cpumask kicked_cpus;	/* used by the work only */

/* Each CPU checks the clock once per tick at most. */
static DEFINE_PER_CPU(unsigned long, checked_at);

/* Does the kernel take interrupts out of the CPU time of tasks? */
#define TAKES_INTERRUPTS_OUT	IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING)

/* Only then: the line of this CPU, for the thread that runs. */
enum line_state { LINE_UNUSED, LINE_VALID, LINE_INVALID };
static DEFINE_PER_CPU(enum line_state, line_state);

/*
 * What the kernel's statistics of interrupts have on a CPU and the scheduler does not take out of CPU time:
 * softirqs in their own thread, and interrupts before the kernel could measure their time, in whole ticks.
 */
struct not_taken_out {
	const struct task_struct *softirq_thread;	/* without it the CPU's line is not written */
	struct interrupt_ticks ticks;
};

static DEFINE_PER_CPU(struct not_taken_out, not_taken_out);

/* What a process gets that is not armed. */
static u8 no_lines[PAGE_SIZE] __ro_after_init __aligned(PAGE_SIZE);

/* --- In the scheduler, with the run queue locked and interrupts off --- */

/* The header is at index 0, the line of a CPU at index CPU + 1. */
static __always_inline void *line_at(const struct armed_process *process, unsigned int index)
{
	return page_address(process->page[index / LINES_PER_PAGE]) +
	       index % LINES_PER_PAGE * sizeof(struct fastvdso_cpu_time_line);
}

/*
 * Has the process had another thread? Threads are counted before their first switch, and their time is
 * added up before they are no longer counted. So this is true, at the latest, in the first switch to a
 * second thread.
 */
static __always_inline bool has_had_threads(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	if (READ_ONCE(signal->nr_threads) != 1)
		return true;
	smp_rmb();	/* nr_threads before sum_sched_runtime, which __exit_signal() writes first */
	return READ_ONCE(signal->sum_sched_runtime) != 0;
}

static __always_inline void set_line_state(enum line_state state)
{
	if (TAKES_INTERRUPTS_OUT)
		__this_cpu_write(line_state, state);
}

/*
 * What interrupts have taken on this CPU, in nanoseconds: the sum that the scheduler takes out of its clock
 * to have that of tasks. Softirqs in their own thread are counted when the time of that thread is.
 */
static __always_inline u64 interrupts_ns(const struct task_struct *softirq_thread)
{
	const u64 *stat = kcpustat_this_cpu->cpustat;

	return READ_ONCE(stat[CPUTIME_IRQ]) + READ_ONCE(stat[CPUTIME_SOFTIRQ]) -
	       READ_ONCE(softirq_thread->stime);
}

/*
 * What to add to the scheduler's clock to have the CPU time of a thread, for which the scheduler has taken
 * the time just now. sum_exec_runtime - exec_start does not change while the thread runs, because
 * update_curr() adds the same time to both. Return false if the sum of interrupts is not the one that the
 * scheduler has used: it may have used a smaller one, to keep its clock from going backwards, or stolen
 * time as well.
 */
static __always_inline bool find_runtime(const struct task_struct *task, bool added_up, u64 *runtime)
{
	*runtime = task->se.sum_exec_runtime - task->se.exec_start;
	if (TAKES_INTERRUPTS_OUT) {
		struct not_taken_out *but = this_cpu_ptr(&not_taken_out);
		const struct task_struct *thread = READ_ONCE(but->softirq_thread);
		u64 interrupts;
		s64 late;

		if (unlikely(!thread))
			return false;
		interrupts = interrupts_ns(thread) - but->ticks.ns;
		*runtime -= interrupts;
		late = fastvdso_sched_clock() - interrupts - task->se.exec_start;
		return interrupt_ticks_fit(&but->ticks, late, jiffies, TICK_NSEC, added_up);
	}
	return true;
}

/*
 * Write the line of this CPU for the thread that runs here, or will. Only this CPU writes it. A reader whose
 * result counts has read seq and the counter on this CPU. If it still runs here, it sees all of this or
 * nothing. If it was moved since, and a thread of another process ran here before, it may read the rest while
 * this is written: so seq changes before anything else does.
 */
static __always_inline void write_line(const struct armed_process *process, const struct task_struct *next,
				       bool added_up)
{
	struct fastvdso_cpu_time_line *line = line_at(process, smp_processor_id() + 1);
	struct fastvdso_cpu_time_pages *pages = line_at(process, 0);
	u32 seq = line->last_seq + 1 ?: 1;
	u64 runtime;

	/* Before the new thread runs, so no thread that knows of it reads a 1 here. */
	if (has_had_threads(next) && READ_ONCE(pages->single_threaded))
		WRITE_ONCE(pages->single_threaded, 0);
	if (!find_runtime(next, added_up, &runtime)) {
		WRITE_ONCE(line->seq, 0);
		set_line_state(LINE_INVALID);
		return;
	}
	WRITE_ONCE(line->seq, 0);
	smp_wmb();	/* pairs with the order of the reader's loads */
	WRITE_ONCE(line->runtime, runtime);
	WRITE_ONCE(line->switches, next->nvcsw + next->nivcsw);
	WRITE_ONCE(line->last_seq, seq);
	smp_wmb();
	WRITE_ONCE(line->seq, seq);
	set_line_state(LINE_VALID);
}

static __always_inline void check_clock_once_per_tick(void)
{
	unsigned long now = READ_ONCE(jiffies);

	if (__this_cpu_read(checked_at) == now)
		return;
	__this_cpu_write(checked_at, now);
	fastvdso_task_clock_check();
}

/* A kernel thread may have borrowed the mm: its CPU time is none of the process's business. */
static __always_inline const struct armed_process *live_process(const struct task_struct *task)
{
	const struct mm_struct *mm = task->mm;
	const struct armed_process *process;

	if (!mm || (task->flags & PF_KTHREAD))
		return NULL;
	hash_for_each_possible_rcu_notrace(table, process, node, (unsigned long)mm)
		if (process->mm == mm)
			return READ_ONCE(process->live) ? process : NULL;
	return NULL;
}

static void notrace sched_switched(void *unused, FASTVDSO_SWITCH_ARGS)
{
	const struct armed_process *process = live_process(next);

	set_line_state(LINE_UNUSED);
	if (!process)
		return;
	write_line(process, next, false);
	check_clock_once_per_tick();
}

/*
 * Time was added up for the thread that runs. Not in an interrupt, where what that takes is not in the sum
 * yet, nor with softirqs off, which looks the same. The scheduler has interrupts off.
 */
static void notrace runtime_updated(void *unused, FASTVDSO_STAT_RUNTIME_ARGS)
{
	const struct armed_process *process;

	if (likely(__this_cpu_read(line_state) != LINE_INVALID) || task != current || in_interrupt())
		return;
	process = live_process(task);
	if (process)
		write_line(process, task, true);
}

/* An interrupt begins: what it takes is not CPU time of the thread. */
static __always_inline void invalidate_line(void)
{
	const struct armed_process *process;
	struct fastvdso_cpu_time_line *line;

	if (likely(__this_cpu_read(line_state) != LINE_VALID))
		return;
	__this_cpu_write(line_state, LINE_INVALID);
	process = live_process(current);
	if (!process)
		return;
	line = line_at(process, smp_processor_id() + 1);
	WRITE_ONCE(line->seq, 0);
}

static void notrace vector_entered(void *unused, int vector)
{
	invalidate_line();
}

static void notrace handler_entered(void *unused, int irq, struct irqaction *action)
{
	invalidate_line();
}

/* Interrupts are on here. */
static void notrace softirq_entered(void *unused, unsigned int vec_nr)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	invalidate_line();
	raw_local_irq_restore(flags);
}

/*
 * The probes. An entry becomes live after all are attached. Those of interrupts are used only if the kernel
 * takes interrupts out.
 */
static struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
} probes[16] = {
	{ "sched_switch", sched_switched },
};

static unsigned int probe_count = 1;

/* --- Arming --- */

static void free_process(struct armed_process *process)
{
	unsigned int i;

	for (i = 0; i < pages_needed; i++)
		if (process->page[i])
			put_page(process->page[i]);
	kfree(process);
	atomic_dec(&entries);
}

static void free_process_rcu(struct rcu_head *rcu)
{
	free_process(container_of(rcu, struct armed_process, rcu));
}

/* NULL without memory. That is no reason to kill anything: there is the system call. */
static struct armed_process *alloc_process(struct mm_struct *mm)
{
	const gfp_t optional = __GFP_NORETRY | __GFP_NOWARN;
	struct armed_process *process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT | optional);
	struct fastvdso_cpu_time_pages *pages;
	unsigned int i;

	if (!process)
		return NULL;
	atomic_inc(&entries);
	process->mm = mm;
	for (i = 0; i < pages_needed; i++) {
		process->page[i] = fastvdso_alloc_charged_page(optional);
		if (!process->page[i]) {
			free_process(process);
			return NULL;
		}
	}
	pages = line_at(process, 0);
	pages->magic = FASTVDSO_CPU_TIME_MAGIC;
	pages->version = FASTVDSO_ABI_VERSION;
	pages->single_threaded = 1;
	return process;
}

static struct armed_process *find_process(const struct mm_struct *mm)
{
	struct armed_process *process;

	hash_for_each_possible(table, process, node, (unsigned long)mm)
		if (process->mm == mm)
			return process;
	return NULL;
}

static bool has_room(const struct mm_struct *mm)
{
	struct armed_process *process;
	unsigned int steps = 0;

	hash_for_each_possible(table, process, node, (unsigned long)mm)
		steps++;
	return steps < BUCKET_MAX && atomic_read(&entries) <= ARMED_MAX;
}

/* Note that a mapping uses the pages. Return false if there are too many. */
static bool add_mapping(struct armed_process *process, const struct vm_area_struct *vma)
{
	int i, unused = -1;

	for (i = 0; i < MAPPINGS_MAX; i++) {
		if (process->mapping[i] == vma)
			return true;
		if (!process->mapping[i])
			unused = i;
	}
	if (unused < 0)
		return false;
	process->mapping[unused] = vma;
	return true;
}

static void switched(struct work_struct *unused)
{
}

static DEFINE_PER_CPU(struct work_struct, switch_works);

/*
 * Have the CPUs of new processes switch to a kernel thread and back, because only a switch writes a
 * line, and a CPU may run the same thread for long. Nobody waits for it, and isolated CPUs are left alone.
 */
static void kick(struct work_struct *work)
{
	struct armed_process *process;
	unsigned int bucket, cpu;

	WRITE_ONCE(kicked_at, jiffies);
	cpumask_clear(&kicked_cpus);
	for (bucket = 0; bucket < HASH_SIZE(table); bucket++) {
		if (hlist_empty(&table[bucket]))
			continue;
		raw_spin_lock(&lock);
		hlist_for_each_entry(process, &table[bucket], node) {
			if (!process->kick || !process->live)
				continue;
			process->kick = false;
			/* The mm is not freed before its entry is gone from the table. */
			cpumask_or(&kicked_cpus, &kicked_cpus, mm_cpumask(process->mm));
		}
		raw_spin_unlock(&lock);
	}
	for_each_cpu_and(cpu, &kicked_cpus, cpu_online_mask)
		if (!fastvdso_cpu_is_isolated(cpu))
			schedule_work_on(cpu, &per_cpu(switch_works, cpu));
}

static void schedule_kick(void)
{
	unsigned long now = jiffies, next = READ_ONCE(kicked_at) + KICK_PAUSE;

	queue_delayed_work(system_dfl_wq, &kick_work, time_before(now, next) ? next - now : 0);
}

static void arm(struct armed_process *process)
{
	process->live = attached;
	process->kick = true;
	hash_add_rcu(table, &process->node, (unsigned long)process->mm);
	WRITE_ONCE(armed_count, armed_count + 1);
}

/* Have the entry that arm() made live, and its CPUs switch. */
static void follow_up(bool live)
{
	if (live)
		schedule_kick();
	else
		mod_delayed_work(system_dfl_wq, &control_work, 0);
}

static void disarm(struct armed_process *process)
{
	hash_del_rcu(&process->node);
	WRITE_ONCE(armed_count, armed_count - 1);
	call_rcu(&process->rcu, free_process_rcu);
}

/*
 * A CPU-time page for a mapping of current, with a reference for the caller. The entry is allocated without
 * the lock, and dropped if another thread was faster.
 */
struct page *fastvdso_cpu_time_page(struct vm_area_struct *vma, unsigned long index)
{
	struct page *page = vmalloc_to_page(no_lines);
	struct armed_process *process, *fresh = NULL;
	bool wanted, armed = false, live = false;

	if (!enabled || index >= pages_needed) {
		get_page(page);
		return page;
	}
	do {
		raw_spin_lock(&lock);
		process = find_process(vma->vm_mm);
		wanted = !process && has_room(vma->vm_mm);
		if (wanted && fresh) {
			process = fresh;
			fresh = NULL;
			wanted = false;
			arm(process);
			armed = true;
			live = process->live;
		}
		if (process && add_mapping(process, vma))
			page = process->page[index];
		/* After unlocking, another thread may have the process disarmed. */
		get_page(page);
		raw_spin_unlock(&lock);
		if (wanted) {
			fresh = alloc_process(vma->vm_mm);
			if (fresh)
				put_page(page);
		}
	} while (wanted && fresh);
	if (fresh)
		free_process(fresh);
	if (armed)
		follow_up(live);
	return page;
}

/* Is the process of a mapping armed? It stays so until the mapping is closed if that has touched a page. */
static bool is_armed(const struct vm_area_struct *vma)
{
	struct armed_process *process;
	bool armed = false;

	rcu_read_lock();
	hash_for_each_possible_rcu(table, process, node, (unsigned long)vma->vm_mm)
		armed |= process->mm == vma->vm_mm;
	rcu_read_unlock();
	return armed;
}

/* A mapping of the data goes away. */
void fastvdso_cpu_time_close(struct vm_area_struct *vma)
{
	struct armed_process *process;
	bool used = false;
	int i;

	if (!enabled || !is_armed(vma))
		return;
	raw_spin_lock(&lock);
	process = find_process(vma->vm_mm);
	if (process) {
		for (i = 0; i < MAPPINGS_MAX; i++) {
			if (process->mapping[i] == vma)
				process->mapping[i] = NULL;
			else if (process->mapping[i])
				used = true;
		}
		if (!used)
			disarm(process);
	}
	raw_spin_unlock(&lock);
}

/* --- Attaching and detaching --- */

static void make_live(void)
{
	struct armed_process *process;
	unsigned int bucket;

	raw_spin_lock(&lock);
	attached = true;
	raw_spin_unlock(&lock);
	/* Those that are armed from now on are live. */
	for (bucket = 0; bucket < HASH_SIZE(table); bucket++) {
		if (hlist_empty(&table[bucket]))
			continue;
		raw_spin_lock(&lock);
		hlist_for_each_entry(process, &table[bucket], node)
			WRITE_ONCE(process->live, true);
		raw_spin_unlock(&lock);
	}
}

/* If no process is armed, let those that follow not be live until the probe is attached again. */
static bool make_idle(void)
{
	bool idle;

	raw_spin_lock(&lock);
	idle = !armed_count;
	if (idle)
		attached = false;
	raw_spin_unlock(&lock);
	return idle;
}

/* Measure the clock if it is not valid. After each loss and each failure wait longer. */
static void keep_clock(void)
{
	static u32 losses;
	unsigned long flags;
	bool valid;

	local_irq_save(flags);
	valid = fastvdso_task_clock_check();
	local_irq_restore(flags);
	if (losses != READ_ONCE(fastvdso_time_page()->task_clock.losses)) {
		losses = READ_ONCE(fastvdso_time_page()->task_clock.losses);
		fastvdso_task_clock_doubt();
		holdoff_extend(&holdoff);
	}
	/* A CPU that invalidates the clock may overwrite the state, or have it overwritten. */
	if (valid)
		fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_ACTIVE);
	else if (holdoff_is_on(&holdoff))
		fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_UNSTABLE);
	else if (!fastvdso_task_clock_start())
		holdoff_extend(&holdoff);
}

/*
 * Such a thread never ends once it has begun, when its CPU first comes online. Isolated CPUs are left out:
 * the kernel may not count ticks there, and so counts the time of the thread in another way. Their clocks
 * are system calls.
 */
static void find_softirq_threads(void)
{
	const struct task_struct *task;
	unsigned int cpu, missing = 0;

	for_each_online_cpu(cpu)
		missing += !per_cpu(not_taken_out, cpu).softirq_thread && !fastvdso_cpu_is_isolated(cpu);
	if (!missing)
		return;
	rcu_read_lock();
	for_each_process(task) {
		if (!(task->flags & PF_KTHREAD) || sscanf(task->comm, "ksoftirqd/%u", &cpu) != 1 ||
		    cpu != task_cpu(task) || task->nr_cpus_allowed != 1 || !cpu_online(cpu) ||
		    fastvdso_cpu_is_isolated(cpu) || per_cpu(not_taken_out, cpu).softirq_thread)
			continue;
		WRITE_ONCE(per_cpu(not_taken_out, cpu).softirq_thread, task);
		if (!--missing)
			break;
	}
	rcu_read_unlock();
}

/* The tracepoints that do not exist have been left out. */
static void unregister_probes(unsigned int count)
{
	while (count--)
		tracepoint_probe_unregister(probes[count].tracepoint, probes[count].function, NULL);
}

static bool register_probes(void)
{
	unsigned int i;

	for (i = 0; i < probe_count; i++) {
		if (!tracepoint_probe_register(probes[i].tracepoint, probes[i].function, NULL))
			continue;
		unregister_probes(i);
		return false;
	}
	return true;
}

static void attach(void)
{
	if (registered || !register_probes())
		return;
	registered = true;
	make_live();
	schedule_kick();
}

static void detach(void)
{
	if (registered)
		unregister_probes(probe_count);
	registered = false;
	/* A probe that still runs may invalidate the clock. */
	tracepoint_synchronize_unregister();
	fastvdso_task_clock_stop();
}

/*
 * Runs when a process is armed while the probe is not attached, and once a second while it is. Only this
 * attaches and detaches, so rarely, however often processes come and go.
 */
static void control(struct work_struct *work)
{
	quiet_seconds = READ_ONCE(armed_count) ? 0 : quiet_seconds + 1;
	if (quiet_seconds >= LINGER && make_idle()) {
		detach();
		return;
	}
	if (TAKES_INTERRUPTS_OUT)
		find_softirq_threads();
	attach();
	if (registered)
		keep_clock();
	queue_delayed_work(system_dfl_wq, &control_work, HZ);
}

static void __init add_probe(const char *name, void *function)
{
	if (!WARN_ON(probe_count == ARRAY_SIZE(probes)))
		probes[probe_count++] = (struct probe) { name, function };
}

static void __init find_tracepoint(struct tracepoint *tracepoint, void *unused)
{
	unsigned int i;

	for (i = 0; i < probe_count; i++)
		if (!strcmp(tracepoint->name, probes[i].name))
			probes[i].tracepoint = tracepoint;
}

/*
 * Find the tracepoints. Returns false if one is missing, other than those of interrupts that not all
 * kernels have.
 */
static bool __init find_tracepoints(void)
{
	unsigned int required, i, found = 0;
	const char *const *name;

	if (TAKES_INTERRUPTS_OUT) {
		add_probe("sched_stat_runtime", runtime_updated);
		add_probe("irq_handler_entry", handler_entered);
		add_probe("softirq_entry", softirq_entered);
		for (name = fastvdso_arch_vector_tracepoints; *name; name++)
			add_probe(*name, vector_entered);
	}
	/* The first one of these is the timer's. */
	required = TAKES_INTERRUPTS_OUT ? 5 : 1;
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	for (i = 0; i < probe_count; i++) {
		if (probes[i].tracepoint)
			probes[found++] = probes[i];
		else if (i < required)
			return false;
	}
	probe_count = found;
	return true;
}

/*
 * Why CPU time cannot be told from the scheduler's clock, or user space cannot read the line of its CPU. NULL
 * if neither is so.
 */
static const char * __init why_unsupported(void)
{
	if (IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING) && fastvdso_arch_is_guest())
		return "the kernel takes the time that the hypervisor steals out of the CPU time of tasks";
	/* A thread may be switched out, and back, in the middle of a softirq. */
	if (TAKES_INTERRUPTS_OUT && IS_ENABLED(CONFIG_PREEMPT_RT))
		return "the real-time kernel takes softirqs out of the CPU time of tasks";
	/* The time of ksoftirqd is not counted by ticks. */
	if (TAKES_INTERRUPTS_OUT && FASTVDSO_TRACKS_ALL_CPUS)
		return "the kernel tracks the context of all CPUs";
	/* The thread that runs is not always the one whose exec_start the scheduler sets. */
	if (IS_ENABLED(CONFIG_SCHED_PROXY_EXEC))
		return "the kernel has SCHED_PROXY_EXEC";
	if (!find_tracepoints())
		return "the kernel has no tracepoints of the scheduler or of interrupts";
	if (nr_cpu_ids > FASTVDSO_CPU_TIME_CPUS)
		return "too many CPUs";
	if (!fastvdso_cpu_number_is_with_counter())
		return "the CPU number cannot be read together with the TSC";
	return NULL;
}

void __init fastvdso_cpu_time_init(void)
{
	const char *problem;
	unsigned int cpu;

	BUILD_BUG_ON(sizeof(struct fastvdso_cpu_time_pages) != FASTVDSO_CPU_TIME_PAGES * PAGE_SIZE);
	BUILD_BUG_ON(offsetof(struct fastvdso_cpu_time_pages, line) != sizeof(struct fastvdso_cpu_time_line));
	check_trace_callback_type_sched_switch(sched_switched);
	check_trace_callback_type_sched_stat_runtime(runtime_updated);
	check_trace_callback_type_irq_handler_entry(handler_entered);
	check_trace_callback_type_softirq_entry(softirq_entered);

	/* Invalid until it is measured. */
	fastvdso_time_page()->task_clock.seq = 1;
	for_each_possible_cpu(cpu)
		INIT_WORK(&per_cpu(switch_works, cpu), switched);
	pages_needed = DIV_ROUND_UP(nr_cpu_ids + 1, LINES_PER_PAGE);
	holdoff.until = jiffies;
	kicked_at = jiffies - KICK_PAUSE;
	if (!cpu_time) {
		fastvdso_task_clock_set_state(FASTVDSO_CPU_TIME_FORBIDDEN);
		return;
	}
	problem = why_unsupported();
	if (problem)
		pr_info("CPU-time clocks are system calls: %s\n", problem);
	enabled = !problem;
	fastvdso_task_clock_set_state(enabled ? FASTVDSO_CPU_TIME_IDLE : FASTVDSO_CPU_TIME_UNSUPPORTED);
}

/* No process has the pages mapped, so none is armed. */
void fastvdso_cpu_time_exit(void)
{
	unsigned int cpu;

	if (!enabled)
		return;
	cancel_delayed_work_sync(&control_work);
	detach();
	cancel_delayed_work_sync(&kick_work);
	for_each_possible_cpu(cpu)
		cancel_work_sync(&per_cpu(switch_works, cpu));
	rcu_barrier();	/* free_process_rcu() */
}
