libel2sim_a_SOURCES += traces/trace.h
