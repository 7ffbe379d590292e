#!/bin/sh
# coverage.sh BUILD_FOLDER PERCENT: what the tests ran of src/, from what gcov counted in BUILD_FOLDER: lines of each room and of all. Exit 1 where less than
# PERCENT of all ran. BUILD_FOLDER/uncovered names each line that did not, with its text.
set -u
build=$1 least=$2
command -v "${GCOV:=gcov}" >/dev/null || { echo "$GCOV is not installed (it comes with gcc)"; exit 1; }
# A line is in several objects where a header brings it: it ran when it ran in one of them.
find "$build/obj" -name '*.gcno' ! -path "$build/obj/fuzz/*" -print0 | sort -z | xargs -0 -r "$GCOV" -t 2>/dev/null | awk '
	{ split($0, part, ":"); count = part[1]; gsub(/[ *]/, "", count); number = part[2] + 0 }
	number == 0 { if (part[3] == "Source") { file = part[4]; sub(/^\.\//, "", file) }; next }
	count == "-" || file !~ /^src\// { next }
	{
		at = file ":" number
		if (!(at in ran)) { order[++n] = at; text[at] = substr($0, index($0, part[2] ":") + length(part[2]) + 1); ran[at] = 0 }
		if (count !~ /^[#=]/) ran[at] = 1
	}
	END { for (i = 1; i <= n; i++) print order[i] "\t" ran[order[i]] "\t" text[order[i]] }' >"$build/lines"
awk -F'\t' '$2 == 0 { print $1 ": " $3 }' "$build/lines" >"$build/uncovered"
awk -F'\t' -v least="$least" -v where="$build/uncovered" '
	{ split($1, path, /[\/:]/); room = path[2] ~ /\.c$/ ? path[2] : path[2] "/"; all[room]++; covered[room] += $2; lines++; ran += $2 }
	END {
		sort = "sort"
		for (room in all) printf "%-14s %6d of %6d lines  %5.1f %%\n", room, covered[room], all[room], 100 * covered[room] / all[room] | sort
		close(sort)
		percent = lines ? 100 * ran / lines : 0
		printf "%-14s %6d of %6d lines  %5.1f %%\n", "src/", ran, lines, percent
		print "what did not run: " where
		if (percent < least) { print "less than " least " %"; exit 1 }
	}' "$build/lines"
