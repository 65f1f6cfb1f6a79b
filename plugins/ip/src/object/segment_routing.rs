//! `ip sr`: the keys and the source address of IPv6 segment routing.

use std::io::BufRead;

use nethost_sdk::netlink::{AttributeValue as Value, EntityKind, to_wit};
use nethost_sdk::output::complain;

use crate::entity::{self, entity, field, number as counted, unsigned};
use crate::ip::{Ip, answer};
use crate::value::Address;
use crate::words::{Done, INET6, Words, address, failed, matches, wrong};

/// SEG6_CMD_….
const SET_KEY: u16 = 1;
const LIST_KEYS: u16 = 2;
const SET_SOURCE: u16 = 3;
const GET_SOURCE: u16 = 4;
/// SEG6_ATTR_….
const ADDRESS: u16 = 1;
const KEY: u16 = 3;
const SECRET: u16 = 4;
const SECRET_LENGTH: u16 = 5;
const ALGORITHM: u16 = 6;

/// SEG6_HMAC_ALGO_….
const ALGORITHMS: &[(u64, &str)] = &[(1, "sha1"), (2, "sha256")];
/// SEG6_HMAC_SECRET_LEN.
const LONGEST: usize = 64;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(object) = words.next() else {
        return Err(crate::help::of("sr"));
    };
    if matches(&object, "help") {
        return Err(crate::help::of("sr"));
    }
    let is_key = matches(&object, "hmac");
    if !is_key && !matches(&object, "tunsrc") {
        return Err(wrong(&object, "unknown"));
    }
    let command = words.need()?;
    let (shows, sets) = (matches(&command, "show"), matches(&command, "set"));
    match (is_key, shows, sets) {
        (true, true, _) => keys(ip),
        (true, _, true) => set_key(ip, words),
        (false, true, _) => source(ip),
        (false, _, true) => {
            let source = address(&words.need()?, INET6)?;
            let mut change = entity(EntityKind::SegmentRouting, SET_SOURCE, &[]);
            let source = Value::Address(to_wit(source));
            change.fields.push(field(ADDRESS, source));
            ip.change_with_one(&change)
        }
        _ => Err(wrong(&command, "unknown")),
    }
}

fn set_key(ip: &mut Ip, words: &mut Words) -> Done {
    let text = words.need()?;
    let id: Option<u32> = crate::words::unsigned(&text).and_then(|id| id.try_into().ok());
    let id = id.filter(|id| *id != 0);
    let id = id.ok_or_else(|| wrong(&text, "hmac KEYID value is invalid"))?;
    let name = words.need()?;
    let known = ALGORITHMS.iter().find(|(_, known)| *known == name);
    let (algorithm, _) = known.ok_or_else(|| wrong(&name, "hmac ALGO value is invalid"))?;
    complain("Enter secret for HMAC key ID (blank to delete): ");
    let mut secret = String::new();
    let read = std::io::stdin().lock().read_line(&mut secret);
    read.map_err(|error| failed(1, format!("ip: the secret cannot be read: {error}")))?;
    let secret = secret.trim_end_matches(['\n', '\r']);
    if secret.len() > LONGEST {
        return Err(failed(
            1,
            format!("ip: a secret has at most {LONGEST} octets"),
        ));
    }
    let mut change = entity(EntityKind::SegmentRouting, SET_KEY, &[]);
    let fields = &mut change.fields;
    fields.push(counted(KEY, id));
    fields.push(counted(SECRET_LENGTH, secret.len() as u64));
    fields.push(counted(ALGORITHM, *algorithm));
    if !secret.is_empty() {
        fields.push(field(SECRET, Value::Bytes(secret.as_bytes().to_vec())));
    }
    ip.change_with_one(&change)
}

fn keys(ip: &mut Ip) -> Done {
    let found = ip.entities(&entity(EntityKind::SegmentRouting, LIST_KEYS, &[]), true)?;
    let found = found.map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        let id = unsigned(&one.fields, KEY).unwrap_or_default();
        let algorithm = unsigned(&one.fields, ALGORITHM).unwrap_or_default();
        let known = ALGORITHMS.iter().find(|(number, _)| *number == algorithm);
        let name = known.map_or("<unknown>", |(_, name)| name);
        ip.out.open_object();
        ip.out.any("hmac", id, format_args!("hmac {id} "));
        ip.out.any("algo", name, format_args!("algo {name} "));
        // It stays in the host.
        ip.out.text(format_args!("secret <<Keys hidden>>\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn source(ip: &mut Ip) -> Done {
    let query = entity(EntityKind::SegmentRouting, GET_SOURCE, &[]);
    let found = ip.entities(&query, false)?;
    let found = found.map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        if let Some(source) = entity::address(&one.fields, ADDRESS) {
            let shown = Address(source).to_string();
            ip.out.open_object();
            ip.out
                .any("tunsrc", &shown, format_args!("tunsrc addr {shown}\n"));
            ip.out.close_object();
        }
    }
    ip.out.end();
    Ok(())
}
