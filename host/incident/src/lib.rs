//! The bundle of an incident: a tar archive that begins with a list of its members and the SHA-256 of each. So whoever
//! gets it can tell whether it is whole, and open it with tar(1).
//!
//! A bundle may come from anybody: it is read without writing a file, and no size in it is trusted.

use std::fs::File;
use std::io::{self, Read, Write};

use nethost_core::{digest, text};
use serde::{Deserialize, Serialize};
use tar::{Archive, Builder, Header};

/// The first member.
const MANIFEST: &str = "manifest.json";
/// The version of the format.
const FORMAT: u32 = 1;
/// The largest list of members, the largest member, and the largest number of members.
const LARGEST_MANIFEST: u64 = 64 << 10;
const LARGEST_MEMBER: u64 = 256 << 20;
const MOST_MEMBERS: usize = 32;

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it contains.
    pub bytes: Vec<u8>,
}

/// Why a file is no bundle, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read, or is no archive.
    #[error("not a readable archive: {0}")]
    Archive(#[from] io::Error),
    /// It is another archive.
    #[error("not a bundle of nethost: {0}")]
    Foreign(String),
    /// It is not what it was when it was made.
    #[error("it was changed or is not whole: {0}")]
    Changed(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Manifest {
    nethost_incident: u32,
    members: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Listed {
    name: String,
    size: u64,
    digest: String,
}

/// Writes a bundle. `time` is when it was made, in seconds since 1970.
pub fn write(file: impl Write, members: &[Member], time: u64) -> io::Result<()> {
    let listed = members.iter().map(|member| Listed {
        name: member.name.clone(),
        size: member.bytes.len() as u64,
        digest: digest(&member.bytes),
    });
    let manifest = serde_json::to_vec_pretty(&Manifest {
        nethost_incident: FORMAT,
        members: listed.collect(),
    })?;
    let mut archive = Builder::new(file);
    let mut append = |name: &str, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(time);
        archive.append_data(&mut header, name, bytes)
    };
    append(MANIFEST, &manifest)?;
    for member in members {
        append(&member.name, &member.bytes)?;
    }
    archive.into_inner()?.flush()
}

/// Reads a bundle, and verifies that each member is as it is listed, and that there is no other.
pub fn read(file: File) -> Result<Vec<Member>, Error> {
    let mut archive = Archive::new(file);
    let mut entries = archive.entries()?;
    let mut next = |most: u64| -> Result<Option<Member>, Error> {
        let Some(entry) = entries.next().transpose()? else {
            return Ok(None);
        };
        let name = text::line(&String::from_utf8_lossy(&entry.path_bytes()));
        if !entry.header().entry_type().is_file() {
            return Err(Error::Changed(format!("{name} is no file")));
        }
        let size = entry.size();
        if size > most {
            return Err(Error::Changed(format!(
                "{name} is larger than {} KiB",
                most >> 10
            )));
        }
        let mut bytes = Vec::new();
        entry.take(most).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(Error::Changed(format!("{name} is cut off")));
        }
        Ok(Some(Member { name, bytes }))
    };
    let first = next(LARGEST_MANIFEST).map_err(|error| match error {
        Error::Changed(why) => Error::Foreign(why),
        other => other,
    })?;
    let first = first.filter(|member| member.name == MANIFEST);
    let first =
        first.ok_or_else(|| Error::Foreign(format!("it does not begin with {MANIFEST}")))?;
    let manifest: Manifest = serde_json::from_slice(&first.bytes).map_err(|error| {
        Error::Foreign(format!("{MANIFEST}: {}", text::line(&error.to_string())))
    })?;
    if manifest.nethost_incident != FORMAT || manifest.members.len() > MOST_MEMBERS {
        let why = "this nethost does not know its version; install a newer nethost";
        return Err(Error::Foreign(why.into()));
    }
    let mut members = Vec::new();
    for listed in manifest.members {
        let name = text::line(&listed.name);
        let member = next(LARGEST_MEMBER)?;
        let member = member.filter(|member| member.name == name);
        let member = member.ok_or_else(|| Error::Changed(format!("{name} is missing")))?;
        if digest(&member.bytes) != listed.digest || member.bytes.len() as u64 != listed.size {
            return Err(Error::Changed(format!("{name} has another digest")));
        }
        members.push(member);
    }
    match next(LARGEST_MEMBER)? {
        Some(member) => Err(Error::Changed(format!("{} is not listed", member.name))),
        None => Ok(members),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Seek, SeekFrom};

    use super::*;

    fn members() -> Vec<Member> {
        ["record.ndjson", "versions.json"]
            .map(|name| Member {
                name: name.into(),
                bytes: name.repeat(100).into_bytes(),
            })
            .to_vec()
    }

    fn bundle() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, &members(), 1_700_000_000).unwrap();
        bytes
    }

    fn reread(bytes: &[u8]) -> Result<Vec<Member>, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        read(file).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(reread(&bundle()).unwrap(), members());
    }

    #[test]
    fn any_changed_byte_of_a_member_is_noticed() {
        let whole = bundle();
        let at = whole
            .windows(26)
            .position(|part| part == b"record.ndjsonrecord.ndjson")
            .unwrap();
        for place in [at, at + 700, at + 1299] {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            let why = reread(&changed).unwrap_err();
            assert!(why.contains("record.ndjson has another digest"), "{why}");
        }
    }

    #[test]
    fn what_is_missing_more_or_foreign_is_an_error() {
        let whole = bundle();
        assert!(reread(b"").unwrap_err().contains("does not begin with"));
        assert!(reread(&[7; 2000]).is_err());
        assert!(reread(&whole[..2048]).is_err());
        let more = [members(), members()].concat();
        let mut bytes = Vec::new();
        write(&mut bytes, &more, 0).unwrap();
        assert_eq!(reread(&bytes).unwrap(), more);
        // A member that the list does not know, in place of the end of the archive.
        let mut added = Builder::new(Vec::new());
        let mut header = Header::new_ustar();
        header.set_size(4);
        added
            .append_data(&mut header, "more", &b"more"[..])
            .unwrap();
        let end = whole.len() - 1024;
        let joined = [&whole[..end], &added.into_inner().unwrap()].concat();
        assert!(reread(&joined).unwrap_err().contains("more is not listed"));
    }
}
