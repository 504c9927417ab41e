# Unit tests of cpu/; the other folders' are in their own local.mk.
check_PROGRAMS += \
	tests/unit/test_crypto tests/unit/test_debug tests/unit/test_decode tests/unit/test_exception tests/unit/test_fpu \
	tests/unit/test_insn tests/unit/test_mops tests/unit/test_mte tests/unit/test_nv tests/unit/test_pauth tests/unit/test_pmu tests/unit/test_route tests/unit/test_system
TESTS += \
	tests/unit/test_crypto tests/unit/test_debug tests/unit/test_decode tests/unit/test_exception tests/unit/test_fpu \
	tests/unit/test_insn tests/unit/test_mops tests/unit/test_mte tests/unit/test_nv tests/unit/test_pauth tests/unit/test_pmu tests/unit/test_route tests/unit/test_system
tests_unit_test_crypto_SOURCES = tests/unit/test_crypto.c
tests_unit_test_crypto_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_debug_SOURCES = tests/unit/test_debug.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_debug_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_decode_SOURCES = tests/unit/test_decode.c
tests_unit_test_decode_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_exception_SOURCES = tests/unit/test_exception.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_exception_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_fpu_SOURCES = tests/unit/test_fpu.c
tests_unit_test_fpu_LDADD = libel2sim.a $(TEST_LIBS) -lm
tests_unit_test_insn_SOURCES = tests/unit/test_insn.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_insn_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_mops_SOURCES = tests/unit/test_mops.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_mops_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_mte_SOURCES = tests/unit/test_mte.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_mte_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_nv_SOURCES = tests/unit/test_nv.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_nv_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_pauth_SOURCES = tests/unit/test_pauth.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_pauth_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_pmu_SOURCES = tests/unit/test_pmu.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_pmu_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_route_SOURCES = tests/unit/test_route.c
tests_unit_test_route_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_system_SOURCES = tests/unit/test_system.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_system_LDADD = libel2sim.a $(TEST_LIBS)

# Arm's tables of accesses against the verdicts; the thorough sweep is `make check-spec`.
SPEC_SOURCES = tests/spec/accesses.c tests/spec/accesses.h tests/spec/conditions.c tests/spec/conditions.h \
	tests/spec/fields.c tests/spec/sweep.c tests/spec/sweep.h
check_PROGRAMS += tests/spec/check
tests_spec_check_SOURCES = tests/spec/check.c $(SPEC_SOURCES)
tests_spec_check_LDADD = libel2sim.a $(TEST_LIBS)
EXTRA_DIST += tests/spec/exceptions.tsv

check-spec: tests/spec/check$(EXEEXT)
	srcdir=$(srcdir) tests/spec/check $(srcdir)/tests/spec/exceptions.tsv
.PHONY: check-spec

# Arm's vectors on the real CPU.
check_PROGRAMS += tests/insn/vectors tests/arch/routing tests/arch/translation
tests_insn_vectors_SOURCES = tests/insn/vectors.c tests/insn/target.c tests/insn/target.h \
	tests/arch/fixture.c tests/arch/fixture.h
tests_insn_vectors_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/insn/decode-spec
TESTS += tests/insn/decode-spec
tests_insn_decode_spec_SOURCES = tests/insn/decode-spec.c tests/insn/spec-table.c tests/insn/spec-table.h
tests_insn_decode_spec_CFLAGS = $(AM_CFLAGS) -pthread
tests_insn_decode_spec_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_insn_decode_spec_LDADD = libel2sim.a $(TEST_LIBS)
# All 2^32 words, on all processors.
check-decode: tests/insn/decode-spec$(EXEEXT)
	tests/insn/decode-spec -w $(srcdir)
EXTRA_DIST += tests/insn/decode-supplement.tsv tests/insn/decode-exceptions.tsv tests/insn/decode-names.tsv
tests_arch_routing_SOURCES = tests/arch/routing.c tests/arch/fixture.c tests/arch/fixture.h
tests_arch_routing_LDADD = libel2sim.a $(TEST_LIBS)
tests_arch_translation_SOURCES = tests/arch/translation.c
tests_arch_translation_LDADD = libel2sim.a $(TEST_LIBS)

VECTORS = $(srcdir)/tests/data/vectors
check-vectors: tests/insn/vectors$(EXEEXT) tests/arch/routing$(EXEEXT) tests/arch/translation$(EXEEXT)
	for mode in loop fast cached; do \
		tests/insn/vectors -m $$mode -e $(srcdir)/tests/data/a64-encodings.tsv $(VECTORS)/insn-base.tsv.gz \
			$(VECTORS)/insn-fp.tsv.gz $(VECTORS)/insn-advsimd.tsv.gz || exit 1; \
	done
	tests/arch/translation $(VECTORS)/translation.tsv.gz
	tests/arch/routing $(VECTORS)/routing.tsv.gz

bench: el2sim$(EXEEXT)
	$(srcdir)/tests/bench/run ./el2sim$(EXEEXT) tests/bench-out
.PHONY: bench check-decode check-vectors

EXTRA_DIST += \
	tests/boot/fetch tests/boot/images.list tests/boot/mkinitramfs tests/boot/init-marker tests/boot/init-shell \
	tests/boot/init-kvm tests/boot/init-nested tests/boot/init-nested-guest tests/boot/init-devices tests/boot/boots.list tests/boot/run \
	tests/bench/build tests/bench/run tests/bench/rows tests/bench/bench.h tests/bench/bench.ld tests/bench/start.S \
	tests/bench/tables.c tests/bench/integer.c tests/bench/loops.c tests/bench/system.S tests/bench/stage2.c \
	tests/bench/code.c tests/hyp/build tests/hyp/guest.S tests/hyp/hyp.c tests/hyp/hyp.h tests/hyp/hyp.ld tests/hyp/start.S \
	tests/hyp/vhe-demo.elf tests/kvm/build tests/kvm/nested.S tests/kvm/vmm.c tests/data \
	build-aux/install-deps build-aux/build build-aux/run-checks build-aux/layering
EXTRA_DIST += build-aux/style tests/unit/run.h
TESTS += build-aux/layering

check_PROGRAMS += tests/unit/test_input tests/unit/test_machine tests/unit/test_restore tests/unit/test_travel
TESTS += tests/unit/test_input tests/unit/test_machine tests/unit/test_restore tests/unit/test_travel
tests_unit_test_input_SOURCES = tests/unit/test_input.c
tests_unit_test_input_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_restore_SOURCES = tests/unit/test_restore.c
tests_unit_test_restore_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_travel_SOURCES = tests/unit/test_travel.c
tests_unit_test_travel_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_machine_SOURCES = tests/unit/test_machine.c
tests_unit_test_machine_LDADD = libel2sim.a $(TEST_LIBS)

# Every boot in every engine, with a flushed host TLB, and (CLANG_EL2SIM=path) built by clang: one digest each. Takes a while.
check-digests: el2sim$(EXEEXT)
	$(srcdir)/tests/boot/digests ./el2sim$(EXEEXT) boots-digests $(CLANG_EL2SIM)
.PHONY: check-digests
EXTRA_DIST += tests/boot/digests

EXTRA_DIST += tests/insn/tail-calls.sh
if DISPATCH_TAIL
TESTS += tests/insn/tail-calls.sh
endif

# A run goes on from a snapshot as if it had not stopped. `tests/snapshot/run --boot 6.1-cloud-smp4` does it with Debian's kernel.
TESTS += tests/snapshot/run
EXTRA_DIST += tests/snapshot/run

# Bare-metal programs on the simulator; skipped where no cross compiler is.
TESTS += tests/guest/run
EXTRA_DIST += tests/guest/run tests/guest/guest.ld tests/guest/start.S tests/guest/guest.h tests/guest/guest.c \
	tests/guest/counter.c tests/guest/cntpoff.c tests/guest/smp.c tests/guest/wfit.c

# The same in assembly, one subject each.
TESTS += tests/arch/run
EXTRA_DIST += tests/arch/run tests/arch/arch.inc tests/arch/mte.inc tests/arch/arch.ld tests/arch/README.md $(srcdir)/tests/arch/*.S

# Every system register access on el2sim and on QEMU, each difference explained in docs/qemu-differences.md.
check-qemu: el2sim$(EXEEXT)
	$(srcdir)/tests/matrix/run ./el2sim$(EXEEXT) matrix
.PHONY: check-qemu
EXTRA_DIST += tests/matrix/run tests/matrix/fetch-qemu tests/matrix/tables.awk tests/matrix/compare.awk tests/matrix/matrix.c \
	tests/matrix/monitor.S tests/matrix/states.h docs/qemu-differences.md

# Bugs on purpose, which the comparison with QEMU must find (configure --with-planted-bug).
TESTS += tests/planted/applies
check-planted: el2sim$(EXEEXT)
	$(srcdir)/tests/planted/run . planted
EXTRA_DIST += tests/planted/applies tests/planted/list tests/planted/plant tests/planted/run $(srcdir)/tests/planted/*.patch

# All comparisons with QEMU, at length.
check-diff: el2sim$(EXEEXT)
	$(srcdir)/tests/diff/campaign . campaign
.PHONY: check-planted check-diff
EXTRA_DIST += tests/diff/campaign tests/diff/boot

# Traces: one run, two sinks, one story.
TESTS += tests/traces/run
EXTRA_DIST += tests/traces/run

# `el2sim diff` on small programs.
TESTS += tests/diff/run
EXTRA_DIST += tests/diff/run
