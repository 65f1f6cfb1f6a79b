//! Starts `nethost-capture`, which compiles expressions with libpcap and has no privilege.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::capabilities::capture::LONGEST_PROGRAM;
use nethost_net::datagram::FilterInstruction;

/// No expression is longer.
const LONGEST: usize = 64 << 10;
/// Each instruction has eight bytes.
const LARGEST_ANSWER: u64 = 8 * LONGEST_PROGRAM as u64;
/// Bytes of a complaint.
const LARGEST_COMPLAINT: u64 = 4096;
/// How long a compilation may take: meanwhile this process does nothing else.
const PATIENCE: Duration = Duration::from_secs(10);
/// Exit code of an expression that libpcap refuses.
const REFUSED: i32 = 1;

/// An expression and what it is compiled for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterSource {
    /// In the language of pcap-filter(7).
    pub expression: String,
    /// The link of the packets (LINKTYPE_ number).
    pub link: u32,
    /// How much of a packet the program keeps.
    pub snapshot: u32,
    /// Whether libpcap makes the program shorter.
    pub optimize: bool,
    /// The mask of the IPv4 network of the interface; 0 if there is none.
    pub netmask: u32,
    /// Where the packets are from.
    pub origin: PacketOrigin,
}

/// Where packets are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PacketOrigin {
    /// A capture file.
    File,
    /// Nowhere: the program is only looked at.
    Nowhere,
    /// An interface.
    Live,
}

/// The program, each instruction in network order; or what libpcap says is wrong.
pub(crate) type Encoded = Result<Vec<u8>, String>;

/// Compiles.
pub(crate) fn run(source: &FilterSource) -> io::Result<Encoded> {
    if source.expression.len() > LONGEST {
        return Ok(Err("expression too long".into()));
    }
    let origin = match source.origin {
        // Costs a network namespace, so only if a tag can matter.
        PacketOrigin::Live if source.expression.contains("vlan") => "tagged",
        PacketOrigin::Live | PacketOrigin::Nowhere => "live",
        PacketOrigin::File => "file",
    };
    let numbers = [source.link, source.snapshot, source.netmask];
    let mut compiler = Command::new(locate()?);
    compiler
        .args(numbers.map(|number| number.to_string()))
        .arg(if source.optimize { "optimize" } else { "plain" })
        .arg(origin)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = compiler.spawn()?;
    let broken = || io::Error::from_raw_os_error(libc::EPIPE);
    let mut input = child.stdin.take().ok_or_else(broken)?;
    let output = child.stdout.take().ok_or_else(broken)?;
    let complaints = child.stderr.take().ok_or_else(broken)?;
    // The expression fits into the pipe. If the compiler failed before it has read it, its message is what counts.
    let _ = input.write_all(source.expression.as_bytes());
    drop(input);
    let (mut program, mut complaint) = (Vec::new(), Vec::new());
    let end = Instant::now() + PATIENCE;
    let told = read_before(end, output, LARGEST_ANSWER + 1, &mut program)
        .and_then(|()| read_before(end, complaints, LARGEST_COMPLAINT, &mut complaint));
    if told.is_err() {
        // It has ended, or is not worth waiting for.
        let _ = child.kill();
    }
    let ended = child.wait()?;
    told?;
    if program.len() as u64 > LARGEST_ANSWER {
        return Ok(Err(
            "expression is too long: its program has more than 4096 instructions".into(),
        ));
    }
    if ended.success() {
        return Ok(Ok(program));
    }
    let complaint = String::from_utf8_lossy(&complaint);
    let complaint = complaint.trim_end_matches('\n');
    match ended.code() {
        Some(REFUSED) => Ok(Err(complaint.to_owned())),
        _ => Err(io::Error::other(format!("{complaint} ({ended})"))),
    }
}

/// Reads to the end or so many bytes, until this moment.
fn read_before(
    end: Instant,
    mut from: impl Read + AsFd,
    most: u64,
    into: &mut Vec<u8>,
) -> io::Result<()> {
    let mut part = [0; 4096];
    while (into.len() as u64) < most {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&left)) {
            Err(Errno::INTR) => continue,
            Ok(0) => return Err(Errno::TIMEDOUT.into()),
            polled => drop(polled?),
        }
        match from.read(&mut part)? {
            0 => return Ok(()),
            count => into.extend_from_slice(&part[..count]),
        }
    }
    Ok(())
}

/// Whether it can be found and started here, and compiles. The error is EOPNOTSUPP if it is not there.
pub fn try_out() -> io::Result<()> {
    const EVERYTHING: FilterSource = FilterSource {
        expression: String::new(),
        link: 1,
        snapshot: 64,
        optimize: true,
        netmask: 0,
        origin: PacketOrigin::Nowhere,
    };
    match run(&EVERYTHING)? {
        Ok(program) if !program.is_empty() => Ok(()),
        Ok(_) => Err(io::Error::other("it compiles to nothing")),
        Err(complaint) => Err(io::Error::other(complaint)),
    }
}

/// Beside this executable, or where it is installed.
fn locate() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let installed = PathBuf::from("/usr/libexec/nethost/nethost-capture");
    let mut folder = program.parent().unwrap_or(&program);
    // A test of cargo is in a folder beside the executables.
    if folder.ends_with("target/debug/deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let places = [folder.join("nethost-capture"), installed];
    let found = places.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| io::Error::from_raw_os_error(libc::EOPNOTSUPP))
}

/// The instructions of an answer.
pub(crate) fn decode(program: &[u8]) -> Vec<FilterInstruction> {
    let read = |[a, b, jump_true, jump_false, c, d, e, f]: &[u8; 8]| FilterInstruction {
        code: u16::from_be_bytes([*a, *b]),
        jump_true: *jump_true,
        jump_false: *jump_false,
        operand: u32::from_be_bytes([*c, *d, *e, *f]),
    };
    program.as_chunks::<8>().0.iter().map(read).collect()
}
