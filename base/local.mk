libel2sim_a_SOURCES += base/bits.h base/child.c base/child.h base/clock.h base/compiler.h base/event.c base/event.h base/hex.h base/irq.h base/log.c base/log.h base/random.h base/visit.c base/visit.h
