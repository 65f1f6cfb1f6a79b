//! `-i`: the interfaces and what they count, from /proc/net/dev and the facts of each.

use nethost_sdk::interface_table::{Counts, Row, order};
use nethost_sdk::procfs;
use nethost_sdk::{Error, Exit};

/// IFF_UP.
const UP: u32 = 1;
const RUNNING: u32 = 0x40;
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

fn fact(name: &str, fact: &str) -> Option<String> {
    let text = procfs::counters(&format!("class.net.{name}.{fact}")).ok()?;
    Some(text.trim().to_owned())
}

/// Its facts. What is gone meanwhile has none.
fn complete(row: &mut Row) {
    let mtu = fact(&row.name, "mtu").and_then(|text| text.parse().ok());
    row.mtu = mtu.unwrap_or_default();
    let flags = fact(&row.name, "flags").unwrap_or_default();
    let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16);
    row.flags = flags.unwrap_or_default() & OLD;
    // The file lacks it: the kernel derives it from the state of the interface.
    let state = fact(&row.name, "operstate").unwrap_or_default();
    if row.flags & UP != 0 && matches!(state.as_str(), "up" | "unknown") {
        row.flags |= RUNNING;
    } else {
        row.flags &= !RUNNING;
    }
}

/// All interfaces, or those that are up, in the order of net-tools: by name.
pub(crate) fn all(also_down: bool) -> Result<Vec<Row>, Exit> {
    let failed = |error: Error| Exit::failed(1, format!("netstat: {error}"));
    let text = procfs::counters("net.dev").map_err(failed)?;
    let mut all: Vec<Row> = text.lines().skip(2).filter_map(parse).collect();
    all.sort_by(|one, other| order(&one.name, &other.name));
    for row in &mut all {
        complete(row);
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
