libel2sim_a_SOURCES += fuzz/fuzz.h fuzz/generate.h fuzz/minimise.h fuzz/program.h
