#!/bin/sh
# A git hook: judges what a commit brings, as it stands in the index. By itself: ln -s …/docs/ci/pre-commit.sh .git/hooks/pre-commit; with
# pre-commit: .pre-commit-hooks.yaml. It uses no network; assay has to be in the PATH.
set -eu
top=$(git rev-parse --show-toplevel)
cd "$top"
names='package.json package-lock.json npm-shrinkwrap.json pnpm-lock.yaml pnpm-lock.*.yaml pnpm-workspace.yaml yarn.lock .yarnrc.yml bun.lock bun.lockb bunfig.toml .npmrc assay.policy.json'
set --
for name in $names; do set -- "$@" ":(glob)**/$name"; done
# Nothing of that is in the commit: nothing to judge.
git diff --cached --quiet -- "$@" && exit 0
command -v assay >/dev/null || { echo "pre-commit: assay is not in the PATH" >&2; exit 3; }

# The commit as it will be, and not what else lies in the work tree: these files alone, in a repository of their own that borrows this one's
# objects (work trees and submodules have theirs elsewhere).
objects=$(cd "$(git rev-parse --git-path objects)" && pwd)
index=$(git rev-parse --git-path index)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
git ls-files -z -- "$@" ':(glob)**/.gitignore' | git checkout-index -z --stdin --prefix="$folder/"
head=$(git rev-parse -q --verify HEAD) || head=
cp "${GIT_INDEX_FILE:-$index}" "$folder/.index"
# What git tells its hooks leads others back to the work tree.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_OBJECT_DIRECTORY
cd "$folder"
git init -q --template= .
mv .index .git/index
mkdir -p .git/objects/info
echo "$objects" >.git/objects/info/alternates
[ -z "$head" ] || git update-ref HEAD "$head"
code=0
assay scan --offline --no-progress ${head:+--base=HEAD} || code=$?
case $code in
1) echo "pre-commit: this commit brings what the policy forbids (git commit --no-verify passes it on to CI)" >&2 ;;
3) echo "pre-commit: not all could be checked (is the database old? assay db update)" >&2 ;;
esac
exit "$code"
