//! What a lease sets on the interface, and how that is undone.

use std::net::Ipv4Addr;

use nethost_sdk::netlink::{
    Address, AddressQuery, Attribute, AttributeValue, Change, Failure, How, Lifetime, LinkChange,
    Namespace, Route, RouteQuery, Undoable, UndoneChange, ip, to_wit,
};
use nethost_sdk::packet::Link;
use nethost_sdk::{Error, Exit};

use crate::arguments::Options;
use crate::v4::lease::Lease;
use crate::v4::value;
use crate::{clock, failed};

/// AF_INET, RTPROT_DHCP, RT_TABLE_MAIN, RTN_UNICAST, IFLA_MTU.
const INET: u8 = 2;
const DHCP: u8 = 16;
const MAIN: u32 = 254;
const UNICAST: u8 = 1;
const MTU: u32 = 4;
/// RT_SCOPE_UNIVERSE and RT_SCOPE_LINK.
const UNIVERSE: u8 = 0;
const LINK: u8 = 253;
/// The least MTU of IPv4 hosts that is taken (RFC 2132 section 5.1 has 68, with which nothing works).
const LEAST_MTU: u32 = 576;

/// What a lease sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Address, length of its prefix, broadcast address, seconds that it lasts.
    Address(Ipv4Addr, u8, Ipv4Addr, u32),
    /// The MTU.
    Mtu(u32),
    /// Destination, length of its prefix, gateway.
    Route(Ipv4Addr, u8, Ipv4Addr),
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address, length, broadcast, seconds) => {
                write!(f, "address {address}/{length} broadcast {broadcast}")?;
                match *seconds {
                    u32::MAX => Ok(()),
                    seconds => write!(f, " for {seconds} seconds"),
                }
            }
            Self::Mtu(mtu) => write!(f, "mtu {mtu}"),
            Self::Route(destination, length, gateway) => {
                match length {
                    0 => f.write_str("route default")?,
                    length => write!(f, "route {destination}/{length}")?,
                }
                match gateway.is_unspecified() {
                    true => Ok(()),
                    false => write!(f, " via {gateway}"),
                }
            }
        }
    }
}

/// What a lease sets, in the order in which it is set.
pub(crate) fn settings(lease: &Lease) -> Vec<Setting> {
    let left = lease.expire.saturating_sub(clock()).max(1);
    let seconds = u32::try_from(left).unwrap_or(u32::MAX);
    let length = lease.prefix_length();
    let address = Setting::Address(lease.address, length, lease.broadcast(), seconds);
    let mtu = match lease.options.get(26) {
        Some(&[high, low]) => Some(u32::from(u16::from_be_bytes([high, low]))),
        _ => None,
    };
    let mtu = mtu.filter(|mtu| *mtu >= LEAST_MTU).map(Setting::Mtu);
    // A gateway beyond the link is reached by the routes before it.
    let routes = lease.routes().into_iter();
    let routes = routes.map(|(to, length, gateway)| Setting::Route(to, length, gateway));
    let mut routes: Vec<Setting> = routes.collect();
    routes.sort_by_key(|route| match route {
        Setting::Route(_, length, gateway) => (!gateway.is_unspecified(), u8::MAX - length),
        _ => (false, 0),
    });
    [address].into_iter().chain(mtu).chain(routes).collect()
}

/// The name servers and the names to search, for resolv.conf(5).
pub(crate) fn resolver(lease: &Lease) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(names) = lease.options.get(119).and_then(value::domains) {
        lines.push(format!("search {}", names.join(" ")));
    } else if let Some(name) = lease.options.get(15) {
        let name = String::from_utf8_lossy(name);
        let name = name.trim_end_matches('\0');
        lines.push(format!("search {}", nethost_sdk::text::printable(name)));
    }
    let servers = lease.options.get(6).unwrap_or_default();
    for server in servers.chunks_exact(4) {
        if let Ok(octets) = <[u8; 4]>::try_from(server) {
            lines.push(format!("nameserver {}", Ipv4Addr::from(octets)));
        }
    }
    lines
}

/// The configuration that a run has made.
pub(crate) struct Configured {
    namespace: Namespace,
    link: Link,
    /// Until the configuration is complete, the host undoes what was set, however this run ends.
    scope: Option<Undoable>,
    /// What was set, with what was there before.
    undo: Vec<(Setting, Undo)>,
}

/// How a setting is undone.
enum Undo {
    Remove(Box<Change>),
    /// The MTU that was there.
    Mtu(u32),
    /// The address was there before. While the configuration is not complete, its earlier lifetime can be put back.
    Lifetime,
    /// It was there before.
    Nothing,
}

/// Why nothing was set.
pub(crate) enum NotSet {
    /// It was not granted. What was begun before goes on.
    Denied(Error, Option<Undoable>),
    /// Something failed; what was set before was undone.
    Failed(Exit),
}

impl Configured {
    /// Sets what the lease says, after what was `begun`. Everything is undone when something fails, and whenever this run
    /// ends before [`Self::complete`].
    pub(crate) fn set(
        link: &Link,
        lease: &Lease,
        options: &Options,
        begun: Option<Undoable>,
    ) -> Result<Self, NotSet> {
        let namespace = Namespace::open(None);
        let namespace = namespace.map_err(|error| NotSet::Failed(failed(1, &error)))?;
        let scope = begun.unwrap_or_else(|| Undoable::open(&namespace));
        let mut configured = Self {
            namespace,
            link: link.clone(),
            scope: Some(scope),
            undo: Vec::new(),
        };
        for setting in settings(lease) {
            match configured.apply(&setting, lease) {
                Ok(undo) => {
                    options.say(format_args!("{}: set {setting}", link.name));
                    configured.undo.push((setting, undo));
                }
                Err(Failure::Refused(error @ Error::Denied(_))) if configured.undo.is_empty() => {
                    return Err(NotSet::Denied(error, configured.scope.take()));
                }
                Err(failure) => {
                    let name = &link.name;
                    let exit = failed(1, format_args!("{name}: {setting}: {failure}"));
                    configured.undo(options);
                    return Err(NotSet::Failed(exit));
                }
            }
        }
        Ok(configured)
    }

    /// What was set stays from now on, whatever becomes of this run.
    pub(crate) fn complete(&mut self) -> Result<(), Exit> {
        let Some(scope) = &self.scope else {
            return Ok(());
        };
        let committed = scope.commit();
        committed.map_err(|error| failed(1, format_args!("{}: {error}", self.link.name)))?;
        self.scope = None;
        Ok(())
    }

    fn put(&self, change: &Change, how: How) -> Result<(), Failure> {
        match &self.scope {
            Some(scope) => scope.put(change, how).map(drop),
            None => self.namespace.put(change, how).map(drop),
        }
    }

    /// The same for a prolonged lease: what was set stays, the address lasts longer.
    pub(crate) fn prolong(&mut self, lease: &Lease, options: &Options) {
        let Some(setting @ Setting::Address(..)) = settings(lease).into_iter().next() else {
            return;
        };
        if let Err(failure) = self.apply(&setting, lease) {
            options.say(format_args!("{}: {setting}: {failure}", self.link.name));
        }
    }

    fn apply(&self, setting: &Setting, lease: &Lease) -> Result<Undo, Failure> {
        let index = self.link.index;
        match setting {
            Setting::Address(..) => {
                let had = self.has(lease.address)?;
                let Some(change) = address(setting, index) else {
                    return Ok(Undo::Nothing);
                };
                self.put(&change, How::CREATE | How::REPLACE)?;
                Ok(match had {
                    true => Undo::Lifetime,
                    false => Undo::Remove(Box::new(change)),
                })
            }
            Setting::Mtu(mtu) => {
                self.put(&mtu_change(index, *mtu), How::empty())?;
                Ok(Undo::Mtu(self.link.mtu))
            }
            Setting::Route(to, length, gateway) => {
                let change = Change::Route(Route {
                    family: INET,
                    destination: (*length > 0).then(|| to_wit((*to).into())),
                    destination_length: *length,
                    table: MAIN,
                    protocol: DHCP,
                    scope: if gateway.is_unspecified() {
                        LINK
                    } else {
                        UNIVERSE
                    },
                    kind: UNICAST,
                    output_interface: Some(index),
                    gateway: (!gateway.is_unspecified()).then(|| to_wit((*gateway).into())),
                    ..Route::default()
                });
                match self.put(&change, How::CREATE | How::EXCLUSIVE) {
                    Ok(()) => Ok(Undo::Remove(Box::new(change))),
                    // EEXIST: such a route is there, and is left alone.
                    Err(Failure::Kernel { errno: 17, .. }) => Ok(Undo::Nothing),
                    Err(failure) => Err(failure),
                }
            }
        }
    }

    fn has(&self, address: Ipv4Addr) -> Result<bool, Failure> {
        let query = AddressQuery {
            family: INET,
            index: Some(self.link.index),
        };
        let all = self.namespace.addresses(query)?.all()?;
        let same = |known: &Address| known.local.is_some_and(|local| ip(local) == address);
        Ok(all.iter().any(same))
    }

    /// Undoes what was set, the last first.
    pub(crate) fn undo(&mut self, options: &Options) {
        if let Some(scope) = self.scope.take() {
            return self.undo_begun(&scope, options);
        }
        while let Some((setting, undo)) = self.undo.pop() {
            let undone = match undo {
                Undo::Remove(change) => self.namespace.remove(&change).map(drop),
                Undo::Mtu(mtu) => {
                    let change = mtu_change(self.link.index, mtu);
                    self.namespace.put(&change, How::empty()).map(drop)
                }
                Undo::Lifetime | Undo::Nothing => continue,
            };
            let name = &self.link.name;
            match undone {
                Ok(()) => options.say(format_args!("{name}: undone {setting}")),
                // ESRCH, EADDRNOTAVAIL: it is gone already, such as routes of a removed address.
                Err(Failure::Kernel { errno: 3 | 99, .. }) => {}
                Err(failure) => {
                    nethost_sdk::output::complain(format_args!("{name}: {setting}: {failure}"));
                }
            }
        }
    }
}

impl Configured {
    /// Undoes what is not complete.
    fn undo_begun(&mut self, scope: &Undoable, options: &Options) {
        let name = &self.link.name;
        let undone = match scope.undo() {
            Ok(undone) => undone,
            Err(error) => return nethost_sdk::output::complain(format_args!("{name}: {error}")),
        };
        let made = self.undo.drain(..).rev();
        let made = made.filter(|(_, undo)| !matches!(undo, Undo::Nothing));
        for ((setting, _), undone) in made.zip(undone) {
            match undone {
                UndoneChange::Undone => options.say(format_args!("{name}: undone {setting}")),
                UndoneChange::Gone => {}
                UndoneChange::Left => nethost_sdk::output::complain(format_args!(
                    "{name}: {setting}: not undone: somebody else has changed it since"
                )),
                UndoneChange::Failed(errno) => nethost_sdk::output::complain(format_args!(
                    "{name}: {setting}: not undone (errno {errno})"
                )),
            }
        }
    }
}

fn address(setting: &Setting, index: u32) -> Option<Change> {
    let Setting::Address(address, length, broadcast, seconds) = setting else {
        return None;
    };
    Some(Change::Address(Address {
        family: INET,
        index,
        prefix_length: *length,
        local: Some(to_wit((*address).into())),
        peer: Some(to_wit((*address).into())),
        broadcast: Some(to_wit((*broadcast).into())),
        // The kernel removes the address when nobody prolongs the lease.
        lifetime: (*seconds != u32::MAX).then_some(Lifetime {
            preferred: *seconds,
            valid: *seconds,
        }),
        ..Address::default()
    }))
}

fn mtu_change(index: u32, mtu: u32) -> Change {
    Change::Link(LinkChange {
        index,
        attributes: vec![Attribute {
            id: MTU,
            value: AttributeValue::Number(mtu.into()),
        }],
        ..LinkChange::default()
    })
}

/// Sets the interface up, where that is granted. It is set down again unless the configuration is completed.
pub(crate) fn set_up(link: &Link) -> Option<Undoable> {
    const UP: u32 = 1;
    if link.flags & UP != 0 {
        return None;
    }
    let change = Change::Link(LinkChange {
        index: link.index,
        flags: UP,
        flags_mask: UP,
        ..LinkChange::default()
    });
    let scope = Undoable::open(&Namespace::open(None).ok()?);
    // A failure is seen when the first message is sent.
    let _ = scope.put(&change, How::empty());
    Some(scope)
}

/// Removes the address of a lease that another run has set.
pub(crate) fn remove(link: &Link, lease: &Lease, options: &Options) {
    let Some(change) = settings(lease)
        .first()
        .and_then(|setting| address(setting, link.index))
    else {
        return;
    };
    let Ok(namespace) = Namespace::open(None) else {
        return;
    };
    // It may not be there, or that is not granted.
    if namespace.remove(&change).is_ok() {
        options.say(format_args!(
            "{}: removed address {}",
            link.name, lease.address
        ));
    }
}

/// Addresses and routes of an interface: what `--compare` compares with.
pub(crate) struct Present {
    pub(crate) addresses: Vec<(Ipv4Addr, u8)>,
    pub(crate) routes: Vec<(Ipv4Addr, u8, Ipv4Addr)>,
}

/// What is configured on an interface.
pub(crate) fn present(link: &Link) -> Result<Present, Exit> {
    let wrong = |failure: Failure| failed(1, format_args!("dhclient: {failure}"));
    let namespace = Namespace::open(None);
    let namespace = namespace.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
    let query = AddressQuery {
        family: INET,
        index: Some(link.index),
    };
    let addresses = namespace.addresses(query).and_then(|listing| listing.all());
    let v4 = |address| match ip(address) {
        std::net::IpAddr::V4(address) => Some(address),
        std::net::IpAddr::V6(_) => None,
    };
    let addresses = addresses.map_err(wrong)?.into_iter();
    let addresses = addresses.filter_map(|one| Some((v4(one.local?)?, one.prefix_length)));
    let query = RouteQuery {
        family: INET,
        output_interface: Some(link.index),
        ..RouteQuery::default()
    };
    let routes = namespace.routes(query).and_then(|listing| listing.all());
    let routes = routes.map_err(wrong)?.into_iter();
    let routes =
        routes.filter(|route| route.table == MAIN && route.output_interface == Some(link.index));
    let routes = routes.filter_map(|route| {
        let to = route.destination.map_or(Some(Ipv4Addr::UNSPECIFIED), v4)?;
        let gateway = route.gateway.map_or(Some(Ipv4Addr::UNSPECIFIED), v4)?;
        Some((to, route.destination_length, gateway))
    });
    Ok(Present {
        addresses: addresses.collect(),
        routes: routes.collect(),
    })
}
