//! What narrows a rule beside its targets: ports, interfaces, users, time, and how much.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::quantity::Rate;
use nethost_core::{Interface, Target};
use nethost_core::{Request, SocketOption};
use nethost_core::{User, UserPattern};

/// The narrowing fields of a rule. Nothing set means no narrowing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Ports of the target.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Network interfaces that a request is bound to, by any of their names; one may end in `*`.
    pub interfaces: Vec<String>,
    /// What may be special about a socket, or for a denial, what must not be. An allowing rule without any lets
    /// through what needs no naming.
    pub options: Vec<SocketOption>,
    /// Who runs the plugin.
    pub users: Vec<UserPattern>,
    /// From this moment on the rule is not there.
    pub until: Option<Timestamp>,
    /// How much one run may do under an allowing rule.
    pub quota: Quota,
    /// What an allowing rule adds to the details of a request: fields of [`nethost_core::FORCED`].
    pub forced: Vec<(&'static str, String)>,
}

/// How much one run may do under a rule; each direction has its own account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Packets or messages sent in a length of time.
    pub rate: Option<Rate>,
    /// Packets or messages sent, and as many received.
    pub packets: Option<u64>,
    /// Bytes of payload sent, and as many received.
    pub bytes: Option<u64>,
}

impl Quota {
    /// True when nothing is counted.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it allows no more than another in any part.
    pub fn is_within(&self, other: &Self) -> bool {
        fn within<T>(own: Option<T>, other: Option<T>, no_more: impl Fn(T, T) -> bool) -> bool {
            match (own, other) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(own), Some(other)) => no_more(own, other),
            }
        }
        within(self.rate, other.rate, |own, other| {
            // Neither more in the long run, nor in a burst.
            own.count <= other.count
                && u128::from(own.count) * other.per.as_nanos()
                    <= u128::from(other.count) * own.per.as_nanos()
        }) && within(self.packets, other.packets, |own, other| own <= other)
            && within(self.bytes, other.bytes, |own, other| own <= other)
    }
}

impl Scope {
    /// Whether a rule is in force for this user. A denial that cannot be told not to apply, applies.
    pub(super) fn concerns(&self, user: &User, when_unknown: bool) -> bool {
        self.users.is_empty()
            || self
                .users
                .iter()
                .any(|pattern| pattern.matches(user).unwrap_or(when_unknown))
    }

    /// Whether the rule is still there. The clock is read only for a rule that ends.
    pub(super) fn lasts(&self) -> bool {
        self.until.is_none_or(|until| Timestamp::now() < until)
    }

    /// Whether an allowing rule's ports, interfaces and options cover the request.
    pub(super) fn covers(&self, request: &Request) -> bool {
        let port = self.ports.is_empty()
            || request
                .target
                .port()
                .is_some_and(|port| self.has_port(port));
        let options = request.options().all(|option| self.has_option(option));
        port && options
            && (self.interfaces.is_empty()
                || (request
                    .interface
                    .as_ref()
                    .is_some_and(|interface| self.has_interface(interface))
                    && request.other_links().all(|link| self.has_interface(&link))))
    }

    /// The first thing about the request's socket that an allowing rule would have to name.
    pub(super) fn unnamed(&self, request: &Request) -> Option<SocketOption> {
        request.options().find(|option| !self.has_option(*option))
    }

    fn has_option(&self, option: SocketOption) -> bool {
        self.options.contains(&option) || (self.options.is_empty() && !option.needs_naming())
    }

    /// Whether a denying rule's ports, interfaces and options touch the request. What is bound to no interface may
    /// leave through any.
    pub(super) fn touches(&self, request: &Request) -> bool {
        let port = self.ports.is_empty()
            || request
                .target
                .port()
                .is_some_and(|port| self.has_port(port));
        let through = match &request.interface {
            Some(interface) => self.has_interface(interface),
            None => match &request.target {
                Target::Address { .. } | Target::Listen { .. } | Target::Network(_) => true,
                Target::Link(link) => self.has_interface(link),
                // Next hops and MPTCP endpoints, found by their number.
                Target::Local(_) => request.op == "namespace.change-entity",
                _ => false,
            },
        };
        let options = self.options.is_empty()
            || request
                .options()
                .any(|option| self.options.contains(&option));
        port && options && (self.interfaces.is_empty() || through)
    }

    fn has_port(&self, port: u16) -> bool {
        self.ports.iter().any(|range| range.contains(&port))
    }

    fn has_interface(&self, interface: &Interface) -> bool {
        self.interfaces.iter().any(|pattern| {
            interface
                .names()
                .any(|name| interface_matches(pattern, name))
        })
    }

    /// Whether everything that the other scope lets through passes this one too. Quotas are no part of it.
    pub(super) fn contains(&self, other: &Scope) -> bool {
        let ports = self.ports.is_empty()
            || (!other.ports.is_empty()
                && other.ports.iter().all(|narrow| {
                    self.ports
                        .iter()
                        .any(|wide| wide.contains(narrow.start()) && wide.contains(narrow.end()))
                }));
        let interfaces = self.interfaces.is_empty()
            || (!other.interfaces.is_empty()
                && other.interfaces.iter().all(|narrow| {
                    let literal = narrow.strip_suffix('*').unwrap_or(narrow);
                    self.interfaces.iter().any(|wide| {
                        wide == narrow || (wide.ends_with('*') && interface_matches(wide, literal))
                    })
                }));
        let users = self.users.is_empty()
            || (!other.users.is_empty()
                && other.users.iter().all(|user| self.users.contains(user)));
        let lasts = match (self.until, other.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        };
        ports && interfaces && users && lasts && self.options_contain(other)
    }

    fn options_contain(&self, other: &Scope) -> bool {
        if other.options.is_empty() {
            // It lets through all that needs no naming.
            let free = |option: &SocketOption| !option.needs_naming();
            return self.options.is_empty()
                || SocketOption::ALL
                    .iter()
                    .filter(|option| free(option))
                    .all(|option| self.options.contains(option));
        }
        other.options.iter().all(|option| self.has_option(*option))
    }
}

fn interface_matches(pattern: &str, interface: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => interface.starts_with(prefix),
        None => pattern == interface,
    }
}

#[cfg(test)]
mod tests;
