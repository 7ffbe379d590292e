# shellcheck shell=sh
# Helpers of the end-to-end tests, which source this file: TAP on standard output.
assay=$ASSAY_BUILD/assay
count=0
failures=0
out=$TEST_TMP/out err=$TEST_TMP/err
cd "$TEST_TMP" || exit 1

pass() { count=$((count + 1)); echo "ok $count - $1"; }
fail() {
	count=$((count + 1)) failures=$((failures + 1))
	echo "not ok $count - $1"
	shift
	for line; do echo "$line" | sed 's/^/# /'; done
}
skip() { count=$((count + 1)); echo "ok $count - $1 # SKIP $2"; }
finish() { echo "1..$count"; [ "$failures" -eq 0 ]; }

# expect CODE NAME COMMAND…: runs it; standard output and error stay in $out and $err.
expect() {
	want=$1 name=$2
	shift 2
	"$@" >"$out" 2>"$err" </dev/null
	got=$?
	if [ "$got" -eq "$want" ]; then pass "$name"; else fail "$name" "exit $got, expected $want" "$(head -c 1500 "$err")" "$(head -c 1500 "$out")"; fi
}
# says TEXT, tells TEXT: what the last command printed holds TEXT; hides TEXT: it does not.
says() { if grep -qF -- "$1" "$out"; then pass "says: $1"; else fail "says: $1" "$(head -c 2000 "$out")"; fi; }
tells() { if grep -qF -- "$1" "$err"; then pass "tells: $1"; else fail "tells: $1" "$(head -c 2000 "$err")"; fi; }
hides() { if grep -qF -- "$1" "$out" "$err"; then fail "hides: $1" "$(grep -F -- "$1" "$out" "$err")"; else pass "hides: $1"; fi; }
quiet_err() { if [ -s "$err" ]; then fail "nothing on standard error" "$(cat "$err")"; else pass "nothing on standard error"; fi; }
is() { if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "\"$1\" is not \"$2\""; fi; }

# wait_for COMMAND…: until it succeeds; half a minute on a busy machine, no time on an idle one.
wait_for() {
	tries=0
	until "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || return 1
		sleep 0.05
	done
}

# restricted COMMAND…: without root's right to read whatever is there, so that a file of mode 0 cannot be.
restricted() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	else
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	fi
}
can_restrict() { : >"$TEST_TMP/no-right" && chmod 0 "$TEST_TMP/no-right" && restricted true 2>/dev/null && ! restricted cat "$TEST_TMP/no-right" >/dev/null 2>&1; }

# project NAME: a fresh folder with the fixture fixtures/projects/NAME, placeholders filled; goes there.
. "$ASSAY_ROOT/tests/public_registry.sh"
project() {
	rm -rf "$TEST_TMP/project"
	mkdir "$TEST_TMP/project"
	cp -R "$ASSAY_ROOT/fixtures/projects/$1/." "$TEST_TMP/project/"
	find "$TEST_TMP/project" -type f -exec sed -i "s|@PUBLIC_REGISTRY@|$PUBLIC_REGISTRY|g" {} +
	cd "$TEST_TMP/project" || exit 1
}
# empty: a fresh empty folder; goes there.
empty() {
	rm -rf "$TEST_TMP/project"
	mkdir "$TEST_TMP/project"
	cd "$TEST_TMP/project" || exit 1
}
