libel2sim_a_SOURCES += explain/explain.h explain/internal.h explain/explain.c explain/state.c explain/write.c
libel2sim_a_SOURCES += explain/manual.c explain/fields.c explain/fields.h explain/fields.def explain/access.c explain/access.h
libel2sim_a_SOURCES += explain/meaning.c explain/registers.c explain/exception.c explain/tlbi.c explain/map.c
libel2sim_a_SOURCES += explain/descriptor.c explain/descriptor.h explain/disasm.c explain/disasm.h explain/translate.c explain/memory.c explain/memory.h

TESTS += tests/explain/run tests/explain/tables tests/explain/translate
EXTRA_DIST += tests/explain/run tests/explain/tables tests/explain/access.cases tests/explain/registers.cases tests/explain/exception.cases \
	tests/explain/tlbi.cases tests/explain/map.cases tests/explain/translate

check_PROGRAMS += tests/explain/random
TESTS += tests/explain/random
tests_explain_random_SOURCES = tests/explain/random.c
tests_explain_random_LDADD = libel2sim.a $(SIM_LIBS)
