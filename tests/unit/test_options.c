/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line: lines that users of QEMU type must be understood, mistakes must end with exit status 2.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "sim/options.h"
#include "tests/unit/run.h"

enum { MAX_ARGS = 64 };

/* For sanitizer builds: a mistake ends the process with memory in hand; that is no leak. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "detect_leaks=0";
}

/* Splits at blanks; '~' stands for a blank inside an argument. */
static void parse(struct options *o, const char *text, char *copy)
{
    char *argv[MAX_ARGS] = {copy};
    int argc = 1;
    strcpy(copy, text);
    for (char *word = strtok(copy, " "); word != NULL && argc < MAX_ARGS; word = strtok(NULL, " ")) {
        for (char *p = word; *p != 0; p++)
            *p = *p == '~' ? ' ' : *p;
        argv[argc++] = word;
    }
    options_parse(o, argc, argv);
}

START_TEST(jailhouse_line)
{
    char copy[1000];
    struct options o;
    parse(&o,
          "-cpu cortex-a57 -smp 16 -m 1G -machine virt,gic-version=3,virtualization=on,its=off -nographic "
          "-netdev user,id=net",
          copy);
    options_destroy(&o);
}
END_TEST

START_TEST(quick_lines)
{
    char copy[1000];
    struct options o;
    parse(&o,
          "-cpu cortex-a57 -smp 16 -m 1G -machine virt,gic-version=3,virtualization=on,its=off,mte=off "
          "-nographic -kernel Image -append root=/dev/vda1~mem=768M",
          copy);
    ck_assert_str_eq(o.cpu, "cortex-a57");
    ck_assert_uint_eq(o.smp, 16);
    ck_assert_uint_eq(o.ram_size, 1 << 30);
    ck_assert(o.ram_size_given && o.virtualization && !o.its && !o.secure);
    ck_assert(!o.mte && o.mte_given);
    ck_assert_str_eq(o.append, "root=/dev/vda1 mem=768M");
    options_destroy(&o);
    parse(&o,
          "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -m 1G -nographic -serial mon:stdio "
          "-kernel h.elf",
          copy);
    ck_assert_uint_eq(o.n_serials, 1);
    ck_assert(o.serials[0].kind == CHAR_STDIO && o.serials[0].mux);
    ck_assert_str_eq(o.kernel, "h.elf");
    options_destroy(&o);
    parse(&o,
          "--kernel k --serial null --semihosting --max-insns 250M --quantum 10k --engine traced --digest "
          "--icount-shift 2 --flush-htlb-every 1000 --no-reboot -rtc base=2000-01-01T00:00:01 -display none",
          copy);
    ck_assert_str_eq(o.kernel, "k");
    ck_assert(o.serials[0].kind == CHAR_NULL && o.semihosting && o.digest && o.no_reboot);
    ck_assert_uint_eq(o.max_insns, 250000000);
    ck_assert_uint_eq(o.quantum, 10000);
    ck_assert_int_eq(o.engine, ENGINE_TRACED);
    ck_assert_uint_eq(o.icount_shift, 2);
    ck_assert_uint_eq(o.flush_htlb_every, 1000);
    ck_assert_int_eq(o.rtc_base, 946684801);
    options_destroy(&o);
}
END_TEST

START_TEST(defaults)
{
    char copy[100];
    struct options o;
    parse(&o, "-kernel k", copy);
    ck_assert_uint_eq(o.ram_size, 128 << 20);
    ck_assert_uint_eq(o.smp, 1);
    ck_assert(!o.ram_size_given && !o.virtualization && !o.secure && o.its);
    ck_assert(o.mte && !o.mte_given);
    ck_assert_int_eq(o.rtc_base, 1767225600); /* date -u -d 2026-01-01 +%s */
    ck_assert(o.serials[0].kind == CHAR_STDIO && o.serials[0].mux);
    options_destroy(&o);
}
END_TEST

START_TEST(sizes)
{
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {{"-m 512", UINT64_C(512) << 20}, {"-m 512M", UINT64_C(512) << 20},
                 {"-m 2g", UINT64_C(2) << 30},    {"-m 1.5G", UINT64_C(1536) << 20},
                 {"-m 4096K", UINT64_C(4) << 20}, {"-m size=3G", UINT64_C(3) << 30},
                 {"-m 255G", UINT64_C(255) << 30}};
    for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
        char line[100], copy[100];
        struct options o;
        strcpy(line, "-kernel k ");
        strcat(line, cases[n].text);
        parse(&o, line, copy);
        ck_assert_uint_eq(o.ram_size, cases[n].size);
        options_destroy(&o);
    }
}
END_TEST

START_TEST(devices)
{
    char copy[1000];
    struct options o;
    parse(&o,
          "-kernel k -device virtio-blk-device,drive=hd0 -drive "
          "file=a,,b.img,if=none,id=hd0,format=raw,readonly=on "
          "-drive file=c.img,if=virtio,snapshot=off -device virtio-rng-device -device "
          "loader,file=x,addr=0x48000000 "
          "-device loader,addr=0x1000,data=0x12345678,data-len=4 -device "
          "loader,file=y,cpu-num=0,force-raw=on,addr=4096 "
          "-device virtio-serial-device -chardev file,id=c0,path=/tmp/x -device virtconsole,chardev=c0 "
          "-fw_cfg name=opt/a,string=b",
          copy);
    ck_assert_uint_eq(o.n_devices, 8);
    ck_assert_int_eq(o.devices[0].kind, DEVICE_VIRTIO_BLK);
    ck_assert_int_eq(o.devices[0].backend, 0);
    ck_assert_str_eq(o.drives[0].file, "a,b.img");
    ck_assert(o.drives[0].read_only && !o.drives[0].persistent);
    ck_assert_int_eq(o.devices[1].kind, DEVICE_VIRTIO_BLK);
    ck_assert_int_eq(o.devices[1].backend, 1);
    ck_assert(o.drives[1].persistent);
    ck_assert_uint_eq(o.devices[3].addr, 0x48000000);
    ck_assert_uint_eq(o.devices[4].data, 0x12345678);
    ck_assert_uint_eq(o.devices[4].data_len, 4);
    ck_assert_int_eq(o.devices[5].cpu_num, 0);
    ck_assert(o.devices[5].force_raw);
    ck_assert_int_eq(o.devices[7].backend, 0);
    ck_assert_uint_eq(o.n_fw_cfgs, 1);
    options_destroy(&o);
}
END_TEST

static const char *const mistakes[] = {
    "",
    "kernel.img",
    "-kernel",
    "-kernel k -bogus",
    "-kernel k -m 0",
    "-kernel k -m 1X",
    "-kernel k -m -5",
    "-kernel k -m 1Gx",
    "-kernel k -m 99999999999999999999",
    "-kernel k -m 16E",
    "-kernel k -m 100T",
    "-kernel k -m 1G,slots=2",
    "-kernel k -smp 0",
    "-kernel k -smp 124",
    "-kernel k -smp four",
    "-kernel k -smp cores=100,threads=100",
    "-kernel k -M pc",
    "-kernel k -M virt,virtualization=maybe",
    "-kernel k -M virt,nonsense=1",
    "-kernel k -M virt,gic-version=2",
    "-kernel k -M virt,iommu=smmuv3",
    "-kernel k -M virt,mte=maybe",
    "-kernel k -S",
    "-kernel k -d int",
    "-kernel k -D file",
    "-kernel k -serial tcp::1",
    "-kernel k -serial chardev:none",
    "-kernel k -serial null -serial null -serial null",
    "-kernel k -monitor stdio",
    "-kernel k -device",
    "-kernel k -device e1000",
    "-kernel k -device virtio-blk-device",
    "-kernel k -device virtio-blk-device,drive=nope",
    "-kernel k -device virtio-blk-device,bogus=1",
    "-kernel k -device loader",
    "-kernel k -device loader,addr=0",
    "-kernel k -device loader,file=x,addr=zz",
    "-kernel k -device loader,addr=0,cpu-num=1",
    "-kernel k -device virtconsole,chardev=nope",
    "-kernel k -drive if=none",
    "-kernel k -drive file=x,if=ide",
    "-kernel k -drive file=x,if=none",
    "-kernel k -drive file=x,format=qcow2",
    ("-kernel k -drive file=x,if=none,id=a -device virtio-blk-device,drive=a -device "
     "virtio-blk-device,drive=a"),
    "-kernel k -drive file=x,if=pflash,unit=1",
    "-kernel k -netdev user,id=n",
    "-kernel k -nic user",
    "-kernel k -accel kvm",
    "-kernel k -rtc base=yesterday",
    "-kernel k -rtc base=2026-13-01",
    "-kernel k -icount-shift 11",
    "-kernel k --quantum 99",
    "-kernel k --engine warp",
    "-kernel k --max-insns 12Q",
    "-kernel k -fw_cfg name=a",
    "-initrd i",
    "-append a",
};

START_TEST(mistake)
{
    char copy[1000];
    struct options o;
    close(STDERR_FILENO);
    parse(&o, mistakes[_i], copy);
    exit(0);
}
END_TEST

static const char *const questions[] = {"--help",        "-h",        "--version", "-M help",
                                        "-machine help", "-cpu help", "-M ?"};

START_TEST(question)
{
    char copy[100];
    struct options o;
    close(STDOUT_FILENO);
    parse(&o, questions[_i], copy);
    exit(1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("options");
    TCase *t = tcase_create("options");
    tcase_add_test(t, quick_lines);
    tcase_add_test(t, defaults);
    tcase_add_test(t, sizes);
    tcase_add_test(t, devices);
    tcase_add_exit_test(t, jailhouse_line, 2); /* network devices come later, and are named */
    tcase_add_loop_exit_test(t, mistake, 2, 0, (int)ARRAY_LEN(mistakes));
    tcase_add_loop_exit_test(t, question, 0, 0, (int)ARRAY_LEN(questions));
    suite_add_tcase(s, t);
    return suite_run(s);
}
