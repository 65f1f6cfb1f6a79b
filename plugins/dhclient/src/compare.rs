//! `--compare`: how the configuration of an interface differs from what a server would hand out.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::Exit;
use nethost_sdk::output::Output;
use serde::Serialize;

use crate::arguments::Options;
use crate::configure::{self, Present};
use crate::offer::Offer;
use crate::wire::Wire;
use crate::{ask, links};

/// One comparison.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "compared")]
pub(crate) struct Compared {
    interface: String,
    server: IpAddr,
    what: &'static str,
    offered: Vec<String>,
    configured: Vec<String>,
    same: bool,
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |all: &[String]| match all.is_empty() {
            true => "-".to_owned(),
            false => all.join(", "),
        };
        let mark = if self.same { "same" } else { "DIFFERS" };
        writeln!(
            f,
            "{}: {}: {mark}: {} offers {}; configured {}",
            self.interface,
            self.what,
            self.server,
            list(&self.offered),
            list(&self.configured)
        )
    }
}

/// Compares on each interface. The exit code is 1 if no server answers, 3 if something differs.
pub(crate) async fn run(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    let (mut answered, mut differs) = (false, false);
    for interface in links::chosen(options)? {
        let wire = Wire::open(&interface, options)?;
        let present = configure::present(wire.link())?;
        let mtu = wire.link().mtu;
        drop(wire);
        for offer in ask::ask(&interface, options).await? {
            answered = true;
            for compared in compare(&offer, &present, mtu) {
                differs |= !compared.same;
                output.fact(&compared)?;
            }
        }
    }
    output.flush()?;
    if !answered {
        return Err(crate::failed(1, "No DHCPOFFERS received."));
    }
    Ok(if differs { 3 } else { 0 })
}

fn compare(offer: &Offer, present: &Present, mtu: u32) -> Vec<Compared> {
    let value = |code: u8| {
        let found = offer.options.iter().find(|field| field.code == code);
        found.map(|field| field.value.clone())
    };
    let mask = value(1).and_then(|mask| mask.parse::<Ipv4Addr>().ok());
    let length = mask.map(|mask| mask.to_bits().leading_ones());
    // A server offers any of its addresses: what counts is the network.
    let network = |address: Ipv4Addr, length: u32| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        format!("{}/{length}", Ipv4Addr::from_bits(address.to_bits() & mask))
    };
    let offered = length.map(|length| network(offer.address, length));
    let configured = present.addresses.iter();
    let configured: Vec<String> = configured
        .map(|(address, length)| network(*address, u32::from(*length)))
        .collect();
    let mut all = vec![compared(
        offer,
        "network",
        offered.into_iter().collect(),
        configured,
    )];
    let default = present.routes.iter().filter(|(_, length, _)| *length == 0);
    let default: Vec<String> = default.map(|(_, _, gateway)| gateway.to_string()).collect();
    let routers = value(3).map(|routers| routers.split(',').next().unwrap_or_default().to_owned());
    match value(121) {
        Some(routes) => {
            let routes: Vec<String> = routes.split(", ").map(str::to_owned).collect();
            let with_gateway = present
                .routes
                .iter()
                .filter(|(_, _, gateway)| !gateway.is_unspecified());
            let with_gateway =
                with_gateway.map(|(to, length, gateway)| format!("{to}/{length} via {gateway}"));
            all.push(compared(offer, "routes", routes, with_gateway.collect()));
        }
        None => all.push(compared(
            offer,
            "default gateway",
            routers.into_iter().collect(),
            default,
        )),
    }
    if let Some(offered) = value(26) {
        all.push(compared(offer, "mtu", vec![offered], vec![mtu.to_string()]));
    }
    all
}

fn compared(
    offer: &Offer,
    what: &'static str,
    offered: Vec<String>,
    configured: Vec<String>,
) -> Compared {
    let server = IpAddr::V4(offer.server);
    let among = what == "network";
    Compared::new(&offer.interface, server, what, offered, configured, among)
}

impl Compared {
    /// What somebody offers beside what is configured. Further networks and gateways of an interface are nothing that is
    /// contradicted where several can be offered (`among`).
    pub(crate) fn new(
        interface: &str,
        server: IpAddr,
        what: &'static str,
        mut offered: Vec<String>,
        mut configured: Vec<String>,
        among: bool,
    ) -> Self {
        offered.sort_unstable();
        offered.dedup();
        configured.sort_unstable();
        configured.dedup();
        let same = match among {
            true => offered.iter().all(|one| configured.contains(one)),
            false => offered == configured,
        };
        Self {
            interface: interface.to_owned(),
            server,
            what,
            offered,
            configured,
            same,
        }
    }

    /// Whether the interface is as it is offered.
    pub(crate) fn is_same(&self) -> bool {
        self.same
    }
}
