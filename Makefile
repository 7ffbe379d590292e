# assay: see README.md for users, CONTRIBUTING.md for who changes it.
# One Makefile, not recursive: sources by wildcard, one folder build/<variant> per variant.

VERSION := 0.1.0
V ?= release
B := build/$(V)

ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config
Q := $(if $(VERBOSE),,@)

FUZZ_CC ?= clang

# ---- what it is made of ---------------------------------------------------------
LIBRARIES := libdeflate zlib libutf8proc libcjson libcrypto sqlite3 yaml-0.1 libseccomp
# Bound when they are first needed, by their sonames: src/base/library.h tells why.
LATE_LIBRARIES := libarchive libcurl libgit2
PACKAGES := gcc make pkg-config libarchive-dev libdeflate-dev zlib1g-dev libutf8proc-dev libcjson-dev libcurl4-openssl-dev \
            libssl-dev libsqlite3-dev libyaml-dev libgit2-dev libseccomp-dev libcmocka-dev valgrind

LIB_SOURCES := $(filter-out src/cli/%,$(wildcard src/*/*.c)) $(wildcard src/*/*.S)
CLI_SOURCES := src/main.c $(wildcard src/cli/*.c)
TEST_SOURCES := $(wildcard tests/*/test_*.c)
FUZZ_SOURCES := $(filter-out %/test_replay.c,$(wildcard tests/fuzz/*.c))
TOOL_SOURCES := $(wildcard tests/tools/*.c)
HEADERS := $(wildcard include/assay/*.h)
PRESETS := $(wildcard policies/*.json)
FACTS := $(wildcard policies/facts/*.tsv)
ASSETS := $(wildcard src/report/html/* src/site/assets/*)
PAGES := $(sort $(wildcard docs/rules/*.md))
STARTER_RECORDS := $(wildcard advisories/osv/*.json)

LIB_OBJECTS := $(patsubst src/%,$(B)/obj/%.o,$(LIB_SOURCES))
CLI_OBJECTS := $(patsubst src/%,$(B)/obj/%.o,$(CLI_SOURCES)) $(B)/obj/pages.S.o
TESTS := $(patsubst tests/%.c,$(B)/tests/%,$(TEST_SOURCES))
FUZZ_OBJECTS := $(patsubst tests/%.c,$(B)/obj/%.o,$(FUZZ_SOURCES))
TOOLS := $(patsubst tests/tools/%.c,$(B)/tools/%,$(TOOL_SOURCES))

# ---- flags ----------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wvla -Wnull-dereference \
            -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wundef
# Where the processor has it (x86: Intel CET), jumps land on marks alone and returns go where calls came from.
CONTROL_FLOW := $(shell $(CC) -fcf-protection=full -c -x c /dev/null -o /dev/null 2>/dev/null && echo -fcf-protection=full)
HARDENING := -fstack-protector-strong -fPIC -fvisibility=hidden -fno-strict-aliasing \
             $(if $(filter release,$(V)),-D_FORTIFY_SOURCE=2 $(CONTROL_FLOW))
MODE_release := -O2 -g
MODE_debug := -O0 -g3
MODE_asan := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
MODE_tsan := -O1 -g3 -fno-omit-frame-pointer -fsanitize=thread
MODE_cov := -O0 -g3 --coverage -fprofile-update=atomic
MODE_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
ifeq ($(MODE_$(V)),)
$(error V is release, debug, asan, tsan, cov or fuzz, not "$(V)")
endif
LIB_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) $(LATE_LIBRARIES) 2>/dev/null)
LIB_LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null)
# Of those that are bound late, what is built with, and the name by which it is found then.
LATE = .ci/late $(LATE_LIBRARIES) -- $(CC) $(LDFLAGS) $(shell $(PKG_CONFIG) --libs-only-L $(LATE_LIBRARIES) 2>/dev/null)
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DASSAY_VERSION='"$(VERSION)"' $(WARNINGS) $(MODE_$(V)) $(HARDENING) -pthread \
             -Iinclude -Isrc -ffile-prefix-map=$(CURDIR)=. $(LIB_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(MODE_$(V)) -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
# Where lines are counted, processes share what they count: see there. It stands behind all that counts.
SHARED_COUNTS := $(if $(filter cov,$(V)),$(B)/coverage.o)
ALL_LDLIBS = $(SHARED_COUNTS) $(LIB_LDLIBS) -lm -ldl $(LDLIBS)

# ---- what to make -------------------------------------------------------------------
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all deps demo check test lint coverage fuzz install uninstall clean help bench late compdb format FORCE

all: $(B)/assay $(B)/libassay.a $(B)/libassay.so $(B)/assay.pc $(B)/share/assay/starter.db $(B)/pages.made ## build build/release/assay, the library and the starter database

# Flags that change rebuild everything; so does another compiler.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@$(LATE) > $(B)/late
	@{ echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))'; cat $(B)/late; } > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(B)/obj/base/library.c.o: private ALL_CFLAGS += -DASSAY_SONAMES='"$(shell sed 's/ /=/;s/ .*//' $(B)/late)"'

$(B)/obj/%.c.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  cc    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/%.S.o: src/%.S src/base/embed.inc $(PRESETS) $(FACTS) $(ASSETS) $(B)/flags
	@mkdir -p $(@D)
	@echo "  as    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

# The rules' pages, as src/cli/pages.c reads them: name, text, name, text. Made anew when a page comes or goes.
$(B)/pages.S: FORCE
	@mkdir -p $(@D)
	@{ printf '%s\n' '#ifdef __CET__' '#include <cet.h>' '#endif' '.section .rodata' '.globl rule_pages' '.hidden rule_pages' 'rule_pages:'; \
	  printf '.asciz "%s"\n.incbin "%s"\n.byte 0\n' $(foreach page,$(PAGES),$(basename $(notdir $(page))) $(page)); \
	  printf '%s\n' '.byte 0' '.section .note.GNU-stack, "", %progbits'; } > $@.new; \
	  if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(B)/obj/pages.S.o: $(B)/pages.S $(PAGES) $(B)/flags
	@mkdir -p $(@D)
	@echo "  as    docs/rules"
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/coverage.o: tests/coverage.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARNINGS) $(HARDENING) -c $< -o $@

$(B)/libassay.a: $(LIB_OBJECTS) | $(SHARED_COUNTS)
	@echo "  ar    $@"
	$(Q)rm -f $@ && ar rcsD $@ $^

$(B)/libassay.so: $(LIB_OBJECTS) | $(SHARED_COUNTS)
	@echo "  ld    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libassay.so.0 -o $@ $^ $(ALL_LDLIBS)

# The program stands in bin/ so that ../share/assay is found as it is after `make install`.
$(B)/bin/assay: $(CLI_OBJECTS) $(B)/libassay.a
	@mkdir -p $(@D)
	@echo "  ld    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

$(B)/assay: $(B)/bin/assay
	$(Q)ln -sf bin/assay $@

# Another PREFIX makes another one, also in `make install` after `make`.
$(B)/assay.pc: FORCE
	@mkdir -p $(@D)
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' 'Name: assay' \
	  'Description: supply-chain and dependency-hygiene scanner for npm' 'Version: $(VERSION)' \
	  'Requires.private: $(LIBRARIES)' 'Libs: -L$${libdir} -lassay' 'Libs.private: -pthread -lm -ldl' 'Cflags: -I$${includedir}' > $@

$(B)/share/assay/starter.db: $(B)/bin/assay $(STARTER_RECORDS)
	@mkdir -p $(@D)
	@echo "  db    $@"
	$(Q)$(B)/bin/assay db import --starter --replace --quiet --db $@ advisories/osv

# Manual pages and what shells complete, from the program's own tables.
$(B)/pages.made: $(B)/bin/assay
	@echo "  man   $(B)/man"
	$(Q)rm -rf $(B)/man && $(B)/bin/assay man --all $(B)/man && mkdir -p $(B)/completion
	$(Q)for shell in bash zsh fish; do $(B)/bin/assay completion $$shell > $(B)/completion/$$shell || exit 1; done
	$(Q)touch $@

# ---- tests -----------------------------------------------------------------------------
$(B)/tests/%: tests/%.c $(B)/libassay.a $(wildcard tests/*.h)
	@mkdir -p $(@D)
	@echo "  test  $<"
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< $(B)/libassay.a $(ALL_LDLIBS) -lcmocka

$(B)/tools/%: tests/tools/%.c $(B)/libassay.a
	@mkdir -p $(@D)
	@echo "  tool  $<"
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< $(B)/libassay.a $(ALL_LDLIBS) $(shell $(PKG_CONFIG) --libs libarchive)

$(B)/obj/fuzz/%.o: tests/fuzz/%.c $(B)/flags
	@mkdir -p $(@D)
	@echo "  fuzz  $<"
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c $< -o $@

# Every fuzz target with its corpus, as an ordinary test; cJSON is what the JSON reader is compared with.
$(B)/tests/fuzz/test_replay: tests/fuzz/test_replay.c $(FUZZ_OBJECTS) $(B)/libassay.a
	@mkdir -p $(@D)
	@echo "  test  $<"
	$(Q)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -MF $@.d $(ALL_LDFLAGS) -o $@ $< $(FUZZ_OBJECTS) $(B)/libassay.a $(ALL_LDLIBS) -lcmocka

$(B)/fuzzer: $(FUZZ_OBJECTS) $(B)/libassay.a
	@echo "  ld    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(ALL_LDLIBS)

test: all $(TESTS) $(TOOLS) ## build and run the tests of variant V, installing nothing
	$(Q)tests/run.sh $(B) $(TESTS) $(wildcard tests/cli/test_*.sh)

check: deps ## install what is missing, build, run every test
	$(Q)$(MAKE) --no-print-directory test

fuzz: ## run every fuzz target for T seconds (60), or TARGET="one two"; needs clang and libFuzzer (libclang-rt-dev)
	$(Q)$(MAKE) --no-print-directory V=fuzz CC="$(FUZZ_CC)" build/fuzz/fuzzer build/fuzz/tests/fuzz/test_replay
	$(Q)tests/fuzz/run.sh build/fuzz $(or $(T),60) $(TARGET)

# clang-tidy and gcc's analyzer need seconds for a file, the first time; then they look at what changed. LINT_FILES="src/semver/range.c": at these.
lint: all ## look at sources and binary without running them; PART="shell banned headers globals hardening cppcheck reproducible format analyzer tidy"
	$(Q)CC="$(CC)" tests/lint.sh $(B) $(or $(PART),shell banned headers globals hardening cppcheck reproducible format analyzer tidy)

# What was counted before is of another program.
coverage: ## run every test in a build that counts lines (V=cov): lines of src/ that ran, by room; fails under 90 %; build/cov/uncovered names the others
	$(Q)$(MAKE) --no-print-directory V=cov all
	$(Q)find build/cov -name '*.gcda' -delete
	$(Q)$(MAKE) --no-print-directory V=cov test
	$(Q)tests/coverage.sh build/cov $(or $(PERCENT),90)

deps: ## install the libraries that are missing (Debian, Ubuntu)
	$(Q).ci/deps $(PACKAGES) -- $(LIBRARIES) $(LATE_LIBRARIES) cmocka

demo: deps ## build, scan a real project with known-bad releases, verify its tarballs
	$(Q)$(MAKE) --no-print-directory all
	$(Q)fixtures/demo/run.sh $(B)/assay

bench: all $(TOOLS) ## whole-process times beside Node's and npm's, as ratios; PART=read: lockfiles alone, PART=read:yarn, PART=scan, PART=fleet, PART=page
	$(Q)bench/run.sh $(B) $(PART)

# ---- the rest ------------------------------------------------------------------------------
install: all ## install under PREFIX (/usr/local); DESTDIR is honoured
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/assay \
	  $(DESTDIR)$(PREFIX)/share/assay $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(B)/bin/assay $(DESTDIR)$(PREFIX)/bin/assay
	install -m 644 $(B)/libassay.a $(DESTDIR)$(PREFIX)/lib/libassay.a
	install -m 755 $(B)/libassay.so $(DESTDIR)$(PREFIX)/lib/libassay.so.0
	ln -sf libassay.so.0 $(DESTDIR)$(PREFIX)/lib/libassay.so
	install -m 644 $(B)/assay.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/assay.pc
	install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include/assay/
	install -m 644 $(B)/share/assay/starter.db $(DESTDIR)$(PREFIX)/share/assay/starter.db
	install -m 644 $(PRESETS) $(DESTDIR)$(PREFIX)/share/assay/
	install -m 644 $(B)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 $(B)/completion/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/assay
	install -m 644 $(B)/completion/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_assay
	install -m 644 $(B)/completion/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/assay.fish

uninstall: ## remove what `make install` put there
	rm -f $(DESTDIR)$(PREFIX)/bin/assay $(DESTDIR)$(PREFIX)/lib/libassay.a $(DESTDIR)$(PREFIX)/lib/libassay.so \
	  $(DESTDIR)$(PREFIX)/lib/libassay.so.0 $(DESTDIR)$(PREFIX)/lib/pkgconfig/assay.pc \
	  $(DESTDIR)$(PREFIX)/share/man/man1/assay.1 $(DESTDIR)$(PREFIX)/share/man/man1/assay-*.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/assay $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_assay \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/assay.fish
	rm -rf $(DESTDIR)$(PREFIX)/include/assay $(DESTDIR)$(PREFIX)/share/assay

clean: ## remove build/
	rm -rf build

format: ## lay out the sources with clang-format
	clang-format -i $(filter %.c,$(LIB_SOURCES) $(CLI_SOURCES)) $(wildcard src/*/*.h) $(HEADERS) $(wildcard tests/*/*.[ch] tests/*.[ch])

late: ## print the files of the libraries that the program binds when it needs them, which ldd does not know of
	@late=$$($(LATE)) && echo "$$late" | cut -d' ' -f3-

compdb: ## write compile_commands.json
	$(Q)printf '[' > compile_commands.json; sep=; for f in $(filter %.c,$(LIB_SOURCES) $(CLI_SOURCES)); do \
	  printf '%s\n{"directory":".","file":"%s","arguments":["$(CC)"%s,"-c","%s"]}' "$$sep" "$$f" \
	  "$$(for a in -std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc; do printf ',"%s"' "$$a"; done)" "$$f" >> compile_commands.json; \
	  sep=,; done; printf '\n]\n' >> compile_commands.json

help: ## this text
	@echo 'make [V=release|debug|asan|tsan|cov] [CC=gcc|clang] [PREFIX=…] [DESTDIR=…] [VERBOSE=1] TARGET'
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{ printf "  %-10s %s\n", $$1, $$2 }'

-include $(FUZZ_OBJECTS:.o=.d) $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(TESTS:=.d) $(TOOLS:=.d)
