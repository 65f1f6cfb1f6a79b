//! connect(2) without waiting, then its result: the outcome of an attempt, or a connection.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;

use super::TcpConnect;
use nethost_broker::{Broker, OpenedSocket};
use nethost_gate::{Denial, Permit};
use nethost_kit::stream::PermittedStream;
use nethost_net::datagram::{self, Options, QueuedError};
use nethost_net::timer::Timer;

/// A permitted remote for connection attempts.
pub(super) struct Dialler {
    permit: Permit<TcpConnect>,
    options: Options,
}

/// An active attempt. Dropping it resets the connection, if there is one.
pub(super) struct Attempt {
    fd: AsyncFd<OwnedFd>,
    pub(super) sent: u64,
    pub(super) local: SocketAddr,
}

/// How an attempt ended.
pub(super) enum Ending {
    /// SYN/ACK, and the time of it.
    Established(u64),
    /// RST, and the time of it.
    Refused(u64),
    /// Failed; the error queue has the reason.
    Failed,
    /// No answer.
    Unanswered,
}

impl Dialler {
    pub(super) fn new(permit: Permit<TcpConnect>, options: Options) -> Self {
        Self { permit, options }
    }

    /// Whether one more attempt may be made.
    pub(super) fn may_dial(&self) -> Result<(), Denial> {
        self.permit.may_send(0)
    }

    /// Sends a SYN.
    pub(super) fn dial(&self, broker: &Broker, hop_limit: Option<u8>) -> io::Result<Attempt> {
        let options = Options {
            hop_limit: hop_limit.or(self.options.hop_limit),
            ..self.options
        };
        let OpenedSocket { fd, facts } = broker.open_socket(&self.permit, &options)?;
        self.permit.count_sent(0);
        let local = datagram::local_address(fd.as_fd())?;
        let fd = nethost_net::register(fd, Interest::WRITABLE | Interest::ERROR)?;
        Ok(Attempt {
            fd,
            sent: facts.dialled,
            local,
        })
    }

    /// Counts an answer.
    pub(super) fn answered(&self) {
        self.permit.count_received(0);
    }
}

impl Attempt {
    /// Waits for an answer.
    pub(super) async fn ending(&self, deadline: Instant) -> io::Result<Ending> {
        let timer = Timer::default();
        tokio::select! {
            biased;
            ready = self.fd.ready(Interest::WRITABLE | Interest::ERROR) => drop(ready?),
            () = timer.until(deadline) => return Ok(Ending::Unanswered),
        }
        let now = datagram::realtime();
        let error = SockRef::from(self.fd.get_ref()).take_error()?;
        Ok(match error.as_ref().and_then(io::Error::raw_os_error) {
            None => Ending::Established(
                self.measured()
                    .map_or(now, |round_trip| self.sent + round_trip),
            ),
            Some(libc::ECONNREFUSED | libc::ECONNRESET) => Ending::Refused(now),
            Some(libc::ETIMEDOUT) => Ending::Unanswered,
            Some(_) => Ending::Failed,
        })
    }

    /// Reads the reason of a failure. An ICMP message can look like a refused connection, so this is called for both.
    pub(super) fn reason(&self, each: impl FnMut(QueuedError<'_>)) -> io::Result<usize> {
        datagram::take_errors(self.fd.as_raw_fd(), 1, each)
    }

    /// The kernel's measurement of the handshake in nanoseconds, if no SYN was retransmitted.
    fn measured(&self) -> Option<u64> {
        let info = info(self.fd.get_ref().as_fd()).ok()?;
        (info.tcpi_total_retrans == 0 && info.tcpi_rtt > 0).then(|| u64::from(info.tcpi_rtt) * 1000)
    }
}

/// TCP_INFO of tcp(7).
pub(super) fn info(fd: BorrowedFd<'_>) -> io::Result<libc::tcp_info> {
    // SAFETY: tcp_info is plain data for which all-zero is valid.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = size_of::<libc::tcp_info>() as u32;
    // SAFETY: pointer and length describe `info`; the kernel writes at most that much.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut length,
        )
    };
    match result {
        0 => Ok(info),
        _ => Err(io::Error::last_os_error()),
    }
}

/// An established connection, and the permit that counts its bytes.
pub(super) type Established = PermittedStream<TcpStream, TcpConnect>;

/// Connects to the permitted remote and waits for the handshake. Also returns the local address.
pub(super) async fn connect(
    permit: Permit<TcpConnect>,
    broker: &Broker,
    options: &Options,
    timeout: Duration,
) -> io::Result<(Established, SocketAddr)> {
    let dialled = dial(&permit, broker, options);
    let connected = async {
        let stream = dialled?;
        let timed_out = || io::Error::from_raw_os_error(libc::ETIMEDOUT);
        tokio::time::timeout(timeout, stream.writable())
            .await
            .map_err(|_| timed_out())??;
        match stream.take_error()? {
            Some(error) => Err(error),
            None => {
                let local = stream.local_addr()?;
                Ok((stream, local))
            }
        }
    };
    match connected.await {
        Ok((stream, local)) => Ok((PermittedStream::new(stream, permit), local)),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

fn dial(permit: &Permit<TcpConnect>, broker: &Broker, options: &Options) -> io::Result<TcpStream> {
    let opened = broker.open_socket(permit, options)?;
    TcpStream::from_std(opened.fd.into())
}
