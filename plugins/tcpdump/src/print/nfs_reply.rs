//! What servers of NFS answer.

use super::nfs::{FILE_KINDS, WRITE_MODES, handle, name, procedure};
use super::prelude::*;

const ERRORS: &Table = &[
    (1, "Operation not permitted"),
    (2, "No such file or directory"),
    (5, "Input/output error"),
    (6, "Device not configured"),
    (11, "Resource deadlock avoided"),
    (12, "Cannot allocate memory"),
    (13, "Permission denied"),
    (17, "File exists"),
    (18, "Cross-device link"),
    (19, "Operation not supported by device"),
    (20, "Not a directory"),
    (21, "Is a directory"),
    (22, "Invalid argument"),
    (26, "Text file busy"),
    (27, "File too large"),
    (28, "No space left on device"),
    (30, "Read-only file system"),
    (31, "Too many links"),
    (45, "Operation not supported"),
    (62, "Too many levels of symbolic links"),
    (63, "File name too long"),
    (66, "Directory not empty"),
    (69, "Disc quota exceeded"),
    (70, "Stale NFS file handle"),
    (71, "Too many levels of remote in path"),
    (99, "Write cache flushed to disk"),
    (10001, "Illegal NFS file handle"),
    (10002, "Update synchronization mismatch"),
    (10003, "READDIR/READDIRPLUS cookie is stale"),
    (10004, "Operation not supported"),
    (10005, "Buffer or request is too small"),
    (10006, "Unspecified error on server"),
    (10007, "Object of that type not supported"),
    (10008, "Request couldn't be completed in time"),
];
const STATES: &Table = &[
    (1, "PROG_UNAVAIL"),
    (2, "PROG_MISMATCH"),
    (3, "PROC_UNAVAIL"),
    (4, "GARBAGE_ARGS"),
    (5, "SYSTEM_ERR"),
];

/// Why the printing ends.
enum Stop {
    /// What was captured ends.
    Cut,
    /// The message ends, which is not said of one that tells an error.
    Short,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

type Part<T = ()> = Result<T, Stop>;

/// An answer, and how far it was printed.
struct Reply<'a> {
    b: &'a [u8],
    at: usize,
    failed: bool,
}

/// Prints the answer to a procedure.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, asked: u32, third: bool) -> Done {
    let asked = procedure(p, asked, third);
    let mut reply = Reply {
        b,
        at: 12,
        failed: false,
    };
    if !matches!(asked, 1..=21) {
        return Ok(());
    }
    let done = match reply.begin(p, length) {
        Ok(()) => reply.body(p, asked, third),
        Err(stop) => Err(stop),
    };
    match done {
        Ok(()) => {}
        Err(Stop::Short) if reply.failed => {}
        Err(_) => return Err(Cut),
    }
    Ok(())
}

impl Reply<'_> {
    fn next(&mut self) -> Done<u32> {
        let number = self.b.be32(self.at)?;
        self.at += 4;
        Ok(number)
    }

    fn next64(&mut self) -> Done<u64> {
        let number = self.b.be64(self.at)?;
        self.at += 8;
        Ok(number)
    }

    fn need(&self, count: usize) -> Part {
        self.b.octets(self.at, count).map_err(|_| Stop::Short)?;
        Ok(())
    }

    /// What every reply begins with.
    fn begin(&mut self, p: &mut Printer, length: usize) -> Part {
        let size = self.b.be32(self.at + 4)? as usize;
        if size >= length {
            return Err(Stop::Short);
        }
        self.at += 8 + size.next_multiple_of(4);
        let state = self.next()?;
        if state != 0 {
            p.text(" ");
            p.name(STATES, state, "ar_stat %u");
            self.failed = true;
            return Err(Stop::Short);
        }
        Ok(())
    }

    /// Whether the answer is not an error, which is printed.
    fn fine(&mut self, p: &mut Printer) -> Done<bool> {
        let error = self.next()?;
        if error == 0 {
            return Ok(true);
        }
        if p.set.quiet == 0 {
            p.text(" ERROR: ");
            p.name(ERRORS, error, "unk %u");
        }
        self.failed = true;
        Ok(false)
    }

    fn handle(&mut self, p: &mut Printer, third: bool) -> Part {
        let size = match third {
            true => self.b.be32(self.at)? as usize / 4 * 4 + 4,
            false => 32,
        };
        self.need(size)?;
        self.at = handle(p, self.b, self.at, third)?;
        Ok(())
    }

    fn attributes(&mut self, p: &mut Printer, verbose: u8, third: bool) -> Part {
        self.need(20)?;
        let v = self.b.tail(self.at);
        if verbose > 0 {
            p.text(" ");
            p.name(FILE_KINDS, v.be32(0)?, "unk-ft %u ");
            write!(
                p,
                " {:o} ids {}/{}",
                v.be32(4)?,
                v.be32(12)?.cast_signed(),
                v.be32(16)?.cast_signed()
            );
            match third {
                true => write!(p, " sz {}", v.be64(20)?),
                false => write!(p, " sz {}", v.be32(20)?),
            }
        }
        let size = if third { 84 } else { 68 };
        if verbose > 1 {
            self.need(size)?;
            write!(p, " nlink {}", v.be32(8)?);
            if third {
                write!(p, " rdev {}/{}", v.be32(36)?, v.be32(40)?);
                write!(p, " fsid {:x} fileid {:x}", v.be64(44)?, v.be64(52)?);
            } else {
                write!(p, " rdev 0x{:x} fsid 0x{:x}", v.be32(28)?, v.be32(36)?);
                write!(p, " nodeid 0x{:x}", v.be32(40)?);
            }
            p.text(" a/m/ctime");
            for place in [size - 24, size - 16, size - 8] {
                write!(p, " {}.{:06}", v.be32(place)?, v.be32(place + 4)?);
            }
        }
        self.at += size;
        Ok(())
    }

    /// The attributes after an operation, where they are told.
    fn after(&mut self, p: &mut Printer) -> Part {
        if self.next()? == 0 {
            return Ok(());
        }
        if p.v(1) {
            return self.attributes(p, p.set.verbose, true);
        }
        self.at += 84;
        Ok(())
    }

    /// The attributes before and after an operation.
    fn change(&mut self, p: &mut Printer) -> Part {
        p.text(if p.v(2) { " PRE:" } else { "" });
        if self.next()? != 0 {
            self.need(24)?;
            if p.v(2) {
                let v = self.b.tail(self.at);
                write!(p, " sz {}", v.be64(0)?);
                write!(p, " mtime {}.{:06}", v.be32(8)?, v.be32(12)?);
                write!(p, " ctime {}.{:06}", v.be32(16)?, v.be32(20)?);
            }
            self.at += 24;
        }
        self.post(p)
    }

    fn post(&mut self, p: &mut Printer) -> Part {
        p.text(if p.v(1) { " POST:" } else { "" });
        self.after(p)
    }

    fn cookie(&mut self, p: &mut Printer) -> Done {
        write!(p, " verf {:x}", self.next64()?);
        Ok(())
    }

    fn body(&mut self, p: &mut Printer, asked: u32, third: bool) -> Part {
        let fine = self.fine(p)?;
        match (asked, third) {
            (1, _) | (2 | 6 | 7, false) => {
                let verbose = match asked {
                    1 | 2 => u8::from(p.set.quiet == 0),
                    _ => p.set.verbose,
                };
                if fine {
                    self.attributes(p, verbose, third)?;
                }
            }
            (2 | 12 | 13, true) => self.change(p)?,
            (3 | 8 | 9, false) if !fine => {}
            (3 | 8 | 9, false) => {
                self.handle(p, false)?;
                self.attributes(p, p.set.verbose, false)?;
            }
            (3, true) => self.lookup(p, fine)?,
            (8..=10, true) | (11, _) => self.created(p, fine)?,
            (10 | 12..=15, false) => {}
            (4, _) => {
                p.text(if p.v(1) { " attr:" } else { "" });
                self.after(p)?;
                if fine {
                    write!(p, " c {:04x}", self.next()?);
                }
            }
            (5, _) if !fine => {}
            (5, _) => {
                if third {
                    self.after(p)?;
                }
                p.text(" ");
                let size = self.b.be32(self.at)? as usize;
                if size < u32::MAX as usize - 2 {
                    self.b.octets(self.at + 4, size).map_err(|_| Stop::Short)?;
                }
                name(p, self.b, self.at)?;
            }
            (6, true) => {
                self.after(p)?;
                if fine && p.v(1) {
                    write!(p, " {} bytes", self.next()?);
                    p.text(if self.next()? != 0 { " EOF" } else { "" });
                }
            }
            (7, true) => {
                self.change(p)?;
                if fine && p.v(1) {
                    write!(p, " {} bytes", self.next()?);
                    if p.v(2) {
                        let mode = tok(WRITE_MODES, self.next()?, "#%d");
                        write!(p, " <{mode}>");
                        self.cookie(p)?;
                    }
                }
            }
            (14, true) if p.v(1) => {
                p.text(" from:");
                self.change(p)?;
                p.text(" to:");
                self.change(p)?;
            }
            (15, true) if p.v(1) => {
                p.text(" file POST:");
                self.after(p)?;
                p.text(" dir:");
                self.change(p)?;
            }
            (16, false) => self.entries(p, fine)?,
            (16, true) | (17, _) => {
                self.post(p)?;
                if fine && p.v(1) {
                    write!(p, " verf {:08x}{:08x}", self.next()?, self.next()?);
                }
            }
            (18, _) => self.space(p, fine, third)?,
            (19, _) => {
                self.post(p)?;
                if fine {
                    self.limits(p)?;
                }
            }
            (20, _) => {
                self.post(p)?;
                if fine {
                    self.names(p)?;
                }
            }
            (21, _) => {
                self.change(p)?;
                if p.v(2) {
                    self.cookie(p)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn lookup(&mut self, p: &mut Printer, fine: bool) -> Part {
        if fine {
            self.handle(p, true)?;
            self.after(p)?;
        }
        if p.v(2) {
            p.text(" post dattr:");
            self.after(p)?;
        }
        Ok(())
    }

    fn created(&mut self, p: &mut Printer, fine: bool) -> Part {
        if !fine {
            return self.change(p);
        }
        if self.next()? == 0 {
            return Ok(());
        }
        self.handle(p, true)?;
        if p.v(1) {
            self.after(p)?;
            if p.v(2) {
                p.text(" dir attr:");
                self.change(p)?;
            }
        }
        Ok(())
    }

    fn entries(&mut self, p: &mut Printer, fine: bool) -> Part {
        if fine && p.set.quiet == 0 {
            let (offset, size) = (self.next()?, self.next()?);
            write!(p, " offset 0x{offset:x} size {size} ");
            p.text(if self.next()? != 0 { " eof" } else { "" });
        }
        Ok(())
    }

    fn space(&mut self, p: &mut Printer, fine: bool, third: bool) -> Part {
        if !third && !fine || p.set.quiet > 0 {
            return Ok(());
        }
        if !third {
            self.need(20)?;
            for name in ["tsize", "bsize", "blocks", "bfree", "bavail"] {
                write!(p, " {name} {}", self.next()?);
            }
            return Ok(());
        }
        self.post(p)?;
        self.need(52)?;
        for name in ["tbytes", "fbytes", "abytes"] {
            write!(p, " {name} {}", self.next64()?);
        }
        if p.v(1) {
            for name in ["tfiles", "ffiles", "afiles"] {
                write!(p, " {name} {}", self.next64()?);
            }
            write!(p, " invar {}", self.next()?);
        }
        Ok(())
    }

    fn limits(&mut self, p: &mut Printer) -> Part {
        self.need(48)?;
        let v = self.b.tail(self.at);
        for (name, place) in [
            ("rtmax", 0),
            ("rtpref", 4),
            ("wtmax", 12),
            ("wtpref", 16),
            ("dtpref", 24),
        ] {
            write!(p, " {name} {}", v.be32(place)?);
        }
        if p.v(1) {
            write!(p, " rtmult {} wtmult {}", v.be32(8)?, v.be32(20)?);
            write!(p, " maxfsz {}", v.be64(28)?);
            write!(p, " delta {}.{:06} ", v.be32(36)?, v.be32(40)?);
        }
        Ok(())
    }

    fn names(&mut self, p: &mut Printer) -> Part {
        self.need(24)?;
        write!(p, " linkmax {}", self.next()?);
        write!(p, " namemax {}", self.next()?);
        for name in ["notrunc", "chownres", "igncase", "keepcase"] {
            p.text(" ");
            p.text(if self.next()? != 0 { name } else { "" });
        }
        Ok(())
    }
}
