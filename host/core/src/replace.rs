//! Puts a file in the place of another one at once: whoever reads it reads the old one or the new one as a whole, and a
//! disk that gets full costs neither. A symbolic link is replaced, not followed.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The permissions of a new file, before umask(2).
const MODE: u32 = 0o644;

/// Writes a file. A device or a pipe, which nothing can be put in place of, is written to.
pub fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_special = file
        .metadata()
        .is_ok_and(|facts| !facts.is_file() && !facts.is_dir());
    if is_special {
        return OpenOptions::new().write(true).open(file)?.write_all(bytes);
    }
    let name = file.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(format!(".{}", std::process::id()));
    let draft = file.with_file_name(draft);
    let before = file.symlink_metadata().ok().filter(|facts| facts.is_file());
    let kept = before.map(|facts| facts.permissions().mode() & 0o777);
    let written = write(&draft, bytes, kept).and_then(|()| std::fs::rename(&draft, file));
    if written.is_err() {
        // It may never have been there.
        let _ = std::fs::remove_file(&draft);
    }
    written
}

fn write(draft: &Path, bytes: &[u8], kept: Option<u32>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(draft)?;
    if let Some(mode) = kept {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_is_replaced_and_what_it_led_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (other, link) = (folder.path().join("other"), folder.path().join("link"));
        std::fs::write(&other, "kept").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "kept");
        assert_eq!(std::fs::read_to_string(&link).unwrap(), "new");
        assert!(link.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn what_cannot_be_replaced_stays_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o750)).unwrap();
        replace(&file, b"new").unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o750);
        let taken = folder.path().join("folder");
        std::fs::create_dir(&taken).unwrap();
        assert!(replace(&taken, b"new").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        replace(Path::new("/dev/null"), b"new").unwrap();
    }
}
