//! Connections to permitted remotes: connects, queries, and converts the errors of the system.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::service::{LONGEST, permit_for};
use super::sys;
use crate::bindings::nethost::cap::tcp as wit;
use nethost_broker::Broker;
use nethost_core::SocketKind;
use nethost_gate::Gate;
use nethost_kit::stream::Connection;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::SocketOptions;

/// Asks the gate and connects.
pub(super) async fn connect(
    gate: &Arc<Gate>,
    broker: &Broker,
    remote: SocketAddr,
    options: SocketOptions,
    timeout: u64,
) -> Result<Connection, ErrorCode> {
    let timeout = Duration::from_nanos(timeout).min(LONGEST);
    let kind = SocketKind::Tcp;
    let (permit, options) = permit_for(gate, broker, "connection.connect", kind, remote, options)?;
    let (stream, local) = sys::connect(permit, broker, &options, timeout).await?;
    Ok(Connection::new(Arc::new(stream), local, remote))
}

/// Returns what the kernel has measured.
pub(super) fn info(connection: &Connection) -> Result<wit::ConnectionInfo, ErrorCode> {
    let info = sys::info(connection.socket())?;
    let nanoseconds = |microseconds: u32| u64::from(microseconds) * 1000;
    Ok(wit::ConnectionInfo {
        round_trip: nanoseconds(info.tcpi_rtt),
        round_trip_variation: nanoseconds(info.tcpi_rttvar),
        send_segment_size: info.tcpi_snd_mss,
        receive_segment_size: info.tcpi_rcv_mss,
        path_mtu: info.tcpi_pmtu,
        congestion_window: info.tcpi_snd_cwnd,
        unacknowledged: info.tcpi_unacked,
        retransmitted: info.tcpi_total_retrans,
    })
}
