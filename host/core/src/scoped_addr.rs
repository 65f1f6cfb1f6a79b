//! Socket addresses in messages, with the scope of an IPv6 address, which serde's own form omits.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Scoped {
    address: IpAddr,
    port: u16,
    scope_id: u32,
}

impl From<SocketAddr> for Scoped {
    fn from(socket: SocketAddr) -> Self {
        let scope_id = match socket {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(socket) => socket.scope_id(),
        };
        Self {
            address: socket.ip(),
            port: socket.port(),
            scope_id,
        }
    }
}

impl From<Scoped> for SocketAddr {
    fn from(scoped: Scoped) -> Self {
        let mut socket = SocketAddr::new(scoped.address, scoped.port);
        if let SocketAddr::V6(socket) = &mut socket {
            socket.set_scope_id(scoped.scope_id);
        }
        socket
    }
}

/// For `serialize_with`.
pub fn serialize<S: Serializer>(socket: &SocketAddr, serializer: S) -> Result<S::Ok, S::Error> {
    Scoped::from(*socket).serialize(serializer)
}

/// For `deserialize_with`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    Scoped::deserialize(deserializer).map(Into::into)
}

/// The same for an optional address.
pub mod option {
    use super::{Deserialize, Deserializer, Scoped, Serialize, Serializer, SocketAddr};

    /// For `serialize_with`.
    pub fn serialize<S: Serializer>(
        socket: &Option<SocketAddr>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        socket.map(Scoped::from).serialize(serializer)
    }

    /// For `deserialize_with`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        let scoped = Option::<Scoped>::deserialize(deserializer)?;
        Ok(scoped.map(Into::into))
    }
}
