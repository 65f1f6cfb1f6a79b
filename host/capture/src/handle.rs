//! The handle of libpcap that an expression is compiled for. What an expression may say, and how, depends on it.

use std::io::Write;
use std::os::fd::OwnedFd;

use pcap::{Active, Capture, Dead, Linktype, Offline};

use crate::sys;

/// LINKTYPE_ETHERNET
const ETHERNET: u32 = 1;
/// The snapshot length of a handle without a device.
const OF_DEAD: u32 = 65_535;

/// Where the packets are from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A capture file.
    File,
    /// An interface.
    Live,
    /// An interface, and the expression is about tags of VLANs, which the kernel has taken off the packets.
    Tagged,
}

/// A handle.
pub(crate) enum Handle {
    /// Of a capture file without packets.
    File(Capture<Offline>),
    /// Without a device, and the snapshot length that programs get.
    Live(Capture<Dead>, u32),
    /// Of the loopback interface of a network namespace of its own.
    Tagged(Capture<Active>),
}

/// Opens a handle.
pub(crate) fn open(origin: Origin, link: u32, snapshot: u32) -> Result<Handle, String> {
    match origin {
        Origin::File => file(link, snapshot).map(Handle::File),
        // Without a namespace of its own, as in a container: tags are looked for in the packet.
        Origin::Tagged if link == ETHERNET => match tagged(snapshot) {
            Ok(capture) => Ok(Handle::Tagged(capture)),
            Err(_) => dead(link, snapshot),
        },
        Origin::Live | Origin::Tagged => dead(link, snapshot),
    }
}

fn dead(link: u32, snapshot: u32) -> Result<Handle, String> {
    let capture = Capture::dead(Linktype(data_link(link)));
    let capture = capture.map_err(|error| error.to_string())?;
    Ok(Handle::Live(capture, snapshot))
}

/// The DLT_ number of a link; for nearly all it is the LINKTYPE_ number (pcap-linktype(7)).
fn data_link(link: u32) -> i32 {
    match link {
        100 => 11,
        101 => 12,
        link => link.cast_signed(),
    }
}

/// The head of a capture file (pcap-savefile(5)), and nothing else.
fn file(link: u32, snapshot: u32) -> Result<Capture<Offline>, String> {
    let mut head = Vec::with_capacity(24);
    head.extend_from_slice(&0xa1b2_c3d4_u32.to_ne_bytes());
    head.extend_from_slice(&2_u16.to_ne_bytes());
    head.extend_from_slice(&4_u16.to_ne_bytes());
    for number in [0, 0, snapshot, link] {
        head.extend_from_slice(&number.to_ne_bytes());
    }
    let (reader, writer) = rustix::pipe::pipe().map_err(|error| error.to_string())?;
    let mut writer = std::fs::File::from(writer);
    let written = writer.write_all(&head);
    written.map_err(|error| error.to_string())?;
    drop(writer);
    open_file(reader)
}

fn open_file(file: OwnedFd) -> Result<Capture<Offline>, String> {
    sys::open_file(file).map_err(|error| match error {
        pcap::Error::PcapError(words) => words,
        error => error.to_string(),
    })
}

/// libpcap finds out whether the kernel keeps tags apart from packets when it opens a device. Any device of Ethernet
/// will do, so it is one on which nothing ever passes.
fn tagged(snapshot: u32) -> Result<Capture<Active>, String> {
    sys::enter_empty_network().map_err(|error| error.to_string())?;
    let capture = Capture::from_device("lo").map_err(|error| error.to_string())?;
    let capture = capture.snaplen(i32::try_from(snapshot).unwrap_or(i32::MAX));
    // The smallest buffer: it stays empty.
    let capture = capture.immediate_mode(true).buffer_size(64 << 10);
    capture.open().map_err(|error| error.to_string())
}

impl Handle {
    /// The program of an expression, or what libpcap says is wrong with it.
    pub(crate) fn compile(
        &self,
        expression: &[u8],
        netmask: u32,
        optimize: bool,
    ) -> Result<Vec<u8>, String> {
        match self {
            Self::File(capture) => sys::compile(capture, expression, netmask, optimize, None),
            Self::Tagged(capture) => sys::compile(capture, expression, netmask, optimize, None),
            Self::Live(capture, snapshot) => sys::compile(
                capture,
                expression,
                netmask,
                optimize,
                Some((OF_DEAD, *snapshot)),
            ),
        }
    }
}
