# `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := release

# A toolchain that is not on PATH is looked for where the archives of swift.org are usually unpacked.
SWIFT := $(or $(shell command -v swift),$(wildcard /opt/swift/usr/bin/swift),swift)
export PATH := $(PATH):/opt/swift/usr/bin

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
LIBDIR = $(PREFIX)/lib
UNITDIR = $(PREFIX)/lib/systemd/system
MANDIR = $(PREFIX)/share/man
ZSHDIR = $(PREFIX)/share/zsh/site-functions
SUITES ?=

# Static: a binary that is copied to a machine without Swift runs there.
RELEASE := -c release --static-swift-stdlib -Xswiftc -use-ld=lld
BIN := .build/release
# Needs libc alone: a package of its own, without Swift's library.
LIBRARY := liblogdclient.so
SOURCES := Package.swift Sources Tests

BUILD_PACKAGES := pkg-config libpcre2-dev libsystemd-dev libtomlplusplus-dev libzstd-dev zlib1g-dev
TEST_PACKAGES := bsdutils dbus e2fsprogs faketime gcc jq lnav man-db netcat-openbsd python3 python3-venv socat \
  strace systemd zstd
# From PyPI, for tests alone, in a place of their own.
PYTHON_PACKAGES := eliot-tree==24.0.0 prometheus-client==0.26.0 varlink==31.0.0
PYTHON_PLACE := .build/python
DEB_PACKAGES := binutils dpkg-dev lintian

.PHONY: help
help: ## This list
	@echo "make [TARGET]; without one: release"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do \
	  printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: release
release: build-packages ## The programs and the C library, optimised, in .build/release
	$(SWIFT) build $(RELEASE)
	$(SWIFT) build -c release --package-path Sources/C --scratch-path .build/c
	strip -o $(BIN)/$(LIBRARY).0 .build/c/release/$(LIBRARY)
	ln -sf $(LIBRARY).0 $(BIN)/$(LIBRARY)

.PHONY: run
run: release ## A daemon, a pool of workers that log, and what became of their records
	$(BIN)/logbench demo

.PHONY: test
test: release test-packages deb-packages ## All suites; SUITES="lint debug" runs some of them
	LOGD_BIN_DIR=$(CURDIR)/$(BIN) Tests/run-suites $(SUITES)

.PHONY: bench
bench: release test-packages ## The standard measurements, in under three minutes
	$(BIN)/logbench standard

KILLS ?= 1000
.PHONY: soak
soak: release ## Kills the daemon KILLS times (1000) under full load, in five ways; minutes to hours
	$(BIN)/logbench crash --kills $(KILLS) --clients
	$(BIN)/logbench crash --kills $(KILLS) --clients --rename
	$(BIN)/logbench crash --kills $(KILLS) --clients --rotate
	if (( EUID == 0 )); then $(BIN)/logbench crash --kills $(KILLS) --clients --enospc; fi
	$(BIN)/logbench crash --kills $$(( ($(KILLS) + 4) / 5 )) --no-supervise --rename

ROUNDS ?= 20
.PHONY: ledger-cost
ledger-cost: release ## Throughput of the daemon and of one without a ledger, by turns; ROUNDS (20)
	$(SWIFT) build $(RELEASE) --product logd --scratch-path .build/without-ledger -Xswiftc -DWITHOUT_LEDGER
	$(BIN)/logbench versus --against .build/without-ledger/release/logd --rounds $(ROUNDS)

.PHONY: hostile
hostile: release ## What clients do that attack the daemon costs the log calls of others; minutes
	$(SWIFT) build --build-tests --scratch-path .build/suites/release -c release -Xswiftc -enable-testing
	LOGD_TESTS_MEASURE=1 LOGD_BIN_DIR=$(CURDIR)/$(BIN) $(SWIFT) test --skip-build --disable-xctest \
	  --scratch-path .build/suites/release -c release --no-parallel \
	  --filter 'What hostile clients cost others' | grep -E ': p99|✘|Test run'

FUZZ_SECONDS ?= 60
FUZZ ?= lines messages records ring varlink config archive
.PHONY: fuzz
fuzz: build-packages ## libFuzzer over all that reads what others wrote; FUZZ_SECONDS (60) each of FUZZ
	LOGD_FUZZ_BUILD=1 $(SWIFT) build --product Fuzz --scratch-path .build/fuzz -Xswiftc -O \
	  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address \
	  -Xswiftc -use-ld=lld
	for subject in $(FUZZ); do \
	  echo "== $$subject"; mkdir -p .build/fuzz/corpus/$$subject; \
	  SWIFT_BACKTRACE=enable=no LOGD_FUZZ=$$subject .build/fuzz/debug/Fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	    -rss_limit_mb=2048 -max_len=65536 -detect_leaks=0 -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=.build/fuzz/$$subject- .build/fuzz/corpus/$$subject Tests/Fuzz/Corpus/$$subject; \
	done

.PHONY: threads
threads: build-packages ## Tests of what threads share, under the thread sanitizer
	Tests/run-suites threads

.PHONY: addresses
addresses: build-packages ## All unit tests under the address sanitizer
	Tests/run-suites addresses

.PHONY: format
format: ## Formats the sources in place
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

.PHONY: lint
lint: ## Says where the sources are not formatted as they should be
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

.PHONY: docs
docs: build-packages test-packages ## The documentation as web pages, in .build/docs
	Tests/make-docs .build/docs

PAGES := .build/pages
.PHONY: pages
pages: $(PAGES)/made ## Manual pages and shell completions, from what the programs say of themselves
$(PAGES)/made: $(wildcard Sources/logctl/*.swift Sources/logctl/*/*.swift Sources/logd/*.swift) \
  Sources/Manual/make-pages | release
	rm -rf $(PAGES)
	SWIFT=$(SWIFT) Sources/Manual/make-pages $(BIN) $(PAGES)
	touch $@

.PHONY: install
install: release pages ## Into DESTDIR/PREFIX; a configuration that is there is kept
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SYSCONFDIR)/logd
	install -d $(DESTDIR)$(PREFIX)/share/doc/logd
	install -s -m 0755 $(BIN)/logd $(BIN)/logctl $(DESTDIR)$(PREFIX)/bin
	install -m 0644 README.md LICENSE config/lnav-format.json $(DESTDIR)$(PREFIX)/share/doc/logd
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 0644 $(BIN)/$(LIBRARY).0 $(DESTDIR)$(LIBDIR)
	ln -sf $(LIBRARY).0 $(DESTDIR)$(LIBDIR)/$(LIBRARY)
	install -m 0644 Sources/C/Sources/CLogd/include/logd.h $(DESTDIR)$(PREFIX)/include
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	  -e "s|@VERSION@|$$($(BIN)/logd --version | grep -o '[0-9.]*$$')|" \
	  Sources/C/logd.pc.in | install -m 0644 /dev/stdin $(DESTDIR)$(LIBDIR)/pkgconfig/logd.pc
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(PREFIX)/lib/sysusers.d $(DESTDIR)$(PREFIX)/lib/tmpfiles.d
	for unit in systemd/*.service systemd/*.socket; do \
	  sed 's|=\(file:\)\?/usr/|=\1$(PREFIX)/|' $$unit \
	    | install -m 0644 /dev/stdin $(DESTDIR)$(UNITDIR)/$${unit#systemd/}; \
	done
	install -m 0644 systemd/logd.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/logd.conf
	install -m 0644 systemd/logd.tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/logd.conf
	for section in 1 8; do \
	  install -d $(DESTDIR)$(MANDIR)/man$$section; \
	  install -m 0644 $(PAGES)/man$$section/* $(DESTDIR)$(MANDIR)/man$$section; \
	done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 0644 $(PAGES)/bash/* $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -d $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 0644 $(PAGES)/zsh/* $(DESTDIR)$(ZSHDIR)
	install -m 0644 $(PAGES)/fish/* $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	test -e $(DESTDIR)$(SYSCONFDIR)/logd/logd.toml \
	  || install -m 0644 config/logd.toml $(DESTDIR)$(SYSCONFDIR)/logd/logd.toml

.PHONY: deb
deb: release deb-packages ## The Debian packages, in .build/deb
	rm -rf .build/deb
	Sources/Debian/build .build/deb
	lintian --fail-on error --allow-root .build/deb/*.deb

.PHONY: build-packages test-packages deb-packages
build-packages:
	@$(call need,$(BUILD_PACKAGES))
test-packages: $(PYTHON_PLACE)/installed
	@$(call need,$(TEST_PACKAGES))
# A machine that does not reach PyPI skips the tests that need them.
$(PYTHON_PLACE)/installed: Makefile
	@$(call need,$(TEST_PACKAGES))
	python3 -m venv $(PYTHON_PLACE)
	$(PYTHON_PLACE)/bin/pip --quiet --disable-pip-version-check install $(PYTHON_PACKAGES) \
	  && touch $@ || echo "not installed from PyPI: $(PYTHON_PACKAGES)" >&2
deb-packages:
	@$(call need,$(DEB_PACKAGES))

# Installs the Debian packages $(1) that are missing; who is not root is told what to install.
define need
  command -v dpkg-query >/dev/null || { echo "no Debian: to be there are $(1)"; exit 0; }; \
  missing=(); \
  for package in $(1); do \
    status=$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null || true); \
    [[ $$status == installed ]] || missing+=($$package); \
  done; \
  (( $${#missing[@]} )) || exit 0; \
  if (( EUID != 0 )); then \
    echo "missing packages: run  apt-get install $${missing[*]}  as root" >&2; exit 1; \
  fi; \
  echo "installing missing packages: $${missing[*]}"; \
  export DEBIAN_FRONTEND=noninteractive; \
  apt-get -q update && apt-get -q install -y --no-install-recommends $${missing[*]}
endef
