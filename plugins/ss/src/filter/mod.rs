//! Filters: which sockets are shown. [`parse`] reads them, [`bytecode`] has the kernel sort out what it can, and what it
//! passes is judged again by [`Expression::holds`], because the kernel cannot judge everything.

pub(crate) mod bytecode;
mod hosts;
pub(crate) mod parse;
#[cfg(test)]
mod random;

use crate::socket::Socket;

/// AF_….
pub(crate) const UNSPEC: u8 = 0;
pub(crate) const UNIX: u8 = 1;
pub(crate) const INET: u8 = 2;
pub(crate) const INET6: u8 = 10;
pub(crate) const NETLINK: u8 = 16;
pub(crate) const PACKET: u8 = 17;
pub(crate) const TIPC: u8 = 30;
pub(crate) const VSOCK: u8 = 40;
pub(crate) const XDP: u8 = 44;

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    Or(Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Source(Host),
    Destination(Host),
    SourcePortAtLeast(i32),
    SourcePortAtMost(i32),
    DestinationPortAtLeast(i32),
    DestinationPortAtMost(i32),
    /// Its port was chosen by the kernel.
    Autobound,
    Device(u32),
    Mark {
        mark: u32,
        mask: u32,
    },
    Cgroup(u64),
}

/// One side of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) family: u8,
    /// None: any.
    pub(crate) port: Option<i32>,
    /// Any of these, in this many bits; any at all where there are no bits.
    pub(crate) addresses: Vec<[u8; 16]>,
    pub(crate) bits: u8,
    /// Of a UNIX domain socket: a pattern for its name.
    pub(crate) pattern: Option<String>,
}

/// The ports that the kernel chooses from: net.ipv4.ip_local_port_range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ephemeral {
    pub(crate) first: i32,
    pub(crate) last: i32,
}

impl Default for Ephemeral {
    /// What ss takes where it cannot be read.
    fn default() -> Self {
        Self {
            first: 1024,
            last: 4999,
        }
    }
}

impl Ephemeral {
    pub(crate) fn contains(self, port: i32) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl Expression {
    /// Whether some part of it is such a one.
    pub(crate) fn any(&self, is: &impl Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::Or(one, other) | Self::And(one, other) => one.any(is) || other.any(is),
                Self::Not(inner) => inner.any(is),
                _ => false,
            }
    }

    /// Whether a socket is shown.
    pub(crate) fn holds(&self, socket: &Socket<'_>, ephemeral: Ephemeral) -> bool {
        match self {
            Self::Or(one, other) => one.holds(socket, ephemeral) || other.holds(socket, ephemeral),
            Self::And(one, other) => one.holds(socket, ephemeral) && other.holds(socket, ephemeral),
            Self::Not(inner) => !inner.holds(socket, ephemeral),
            Self::Source(host) => {
                host.matches(socket, &socket.local, socket.local_port, socket.name)
            }
            Self::Destination(host) => {
                host.matches(socket, &socket.remote, socket.remote_port, socket.peer_name)
            }
            Self::SourcePortAtLeast(port) => socket.local_port >= *port,
            Self::SourcePortAtMost(port) => socket.local_port <= *port,
            Self::DestinationPortAtLeast(port) => socket.remote_port >= *port,
            Self::DestinationPortAtMost(port) => socket.remote_port <= *port,
            Self::Autobound => match socket.family {
                UNIX => socket.name.is_none_or(is_autobound),
                PACKET => socket.local_port == 0 && socket.local[..4] == [0; 4],
                NETLINK => socket.local_port < 0,
                VSOCK => socket.local_port > 1023,
                _ => ephemeral.contains(socket.local_port),
            },
            Self::Device(index) => socket.interface == *index,
            Self::Mark { mark, mask } => socket.mark & mask == *mark,
            Self::Cgroup(id) => socket.cgroup == *id,
        }
    }
}

/// `@` and five hexadecimal digits, which the kernel chooses (unix(7)).
fn is_autobound(name: &str) -> bool {
    name.strip_prefix('@').is_some_and(|rest| {
        rest.len() == 5
            && rest
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

impl Host {
    fn matches(
        &self,
        socket: &Socket<'_>,
        address: &[u8; 16],
        port: i32,
        name: Option<&str>,
    ) -> bool {
        if self.family == UNIX {
            let pattern = self.pattern.as_deref();
            return pattern
                .is_none_or(|pattern| matches_pattern(pattern, name.unwrap_or_default()));
        }
        if self.port.is_some_and(|wanted| wanted != port) {
            return false;
        }
        self.bits == 0
            || self
                .addresses
                .iter()
                .any(|wanted| matches_address(socket.family, address, self, wanted))
    }
}

/// As ss compares them: an IPv4 address is also that of a mapped IPv6 one. The first bits of any address are compared
/// whatever its family, which is what ss does.
fn matches_address(family: u8, address: &[u8; 16], host: &Host, wanted: &[u8; 16]) -> bool {
    if same_bits(address, wanted, host.bits) {
        return true;
    }
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    if host.family == INET && family == INET6 && address[..12] == mapped {
        let mut inner = [0; 16];
        inner[..4].copy_from_slice(&address[12..]);
        return same_bits(&inner, wanted, host.bits);
    }
    false
}

pub(crate) fn same_bits(one: &[u8; 16], other: &[u8; 16], bits: u8) -> bool {
    let bits = u32::from(bits.min(128));
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or_default();
    (u128::from_be_bytes(*one) ^ u128::from_be_bytes(*other)) & mask == 0
}

/// fnmatch(3) with FNM_CASEFOLD: `*`, `?` and sets in brackets, without regard to case. It takes time proportional to the
/// product of the lengths at most.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last `*` is, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
            continue;
        }
        if t == text.len() {
            return p == pattern.len();
        }
        match one(&pattern[p..], text[t]) {
            Some(length) => {
                p += length;
                t += 1;
            }
            None => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
}

/// How much of a pattern one character takes, if it does.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        [] => None,
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == character).then_some(2),
        ['[', rest @ ..] => {
            let negated = matches!(rest.first(), Some('!' | '^'));
            let begin = usize::from(negated);
            let close = rest
                .iter()
                .skip(begin + 1)
                .position(|end| *end == ']')
                .map(|end| end + begin + 1);
            let Some(close) = close else {
                return (character == '[').then_some(1);
            };
            let set = &rest[begin..close];
            let mut at = 0;
            let mut found = false;
            while at < set.len() {
                if let [first, '-', last, ..] = set[at..] {
                    found |= (first..=last).contains(&character);
                    at += 3;
                } else {
                    found |= set[at] == character;
                    at += 1;
                }
            }
            (found != negated).then_some(close + 2)
        }
        [literal, ..] => (*literal == character).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_shell() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("/run/*", "/RUN/x/y", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("*a*b", "xxaxxaxb", true),
            ("\\*", "*", true),
            ("", "", true),
            ("", "x", false),
            ("[", "[", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), matches, "{pattern} {text}");
        }
    }
}
