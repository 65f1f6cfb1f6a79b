//! Single files by path. Requests at the gate, with the path: `file.read`; `file.create` for a file where none is;
//! `file.write` for whatever changes one.

use crate::Error;
use crate::bindings::nethost::cap::files;

/// The whole of a regular file, at most 64 MiB.
///
/// ```no_run
/// let hosts = nethost_sdk::files::read("hosts.txt")?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`, before the file system is touched; `NotFound`; `AccessDenied`; `TooLarge`;
/// `InvalidArgument` (not a regular file).
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    Ok(files::read(path)?)
}

/// The names of the files in a folder, in order.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`; `InvalidArgument` (not a folder).
pub fn names(path: &str) -> Result<Vec<String>, Error> {
    Ok(files::names(path)?)
}

pub use files::{FileFacts, FileIdentity, FileKind, Walk, WriteMode};

/// What is at a path.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`.
pub fn facts(path: &str) -> Result<FileFacts, Error> {
    Ok(files::facts(path)?)
}

/// Which file is at a path, by device and inode, and then which are below it. Nothing is opened but folders.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`; `Timeout`; `TooLarge`.
pub fn identify(path: &str, walk: Walk) -> Result<Vec<FileIdentity>, Error> {
    Ok(files::identify(path, walk)?)
}

/// Makes the folders above a file that are missing.
///
/// # Errors
/// `Denied`; `AccessDenied`; `Other`.
pub fn make_folders(path: &str) -> Result<(), Error> {
    Ok(files::make_folders(path)?)
}

/// Removes a regular file.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`; `InvalidArgument`.
pub fn remove(path: &str) -> Result<(), Error> {
    Ok(files::remove(path)?)
}

/// Replaces the contents of a regular file at once, or creates it: nobody ever finds half of it. At most 64 KiB.
///
/// # Errors
/// `Denied`; `TooLarge`; `NotFound`; `AccessDenied`; `InvalidArgument`; `Other`.
pub fn replace(path: &str, contents: &[u8]) -> Result<(), Error> {
    Ok(files::replace(path, contents)?)
}

/// Sets when a regular file was last written, in seconds since 1970-01-01 UTC.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`; `InvalidArgument`.
pub fn set_modified(path: &str, seconds: i64) -> Result<(), Error> {
    Ok(files::set_modified(path, seconds)?)
}

/// A regular file that is read in parts.
#[derive(Debug)]
pub struct Reader(files::Reader);

impl Reader {
    /// Opens it; the first byte that is read is the one at `offset`.
    ///
    /// # Errors
    /// `Denied`; `NotFound`; `AccessDenied`; `InvalidArgument` (not a regular file).
    pub fn open(path: &str, offset: u64) -> Result<Self, Error> {
        Ok(Self(files::Reader::open(path, offset)?))
    }

    /// The size of the whole file when it was opened.
    pub fn size(&self) -> u64 {
        self.0.size()
    }

    /// The next bytes; none at the end of the file.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self, max: u32) -> Result<Vec<u8>, Error> {
        Ok(self.0.read(max)?)
    }
}

/// A regular file that is written.
///
/// ```no_run
/// use nethost_sdk::files::{WriteMode, Writer};
///
/// let writer = Writer::open("copy.txt", WriteMode::Create, None)?;
/// writer.write(b"all of it")?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer(files::Writer);

impl Writer {
    /// Opens it. A new file gets these permission bits, without the umask's.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `NotFound`; `AccessDenied`; `Other`, such as `File exists`.
    pub fn open(path: &str, mode: WriteMode, permissions: Option<u32>) -> Result<Self, Error> {
        Ok(Self(files::Writer::open(path, mode, permissions)?))
    }

    /// Makes the file, or opens the one that is there. To make a file and to change one are different requests: whoever may
    /// change it may make it.
    ///
    /// # Errors
    /// As those of [`Writer::open`].
    pub fn make_or_open(
        path: &str,
        mode: WriteMode,
        permissions: Option<u32>,
    ) -> Result<Self, Error> {
        match Self::open(path, WriteMode::Create, permissions) {
            Err(error) if error.is_existing_file() => Self::open(path, mode, permissions),
            Err(denied @ Error::Denied(_)) => {
                Self::open(path, mode, permissions).map_err(|_| denied)
            }
            made => made,
        }
    }

    /// Writes all of the bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.0.write(bytes)?)
    }
}
