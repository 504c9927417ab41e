libel2sim_a_SOURCES += sysregs/effective.c sysregs/features.c sysregs/features.def sysregs/features.h \
	sysregs/fgt.def sysregs/fields.h sysregs/regfields.def sysregs/sysreg.c sysregs/sysreg.h \
	sysregs/sysregs.def sysregs/traps.def

check_PROGRAMS += tests/unit/test_sysregs
tests_unit_test_sysregs_SOURCES = tests/unit/test_sysregs.c $(SPEC_SOURCES)
tests_unit_test_sysregs_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_sysregs
