libel2sim_a_SOURCES += diff/diff.h
