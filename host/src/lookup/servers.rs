//! How hickory-resolver reaches name servers: through sockets that the broker opened and connected.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{RuntimeProvider, TokioHandle, TokioTime};
use tokio::net::{TcpStream, UdpSocket};

use crate::broker::ServerAccess;

/// As hickory-resolver's own.
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
    type Udp = UdpSocket;
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
        Box::pin(async move { UdpSocket::from_std(opened?.into()) })
    }
}
