//! What the gate remembers of names: which became which addresses in this run.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::TargetSet;

/// No run remembers more addresses; a later one is then an address without a name.
const REMEMBERED: usize = 1 << 20;
/// Of one address no more names are remembered than this; the first ones are.
const NAMES: usize = 64;

/// Addresses, with the names that led to them in this run.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    names: Mutex<HashMap<IpAddr, Vec<Arc<str>>>>,
}

impl Resolved {
    /// Remembers that a name became these addresses.
    pub(super) fn note(&self, name: &str, addresses: &[IpAddr]) {
        let name: Arc<str> = name.into();
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            if known.len() >= REMEMBERED {
                return;
            }
            let names = known.entry(address.to_canonical()).or_default();
            if names.len() < NAMES && !names.contains(&name) {
                names.push(Arc::clone(&name));
            }
        }
    }

    /// The addresses of a set that names became.
    pub(super) fn within(&self, set: &TargetSet) -> Vec<IpAddr> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let within = known
            .keys()
            .filter(|address| set.contains_address(**address));
        within.copied().collect()
    }

    /// The names that became this address, in the order in which they did.
    pub(super) fn names(&self, address: IpAddr) -> Vec<Arc<str>> {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return Vec::new();
        }
        known
            .get(&address.to_canonical())
            .cloned()
            .unwrap_or_default()
    }
}
