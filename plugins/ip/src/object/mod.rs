//! The objects, and which one a word means: the first in this order that it is the beginning of.

mod address;
mod address_label;
mod family;
mod flush;
mod fou;
mod ila;
mod ioam;
mod l2tp;
mod link;
mod macsec;
mod maddress;
mod monitor;
mod mptcp;
mod mroute;
mod neighbour;
mod netconf;
mod netns;
mod nexthop;
mod ntable;
mod route;
mod rule;
mod saved;
mod segment_routing;
mod stats;
mod tcp_metrics;
mod token;
mod told;
mod tunnel;
mod tuntap;
mod vrf;
mod xfrm;

pub(crate) use route::whole::Whole;

use nethost_sdk::Exit;

use crate::ip::Ip;
use crate::words::{Done, Words, failed, matches, usage};

/// In iproute2's order, because that is what decides what an abbreviation means.
const ORDER: &[&str] = &[
    "address",
    "addrlabel",
    "maddress",
    "route",
    "rule",
    "neighbor",
    "neighbour",
    "ntable",
    "ntbl",
    "link",
    "l2tp",
    "fou",
    "ila",
    "macsec",
    "tunnel",
    "tunl",
    "tuntap",
    "tap",
    "token",
    "tcpmetrics",
    "tcp_metrics",
    "monitor",
    "xfrm",
    "mroute",
    "mrule",
    "netns",
    "netconf",
    "vrf",
    "sr",
    "nexthop",
    "mptcp",
    "ioam",
    "help",
    "stats",
];

/// Does what the words say to the object they name.
pub(crate) async fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let word = words.need()?;
    let Some(object) = ORDER.iter().find(|object| matches(&word, object)) else {
        return Err(failed(
            1,
            format!(
                "Object \"{}\" is unknown, try \"ip help\".",
                nethost_sdk::text::printable(&word)
            ),
        ));
    };
    // `ip route -4 show`, as people write it.
    let mut options = ip.options.clone();
    options.take(words)?;
    ip.options = options;
    // `ip route add help`, as scripts ask what a command knows.
    if words.is_command_and("help") && *object != "netns" {
        return Err(crate::help::of(match *object {
            "neighbor" | "neighbour" => "neigh",
            "ntbl" => "ntable",
            "tunl" => "tunnel",
            "tap" => "tuntap",
            "tcpmetrics" => "tcp_metrics",
            "mrule" => "rule",
            other => other,
        }));
    }
    match *object {
        "address" => address::run(ip, words),
        "addrlabel" => address_label::run(ip, words),
        "maddress" => maddress::run(ip, words),
        "monitor" => monitor::run(ip, words).await,
        "mroute" => mroute::run(ip, words),
        "mrule" => {
            ip.options.family = family::multicast(ip.options.family);
            rule::run(ip, words)
        }
        "fou" => fou::run(ip, words),
        "ila" => ila::run(ip, words),
        "ioam" => ioam::run(ip, words),
        "macsec" => macsec::run(ip, words),
        "mptcp" => mptcp::run(ip, words),
        "sr" => segment_routing::run(ip, words),
        "stats" => stats::run(ip, words),
        "netconf" => netconf::run(ip, words),
        "netns" => netns::run(ip, words),
        "nexthop" => nexthop::run(ip, words),
        "vrf" => vrf::run(ip, words),
        "token" => token::run(ip, words),
        "tuntap" | "tap" => tuntap::run(ip, words),
        "ntable" | "ntbl" => ntable::run(ip, words),
        "tcp_metrics" | "tcpmetrics" => tcp_metrics::run(ip, words),
        "tunnel" | "tunl" => tunnel::run(ip, words),
        "l2tp" => l2tp::run(ip, words),
        "xfrm" => xfrm::run(ip, words),
        "link" => link::run(ip, words),
        "neighbor" | "neighbour" => neighbour::run(ip, words),
        "route" => route::run(ip, words),
        "rule" => rule::run(ip, words),
        _ => Err(crate::help::of("")),
    }
}

/// Whether a word is the beginning of one of these.
fn means(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| matches(word, keyword))
}

/// A command that an object does not have.
fn unknown(command: &str, object: &str) -> Exit {
    let command = nethost_sdk::text::printable(command);
    usage(format!(
        "Command \"{command}\" is unknown, try \"ip {object} help\"."
    ))
}
