//! What the gate remembers of names: which became which addresses in this run.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use nethost_core::{CanonicalAddr, HostName, ResolvedName, TargetSet, hosts};

/// No run remembers more addresses; a later one is then an address without a name.
const REMEMBERED: usize = 1 << 20;
/// Of one address no more names are remembered than this; the first ones are.
const NAMES: usize = 64;

/// Addresses, with the names that led to them in this run.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    names: Mutex<HashMap<CanonicalAddr, Vec<ResolvedName>>>,
}

impl Resolved {
    /// Remembers that a name became these addresses.
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

    /// The addresses of a set that names became.
    pub(super) fn within(&self, set: &TargetSet) -> Vec<IpAddr> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let addresses = known.keys().map(|address| address.ip());
        addresses
            .filter(|address| set.contains_address(*address))
            .collect()
    }

    /// The names that became this address, in the order in which they did.
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
