/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A small virtual machine monitor for arm64 Linux, to see KVM at work inside el2sim: one vCPU, 64 KB of
 * memory, an in-kernel GICv3, and a UART whose stores come out as MMIO exits. Its guest is tests/hyp/guest.S:
 * it prints, turns its stage 1 on, takes five virtual timer interrupts and powers off by PSCI. Exit status 0
 * if all that was seen. `vmm nested` gives the vCPU an EL2 and puts a hypervisor (nested.S) between.
 * `vmm linux FOLDER` boots FOLDER's Image, initrd and dtb at EL2, with 256 MB of memory, the console by UART
 * stores and nothing else where the device tree may promise more; the exit status is 0 if a line says "level
 * 1: ok".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE 0x40000000
#define RAM_SIZE 0x10000
#define NESTED_BASE 0x40008000
/* For Linux: where the arm64 boot protocol and the device tree's /chosen want things. */
#define LINUX_RAM_SIZE 0x10000000
#define LINUX_DTB 0x40000000
#define LINUX_IMAGE 0x40200000
#define LINUX_INITRD 0x48000000
#define UART 0x09000000

#ifndef KVM_ARM_VCPU_HAS_EL2 /* newer than some C libraries' headers */
#define KVM_ARM_VCPU_HAS_EL2 7
#endif

extern const char guest_start[], guest_end[], nested_start[], nested_end[];

enum mode { GUEST, NESTED, LINUX };

struct seen {
    int ticks;
    bool hypercall, level1;
};

static void die(const char *what)
{
    fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int need(int r, const char *what)
{
    if (r < 0)
        die(what);
    return r;
}

static void set_device_attr(int device, uint32_t group, uint64_t attr, uint64_t *value, const char *what)
{
    struct kvm_device_attr a = {.group = group, .attr = attr, .addr = (uint64_t)(uintptr_t)value};
    need(ioctl(device, KVM_SET_DEVICE_ATTR, &a), what);
}

static void set_core_reg(int vcpu, uint64_t offset /* in struct kvm_regs, of 32-bit words */, uint64_t value,
                         const char *what)
{
    struct kvm_one_reg r = {.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset,
                            .addr = (uint64_t)(uintptr_t)&value};
    need(ioctl(vcpu, KVM_SET_ONE_REG, &r), what);
}

static int make_gic(int vm)
{
    struct kvm_create_device gic = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
    uint64_t dist = 0x08000000, redist = 0x080a0000;
    need(ioctl(vm, KVM_CREATE_DEVICE, &gic), "KVM_CREATE_DEVICE");
    set_device_attr((int)gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist, "distributor");
    set_device_attr((int)gic.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist,
                    "redistributor");
    return (int)gic.fd;
}

static int make_vcpu(int vm, enum mode mode)
{
    struct kvm_vcpu_init init;
    need(ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2 | (mode != GUEST ? 1u << KVM_ARM_VCPU_HAS_EL2 : 0);
    int vcpu = need(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    need(ioctl(vcpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
    return vcpu;
}

static void look(struct seen *seen, const char *line)
{
    printf("guest: %s\n", line);
    seen->ticks += strstr(line, "timer interrupt") != NULL;
    seen->hypercall |= strstr(line, "hypercall from EL1") != NULL;
    seen->level1 |= strstr(line, "level 1: ok") != NULL;
}

/* Runs the guest to its power off; looks at its lines. Where there is no device, Linux reads 0. */
static struct seen run(int vcpu, struct kvm_run *run, enum mode mode)
{
    char line[256];
    size_t column = 0;
    struct seen seen = {0};
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0 && errno != EINTR)
            die("KVM_RUN");
        if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT)
            return seen;
        bool uart = run->exit_reason == KVM_EXIT_MMIO && run->mmio.phys_addr == UART && run->mmio.is_write;
        if (!uart && (run->exit_reason != KVM_EXIT_MMIO || mode != LINUX)) {
            fprintf(stderr, "vmm: exit reason %u at %llx\n", run->exit_reason, run->mmio.phys_addr);
            exit(1);
        }
        if (!uart) {
            memset(run->mmio.data, 0, sizeof(run->mmio.data));
            continue;
        }
        char ch = (char)run->mmio.data[0];
        if (ch != '\n') {
            if (ch != '\r' && column < sizeof(line) - 1)
                line[column++] = ch;
            continue;
        }
        line[column] = 0;
        column = 0;
        look(&seen, line);
    }
}

/* Reads a file to guest address `to`. */
static void load(char *ram, uint64_t to, const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int file = need(open(path, O_RDONLY), path);
    char *p = ram + (to - RAM_BASE);
    ssize_t n;
    while ((n = read(file, p, 1 << 20)) > 0 && p + n <= ram + LINUX_RAM_SIZE - (1 << 20))
        p += n;
    need((int)n, path);
    close(file);
}

/* Fills the memory; the entry point. */
static uint64_t fill(char *ram, enum mode mode, const char *folder)
{
    if (mode == LINUX) {
        load(ram, LINUX_DTB, folder, "dtb");
        load(ram, LINUX_IMAGE, folder, "Image");
        load(ram, LINUX_INITRD, folder, "initrd");
        return LINUX_IMAGE;
    }
    memcpy(ram, guest_start, (size_t)(guest_end - guest_start));
    memcpy(ram + (NESTED_BASE - RAM_BASE), nested_start, (size_t)(nested_end - nested_start));
    return mode == NESTED ? NESTED_BASE : RAM_BASE;
}

int main(int argc, char **argv)
{
    enum mode mode = argc > 2 && strcmp(argv[1], "linux") == 0    ? LINUX
                     : argc > 1 && strcmp(argv[1], "nested") == 0 ? NESTED
                                                                  : GUEST;
    size_t ram_size = mode == LINUX ? LINUX_RAM_SIZE : RAM_SIZE;
    int kvm = need(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int vm = need(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    void *ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ram == MAP_FAILED)
        die("mmap");
    uint64_t entry = fill(ram, mode, argv[mode == LINUX ? 2 : 0]);
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = RAM_BASE, .memory_size = ram_size, .userspace_addr = (uint64_t)(uintptr_t)ram};
    need(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    int gic = make_gic(vm);
    int vcpu = make_vcpu(vm, mode);
    set_device_attr(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL, "vgic init");
    set_core_reg(vcpu, offsetof(struct kvm_regs, regs.pc) / 4, entry, "pc");
    set_core_reg(vcpu, offsetof(struct kvm_regs, regs.regs[0]) / 4, mode == LINUX ? LINUX_DTB : 1, "x0");
    set_core_reg(vcpu, offsetof(struct kvm_regs, regs.regs[1]) / 4, mode == LINUX ? 0 : RAM_BASE, "x1");
    int size = need(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *state = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (state == MAP_FAILED)
        die("mmap of the vcpu");
    struct seen seen = run(vcpu, state, mode);
    if (mode == LINUX)
        return seen.level1 ? 0 : 1;
    printf("vmm: guest powered off after %d timer interrupts%s\n", seen.ticks,
           seen.hypercall ? " and a hypercall" : "");
    return seen.ticks == 5 && seen.hypercall == (mode == NESTED) ? 0 : 1;
}
