//! Lookups through hickory-resolver, which works in a static binary where the C library's does not.

use std::net::{IpAddr, Ipv4Addr};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::DnsResolve;
use crate::capability::types::ErrorCode;
use crate::gate::Permit;

/// Which addresses are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Ipv4,
    Ipv6,
    Any,
}

/// Looks up a permitted name's addresses.
pub(super) async fn addresses(
    _permit: &Permit<DnsResolve>,
    name: &str,
    family: Family,
) -> Result<Vec<IpAddr>, ErrorCode> {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let local = addresses_in_hosts(&hosts, name, family);
    if !local.is_empty() {
        return Ok(local);
    }
    let strategy = match family {
        Family::Ipv4 => LookupIpStrategy::Ipv4Only,
        Family::Ipv6 => LookupIpStrategy::Ipv6Only,
        Family::Any => LookupIpStrategy::Ipv6AndIpv4,
    };
    let found = system(strategy)?
        .lookup_ip(name)
        .await
        .map_err(|error| classify(&error))?;
    Ok(found.iter().collect())
}

/// Looks up a permitted address's names.
pub(super) async fn names(
    _permit: &Permit<DnsResolve>,
    address: IpAddr,
) -> Result<Vec<String>, ErrorCode> {
    if let Some(name) = std::fs::read_to_string("/etc/hosts")
        .ok()
        .and_then(|hosts| name_in_hosts(&hosts, address))
    {
        return Ok(vec![name]);
    }
    let found = system(LookupIpStrategy::default())?
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

/// A name's addresses in /etc/hosts (hosts(5)), as the C library finds them: files before dns.
pub(super) fn addresses_in_hosts(hosts: &str, name: &str, family: Family) -> Vec<IpAddr> {
    let wanted = |address: &IpAddr| match family {
        Family::Ipv4 => address.is_ipv4(),
        Family::Ipv6 => address.is_ipv6(),
        Family::Any => true,
    };
    let mut found = Vec::new();
    for line in hosts.lines() {
        let mut words = line
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) else {
            continue;
        };
        if wanted(&address)
            && words.any(|word| word.eq_ignore_ascii_case(name))
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// The first name of the first line for an address (hosts(5)): the canonical one. hickory keeps the
/// file's names in no order.
pub(super) fn name_in_hosts(hosts: &str, address: IpAddr) -> Option<String> {
    hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let matches = words.next()?.parse() == Ok(address);
        matches.then(|| words.next().map(Into::into))?
    })
}

/// The system's configuration, read afresh: it may have changed since, and runs are short.
fn system(strategy: LookupIpStrategy) -> Result<TokioResolver, ErrorCode> {
    // resolv.conf(5): without a name server, the one on this machine is used.
    let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|_| {
        let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
        TokioResolver::builder_with_config(
            ResolverConfig::from_parts(None, Vec::new(), vec![local]),
            TokioRuntimeProvider::default(),
        )
    });
    builder.options_mut().ip_strategy = strategy;
    builder.build().map_err(|error| classify(&error))
}

fn classify(error: &NetError) -> ErrorCode {
    if error.is_nx_domain() || error.is_no_records_found() {
        return ErrorCode::NameUnresolvable;
    }
    match error {
        NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy => {
            ErrorCode::TemporaryResolverFailure
        }
        NetError::Dns(_) => ErrorCode::TemporaryResolverFailure,
        _ => ErrorCode::PermanentResolverFailure,
    }
}
