libel2sim_a_SOURCES += traces/binary.c traces/binary.h traces/binary_read.c traces/binary_read.h traces/codec.c traces/codec.h
libel2sim_a_SOURCES += traces/events.c traces/events.h traces/filter.c traces/filter.h traces/hub.c traces/hub.h
libel2sim_a_SOURCES += traces/sink.h traces/sinks.c traces/trace.c traces/trace.h
libel2sim_a_SOURCES += traces/tarmac.c traces/tarmac.h
libel2sim_a_SOURCES += traces/repeats.c traces/repeats.h traces/vhe.c traces/vhe.h
libel2sim_a_SOURCES += traces/chrome.c traces/chrome.h traces/json.c traces/json.h traces/reason.c traces/reason.h
libel2sim_a_SOURCES += traces/stats.c traces/stats.h traces/stats-internal.h traces/stats_print.c
libel2sim_a_SOURCES += traces/timeline.c traces/timeline.h

TESTS += tests/traces/view tests/traces/timeline-run tests/traces/stats
EXTRA_DIST += tests/traces/view tests/traces/timeline-run tests/traces/stats
check_PROGRAMS += tests/traces/timeline
tests_traces_timeline_SOURCES = tests/traces/timeline.c
tests_traces_timeline_LDADD = libel2sim.a $(SIM_LIBS)
check_PROGRAMS += tests/unit/test_json
TESTS += tests/unit/test_json
tests_unit_test_json_SOURCES = tests/unit/test_json.c
tests_unit_test_json_LDADD = libel2sim.a $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_trace
TESTS += tests/unit/test_trace
tests_unit_test_trace_SOURCES = tests/unit/test_trace.c tests/arch/fixture.c tests/arch/fixture.h
tests_unit_test_trace_LDADD = libel2sim.a $(TEST_LIBS)
