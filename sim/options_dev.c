/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The options that describe devices: -device, -drive, -chardev, -serial, -fw_cfg. Property lists are QEMU's.
 */
#include "sim/options-internal.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* ---- property lists ---- */

struct prop_list prop_list(struct options *o, const char *option, const char *text)
{
    o->owned = xrealloc(o->owned, (o->n_owned + 1) * sizeof(o->owned[0]));
    char *copy = xstrdup(text);
    o->owned[o->n_owned++] = copy;
    return (struct prop_list){option, copy};
}

bool prop_next(struct prop_list *l, struct prop *p)
{
    if (l->rest == NULL || *l->rest == 0)
        return false;
    char *in = l->rest, *out = l->rest;
    *p = (struct prop){.key = in};
    while (*in != 0 && (in[0] != ',' || in[1] == ',')) {
        if (*in == ',')
            in++;
        if (*in == '=' && p->value == NULL) {
            in++;
            *out++ = 0;
            p->value = out;
        } else {
            *out++ = *in++;
        }
    }
    l->rest = *in == ',' ? in + 1 : NULL;
    *out = 0;
    return true;
}

const char *prop_string(const struct prop_list *l, const struct prop *p)
{
    if (p->value == NULL || *p->value == 0)
        user_error("%s: %s= needs a value", l->option, p->key);
    return p->value;
}

bool prop_bool(const struct prop_list *l, const struct prop *p)
{
    static const char *const yes[] = {"on", "yes", "true", "y"}, *const no[] = {"off", "no", "false", "n"};
    if (p->value == NULL)
        return true; /* "readonly" alone means readonly=on */
    for (size_t n = 0; n < ARRAY_LEN(yes); n++) {
        if (strcmp(p->value, yes[n]) == 0)
            return true;
        if (strcmp(p->value, no[n]) == 0)
            return false;
    }
    user_error("%s: %s=%s: 'on' or 'off' is wanted", l->option, p->key, p->value);
}

uint64_t prop_number(const struct prop_list *l, const struct prop *p, uint64_t min, uint64_t max)
{
    char what[64];
    snprintf(what, sizeof(what), "%s: %.40s", l->option, p->key);
    return parse_number(what, prop_string(l, p), min, max);
}

void prop_unknown(const struct prop_list *l, const struct prop *p, const char *known)
{
    user_error("%s: unknown property '%s' (known: %s)", l->option, p->key, known);
}

/* ---- -chardev and -serial ---- */

static bool char_kind_by_name(const char *name, enum char_kind *kind)
{
    static const struct {
        const char *name;
        enum char_kind kind;
    } kinds[] = {{"stdio", CHAR_STDIO}, {"null", CHAR_NULL}, {"none", CHAR_NONE}, {"file", CHAR_FILE}};
    for (size_t n = 0; n < ARRAY_LEN(kinds); n++) {
        if (strcmp(name, kinds[n].name) == 0) {
            *kind = kinds[n].kind;
            return true;
        }
    }
    return false;
}

static void check_room(const char *option, unsigned count, unsigned max)
{
    if (count == max)
        user_error("%s: given more than %u times", option, max);
}

void option_chardev(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-chardev", text);
    struct prop p;
    struct char_option c = {0};
    check_room("-chardev", o->n_chardevs, OPTIONS_MAX_ITEMS);
    if (!prop_next(&l, &p) || p.value != NULL || !char_kind_by_name(p.key, &c.kind) || c.kind == CHAR_NONE)
        user_error("-chardev %s: not implemented (stdio, null and file,path= are)", text);
    while (prop_next(&l, &p)) {
        if (strcmp(p.key, "id") == 0)
            c.id = prop_string(&l, &p);
        else if (strcmp(p.key, "path") == 0)
            c.path = prop_string(&l, &p);
        else if (strcmp(p.key, "mux") == 0)
            c.mux = prop_bool(&l, &p);
        else if (strcmp(p.key, "signal") == 0)
            c.mux = !prop_bool(&l, &p);
        else
            prop_unknown(&l, &p, "id, path, mux, signal");
    }
    if (c.id == NULL)
        user_error("-chardev %s: id= is missing", text);
    if (c.kind == CHAR_FILE && c.path == NULL)
        user_error("-chardev %s: path= is missing", text);
    o->chardevs[o->n_chardevs++] = c;
}

void option_serial(struct options *o, const char *text)
{
    struct char_option c = {0};
    const char *kind = text;
    check_room("-serial", o->n_serials, ARRAY_LEN(o->serials));
    if (strncmp(kind, "mon:", 4) == 0) {
        c.mux = true;
        kind += 4;
    }
    if (strncmp(kind, "file:", 5) == 0 && kind[5] != 0) {
        c.kind = CHAR_FILE;
        c.path = kind + 5;
    } else if (strncmp(kind, "chardev:", 8) == 0 && kind[8] != 0) {
        c.id = kind + 8; /* resolved when all options are known */
    } else if (strcmp(kind, "file") == 0 || !char_kind_by_name(kind, &c.kind)) {
        user_error("-serial %s: not implemented (stdio, mon:stdio, null, none, file:PATH and chardev:ID are)",
                   text);
    }
    if (c.mux && c.kind != CHAR_STDIO)
        user_error("-serial %s: only mon:stdio is implemented", text);
    o->serials[o->n_serials++] = c;
}

/* ---- -drive ---- */

static void add_device(struct options *o, const struct device_option *d)
{
    check_room("-device", o->n_devices, OPTIONS_MAX_ITEMS);
    o->devices[o->n_devices++] = *d;
}

/* Firmware: the first flash bank is read-only memory here, so it is the same as -bios. */
static void add_pflash(struct options *o, const struct drive_option *d, uint64_t unit)
{
    if (unit != 0)
        user_error("-drive if=pflash,unit=%llu: writable flash is not implemented yet",
                   (unsigned long long)unit);
    if (o->bios != NULL)
        user_error("-drive if=pflash: there is firmware already (%s)", o->bios);
    o->bios = d->file;
}

struct drive_parse {
    struct drive_option d;
    const char *interface, *format;
    uint64_t unit;
    bool unit_given;
};

static void drive_prop(struct drive_parse *q, const struct prop_list *l, const struct prop *p)
{
    if (strcmp(p->key, "file") == 0)
        q->d.file = prop_string(l, p);
    else if (strcmp(p->key, "id") == 0)
        q->d.id = prop_string(l, p);
    else if (strcmp(p->key, "if") == 0)
        q->interface = prop_string(l, p);
    else if (strcmp(p->key, "format") == 0)
        q->format = prop_string(l, p);
    else if (strcmp(p->key, "readonly") == 0 || strcmp(p->key, "read-only") == 0)
        q->d.read_only = prop_bool(l, p);
    else if (strcmp(p->key, "snapshot") == 0)
        q->d.persistent = !prop_bool(l, p);
    else if (strcmp(p->key, "unit") == 0) {
        q->unit = prop_number(l, p, 0, 31);
        q->unit_given = true;
    } else if (strcmp(p->key, "cache") != 0 && strcmp(p->key, "aio") != 0 && strcmp(p->key, "media") != 0 &&
               strcmp(p->key, "index") != 0)
        prop_unknown(l, p, "file, id, if, format, readonly, snapshot, unit");
}

void option_drive(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-drive", text);
    struct drive_parse q = {.interface = "virtio", .format = "raw"};
    struct prop p;
    while (prop_next(&l, &p))
        drive_prop(&q, &l, &p);
    if (q.d.file == NULL)
        user_error("-drive %s: file= is missing", text);
    if (strcmp(q.format, "raw") != 0)
        user_error("-drive %s: format '%s' is not implemented (raw is)", text, q.format);
    if (strcmp(q.interface, "pflash") == 0) {
        add_pflash(o, &q.d, q.unit_given ? q.unit : o->bios != NULL);
        return;
    }
    q.d.is_virtio = strcmp(q.interface, "virtio") == 0;
    if (!q.d.is_virtio && strcmp(q.interface, "none") != 0)
        user_error("-drive %s: if=%s is not implemented (none, virtio and pflash are)", text, q.interface);
    if (!q.d.is_virtio && q.d.id == NULL)
        user_error("-drive %s: if=none needs an id= that a -device names", text);
    check_room("-drive", o->n_drives, OPTIONS_MAX_ITEMS);
    if (q.d.is_virtio)
        add_device(o, &(struct device_option){
                          .kind = DEVICE_VIRTIO_BLK, .cpu_num = -1, .backend = (int)o->n_drives});
    o->drives[o->n_drives++] = q.d;
}

/* ---- -device ---- */

static void device_loader(struct options *o, struct prop_list *l, const char *text)
{
    struct device_option d = {.kind = DEVICE_LOADER, .cpu_num = -1, .backend = -1};
    struct prop p;
    while (prop_next(l, &p)) {
        if (strcmp(p.key, "file") == 0) {
            d.file = prop_string(l, &p);
        } else if (strcmp(p.key, "addr") == 0) {
            d.addr = prop_number(l, &p, 0, UINT64_MAX);
            d.has_addr = true;
        } else if (strcmp(p.key, "data") == 0) {
            d.data = prop_number(l, &p, 0, UINT64_MAX);
            d.data_len = d.data_len != 0 ? d.data_len : 8;
        } else if (strcmp(p.key, "data-len") == 0) {
            d.data_len = (unsigned)prop_number(l, &p, 1, 8);
        } else if (strcmp(p.key, "cpu-num") == 0) {
            d.cpu_num = (int)prop_number(l, &p, 0, OPTIONS_MAX_CPUS - 1);
        } else if (strcmp(p.key, "force-raw") == 0) {
            d.force_raw = prop_bool(l, &p);
        } else {
            prop_unknown(l, &p, "file, addr, data, data-len, cpu-num, force-raw");
        }
    }
    if (d.file != NULL && d.data_len != 0)
        user_error("-device %s: file= and data= exclude each other", text);
    if (d.file == NULL && !d.has_addr)
        user_error("-device %s: file= or addr= is missing", text);
    if (d.file == NULL && d.data_len == 0 && d.cpu_num < 0)
        user_error("-device %s: nothing to load; give file=, data= or cpu-num=", text);
    add_device(o, &d);
}

/* A device with at most a name (id=) and one property that names its backend. */
static void device_simple(struct options *o, struct prop_list *l, enum device_kind kind,
                          const char *backend_key)
{
    struct device_option d = {.kind = kind, .cpu_num = -1, .backend = -1};
    struct prop p;
    while (prop_next(l, &p)) {
        if (backend_key != NULL && strcmp(p.key, backend_key) == 0)
            d.backend_id = prop_string(l, &p);
        else if (strcmp(p.key, "id") != 0 && strcmp(p.key, "bus") != 0 && strcmp(p.key, "rng") != 0 &&
                 strcmp(p.key, "name") != 0)
            prop_unknown(l, &p, backend_key != NULL ? backend_key : "id");
    }
    if (kind == DEVICE_VIRTIO_BLK && d.backend_id == NULL)
        user_error("-device virtio-blk-device: drive= is missing");
    add_device(o, &d);
}

void option_device(struct options *o, const char *text)
{
    static const struct {
        const char *name;
        enum device_kind kind;
        const char *backend_key;
    } known[] = {
        {"virtio-blk-device", DEVICE_VIRTIO_BLK, "drive"},
        {"virtio-rng-device", DEVICE_VIRTIO_RNG, NULL},
        {"virtio-serial-device", DEVICE_VIRTIO_SERIAL, NULL},
        {"virtconsole", DEVICE_VIRTCONSOLE, "chardev"},
    };
    struct prop_list l = prop_list(o, "-device", text);
    struct prop p;
    if (!prop_next(&l, &p))
        user_error("-device: a device is wanted, for example virtio-blk-device,drive=ID");
    const char *name = p.value != NULL && strcmp(p.key, "driver") == 0 ? p.value : p.key;
    if (strcmp(name, "loader") == 0) {
        device_loader(o, &l, text);
        return;
    }
    for (size_t n = 0; n < ARRAY_LEN(known); n++) {
        if (strcmp(name, known[n].name) == 0) {
            device_simple(o, &l, known[n].kind, known[n].backend_key);
            return;
        }
    }
    user_error(
        "-device %s: not implemented (loader, virtio-blk-device, virtio-rng-device, virtio-serial-device and "
        "virtconsole are)",
        name);
}

/* ---- -fw_cfg ---- */

void option_fw_cfg(struct options *o, const char *text)
{
    struct prop_list l = prop_list(o, "-fw_cfg", text);
    struct fw_cfg_option f = {0};
    struct prop p;
    check_room("-fw_cfg", o->n_fw_cfgs, OPTIONS_MAX_ITEMS);
    while (prop_next(&l, &p)) {
        if (strcmp(p.key, "name") == 0)
            f.name = prop_string(&l, &p);
        else if (p.value == NULL && f.name == NULL)
            f.name = p.key;
        else if (strcmp(p.key, "file") == 0)
            f.file = prop_string(&l, &p);
        else if (strcmp(p.key, "string") == 0)
            f.string = prop_string(&l, &p);
        else
            prop_unknown(&l, &p, "name, file, string");
    }
    if (f.name == NULL || strlen(f.name) > 55)
        user_error("-fw_cfg %s: name= of at most 55 characters is wanted", text);
    if ((f.file == NULL) == (f.string == NULL))
        user_error("-fw_cfg %s: one of file= and string= is wanted", text);
    o->fw_cfgs[o->n_fw_cfgs++] = f;
}

/* ---- names to indices ---- */

static int find_drive(const struct options *o, const char *id)
{
    for (unsigned n = 0; n < o->n_drives; n++)
        if (o->drives[n].id != NULL && strcmp(o->drives[n].id, id) == 0)
            return (int)n;
    user_error("-device virtio-blk-device: there is no -drive with id=%s", id);
}

static int find_chardev(const struct options *o, const char *option, const char *id)
{
    for (unsigned n = 0; n < o->n_chardevs; n++)
        if (strcmp(o->chardevs[n].id, id) == 0)
            return (int)n;
    user_error("%s: there is no -chardev with id=%s", option, id);
}

void options_resolve(struct options *o)
{
    bool used[OPTIONS_MAX_ITEMS] = {false};
    for (unsigned n = 0; n < o->n_devices; n++) {
        struct device_option *d = &o->devices[n];
        if (d->kind == DEVICE_VIRTIO_BLK && d->backend_id != NULL)
            d->backend = find_drive(o, d->backend_id);
        if (d->kind == DEVICE_VIRTCONSOLE && d->backend_id != NULL)
            d->backend = find_chardev(o, "-device virtconsole", d->backend_id);
        if (d->kind == DEVICE_VIRTIO_BLK) {
            if (used[d->backend])
                user_error("-device virtio-blk-device: drive '%s' is in use already",
                           o->drives[d->backend].file);
            used[d->backend] = true;
        }
        if (d->kind == DEVICE_LOADER && d->cpu_num >= (int)o->smp)
            user_error("-device loader: cpu-num=%d, but there are %u CPUs (-smp)", d->cpu_num, o->smp);
    }
    for (unsigned n = 0; n < o->n_serials; n++) {
        struct char_option *c = &o->serials[n];
        if (c->id != NULL)
            *c = o->chardevs[find_chardev(o, "-serial", c->id)];
    }
}
