//! How hickory-resolver reaches name servers: through sockets that the broker has opened and connected.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioHandle, TokioTime};
use tokio::io::Interest;
use tokio::net::{TcpStream, UdpSocket};

use nethost_broker::ServerAccess;

/// The same as in hickory-resolver.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Servers {
    access: ServerAccess,
    handle: TokioHandle,
}

impl Servers {
    pub(super) fn new(access: ServerAccess) -> Self {
        Self {
            access,
            handle: TokioHandle::default(),
        }
    }
}

type Opening<T> = Pin<Box<dyn Send + Future<Output = io::Result<T>>>>;

impl RuntimeProvider for Servers {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = Connected;
    type Tcp = AsyncIoTokioAsStd<TcpStream>;

    fn create_handle(&self) -> Self::Handle {
        self.handle.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        _local: Option<SocketAddr>,
        patience: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        let opened = self.access.open(server, true);
        Box::pin(async move {
            let stream = TcpStream::from_std(opened?.into())?;
            tokio::time::timeout(patience.unwrap_or(PATIENCE), stream.writable()).await??;
            match stream.take_error()? {
                Some(error) => Err(error),
                None => Ok(AsyncIoTokioAsStd(stream)),
            }
        })
    }

    fn bind_udp(&self, _local: SocketAddr, server: SocketAddr) -> Opening<Self::Udp> {
        let opened = self.access.open(server, false);
        Box::pin(async move { UdpSocket::from_std(opened?.into()).map(Connected) })
    }
}

/// A socket that is connected to one name server and sends without an address, because this process has no system call
/// that takes one.
pub(super) struct Connected(UdpSocket);

/// The length of a datagram and its sender.
type Received = io::Result<(usize, SocketAddr)>;

impl Connected {
    /// Waits for a datagram, or for the ICMP error that nobody listens at the port. The kernel only sets the error of
    /// the socket then, which does not make it readable.
    async fn receive(&self, buffer: &mut [u8]) -> Received {
        loop {
            let ready = self.0.ready(Interest::READABLE | Interest::ERROR).await?;
            if ready.is_error() {
                if let Some(error) = self.0.take_error()? {
                    return Err(error);
                }
                // Another call has taken the error.
                let _: io::Result<()> = self
                    .0
                    .try_io(Interest::ERROR, || Err(io::ErrorKind::WouldBlock.into()));
            }
            match self.0.try_recv_from(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received,
            }
        }
    }
}

impl DnsUdpSocket for Connected {
    type Time = TokioTime;

    fn recv_from<'socket, 'buffer, 'both>(
        &'socket self,
        buffer: &'buffer mut [u8],
    ) -> Pin<Box<dyn Send + Future<Output = Received> + 'both>>
    where
        'socket: 'both,
        'buffer: 'both,
        Self: 'both,
    {
        Box::pin(self.receive(buffer))
    }

    fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        DnsUdpSocket::poll_recv_from(&self.0, context, buffer)
    }

    fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        buffer: &[u8],
        _target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.0.poll_send(context, buffer)
    }
}
