# flashctl: 'make help' lists what there is. Two targets are all a newcomer needs: 'make demo' and 'make test'.

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man/man1
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
# udev reads rules below /usr/lib, /usr/local/lib and /etc; for another PREFIX, say where (UDEVDIR=/etc/udev/rules.d).
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d

SWIFT ?= swift
# Users get one program with the Swift runtime in it and without symbols; libusb stays a library of the system.
RELEASE = -c release --static-swift-stdlib -Xlinker -s
BINARY = .build/release/flashctl
STAGE = .build/share
LINTED = Package.swift Sources Tests $(wildcard FuzzTesting Benchmarks EndToEnd)

.DEFAULT_GOAL := help
.PHONY: help deps build release docs-man completions demo test fuzz smoke e2e bench lint install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

deps: ## install the Debian packages that are missing (asks sudo when not root)
	@./scripts/install-dependencies.sh

build: deps ## build for development
	$(SWIFT) build

release: deps $(BINARY) docs-man completions ## build what users get: program, manual pages, completions

# SwiftPM knows what is up to date.
.PHONY: $(BINARY)
$(BINARY):
	$(SWIFT) build $(RELEASE) --product flashctl

docs-man: $(BINARY) ## make the manual pages
	FLASHCTL=$(BINARY) ./scripts/manual-pages.sh $(STAGE)/man

completions: $(BINARY)
	@mkdir -p $(STAGE)/completions
	$(BINARY) --generate-completion-script bash > $(STAGE)/completions/flashctl.bash
	$(BINARY) --generate-completion-script zsh > $(STAGE)/completions/_flashctl
	$(BINARY) --generate-completion-script fish > $(STAGE)/completions/flashctl.fish

demo: deps $(BINARY) ## flash a simulated Nokia RX-51 and compare its storage with the image
	@FLASHCTL=$(BINARY) ./scripts/demo.sh

# Tests of commands run what users get, which is some fifty times as fast as a debug build there.
test: $(BINARY) ## every test, a bounded run of the fuzzers, a try of the release build, and the proof in a virtual machine
	@./scripts/install-dependencies.sh android-sdk-libsparse-utils gdisk fdisk gzip xz-utils zstd lz4
	FLASHCTL=$(abspath $(BINARY)) $(SWIFT) test --disable-xctest
	@if [ -x FuzzTesting/run.sh ]; then $(MAKE) --no-print-directory fuzz FUZZ_SECONDS=10 CONFIGURATION=debug; fi
	@$(MAKE) --no-print-directory smoke
	@$(MAKE) --no-print-directory e2e

# Seconds a fuzzer; 'make test' gives each less.
FUZZ_SECONDS ?= 20
fuzz: ## the fuzzers, for a bounded time each (FUZZ_SECONDS=20)
	FuzzTesting/run.sh $(FUZZ_SECONDS)

smoke: $(BINARY) ## everyday commands of the release build, on simulated devices
	@FLASHCTL=$(BINARY) scripts/smoke-test.sh

e2e: $(BINARY) ## flashctl and its library in a virtual machine, through a real kernel (Debian on amd64; about six minutes)
	@./scripts/install-dependencies.sh qemu-system-x86 cpio kmod udev usbip usbutils gdisk fdisk qdl
	@SWIFT="$(SWIFT)" FLASHCTL=$(BINARY) scripts/e2e/run-flashctl.sh
	@SWIFT="$(SWIFT)" scripts/e2e/run-usbproof.sh

bench: deps $(BINARY) ## measure start-up, throughput, processor time and memory
	@./scripts/install-dependencies.sh python3
	@FLASHCTL=$(BINARY) Benchmarks/run.sh

lint: ## check the layout of the sources
	$(SWIFT) format lint --strict -r $(LINTED)

install: ## install what 'make release' built (PREFIX=/usr/local, DESTDIR=, UDEVDIR=)
	@test -x $(BINARY) -a -d $(STAGE)/man -a -d $(STAGE)/completions || $(MAKE) --no-print-directory release
	install -D -m 755 $(BINARY) $(DESTDIR)$(BINDIR)/flashctl
	install -D -m 644 udev/70-flashctl.rules $(DESTDIR)$(UDEVDIR)/70-flashctl.rules
	install -d $(DESTDIR)$(MANDIR)
	install -m 644 $(STAGE)/man/*.1 $(DESTDIR)$(MANDIR)
	install -D -m 644 $(STAGE)/completions/flashctl.bash $(DESTDIR)$(BASHDIR)/flashctl
	install -D -m 644 $(STAGE)/completions/_flashctl $(DESTDIR)$(ZSHDIR)/_flashctl
	install -D -m 644 $(STAGE)/completions/flashctl.fish $(DESTDIR)$(FISHDIR)/flashctl.fish
	@if [ -z "$(DESTDIR)" ] && [ -e /run/udev/control ]; then udevadm control --reload && udevadm trigger --subsystem-match=usb; fi

uninstall: ## remove what 'make install' installed
	rm -f $(DESTDIR)$(BINDIR)/flashctl $(DESTDIR)$(UDEVDIR)/70-flashctl.rules
	rm -f $(DESTDIR)$(MANDIR)/flashctl.1 $(DESTDIR)$(MANDIR)/flashctl-*.1
	rm -f $(DESTDIR)$(BASHDIR)/flashctl $(DESTDIR)$(ZSHDIR)/_flashctl $(DESTDIR)$(FISHDIR)/flashctl.fish

clean: ## remove everything that was built
	$(SWIFT) package clean
	rm -rf $(STAGE) FuzzTesting/.build Benchmarks/.build EndToEnd/.build
