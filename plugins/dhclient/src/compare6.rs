//! `--compare -6`: how the configuration of an interface differs from what routers and servers of IPv6 say.

use std::net::{IpAddr, Ipv6Addr};

use nethost_sdk::Exit;
use nethost_sdk::netlink::{Namespace, RouteQuery, ip};
use nethost_sdk::output::{Output, complain};

use crate::arguments::Options;
use crate::ask6::{self, Said};
use crate::compare::Compared;
use crate::link6::Link;
use crate::{failed, links};

/// AF_INET6, and RT_TABLE_MAIN.
const INET6: u8 = 10;
const MAIN: u32 = 254;
/// The length of the prefix of a link, where no router says it (RFC 4291 section 2.5.1).
const USUAL_LENGTH: u8 = 64;

/// A prefix.
type Network = (Ipv6Addr, u8);

/// What is configured on an interface.
struct Present {
    addresses: Vec<Network>,
    /// The default gateways.
    gateways: Vec<Ipv6Addr>,
    mtu: u32,
}

/// Compares on each interface. The exit code is 1 if nobody answers, 3 if something differs.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    let (mut answered, mut differs) = (false, false);
    for interface in links::chosen(options)? {
        let present = present(&interface)?;
        let said = ask6::ask(&interface, options).await?;
        for note in &said.notes {
            complain(note);
        }
        for compared in compare(&said, &present) {
            answered = true;
            differs |= !compared.is_same();
            output.fact(&compared)?;
        }
    }
    output.flush()?;
    if !answered {
        return Err(failed(1, "No router and no server of DHCPv6 answered."));
    }
    Ok(if differs { 3 } else { 0 })
}

fn present(interface: &str) -> Result<Present, Exit> {
    let link = Link::open(interface)?;
    let namespace = Namespace::open(None);
    let namespace = namespace.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
    let query = RouteQuery {
        family: INET6,
        output_interface: Some(link.index),
        ..RouteQuery::default()
    };
    let routes = namespace.routes(query).and_then(|listing| listing.all());
    let routes = routes.map_err(|failure| failed(1, format_args!("dhclient: {failure}")))?;
    let default = routes.into_iter().filter(|route| {
        let here = route.output_interface == Some(link.index);
        here && route.table == MAIN && route.destination_length == 0
    });
    let gateways = default.filter_map(|route| match route.gateway.map(ip) {
        Some(IpAddr::V6(gateway)) => Some(gateway),
        _ => None,
    });
    Ok(Present {
        gateways: gateways.collect(),
        addresses: link.addresses,
        mtu: link.mtu,
    })
}

/// The prefix of this length that an address is in.
fn network(address: Ipv6Addr, length: u8) -> Network {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    (Ipv6Addr::from_bits(address.to_bits() & mask), length)
}

fn written((address, length): &Network) -> String {
    format!("{address}/{length}")
}

fn compare(said: &Said, present: &Present) -> Vec<Compared> {
    let prefixes = said.routers.iter().flat_map(|router| &router.said.prefixes);
    let advertised: Vec<Network> = prefixes
        .filter_map(|one| {
            let (address, length) = one.prefix.split_once('/')?;
            Some((address.parse().ok()?, length.parse().ok()?))
        })
        .collect();
    // Of an address that a server has given, nobody but the routers knows which network it is in.
    let within = |address: Ipv6Addr, length: u8| {
        let mut known = advertised.iter();
        let known = known.find(|known| network(address, known.1) == **known);
        known.copied().unwrap_or(network(address, length))
    };
    let networks = || {
        let all = present.addresses.iter();
        all.map(|(address, length)| written(&within(*address, *length)))
            .collect::<Vec<String>>()
    };
    let mut all = Vec::new();
    for router in &said.routers {
        let (interface, address) = (&router.interface, router.said.router);
        let one = |what, offered, configured| {
            Compared::new(interface, address.into(), what, offered, configured, true)
        };
        let prefixes = router.said.prefixes.iter();
        let offered = prefixes.map(|one| one.prefix.clone()).collect();
        all.push(one("network", offered, networks()));
        if router.said.lifetime > 0 {
            let gateways = present.gateways.iter().map(ToString::to_string).collect();
            all.push(one("default gateway", vec![address.to_string()], gateways));
        }
        if let Some(mtu) = router.said.mtu {
            // The kernel sends no larger packets than a router says, whatever the interface can do.
            let used = present.mtu.min(mtu);
            all.push(one("mtu", vec![mtu.to_string()], vec![used.to_string()]));
        }
    }
    for offer in &said.offers {
        let given = offer.addresses.iter().filter_map(|one| one.parse().ok());
        let offered = given.map(|address| written(&within(address, USUAL_LENGTH)));
        let (interface, source) = (&offer.interface, offer.source.into());
        let offered = offered.collect();
        all.push(Compared::new(
            interface,
            source,
            "network",
            offered,
            networks(),
            true,
        ));
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::offer6::{Offer, Router};
    use crate::v6::advertisement::{Advertisement, Prefix};

    fn router() -> Router {
        Router {
            interface: "eth0".into(),
            ms: 1.0,
            expected: None,
            said: Advertisement {
                router: "fe80::2".parse().unwrap(),
                hardware: None,
                hop_limit: 64,
                managed: true,
                other: false,
                preference: "medium",
                lifetime: 1800,
                reachable_ms: 0,
                retransmit_ms: 0,
                mtu: Some(1400),
                prefixes: vec![Prefix {
                    prefix: "fd00::/64".into(),
                    on_link: true,
                    autonomous: true,
                    valid: None,
                    preferred: None,
                }],
                routes: Vec::new(),
                name_servers: Vec::new(),
                search: Vec::new(),
                captive_portal: None,
                nat64: Vec::new(),
                malformed: false,
            },
        }
    }

    fn offer(address: &str) -> Offer {
        Offer {
            addresses: vec![address.into()],
            ..Offer::new("eth0", None, "fe80::2".parse().unwrap(), 1.0, None)
        }
    }

    fn told(present: &Present, said: &Said) -> Vec<String> {
        let all = compare(said, present);
        all.iter().map(|one| one.to_string()).collect()
    }

    #[test]
    fn an_interface_is_as_it_is_offered_or_differs() {
        let said = Said {
            routers: vec![router()],
            offers: vec![offer("fd00::50"), offer("fd00:1::50")],
            notes: Vec::new(),
        };
        let set = Present {
            addresses: vec![("fd00::77".parse().unwrap(), 128)],
            gateways: vec!["fe80::2".parse().unwrap(), "fe80::3".parse().unwrap()],
            mtu: 1500,
        };
        assert_eq!(
            told(&set, &said),
            [
                "eth0: network: same: fe80::2 offers fd00::/64; configured fd00::/64\n",
                "eth0: default gateway: same: fe80::2 offers fe80::2; configured fe80::2, fe80::3\n",
                "eth0: mtu: same: fe80::2 offers 1400; configured 1400\n",
                "eth0: network: same: fe80::2 offers fd00::/64; configured fd00::/64\n",
                "eth0: network: DIFFERS: fe80::2 offers fd00:1::/64; configured fd00::/64\n",
            ]
        );
        let bare = Present {
            addresses: Vec::new(),
            gateways: Vec::new(),
            mtu: 1280,
        };
        assert_eq!(
            told(&bare, &said)[..3],
            [
                "eth0: network: DIFFERS: fe80::2 offers fd00::/64; configured -\n",
                "eth0: default gateway: DIFFERS: fe80::2 offers fe80::2; configured -\n",
                "eth0: mtu: DIFFERS: fe80::2 offers 1400; configured 1280\n",
            ]
        );
    }
}
