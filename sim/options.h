/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line as data. QEMU's names are used wherever QEMU has one; el2sim's own options start with two
 * dashes in the manual, but every option may be written with one dash or two.
 */
#ifndef EL2SIM_SIM_OPTIONS_H
#define EL2SIM_SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OPTIONS_MAX_CPUS = 123, /* what the redistributor window of the virt board has room for */
    OPTIONS_MAX_ITEMS = 32, /* of each repeatable option */
};

/* A CPU's exclusive monitor lapses at the end of its turn: a turn must hold any sensible LDXR..STXR sequence.
 */
enum { QUANTUM_MIN = 100 };

enum engine_choice { ENGINE_FAST, ENGINE_LOOP, ENGINE_TRACED };

/* Where the bytes of a serial port go. */
enum char_kind { CHAR_NONE, CHAR_NULL, CHAR_STDIO, CHAR_FILE };

struct char_option {
    enum char_kind kind;
    bool mux;         /* "mon:stdio": Ctrl-A is an escape, Ctrl-C belongs to the guest */
    const char *id;   /* -chardev id= */
    const char *path; /* CHAR_FILE */
};

/* -drive */
struct drive_option {
    const char *file, *id;
    bool is_virtio;  /* if=virtio: has its own device */
    bool read_only;  /* readonly=on: guest writes fail */
    bool persistent; /* snapshot=off was asked for: guest writes go to the file */
};

enum device_kind {
    DEVICE_LOADER,
    DEVICE_VIRTIO_BLK,
    DEVICE_VIRTIO_RNG,
    DEVICE_VIRTIO_SERIAL,
    DEVICE_VIRTCONSOLE
};

/* -device, in the order of the command line. */
struct device_option {
    enum device_kind kind;
    /* loader */
    const char *file;
    uint64_t addr, data;
    unsigned data_len; /* 0: no data= */
    int cpu_num;       /* -1: not given */
    bool has_addr, force_raw;
    /* virtio-blk-device: drive=, virtconsole: chardev=; NULL for a virtconsole without */
    const char *backend_id;
    int backend; /* its index in drives[] or chardevs[], -1: none */
};

/* -fw_cfg: a named item for firmware, from a file or a string. */
struct fw_cfg_option {
    const char *name, *file, *string;
};

struct options {
    /* machine */
    bool virtualization, secure, its;
    bool mte, mte_given;  /* allocation tags in memory, where the CPU has FEAT_MTE2 */
    unsigned gic_version; /* 3 */
    const char *cpu;      /* -cpu argument as given, never NULL */
    unsigned smp;
    uint64_t ram_size;
    bool ram_size_given;

    /* what runs */
    const char *kernel, *initrd, *append, *dtb, *bios; /* NULL: not given */
    struct drive_option drives[OPTIONS_MAX_ITEMS];
    unsigned n_drives;
    struct device_option devices[OPTIONS_MAX_ITEMS];
    unsigned n_devices;

    struct fw_cfg_option fw_cfgs[OPTIONS_MAX_ITEMS];
    unsigned n_fw_cfgs;

    /* terminal */
    struct char_option serials[2];
    unsigned n_serials;
    struct char_option chardevs[OPTIONS_MAX_ITEMS];
    unsigned n_chardevs;
    bool semihosting;

    /* time */
    int64_t rtc_base;      /* PL031 at simulated time 0, seconds since 1970 */
    unsigned icount_shift; /* one instruction takes 2^shift ns */
    uint64_t quantum;      /* instructions a CPU runs before the next one's turn */

    /* run */
    bool no_reboot;
    uint64_t max_insns; /* 0: no limit */
    uint64_t save_at;   /* instructions of all CPUs before a snapshot is written, UINT64_MAX: the run's end */
    const char *save_to;         /* NULL: no snapshot */
    const char *restore;         /* the snapshot to go on from, or NULL */
    const char *record, *replay; /* files of typed input, or NULL */
    enum engine_choice engine;
    const char *traces[OPTIONS_MAX_ITEMS]; /* --trace, as given */
    unsigned n_traces;
    const char *symbols; /* --symbols: where names of addresses come from; NULL: the kernel */
    const char *gdb; /* where to wait for a debugger, NULL: nowhere */
    bool gdb_first;  /* -S: nothing runs before it has come */
    uint64_t flush_htlb_every; /* 0: never */
    bool digest;
    bool stats;
    bool boot_summary;
    bool dtb_randomness;  /* --dtb-seeds: rng-seed and kaslr-seed in /chosen */
    const char *dump_dtb; /* -M dumpdtb=FILE: write the device tree and exit */

    /* Copies of arguments that the strings above point into. */
    char **owned;
    unsigned n_owned;
};

/* Fills *o. Strings point into argv or are owned by *o. Prints and exits for --help, --version, `-cpu help`
 * and
 * `-M help`; user_error() for everything that can't be understood. */
void options_parse(struct options *o, int argc, char **argv);
/* The defaults, as options_parse() starts with. */
void options_init(struct options *o);
void options_destroy(struct options *o);

#endif
