//! A lease, as dhclient.leases(5) keeps it.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::message::Options;
use super::{option, value};
use crate::moment;

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The interface that it is for.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// The boot file.
    pub file: Vec<u8>,
    /// The server's name.
    pub server_name: Vec<u8>,
    /// The server for the next step of booting.
    pub next_server: Ipv4Addr,
    /// The options of the server.
    pub options: Options,
    /// Seconds since 1970 until which it needs no renewal.
    pub renew: i64,
    /// When any server is asked.
    pub rebind: i64,
    /// When it ends; i64::MAX for never.
    pub expire: i64,
}

impl Lease {
    /// A lease of nothing, to be filled.
    pub fn empty() -> Self {
        Self {
            interface: String::new(),
            address: Ipv4Addr::UNSPECIFIED,
            file: Vec::new(),
            server_name: Vec::new(),
            next_server: Ipv4Addr::UNSPECIFIED,
            options: Options::default(),
            renew: 0,
            rebind: 0,
            expire: 0,
        }
    }

    /// The server that gave it.
    pub fn server(&self) -> Option<Ipv4Addr> {
        self.options.address(54)
    }

    /// The length of the prefix, by the subnet mask or the class of the address.
    pub fn prefix_length(&self) -> u8 {
        let mask = self.options.address(1).map(Ipv4Addr::to_bits);
        match mask {
            Some(mask) if mask.count_ones() == mask.leading_ones() => {
                u8::try_from(mask.leading_ones()).unwrap_or(32)
            }
            _ => match self.address.octets()[0] {
                0..128 => 8,
                128..192 => 16,
                _ => 24,
            },
        }
    }

    /// The broadcast address.
    pub fn broadcast(&self) -> Ipv4Addr {
        let host = u32::MAX
            .checked_shr(self.prefix_length().into())
            .unwrap_or(0);
        let computed = Ipv4Addr::from_bits(self.address.to_bits() | host);
        self.options.address(28).unwrap_or(computed)
    }

    /// The routes: those of option 121, or else the first router (RFC 3442). Destination, length of its prefix, gateway.
    pub fn routes(&self) -> Vec<(Ipv4Addr, u8, Ipv4Addr)> {
        if let Some(routes) = self.options.get(121).and_then(classless) {
            return routes;
        }
        let routers = self.options.address(3);
        routers
            .map(|router| (Ipv4Addr::UNSPECIFIED, 0, router))
            .into_iter()
            .collect()
    }

    /// As a declaration of dhclient.leases(5).
    pub fn declared(&self) -> String {
        let mut text = String::from("lease {\n");
        let _ = writeln!(
            text,
            "  interface {};",
            value::quoted(self.interface.as_bytes())
        );
        let _ = writeln!(text, "  fixed-address {};", self.address);
        if !self.file.is_empty() {
            let _ = writeln!(text, "  filename {};", value::quoted(&self.file));
        }
        if !self.server_name.is_empty() {
            let _ = writeln!(text, "  server-name {};", value::quoted(&self.server_name));
        }
        for (code, octets) in self.options.iter() {
            let shown = value::text(option::form(code), octets);
            let _ = writeln!(text, "  option {} {shown};", option::name(code));
        }
        for (word, at) in [
            ("renew", self.renew),
            ("rebind", self.rebind),
            ("expire", self.expire),
        ] {
            let _ = writeln!(text, "  {word} {};", moment::text(at));
        }
        text.push_str("}\n");
        text
    }
}

/// The routes of RFC 3442: the length of the prefix, its significant octets, the gateway.
pub fn classless(mut value: &[u8]) -> Option<Vec<(Ipv4Addr, u8, Ipv4Addr)>> {
    let mut routes = Vec::new();
    while let [length @ 0..=32, rest @ ..] = value {
        let significant = usize::from(length.div_ceil(8));
        let (network, rest) = rest.split_at_checked(significant)?;
        let (gateway, rest) = rest.split_first_chunk::<4>()?;
        let mut destination = [0; 4];
        destination.get_mut(..significant)?.copy_from_slice(network);
        let mask = u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0);
        let destination = Ipv4Addr::from_bits(Ipv4Addr::from(destination).to_bits() & mask);
        routes.push((destination, *length, Ipv4Addr::from(*gateway)));
        value = rest;
    }
    value.is_empty().then_some(routes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_those_of_option_121_alone_if_there_are_any() {
        let mut lease = Lease::empty();
        lease.address = [10, 0, 0, 63].into();
        lease.options.set(3, [10, 0, 0, 1]);
        let default = |gateway: [u8; 4]| (Ipv4Addr::UNSPECIFIED, 0, Ipv4Addr::from(gateway));
        assert_eq!(lease.routes(), [default([10, 0, 0, 1])]);
        lease
            .options
            .set(121, [16, 10, 5, 10, 0, 0, 2, 0, 10, 0, 0, 2]);
        let network = ([10, 5, 0, 0].into(), 16, [10, 0, 0, 2].into());
        assert_eq!(lease.routes(), [network, default([10, 0, 0, 2])]);
        for wrong in [&[33, 1][..], &[16, 10], &[0, 10, 0, 0]] {
            assert_eq!(classless(wrong), None, "{wrong:?}");
        }
        assert_eq!(lease.prefix_length(), 8);
        lease.options.set(1, [255, 255, 255, 0]);
        assert_eq!(
            (lease.prefix_length(), lease.broadcast()),
            (24, [10, 0, 0, 255].into())
        );
        lease.options.set(1, [255, 255, 255, 255]);
        assert_eq!(
            (lease.prefix_length(), lease.broadcast()),
            (32, lease.address)
        );
    }
}
