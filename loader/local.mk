libel2sim_a_SOURCES += loader/blob.c loader/blob.h loader/elf.c loader/elf.h loader/image.c loader/image.h
libel2sim_a_SOURCES += loader/place.c loader/place.h loader/snapshot.c loader/snapshot.h loader/symbols.c loader/symbols.h

check_PROGRAMS += tests/unit/test_loader
tests_unit_test_loader_SOURCES = tests/unit/test_loader.c
tests_unit_test_loader_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_loader

check_PROGRAMS += tests/unit/test_snapshot
tests_unit_test_snapshot_SOURCES = tests/unit/test_snapshot.c
tests_unit_test_snapshot_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_snapshot
