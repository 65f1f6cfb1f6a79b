//! Random sockets and filters, for tests of what a filter means.

use super::{Expression, Host, INET, INET6};
use crate::socket::Socket;

/// Marsaglia's xorshift: the same each time.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn port(&mut self) -> i32 {
        [0, 22, 80, 443, 32_768, 40_000, 60_999, 65_535][self.below(8) as usize]
    }

    fn address(&mut self, family: u8) -> [u8; 16] {
        let mut address = [0; 16];
        let octet = |random: &mut Self| [10, 11, 127, 192][random.below(4) as usize];
        match (family, self.below(3)) {
            (INET, _) => address[..4].fill_with(|| octet(self)),
            (_, 0) => {
                address[10..12].fill(0xff);
                address[12..].fill_with(|| octet(self));
            }
            // Its first bits are those of no IPv4 address that is asked for: ss does not tell these apart.
            _ => {
                address[0] = 0x20;
                address[15] = octet(self);
            }
        }
        address
    }

    pub(super) fn socket(&mut self) -> Socket<'static> {
        let family = [INET, INET6][self.below(2) as usize];
        Socket {
            family,
            local: self.address(family),
            remote: self.address(family),
            local_port: self.port(),
            remote_port: self.port(),
            interface: self.below(3) as u32,
            mark: self.below(4) as u32,
            cgroup: self.below(2),
            ..Socket::default()
        }
    }

    fn host(&mut self) -> Host {
        let port = (self.below(2) == 0).then(|| self.port());
        let family = [INET, INET6][self.below(2) as usize];
        if self.below(3) == 0 {
            return Host {
                port,
                ..Host::default()
            };
        }
        let count = 1 + self.below(3);
        Host {
            family,
            port,
            addresses: (0..count).map(|_| self.address(family)).collect(),
            bits: match family {
                INET => [8, 24, 31, 32][self.below(4) as usize],
                _ => [8, 96, 112, 128][self.below(4) as usize],
            },
            pattern: None,
        }
    }

    pub(super) fn expression(&mut self, depth: u32) -> Expression {
        use Expression as E;
        let choice = if depth == 0 {
            3 + self.below(10)
        } else {
            self.below(13)
        };
        match choice {
            0..=2 => {
                let one = Box::new(self.expression(depth - 1));
                match choice {
                    0 => E::Not(one),
                    1 => E::And(one, Box::new(self.expression(depth - 1))),
                    _ => E::Or(one, Box::new(self.expression(depth - 1))),
                }
            }
            3 => E::Source(self.host()),
            4 => E::Destination(self.host()),
            5 => E::SourcePortAtLeast(self.port()),
            6 => E::SourcePortAtMost(self.port()),
            7 => E::DestinationPortAtLeast(self.port()),
            8 => E::DestinationPortAtMost(self.port()),
            9 => E::Autobound,
            10 => E::Device(self.below(3) as u32),
            11 => E::Cgroup(self.below(2)),
            _ => E::Mark {
                mark: self.below(4) as u32,
                mask: self.below(4) as u32,
            },
        }
    }
}
