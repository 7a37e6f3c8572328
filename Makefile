# dryproof - prove that a dry run was dry.
#
#   make demo       install what is missing, build, run the C1 carrier end to end
#   make check      install what is missing, build, run all tests (minutes; knobs JOBS, TIMES=1)
#   make pg-matrix  the C1 run and the witness table on other versions of PostgreSQL (npm)
#   make bench      measure against the floor and the rivals (bench/README.md); BENCH=growth: cost against
#                   size; BENCH=profile: where time goes
#   make trials     are the dry modes of real migration tools dry? (Debian's packages and npm)
#   make pages      the review packet before a browser, axe-core and other parsers (Debian's
#                   packages and npm; a minute); knob SHOTS=DIR keeps pictures
#   make interop    other people's tools accept a golden package, and refuse its damaged twins (Debian's
#                   packages and npm; a minute); knob RECORD=1 writes tests/interop/README.md
#   make clients    the official MCP client and CTRF's validator on what we answer (npm)
#   make            build the four programs into build/bin
#   make witness    every write of tests/witness/actions.tsv by three roles, bracketed (minutes)
#   make noise      brackets beside other people's writes, as statistics (minutes; FULL=1: tens of
#                   them); knobs IDLE, NOISY, WRITERS, NAMELESS: numbers of brackets
#   make tamper     every small edit of a small package: none accepted (minutes; tests/tamper/run.sh
#                   tells SAMPLE, UNSIGNED, JOBS)
#   make vectors    write tests/vectors anew from its golden package and cases.tsv
#   make differ     random mutants by both verifiers; knobs SEED, N, SHARD=i/n, JOBS, ONLY, KEEP (tests/second)
#   make faults     a package published while the system fails, kills, stops and races: there or not,
#                   never torn (minutes); knobs SEED, POINTS=150 or all, ERRORS=100, ROUNDS=20,
#                   OPS=1024 (of crowd), SHARD=i/n,
#                   PARTS='kill error signal short gone full cache race crowd remotes'
#   make fuzz       libFuzzer on every target of tests/fuzz, from their seeds (clang; under ten
#                   minutes); knobs SEED=1, SHARD=1/1, FUZZ_SECONDS=30 per target, TARGETS=,
#                   ENGINE=afl (AFL++)
#   make mutants    is every change of the verifier's source noticed by a test? (tests/mutants/)
#                   knobs N=all or a number, SEED, SHARD=1/2, FILES, RECORD
#   make coverage   the verifier's lines and branches by unit programs and recorded cases
#   make install    programs, pages, completion, carriers, schemas below PREFIX; make uninstall
#   make clean      remove build/
#
# Long suites take SEED where they draw, and SHARD=i/n, the i-th of n parts; tests/RESULTS.md has all.
#
# Knobs:
#   CC, CFLAGS, LDFLAGS   as usual; CFLAGS replaces optimisation and hardening only
#   WERROR=               build with warnings that are not errors (for packagers)
#   DRYPROOF_PG_BIN=DIR   the server programs of private clusters (default: the newest installed)
#   PREFIX=/usr/local     where make install puts things; DESTDIR= goes before it, BINDIR, MANDIR,
#                         DATADIR, COMPLETIONSDIR instead of what follows from it
#   NO_INSTALL=1          never call apt-get; missing packages are an error

CC       ?= gcc
CFLAGS   ?= -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LDFLAGS  ?= -pie -Wl,-z,relro,-z,now
WERROR   ?= -Werror
VERSION  := 0.1.0
# how many compilers at a time where a command builds and then does something else
PARALLEL := -j$(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
B        := build

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wno-overlength-strings $(WERROR)
LANGUAGE := -std=c17 -D_POSIX_C_SOURCE=200809L -DDRYPROOF_VERSION='"$(VERSION)"' -I. -I$(B) -I$(B)/gen
SANITIZE := -DSANITIZED -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# ---- the architecture: what each program is made of and links ----
BASE      := $(wildcard base/*.c)
COLLECT   := $(wildcard collector/*.c)
PACK      := $(wildcard packager/*.c)
DRIVER    := $(wildcard driver/*.c)
VERIFY    := $(wildcard verifier/*.c)

LIBS_base      = -ljansson -lcrypto
LIBS_collector = -lpq -lcurl -lutf8proc -pthread
LIBS_packager  = -larchive -lgit2 -lcurl -lz -pthread
LIBS_driver    =
LIBS_verifier  = -lcrypto -lutf8proc -lgit2 -lz -pthread

PROGRAMS := $(B)/bin/dryproof $(B)/bin/dryproof-collect $(B)/bin/dryproof-pack $(B)/bin/dryproof-verify

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
san = $(patsubst %.c,$(B)/san/%.o,$(1))
cov = $(patsubst %.c,$(B)/cov/%.o,$(1))

.DELETE_ON_ERROR:
.PHONY: all install uninstall faults fuzz fuzz-targets demo pg-matrix bench trials witness noise mutants coverage tamper differ vectors check packages clean pages clients interop
.SECONDARY:

all: $(PROGRAMS)

$(B)/bin/dryproof: $(call obj,$(DRIVER) $(BASE))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_driver) $(LIBS_base) -o $@
$(B)/bin/dryproof-collect: $(call obj,$(COLLECT) $(BASE))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_collector) $(LIBS_base) -o $@
$(B)/bin/dryproof-pack: $(call obj,$(PACK) $(BASE))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_packager) $(LIBS_base) -o $@
$(B)/bin/dryproof-verify: $(call obj,$(VERIFY))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_verifier) -o $@

# libpq-fe.h is not in the default include path on Debian
$(B)/obj/collector/% $(B)/san/collector/%: LANGUAGE += -I$(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)

# ---- files compiled in: SQL, templates, findings, limits ----
SQL_H := $(patsubst collector/sql/%.sql,$(B)/gen/sql_%.h,$(wildcard collector/sql/*.sql))
TPL_H := $(foreach t,$(notdir $(wildcard templates/*)),$(B)/gen/tpl_$(subst -,_,$(subst .,_,$(t))).h)
SCHEMAS := $(notdir $(wildcard schemas/*.json schemas/*.md schemas/*.tsv))
SCHEMA_H := $(foreach s,$(SCHEMAS),$(B)/gen/schema_$(subst -,_,$(subst .,_,$(basename $(s)))).h)
CARRIER := $(sort $(shell find carriers/ledger -type f))
INC   := $(B)/gen/findings.inc $(B)/gen/words.inc $(B)/gen/limits.inc $(B)/gen/wal.inc $(B)/gen/published.inc

# as_c_string FILE NAME: the file's bytes as a C string
quoted = sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/^/    "/' -e 's/$$/\\n"/'
as_c_string = @mkdir -p $(B)/gen && { printf 'static const char %s[] =\n' '$(2)'; $(quoted) '$(1)'; echo '    "";'; } > $@

$(B)/gen/sql_%.h: collector/sql/%.sql
	$(call as_c_string,$<,sql_$*)
define template_rule
$(B)/gen/tpl_$(subst -,_,$(subst .,_,$(1))).h: templates/$(1)
	$$(call as_c_string,$$<,tpl_$(subst -,_,$(subst .,_,$(1))))
endef
# schemas/mcp-tools.json is schema_mcp_tools
define schema_rule
$(B)/gen/schema_$(subst -,_,$(subst .,_,$(basename $(1)))).h: schemas/$(1)
	$$(call as_c_string,$$<,schema_$(subst -,_,$(subst .,_,$(basename $(1)))))
endef
$(foreach s,$(SCHEMAS),$(eval $(call schema_rule,$(s))))
$(foreach t,$(notdir $(wildcard templates/*)),$(eval $(call template_rule,$(t))))

# {path, text} of each file, for dryproof init
$(B)/gen/carrier_ledger.inc: $(CARRIER)
	@mkdir -p $(@D)
	for f in $^; do printf '{"%s",\n' "$${f#carriers/ledger/}"; $(quoted) "$$f"; echo '    ""},'; done > $@

$(B)/gen/findings.inc: schemas/findings.tsv
	@mkdir -p $(@D)
	awk -F '\t' 'NR > 1 { for (i = 1; i <= NF; i++) gsub(/["\\]/, "\\\\&", $$i); \
	    printf "FINDING(%s, %s, \"%s\", \"%s\", \"%s\")\n", $$1, $$2, $$4, $$5, $$6 }' $< > $@
$(B)/gen/words.inc: schemas/words.tsv
	@mkdir -p $(@D)
	awk -F '\t' 'NR > 1 { for (i = 1; i <= NF; i++) gsub(/["\\]/, "\\\\&", $$i); \
	    printf "WORD(\"%s\", \"%s\", \"%s\", \"%s\")\n", $$1, $$2, $$3, $$4 }' $< > $@
$(B)/gen/limits.inc: schemas/limits.tsv
	@mkdir -p $(@D)
	awk -F '\t' 'NR > 1 { printf "LIMIT(%s, %s)\n", $$1, $$2 }' $< > $@

$(B)/gen/published.inc: schemas/published-keys.tsv
	@mkdir -p $(@D)
	awk -F '\t' 'NR > 1 { printf "PUBLISHED(\"%s\", \"%s\")\n", $$1, $$2 }' $< > $@
$(B)/gen/wal.inc: schemas/wal.tsv
	@mkdir -p $(@D)
	awk -F '\t' 'NR > 1 { printf "WAL(\"%s\", \"%s\", WAL_%s)\n", $$1, $$2, toupper($$3) }' $< > $@

$(call obj,$(COLLECT)) $(call san,$(COLLECT)): | $(SQL_H) $(B)/gen/limits.inc $(B)/gen/findings.inc
$(call obj,$(PACK)) $(call san,$(PACK)): | $(TPL_H) $(B)/gen/limits.inc $(B)/gen/findings.inc
$(call obj,$(DRIVER)) $(call san,$(DRIVER)): | $(SCHEMA_H) $(B)/gen/carrier_ledger.inc
$(call obj,$(VERIFY)) $(call san,$(VERIFY)) $(call cov,$(VERIFY)): | $(INC)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(WARNINGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(WARNINGS) $(SANITIZE) -MMD -MP -c $< -o $@
$(B)/cov/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(WARNINGS) -O0 -g --coverage -fprofile-update=atomic -MMD -MP -c $< -o $@

-include $(wildcard $(B)/obj/*/*.d $(B)/san/*/*.d $(B)/san/tests/unit/*.d $(B)/*/tests/tamper/*.d $(B)/*/tests/second/*.d $(B)/san/tests/fuzz/*.d $(B)/cov/*/*.d $(B)/cov/tests/unit/*.d)

# ---- unit tests: tests/unit/MODULE_*.c, linked with that module, sanitised ----
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

$(call san,$(wildcard tests/unit/collector_*.c)): | $(SQL_H) $(B)/gen/limits.inc
$(call san,$(wildcard tests/unit/packager_*.c)): | $(TPL_H) $(B)/gen/limits.inc $(B)/gen/findings.inc
$(call san,$(wildcard tests/unit/verifier_*.c)): | $(INC)

without_main = $(filter-out %/main.o,$(call san,$(1)))
$(B)/unit/base_%: $(B)/san/tests/unit/base_%.o $(call san,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_base) -lcmocka -o $@
$(B)/unit/collector_%: $(B)/san/tests/unit/collector_%.o $(call without_main,$(COLLECT)) $(call san,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_collector) $(LIBS_base) -lcmocka -o $@
$(B)/unit/packager_%: $(B)/san/tests/unit/packager_%.o $(call without_main,$(PACK)) $(call san,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_packager) $(LIBS_base) -lcmocka -o $@
$(B)/unit/verifier_%: $(B)/san/tests/unit/verifier_%.o $(call without_main,$(VERIFY))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_verifier) -lcmocka -o $@
$(B)/unit/driver_%: $(B)/san/tests/unit/driver_%.o $(call without_main,$(DRIVER)) $(call san,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_driver) $(LIBS_base) -lcmocka -o $@

# ---- exhaustive tampering: the verifier's objects in one process, two pure functions remembered ----
TAMPER = -Wl,--wrap=vfy_crypto_verify,--wrap=vfy_crypto_sha256
$(B)/bin/tamper: $(B)/obj/tests/tamper/tamper.o $(filter-out %/main.o,$(call obj,$(VERIFY)))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(TAMPER) $^ $(LIBS_verifier) -o $@
$(B)/bin-san/tamper: $(B)/san/tests/tamper/tamper.o $(call without_main,$(VERIFY))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(TAMPER) $^ $(LIBS_verifier) -o $@
$(call obj,tests/tamper/tamper.c) $(call san,tests/tamper/tamper.c): | $(INC)

# ---- many verdicts in one process, for `make differ`: the verifier's objects as they are ----
$(B)/bin/judge: $(B)/obj/tests/second/judge.o $(filter-out %/main.o,$(call obj,$(VERIFY)))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_verifier) -o $@
$(B)/bin-san/judge: $(B)/san/tests/second/judge.o $(call without_main,$(VERIFY))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_verifier) -o $@
$(call obj,tests/second/judge.c) $(call san,tests/second/judge.c): | $(INC)

# ---- fuzz targets: tests/fuzz/NAME.c, a program that runs files; with FUZZ_ENGINE a fuzzer ----
FUZZ_SHARED := bag fuzz insider main other
FUZZ        := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(filter-out $(FUZZ_SHARED:%=tests/fuzz/%.c),$(wildcard tests/fuzz/*.c)))
FUZZ_ENGINE ?= $(B)/san/tests/fuzz/main.o

$(call san,$(wildcard tests/fuzz/*.c)): | $(INC) $(TPL_H)
$(B)/fuzz/page: $(B)/san/tests/fuzz/page.o $(B)/san/tests/fuzz/fuzz.o $(call without_main,$(PACK)) $(call san,$(BASE)) | $(B)/san/tests/fuzz/main.o
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(FUZZ_ENGINE) $(LIBS_packager) $(LIBS_base) -o $@
$(B)/fuzz/unpack: $(patsubst %,$(B)/san/tests/fuzz/%.o,unpack fuzz bag) $(call without_main,$(PACK) $(VERIFY)) $(call san,$(BASE)) | $(B)/san/tests/fuzz/main.o
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(FUZZ_ENGINE) $(LIBS_packager) $(LIBS_verifier) $(LIBS_base) -o $@
$(B)/fuzz/mcp: $(B)/san/tests/fuzz/mcp.o $(B)/san/tests/fuzz/fuzz.o $(call without_main,$(DRIVER)) $(call san,$(BASE)) | $(B)/san/tests/fuzz/main.o
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(FUZZ_ENGINE) $(LIBS_driver) $(LIBS_base) -o $@
$(B)/fuzz/%: $(B)/san/tests/fuzz/%.o $(patsubst %,$(B)/san/tests/fuzz/%.o,fuzz bag insider other) $(call without_main,$(VERIFY)) $(call san,$(BASE)) | $(B)/san/tests/fuzz/main.o
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(FUZZ_ENGINE) $(LIBS_verifier) $(LIBS_base) -o $@

# ---- libraries for LD_PRELOAD: a system that fails, a system that forbids; a crowd of packagers ----
TOOLS := $(B)/tools/faults.so $(B)/tools/confine.so $(B)/tools/crowd
$(B)/tools/%.so: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(WARNINGS) -O1 -g -fPIC -shared $< -ldl -o $@

$(B)/tools/crowd: tests/faults/crowd.c
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(WARNINGS) -O1 -g $< -o $@

# ---- measurements: what `make bench` times of ours, without a carrier; and what it times with ----
BENCHED := $(B)/bench/snapshot $(B)/bench/cost
$(B)/bench/snapshot: $(B)/obj/bench/snapshot.o $(filter-out %/main.o,$(call obj,$(COLLECT))) $(call obj,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_collector) $(LIBS_base) -o $@
$(B)/bench/cost: $(B)/obj/bench/cost.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ -o $@

# ---- a reference executor for sandboxes: the collector's way with a statement, behind HTTP ----
$(B)/bin/executor: $(B)/obj/tests/executor/executor.o $(filter-out %/main.o,$(call obj,$(COLLECT))) $(call obj,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LIBS_collector) $(LIBS_base) -o $@
$(B)/bin-san/executor: $(B)/san/tests/executor/executor.o $(call without_main,$(COLLECT)) $(call san,$(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_collector) $(LIBS_base) -o $@

# three programs again, sanitised: for the mutation tests, for hostile servers and hostile clients
$(B)/bin-san/dryproof: $(call san,$(DRIVER) $(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_driver) $(LIBS_base) -o $@
$(B)/bin-san/dryproof-collect: $(call san,$(COLLECT) $(BASE))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_collector) $(LIBS_base) -o $@
$(B)/bin-san/dryproof-verify: $(call san,$(VERIFY))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS_verifier) -o $@

# the verifier and its unit programs again, counting
# what the recorded scripts run beside the programs
RECORDED := $(addprefix $(B)/bin-san/,dryproof-verify dryproof-collect executor)
COVERED := $(patsubst tests/unit/%.c,$(B)/unit-cov/%,$(wildcard tests/unit/verifier_*.c)) $(B)/bin-cov/dryproof-verify
$(call cov,$(wildcard tests/unit/verifier_*.c)): | $(INC)
$(B)/bin-cov/dryproof-verify: $(call cov,$(VERIFY)) $(B)/obj/tests/mutants/flush.o
	@mkdir -p $(@D)
	$(CC) --coverage -Wl,--wrap=_Exit $^ $(LIBS_verifier) -o $@
$(B)/unit-cov/verifier_%: $(B)/cov/tests/unit/verifier_%.o $(filter-out %/main.o,$(call cov,$(VERIFY))) $(B)/obj/tests/mutants/flush.o
	@mkdir -p $(@D)
	$(CC) --coverage -Wl,--wrap=_Exit $^ $(LIBS_verifier) -lcmocka -o $@

# ---- the two commands ----
packages:
	@NO_INSTALL='$(NO_INSTALL)' sh driver/packages.sh

demo: packages
	@$(MAKE) -s $(PARALLEL) all
	@sh driver/demo.sh

bench: packages
	@$(MAKE) -s $(PARALLEL) all $(BENCHED)
	@sh bench/run.sh $(BENCH)

check: packages
	@$(MAKE) -s $(PARALLEL) all $(UNIT) $(FUZZ) $(TOOLS) $(B)/bin-san/dryproof $(B)/bin-san/dryproof-verify $(B)/bin-san/dryproof-collect \
		$(B)/bin/tamper $(B)/bin-san/tamper $(B)/bin/judge $(B)/bin-san/judge $(B)/bin-san/executor $(BENCHED)
	@sh tests/run.sh

# Programs find one another beside themselves and have the templates in them, so that any folder
# does; carriers and schemas are for people. The folders that were not there are remembered in
# dryproof/made, and go again when nobody else put something into them.
PREFIX         ?= /usr/local
BINDIR         ?= $(PREFIX)/bin
DATADIR        ?= $(PREFIX)/share
MANDIR         ?= $(DATADIR)/man
COMPLETIONSDIR ?= $(DATADIR)/bash-completion/completions
OURS           := $(DATADIR)/dryproof
COMMANDS       := $(notdir $(PROGRAMS))
INSTALLED       = $(COMMANDS:%=$(BINDIR)/%) $(COMMANDS:%=$(COMPLETIONSDIR)/%) \
    $(patsubst man/%,$(MANDIR)/man1/%,$(wildcard man/*.1)) $(patsubst man/%,$(MANDIR)/man5/%,$(wildcard man/*.5))

install: all
	@umask 022; made=$$(LC_ALL=C mkdir -pv $(foreach d,$(BINDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(COMPLETIONSDIR) $(OURS),'$(DESTDIR)$(d)') | \
	    sed -n "s|^mkdir: created directory '$(DESTDIR)\(.*\)'$$|\1|p") && echo "$$made" >>'$(DESTDIR)$(OURS)/made'
	install -m 755 $(PROGRAMS) '$(DESTDIR)$(BINDIR)'
	install -m 644 $(wildcard man/*.1) '$(DESTDIR)$(MANDIR)/man1'
	install -m 644 $(wildcard man/*.5) '$(DESTDIR)$(MANDIR)/man5'
	install -m 644 completions/dryproof.bash '$(DESTDIR)$(COMPLETIONSDIR)/dryproof'
	@for c in $(filter-out dryproof,$(COMMANDS)); do ln -sf dryproof '$(DESTDIR)$(COMPLETIONSDIR)'/$$c; done
	@find carriers schemas -type f | while read -r f; do install -D -m 644 "$$f" '$(DESTDIR)$(OURS)'/"$$f"; done

uninstall:
	rm -f $(foreach f,$(INSTALLED),'$(DESTDIR)$(f)')
	@made=$$(sort -r '$(DESTDIR)$(OURS)/made' 2>/dev/null); rm -rf '$(DESTDIR)$(OURS)'; \
	    echo "$$made" | while read -r d; do rmdir '$(DESTDIR)'"$$d" 2>/dev/null || :; done

pg-matrix: packages
	@$(MAKE) -s $(PARALLEL) all
	@sh tests/pg-matrix.sh

witness: packages
	@$(MAKE) -s $(PARALLEL) all
	@sh tests/witness/run.sh

noise: packages
	@$(MAKE) -s $(PARALLEL) all
	@sh tests/witness/noise.sh

tamper: packages
	@$(MAKE) -s $(PARALLEL) $(B)/bin/tamper
	@sh tests/tamper/run.sh

vectors: $(B)/bin/dryproof-pack
	@python3 tests/tools/mkvectors.py $(B)/bin

differ: packages
	@$(MAKE) -s $(PARALLEL) all $(B)/bin/judge
	@SEED='$(SEED)' N='$(N)' SHARD='$(SHARD)' ONLY='$(ONLY)' KEEP='$(KEEP)' JOBS='$(JOBS)' sh tests/second/differ.sh

faults: packages
	@$(MAKE) -s $(PARALLEL) all $(TOOLS)
	@SEED='$(SEED)' POINTS='$(POINTS)' ERRORS='$(ERRORS)' ROUNDS='$(ROUNDS)' OPS='$(OPS)' SHARD='$(SHARD)' sh tests/faults/run.sh $(PARTS)

# the targets again, by the engine's compiler; they go into build/libfuzzer or build/afl
ENGINE ?= libfuzzer
FUZZ_CC = $(if $(filter afl,$(ENGINE)),afl-clang-fast,clang)
fuzz-targets: $(FUZZ)
fuzz: packages
	@sh tests/fuzz/run.sh compiler $(FUZZ_CC)
	@$(MAKE) -s $(PARALLEL) fuzz-targets B=$(B)/$(ENGINE) CC=$(FUZZ_CC) WERROR= FUZZ_ENGINE=-fsanitize=fuzzer \
	    SANITIZE='$(SANITIZE) -fsanitize=fuzzer-no-link'
	@$(MAKE) -s $(PARALLEL) $(B)/fuzz/ustar
	@SEED='$(SEED)' SHARD='$(SHARD)' FUZZ_SECONDS='$(FUZZ_SECONDS)' TARGETS='$(TARGETS)' sh tests/fuzz/run.sh $(ENGINE) $(B)/$(ENGINE)

mutants: packages
	@$(MAKE) -s all $(B)/gen/findings.inc $(RECORDED) $(TOOLS)
	@sh tests/mutants/run.sh $(FILES)

coverage: packages
	@$(MAKE) -s all $(COVERED) $(TOOLS) $(RECORDED)
	@RECORD_ONLY=1 sh tests/mutants/run.sh
	@python3 -B tests/mutants/coverage.py $(COVERED)

clients: packages
	@$(MAKE) -s $(PARALLEL) all
	@NO_INSTALL='$(NO_INSTALL)' sh tests/clients/run.sh

interop: packages
	@$(MAKE) -s $(PARALLEL) all
	@NO_INSTALL='$(NO_INSTALL)' RECORD='$(RECORD)' sh tests/interop/run.sh

trials: packages
	@$(MAKE) -s $(PARALLEL) all
	@NO_INSTALL='$(NO_INSTALL)' sh tests/trials/run.sh

pages: packages
	@$(MAKE) -s $(PARALLEL) all
	@NO_INSTALL='$(NO_INSTALL)' SHOTS='$(SHOTS)' sh tests/pages/run.sh

clean:
	rm -rf $(B)
