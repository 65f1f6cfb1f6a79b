//! The objects, and which one a word means: the first in this order that it is the beginning of.

mod address;
mod family;
mod link;
mod neighbour;
mod route;
mod rule;

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
        "link" => link::run(ip, words),
        "neighbor" | "neighbour" => neighbour::run(ip, words),
        "route" => route::run(ip, words),
        "rule" => rule::run(ip, words),
        "help" => Err(crate::help()),
        other => Err(usage(format!("Object \"{other}\" is not there yet."))),
    }
}
