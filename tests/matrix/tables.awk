# SPDX-License-Identifier: BSD-2-Clause
#
# tables.awk e2h-redirect.tsv sysregs.tsv: the tables of the access matrix's image, as X-macro rows.
#
#   REG(number, name, flags, flip, candidates ...)  every register of sysregs.tsv: what a write may change in it, and which
#                                                   storage its name can reach (e2h-redirect.tsv)
#   ACCESS(number, register or -1, name, word, kind) every access: MRS and MSR of each register, in the direction that it has and
#                                                   in the other; SYS; SYSL; MSR (immediate)
# A few encodings that no register has, and instructions that have traps of their own, follow.
BEGIN {
    FS = "\t"
    registers = operations = immediates = accesses = pairs = 0
}

# What the image may do with a register. FREE: any value, as long as the MMU is off and no debug exception is enabled. Others keep
# their value but for the bits of `flip`, chosen so that the image survives. LIVE: changes by itself, or reading it changes something.
function policy(name) {
    flip = "0"
    if (name ~ /_EL[01]2$/)
        return "RENAMED"
    if (name ~ /^(ESR|ELR|SPSR|FAR|MFAR)_EL3$|_TVAL_|^CNT[PV]CT|^RNDR|^(NZCV|DAIF|CurrentEL|SPSel|PAN|UAO|ALLINT|PM|DIT|SSBS|TCO|SVCR|ISR_EL1)$/)
        return "LIVE"
    if (name ~ /^DBGDTR|^MDCCSR|^OSDTR|^ICC_N?M?IAR|^PMXEV|^PMSWINC|^PMZR|^SPMZR|^GCSPR_EL3/)
        return "LIVE"
    if (name ~ /^(RMR_|OSDLR|ERRSELR|VBAR_EL3|ICC_(EOIR|DIR|SGI|ASGI))/)
        return "KEPT"
    if (name ~ /^(TTBR|TCR_|VTTBR|VTCR|VSTTBR|VSTCR|A?MAIR|TPIDR|CONTEXTIDR|AFSR|FAR|HPFAR|ESR|ELR|SPSR|VBAR|SCXTNUM|AP.*Key|DBG[BW]VR|VPIDR|VMPIDR|PAR_|TFSR|RGSR|GCR_|SP_EL|VSESR|VDISR|DISR|ACTLR|HACR|FPCR|FPSR|DACR32|IFSR32|SDER32|CNTVOFF|CNTPOFF|CNTFRQ|PMEVTYPER|PMCCFILTR|PMEVCNTR|PMCCNTR|TRFCR|PIR|POR|PIRE0|S2PIR|LORSA|LOREA)/ || name ~ /_CVAL_/)
        return "FREE"
    flip = "1"
    if (name ~ /^SCTLR_|^SCTLR2_/) flip = "8"
    else if (name == "HCR_EL2") flip = "1 << 16"
    else if (name == "SCR_EL3" || name == "MDSCR_EL1") flip = "1 << 12"
    else if (name == "MDCR_EL2") flip = "1 << 9"
    else if (name == "MDCR_EL3") flip = "1 << 9"
    else if (name ~ /^CPTR_/) flip = "UINT64_C(1) << 31"
    else if (name ~ /^CPACR_/) flip = "1 << 20"
    else if (name == "CNTKCTL_EL1") flip = "1 << 8"
    else if (name == "CNTHCTL_EL2") flip = "1 << 2"
    else if (name ~ /^CNT.*_CTL_/ || name ~ /^ICC_SRE/ || name ~ /^CSSELR/ || name ~ /^TCR2_/ || name == "PMUSERENR_EL0") flip = "2"
    else if (name == "PMCR_EL0") flip = "1 << 5"
    else if (name ~ /^PM(CNTEN|INTEN|OVS)/) flip = "UINT64_C(1) << 31"
    else if (name == "ICH_HCR_EL2") flip = "1 << 10"
    else if (name ~ /^ICC_BPR/) flip = "4"
    else if (name ~ /^ICC_PMR/) flip = "0x80"
    else if (name ~ /^ICH_LR/) flip = "0xff"
    else if (name == "ICH_VMCR_EL2") flip = "UINT64_C(0xff) << 24"
    else if (name == "HCRX_EL2") flip = "8"
    else if (name == "MDCCINT_EL1") flip = "1 << 30"
    else if (name == "VNCR_EL2") flip = "UINT64_C(1) << 20"
    return "KEPT"
}

function access(reg, name, word, kind) {
    printf "ACCESS(%d, %d, \"%s\", %s, %s)\n", accesses++, reg, name, word, kind
}

function write_of(word) { return sprintf("0x%x", word_number(word) - 2097152) }
function read_of(word) { return sprintf("0x%x", word_number(word) + 2097152) }

# No strtonum() in every awk.
function word_number(hex,   i, n) {
    n = 0
    for (i = 3; i <= length(hex); i++)
        n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
    return n
}

FILENAME ~ /redirect/ {
    if (FNR > 1)
        for (i = 3; i <= 12; i++)
            if ($i ~ /^[A-Za-z0-9_]+$/ && $i != "UNDEFINED" && index(reach[$1] " ", " " $i " ") == 0)
                reach[$1] = reach[$1] " " $i
    next
}
FNR == 1 { next }
$1 == "SYSREG" && $2 !~ /</ {
    number[$2] = registers
    order[registers] = $2
    direction[registers] = $8
    read_word[registers] = $11 ~ /^0x/ ? $11 : read_of($12)
    write_word[registers] = $12 ~ /^0x/ ? $12 : write_of($11)
    registers++
    next
}
$1 == "SYS" { op[operations] = $2; op_word[operations++] = $12; next }
$1 == "SYSL" { op[operations] = $2; op_word[operations++] = $11 ~ /^0x/ ? $11 : $12; next }
$1 == "MSRIMM" {
    # The table leaves CRm open; PM and SVCR are told from others by it.
    imm[immediates] = $2
    imm_word[immediates++] = $2 == "PM" ? "0xd501421f" : $2 ~ /^SVCR/ ? "0xd503467f" : $12
    next
}
$1 == "SYSP" { pairs++ }

END {
    for (n = 0; n < registers; n++) {
        name = order[n]
        p = policy(name)
        if (name ~ /(SET0?|SET1|CLR0?|CLR1)_EL[01]$/)
            p = p " | " (name ~ /SET/ ? "SET_BITS" : "CLEAR_BITS")
        if (direction[n] == "R")
            p = p " | READ_ONLY"
        list = ""
        k = split(reach[name], candidate, " ")
        for (i = 1; i <= k; i++)
            if (candidate[i] in number && candidate[i] != name)
                list = list ", " number[candidate[i]]
        sub(/^, /, "", list)
        printf "REG(%d, %s, %s, %s, (%s))\n", n, name, p, flip, list == "" ? "-1" : list
    }
    for (n = 0; n < registers; n++) {
        access(n, order[n], read_word[n], "MRS")
        access(n, order[n], write_word[n], "MSR")
    }
    for (n = 0; n < operations; n++)
        access(-1, op[n], op_word[n], op[n] ~ /^(DC|IC) |^AT / ? "SYS_ADDRESS" : "SYS_OTHER")
    for (n = 0; n < immediates; n++)
        access(-1, imm[n] " imm", imm_word[n], "SYS_OTHER")
    # IMPLEMENTATION DEFINED space, and holes of the reserved space.
    access(-1, "S3_0_C11_C0_0", "0xd538b000", "MRS_OTHER")
    access(-1, "S3_0_C11_C0_0", "0xd518b000", "SYS_OTHER")
    access(-1, "S3_3_C15_C7_7", "0xd53bffe0", "MRS_OTHER")
    access(-1, "S3_3_C15_C7_7", "0xd51bffe0", "SYS_OTHER")
    access(-1, "S1_3_C11_C0_0", "0xd50bb000", "SYS_OTHER")
    access(-1, "S3_0_C1_C1_7", "0xd53811e0", "MRS_OTHER")
    access(-1, "S3_3_C7_C7_7", "0xd53b77e0", "MRS_OTHER")
    access(-1, "S1_3_C7_C9_7", "0xd50b79e0", "SYS_OTHER")
    # Instructions with traps of their own.
    access(-1, "WFE", "0xd503205f", "INSTRUCTION")
    access(-1, "FMOV", "0x9e660000", "INSTRUCTION")
    access(-1, "PACIA", "0xdac10000", "INSTRUCTION")
    access(-1, "SVC", "0xd4000001", "INSTRUCTION")
    access(-1, "HVC", "0xd4000002", "INSTRUCTION")
    access(-1, "SMC", "0xd4000003", "INSTRUCTION")
    printf "/* %d registers, %d accesses; %d 128-bit SYSP rows left out */\n", registers, accesses, pairs
}
