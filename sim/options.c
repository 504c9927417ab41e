/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line. One table has every option with its handler and its line of help; devices are in
 * options_dev.c.
 */
#include "sim/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/compiler.h"
#include "base/log.h"
#include "sim/options-internal.h"
#include "sim/tracing.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "development"
#endif
#ifdef PLANTED_BUG /* configure --with-planted-bug */
#define DEFECTS ", with a planted bug: " PLANTED_BUG
#else
#define DEFECTS ""
#endif

#define MB (UINT64_C(1) << 20)
#define GB (UINT64_C(1) << 30)
/* RAM of QEMU's virt board ends here at the latest (255 GiB from 1 GiB on). */
#define MAX_RAM (255 * GB)
#define RTC_DEFAULT 1767225600 /* 2026-01-01T00:00:00Z */

struct option_row {
    const char *name;
    const char *arg; /* NULL: takes none */
    void (*fn)(struct options *o, const char *text);
    const char *help; /* NULL: accepted, not listed */
};

/* ---- numbers ---- */

uint64_t parse_number(const char *what, const char *text, uint64_t min, uint64_t max)
{
    char *end;
    errno = 0;
    uint64_t v = strtoull(text, &end, 0);
    if (!isdigit((unsigned char)text[0]) || *end != 0 || errno != 0)
        user_error("%s: '%s' is not a number", what, text);
    if (v < min || v > max)
        user_error("%s: %s is out of range (%llu to %llu)", what, text, (unsigned long long)min,
                   (unsigned long long)max);
    return v;
}

static unsigned suffix_shift(char c)
{
    static const char suffixes[] = "bkmgt";
    const char *p = c != 0 ? strchr(suffixes, tolower((unsigned char)c)) : NULL;
    return p != NULL ? 10 * (unsigned)(p - suffixes) : 99;
}

uint64_t parse_size(const char *what, const char *text, uint64_t unit)
{
    char *end;
    errno = 0;
    unsigned long long whole = strtoull(text, &end, 0);
    uint64_t tenths = 0;
    if (!isdigit((unsigned char)text[0]) || errno != 0)
        user_error("%s: '%s' is not a size", what, text);
    if (end[0] == '.' && isdigit((unsigned char)end[1])) {
        tenths = (uint64_t)(end[1] - '0');
        end += 2;
    }
    if (*end != 0) {
        unsigned shift = suffix_shift(*end++);
        if (shift == 99 || *end != 0)
            user_error("%s: '%s' is not a size (512M, 1G, ...)", what, text);
        unit = UINT64_C(1) << shift;
    }
    if (whole > UINT64_MAX / unit / 2)
        user_error("%s: '%s' is too large", what, text);
    return whole * unit + tenths * unit / 10;
}

/* A count of instructions: "5000", "250M", "1G" (decimal multiples). */
static uint64_t parse_count(const char *what, const char *text, uint64_t min)
{
    char digits[32];
    size_t len = strlen(text);
    uint64_t factor = 1;
    char last = len > 0 ? (char)tolower((unsigned char)text[len - 1]) : 0;
    if (last == 'k' || last == 'm' || last == 'g')
        factor = last == 'k' ? 1000 : last == 'm' ? 1000000 : 1000000000;
    if (len >= sizeof(digits))
        user_error("%s: '%s' is not a number", what, text);
    snprintf(digits, sizeof(digits), "%.*s", (int)(len - (factor != 1)), text);
    return parse_number(what, digits, (min + factor - 1) / factor, UINT64_MAX / 2 / factor) * factor;
}

/* ---- -machine ---- */

static NORETURN void list_machines(void)
{
    puts("Machines:\n  virt    the board of QEMU's virt machine\n"
         "Properties:\n"
         "  virtualization=on|off  exception level 2 exists and kernels are entered there (default off)\n"
         "  secure=on|off          exception level 3 exists (default off)\n"
         "  gic-version=3          the only one implemented\n"
         "  its=on|off             interrupt translation service for MSIs (default on)\n"
         "  mte=on|off             memory has allocation tags (default on; off: FEAT_MTE2 is absent)\n"
         "  dumpdtb=FILE           write the device tree to FILE and exit");
    exit(0);
}

static void machine_type(const char *name)
{
    if (strcmp(name, "help") == 0 || strcmp(name, "?") == 0)
        list_machines();
    if (strcmp(name, "virt") != 0 && strncmp(name, "virt-", 5) != 0)
        user_error("-machine %s: unknown machine (virt is known)", name);
}

static void machine_gic(struct options *o, const struct prop_list *l, const struct prop *p)
{
    const char *v = prop_string(l, p);
    if (strcmp(v, "max") != 0 && strcmp(v, "host") != 0 && strcmp(v, "3") != 0)
        user_error("-machine gic-version=%s: not implemented (3 is)", v);
    o->gic_version = 3;
}

/* Properties that only have one possible value here. */
static bool machine_fixed(const struct prop_list *l, const struct prop *p)
{
    static const struct {
        const char *key, *value;
    } fixed[] = {{"iommu", "none"}, {"ras", "off"},      {"accel", "tcg"},
                 {"usb", "off"},    {"graphics", "off"}, {"dtb-randomness", "off"}};
    static const char *const ignored[] = {"acpi",         "highmem",         "highmem-ecam",
                                          "highmem-mmio", "highmem-redists", "default-bus-bypass-iommu",
                                          "x-oem-id",     "x-oem-table-id",  "memory-backend"};
    for (size_t n = 0; n < ARRAY_LEN(fixed); n++) {
        if (strcmp(p->key, fixed[n].key) == 0) {
            if (strcmp(prop_string(l, p), fixed[n].value) != 0)
                user_error("-machine %s=%s: not implemented yet (only %s)", p->key, p->value, fixed[n].value);
            return true;
        }
    }
    for (size_t n = 0; n < ARRAY_LEN(ignored); n++)
        if (strcmp(p->key, ignored[n]) == 0)
            return true;
    return false;
}

static void option_machine(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-machine", text);
    struct prop p;
    for (bool first = true; prop_next(&l, &p); first = false) {
        if (first && p.value == NULL)
            machine_type(p.key);
        else if (strcmp(p.key, "type") == 0)
            machine_type(prop_string(&l, &p));
        else if (strcmp(p.key, "virtualization") == 0)
            o->virtualization = prop_bool(&l, &p);
        else if (strcmp(p.key, "secure") == 0)
            o->secure = prop_bool(&l, &p);
        else if (strcmp(p.key, "its") == 0)
            o->its = prop_bool(&l, &p);
        else if (strcmp(p.key, "mte") == 0) {
            o->mte = prop_bool(&l, &p);
            o->mte_given = true;
        } else if (strcmp(p.key, "gic-version") == 0)
            machine_gic(o, &l, &p);
        else if (strcmp(p.key, "dumpdtb") == 0)
            o->dump_dtb = prop_string(&l, &p);
        else if (!machine_fixed(&l, &p))
            prop_unknown(&l, &p, "virtualization, secure, gic-version, its, mte, iommu, dumpdtb");
    }
}

/* ---- -cpu, -smp, -m ---- */

static void option_cpu(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-cpu", text);
    char *model = l.rest, *comma = strrchr(model, ',');
    const char *last = comma != NULL ? comma + 1 : model;
    if (strcmp(last, "help") == 0 || strcmp(last, "?") == 0) {
        if (comma != NULL)
            *comma = 0;
        options_help_cpu(comma != NULL ? model : "");
    }
    o->cpu = text;
}

static void option_smp(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-smp", text);
    struct prop p;
    uint64_t cpus = 0, product = 1;
    for (bool first = true; prop_next(&l, &p); first = false) {
        if (first && p.value == NULL)
            cpus = parse_number("-smp", p.key, 1, OPTIONS_MAX_CPUS);
        else if (strcmp(p.key, "cpus") == 0)
            cpus = prop_number(&l, &p, 1, OPTIONS_MAX_CPUS);
        else if (strcmp(p.key, "maxcpus") == 0)
            prop_number(&l, &p, 1, OPTIONS_MAX_CPUS);
        else if (strcmp(p.key, "cores") == 0 || strcmp(p.key, "sockets") == 0 ||
                 strcmp(p.key, "clusters") == 0 || strcmp(p.key, "threads") == 0)
            product *= prop_number(&l, &p, 1, OPTIONS_MAX_CPUS);
        else
            prop_unknown(&l, &p, "cpus, maxcpus, sockets, clusters, cores, threads");
        if (product > OPTIONS_MAX_CPUS)
            user_error("-smp %s: more than %d CPUs", text, OPTIONS_MAX_CPUS);
    }
    o->smp = (unsigned)(cpus != 0 ? cpus : product);
}

static void option_m(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-m", text);
    struct prop p;
    for (bool first = true; prop_next(&l, &p); first = false) {
        if (first && p.value == NULL)
            o->ram_size = parse_size("-m", p.key, MB);
        else if (strcmp(p.key, "size") == 0)
            o->ram_size = parse_size("-m", prop_string(&l, &p), MB);
        else
            user_error("-m: %s is not implemented (memory hotplug)", p.key);
    }
    if (o->ram_size < MB || o->ram_size > MAX_RAM)
        user_error("-m %s: 1M to %lluG of RAM are possible", text, (unsigned long long)(MAX_RAM / GB));
    o->ram_size = (o->ram_size + 4095) & ~UINT64_C(4095);
    o->ram_size_given = true;
}

/* ---- files ---- */

static void option_kernel(struct options *o, const char *text)
{
    o->kernel = text;
}

static void option_initrd(struct options *o, const char *text)
{
    o->initrd = text;
}

static void option_append(struct options *o, const char *text)
{
    o->append = text;
}

static void option_dtb(struct options *o, const char *text)
{
    o->dtb = text;
}

static void option_bios(struct options *o, const char *text)
{
    o->bios = text;
}

/* ---- terminal, semihosting ---- */

static void option_nographic(struct options *o, const char *text)
{
    (void)o; /* there never is a graphical window */
    (void)text;
}

static void option_monitor(struct options *o, const char *text)
{
    (void)o;
    if (strcmp(text, "none") != 0 && strcmp(text, "null") != 0)
        user_error("-monitor %s: the monitor is not implemented yet (none is accepted)", text);
}

static void option_display(struct options *o, const char *text)
{
    (void)o;
    if (strcmp(text, "none") != 0)
        user_error("-display %s: not implemented (none is accepted)", text);
}

static void option_semihosting(struct options *o, const char *text)
{
    (void)text;
    o->semihosting = true;
}

static void option_semihosting_config(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-semihosting-config", text);
    struct prop p;
    o->semihosting = true;
    while (prop_next(&l, &p)) {
        if (strcmp(p.key, "enable") == 0)
            o->semihosting = prop_bool(&l, &p);
        else if (strcmp(p.key, "target") != 0 && strcmp(p.key, "userspace") != 0)
            prop_unknown(&l, &p, "enable, target, userspace");
    }
}

/* ---- time ---- */

/* "2026-01-01" or "2026-01-01T12:00:00". */
static int64_t parse_date(const char *text)
{
    struct tm tm = {.tm_mday = 1};
    int used = 0;
    int n = sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used);
    if (n == 3 && text[used] == 'T') {
        int more = 0;
        if (sscanf(text + used, "T%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &more) != 3)
            n = 0;
        used += more;
    }
    if (n != 3 || text[used] != 0 || tm.tm_year < 1970 || tm.tm_year > 2105 || tm.tm_mon < 1 ||
        tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60)
        user_error("-rtc base=%s: a date like 2026-01-01T12:00:00 is wanted", text);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm);
}

static void option_rtc(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-rtc", text);
    struct prop p;
    while (prop_next(&l, &p)) {
        if (strcmp(p.key, "base") == 0) {
            const char *base = prop_string(&l, &p);
            if (strcmp(base, "utc") == 0 || strcmp(base, "localtime") == 0)
                warn("-rtc base=%s: the host's time never reaches the guest; the clock starts at its fixed "
                     "date",
                     base);
            else
                o->rtc_base = parse_date(base);
        } else if (strcmp(p.key, "clock") != 0 && strcmp(p.key, "driftfix") != 0) {
            prop_unknown(&l, &p, "base, clock");
        }
    }
}

static void option_icount_shift(struct options *o, const char *text)
{
    o->icount_shift = (unsigned)parse_number("--icount-shift", text, 0, 10);
}

static void option_icount(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-icount", text);
    struct prop p;
    while (prop_next(&l, &p)) {
        if (strcmp(p.key, "shift") == 0 && strcmp(prop_string(&l, &p), "auto") != 0)
            o->icount_shift = (unsigned)prop_number(&l, &p, 0, 10);
        else if (strcmp(p.key, "rr") == 0 || strcmp(p.key, "rrfile") == 0)
            user_error("-icount %s: record and replay is not implemented; every run is the same anyway",
                       p.key);
    }
}

static void option_quantum(struct options *o, const char *text)
{
    o->quantum = parse_count("--quantum", text, QUANTUM_MIN);
}

/* ---- running ---- */

static void option_max_insns(struct options *o, const char *text)
{
    o->max_insns = parse_count("--max-insns", text, 1);
}

static void option_save_at(struct options *o, const char *text)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL || colon[1] == 0)
        user_error("--save-at %s: N:FILE or end:FILE is wanted", text);
    char count[32];
    snprintf(count, sizeof(count), "%.*s", (int)(colon - text), text);
    o->save_at = strcmp(count, "end") == 0 ? UINT64_MAX : parse_count("--save-at", count, 0);
    o->save_to = colon + 1;
}

static void option_restore(struct options *o, const char *text)
{
    o->restore = text;
}

static void option_record(struct options *o, const char *text)
{
    o->record = text;
}

static void option_replay(struct options *o, const char *text)
{
    o->replay = text;
}

static void option_gdb(struct options *o, const char *text)
{
    o->gdb = strcmp(text, "none") != 0 ? text : NULL;
}

static void option_s(struct options *o, const char *text)
{
    (void)text;
    o->gdb = "tcp::1234";
}

static void option_stopped(struct options *o, const char *text)
{
    (void)text;
    o->gdb_first = true;
}

static void option_engine(struct options *o, const char *text)
{
    static const char *const names[] = {
        [ENGINE_FAST] = "fast", [ENGINE_LOOP] = "loop", [ENGINE_TRACED] = "traced"};
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        if (strcmp(text, names[n]) == 0) {
            o->engine = (enum engine_choice)n;
            return;
        }
    }
    user_error("--engine %s: unknown (fast, loop and traced are known)", text);
}

static void option_trace(struct options *o, const char *text)
{
    if (strcmp(text, "help") == 0 || strcmp(text, "?") == 0) {
        tracing_help();
        exit(0);
    }
    if (o->n_traces == OPTIONS_MAX_ITEMS)
        user_error("--trace: given more than %d times", OPTIONS_MAX_ITEMS);
    o->traces[o->n_traces++] = text;
}

static void option_symbols(struct options *o, const char *text)
{
    o->symbols = text;
}

static void option_flush(struct options *o, const char *text)
{
    o->flush_htlb_every = parse_count("--flush-htlb-every", text, 0);
}

static void option_digest(struct options *o, const char *text)
{
    (void)text;
    o->digest = true;
}

static void option_stats(struct options *o, const char *text)
{
    (void)text;
    if (!o->stats)
        option_trace(o, "stats");
    o->stats = true;
}

static void option_boot_summary(struct options *o, const char *text)
{
    (void)text;
    o->boot_summary = true;
}

static void option_dtb_seeds(struct options *o, const char *text)
{
    (void)text;
    o->dtb_randomness = true;
}

static void option_no_reboot(struct options *o, const char *text)
{
    (void)text;
    o->no_reboot = true;
}

static void option_version(struct options *o, const char *text)
{
    (void)o;
    (void)text;
    puts("el2sim " PACKAGE_VERSION DEFECTS);
    exit(0);
}

static void option_accel(struct options *o, const char *text)
{
    (void)o;
    if (strncmp(text, "tcg", 3) != 0)
        user_error("-accel %s: el2sim always simulates (tcg is accepted)", text);
}

static void option_net(struct options *o, const char *text)
{
    (void)o;
    if (strcmp(text, "none") != 0)
        user_error("-net/-nic %s: network devices are not implemented yet (none is accepted)", text);
}

static void ignore(struct options *o, const char *text)
{
    (void)o;
    (void)text;
}

static void option_help(struct options *o, const char *text);

static const struct option_row table[] = {
    {"machine", "virt[,PROP=VALUE]", option_machine,
     "the board; -machine help lists the properties (also -M)"},
    {"M", "", option_machine, NULL},
    {"cpu", "MODEL[,FEATURE=on|off]", option_cpu,
     "max, cortex-a57, neoverse-n1, neoverse-v1 (default max); -cpu help and\n"
     "-cpu MODEL,help say more"},
    {"smp", "N", option_smp, "number of CPUs (default 1)"},
    {"m", "SIZE", option_m, "RAM: 512M, 2G (default 128M)"},
    {"kernel", "FILE", option_kernel, "Linux Image (raw, gzip, zstd, EFI zboot) or ELF executable"},
    {"initrd", "FILE", option_initrd, "initial RAM disk"},
    {"append", "TEXT", option_append, "the kernel's command line"},
    {"dtb", "FILE", option_dtb, "device tree instead of the built-in one"},
    {"bios", "FILE", option_bios, "firmware, executed from address 0"},
    {"device", "loader,file=F,addr=A", option_device, "also data=, data-len=, cpu-num=, force-raw=on"},
    {"drive", "file=F,if=virtio|none,id=ID", option_drive,
     "disk (raw); writes stay in memory unless snapshot=off"},
    {"fw_cfg", "name=N,file=F|string=S", option_fw_cfg, "an item for firmware"},
    {"chardev", "stdio|null|file,path=F,id=ID", option_chardev, "where a console's bytes go"},
    {"serial", "stdio|mon:stdio|null|file:F", option_serial,
     "the PL011; default mon:stdio (Ctrl-A H for help)"},
    {"nographic", NULL, option_nographic, "accepted; there is no graphical window"},
    {"semihosting", NULL, option_semihosting, "semihosting calls (HLT 0xF000): console, exit status, time"},
    {"semihosting-config", "enable=on", option_semihosting_config, "the same"},
    {"rtc", "base=DATE", option_rtc, "the PL031 at the start, e.g. 2026-01-01T12:00:00"},
    {"icount-shift", "N", option_icount_shift, "an instruction takes 2^N ns (default 0)"},
    {"icount", "shift=N", option_icount, "the same in QEMU's spelling"},
    {"quantum", "N", option_quantum, "instructions until the next CPU's turn (100 or more)"},
    {"save-at", "N:FILE", option_save_at,
     "write a snapshot when N instructions are done, or `end:FILE`: for -restore\nand `el2sim explain`"},
    {"restore", "FILE", option_restore,
     "go on from a snapshot; the machine's options must be those it was saved with"},
    {"record", "FILE", option_record, "note what is typed, and when"},
    {"replay", "FILE", option_replay, "type what was recorded: the same session again"},
    {"max-insns", "N", option_max_insns, "stop after N instructions of all CPUs; K, M, G count thousands"},
    {"no-reboot", NULL, option_no_reboot, "a guest's reset ends the run"},
    {"engine", "fast|loop|traced", option_engine, "how instructions are executed; results are the same"},
    {"trace", "SINK[:FILE][,KEY=VALUE]", option_trace,
     "write a trace, several if given several times; -trace help lists\n"
     "sinks and filters"},
    {"symbols", "FILE", option_symbols, "ELF file or System.map for the names in traces and filters"},
    {"flush-htlb-every", "N", option_flush, "test: drop the host's TLB every N instructions"},
    {"gdb", "tcp:HOST:PORT|tcp::PORT|unix:PATH", option_gdb, "wait there for GDB (el2sim-gdb(7)); none: don't"},
    {"s", NULL, option_s, "short for -gdb tcp::1234"},
    {"S", NULL, option_stopped, "execute nothing before GDB lets the machine go"},
    {"digest", NULL, option_digest, "print a SHA-256 of the whole machine at the end"},
    {"stats", NULL, option_stats,
     "print counts and times at the end: instructions by Exception level and guest, exceptions, exits of guests "
     "and their cost, TLB; as JSON: --trace stats:FILE,json"},
    {"boot-summary", NULL, option_boot_summary, "print a summary of the boot at the end"},
    {"dtb-seeds", NULL, option_dtb_seeds, "rng-seed and kaslr-seed (fixed) in the device tree"},
    {"help", NULL, option_help, "this text (also -h)"},
    {"h", NULL, option_help, NULL},
    {"version", NULL, option_version, "the version"},
    {"monitor", "", option_monitor, NULL},
    {"display", "", option_display, NULL},
    {"accel", "", option_accel, NULL},
    {"net", "", option_net, NULL},
    {"nic", "", option_net, NULL},
    {"name", "", ignore, NULL},
    {"boot", "", ignore, NULL},
    {"object", "", ignore, NULL},
    {"nodefaults", NULL, ignore, NULL},
    {"no-user-config", NULL, ignore, NULL},
    {"no-shutdown", NULL, NULL, NULL},
    {"d", "", NULL, NULL},
    {"D", "", NULL, NULL},
    {"plugin", "", NULL, NULL},
    {"netdev", "", NULL, NULL},
    {"blockdev", "", NULL, NULL},
    {"global", "", NULL, NULL},
    {"mon", "", NULL, NULL},
    {"qmp", "", NULL, NULL},
    {"incoming", "", NULL, NULL},
    {"loadvm", "", NULL, NULL},
    {"C", "", NULL, NULL},
};

/* A line of --help; further lines of a long explanation are aligned with the first. */
static void print_option(const struct option_row *row)
{
    char left[64];
    snprintf(left, sizeof(left), "-%s%s%s", row->name, row->arg != NULL ? " " : "",
             row->arg != NULL ? row->arg : "");
    for (const char *line = row->help; line != NULL;) {
        const char *end = strchr(line, '\n');
        printf("  %-36s %.*s\n", line == row->help ? left : "",
               end != NULL ? (int)(end - line) : (int)strlen(line), line);
        line = end != NULL ? end + 1 : NULL;
    }
}

static void option_help(struct options *o, const char *text)
{
    (void)o;
    (void)text;
    puts("Simulates AArch64 systems with EL2 and the Virtualization Host Extensions on QEMU's virt board.\n"
         "\n"
         "A Linux kernel that comes up at EL2 under VHE:\n"
         "  el2sim -M virt,virtualization=on -m 1G -kernel vmlinuz -initrd initrd.img \\\n"
         "      -append console=ttyAMA0\n"
         "A bare-metal hypervisor on a CPU of the field, stopped after two billion instructions:\n"
         "  el2sim -M virt,virtualization=on -cpu neoverse-n1 -kernel hypervisor.elf --max-insns 2G\n"
         "The state of a machine after a billion instructions in a file; and on from there:\n"
         "  el2sim ... --save-at 1G:boot.snapshot\n"
         "  el2sim ... --restore boot.snapshot\n"
         "Is this run the same as that one? Compare the last lines of two runs:\n"
         "  el2sim ... --digest\n"
         "A disk and four CPUs, without EL2:\n"
         "  el2sim -M virt -smp 4 -m 1G -kernel Image -drive file=disk.img,if=virtio\n"
         "Firmware at EL3, and a kernel for it:\n"
         "  el2sim -M virt,secure=on,virtualization=on -m 1G -bios flash.bin -kernel Image\n"
         "What a hypervisor does, from its first instruction at EL2, exceptions and redirected accesses "
         "only:\n"
         "  el2sim ... --trace events:out.txt,from=el2,kind=exception+eret+sysreg\n"
         "What the architecture says about an access, an exception, a TLBI or a register (explain --help):\n"
         "  el2sim explain access 'mrs x0, sctlr_el1' --el 2 --hcr e2h,tge\n"
         "\n"
         "Options (one or two dashes):");
    for (size_t n = 0; n < ARRAY_LEN(table); n++)
        if (table[n].help != NULL)
            print_option(&table[n]);
    puts("\nKeys on the terminal: Ctrl-A X ends el2sim, Ctrl-A H shows the keys, Ctrl-C goes to the guest.\n"
         "Exit status: 0 power off, the guest's own with semihosting, 1 nothing can wake a CPU any more, 2 "
         "mistakes of\n"
         "the user and what isn't implemented, 3 --max-insns was reached. The manual is el2sim(1).");
    exit(0);
}

void options_init(struct options *o)
{
    *o = (struct options){
        .its = true,
        .mte = true,
        .gic_version = 3,
        .cpu = "max",
        .smp = 1,
        .ram_size = 128 * MB,
        .rtc_base = RTC_DEFAULT,
        .quantum = 5000,
        .engine = ENGINE_FAST,
    };
}

void options_destroy(struct options *o)
{
    for (unsigned n = 0; n < o->n_owned; n++)
        free(o->owned[n]);
    free(o->owned);
    *o = (struct options){0};
}

static const struct option_row *find_option(const char *arg)
{
    const char *name = arg + (arg[1] == '-' ? 2 : 1);
    for (size_t n = 0; n < ARRAY_LEN(table); n++)
        if (strcmp(name, table[n].name) == 0)
            return &table[n];
    user_error("unknown option '%s' (--help lists the options)", arg);
}

/* Combinations that make no sense. */
static void check(const struct options *o)
{
    if (o->record != NULL && o->replay != NULL)
        user_error("-record and -replay exclude each other");
    bool loads = false;
    for (unsigned n = 0; n < o->n_devices; n++)
        loads |= o->devices[n].kind == DEVICE_LOADER;
    if (o->kernel == NULL && o->bios == NULL && !loads && o->dump_dtb == NULL)
        user_error("nothing to run: give -kernel FILE, -bios FILE or -device loader,file=FILE (--help has "
                   "examples)");
    if (o->gdb_first && o->gdb == NULL)
        user_error("-S needs -s or -gdb: nobody could let the machine go");
    if (o->kernel == NULL && o->initrd != NULL)
        user_error("-initrd needs a -kernel");
    if (o->kernel == NULL && o->append != NULL && o->dtb == NULL && o->dump_dtb == NULL)
        user_error("-append needs a -kernel");
}

void options_parse(struct options *o, int argc, char **argv)
{
    options_init(o);
    for (int n = 1; n < argc; n++) {
        const char *arg = argv[n];
        if (arg[0] != '-' || arg[1] == 0)
            user_error("unexpected argument '%s' (a kernel is given as -kernel %s)", arg, arg);
        const struct option_row *row = find_option(arg);
        if (row->fn == NULL)
            user_error("option '%s' is not implemented yet", arg);
        if (row->arg != NULL && n + 1 == argc)
            user_error("option '%s' needs an argument%s%s", arg, row->arg[0] != 0 ? ": " : "", row->arg);
        row->fn(o, row->arg != NULL ? argv[++n] : NULL);
    }
    if (o->n_serials == 0)
        o->serials[o->n_serials++] = (struct char_option){.kind = CHAR_STDIO, .mux = true};
    options_resolve(o);
    check(o);
}
