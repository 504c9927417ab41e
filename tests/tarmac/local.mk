# Tarmac traces are held against a strict reader of Arm's format.
check_PROGRAMS += tests/tarmac/strict
TESTS += tests/tarmac/run tests/tarmac/vhe
tests_tarmac_strict_SOURCES = tests/tarmac/strict.c tests/tarmac/grammar.c tests/tarmac/grammar.h
tests_tarmac_strict_LDADD = libel2sim.a
EXTRA_DIST += tests/tarmac/good.tarmac tests/tarmac/refused.txt tests/tarmac/run tests/tarmac/agree.awk tests/tarmac/vhe tests/tarmac/boot

# A window of a kernel's boot with a KVM guest; downloads the kernel, two boots.
check-tarmac: el2sim$(EXEEXT) tests/tarmac/strict$(EXEEXT)
	$(srcdir)/tests/tarmac/boot ./el2sim$(EXEEXT) tests/tarmac/strict$(EXEEXT) boots-tarmac
.PHONY: check-tarmac
