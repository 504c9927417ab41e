libel2sim_a_SOURCES += diff/diff.h diff/gdbclient.c diff/gdbclient.h diff/qemu.c diff/qemu.h diff/qemulog.c diff/qemulog.h
