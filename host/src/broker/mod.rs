//! The only place where the machine is touched with privilege: one typed request for each act.
//!
//! For now the broker lives in the process that runs the plugin. Its requests and replies are plain
//! data and descriptors, so that it can move into a process of its own.

mod namespace_name;
mod netlink;
mod socket;
mod sys;

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub use netlink::TunSpec;
pub use socket::{Binding, Protocol, SocketSpec};

use crate::gate::{Capability, Permit};

/// Performs privileged acts for rooms that hold a permit.
#[derive(Debug, Default)]
pub struct Broker;

impl Broker {
    /// Opens a socket that is bound and filtered as specified.
    pub fn open_socket<C: Capability>(
        &self,
        _permit: &Permit<C>,
        spec: &SocketSpec,
    ) -> io::Result<OwnedFd> {
        socket::open(spec).map(OwnedFd::from)
    }

    /// Opens a file for reading. It never waits for the other end of a FIFO.
    pub fn open_file<C: Capability>(&self, _permit: &Permit<C>, path: &Path) -> io::Result<File> {
        let flags =
            rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NOCTTY;
        File::options()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
    }

    /// Opens an rtnetlink(7) socket in this network namespace or another. That alone has no effect and
    /// tells nothing, so it takes no permit.
    pub fn open_netlink(
        &self,
        namespace: Option<BorrowedFd<'_>>,
    ) -> io::Result<netlink_sys::Socket> {
        netlink::open(namespace)
    }

    /// Opens a generic netlink socket in this network namespace or another. It takes no permit, as above.
    pub fn open_generic_netlink(
        &self,
        namespace: Option<BorrowedFd<'_>>,
    ) -> io::Result<netlink_sys::Socket> {
        netlink::open_generic(namespace)
    }

    /// Sends one change of the network's configuration and returns the kernel's answer.
    pub fn change_network<C: Capability>(
        &self,
        _permit: &Permit<C>,
        socket: &netlink_sys::Socket,
        message: &[u8],
    ) -> io::Result<Vec<u8>> {
        netlink::exchange(socket, message)
    }

    /// Reads a file of /proc/net of this network namespace or another.
    pub fn read_network_table<C: Capability>(
        &self,
        _permit: &Permit<C>,
        namespace: Option<BorrowedFd<'_>>,
        name: &str,
    ) -> io::Result<String> {
        netlink::read_table(namespace, name)
    }

    /// Has a link listen to one more multicast address, or to one less.
    pub fn change_multicast<C: Capability>(
        &self,
        _permit: &Permit<C>,
        namespace: Option<BorrowedFd<'_>>,
        name: &str,
        octets: [u8; 6],
        add: bool,
    ) -> io::Result<()> {
        netlink::change_multicast(namespace, name, octets, add)
    }

    /// Gives a process's network namespace a name, or a new one where there is no process.
    pub fn name_namespace<C: Capability>(
        &self,
        _permit: &Permit<C>,
        path: &Path,
        process: Option<u32>,
    ) -> io::Result<()> {
        namespace_name::give(path, process)
    }

    /// Takes the name of a network namespace away.
    pub fn unname_namespace<C: Capability>(
        &self,
        _permit: &Permit<C>,
        path: &Path,
    ) -> io::Result<()> {
        namespace_name::take(path)
    }

    /// Makes a TUN or TAP device that stays, or lets one go.
    pub fn change_tun<C: Capability>(
        &self,
        _permit: &Permit<C>,
        namespace: Option<BorrowedFd<'_>>,
        spec: &TunSpec<'_>,
    ) -> io::Result<()> {
        netlink::change_tun(namespace, spec)
    }
}
