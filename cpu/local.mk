libel2sim_a_SOURCES += \
	cpu/codepage.c cpu/codepage.h cpu/context.c cpu/context.h cpu/cpu.c cpu/cpu.h cpu/crypto.c cpu/crypto.h cpu/debug.c \
	cpu/debug.h cpu/decode.c cpu/decode.h cpu/encoding.h cpu/engine.c cpu/engine.h cpu/exception.c cpu/exception.h \
	cpu/formats-advsimd.h cpu/formats-base.h cpu/formats-fp.h cpu/fpu.c cpu/fpu.h cpu/fpu_conv.c cpu/fpu_exec.c \
	cpu/fpu_exec.h cpu/fpu_int.h cpu/fpu_quick.h cpu/insn.h cpu/mem.c cpu/mops.c cpu/mops.h cpu/mte.c cpu/mte.h \
	cpu/amu.c cpu/amu.h cpu/branch.c cpu/branch.h cpu/brbe.c cpu/brbe.h cpu/pauth.c cpu/pauth.h cpu/pmu.c cpu/pmu.h \
	cpu/route.c \
	cpu/sem.h cpu/simd.c cpu/simd.h cpu/syndrome.c cpu/system.c cpu/system.h cpu/system_call.c cpu/system_maint.c \
	cpu/system_special.c cpu/system_wait.c
libel2sim_a_SOURCES += cpu/effects.c cpu/effects.h cpu/observe.c cpu/observe.h
libengine_a_SOURCES += \
	cpu/engine_fast.c cpu/engine_loop.c cpu/engine_traced.c cpu/engine_loop.inc cpu/sem_all.h cpu/sem_atomic.h \
	cpu/sem_branch.h cpu/sem_fp.h cpu/sem_fp_vec.h cpu/sem_int.h cpu/sem_ldst.h cpu/sem_mops.h cpu/sem_mte.h cpu/sem_simd.h \
	cpu/sem_simd_copy.h \
	cpu/sem_simd_crypto.h cpu/sem_simd_ldst.h cpu/sem_simd_shift.h cpu/sem_simd_wide.h cpu/sem_sys.h

# The decoder is generated from the tables. A generated file is replaced only when its text has changed, so that a comment in
# a table rebuilds nothing (decgen leaves its memory to the end of the process); what includes one waits for it, and
# from the second build on depends on it.
DECODE_TABLES = $(srcdir)/cpu/a64-base.decode $(srcdir)/cpu/a64-fp.decode $(srcdir)/cpu/a64-advsimd.decode
noinst_PROGRAMS += cpu/decgen
cpu_decgen_SOURCES = cpu/decgen.c
cpu/decode.stamp: cpu/decgen$(EXEEXT) $(DECODE_TABLES)
	$(AM_V_GEN)ASAN_OPTIONS=detect_leaks=0 cpu/decgen$(EXEEXT) cpu/ops_gen.h.new cpu/decode_gen.c.new $(DECODE_TABLES)
	@for file in cpu/ops_gen.h cpu/decode_gen.c; do \
		if cmp -s $$file.new $$file; then rm -f $$file.new; else mv -f $$file.new $$file; fi; \
	done
	@touch $@
cpu/decode_gen.c: cpu/ops_gen.h
cpu/ops_gen.h cpu/decode_gen.c: cpu/decode.stamp
	@test -e $@ || { rm -f cpu/decode.stamp; $(MAKE) $(AM_MAKEFLAGS) cpu/decode.stamp; }
BUILT_SOURCES += cpu/ops_gen.h cpu/decode_gen.c
CLEANFILES += cpu/ops_gen.h cpu/decode_gen.c cpu/decode.stamp cpu/ops_gen.h.new cpu/decode_gen.c.new
EXTRA_DIST += cpu/a64-base.decode cpu/a64-fp.decode cpu/a64-advsimd.decode cpu/decode.md
