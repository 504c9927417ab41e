libel2sim_a_SOURCES += fuzz/fuzz.h fuzz/generate.h fuzz/program.h
libel2sim_a_SOURCES += fuzz/command.c fuzz/state.c fuzz/state.h fuzz/known.c fuzz/known.h fuzz/known.def
libel2sim_a_SOURCES += fuzz/minimise.c fuzz/minimise.h
libel2sim_a_SOURCES += fuzz/listing.c fuzz/listing.h fuzz/user.c fuzz/user.h fuzz/user_block.c fuzz/user_classes.c fuzz/user_classes.h fuzz/user_expect.c
libel2sim_a_SOURCES += fuzz/user_compare.c fuzz/user_features.c fuzz/user_features.h fuzz/known_user.c fuzz/user_layout.h
libel2sim_a_SOURCES += fuzz/user_operands.c fuzz/user_peer.c fuzz/user_report.c fuzz/user_runner.inc fuzz/user_sim.c fuzz/user_triage.c fuzz/user_values.c
EXTRA_DIST += fuzz/user_runner.S fuzz/user_runner.sh

check_PROGRAMS += tests/unit/test_minimise
TESTS += tests/unit/test_minimise
tests_unit_test_minimise_SOURCES = tests/unit/test_minimise.c
tests_unit_test_minimise_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_known_user
TESTS += tests/unit/test_known_user
tests_unit_test_known_user_SOURCES = tests/unit/test_known_user.c
tests_unit_test_known_user_LDADD = libel2sim.a $(TEST_LIBS)
libel2sim_a_SOURCES += fuzz/encode.h fuzz/generate.c fuzz/generate_code.c fuzz/generate_code.h fuzz/generate_internal.h
libel2sim_a_SOURCES += fuzz/generate_memory.c fuzz/generate_registers.c fuzz/generate_state.c fuzz/generate_system.c
libel2sim_a_SOURCES += fuzz/generate_tables.c

check_PROGRAMS += tests/unit/test_generate
TESTS += tests/unit/test_generate
tests_unit_test_generate_SOURCES = tests/unit/test_generate.c
tests_unit_test_generate_LDADD = libel2sim.a $(TEST_LIBS)

# Programs against qemu-system-aarch64.
libel2sim_a_SOURCES += fuzz/monitor.h fuzz/monitor_words.inc \
	fuzz/known_case.c fuzz/known_case.h fuzz/known_system.c fuzz/known_system.h fuzz/known_system_abort.c \
	fuzz/known_system_syndrome.c fuzz/known_system_trap.c fuzz/known_system_value.c fuzz/program.c fuzz/system.c \
	fuzz/system_compare.c fuzz/system_compare.h fuzz/system_finding.c fuzz/system_finding.h fuzz/system_image.c \
	fuzz/system_image.h fuzz/system_inquiry.c fuzz/system_inquiry.h fuzz/system_minimise.c fuzz/system_minimise.h \
	fuzz/system_ours.c fuzz/system_walk.c fuzz/system_walk.h \
	fuzz/system_pair.c fuzz/system_pair.h fuzz/system_peer.h fuzz/system_qemu.c fuzz/system_registers.c \
	fuzz/system_registers.h fuzz/system_story.c fuzz/system_story.h fuzz/system_write.c fuzz/system_write.h
EXTRA_DIST += fuzz/monitor.S fuzz/monitor-words
check_PROGRAMS += tests/unit/test_fuzz_system
TESTS += tests/unit/test_fuzz_system
tests_unit_test_fuzz_system_SOURCES = tests/unit/test_fuzz_system.c
tests_unit_test_fuzz_system_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_fuzz_inquiry
TESTS += tests/unit/test_fuzz_inquiry
tests_unit_test_fuzz_inquiry_SOURCES = tests/unit/test_fuzz_inquiry.c
tests_unit_test_fuzz_inquiry_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_known_system
TESTS += tests/unit/test_known_system
tests_unit_test_known_system_SOURCES = tests/unit/test_known_system.c
tests_unit_test_known_system_LDADD = libel2sim.a $(TEST_LIBS)
