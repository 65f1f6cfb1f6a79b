//! Socket addresses as they travel: with the zone of an IPv6 address, which serde's own form leaves out.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Zoned {
    address: IpAddr,
    port: u16,
    zone: u32,
}

impl From<SocketAddr> for Zoned {
    fn from(socket: SocketAddr) -> Self {
        let zone = match socket {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(socket) => socket.scope_id(),
        };
        Self {
            address: socket.ip(),
            port: socket.port(),
            zone,
        }
    }
}

impl From<Zoned> for SocketAddr {
    fn from(zoned: Zoned) -> Self {
        let mut socket = SocketAddr::new(zoned.address, zoned.port);
        if let SocketAddr::V6(socket) = &mut socket {
            socket.set_scope_id(zoned.zone);
        }
        socket
    }
}

pub(super) fn serialize<S: Serializer>(
    socket: &SocketAddr,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Zoned::from(*socket).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SocketAddr, D::Error> {
    Zoned::deserialize(deserializer).map(Into::into)
}

/// The same where there may be none.
pub(super) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SocketAddr, Zoned};

    pub(in crate::broker) fn serialize<S: Serializer>(
        socket: &Option<SocketAddr>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        socket.map(Zoned::from).serialize(serializer)
    }

    pub(in crate::broker) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        let zoned = Option::<Zoned>::deserialize(deserializer)?;
        Ok(zoned.map(Into::into))
    }
}
