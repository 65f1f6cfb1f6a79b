//! Names of ports and of the protocols that raw sockets have in their place.

use nethost_sdk::netdb::{self, Protocols};

/// What a port belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    #[default]
    None,
    Tcp,
    Udp,
    /// The "port" of a raw socket is a protocol.
    Raw,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::None | Self::Raw => "",
        }
    }
}

/// What the files say.
#[derive(Debug, Default)]
pub(crate) struct Services {
    ports: netdb::Services,
    protocols: Protocols,
}

impl Services {
    /// The name of a port, if it has one.
    pub(crate) fn name(&self, port: u16, transport: Transport) -> Option<&str> {
        match transport {
            Transport::Raw => self.protocols.name(u8::try_from(port).ok()?),
            _ => self.ports.name(port, transport.name()),
        }
    }

    /// The port of a name, or of an alias.
    pub(crate) fn port(&self, name: &str, transport: Transport) -> Option<u16> {
        self.ports.port(name, transport.name())
    }
}
