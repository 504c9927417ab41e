# GDB itself at the gdb stub; skipped where there is none, or no cross compiler.
TESTS += tests/gdb/run
EXTRA_DIST += tests/gdb/run $(srcdir)/tests/gdb/*.gdb $(srcdir)/tests/gdb/*.S
