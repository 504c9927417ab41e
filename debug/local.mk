libel2sim_a_SOURCES += debug/gdb.h debug/internal.h debug/packet.c debug/packet.h debug/server.c debug/server.h
libel2sim_a_SOURCES += debug/session.c debug/reverse.c debug/stub.c debug/query.c debug/monitor.c debug/memory.c debug/memory.h
libel2sim_a_SOURCES += debug/target.c debug/target.h debug/target_internal.h debug/target_xml.c
libel2sim_a_SOURCES += debug/breakpoint.c debug/breakpoint.h debug/catch.c debug/catch.h debug/monitor_tlb.c

check_PROGRAMS += tests/unit/test_gdb
TESTS += tests/unit/test_gdb
tests_unit_test_gdb_SOURCES = tests/unit/test_gdb.c
tests_unit_test_gdb_LDADD = libel2sim.a $(TEST_LIBS)
