/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Query packets: what the stub can do, which threads there are, the target description, monitor commands.
 * GDB manual, appendix "GDB Remote Serial Protocol", General Query Packets. qqemu.PhyMemMode is QEMU's.
 */
#include <stdio.h>
#include <string.h>

#include "debug/internal.h"

/* Everything may be RAM somewhere: these are virtual addresses. Without a region for an address GDB wouldn't
 * even ask for it. Two, for GDB takes no length of 2^64. */
static const char memory_map[] =
    "<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
    "\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n"
    "  <memory type=\"ram\" start=\"0x0\" length=\"0x8000000000000000\"/>\n"
    "  <memory type=\"ram\" start=\"0x8000000000000000\" length=\"0x8000000000000000\"/>\n</memory-map>\n";

static void supported(struct gdb *g, const char *text)
{
    g->says_swbreak = strstr(text, "swbreak+") != NULL;
    g->says_hwbreak = strstr(text, "hwbreak+") != NULL;
    packet_printf(&g->out, "PacketSize=%x;", PACKET_MAX);
    packet_text(&g->out, "QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;vContSupported+;"
                         "swbreak+;hwbreak+");
    if (g->travel != NULL)
        packet_text(&g->out, ";ReverseStep+;ReverseContinue+");
}

/* "OFFSET,LENGTH" of a document. */
static void transfer(struct gdb *g, const char *document, const char *text)
{
    uint64_t offset, length;
    size_t size = strlen(document);
    if (!packet_number(&text, &offset) || !packet_skip(&text, ",") || !packet_number(&text, &length) ||
        offset > size) {
        packet_text(&g->out, "E16");
        return;
    }
    size_t left = size - (size_t)offset, n = length < left ? (size_t)length : left;
    if (n > PACKET_MAX - 1)
        n = PACKET_MAX - 1;
    packet_byte(&g->out, n < left ? 'm' : 'l');
    for (size_t k = 0; k < n; k++)
        packet_byte(&g->out, (uint8_t)document[offset + k]);
}

/* "ANNEX:OFFSET,LENGTH" */
static void features(struct gdb *g, const char *text)
{
    char annex[64];
    const char *colon = strchr(text, ':');
    if (colon != NULL && (size_t)(colon - text) < sizeof(annex)) {
        memcpy(annex, text, (size_t)(colon - text));
        annex[colon - text] = 0;
        const char *xml = target_xml(g->target, annex);
        if (xml != NULL) {
            transfer(g, xml, colon + 1);
            return;
        }
    }
    packet_text(&g->out, "E00");
}

/* As many threads as fit a short packet, from g->listed on. */
static void list_threads(struct gdb *g)
{
    if (g->listed >= g->m->n_cpus) {
        packet_byte(&g->out, 'l');
        return;
    }
    for (unsigned k = 0; k < 64 && g->listed < g->m->n_cpus; k++)
        packet_printf(&g->out, "%c%x", k == 0 ? 'm' : ',', ++g->listed);
}

static const char *power_words(const struct cpu *c)
{
    switch (c->power) {
    case CPU_OFF:
        return ", off";
    case CPU_ON_PENDING:
        return ", about to be on";
    case CPU_WFI:
        return ", sleeps in WFI";
    case CPU_WFE:
        return ", sleeps in WFE";
    default:
        return "";
    }
}

/* "CPU 0: EL1, EL1&0, VMID 1" */
static void thread_info(struct gdb *g, const char *text)
{
    char line[128];
    uint64_t id;
    if (!packet_number(&text, &id) || id == 0 || id > g->m->n_cpus) {
        packet_text(&g->out, "E16");
        return;
    }
    const struct cpu *c = g->m->cpus[id - 1];
    const struct tctx *t = &c->bank->tctx;
    int n = snprintf(line, sizeof(line), "CPU %u: EL%u, %s", c->index, c->el,
                     regime_name((enum regime)t->regime));
    if (t->stage2)
        n += snprintf(line + n, sizeof(line) - (size_t)n, ", VMID %u", t->vmid);
    n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%s", t->secure ? ", Secure" : "", power_words(c));
    packet_hex(&g->out, line, (size_t)n);
}

static void monitor(struct gdb *g, const char *text)
{
    char command[1024];
    size_t n = strlen(text) / 2;
    if (n >= sizeof(command) || !packet_bytes(&text, command, n) || *text != 0) {
        packet_text(&g->out, "E16");
        return;
    }
    command[n] = 0;
    monitor_command(g, command);
    packet_begin(&g->out);
    packet_text(&g->out, "OK");
}

static void physical_mode(struct gdb *g, const char *text)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        packet_text(&g->out, "E16");
        return;
    }
    g->view.kind = text[0] == '1' ? VIEW_PHYSICAL : VIEW_CURRENT;
    packet_text(&g->out, "OK");
}

void query_packet(struct gdb *g, const char *text)
{
    if (packet_skip(&text, "qSupported")) {
        supported(g, text);
    } else if (strcmp(text, "QStartNoAckMode") == 0) {
        packet_text(&g->out, "OK");
        g->no_ack = true;
    } else if (packet_skip(&text, "qXfer:features:read:")) {
        features(g, text);
    } else if (packet_skip(&text, "qXfer:memory-map:read::")) {
        transfer(g, memory_map, text);
    } else if (strcmp(text, "qfThreadInfo") == 0) {
        g->listed = 0;
        list_threads(g);
    } else if (strcmp(text, "qsThreadInfo") == 0) {
        list_threads(g);
    } else if (packet_skip(&text, "qThreadExtraInfo,")) {
        thread_info(g, text);
    } else if (strcmp(text, "qC") == 0) {
        packet_printf(&g->out, "QC%x", g->selected + 1);
    } else if (strcmp(text, "qAttached") == 0) {
        packet_byte(&g->out, '1');
    } else if (packet_skip(&text, "qRcmd,")) {
        monitor(g, text);
    } else if (strcmp(text, "qqemu.PhyMemMode") == 0) {
        packet_byte(&g->out, g->view.kind == VIEW_PHYSICAL ? '1' : '0');
    } else if (packet_skip(&text, "Qqemu.PhyMemMode:")) {
        physical_mode(g, text);
    }
}
