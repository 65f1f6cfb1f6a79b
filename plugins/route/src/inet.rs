//! Changes of IPv4 routes: the words of net-tools, and what ioctl(2) makes of them.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::Exit;
use nethost_sdk::netlink::{Route, ip, to_wit};
use nethost_sdk::text::printable;

use crate::kernel::{Kernel, request};
use crate::{Action, resolve, usage};

const INET: u8 = 2;
const MAIN: u32 = 254;
/// RTPROT_BOOT.
const BOOT: u8 = 3;
/// RTN_….
const UNICAST: u8 = 1;
const UNREACHABLE: u8 = 7;
/// RT_SCOPE_….
const LINK: u8 = 253;
const HOST: u8 = 254;
const NOWHERE: u8 = 255;
/// RTAX_….
const WINDOW: u8 = 3;
const RTT: u8 = 4;
const ADVMSS: u8 = 8;
/// The headers of IP and TCP, which the kernel takes off an MSS.
const HEADERS: u32 = 40;

/// What the words say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    target: u32,
    is_host: bool,
    mask: u32,
    gateway: Option<Ipv4Addr>,
    metric: Option<u32>,
    mss: Option<u32>,
    window: Option<u32>,
    irtt: Option<u32>,
    reject: bool,
    device: Option<String>,
}

fn wrong(what: &str) -> Exit {
    usage::change(usage::INET, what)
}

pub(crate) async fn run(action: Action, cache: bool, words: &[String]) -> Result<u8, Exit> {
    if action == Action::Flush {
        return Err(wrong("Flushing `inet' routing table not supported"));
    }
    if cache {
        return Err(wrong("Modifying `inet' routing cache not supported"));
    }
    if words.is_empty() {
        return Err(Exit::done(usage::INET));
    }
    let said = parse(action, words).await?;
    let kernel = Kernel::open()?;
    let route = route(action, &said, &kernel)?;
    kernel.change(action, route)
}

/// A number as atoi(3) reads it.
fn number(word: &str) -> u32 {
    let digits: String = word
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or_default()
}

/// The prefix behind a slash, with the mask that C makes of it on this processor: 32 is none.
fn prefix(text: &str) -> Result<u32, Exit> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let length = u32::from_str_radix(digits, radix).map_err(|_| wrong(""))?;
    Ok(!(u32::MAX >> (length % 32)))
}

async fn parse(action: Action, words: &[String]) -> Result<Said, Exit> {
    let mut words = words.iter();
    let mut said = Said::default();
    let first = words.next().ok_or_else(|| wrong(""))?;
    let (kind, target) = match first.as_str() {
        "#net" => (Some(true), words.next()),
        "#host" => (Some(false), words.next()),
        _ => (None, Some(first)),
    };
    let target = target.ok_or_else(|| wrong(""))?;
    let mut netmask = String::new();
    let mut host = target.as_str();
    if let Some((name, length)) = target.split_once('/') {
        said.mask = prefix(length)?;
        netmask = format!("/{length}");
        host = name;
    }
    let (address, is_net) = resolve::inet(host, kind == Some(false)).await?;
    said.target = address.to_bits();
    said.is_host = !kind.unwrap_or(is_net);
    while let Some(word) = words.next() {
        let mut need = || words.next().ok_or_else(|| wrong(""));
        match word.as_str() {
            "metric" => {
                let word = need()?;
                if !word.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(wrong(""));
                }
                said.metric = Some(number(word));
            }
            "netmask" => {
                let word = need()?;
                if said.mask != 0 {
                    return Err(wrong(""));
                }
                netmask.clone_from(word);
                said.mask = resolve::inet(word, false).await?.0.to_bits();
            }
            "gw" | "gateway" => {
                let word = need()?;
                if said.gateway.is_some() {
                    return Err(wrong(""));
                }
                let (address, is_net) = resolve::inet(word, true).await?;
                if is_net {
                    return Err(wrong(&format!(
                        "route: {}: cannot use a NETWORK as gateway!",
                        printable(word)
                    )));
                }
                said.gateway = Some(address);
            }
            "mss" | "mtu" => {
                let mss = number(need()?);
                if !(64..=65536).contains(&mss) {
                    return Err(wrong("route: Invalid MSS/MTU."));
                }
                said.mss = Some(mss);
            }
            "window" => {
                let window = number(need()?);
                if window < 128 {
                    return Err(wrong("route: Invalid window."));
                }
                said.window = Some(window);
            }
            "irtt" => said.irtt = Some(number(need()?)),
            "reject" => said.reject = true,
            // Marks that the kernel does not keep.
            "mod" | "dyn" | "reinstate" => {}
            "device" | "dev" => {
                if said.device.is_some() {
                    return Err(wrong(""));
                }
                said.device = Some(need()?.clone());
            }
            _ if said.device.is_some() || words.len() > 0 => return Err(wrong("")),
            device => said.device = Some(device.to_owned()),
        }
    }
    check(&said, &netmask)?;
    if action == Action::Add && said.is_host {
        said.mask = u32::MAX;
    }
    Ok(said)
}

/// What net-tools itself refuses.
fn check(said: &Said, netmask: &str) -> Result<(), Exit> {
    if said.mask == 0 {
        return Ok(());
    }
    let host = !said.mask;
    if said.is_host {
        return Err(wrong(&format!(
            "route: netmask {host:08x} doesn't make sense with host route"
        )));
    }
    if host & host.wrapping_add(1) != 0 {
        let netmask = printable(netmask);
        return Err(wrong(&format!("route: bogus netmask {netmask}")));
    }
    if said.target & host != 0 {
        return Err(wrong("route: netmask doesn't match route address"));
    }
    Ok(())
}

/// What the kernel makes of an ioctl(2).
fn route(action: Action, said: &Said, kernel: &Kernel) -> Result<Route, Exit> {
    let length = match said.is_host {
        true => 32,
        false if said.target & !said.mask != 0 => {
            let what = format!("{}: Invalid argument", request(action));
            return Err(Exit::failed(7, what));
        }
        false => said.mask.leading_ones() as u8,
    };
    let mut route = Route {
        family: INET,
        table: MAIN,
        kind: UNICAST,
        scope: NOWHERE,
        destination: (length > 0).then(|| to_wit(IpAddr::V4(said.target.into()))),
        destination_length: length,
        metric: said.metric,
        ..Route::default()
    };
    if action == Action::Add {
        route.protocol = BOOT;
    }
    if said.reject {
        route.kind = UNREACHABLE;
        route.scope = HOST;
        return Ok(route);
    }
    let addresses = match said.gateway.is_some() || said.device.is_some() {
        true => kernel.addresses()?,
        false => Vec::new(),
    };
    if let Some(device) = &said.device {
        let base = device.split(':').next().unwrap_or(device);
        let index = kernel.index(base, request(action))?;
        route.output_interface = Some(index);
        if device.contains(':') {
            // The label of an address means the address, too.
            let found = addresses
                .iter()
                .find(|address| address.index == index && address.label.as_deref() == Some(device));
            let missing = || Exit::failed(7, format!("{}: No such device", request(action)));
            route.preferred_source = found.ok_or_else(missing)?.local;
        }
    }
    if let Some(gateway) = said.gateway {
        let own = |address: &nethost_sdk::netlink::Address| {
            address.local.map(ip) == Some(IpAddr::V4(gateway))
        };
        route.gateway = Some(to_wit(IpAddr::V4(gateway)));
        if !addresses.iter().any(own) {
            route.scope = 0;
        }
    }
    if action == Action::Add {
        if route.scope == NOWHERE {
            route.scope = LINK;
        }
        let metrics: Vec<(u8, u32)> = [
            (WINDOW, said.window),
            // The kernel counts in eighths.
            (RTT, said.irtt.map(|time| time << 3)),
            (ADVMSS, said.mss.map(|mss| mss - HEADERS)),
        ]
        .into_iter()
        .filter_map(|(id, value)| value.map(|value| (id, value)))
        .collect();
        if !metrics.is_empty() {
            route.metrics = Some(metrics);
        }
    }
    Ok(route)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn read(line: &str) -> Result<Said, Exit> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(Action::Add, &words).now_or_never().unwrap()
    }

    #[test]
    fn words_mean_what_net_tools_means() {
        let said =
            read("#net 10.4.0.0 netmask 255.255.0.0 gw 10.0.0.2 metric 5 mss 1000 v0").unwrap();
        assert_eq!(said.mask, 0xffff_0000);
        assert_eq!((said.metric, said.mss), (Some(5), Some(1000)));
        assert_eq!(said.device.as_deref(), Some("v0"));
        assert!(!said.is_host);
        assert!(read("10.2.0.2 v0").unwrap().is_host);
        assert!(!read("default gw 10.0.0.2").unwrap().is_host);
        // C shifts by 32 as by 0.
        assert_eq!(read("10.24.0.1/32 v0").unwrap().mask, u32::MAX);
        assert_eq!(read("#net 10.24.0.1/32 v0").unwrap().mask, 0);
    }

    #[test]
    fn refusals_are_those_of_net_tools() {
        for (line, words) in [
            (
                "10.1.0.0/16 dev v0",
                "route: netmask 0000ffff doesn't make sense with host route",
            ),
            (
                "#net 10.6.0.1/16 v0",
                "route: netmask doesn't match route address",
            ),
            (
                "#net 10.6.0.0 netmask 255.0.255.0 v0",
                "route: bogus netmask 255.0.255.0",
            ),
            ("#net 10.9.0.0/16 mss 5 v0", "route: Invalid MSS/MTU."),
            ("#net 10.9.0.0/16 v0 v1", "Usage: inet_route"),
            ("#net", "Usage: inet_route"),
            (
                "#net 10.8.0.0/16 gw default",
                "route: default: cannot use a NETWORK as gateway!",
            ),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!(exit.code, 3, "{line}");
            assert!(exit.stderr.starts_with(words), "{line}: {}", exit.stderr);
        }
    }
}
