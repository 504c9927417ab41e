libel2sim_a_SOURCES += sysregs/effective.c sysregs/features.c sysregs/features.h sysregs/fields.h sysregs/sysreg.c sysregs/sysreg.h
