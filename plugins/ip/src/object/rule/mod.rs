//! `ip rule`: which routing table a packet is looked up in.

mod change;
pub(crate) mod show;

pub(crate) use change::protocol;

use nethost_sdk::netlink::{Change, How, Rule};

use super::saved;
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::words::{Done, INET, Words, failed, matches, usage};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return list(ip, words);
    };
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("lst") || is("show") {
        return list(ip, words);
    }
    if is("add") {
        let rule = change::parse(ip, words, true)?;
        return ip.put(&Change::Rule(rule), How::CREATE | How::EXCLUSIVE);
    }
    if is("delete") {
        if words.is_empty() {
            return Err(failed(1, "\"ip rule del\" requires arguments."));
        }
        let rule = change::parse(ip, words, false)?;
        return ip.remove(&Change::Rule(rule));
    }
    if is("flush") {
        return flush(ip, words);
    }
    if is("save") {
        return save(ip, words);
    }
    if is("restore") {
        return saved::restore(ip, saved::RULES);
    }
    if is("help") {
        return Err(crate::help::of("rule"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip rule help\".",
        nethost_sdk::text::printable(&command)
    )))
}

/// All rules of the family that is asked for.
pub(crate) fn rules(ip: &mut Ip) -> Done<Vec<Rule>> {
    let family = family(ip);
    let mut listing = ip.kernel()?.rules(family).map_err(|error| answer(&error))?;
    let mut rules = Vec::new();
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        rules.extend(batch);
    }
    warn_interrupted(listing.was_interrupted());
    Ok(rules)
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let asked = change::parse(ip, words, false)?;
    let rules = rules(ip)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for rule in rules.iter().filter(|rule| change::fits(rule, &asked)) {
        show::rule(ip, rule);
    }
    ip.out.end();
    Ok(())
}

fn save(ip: &mut Ip, words: &mut Words) -> Done {
    if !words.is_empty() {
        return Err(failed(1, "\"ip rule save\" does not take any arguments."));
    }
    saved::check_output()?;
    let family = family(ip);
    let listing = ip.kernel()?.rules(family).map_err(|error| answer(&error))?;
    saved::save(saved::RULES, listing, |_| true)
}

/// IPv4 unless another is asked for.
fn family(ip: &Ip) -> u8 {
    match ip.options.family {
        0 => INET,
        family => family,
    }
}

/// Removes all rules but the first.
fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    let asked = change::parse(ip, words, false)?;
    for rule in rules(ip)? {
        if rule.priority.is_some_and(|priority| priority != 0) && change::fits(&rule, &asked) {
            ip.remove(&Change::Rule(rule))?;
        }
    }
    Ok(())
}
