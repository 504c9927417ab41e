libel2sim_a_SOURCES += mmu/mmu.h mmu/htlb.h mmu/internal.h mmu/descriptor.h mmu/params.h mmu/observe.h mmu/tlbi.def
libel2sim_a_SOURCES += mmu/mmu.c mmu/regime.c mmu/params.c mmu/walk.c mmu/perm.c mmu/attr.c mmu/observe.c
libel2sim_a_SOURCES += mmu/tlb.c mmu/tlbi.c mmu/at.c mmu/htlb.c

check_PROGRAMS += tests/unit/test_mmu tests/unit/test_perm
tests_unit_test_mmu_SOURCES = tests/unit/test_mmu.c
tests_unit_test_mmu_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_perm_SOURCES = tests/unit/test_perm.c
tests_unit_test_perm_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_mmu tests/unit/test_perm
