//! `ip route flush`: removes the routes that a filter lets through.

use nethost_sdk::netlink::Change;

use super::filter::Filter;
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, Words, failed};

/// Ends a flush that never empties, because something keeps adding routes.
const ROUNDS: u32 = 10;

pub(super) fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    if words.is_empty() {
        return Err(failed(1, "\"ip route flush\" requires arguments."));
    }
    let filter = Filter::parse(ip, words)?;
    if filter.cached {
        return Err(failed(
            1,
            "ip: the routing cache is gone since Linux 3.6; there is nothing to flush",
        ));
    }
    for round in 1..=ROUNDS {
        let mut listing = ip
            .kernel()?
            .routes(filter.query())
            .map_err(|error| answer(&error))?;
        let mut found = Vec::new();
        while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
            found.extend(batch.into_iter().filter(|route| filter.lets_through(route)));
        }
        if found.is_empty() {
            if ip.options.statistics > 0 {
                if round == 1 {
                    ip.out.text(format_args!("Nothing to flush.\n"));
                } else {
                    let last = round - 1;
                    let s = if last == 1 { "" } else { "s" };
                    ip.out.text(format_args!(
                        "*** Flush is complete after {last} round{s} ***\n"
                    ));
                }
            }
            return Ok(());
        }
        if ip.options.statistics > 0 {
            let count = found.len();
            ip.out.text(format_args!(
                "\n*** Round {round}, deleting {count} entries ***\n"
            ));
        }
        for route in found {
            match ip.remove(&Change::Route(route)) {
                // It went by itself, as a route does with the one it depended on.
                Err(error) if error.text.ends_with("No such process") => {}
                other => other?,
            }
        }
    }
    Ok(())
}
