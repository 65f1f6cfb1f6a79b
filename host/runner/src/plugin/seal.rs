//! The seal of a cache entry, at its end: the imports of the plugin, and a digest of the whole entry. Each later change
//! of the entry breaks the seal, and so does another file name: an entry is for one component only.
//!
//! The seal detects damage. It does not protect against forgery: that is prevented by who may write the entry, only
//! root and this user, who could compute any seal. The digest is BLAKE3, because it is computed at every start: 0.2 ms
//! per megabyte, a third of SHA-256 with hardware support.

use std::io;

use blake3::{Hash, Hasher, OUT_LEN};
use serde::{Deserialize, Serialize};

/// The last bytes of a sealed entry.
const MAGIC: &[u8; 8] = b"nhseal1\n";
/// The context of the digest.
const CONTEXT: &str = "nethost compile cache entry 1";
/// The length of the notes, the digest and the magic number: the minimum size of an entry.
pub(super) const SHORTEST: usize = 4 + OUT_LEN + MAGIC.len();

/// What an entry says about itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Its file name.
    pub(super) name: String,
    /// The imports of the component, from which the files that a run reads are known before its code is mapped.
    pub(super) imports: Vec<String>,
}

/// Returns the entry with its seal.
pub(super) fn seal(compiled: &[u8], notes: &Notes) -> io::Result<Vec<u8>> {
    let notes = postcard::to_allocvec(notes).map_err(io::Error::other)?;
    let length = u32::try_from(notes.len()).map_err(io::Error::other)?;
    let mut entry = [compiled, &notes, &length.to_le_bytes()].concat();
    let digest = digest(&entry);
    entry.extend_from_slice(digest.as_bytes());
    entry.extend_from_slice(MAGIC);
    Ok(entry)
}

/// Returns what a sealed entry says about itself; None if the seal is broken.
pub(super) fn open(entry: &[u8]) -> Option<Notes> {
    let rest = entry.strip_suffix(MAGIC)?;
    let (sealed, stated) = rest.split_last_chunk::<OUT_LEN>()?;
    if digest(sealed) != Hash::from_bytes(*stated) {
        return None;
    }
    let (rest, length) = sealed.split_last_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let notes = rest.get(rest.len().checked_sub(length)?..)?;
    postcard::from_bytes(notes).ok()
}

fn digest(sealed: &[u8]) -> Hash {
    Hasher::new_derive_key(CONTEXT).update(sealed).finalize()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Every single bit, every truncation, and appended bytes: no change of an entry leaves its seal intact.
    #[test]
    fn no_changed_entry_opens() {
        let notes = || Notes {
            name: "a.cwasm".into(),
            imports: vec!["nethost:cap/icmp@0.1.0".into()],
        };
        let entry = seal(&[0x5a; 300], &notes()).unwrap();
        assert_eq!(open(&entry), Some(notes()));
        for at in 0..entry.len() {
            for bit in 0..8 {
                let mut changed = entry.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(open(&changed), None, "byte {at}, bit {bit}");
            }
            assert_eq!(open(&entry[..at]), None, "cut at {at}");
            assert_eq!(open(&entry[at + 1..]), None, "without the first {at}");
        }
        assert_eq!(open(&[&entry[..], b"x"].concat()), None);
        assert_eq!(open(&[b"x", &entry[..]].concat()), None);
        assert_eq!(open(MAGIC), None);
        assert_eq!(open(&seal(b"", &notes()).unwrap()[1..]), None);
    }
}
