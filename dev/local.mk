libel2sim_a_SOURCES += dev/fw_cfg.c dev/fw_cfg.h dev/pl011.c dev/pl011.h dev/pl031.c dev/pl031.h
libel2sim_a_SOURCES += dev/virtio.c dev/virtio.h dev/virtio_blk.c dev/virtio_blk.h dev/virtio_console.c
libel2sim_a_SOURCES += dev/virtio_console.h dev/virtio_mmio.c dev/virtio_mmio.h dev/virtio_rng.c dev/virtio_rng.h

check_PROGRAMS += tests/unit/test_fw_cfg tests/unit/test_pl011 tests/unit/test_virtio
tests_unit_test_fw_cfg_SOURCES = tests/unit/test_fw_cfg.c
tests_unit_test_fw_cfg_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_pl011_SOURCES = tests/unit/test_pl011.c
tests_unit_test_pl011_LDADD = libel2sim.a $(TEST_LIBS)
tests_unit_test_virtio_SOURCES = tests/unit/test_virtio.c
tests_unit_test_virtio_LDADD = libel2sim.a $(TEST_LIBS)
TESTS += tests/unit/test_fw_cfg tests/unit/test_pl011 tests/unit/test_virtio
