libel2sim_a_SOURCES += explain/explain.h explain/internal.h explain/explain.c explain/state.c explain/write.c
libel2sim_a_SOURCES += explain/manual.c explain/fields.c explain/fields.h explain/fields.def explain/access.c explain/access.h

TESTS += tests/explain/run
EXTRA_DIST += tests/explain/run tests/explain/access.cases
