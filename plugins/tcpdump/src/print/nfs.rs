//! NFS 2 and 3 (RFC 1094, RFC 1813): what clients ask for.

use std::net::IpAddr;

use super::nfs_handle;
use super::nfs_reply;
use super::prelude::*;
use super::transport::Ip;

const PROCEDURES: &Table = &[
    (25, "nop"),
    (0, "null"),
    (1, "getattr"),
    (2, "setattr"),
    (3, "lookup"),
    (4, "access"),
    (5, "readlink"),
    (6, "read"),
    (7, "write"),
    (8, "create"),
    (9, "mkdir"),
    (10, "symlink"),
    (11, "mknod"),
    (12, "remove"),
    (13, "rmdir"),
    (14, "rename"),
    (15, "link"),
    (16, "readdir"),
    (17, "readdirplus"),
    (18, "fsstat"),
    (19, "fsinfo"),
    (20, "pathconf"),
    (21, "commit"),
];
pub(crate) const WRITE_MODES: &Table = &[(0, "unstable"), (1, "datasync"), (2, "filesync")];
pub(crate) const FILE_KINDS: &Table = &[
    (0, "NON"),
    (1, "REG"),
    (2, "DIR"),
    (3, "BLK"),
    (4, "CHR"),
    (5, "LNK"),
    (7, "FIFO"),
];
const AUTHENTICATION: &Table = &[
    (0, "OK"),
    (1, "Bogus Credentials (seal broken)"),
    (2, "Rejected Credentials (client should begin new session)"),
    (3, "Bogus Verifier (seal broken)"),
    (4, "Verifier expired or was replayed"),
    (5, "Credentials are too weak"),
    (6, "Bogus response verifier"),
    (7, "Unknown failure"),
];

/// The number of a call, who asked and who was asked.
pub(crate) type Key = (u32, IpAddr, IpAddr);

fn ends(ip: Ip<'_>) -> Done<(IpAddr, IpAddr)> {
    Ok(match ip.version {
        4 => (
            ip.header.array::<4>(12)?.into(),
            ip.header.array::<4>(16)?.into(),
        ),
        _ => (
            ip.header.array::<16>(8)?.into(),
            ip.header.array::<16>(24)?.into(),
        ),
    })
}

/// A message of NFS over UDP or TCP: prints it when it is a call to the server or its reply, else false.
///
/// # Errors
/// [`Cut`]
pub(crate) fn detect(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    (source, destination): (u16, u16),
    ip: Ip<'_>,
    before: &str,
) -> Done<bool> {
    let Ok(direction) = b.be32(4) else {
        return Ok(false);
    };
    let id = b.be32(0)?;
    match direction {
        0 if destination == 2049 => {
            write!(p, "{before}NFS request xid {id} ");
            request(p, b, length, ip)?;
        }
        1 if source == 2049 => {
            write!(p, "{before}NFS reply xid {id} ");
            reply(p, b, length, ip)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The name of a procedure by its number of version 3.
pub(crate) fn procedure(p: &mut Printer, procedure: u32, third: bool) -> u32 {
    const SECOND: [u32; 26] = [
        0, 1, 2, 25, 3, 5, 6, 25, 7, 8, 12, 14, 15, 10, 9, 13, 16, 18, 25, 25, 25, 25, 25, 25, 25,
        25,
    ];
    let number = match SECOND.get(procedure as usize) {
        Some(number) if !third => *number,
        _ => procedure,
    };
    p.text(" ");
    p.name(PROCEDURES, number, "proc-%u");
    number
}

/// Prints a reply, with its ends as -T rpc says.
///
/// # Errors
/// [`Cut`]
pub(crate) fn reply_with_ends(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "nfs";
    let id = b.be32(0)?;
    ip.source(p)?;
    p.text(if p.set.numeric == 0 {
        ".nfs > "
    } else {
        ".2049 > "
    });
    ip.destination(p)?;
    write!(p, ".{id}: ");
    reply(p, b, length, ip)
}

fn reply(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "nfs";
    let status = b.be32(8)?;
    match status {
        0 => {
            write!(p, "reply ok {length}");
            let (server, client) = ends(ip)?;
            let id = b.be32(0)?;
            match p.nfs_calls.find(&(id, client, server)) {
                Some((asked, version)) => nfs_reply::print(p, b, length, asked, version == 3),
                None => Ok(()),
            }
        }
        1 => {
            write!(p, "reply ERR {length}: ");
            match b.be32(12)? {
                0 => {
                    let (low, high) = (b.be32(16)?, b.be32(20)?);
                    write!(p, "RPC Version mismatch ({low}-{high})");
                }
                1 => {
                    let why = b.be32(16)?;
                    p.text("Auth ");
                    p.name(AUTHENTICATION, why, "Invalid failure code %u");
                }
                reason => write!(p, "Unknown reason for rejecting rpc message {reason}"),
            }
            Ok(())
        }
        _ => {
            write!(p, "reply Unknown rpc response code={status} {length}");
            Ok(())
        }
    }
}

/// Where the arguments of a call begin.
fn arguments(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    let (mut at, mut left) = (24, length);
    for (name, last) in [("credentials", false), ("verifier", true)] {
        if left < 8 {
            return Err(Cut);
        }
        let size = b.be32(at + 4)? as usize;
        if size > left {
            write!(p, " [{name} length {size} > {left}]");
            p.invalid();
            return Err(Cut);
        }
        let taken = 8 + size.next_multiple_of(4);
        b.octets(at, taken)?;
        if taken > left || last && taken == left {
            return Err(Cut);
        }
        at += taken;
        left -= taken;
    }
    Ok(at)
}

/// Prints a handle; where it ends.
///
/// # Errors
/// [`Cut`]
pub(crate) fn handle(p: &mut Printer, b: &[u8], at: usize, third: bool) -> Done<usize> {
    let (at, size) = match third {
        true => (at + 4, b.be32(at)? as usize / 4 * 4),
        false => (at, 32),
    };
    b.octets(at, size)?;
    nfs_handle::print(p, b.tail(at), size / 4)?;
    Ok(at + size)
}

/// Prints a name; where it ends.
///
/// # Errors
/// [`Cut`]
pub(crate) fn name(p: &mut Printer, b: &[u8], at: usize) -> Done<usize> {
    let size = b.be32(at)?;
    if u32::MAX - size < 3 {
        p.text("[cannot pad to 32-bit boundaries]");
        p.invalid();
        return Err(Cut);
    }
    let size = size as usize;
    let padded = size.next_multiple_of(4);
    b.octets(at + 4, padded)?;
    p.text("\"");
    p.string_at(b, at + 4, size)?;
    p.text("\"");
    Ok(at + 4 + padded)
}

fn handle_and_name(p: &mut Printer, b: &[u8], at: usize, third: bool) -> Done<usize> {
    let at = handle(p, b, at, third)?;
    p.text(" ");
    name(p, b, at)
}

fn request(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "nfs";
    write!(p, "{length}");
    let (version, asked) = (b.be32(16)?, b.be32(20)?);
    let (client, server) = ends(ip)?;
    p.nfs_calls
        .insert((b.be32(0)?, client, server), (asked, version));
    let third = version == 3;
    let asked = procedure(p, asked, third);
    if !matches!(asked, 1..=21) {
        return Ok(());
    }
    let at = arguments(p, b, length)?;
    match asked {
        1 | 2 | 5 | 18..=20 => {
            handle(p, b, at, third)?;
        }
        3 | 8 | 9 | 12 | 13 => {
            handle_and_name(p, b, at, third)?;
        }
        4 => {
            let at = handle(p, b, at, third)?;
            access(p, b.be32(at)?);
        }
        6 | 16 | 17 | 21 => {
            let at = handle(p, b, at, third)?;
            range(p, b.tail(at), asked, third)?;
        }
        7 => {
            let at = handle(p, b, at, third)?;
            write_range(p, b.tail(at), third)?;
        }
        10 => {
            let at = handle_and_name(p, b, at, third)?;
            p.text(" ->");
            let attributes = match third {
                true => Some(Attributes::read(b, at)?),
                false => None,
            };
            let next = attributes.as_ref().map_or(at, |attributes| attributes.end);
            name(p, b, next)?;
            if let Some(attributes) = attributes {
                attributes.print(p);
            }
        }
        11 => {
            let at = handle_and_name(p, b, at, third)?;
            let kind = b.be32(at)?;
            let attributes = Attributes::read(b, at + 4)?;
            p.text(" ");
            p.name(FILE_KINDS, kind, "unk-ft %u");
            if p.v(1) && matches!(kind, 3 | 4) {
                let (major, minor) = (b.be32(attributes.end)?, b.be32(attributes.end + 4)?);
                write!(p, " {major}/{minor}");
            }
            attributes.print(p);
        }
        14 => {
            let at = handle_and_name(p, b, at, third)?;
            p.text(" ->");
            handle_and_name(p, b, at, third)?;
        }
        _ => {
            let at = handle(p, b, at, third)?;
            p.text(" ->");
            handle_and_name(p, b, at, third)?;
        }
    }
    Ok(())
}

fn access(p: &mut Printer, flags: u32) {
    const RIGHTS: [&str; 6] = ["READ", "LOOKUP", "MODIFY", "EXTEND", "DELETE", "EXECUTE"];
    match flags {
        0x40.. => write!(p, " {flags:04x}"),
        0x3f => p.text(" NFS_ACCESS_FULL"),
        _ => {
            let mut separator = " ";
            for (bit, right) in RIGHTS.iter().enumerate() {
                if flags & 1 << bit != 0 {
                    write!(p, "{separator}NFS_ACCESS_{right}");
                    separator = "|";
                }
            }
        }
    }
}

/// What is read of a file or directory.
fn range(p: &mut Printer, b: &[u8], asked: u32, third: bool) -> Done {
    match asked {
        6 | 21 if third || asked == 21 => {
            let (count, offset) = (b.be32(8)?, b.be64(0)?);
            write!(p, " {count} bytes @ {offset}");
        }
        16 | 17 if third || asked == 17 => {
            let (count, offset) = (b.be32(16)?, b.be64(0)?.cast_signed());
            write!(p, " {count} bytes @ {offset}");
            if p.v(1) {
                if asked == 17 {
                    write!(p, " max {}", b.be32(20)?);
                }
                write!(p, " verf {:08x}{:08x}", b.be32(8)?, b.be32(12)?);
            }
        }
        _ => {
            let (count, offset) = (b.be32(4)?, b.be32(0)?);
            write!(p, " {count} bytes @ {offset}");
        }
    }
    Ok(())
}

fn write_range(p: &mut Printer, b: &[u8], third: bool) -> Done {
    if !third {
        let (total, at) = (b.be32(12)?, b.be32(8)?);
        let (offset, begin) = (b.be32(4)?, b.be32(0)?);
        write!(p, " {total} ({at}) bytes @ {offset} ({begin})");
        return Ok(());
    }
    let (total, count, offset) = (b.be32(16)?, b.be32(8)?, b.be64(0)?);
    write!(p, " {total} ({count}) bytes @ {offset}");
    if p.v(1) {
        let mode = tok(WRITE_MODES, b.be32(12)?, "#%d");
        write!(p, " <{mode}>");
    }
    Ok(())
}

/// The attributes that a new file shall have.
struct Attributes {
    mode: Option<u32>,
    user: Option<u32>,
    group: Option<u32>,
    times: [Option<(u32, u32)>; 2],
    end: usize,
}

impl Attributes {
    fn read(b: &[u8], at: usize) -> Done<Self> {
        let mut at = at;
        let mut numbers = [None; 4];
        for number in &mut numbers {
            if b.be32(at)? != 0 {
                *number = Some(b.be32(at + 4)?);
                at += 4;
            }
            at += 4;
        }
        let mut times = [None; 2];
        for time in &mut times {
            if b.be32(at)? == 2 {
                *time = Some((b.be32(at + 4)?, b.be32(at + 8)?));
                at += 8;
            }
            at += 4;
        }
        let [mode, user, group, _] = numbers;
        Ok(Self {
            mode,
            user,
            group,
            times,
            end: at,
        })
    }

    fn print(&self, p: &mut Printer) {
        if !p.v(1) {
            return;
        }
        if let Some(mode) = self.mode {
            write!(p, " mode {mode:o}");
        }
        for (name, number) in [("uid", self.user), ("gid", self.group)] {
            if let Some(number) = number {
                write!(p, " {name} {number}");
            }
        }
        for (name, time) in ["atime", "mtime"].into_iter().zip(self.times) {
            if let Some((seconds, fraction)) = time
                && p.v(2)
            {
                write!(p, " {name} {seconds}.{fraction:06}");
            }
        }
    }
}
