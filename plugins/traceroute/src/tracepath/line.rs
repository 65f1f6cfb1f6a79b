//! What is printed: a line for each answer, and the end.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::Error;
use nethost_sdk::socket::{ErrorOrigin, NetworkError};
use serde::Serialize;

/// The column behind a host.
const COLUMN: usize = 52;

/// What a message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    /// The hop limit ran out there.
    Passed,
    Pmtu(u32),
    Reached,
    TimedOut,
    Protocol,
    HostUnreachable,
    NetworkUnreachable,
    Prohibited,
    Other,
}

/// Who said it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    /// This machine.
    Own,
    Host(Host),
}

/// A host on the path.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Host {
    pub(super) address: IpAddr,
    #[serde(skip_serializing_if = "is_unknown")]
    pub(super) name: Option<String>,
    #[serde(skip)]
    pub(super) numeric: bool,
}

/// What stands for a name that nobody could tell.
pub(super) const UNKNOWN: &str = "???";

fn is_unknown(name: &Option<String>) -> bool {
    name.as_deref() == Some(UNKNOWN)
}

/// An answer.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Answer {
    pub(super) hop: u8,
    /// The answer says which datagram it is about.
    pub(super) is_certain: bool,
    pub(super) origin: Origin,
    pub(super) took: Option<Duration>,
    pub(super) broken: bool,
    pub(super) what: What,
    /// How far the answer came, where it is another number of hops.
    pub(super) asymmetric: Option<i32>,
    #[serde(skip)]
    pub(super) both: bool,
}

/// A line.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Fact {
    Answer(Answer),
    NoReply {
        hop: u8,
    },
    NotSent {
        hop: u8,
    },
    Reply {
        hop: u8,
    },
    Resume {
        too_many_hops: bool,
        pmtu: i32,
        hops: Option<u8>,
        back: Option<i32>,
    },
}

/// Whether an ICMP message said it.
pub(super) fn is_icmp(error: &NetworkError<'_>) -> bool {
    error.origin != ErrorOrigin::Local
}

/// How far a packet came, by the hop limit that is left and the usual ones to begin with.
pub(super) fn hops_back(limit: u8) -> i32 {
    let begin = match limit {
        ..=64 => 65,
        65..=128 => 129,
        _ => 256,
    };
    begin - i32::from(limit)
}

/// ICMP_TIME_EXCEEDED and ICMPV6_TIME_EXCEED, of the hop limit.
fn is_passed(error: &NetworkError<'_>) -> bool {
    let kind = (error.origin, error.icmp_type, error.icmp_code);
    matches!(
        kind,
        (ErrorOrigin::Icmp, 11, 0) | (ErrorOrigin::Icmp6, 3, 0)
    )
}

pub(super) fn meaning(error: &NetworkError<'_>) -> What {
    match &error.code {
        Error::DatagramTooLarge => What::Pmtu(error.info),
        Error::ConnectionRefused => What::Reached,
        Error::Timeout => What::TimedOut,
        Error::RemoteUnreachable if is_passed(error) => What::Passed,
        Error::RemoteUnreachable => What::HostUnreachable,
        Error::NetworkUnreachable => What::NetworkUnreachable,
        Error::AccessDenied => What::Prohibited,
        Error::Other(Some(text)) if text.starts_with("Protocol error") => What::Protocol,
        _ => What::Other,
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) if !self.numeric => f.write_str(name),
            _ => self.address.fmt(f),
        }
    }
}

impl Answer {
    fn text(&self) -> String {
        let hop = self.hop;
        let mut line = match &self.origin {
            Origin::Own => format!("{hop:2}?: {:<32} ", "[LOCALHOST]"),
            Origin::Host(_) if self.is_certain => format!("{hop:2}:  "),
            Origin::Host(_) => format!("{hop:2}?: "),
        };
        if let Origin::Host(host) = &self.origin {
            let mut shown = host.to_string();
            if self.both {
                let name = host.name.as_deref().filter(|_| host.numeric);
                let second = name.map_or_else(|| host.address.to_string(), str::to_owned);
                shown += &format!(" ({second})");
            }
            let pad = COLUMN - shown.chars().count().min(COLUMN - 1);
            line += &shown;
            line.extend(std::iter::repeat_n(' ', pad));
        }
        if let Some(took) = self.took {
            line += &format!("{:3}.{:03}ms ", took.as_millis(), took.as_micros() % 1000);
            if self.broken {
                line += "(This broken router returned corrupted payload) ";
            }
        }
        match self.what {
            What::Passed => {
                if let Some(back) = self.asymmetric {
                    line += &format!("asymm {back:2} ");
                }
            }
            What::Pmtu(mtu) => line += &format!("pmtu {mtu}"),
            What::Reached => line += "reached",
            What::Protocol => line += "!P",
            What::HostUnreachable => line += "!H",
            What::NetworkUnreachable => line += "!N",
            What::Prohibited => line += "!A",
            What::TimedOut | What::Other => {}
        }
        line
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => writeln!(f, "{}", answer.text()),
            Self::NoReply { hop } => writeln!(f, "{hop:2}:  no reply"),
            Self::NotSent { hop } => writeln!(f, "{hop:2}:  send failed"),
            Self::Reply { hop } => writeln!(f, "{hop:2}?: reply received 8)"),
            Self::Resume {
                too_many_hops,
                pmtu,
                hops,
                back,
            } => {
                if *too_many_hops {
                    writeln!(f, "     Too many hops: pmtu {pmtu}")?;
                }
                write!(f, "     Resume: pmtu {pmtu} ")?;
                if let Some(hops) = hops {
                    write!(f, "hops {hops} ")?;
                }
                if let Some(back) = back.filter(|back| *back >= 0) {
                    write!(f, "back {back} ")?;
                }
                writeln!(f)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn answer(what: What) -> Answer {
        Answer {
            hop: 1,
            is_certain: true,
            origin: Origin::Host(Host {
                address: "127.0.0.1".parse().unwrap(),
                name: Some("localhost".into()),
                numeric: false,
            }),
            took: Some(Duration::from_micros(97)),
            broken: false,
            what,
            asymmetric: None,
            both: false,
        }
    }

    #[test]
    fn lines_are_those_of_iputils() {
        assert_eq!(
            answer(What::Reached).text(),
            " 1:  localhost                                             0.097ms reached"
        );
        let both = Answer {
            both: true,
            ..answer(What::Reached)
        };
        assert_eq!(
            both.text(),
            " 1:  localhost (127.0.0.1)                                 0.097ms reached"
        );
        let own = Answer {
            origin: Origin::Own,
            took: Some(Duration::from_micros(18)),
            ..answer(What::Pmtu(65536))
        };
        assert_eq!(
            own.text(),
            " 1?: [LOCALHOST]                        0.018ms pmtu 65536"
        );
        assert_eq!(hops_back(64), 1);
        assert_eq!(hops_back(127), 2);
        assert_eq!(hops_back(255), 1);
        let end = Fact::Resume {
            too_many_hops: true,
            pmtu: 1500,
            hops: None,
            back: None,
        };
        assert_eq!(
            end.to_string(),
            "     Too many hops: pmtu 1500\n     Resume: pmtu 1500 \n"
        );
    }
}
