//! Changes of IPv6 routes.

use std::net::{IpAddr, Ipv6Addr};

use nethost_sdk::Exit;
use nethost_sdk::netlink::{Route, to_wit};

use crate::kernel::Kernel;
use crate::{Action, resolve, usage};

const INET6: u8 = 10;
const MAIN: u32 = 254;
/// RTPROT_BOOT.
const BOOT: u8 = 3;
const UNICAST: u8 = 1;
const ONLINK: u32 = 4;
/// What the kernel takes for a new route without a metric.
const USER: u32 = 1024;

fn wrong() -> Exit {
    usage::change(usage::INET6, "")
}

pub(crate) async fn run(action: Action, words: &[String]) -> Result<u8, Exit> {
    if action == Action::Flush {
        let what = "Flushing `inet6' routing table not supported";
        return Err(usage::change(usage::INET6, what));
    }
    let mut words = words.iter();
    let target = words.next().ok_or_else(wrong)?;
    let (address, length) = self::target(target).await?;
    let mut gateway = None;
    let mut metric = 1;
    let mut device = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "metric" => {
                let word = words.next().ok_or_else(wrong)?;
                let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
                metric = digits.parse().map_err(|_| wrong())?;
            }
            "gw" | "gateway" => {
                let word = words.next().ok_or_else(wrong)?;
                if gateway.is_some() {
                    return Err(wrong());
                }
                gateway = Some(resolve::gateway6(word)?);
            }
            "mod" | "dyn" => {
                let what =
                    format!("route: {word}: the kernel sets this mark of an IPv6 route itself");
                return Err(Exit::failed(3, what));
            }
            "device" | "dev" => device = Some(words.next().ok_or_else(wrong)?),
            _ if words.len() > 0 => return Err(wrong()),
            _ => device = Some(word),
        }
    }
    let kernel = Kernel::open()?;
    let index = match device {
        Some(name) => Some(kernel.index(name, "SIOGIFINDEX")?),
        None => None,
    };
    let mut route = Route {
        family: INET6,
        table: MAIN,
        destination: (length > 0).then(|| to_wit(IpAddr::V6(address))),
        destination_length: length,
        gateway: gateway.map(|address| to_wit(IpAddr::V6(address))),
        output_interface: index,
        ..Route::default()
    };
    match action {
        Action::Add => {
            // The mark of a host route is the same bit as RTNH_F_ONLINK.
            route.flags = if length == 128 { ONLINK } else { 0 };
            route.protocol = BOOT;
            route.kind = UNICAST;
            route.metric = Some(if metric == 0 { USER } else { metric });
        }
        // Without a metric, any matches.
        _ => route.metric = (metric != 0).then_some(metric),
    }
    kernel.change(action, route)
}

/// `default`, or an address with its prefix.
async fn target(word: &str) -> Result<(Ipv6Addr, u8), Exit> {
    if word == "default" {
        return Ok((Ipv6Addr::UNSPECIFIED, 0));
    }
    let (host, length) = match word.split_once('/') {
        Some((host, length)) => {
            let digits: String = length.chars().take_while(char::is_ascii_digit).collect();
            let length = match digits.as_str() {
                _ if length.starts_with('-') => return Err(wrong()),
                "" => 0,
                digits => digits.parse().map_err(|_| wrong())?,
            };
            (host, length)
        }
        None => (word, 128),
    };
    if length > 128 {
        return Err(wrong());
    }
    Ok((resolve::inet6(host).await?, length))
}
