//! `-i`: the interfaces and what they count, from /proc/net/dev and rtnetlink(7); with -e, in the form of ifconfig.

use nethost_sdk::interface_block::{Interface, interfaces};
use nethost_sdk::interface_table::{Counts, Row, order};
use nethost_sdk::netlink::{AddressQuery, Failure, Link, LinkQuery, Namespace};
use nethost_sdk::procfs;
use nethost_sdk::{Error, Exit};

/// IFF_UP.
const UP: u32 = 1;
/// IFF_LOWER_UP and what else only newer interfaces of the kernel tell.
const OLD: u32 = 0xffff;

/// A line of /proc/net/dev.
fn parse(line: &str) -> Option<Row> {
    let (name, counts) = line.rsplit_once(':')?;
    let counts: Vec<u64> = counts
        .split_whitespace()
        .map(|word| word.parse().unwrap_or_default())
        .collect();
    let at = |index: usize| counts.get(index).copied().unwrap_or_default();
    (counts.len() >= 16).then(|| Row {
        name: name.trim().to_owned(),
        mtu: 0,
        flags: 0,
        counts: Some(Counts {
            rx_ok: at(1),
            rx_err: at(2),
            rx_drp: at(3),
            rx_ovr: at(4),
            tx_ok: at(9),
            tx_err: at(10),
            tx_drp: at(11),
            tx_ovr: at(12),
        }),
    })
}

/// What the kernel says of it. What is gone meanwhile has no facts.
fn complete(row: &mut Row, links: &[Link]) {
    if let Some(link) = links.iter().find(|link| link.name == row.name) {
        row.mtu = link.mtu;
        row.flags = link.flags & OLD;
    }
}

fn failed(error: Error) -> Exit {
    Exit::failed(1, format!("netstat: {error}"))
}

fn refused(error: &Failure) -> Exit {
    Exit::failed(1, format!("netstat: {error}"))
}

/// The same with their addresses.
pub(crate) fn blocks(also_down: bool) -> Result<Vec<Interface>, Exit> {
    const INET: u8 = 2;
    let kernel = Namespace::open(None).map_err(failed)?;
    let query = LinkQuery {
        statistics: true,
        ..LinkQuery::default()
    };
    let links = kernel.links(query).and_then(|links| links.all());
    let links = links.map_err(|error| refused(&error))?;
    let query = AddressQuery {
        family: INET,
        ..AddressQuery::default()
    };
    let addresses = kernel
        .addresses(query)
        .and_then(|addresses| addresses.all());
    let addresses = addresses.map_err(|error| refused(&error))?;
    let file = match procfs::counters("net.if_inet6") {
        // A kernel without IPv6.
        Err(Error::NotFound) => String::new(),
        file => file.map_err(failed)?,
    };
    let mut all = interfaces(&links, &addresses, &file);
    all.retain(|interface| also_down || interface.is_up());
    Ok(all)
}

/// All interfaces, or those that are up, in the order of net-tools: by name.
pub(crate) fn all(also_down: bool) -> Result<Vec<Row>, Exit> {
    let text = procfs::counters("net.dev").map_err(failed)?;
    let mut all: Vec<Row> = text.lines().skip(2).filter_map(parse).collect();
    all.sort_by(|one, other| order(&one.name, &other.name));
    let kernel = Namespace::open(None).map_err(failed)?;
    let links = kernel
        .links(LinkQuery::default())
        .and_then(|links| links.all());
    let links = links.map_err(|error| refused(&error))?;
    for row in &mut all {
        complete(row, &links);
    }
    all.retain(|row| also_down || row.flags & UP != 0);
    Ok(all)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_file() {
        let line = "  eth0: 604876 43639 0 1 2 0 0 0 3535 42345 3 4 5 0 0 0";
        let row = parse(line).unwrap();
        let counts = row.counts.unwrap();
        assert_eq!((counts.rx_ok, counts.rx_ovr, counts.tx_err), (43639, 2, 3));
    }
}
