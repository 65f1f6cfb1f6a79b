//! Whom to ask: those typed, or those of resolv.conf; and where they are.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nethost_sdk::{Error, Family, resolver};

use super::Session;
use crate::lookup::{Globals, Lookup};
use crate::report::Server;

/// Patience with the system's resolver.
const RESOLVE: Duration = Duration::from_secs(10);

/// Why a server that was typed has no address.
pub(crate) enum NoServer {
    /// The policy does not let its name be looked up.
    Denied(String),
    /// In dig's words.
    Unknown(String),
}

impl std::fmt::Display for NoServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Denied(why) | Self::Unknown(why)) = self;
        f.write_str(why)
    }
}

/// The servers of a lookup.
#[derive(Default)]
pub(crate) struct Servers {
    pub(crate) usable: Vec<Server>,
    /// IPv4 addresses in the form of IPv6, which dig does not ask.
    pub(crate) mapped: Vec<Ipv6Addr>,
}

impl Session {
    /// The addresses of a server by its name or address, with the port; or why there are none.
    pub(crate) async fn resolve(
        &self,
        server: &str,
        globals: &Globals,
        port: u16,
    ) -> Result<Vec<SocketAddr>, NoServer> {
        let known = self.addresses.borrow().get(server).cloned();
        let found = match known {
            Some(found) => found,
            None => {
                let found = match addresses(server, globals).await {
                    Err(denied @ Error::Denied(_)) => {
                        return Err(NoServer::Denied(denied.to_string()));
                    }
                    Err(Error::NameUnresolvable | Error::InvalidArgument(_)) => {
                        Err("not found".to_owned())
                    }
                    Err(Error::NotSupported) => Err("address family not supported".to_owned()),
                    Err(Error::TemporaryResolverFailure | Error::Timeout | Error::NoSuchDevice) => {
                        Err("failure".to_owned())
                    }
                    Err(error) => Err(error.to_string()),
                    Ok(found) => Ok(found),
                };
                self.addresses
                    .borrow_mut()
                    .insert(server.to_owned(), found.clone());
                found
            }
        };
        let mut found = found.map_err(|why| {
            let shown = nethost_sdk::text::printable(server);
            NoServer::Unknown(format!("couldn't get address for '{shown}': {why}"))
        })?;
        found.iter_mut().for_each(|address| address.set_port(port));
        Ok(found)
    }

    /// The servers of a lookup: those typed, or those of resolv.conf.
    pub(crate) async fn servers(&self, lookup: &Lookup) -> Result<Servers, NoServer> {
        let (globals, port) = (&lookup.globals, lookup.port());
        let mut servers = Servers::default();
        for typed in &lookup.servers {
            for address in self.resolve(typed, globals, port).await? {
                match address {
                    SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some() => {
                        servers.mapped.push(*v6.ip());
                    }
                    _ => servers.usable.push(Server {
                        address,
                        name: typed.clone(),
                    }),
                }
            }
        }
        if lookup.servers.is_empty() {
            let own = self.conf.servers_or_own(|address| wanted(address, globals));
            servers
                .usable
                .extend(own.into_iter().map(|(address, zone)| Server {
                    address: endpoint(address, zone.as_deref(), port),
                    name: address.to_string(),
                }));
        }
        Ok(servers)
    }

    /// Puts servers into a random order, so that no one is always asked first.
    pub(crate) fn shuffle(&self, servers: &mut [Server]) {
        for place in (1..servers.len()).rev() {
            servers.swap(place, usize::from(self.sockets.fresh_id()) % (place + 1));
        }
    }
}

/// Addresses of a host; an address is its own.
async fn addresses(server: &str, globals: &Globals) -> Result<Vec<SocketAddr>, Error> {
    let (host, zone) = match server.split_once('%') {
        Some((host, zone)) => (host, Some(zone)),
        None => (server, None),
    };
    // An address to send from leaves its own family, as -4 and -6 do.
    let from_v4 = globals.source.map(|source| source.is_ipv4());
    let ipv4_only = globals.ipv4_only || from_v4 == Some(true);
    let ipv6_only = globals.ipv6_only || from_v4 == Some(false);
    let found = match host.parse::<IpAddr>() {
        // As getaddrinfo(3) has it: only a link-local address has a zone with a name.
        Ok(IpAddr::V4(_)) if zone.is_some() => return Err(Error::NameUnresolvable),
        Ok(IpAddr::V6(v6)) if is_global_in_zone(v6, zone) => return Err(Error::NoSuchDevice),
        // IPv6 alone reaches an IPv4 address by its mapped form, and not the other way.
        Ok(IpAddr::V6(_)) if ipv4_only => return Err(Error::NotSupported),
        Ok(IpAddr::V4(v4)) if ipv6_only => vec![v4.to_ipv6_mapped().into()],
        Ok(address) => vec![address],
        Err(_) if host.is_empty() => return Err(Error::NameUnresolvable),
        Err(_) => {
            let family = match (ipv4_only, ipv6_only) {
                (true, _) => Some(Family::V4),
                (_, true) => Some(Family::V6),
                _ => None,
            };
            resolver::addresses(server, family, RESOLVE).await?
        }
    };
    if let Some(zone) = zone
        && zone.parse::<u32>().is_err()
    {
        resolver::interface_index(zone)?;
    }
    let found: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| wanted(*address, globals))
        .map(|address| endpoint(address, zone, 0))
        .collect();
    if found.is_empty() {
        return Err(Error::NameUnresolvable);
    }
    Ok(found)
}

/// Whether a zone is named where none belongs.
fn is_global_in_zone(address: Ipv6Addr, zone: Option<&str>) -> bool {
    let is_link_local = address.is_unicast_link_local() || address.segments()[0] & 0xff0f == 0xff02;
    !is_link_local && zone.is_some_and(|zone| zone.parse::<u32>().is_err())
}

/// Whether -4, -6 and -b let an address be.
pub(crate) fn wanted(address: IpAddr, globals: &Globals) -> bool {
    let v4 = address.is_ipv4();
    (v4 || !globals.ipv4_only)
        && (!v4 || !globals.ipv6_only)
        && globals.source.is_none_or(|source| source.is_ipv4() == v4)
}

fn endpoint(address: IpAddr, zone: Option<&str>, port: u16) -> SocketAddr {
    match address {
        IpAddr::V4(_) => SocketAddr::new(address, port),
        IpAddr::V6(v6) => {
            let scope = zone.map_or(0, |zone| {
                zone.parse()
                    .or_else(|_| resolver::interface_index(zone))
                    .unwrap_or_default()
            });
            SocketAddrV6::new(v6, port, 0, scope).into()
        }
    }
}
