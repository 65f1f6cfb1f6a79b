//! The objects, and which one a word means: the first in this order that it is the beginning of.

mod address;
mod address_label;
mod family;
mod link;
mod maddress;
mod monitor;
mod mroute;
mod neighbour;
mod netns;
mod route;
mod rule;
mod token;
mod tuntap;

use crate::ip::Ip;
use crate::words::{Done, Words, failed, matches};

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
    "help",
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
        "netns" => netns::run(ip, words),
        "token" => token::run(ip, words),
        "tuntap" | "tap" => tuntap::run(ip, words),
        "tunnel" | "tunl" | "l2tp" | "xfrm" => Err(failed(
            1,
            format!(
                "ip: {object} is configured through interfaces that nethost does not offer; `ip -d link show` \
                 shows tunnels"
            ),
        )),
        "link" => link::run(ip, words),
        "neighbor" | "neighbour" => neighbour::run(ip, words),
        "route" => route::run(ip, words),
        "rule" => rule::run(ip, words),
        "help" => Err(crate::help()),
        other => Err(failed(
            1,
            format!("ip: {other} is not there yet; see docs/ip.md"),
        )),
    }
}
