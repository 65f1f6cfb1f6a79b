//! `ip route flush`: removes the routes that a filter lets through.

use nethost_sdk::netlink::Change;

use super::super::flush::Flushed;
use super::filter::Filter;
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, Words, failed};

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
    let flushed = Flushed {
        plural: "entries",
        // It went by itself, as a route does with the one it depended on.
        gone: &["No such process"],
    };
    flushed.flush(ip, |ip| {
        let mut listing = ip
            .kernel()?
            .routes(filter.query())
            .map_err(|error| answer(&error))?;
        let mut found = Vec::new();
        while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
            let batch = batch.into_iter().filter(|one| filter.lets_through(one));
            found.extend(batch.map(Change::Route));
        }
        Ok(found)
    })
}
