# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # used by lib.sh; set there; called by name
#
# Servers: Redis, PostgreSQL and MariaDB, as Debian has them. Sourced by run, never run.

redis() { redis-cli -p 6399 "$@"; }

# The server's TIME, in nanoseconds.
redis_time() { redis time | { read -r s; read -r us; echo $((s * 1000000000 + us * 1000)); }; }

asking='for i = 1, 2000 do redis.call("TIME") end return 1'

program_redis() {
	local way=$1 before after now
	start "$way" redis-server --port 6399 --save '' --appendonly no --dir "$work"
	until_said 'Ready to accept' || true
	before=$(truth_of REALTIME)
	now=$(redis_time)
	after=$(truth_of REALTIME)
	right redis "$way" redis_is_right "$before" "$now" "$after"
	image_in_use redis "$way"
	figure redis "$way" "redis-benchmark GET" "$(redis_figure)" us other
	count_begin
	redis eval "$asking" 0 > /dev/null
	gone redis "$way" "$(count_end)"
	redis shutdown nosave > /dev/null 2>&1
	stop
}
redis_is_right() {
	agrees "$@" && [ "$(redis set a 1)" = OK ] && [ "$(redis incr a)" = 2 ] &&
		[ "$(redis psetex b 3000 x)" = OK ] && [ "$(redis get b)" = x ] &&
		{ sleep 3.5; [ -z "$(redis get b)" ]; }
}
# The best of five runs, in microseconds per request.
redis_figure() {
	for _ in 1 2 3 4 5; do
		redis-benchmark -p 6399 -n 20000 -c 4 -P 32 -q -t get |
			tr '\r' '\n' | sed -n 's/^GET: \([0-9.]*\) requests.*/\1/p' | tail -n 1
	done | sort -g | awk 'END { printf "%.2f", 1000000 / $1 }'
}

pg=$(echo /usr/lib/postgresql/*/bin)
PATH=$PATH:$pg
rows=${ROWS:-300000}

sql() { psql -h "$work" -U postgres -XAtq -c "$1" postgres; }

# explain on|off: milliseconds
explain() {
	sql "set max_parallel_workers_per_gather = 0; set jit = off;
		explain (analyze, timing $1, costs off) select count(*) from large" |
		sed -n 's/^Execution Time: \([0-9.]*\) ms/\1/p'
}
best() { sort -g "$1" | head -n 1; }

program_postgres() {
	local way=$1 on off before after now
	local data=$work/data.$way
	AS=(setpriv --reuid postgres --regid postgres --clear-groups)
	mkdir -p "$data" && chown postgres "$data" && chmod 1777 "$work"

	# initdb starts the server many times, so its children need the image too.
	follow=yes way "$way"
	(cd / && "${AS[@]}" "${way_words[@]}" initdb -N -D "$data" -A trust > "$work/initdb" 2>&1)
	result $? "postgres.$way.initdb_makes_a_cluster"

	start "$way" postgres -D "$data" -k "$work" -c listen_addresses= -c fsync=off -c logging_collector=off
	until_said 'ready to accept' || true
	before=$(truth_of REALTIME)
	now=$(sql "select (extract(epoch from clock_timestamp()) * 1000000000)::bigint")
	after=$(truth_of REALTIME)
	right postgres "$way" agrees "$before" "$now" "$after"
	image_in_use postgres "$way"

	sql "create unlogged table large as select generate_series(1, $rows) as n"
	sql "vacuum analyze large"
	# Alternate, because their difference is measured.
	rm -f "$work/on" "$work/off"
	for _ in 1 2 3 4 5 6 7 8; do
		explain on >> "$work/on"
		explain off >> "$work/off"
	done
	on=$(best "$work/on") off=$(best "$work/off")
	tell postgres "$way" "figure:EXPLAIN, TIMING ON:ms" "$on"
	tell postgres "$way" "figure:EXPLAIN, TIMING OFF:ms" "$off"
	figure postgres "$way" "EXPLAIN, TIMING, a row" \
		"$(awk -v on="$on" -v off="$off" -v rows="$rows" 'BEGIN { printf "%.1f", (on - off) * 1e6 / rows }')" \
		ns clock
	count_begin
	sql "set max_parallel_workers_per_gather = 0;
		explain (analyze, timing on) select count(*) from large where n < 5000" > /dev/null
	gone postgres "$way" "$(count_end)"
	kill -INT "$pid"
	stop

	way "$way"
	figure postgres "$way" pg_test_timing "$(for _ in 1 2 3 4 5; do
		"${AS[@]}" "${way_words[@]}" pg_test_timing -d 1
	done | sed -n 's/^Per loop time including overhead: \([0-9.]*\) ns/\1/p' | sort -g | head -n 1)" ns clock
	AS=()
	rm -rf "$data"
}

maria() { mariadb --no-defaults --socket "$work/maria.sock" --user root -BN "$@"; }
small_queries() { python3 "$here/queries.py" "$work/maria.sock" "$1"; }

# The CPU time of the server's threads, by the scheduler, in nanoseconds.
cpu_of_threads() { cat "/proc/$pid"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'; }

# cpu_is_right PERCENT COMMAND...: run COMMAND, which makes queries. The CPU time that the server counts for
# them has to be at most what its threads took, and at least PERCENT of that.
cpu_is_right() {
	local least=$1 took counted
	shift
	maria -e 'flush user_statistics'
	took=$(cpu_of_threads)
	"$@" > /dev/null || return
	took=$(($(cpu_of_threads) - took))
	counted=$(maria -e "select cast(cpu_time * 1e9 as int) from information_schema.user_statistics
		where user = 'root'")
	[ $((took * least / 100)) -le "$counted" ] && [ "$counted" -le $((took + CLOCK_SLACK)) ] && return
	echo "# the server counted $counted ns of CPU time, its threads took $took ns"
	return 1
}
mariadb_is_right() {
	cpu_is_right 80 maria -e 'select benchmark(300000, md5("x"))' && cpu_is_right 20 small_queries 10000
}

# With userstat, MariaDB reads the CPU time of its thread before and after each query. No cost is reported,
# because other work of a query costs ten times as much, and varies by more than these two readings.
program_cpu-mariadb() {
	local way=$1 clock_ids='2|3' gains=yes CLOCK_SLACK=5000000
	local data=$work/mariadb
	AS=(setpriv --reuid nobody --regid nogroup --clear-groups)
	if [ ! -d "$data" ]; then
		mkdir "$data" && chown nobody "$data" && chmod 1777 "$work"
		"${AS[@]}" mariadb-install-db --no-defaults --datadir="$data" --skip-test-db \
			> "$work/install-db" 2>&1
		result $? cpu-mariadb.install_db_makes_its_tables
	fi
	start "$way" mariadbd --no-defaults --datadir="$data" --socket="$work/maria.sock" --skip-networking \
		--skip-grant-tables --userstat
	until_said 'ready for connections' || true
	right cpu-mariadb "$way" mariadb_is_right
	image_in_use cpu-mariadb "$way"
	count_begin
	small_queries 1000
	gone cpu-mariadb "$way" "$(count_end)"
	kill "$pid"
	stop
	AS=()
}
