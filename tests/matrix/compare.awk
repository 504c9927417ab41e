# SPDX-License-Identifier: BSD-2-Clause
#
# compare.awk -v version=7.2 -v list=FILE features.def regfields.def sysregs.def differences.md ours.log qemu.log
#
# Holds two logs of the access matrix (matrix.c says what their lines mean) against each other. Each difference must be covered
# by a row of the tables in docs/qemu-differences.md, or follow from a feature that one side only has by its identification registers
# (such features are rows of that page, too). Prints counts by row. Exit status 1 if a difference isn't covered, or a row covers
# nothing. The differences that no row covers go to `list`.
#
# Context, state and access of a row are lists of patterns (comma, *); the first row that fits takes the difference.

function fail(text) {
    print "compare: " text
    bad = 1
}

# "A*,B" as a regular expression
function pattern(glob) {
    glob = trim(glob)
    gsub(/, */, ",", glob)
    gsub(/[.+?()\[\]{}^$!]/, "\\\\&", glob)
    gsub(/\*/, ".*", glob)
    gsub(/,/, "|", glob)
    return "^(" glob ")$"
}

function trim(s) { gsub(/^[ `]+|[ `]+$/, "", s); return s }

# Four bits of an identification register from bit `low` up.
function id_field(side, reg, low,   v) {
    v = id[side, reg]
    if (v == "")
        return 0
    while (length(v) < 16)
        v = "0" v
    return index("0123456789abcdef", substr(v, 16 - low / 4, 1)) - 1
}

function one_sided(feature) {
    return feature in id_reg && \
        (id_field(0, id_reg[feature], id_low[feature]) >= id_value[feature]) != (id_field(1, id_reg[feature], id_low[feature]) >= id_value[feature])
}

function bit_number(hex,   n, d) {
    n = 4 * (length(hex) - 1)
    d = substr(hex, 1, 1)
    if (hex !~ /^[1248]0*$/)
        return -1
    return n + (d == 2 ? 1 : d == 4 ? 2 : d == 8 ? 3 : 0)
}

BEGIN {
    printf "" > list
    id_reg["AArch32"] = "ID_AA64PFR0_EL1" # at EL1; features.def has no such feature that could be chosen
    id_low["AArch32"] = 4
    id_value["AArch32"] = 2
}
FILENAME ~ /features\.def$/ {
    if (match($0, /^FEATURE\([A-Za-z0-9_]+, ID\(/)) {
        split($0, part, /[(), ]+/)
        id_reg[part[2]] = "ID_" part[4] "_EL1"
        id_low[part[2]] = part[5]
        id_value[part[2]] = part[6]
    }
    next
}
FILENAME ~ /regfields\.def$/ {
    split($0, part, /[(), ]+/)
    if (part[1] == "SET")
        set_reg[part[2]] = part[3]
    if (part[1] == "FIELD" || part[1] == "FIELD1")
        for (i = part[5]; i <= part[4]; i++)
            bit_feature[set_reg[part[2]], i] = part[6]
    next
}
FILENAME ~ /sysregs\.def$/ {
    if (match($0, /^SYSREG\(/)) {
        line = $0
        gsub(/"[^"]*"/, "text", line)
        gsub(/SYSL?\(text\)/, "W", line)
        split(line, part, /[(), ]+/)
        feature_of[part[2]] = part[10]
    }
    next
}
FILENAME ~ /\.def$/ { next }
FILENAME ~ /\.md$/ {
    if ($0 !~ /^\|/ || $0 ~ /^\|( *id *\||-)/)
        next
    split($0, part, "|")
    if (trim(part[4]) ~ /^(user|system|diff)$/) # of programs, not of accesses
        next
    if (part[3] != "" && trim(part[3]) != "*" && index("," trim(part[3]) ",", "," version ",") == 0)
        next
    rows++
    row_id[rows] = trim(part[2])
    if (trim(part[4]) == "feature") {
        row_feature[trim(part[5])] = rows
        continue_row = 1
        next
    }
    row_context[rows] = pattern(part[4])
    row_state[rows] = pattern(part[5])
    row_access[rows] = pattern(part[6])
    row_ours[rows] = pattern(part[7])
    row_theirs[rows] = pattern(part[8])
    next
}

FNR == 1 { side = seen_log++; state = context = "" }
{ sub(/\r$/, "") }
$1 == "F" { id[side, $2] = $3; next }
$1 == "C" { context = $2; state = "open"; contexts[side, context] = 1; all_contexts[context] = 1; next }
$1 == "N" { all_contexts[$2] = 1; next }
$1 == "B" {
    a = $2 " " $3
    open[side, context, a] = $4
    where[side, context, a] = $5
    if (side == 0)
        accesses[context, ++count[context]] = a
    next
}
$1 == "U" || $1 == "S" {
    state = $2 "^" $3
    kept[side, context, state] = $1
    if (!((context, state) in state_known)) {
        state_known[context, state] = 1
        states[++state_count] = context SUBSEP state
    }
    next
}
$1 == "D" {
    a = $2 " " $3
    closed[side, context, state, a] = $4
    key = context SUBSEP state SUBSEP a
    if (!(key in delta))
        delta[key] = 1
    next
}
$1 == "X" { closed[side, context, state, "changed " $2] = "yes"; delta[context, state, "changed " $2] = 1; next }
$1 == "T" { total[side] = $2 " accesses, " $3 " states (hexadecimal)"; next }

# One difference: by a feature, by a row, or not covered.
function differ(context, state, access, ours, theirs, feature,   i, key) {
    differences++
    if (feature != "" && one_sided(feature)) {
        by_feature[feature]++
        return
    }
    if (state != "open" && (context, access) in base_row) {
        row_used[base_row[context, access]]++
        return
    }
    # the same question asked many times over
    key = context SUBSEP state SUBSEP access SUBSEP ours SUBSEP theirs
    for (i = 1; i <= rows; i++)
        if (row_context[i] != "" && access ~ row_access[i] && ours ~ row_ours[i] && theirs ~ row_theirs[i] && \
            state ~ row_state[i] && context ~ row_context[i]) {
            row_used[i]++
            if (state == "open")
                base_row[context, access] = i
            return
        }
    uncovered++
    print context, state, access, "ours=" ours, "qemu=" theirs, feature > list
}

function feature_of_access(a,   name) {
    name = a
    sub(/ .*/, "", name)
    sub(/^changed /, "", name)
    sub(/_imm$/, "", name)
    if (name in feature_of)
        return feature_of[name]
    return name in id_reg ? name : ""
}

# Does the storage differ? Ambiguous values say nothing.
function other_storage(a, b) {
    return a != b && a !~ /^[~?]$/ && b !~ /^[~?]$/
}

END {
    for (s = 0; s < 2; s++)
        if (total[s] == "")
            fail("log " s " is not complete")
    for (c in all_contexts) {
        if (((0, c) in contexts) != ((1, c) in contexts)) {
            differ(c, "open", "context", (0, c) in contexts ? "has" : "hasnt", (1, c) in contexts ? "has" : "hasnt", \
                c ~ /nv2/ ? "NV2" : c ~ /nv/ ? "NV" : "")
            continue
        }
        for (n = 1; n <= count[c]; n++) {
            a = accesses[c, n]
            x = open[0, c, a]
            y = open[1, c, a]
            compared++
            if (x != y)
                differ(c, "open", a, x, y, feature_of_access(a))
            else if (x == "ok" && other_storage(where[0, c, a], where[1, c, a]))
                differ(c, "open", a, "ok:" where[0, c, a], "ok:" where[1, c, a], feature_of_access(a))
        }
    }
    for (n = 1; n <= state_count; n++) {
        split(states[n], part, SUBSEP)
        c = part[1]
        st = part[2]
        if (!((0, c) in contexts) || !((1, c) in contexts))
            continue
        x = kept[0, c, st]
        y = kept[1, c, st]
        if (x == y && x == "S") {
            both++
            compared += count[c]
        }
        # a register that one side doesn't have, or a bit
        split(st, part, "^")
        bit = bit_number(part[2])
        if ((x == "S") != (y == "S"))
            differ(c, st, "bit", x == "S" ? "kept" : "not", y == "S" ? "kept" : "not", \
                one_sided(feature_of[part[1]]) ? feature_of[part[1]] : bit_feature[part[1], bit])
    }
    for (key in delta) {
        split(key, part, SUBSEP)
        c = part[1]
        st = part[2]
        a = part[3]
        if (!((0, c) in contexts) || !((1, c) in contexts) || (st != "open" && (kept[0, c, st] != "S" || kept[1, c, st] != "S")))
            continue
        x = (0, c, st, a) in closed ? closed[0, c, st, a] : open[0, c, a]
        y = (1, c, st, a) in closed ? closed[1, c, st, a] : open[1, c, a]
        if (x == y)
            continue
        split(st, part, "^")
        bit = bit_number(part[2])
        f = bit_feature[part[1], bit]
        differ(c, st, a, x == "" ? "-" : x, y == "" ? "-" : y, one_sided(f) ? f : feature_of_access(a))
    }
    print "ours: " total[0]
    print "QEMU " version ": " total[1]
    print compared " accesses compared in " both " states and all contexts, " differences " differences"
    for (f in by_feature) {
        print "  feature " f ": " by_feature[f]
        if (!(f in row_feature))
            fail("FEAT_" f " is on one side only, and no row says so")
    }
    for (f in row_feature)
        if (!(f in by_feature))
            fail("row " row_id[row_feature[f]] " (FEAT_" f "): both sides agree")
    for (n = 1; n <= rows; n++)
        if (row_context[n] != "") {
            print "  row " row_id[n] ": " row_used[n] + 0
            if (row_used[n] == 0)
                fail("row " row_id[n] " covers nothing")
        }
    if (uncovered)
        fail(uncovered " differences without an explanation, in " list)
    exit bad
}
