//! The names and addresses that this run has resolved.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use nethost_core::{CanonicalAddr, HostName, ResolvedName, TargetSet, hosts};

/// The maximum number of addresses. A later address has no name.
const REMEMBERED: usize = 1 << 20;
/// The maximum number of names for one address. The first names are kept.
const NAMES: usize = 64;

/// Addresses, with the names that were resolved to them in this run.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    names: Mutex<HashMap<CanonicalAddr, Vec<ResolvedName>>>,
}

impl Resolved {
    /// Remembers the addresses of a name.
    pub(super) fn note(&self, name: &HostName, addresses: &[IpAddr]) {
        let local = hosts::addresses(name);
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            if known.len() >= REMEMBERED {
                return;
            }
            let address = CanonicalAddr::destination(*address);
            let led = ResolvedName {
                name: name.clone(),
                from_hosts_file: local.contains(&address),
            };
            let names = known.entry(address).or_default();
            if names.len() < NAMES && !names.contains(&led) {
                names.push(led);
            }
        }
    }

    /// The addresses of a set that names were resolved to.
    pub(super) fn within(&self, set: &TargetSet) -> Vec<IpAddr> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let addresses = known.keys().map(|address| address.ip());
        addresses
            .filter(|address| set.contains_address(*address))
            .collect()
    }

    /// The names that were resolved to this address, in that order.
    pub(super) fn names(&self, address: IpAddr) -> Vec<ResolvedName> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return Vec::new();
        }
        known
            .get(&CanonicalAddr::new(address))
            .cloned()
            .unwrap_or_default()
    }
}
