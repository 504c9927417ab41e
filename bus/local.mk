libel2sim_a_SOURCES += bus/bus.c bus/bus.h
