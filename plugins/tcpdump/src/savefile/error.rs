//! Why a capture file cannot be read, in the words of libpcap.

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// It ends too early.
    #[error("{0}")]
    Short(String),
    /// It is none.
    #[error("unknown file format")]
    Unknown,
    /// It is one of a form that is not read.
    #[error("{0} files are not read")]
    Unsupported(&'static str),
    /// It contradicts itself.
    #[error("{0}")]
    Malformed(String),
    /// It could not be read.
    #[error("error reading dump file: {0}")]
    Read(String),
}

impl Error {
    /// For a file that begins so.
    pub(crate) fn unknown(magic: [u8; 4]) -> Self {
        match &magic {
            b"snoo" => Self::Unsupported("snoop"),
            [0x34, 0xcd, 0xb2, 0xa1] | [0xa1, 0xb2, 0xcd, 0x34] => {
                Self::Unsupported("modified pcap")
            }
            _ => Self::Unknown,
        }
    }
}
