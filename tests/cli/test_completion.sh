#!/bin/sh
# What shells complete and what `man` shows: nothing that --help knows is missing, the scripts are well-formed, and bash's does what it says.
. "$ASSAY_ROOT/tests/cli/lib.sh"
"$assay" --help | sed -n '/^commands/,/^$/s/^  \(.\{14\}\) .*/\1/p' | sed 's/ *$//' >commands
is "$(grep -c . commands)" "$("$assay" --help | sed -n '/^commands/,/^$/p' | grep -c '^  [a-z]')" "every command is read"
mkdir man
expect 0 "every manual page" "$assay" man --all man
for shell in bash zsh fish; do
	expect 0 "completion $shell" "$assay" completion "$shell"
	cp "$out" "completion.$shell"
done
expect 2 "no such shell" "$assay" completion tcsh
tells "bash, zsh or fish"
expect 2 "no such page" "$assay" man nothing

# block SHELL COMMAND: what the shell's script has for that command
block() {
	case $1 in
	bash) sed -n "/^	'$2')/,/^	'[a-z ]*')/p" completion.bash ;;
	zsh) sed -n "/^	('$2')/,/^	('[a-z ]*')/p" completion.zsh ;;
	fish) grep "'__assay_runs $2'" completion.fish ;;
	esac
}
missing=
while read -r command; do
	page=man/assay-$(echo "$command" | tr ' ' -).1
	[ -s "$page" ] || missing="$missing $page"
	for shell in bash zsh fish; do block "$shell" "$command" >"block.$shell"; done
	# shellcheck disable=SC2086
	"$assay" $command --help | sed -n '/^options/,$s/^  \(-\(.\), \|    \)--\([a-z0-9-]*\).*/\3 \2/p' >options
	[ "$(grep -c . options)" -ge 3 ] || missing="$missing $command:options"
	while read -r option letter; do
		grep -qF -- "--$option" block.bash || missing="$missing bash:$command:$option"
		grep -qF -- "'--$option:" block.zsh || missing="$missing zsh:$command:$option"
		grep -qE -- "-l $option( |\$)" block.fish || missing="$missing fish:$command:$option"
		grep -qF -- "\\-\\-$(echo "$option" | sed 's/-/\\-/g')\\fR" "$page" || missing="$missing man:$command:$option"
		[ -z "$letter" ] && continue
		grep -qF -- "-$letter " block.bash || missing="$missing bash:$command:-$letter"
		grep -qF -- "'-$letter:" block.zsh || missing="$missing zsh:$command:-$letter"
		grep -qF -- "-l $option -s $letter " block.fish || missing="$missing fish:$command:-$letter"
		grep -qF -- "\\fB\\-$letter\\fR" "$page" || missing="$missing man:$command:-$letter"
	done <options
	grep -qF "$(echo "assay-$command" | sed 's/[ -]/\\-/g') (1)" man/assay.1 || missing="$missing assay.1:$command"
done <commands
is "$missing" "" "no command and no option is missing"

# ---- bash
if ! command -v bash >/dev/null; then
	skip "bash" "no bash"
	completes() { :; }
else
	cat >complete.bash <<'END'
. ./completion.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_assay
echo " ${COMPREPLY[*]} "
END
	# completes NAME WANTED WORD…: the last word is completed; what is offered holds WANTED
	completes() {
		name=$1 wanted=$2
		shift 2
		offered=$(bash complete.bash "$@")
		case $offered in *" $wanted "*) pass "bash: $name" ;; *) fail "bash: $name" "offered: $offered" ;; esac
	}
fi
completes "a command" scan assay sc
completes "a group" db assay d
completes "the second word" update assay db u
completes "an option" --format assay scan --fo
completes "an option of a command of two words" --from assay db update --fr
completes "a format" sarif assay scan --format sa
completes "a format behind =" sarif assay scan --format = sa
completes "a format behind -f" cyclonedx assay scan -f c
completes "another command's format" purl assay list --format p
completes "a rule" malware assay scan --deny mal
completes "a rule as operand" lockfile-tamper assay explain lock
completes "a severity" critical assay scan --fail-on c
completes "a shell" zsh assay completion z
mkdir folder
completes "a folder" folder assay scan --cache-dir fo
completes "only what the command takes" --version assay list --ver
completes "nothing where a file stands, which is bash's own" "" assay scan --verify --db ""

# ---- the others, where they are there
if command -v zsh >/dev/null; then
	expect 0 "zsh reads it" zsh -n completion.zsh
	cat >complete.zsh <<'END'
autoload -Uz compinit; compinit -u -d ./dump
_describe() { local name=${@[-1]}; print -l -- ${(P)name} }
compadd() { print -l -- "${@[2,-1]}" }
source ./completion.zsh
PREFIX=$PREFIX_WANTED words=("$@") CURRENT=$#
_assay
END
	PREFIX_WANTED=-- expect 0 "zsh: options" zsh -f complete.zsh assay db update --
	says "--from:"
	expect 0 "zsh: a value" zsh -f complete.zsh assay scan --format ""
	says "sarif"
else
	skip "zsh" "no zsh"
fi
if command -v fish >/dev/null; then
	expect 0 "fish: an option" env HOME="$TEST_TMP" fish --no-config -c 'source completion.fish; complete -C "assay db update --fr"'
	says "--from"
	expect 0 "fish: a command" env HOME="$TEST_TMP" fish --no-config -c 'source completion.fish; complete -C "assay db "'
	says "import"
	expect 0 "fish: a format" env HOME="$TEST_TMP" fish --no-config -c 'source completion.fish; complete -C "assay scan --format sar"'
	says "sarif"
else
	skip "fish" "no fish"
fi
if command -v mandoc >/dev/null; then
	# The pages have no date, so that the same sources give the same bytes, and lines as long as their paragraphs.
	mandoc -T lint -W style man/*.1 2>&1 | grep -vE 'missing date|longer than 80 bytes' >lint
	is "$(cat lint)" "" "mandoc finds nothing wrong"
elif command -v groff >/dev/null; then
	is "$(groff -man -Tutf8 -ww -z man/*.1 2>&1)" "" "groff finds nothing wrong"
else
	skip "the pages" "neither mandoc nor groff"
fi
finish
