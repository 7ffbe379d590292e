#!/bin/sh
# run.sh BUILD_FOLDER SECONDS [TARGET…]: each target for that long, JOBS at a time (1), beginning with its corpus and with what earlier runs
# gathered in BUILD_FOLDER/corpus. What falls lies in BUILD_FOLDER/found: as text or (tests/fuzz/run.sh --hex FILE) in hexadecimal it becomes a
# file of tests/fuzz/corpus/<target>/. Prints executions and findings of each; the exit code is 1 when something fell.
set -u
if [ "$1" = --hex ]; then
	exec od -An -v -tx1 "$2"
fi
build=$1 seconds=$2
shift 2
mkdir -p "$build/corpus" "$build/found" "$build/targets" "$build/logs"
"$build/tests/fuzz/test_replay" --write "$build/corpus" >"$build/all" || exit 1
cat >"$build/one.sh" <<'END'
build=$1 seconds=$2 target=$3
ln -sf ../fuzzer "$build/targets/$target"
words=
[ -f "tests/fuzz/$target.dict" ] && words=-dict=tests/fuzz/$target.dict
ASAN_OPTIONS=detect_leaks=1 "$build/targets/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len="${MAX_LEN:-65536}" \
	-print_final_stats=1 $words -artifact_prefix="$build/found/$target-" "$build/corpus/$target" >"$build/logs/$target" 2>&1
code=$?
executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/logs/$target")
printf '%-18s %6s s %12s executions  %s\n' "$target" "$seconds" "${executions:-?}" \
	"$([ "$code" -eq 0 ] && echo "nothing found" || sed -n 's/.*\(SUMMARY\|it does not hold that\)/\1/p' "$build/logs/$target" | head -1)"
exit "$code"
END
{ if [ $# -gt 0 ]; then printf '%s\n' "$@"; else cat "$build/all"; fi; } | xargs -P "${JOBS:-1}" -I{} sh "$build/one.sh" "$build" "$seconds" {}
