# The libFuzzer targets: --enable-fuzzing CC=clang. tests/fuzz/run runs them.
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer -Wl,--wrap=user_error -Wl,--wrap=warn
EXTRA_DIST += tests/fuzz/run tests/fuzz/qemulog.seed

# el2sim fuzz: the known differences, what was found so far, a few random blocks.
TESTS += tests/fuzz/known tests/fuzz/runner tests/fuzz/regressions/run tests/fuzz/user tests/fuzz/monitor tests/fuzz/system
# Not the folder: where something was tested, it holds logs.
EXTRA_DIST += tests/fuzz/known tests/fuzz/monitor tests/fuzz/runner tests/fuzz/system tests/fuzz/user tests/fuzz/regressions/run \
	$(srcdir)/tests/fuzz/regressions/*.S
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_elf tests/fuzz/fuzz_image tests/fuzz/fuzz_dtb tests/fuzz/fuzz_decode \
	tests/fuzz/fuzz_virtio tests/fuzz/fuzz_gic tests/fuzz/fuzz_cpu tests/fuzz/fuzz_snapshot tests/fuzz/fuzz_qemulog tests/fuzz/fuzz_gdbclient
noinst_PROGRAMS += tests/fuzz/fuzz_trace tests/fuzz/fuzz_gdbstub tests/fuzz/fuzz_restore
endif
tests_fuzz_fuzz_elf_SOURCES = tests/fuzz/fuzz_elf.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_elf_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_elf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz_image.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_image_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dtb_SOURCES = tests/fuzz/fuzz_dtb.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_dtb_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_dtb_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_decode_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_decode_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_virtio_SOURCES = tests/fuzz/fuzz_virtio.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_virtio_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_virtio_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_gic_SOURCES = tests/fuzz/fuzz_gic.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_gic_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_gic_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_cpu_SOURCES = tests/fuzz/fuzz_cpu.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_cpu_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_cpu_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_snapshot_SOURCES = tests/fuzz/fuzz_snapshot.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_snapshot_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_snapshot_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_restore_SOURCES = tests/fuzz/fuzz_restore.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_restore_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_restore_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_qemulog_SOURCES = tests/fuzz/fuzz_qemulog.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_qemulog_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_qemulog_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_gdbclient_SOURCES = tests/fuzz/fuzz_gdbclient.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_gdbclient_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_gdbclient_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_trace_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_trace_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_gdbstub_SOURCES = tests/fuzz/fuzz_gdbstub.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_gdbstub_LDADD = libel2sim.a $(SIM_LIBS)
tests_fuzz_fuzz_gdbstub_LDFLAGS = $(FUZZ_LINK)
