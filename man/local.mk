dist_man_MANS += man/el2sim.1 man/el2sim-diff.1 man/el2sim-explain.1 man/el2sim-fuzz.1 man/el2sim-input.5 man/el2sim-snapshot.5
dist_man_MANS += man/el2sim-gdb.7
dist_man_MANS += man/el2sim-trace.5
EXTRA_DIST += man/check-options
TESTS += man/check-options
