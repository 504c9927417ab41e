libel2sim_a_SOURCES += diff/diff.h diff/gdbclient.c diff/gdbclient.h diff/qemu.c diff/qemu.h diff/qemulog.c diff/qemulog.h
libel2sim_a_SOURCES += diff/align.c diff/align.h diff/command.c diff/examine.c diff/examine.h diff/lockstep.c
libel2sim_a_SOURCES += diff/lockstep.h diff/operand.c diff/operand.h diff/permitted.c diff/permitted.def
libel2sim_a_SOURCES += diff/permitted.h diff/report.c diff/report.h diff/report_json.c diff/report_json.h
libel2sim_a_SOURCES += diff/search.c diff/search.h diff/twin.c diff/twin.h diff/verdict.c diff/verdict.h

check_PROGRAMS += tests/unit/test_qemulog
TESTS += tests/unit/test_qemulog
tests_unit_test_qemulog_SOURCES = tests/unit/test_qemulog.c
tests_unit_test_qemulog_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_gdbclient
TESTS += tests/unit/test_gdbclient
tests_unit_test_gdbclient_SOURCES = tests/unit/test_gdbclient.c
tests_unit_test_gdbclient_LDADD = libel2sim.a $(TEST_LIBS)
check_PROGRAMS += tests/diff/peer
TESTS += tests/diff/peer
tests_diff_peer_SOURCES = tests/diff/peer.c
tests_diff_peer_LDADD = libel2sim.a $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_diff
tests_unit_test_diff_SOURCES = tests/unit/test_diff.c
tests_unit_test_diff_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_diff
