libel2sim_a_SOURCES += tracetool/command.c tracetool/compare.c tracetool/count.c tracetool/internal.h tracetool/print.c
libel2sim_a_SOURCES += tracetool/search.c tracetool/tracetool.h
