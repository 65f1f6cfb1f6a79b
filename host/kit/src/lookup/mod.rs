//! Lookups as the system's resolver makes them, for whatever interface asks: through hickory-resolver,
//! which works in a static binary where the C library's does not. Sockets come from the broker.

mod hosts;
mod servers;

use std::net::{IpAddr, Ipv4Addr};

use hickory_resolver::Resolver;
use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;

pub use hosts::{addresses_in_hosts, name_in_hosts};

use nethost_broker::{Broker, ServerAccess};
use nethost_core::Capability;
use nethost_core::HostName;
use nethost_core::regular;
use nethost_gate::Permit;
use servers::Servers;

/// Which addresses are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A records.
    Ipv4,
    /// AAAA records.
    Ipv6,
    /// Both.
    Any,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name has none.
    #[error("the name does not resolve")]
    Unresolvable,
    /// It may work later.
    #[error("no name server answers")]
    Temporary,
    /// It will not.
    #[error("the resolver cannot be used")]
    Permanent,
}

impl Family {
    /// Whether an address of this family is wanted.
    pub fn has(self, address: IpAddr) -> bool {
        match self {
            Family::Ipv4 => address.is_ipv4(),
            Family::Ipv6 => address.is_ipv6(),
            Family::Any => true,
        }
    }
}

/// What a name stands for.
#[derive(Debug, Default)]
pub struct Found {
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The name that has them, where that is another: the name was found in a domain of resolv.conf(5).
    pub full_name: Option<HostName>,
}

/// Looks up a permitted name's addresses. One that is absolute is not looked for in the domains of resolv.conf(5).
pub async fn addresses<C: Capability>(
    permit: &Permit<C>,
    broker: &Broker,
    name: &HostName,
    absolute: bool,
    family: Family,
) -> Result<Found, Failure> {
    let found = unsorted(permit, broker, name, absolute, family).await?;
    Ok(found)
}

/// Looked-up addresses in the order in which they are to be tried. They were noted as what the name stands for.
pub fn sorted<C: Capability>(
    permit: &Permit<C>,
    broker: &Broker,
    mut addresses: Vec<IpAddr>,
) -> Vec<IpAddr> {
    sort(permit, broker, &mut addresses);
    addresses
}

async fn unsorted<C: Capability>(
    permit: &Permit<C>,
    broker: &Broker,
    name: &HostName,
    absolute: bool,
    family: Family,
) -> Result<Found, Failure> {
    let hosts = regular::text("/etc/hosts", regular::SOME).unwrap_or_default();
    let local = addresses_in_hosts(&hosts, name, family);
    if !local.is_empty() {
        return Ok(Found {
            addresses: local,
            full_name: None,
        });
    }
    let strategy = match family {
        Family::Ipv4 => LookupIpStrategy::Ipv4Only,
        Family::Ipv6 => LookupIpStrategy::Ipv6Only,
        Family::Any => LookupIpStrategy::Ipv6AndIpv4,
    };
    let question = match absolute {
        true => format!("{name}."),
        false => name.to_string(),
    };
    let found = system(broker.servers(permit), strategy)?
        .lookup_ip(question.as_str())
        .await
        .map_err(|error| classify(&error))?;
    let full_name = HostName::new(&found.query().name().to_ascii());
    Ok(Found {
        addresses: found.iter().collect(),
        full_name: full_name.filter(|full| full != name),
    })
}

/// Looks up a permitted address's names.
pub async fn names<C: Capability>(
    permit: &Permit<C>,
    broker: &Broker,
    address: IpAddr,
) -> Result<Vec<String>, Failure> {
    if let Some(name) = regular::text("/etc/hosts", regular::SOME)
        .ok()
        .and_then(|hosts| name_in_hosts(&hosts, address))
    {
        return Ok(vec![name]);
    }
    let found = system(broker.servers(permit), LookupIpStrategy::default())?
        .lookup(address, RecordType::PTR)
        .await
        .map_err(|error| classify(&error))?;
    let names = found
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::PTR(name) => Some(name.0.to_utf8()),
            _ => None,
        });
    Ok(names.collect())
}

/// Addresses that this machine has a route to come first, and IPv6 before IPv4 among equals: the two
/// rules of RFC 6724 that decide on hosts with one address of each family.
fn sort<C: Capability>(permit: &Permit<C>, broker: &Broker, addresses: &mut [IpAddr]) {
    if addresses.len() > 1 {
        addresses.sort_by_cached_key(|address| {
            let source = broker.route_source(permit, Some(*address));
            (source.is_err(), address.is_ipv4())
        });
    }
}

/// The system's configuration, read afresh: it may have changed since, and runs are short.
fn system(access: ServerAccess, strategy: LookupIpStrategy) -> Result<Resolver<Servers>, Failure> {
    let servers = Servers::new(access);
    // resolv.conf(5): without a name server, the one on this machine is used.
    let configured = regular::text("/etc/resolv.conf", regular::SOME)
        .ok()
        .and_then(|text| parse_resolv_conf(text).ok());
    let (config, mut options) = configured.unwrap_or_else(|| {
        let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![local]);
        (config, ResolverOpts::default())
    });
    options.ip_strategy = strategy;
    // It would open the file itself, and wait where that is none.
    if regular::open("/etc/hosts").is_err() {
        options.use_hosts_file = ResolveHosts::Never;
    }
    let mut builder = Resolver::builder_with_config(config, servers);
    *builder.options_mut() = options;
    builder.build().map_err(|error| classify(&error))
}

fn classify(error: &NetError) -> Failure {
    if error.is_nx_domain() || error.is_no_records_found() {
        return Failure::Unresolvable;
    }
    match error {
        NetError::Timeout
        | NetError::Io(_)
        | NetError::NoConnections
        | NetError::Busy
        | NetError::Dns(_) => Failure::Temporary,
        _ => Failure::Permanent,
    }
}
