//! The seal of a cache entry: what the plugin imports, and a digest of all of it, at the entry's end. Whatever is
//! changed in an entry later breaks it, and so does another name: an entry stands for one component alone.
//!
//! It shows damage. Against forgers stands who may write the entry: nobody but root and this user, who could give
//! themselves any seal. The digest is BLAKE3, because it is computed at every start: 0.2 ms a megabyte, a third of
//! SHA-256 with the processor's help.

use std::io;

use blake3::{Hash, Hasher, OUT_LEN};
use serde::{Deserialize, Serialize};

/// The last bytes of a sealed entry.
const MAGIC: &[u8; 8] = b"nhseal1\n";
/// What the digest is of.
const CONTEXT: &str = "nethost compile cache entry 1";
/// Length of the notes, digest, magic: the shortest that can be an entry.
pub(super) const SHORTEST: usize = 4 + OUT_LEN + MAGIC.len();

/// What an entry says of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Its file name.
    pub(super) name: String,
    /// What the component imports: which files a run of it reads is known before its code is mapped.
    pub(super) imports: Vec<String>,
}

/// The entry with its seal.
pub(super) fn seal(compiled: &[u8], notes: &Notes) -> io::Result<Vec<u8>> {
    let notes = postcard::to_allocvec(notes).map_err(io::Error::other)?;
    let length = u32::try_from(notes.len()).map_err(io::Error::other)?;
    let mut entry = [compiled, &notes, &length.to_le_bytes()].concat();
    let digest = digest(&entry);
    entry.extend_from_slice(digest.as_bytes());
    entry.extend_from_slice(MAGIC);
    Ok(entry)
}

/// What a sealed entry says of itself; none where it is not as it was sealed.
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

    /// Every single bit, every cut, and what is added: nothing of an entry changes without breaking its seal.
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
