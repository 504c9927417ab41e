libel2sim_a_SOURCES += sim/board.c sim/board.h sim/boot.c sim/digest.c sim/digest.h sim/fdt.c sim/fdt.h
libel2sim_a_SOURCES += sim/machine.c sim/machine.h sim/run.c sim/options.c sim/options.h sim/options_dev.c sim/options_help.c
libel2sim_a_SOURCES += sim/options-internal.h sim/psci.c sim/psci.h sim/semihost.c sim/semihost.h sim/spmu.c sim/spmu.h
libel2sim_a_SOURCES += sim/hostclock.c sim/hostclock.h sim/input.c sim/input.h sim/state.c sim/terminal.c sim/terminal.h sim/travel.c sim/travel.h
libel2sim_a_SOURCES += sim/tracing.c sim/tracing.h

check_PROGRAMS += tests/unit/test_options tests/unit/test_psci
tests_unit_test_options_SOURCES = tests/unit/test_options.c
tests_unit_test_options_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_psci_SOURCES = tests/unit/test_psci.c
tests_unit_test_psci_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_options tests/unit/test_psci
TESTS += tests/boot/bad-input.sh
EXTRA_DIST += tests/boot/bad-input.sh
