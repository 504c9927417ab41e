libel2sim_a_SOURCES += gic/cpuif.c gic/dist.c gic/gic.c gic/gic.h gic/gic-internal.h gic/its.c \
	gic/redist.c gic/state.c gic/virt.c
libel2sim_a_SOURCES += dev/timer.c dev/timer.h

check_PROGRAMS += tests/unit/test_gic tests/unit/test_gic_virt tests/unit/test_timer
tests_unit_test_gic_SOURCES = tests/unit/test_gic.c tests/unit/gic_fixture.h
tests_unit_test_gic_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_gic_virt_SOURCES = tests/unit/test_gic_virt.c tests/unit/gic_fixture.h
tests_unit_test_gic_virt_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_timer_SOURCES = tests/unit/test_timer.c
tests_unit_test_timer_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_gic tests/unit/test_gic_virt tests/unit/test_timer
