EXTRA_DIST += \
	tests/boot/fetch tests/boot/images.list tests/boot/mkinitramfs tests/boot/init-marker tests/boot/init-shell \
	tests/bench/build tests/bench/run tests/bench/rows tests/bench/bench.h tests/bench/bench.ld tests/bench/start.S \
	tests/bench/tables.c tests/bench/integer.c tests/bench/loops.c tests/bench/system.S tests/bench/stage2.c tests/bench/code.c \
	build-aux/install-deps build-aux/build build-aux/run-checks build-aux/layering
TESTS += build-aux/layering

bench: el2sim$(EXEEXT)
	$(srcdir)/tests/bench/run ./el2sim$(EXEEXT) tests/bench-out
.PHONY: bench
