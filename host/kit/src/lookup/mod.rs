//! Lookups as the resolver of the system makes them, for every interface that needs one. hickory-resolver works in a
//! static binary, where the resolver of the C library does not. The broker opens the sockets.

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

/// Why a lookup has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name has no addresses.
    #[error("the name does not resolve")]
    Unresolvable,
    /// A later lookup can succeed.
    #[error("no name server answers")]
    Temporary,
    /// A later lookup will fail too.
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

/// The result of a lookup of a name.
#[derive(Debug, Default)]
pub struct Found {
    /// The addresses of the name.
    pub addresses: Vec<IpAddr>,
    /// The full name that has the addresses, if it is another name: it was found in a search domain of resolv.conf(5).
    pub full_name: Option<HostName>,
}

/// Looks up the addresses of a permitted name. An absolute name is not looked up in the search domains of
/// resolv.conf(5).
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

/// Sorts the addresses of a lookup in the order in which to try them. They have already been noted as addresses of the
/// name.
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

/// Looks up the names of a permitted address.
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

/// Addresses to which this machine has a route come first, then IPv6 before IPv4. These are the two rules of RFC 6724
/// that matter on hosts with one address of each family.
fn sort<C: Capability>(permit: &Permit<C>, broker: &Broker, addresses: &mut [IpAddr]) {
    if addresses.len() > 1 {
        addresses.sort_by_cached_key(|address| {
            let source = broker.route_source(permit, Some(*address));
            (source.is_err(), address.is_ipv4())
        });
    }
}

/// Reads the configuration of the system for each lookup, because it can change. Runs are short.
fn system(access: ServerAccess, strategy: LookupIpStrategy) -> Result<Resolver<Servers>, Failure> {
    let servers = Servers::new(access);
    // resolv.conf(5): without a configured name server, the name server on this machine is used.
    let configured = regular::text("/etc/resolv.conf", regular::SOME)
        .ok()
        .and_then(|text| parse_resolv_conf(text).ok());
    let (config, mut options) = configured.unwrap_or_else(|| {
        let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![local]);
        (config, ResolverOpts::default())
    });
    options.ip_strategy = strategy;
    // hickory would open the file itself, and would block if it is not a regular file.
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
