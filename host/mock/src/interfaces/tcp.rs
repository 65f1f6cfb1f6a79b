//! TCP: attempts to connect, and connections to scripted hosts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use wasmtime::component::{self, Accessor, Resource, StreamReader};

use super::bindings::nethost::cap::tcp::{
    AttemptOutcome, AttemptReport, ConnectionInfo, Endpoint, Host, HostConnection,
    HostConnectionWithStore, HostConnector, HostConnectorWithStore, SocketOptions, StreamOptions,
};
use super::{datagrams, options};
use crate::context::{Access, Context};
use crate::network::dialogue::{Dialogue, Script};
use crate::network::{Back, Network, Opening};
use crate::time::Time;
use nethost_broker::capabilities::tcp::TcpConnect;
use nethost_core::SocketKind;
use nethost_gate::{Gate, Permit};
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::remote_set;
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_to, from_errno, invalid, remote_from};

/// The longest wait for an attempt; the kernel has given up by then.
const LONGEST: u64 = 300 * 1_000_000_000;

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type ConnectorHandle = Arc<Connector>;

type Shared = Resource<ConnectorHandle>;
type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {}

/// A remote with a permit to connect to it.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Connector {
    parts: Parts,
    permit: Permit<TcpConnect>,
    remote: SocketAddr,
    local: SocketAddr,
    hop_limit: Option<u8>,
}

/// What a waiting call needs of the run.
#[derive(Clone)]
struct Parts {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
    remarks: Arc<Mutex<Vec<String>>>,
}

impl Parts {
    fn of(run: &Context) -> Self {
        Self {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
            remarks: Arc::clone(&run.remarks),
        }
    }

    /// Checks the remote and the options, and asks the gate for a permit. Returns it with the local address.
    fn permit(
        &self,
        op: &'static str,
        kind: SocketKind,
        remote: SocketAddr,
        options: SocketOptions,
    ) -> Result<(Permit<TcpConnect>, SocketAddr, Option<u8>), ErrorCode> {
        if remote.port() == 0 {
            return Err(invalid("port 0 cannot be a remote port"));
        }
        let opened = options::opened(&self.network, kind, remote, options)?;
        let request = remote_set::request(op, remote, true, opened.interface);
        let permit = self.gate.authorize(request.with_socket(opened.request))?;
        let source = opened.request.source;
        let address = source.map(|source| source.ip());
        let address = address.filter(|address| !address.is_unspecified());
        let address = address
            .or_else(|| self.network.source_to(remote.ip()))
            .ok_or(ErrorCode::NetworkUnreachable)?;
        let port = source.map(|source| source.port()).filter(|port| *port != 0);
        let port = port.unwrap_or_else(|| self.network.port());
        Ok((permit, SocketAddr::new(address, port), opened.hop_limit))
    }

    async fn connect(
        &self,
        remote: SocketAddr,
        options: SocketOptions,
        timeout: u64,
    ) -> Result<Connection, ErrorCode> {
        let op = "connection.connect";
        let (permit, local, hop_limit) = self.permit(op, SocketKind::Tcp, remote, options)?;
        let (after, opening) = self.network.open(remote, hop_limit);
        let timeout = timeout.min(LONGEST);
        let failed = |errno: i32| {
            permit.failed(&std::io::Error::from_raw_os_error(errno));
            Err(from_errno(errno))
        };
        if matches!(opening, Opening::Silent) || after > timeout {
            self.time.after(timeout).await;
            return failed(libc::ETIMEDOUT);
        }
        self.time.after(after).await;
        let script = match opening {
            Opening::Open(service) => Script::Steps(service.dialogue.into()),
            Opening::Dns => Script::Dns(Arc::clone(&self.network)),
            Opening::Error(Back::Error { errno, .. }) => return failed(errno),
            _ => return failed(libc::ECONNREFUSED),
        };
        let peer = (remote, self.network.usual_rtt(remote.ip()));
        let dialogue = Dialogue::new(&self.time, permit, script, &self.remarks, peer)?;
        Ok(Connection::new(Arc::new(dialogue), local, remote))
    }
}

impl Connector {
    async fn attempt(
        &self,
        hop_limit: Option<u8>,
        timeout: u64,
    ) -> Result<AttemptReport, ErrorCode> {
        self.permit.may_send(0)?;
        self.permit.count_sent(0);
        let time = &self.parts.time;
        let network = &self.parts.network;
        let sent = time.wall();
        let (after, opening) = network.open(self.remote, hop_limit.or(self.hop_limit));
        let timeout = timeout.min(LONGEST);
        let is_silent = matches!(opening, Opening::Silent) || after > timeout;
        time.after(if is_silent { timeout } else { after }).await;
        let mut bytes = Vec::new();
        let outcome = match opening {
            _ if is_silent => AttemptOutcome::Unanswered,
            Opening::Open(_) | Opening::Dns => AttemptOutcome::Established,
            Opening::Error(back) => {
                let arrival = datagrams::Arrival {
                    remote: self.remote,
                    sequence: 0,
                    sent: Vec::new(),
                    back,
                };
                match datagrams::network_error(time.wall(), &arrival, &mut bytes) {
                    Some(error) => AttemptOutcome::Failed(error),
                    None => AttemptOutcome::Unanswered,
                }
            }
            _ => AttemptOutcome::Refused,
        };
        let mut local = self.local;
        local.set_port(network.port());
        Ok(AttemptReport {
            sent,
            ended: time.wall(),
            local: endpoint_to(local),
            outcome,
            bytes,
        })
    }
}

impl HostConnector for Context {
    fn open(&mut self, remote: Endpoint, options: SocketOptions) -> Answer<Shared> {
        let remote = remote_from(remote);
        let parts = Parts::of(self);
        let permit = parts.permit("connector.open", SocketKind::TcpProbe, remote, options);
        match permit {
            Ok((permit, local, hop_limit)) => {
                let connector = Connector {
                    parts,
                    permit,
                    remote,
                    local,
                    hop_limit,
                };
                self.keep(Arc::new(connector)).map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn drop(&mut self, connector: Shared) -> wasmtime::Result<()> {
        self.discard(connector)
    }
}

impl<T: Send + 'static> HostConnectorWithStore<T> for Access {
    async fn attempt(
        accessor: &Accessor<T, Self>,
        connector: Shared,
        hop_limit: Option<u8>,
        timeout: u64,
    ) -> Answer<AttemptReport> {
        let connector = accessor.with(|mut access| access.get().table.get(&connector).cloned())?;
        Ok(connector.attempt(hop_limit, timeout).await)
    }
}

impl HostConnection for Context {
    fn local_endpoint(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&connection)?.local()))
    }

    fn remote_endpoint(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&connection)?.remote()))
    }

    fn info(&mut self, connection: Resource<Connection>) -> Answer<ConnectionInfo> {
        let remote = self.table.get(&connection)?.remote();
        let round_trip = self.network.usual_rtt(remote.ip());
        Ok(Ok(ConnectionInfo {
            round_trip,
            round_trip_variation: round_trip / 2,
            send_segment_size: 1448,
            receive_segment_size: 1448,
            path_mtu: 1500,
            congestion_window: 10,
            unacknowledged: 0,
            retransmitted: 0,
        }))
    }

    /// None of these options changes what a scripted host does.
    fn adjust(&mut self, connection: Resource<Connection>, _: StreamOptions) -> Answer<()> {
        self.table.get(&connection)?;
        Ok(Ok(()))
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.discard(connection)
    }
}

impl<T: Send + 'static> HostConnectionWithStore<T> for Access {
    async fn connect(
        accessor: &Accessor<T, Self>,
        remote: Endpoint,
        options: SocketOptions,
        timeout: u64,
    ) -> Answer<Resource<Connection>> {
        let parts = accessor.with(|mut access| Parts::of(access.get()));
        match parts.connect(remote_from(remote), options, timeout).await {
            Ok(connection) => accessor
                .with(|mut access| access.get().keep(connection))
                .map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn receive(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
    ) -> Answer<(StreamReader<u8>, Ended)> {
        let received = access.get().table.get(&connection)?.receive();
        stream::receive(access, received)
    }

    fn send(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
        data: StreamReader<u8>,
    ) -> Answer<Ended> {
        let sender = access.get().table.get(&connection)?.send();
        stream::send(access, data, sender)
    }

    async fn shutdown(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> Answer<()> {
        let end = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(&connection)?.shutdown())
        })?;
        Ok(stream::shutdown(end).await)
    }
}
