//! `ip vrf`: the links that are VRFs, with their tables.

use nethost_sdk::netlink::{Link, LinkQuery, Listing};

use super::link::show::number;
use crate::ip::{Ip, dump_answer};
use crate::words::{Done, Words, failed, matches, usage, wrong};

/// IFLA_VRF_TABLE.
const TABLE: u32 = 1;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    if matches(&command, "identify") || matches(&command, "pids") {
        return Err(failed(
            1,
            format!("ip: vrf {command} reads the control groups of processes, which no plugin can"),
        ));
    }
    if matches(&command, "exec") {
        if words.is_empty() {
            return Err(failed(1, "No VRF name specified"));
        }
        return Err(failed(
            1,
            "ip: vrf exec starts a program, which no plugin can",
        ));
    }
    if super::means(&command, &["show", "lst", "list"]) {
        return show(ip, words);
    }
    if matches(&command, "help") {
        return Err(crate::help::of("vrf"));
    }
    Err(super::unknown(&command, "vrf"))
}

/// The link that is a VRF of this name.
fn find(ip: &mut Ip, name: &str) -> Done<Option<Link>> {
    let query = LinkQuery {
        name: Some(name.to_owned()),
        ..LinkQuery::default()
    };
    let found = ip.kernel()?.links(query).and_then(Listing::all);
    let mut links = found.unwrap_or_default().into_iter();
    Ok(links.find(|link| link.kind.as_deref() == Some("vrf")))
}

/// The index of a VRF.
pub(super) fn index(ip: &mut Ip, name: &str, why: &str) -> Done<u32> {
    let link = find(ip, name)?;
    link.map(|link| link.index).ok_or_else(|| wrong(name, why))
}

/// The table of a VRF; `default` is the main one.
pub(super) fn table(ip: &mut Ip, name: &str) -> Done<u32> {
    const MAIN: u32 = 254;
    match find(ip, name)? {
        Some(link) => Ok(table_of(&link) as u32),
        None if name == "default" => Ok(MAIN),
        None => Err(wrong(name, "Invalid VRF")),
    }
}

fn table_of(link: &Link) -> u64 {
    let data = link.kind_data.as_deref().unwrap_or_default();
    number(data, TABLE).unwrap_or_default()
}

fn show(ip: &mut Ip, words: &mut Words) -> Done {
    let wanted = words.next();
    if !words.is_empty() {
        return Err(crate::help::of("vrf"));
    }
    let query = LinkQuery {
        kind: Some("vrf".to_owned()),
        ..LinkQuery::default()
    };
    let found = ip.kernel()?.links(query).and_then(Listing::all);
    let mut found = found.map_err(|error| dump_answer(&error))?;
    found.retain(|link| link.kind.as_deref() == Some("vrf"));
    if let Some(name) = wanted {
        let Some(link) = found.iter().find(|link| link.name == name) else {
            return Err(usage("Invalid VRF"));
        };
        ip.out
            .text(format_args!("{} {}\n", link.name, table_of(link)));
        ip.out.end();
        return Ok(());
    }
    ip.out.begin(ip.options.json, ip.options.pretty);
    ip.out
        .text(format_args!("{:<16}  {:>5}\n", "Name", "Table"));
    ip.out.text(format_args!("-----------------------\n"));
    if found.is_empty() {
        ip.out.text(format_args!("No VRF has been configured\n"));
    }
    for link in &found {
        ip.out.open_object();
        ip.out
            .any("name", &link.name, format_args!("{:<16}", link.name));
        let table = table_of(link);
        ip.out.any("table", table, format_args!(" {table:>5}"));
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}
