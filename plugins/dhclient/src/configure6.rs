//! What a lease of DHCPv6 sets on the interface: its addresses. Routes come from router advertisements, and prefixes are
//! for other interfaces.

use std::net::Ipv6Addr;

use nethost_sdk::netlink::{Address, Change, Failure, How, Lifetime, Namespace, Undoable, to_wit};
use nethost_sdk::{Error, Exit};

use crate::arguments::Options;
use crate::v6::lease::{Lease, Part};
use crate::{clock, failed};

/// AF_INET6.
const INET6: u8 = 10;

/// An address that a lease sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    address: Ipv6Addr,
    /// --address-prefix-len.
    length: u8,
    preferred: u32,
    valid: u32,
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "address {}/{}", self.address, self.length)?;
        match self.valid {
            u32::MAX => Ok(()),
            valid => write!(f, " for {valid} seconds"),
        }
    }
}

/// What a lease sets, with prefixes of this length.
pub(crate) fn settings(lease: &Lease, length: u8) -> Vec<Setting> {
    let all = lease.parts().filter(|(_, part, _)| part.length.is_none());
    all.map(|(one, part, end)| {
        let spent = u32::try_from(clock().saturating_sub(one.starts)).unwrap_or(0);
        let left = |seconds: u32| match seconds {
            u32::MAX => u32::MAX,
            seconds => seconds.saturating_sub(spent),
        };
        let Part {
            address, preferred, ..
        } = part;
        let valid = end.saturating_sub(clock()).max(1);
        Setting {
            address: *address,
            length,
            preferred: left(*preferred),
            valid: u32::try_from(valid).unwrap_or(u32::MAX),
        }
    })
    .collect()
}

/// The configuration that a run has made.
pub(crate) struct Configured {
    namespace: Namespace,
    index: u32,
    name: String,
    undo: Vec<Setting>,
}

/// Why nothing was set.
pub(crate) enum NotSet {
    /// It was not granted.
    Denied(Error),
    /// Something failed; what was set before was undone.
    Failed(Exit),
}

impl Configured {
    /// Sets what the lease says. Everything is undone when something fails.
    pub(crate) fn set(
        index: u32,
        name: &str,
        lease: &Lease,
        options: &Options,
    ) -> Result<Self, NotSet> {
        let namespace = Namespace::open(None);
        let namespace = namespace.map_err(|error| NotSet::Failed(failed(1, &error)))?;
        let mut configured = Self {
            namespace,
            index,
            name: name.to_owned(),
            undo: Vec::new(),
        };
        // Until all is set, the host undoes what was set, however this run ends.
        let scope = Undoable::open(&configured.namespace);
        for setting in settings(lease, options.address_length) {
            let set = scope.put(&change(index, &setting), How::CREATE | How::REPLACE);
            match set {
                Ok(_) => {
                    options.say(format_args!("{name}: set {setting}"));
                    configured.undo.push(setting);
                }
                Err(Failure::Refused(error @ Error::Denied(_))) if configured.undo.is_empty() => {
                    return Err(NotSet::Denied(error));
                }
                Err(failure) => {
                    let exit = failed(1, format_args!("{name}: {setting}: {failure}"));
                    drop(scope);
                    for setting in configured.undo.drain(..).rev() {
                        options.say(format_args!("{name}: undone {setting}"));
                    }
                    return Err(NotSet::Failed(exit));
                }
            }
        }
        let committed = scope.commit();
        committed.map_err(|error| NotSet::Failed(failed(1, format_args!("{name}: {error}"))))?;
        Ok(configured)
    }

    fn put(&self, setting: &Setting) -> Result<(), Failure> {
        let change = change(self.index, setting);
        self.namespace
            .put(&change, How::CREATE | How::REPLACE)
            .map(drop)
    }

    /// The same for a prolonged lease: addresses last longer, and new ones are added.
    pub(crate) fn prolong(&mut self, lease: &Lease, options: &Options) {
        for setting in settings(lease, options.address_length) {
            match self.put(&setting) {
                Ok(())
                    if self
                        .undo
                        .iter()
                        .all(|known| known.address != setting.address) =>
                {
                    self.undo.push(setting);
                }
                Ok(()) => {}
                Err(failure) => options.say(format_args!("{}: {setting}: {failure}", self.name)),
            }
        }
    }

    /// Removes what was set.
    pub(crate) fn undo(&mut self, options: &Options) {
        while let Some(setting) = self.undo.pop() {
            let undone = self.namespace.remove(&change(self.index, &setting));
            let name = &self.name;
            match undone {
                Ok(_) => options.say(format_args!("{name}: undone {setting}")),
                // EADDRNOTAVAIL: it is over already.
                Err(Failure::Kernel { errno: 99, .. }) => {}
                Err(failure) => {
                    nethost_sdk::output::complain(format_args!("{name}: {setting}: {failure}"));
                }
            }
        }
    }
}

fn change(index: u32, setting: &Setting) -> Change {
    Change::Address(Address {
        family: INET6,
        index,
        prefix_length: setting.length,
        local: Some(to_wit(setting.address.into())),
        peer: Some(to_wit(setting.address.into())),
        lifetime: (setting.valid != u32::MAX).then_some(Lifetime {
            preferred: setting.preferred.min(setting.valid),
            valid: setting.valid,
        }),
        ..Address::default()
    })
}

/// Removes the addresses of a lease that another run has set.
pub(crate) fn remove(index: u32, name: &str, lease: &Lease, options: &Options) {
    let Ok(namespace) = Namespace::open(None) else {
        return;
    };
    for setting in settings(lease, options.address_length) {
        // It may not be there, or that is not granted.
        if namespace.remove(&change(index, &setting)).is_ok() {
            options.say(format_args!("{name}: removed address {}", setting.address));
        }
    }
}
