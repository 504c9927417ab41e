libel2sim_a_SOURCES += base/bits.h base/compiler.h base/event.c base/event.h base/irq.h base/log.c base/log.h base/visit.h
