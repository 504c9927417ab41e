libel2sim_a_SOURCES += fuzz/fuzz.h fuzz/generate.h fuzz/program.h
libel2sim_a_SOURCES += fuzz/command.c fuzz/state.c fuzz/state.h fuzz/known.c fuzz/known.h fuzz/known.def
libel2sim_a_SOURCES += fuzz/minimise.c fuzz/minimise.h
libel2sim_a_SOURCES += fuzz/user.c

check_PROGRAMS += tests/unit/test_minimise
TESTS += tests/unit/test_minimise
tests_unit_test_minimise_SOURCES = tests/unit/test_minimise.c
tests_unit_test_minimise_LDADD = libel2sim.a $(TEST_LIBS)
libel2sim_a_SOURCES += fuzz/encode.h fuzz/generate.c fuzz/generate_code.c fuzz/generate_code.h fuzz/generate_internal.h
libel2sim_a_SOURCES += fuzz/generate_memory.c fuzz/generate_registers.c fuzz/generate_state.c fuzz/generate_system.c
libel2sim_a_SOURCES += fuzz/generate_tables.c

check_PROGRAMS += tests/unit/test_generate
TESTS += tests/unit/test_generate
tests_unit_test_generate_SOURCES = tests/unit/test_generate.c
tests_unit_test_generate_LDADD = libel2sim.a $(TEST_LIBS)

# Programs against qemu-system-aarch64.
libel2sim_a_SOURCES += fuzz/monitor.h fuzz/monitor_words.inc \
	fuzz/system_compare.c fuzz/system_compare.h fuzz/system_image.c fuzz/system_image.h fuzz/system_ours.c \
	fuzz/system_pair.c fuzz/system_pair.h fuzz/system_peer.h fuzz/system_qemu.c fuzz/system_registers.c \
	fuzz/system_registers.h
EXTRA_DIST += fuzz/monitor.S fuzz/monitor-words
