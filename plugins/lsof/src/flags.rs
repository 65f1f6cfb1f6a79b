//! +f: the flags with which a file is open, as letters or as a number.

/// How they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagForm {
    /// +fg
    Letters,
    /// +fG
    Number,
}

/// O_… as x86 numbers them, in lsof's order and words.
const LETTERS: [(u32, &str); 14] = [
    (0o1, "W"),
    (0o2, "RW"),
    (0o2000, "AP"),
    (0o4000, "ND"),
    (0o10000, "SYN"),
    (0o20000, "ASYN"),
    (0o40000, "DIR"),
    (0o200_000, "DTY"),
    (0o400_000, "NFLK"),
    (0o1_000_000, "NATM"),
    (0o100_000, "LG"),
    (0o2_000_000, "CX"),
    (0o10_000_000, "PATH"),
    (0o20_000_000, "TMPF"),
];

/// The field FILE-FLAG. The number behind the semicolon is of kernels that flag a process's descriptors; Linux has none.
pub(crate) fn text(flags: u32, form: FlagForm) -> String {
    match form {
        FlagForm::Number => format!("0x{flags:x};0x0"),
        FlagForm::Letters => {
            let set = LETTERS.iter().filter(|(bit, _)| flags & bit != 0);
            set.map(|(_, name)| *name).collect::<Vec<_>>().join(",")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_lsof() {
        for (flags, letters) in [
            (0o2_100_000, "LG,CX"),
            (0o6_110_000, "SYN,LG,CX"),
            (0o22_300_002, "RW,DTY,LG,CX,TMPF"),
            (0o12_000_000, "CX,PATH"),
            (0, ""),
        ] {
            assert_eq!(text(flags, FlagForm::Letters), letters);
        }
        assert_eq!(text(0x88400, FlagForm::Number), "0x88400;0x0");
    }
}
