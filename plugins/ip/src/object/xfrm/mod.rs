//! `ip xfrm`: IPsec's security associations and policies. Their keys stay in the host.

mod association;
mod key;
mod named;
mod parse;
mod policy;
mod policy_change;
mod show;
mod state;

pub(super) use show::word;

use nethost_sdk::netlink::{Failure, Listing};

use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::words::{Done, Words, failed, matches};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(object) = words.next() else {
        return Err(crate::help::of("xfrm"));
    };
    let is = |keyword| matches(&object, keyword);
    if is("state") || is("sa") {
        return association::OBJECT.run(ip, words);
    }
    if is("policy") {
        return policy::OBJECT.run(ip, words);
    }
    if is("monitor") {
        return Err(failed(
            1,
            "ip: xfrm monitor is not there: nethost lists IPsec's state, and does not watch it",
        ));
    }
    Err(crate::help::of("xfrm"))
}

/// What follows a word.
type Command = fn(&mut Ip, &mut Words) -> Done;

/// Associations or policies: what can be said of them.
struct Object {
    name: &'static str,
    /// What is changed or asked for one by one, by its word.
    commands: &'static [(&'static str, Command)],
    list: fn(&mut Ip, &mut Words) -> Done,
    count: fn(&mut Ip) -> Done,
}

impl Object {
    fn run(&self, ip: &mut Ip, words: &mut Words) -> Done {
        let Some(command) = words.next() else {
            return (self.list)(ip, words);
        };
        let is = |keyword: &str| matches(&command, keyword);
        if let Some((_, run)) = self.commands.iter().find(|(name, _)| is(name)) {
            return run(ip, words);
        }
        if is("show") || is("list") || is("lst") {
            return (self.list)(ip, words);
        }
        if is("count") {
            return (self.count)(ip);
        }
        let object = format!("xfrm {}", self.name);
        if is("help") {
            return Err(crate::help::of(&object));
        }
        Err(super::unknown(&command, &object))
    }
}

/// What is there for IPsec, all at once: there is little of it.
fn all<T: nethost_sdk::netlink::Listed>(listing: Result<Listing<T>, Failure>) -> Done<Vec<T>> {
    let mut listing = listing.map_err(|error| answer(&error))?;
    let mut found = Vec::new();
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        found.extend(batch);
    }
    warn_interrupted(listing.was_interrupted());
    Ok(found)
}
