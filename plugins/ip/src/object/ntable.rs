//! `ip ntable`: how the tables of neighbours are kept.

use std::time::Duration;

use nethost_sdk::netlink::{Attribute, AttributeValue as Value, Change, How, NeighbourTable};

use super::link::show::{number as numeric, value};
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::value::Shown;
use crate::words::{Done, INET, INET6, Words, number, usage, wrong};

/// NDTA_….
const PARAMETERS: u32 = 6 << 16;
const CONFIG: u32 = 5;
const STATISTICS: u32 = 7;
/// NDTPA_IFINDEX.
const INDEX: u32 = PARAMETERS | 1;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    match command.as_str() {
        word if super::means(word, &["show", "lst", "list"]) => list(ip, words),
        word if super::means(word, &["change", "chg"]) => change(ip, words),
        word if super::means(word, &["help"]) => Err(crate::help::of("ntable")),
        other => Err(super::unknown(other, "ntable")),
    }
}

/// What can be changed: its word, and its attribute.
const SETTINGS: &[(&str, u32)] = &[
    ("thresh1", 2),
    ("thresh2", 3),
    ("thresh3", 4),
    ("gc_int", 8),
    ("base_reachable", PARAMETERS | 4),
    ("retrans", PARAMETERS | 5),
    ("gc_stale", PARAMETERS | 6),
    ("delay_probe", PARAMETERS | 7),
    ("queue", PARAMETERS | 8),
    ("app_probes", PARAMETERS | 9),
    ("ucast_probes", PARAMETERS | 10),
    ("mcast_probes", PARAMETERS | 11),
    ("anycast_delay", PARAMETERS | 12),
    ("proxy_delay", PARAMETERS | 13),
    ("proxy_queue", PARAMETERS | 14),
    ("locktime", PARAMETERS | 15),
];

fn change(ip: &mut Ip, words: &mut Words) -> Done {
    let mut table = NeighbourTable {
        family: ip.options.family,
        name: String::new(),
        attributes: Vec::new(),
    };
    let mut parameters = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "name" => {
                let name = words.need()?;
                if !table.name.is_empty() {
                    return Err(crate::words::duplicate("NAME", &name));
                }
                table.name = name;
            }
            "dev" => {
                let index = ip.link_index(&words.need()?)?;
                parameters.push((INDEX, u64::from(index)));
            }
            setting => {
                let found = SETTINGS.iter().find(|(word, _)| *word == setting);
                let (_, id) = found.ok_or_else(|| wrong(setting, "unknown"))?;
                let why = format!("\"{setting}\" value is invalid");
                let value: u32 = number(&words.need()?, &why)?;
                if *id < PARAMETERS {
                    push(&mut table, *id, value.into());
                } else {
                    parameters.push((*id, value.into()));
                }
            }
        }
    }
    if table.name.is_empty() {
        return Err(usage("Error: argument \"NAME\" is required"));
    }
    let only_names = parameters.iter().all(|(id, _)| *id == INDEX);
    if only_names && table.attributes.is_empty() {
        return Err(usage(
            "Not enough information: changeable attributes required.",
        ));
    }
    if !only_names {
        for (id, value) in parameters {
            push(&mut table, id, value);
        }
    }
    ip.put(&Change::NeighbourTable(table), How::REPLACE)
}

fn push(table: &mut NeighbourTable, id: u32, value: u64) {
    let value = Value::Number(value);
    table.attributes.push(Attribute { id, value });
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let (mut device, mut name) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => {
                let text = words.need()?;
                let index = ip.link_index(&text);
                device = Some(index.map_err(|_| wrong(&text, "\"DEV\" is invalid"))?);
            }
            "name" => name = Some(words.need()?),
            other => return Err(wrong(other, "unknown")),
        }
    }
    let family = ip.options.family;
    let mut listing = ip
        .kernel()?
        .neighbour_tables(family)
        .map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        for table in &batch {
            let index = numeric(&table.attributes, INDEX).unwrap_or_default();
            let wanted = name.as_ref().is_none_or(|name| *name == table.name)
                && device.is_none_or(|device| u64::from(device) == index)
                && (family == 0 || family == table.family);
            if wanted {
                show(ip, table)?;
            }
        }
    }
    warn_interrupted(listing.was_interrupted());
    ip.out.end();
    Ok(())
}

fn show(ip: &mut Ip, table: &NeighbourTable) -> Done {
    let attributes = &table.attributes;
    ip.out.open_object();
    let family = match table.family {
        INET => "inet",
        INET6 => "inet6",
        _ => "unknown",
    };
    ip.out.any("family", family, format_args!("{family} "));
    let name = &table.name;
    ip.out.any("name", name, format_args!("{name} "));
    ip.out.line();
    let thresholds = [
        (2, "thresh1", "thresh1"),
        (3, "thresh2", "thresh2"),
        (4, "thresh3", "thresh3"),
        (8, "gc_interval", "gc_int"),
    ];
    line(ip, attributes, &thresholds);
    if let Some(Value::Bytes(config)) = value(attributes, CONFIG)
        && ip.options.statistics > 0
    {
        configuration(ip, config);
    }
    if let Some(index) = numeric(attributes, INDEX).filter(|index| *index != 0) {
        let name = ip.link_name(index as u32)?;
        ip.out.text(format_args!("    dev "));
        ip.out.any_in(
            crate::color::INTERFACE,
            "dev",
            &name,
            format_args!("{name} "),
        );
        ip.out.line();
    }
    for fields in PARAMETER_LINES {
        line(ip, attributes, fields);
    }
    if let Some(Value::Bytes(bytes)) = value(attributes, STATISTICS)
        && ip.options.statistics > 0
    {
        statistics(ip, bytes);
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

/// What stands on one line, where any of it is there: attribute, key, and word.
type Fields = &'static [(u32, &'static str, &'static str)];

const PARAMETER_LINES: &[Fields] = &[
    &[
        (PARAMETERS | 2, "refcnt", "refcnt"),
        (PARAMETERS | 3, "reachable", "reachable"),
        (PARAMETERS | 4, "base_reachable", "base_reachable"),
        (PARAMETERS | 5, "retrans", "retrans"),
    ],
    &[
        (PARAMETERS | 6, "gc_stale", "gc_stale"),
        (PARAMETERS | 7, "delay_probe", "delay_probe"),
        (PARAMETERS | 8, "queue", "queue"),
    ],
    &[
        (PARAMETERS | 9, "app_probes", "app_probes"),
        (PARAMETERS | 10, "ucast_probes", "ucast_probes"),
        (PARAMETERS | 11, "mcast_probes", "mcast_probes"),
    ],
    &[
        (PARAMETERS | 12, "anycast_delay", "anycast_delay"),
        (PARAMETERS | 13, "proxy_delay", "proxy_delay"),
        (PARAMETERS | 14, "proxy_queue", "proxy_queue"),
        (PARAMETERS | 15, "locktime", "locktime"),
    ],
];

fn line(ip: &mut Ip, attributes: &[Attribute], fields: &[(u32, &str, &str)]) {
    let mut first = true;
    for (id, key, word) in fields {
        if let Some(number) = numeric(attributes, *id) {
            let before = if first { "    " } else { "" };
            ip.out
                .any(key, number, format_args!("{before}{word} {number} "));
            first = false;
        }
    }
    if !first {
        ip.out.line();
    }
}

/// struct ndt_config.
fn configuration(ip: &mut Ip, config: &[u8]) {
    let short = |at: usize| {
        let bytes = config.get(at..at + 2).and_then(|b| b.try_into().ok());
        bytes.map_or(0, u16::from_ne_bytes)
    };
    let word = |place: usize| {
        let bytes = config.get(place * 4..place * 4 + 4);
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_ne_bytes)
    };
    ip.out.any(
        "key_length",
        short(0),
        format_args!("    config key_len {} ", short(0)),
    );
    ip.out.any(
        "entry_size",
        short(2),
        format_args!("entry_size {} ", short(2)),
    );
    ip.out
        .any("entries", word(1), format_args!("entries {} ", word(1)));
    ip.out.line();
    for (place, key, before) in [(2, "last_flush", "        "), (3, "last_rand", "")] {
        let at = crate::clock::local(Duration::from_millis(word(place).into()));
        let shown = format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02}",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        );
        ip.out
            .any(key, Shown(&shown), format_args!("{before}{key} {shown} "));
    }
    ip.out.line();
    ip.out.any(
        "hash_rnd",
        word(4),
        format_args!("        hash_rnd {} ", word(4)),
    );
    let mask = word(5);
    ip.out.any(
        "hash_mask",
        Shown(format_args!("{mask:#x}")),
        format_args!("hash_mask {mask:08x} "),
    );
    for (place, key) in [(6, "hash_chain_gc"), (7, "proxy_qlen")] {
        let number = word(place);
        ip.out.any(key, number, format_args!("{key} {number} "));
    }
    ip.out.line();
}

/// struct ndt_stats.
fn statistics(ip: &mut Ip, bytes: &[u8]) {
    let lines: [&[(usize, &str)]; 5] = [
        &[(0, "allocs"), (1, "destroys"), (2, "hash_grows")],
        &[(3, "res_failed"), (4, "lookups"), (5, "hits")],
        &[(6, "rcv_probes_mcast"), (7, "rcv_probes_ucast")],
        &[(8, "periodic_gc_runs"), (9, "forced_gc_runs")],
        &[(10, "table_fulls")],
    ];
    ip.out.text(format_args!("    stats "));
    for (place, line) in lines.iter().enumerate() {
        if place != 0 {
            ip.out.text(format_args!("    "));
        }
        for (at, key) in *line {
            let bytes = bytes.get(at * 8..at * 8 + 8);
            let number = bytes
                .and_then(|bytes| bytes.try_into().ok())
                .map_or(0, u64::from_ne_bytes);
            ip.out.any(key, number, format_args!("{key} {number} "));
        }
        ip.out.line();
    }
}
