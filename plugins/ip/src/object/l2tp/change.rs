//! `ip l2tp add` and `del`.

use std::net::IpAddr;

use nethost_sdk::netlink::{AttributeValue as Value, Entity, EntityKind, How, to_wit};
use nethost_sdk::output::complain;

use super::missing;
use crate::entity::{entity, field, number as counted};
use crate::ip::Ip;
use crate::words::{Done, Words, address, matches, number, trimmed, usage, wrong};

/// L2TP_CMD_….
const CREATE_TUNNEL: u16 = 1;
const DELETE_TUNNEL: u16 = 2;
const CREATE_SESSION: u16 = 5;
const DELETE_SESSION: u16 = 6;
/// L2TP_ENCAPTYPE_UDP and L2TP_ENCAPTYPE_IP.
const UDP: u16 = 0;
const IP: u16 = 1;
/// L2TP_PWTYPE_ETH.
const ETHERNET: u16 = 5;
/// L2TP_L2SPECTYPE_DEFAULT, with its length.
const DEFAULT_HEADER: (u8, u8) = (1, 4);

/// What was said.
struct Said {
    tunnel: bool,
    session: bool,
    encapsulation: u16,
    name: Option<String>,
    remote: Option<IpAddr>,
    local: Option<IpAddr>,
    tunnel_id: u32,
    peer_tunnel_id: u32,
    session_id: u32,
    peer_session_id: u32,
    ports: (u16, u16),
    checksum: bool,
    /// Sent and received over IPv6.
    checksums: (bool, bool),
    cookie: Option<Vec<u8>>,
    peer_cookie: Option<Vec<u8>>,
    header: (u8, u8),
    /// Sent and received.
    sequence: (bool, bool),
}

impl Said {
    fn parse(words: &mut Words) -> Done<Self> {
        if words.is_empty() {
            return Err(crate::help::of("l2tp"));
        }
        let mut said = Self {
            tunnel: false,
            session: false,
            encapsulation: UDP,
            name: None,
            remote: None,
            local: None,
            tunnel_id: 0,
            peer_tunnel_id: 0,
            session_id: 0,
            peer_session_id: 0,
            ports: (0, 0),
            checksum: false,
            checksums: (true, true),
            cookie: None,
            peer_cookie: None,
            header: DEFAULT_HEADER,
            sequence: (false, false),
        };
        while let Some(word) = words.next() {
            said.take(words, &word)?;
        }
        Ok(said)
    }

    fn take(&mut self, words: &mut Words, word: &str) -> Done {
        match word {
            "tunnel" => self.tunnel = true,
            "session" => self.session = true,
            "encap" => {
                let text = words.need()?;
                self.encapsulation = match text.as_str() {
                    "udp" => UDP,
                    "ip" => IP,
                    _ => return Err(unknown("tunnel encapsulation", &text)),
                };
            }
            "name" => {
                let name = words.need()?;
                super::super::link::change::check_name("name", &name)?;
                self.name = Some(name);
            }
            "remote" => self.remote = Some(address(&words.need()?, 0)?),
            "local" => self.local = Some(address(&words.need()?, 0)?),
            "tunnel_id" | "tid" => self.tunnel_id = identifier(words)?,
            "peer_tunnel_id" | "ptid" => self.peer_tunnel_id = identifier(words)?,
            "session_id" | "sid" => self.session_id = identifier(words)?,
            "peer_session_id" | "psid" => self.peer_session_id = identifier(words)?,
            "udp_sport" => self.ports.0 = port(words)?,
            "udp_dport" => self.ports.1 = port(words)?,
            "udp_csum" => self.checksum = switch(words, word)?,
            "udp6_csum_tx" => self.checksums.0 = switch(words, word)?,
            "udp6_csum_rx" => self.checksums.1 = switch(words, word)?,
            "offset" | "peer_offset" => {
                complain(format_args!("Ignoring option \"{word}\""));
                words.need()?;
            }
            "cookie" => self.cookie = Some(cookie(words)?),
            "peer_cookie" => self.peer_cookie = Some(cookie(words)?),
            "l2spec_type" => {
                let text = words.need()?;
                self.header = match text.to_ascii_lowercase().as_str() {
                    "default" => DEFAULT_HEADER,
                    "none" => (0, 0),
                    _ => return Err(unknown("layer2specific header type", &text)),
                };
            }
            "seq" => {
                let text = words.need()?;
                self.sequence = match text.to_ascii_lowercase().as_str() {
                    "both" => (true, true),
                    "send" => (true, false),
                    "recv" => (false, true),
                    "none" => (false, false),
                    _ => return Err(unknown("seq value", &text)),
                };
            }
            _ if matches(word, "help") => return Err(crate::help::of("l2tp")),
            _ => {
                let word = nethost_sdk::text::printable(word);
                return Err(usage(format!("Unknown command: {word}")));
            }
        }
        Ok(())
    }
}

fn unknown(what: &str, text: &str) -> nethost_sdk::Exit {
    let text = nethost_sdk::text::printable(text);
    usage(format!("Unknown {what} \"{text}\""))
}

fn identifier(words: &mut Words) -> Done<u32> {
    number(&words.need()?, "invalid ID\n").map_err(trimmed)
}

fn port(words: &mut Words) -> Done<u16> {
    number(&words.need()?, "invalid port\n").map_err(trimmed)
}

fn switch(words: &mut Words, word: &str) -> Done<bool> {
    let text = words.need()?;
    match text.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(wrong(&text, &format!("invalid option for {word}"))),
    }
}

fn cookie(words: &mut Words) -> Done<Vec<u8>> {
    let text = words.need()?;
    if !matches!(text.len(), 8 | 16) {
        return Err(wrong(&text, "cookie must be either 8 or 16 hex digits"));
    }
    let octets: Option<Vec<u8>> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect();
    octets.ok_or_else(|| wrong(&text, "cookie must be a hex string"))
}

/// A word that must be there.
fn required(what: &str) -> nethost_sdk::Exit {
    usage(format!("Error: argument \"{what}\" is required"))
}

fn about(command: u16) -> Entity {
    entity(EntityKind::L2tp, command, &[])
}

pub(super) fn add(ip: &mut Ip, words: &mut Words) -> Done {
    let said = Said::parse(words)?;
    let needed = [
        (said.tunnel || said.session, "tunnel or session"),
        (said.tunnel_id != 0, "tunnel_id"),
        (
            !said.session || said.peer_session_id != 0,
            "peer_session_id",
        ),
        (!said.session || said.session_id != 0, "session_id"),
        (!said.tunnel || said.peer_tunnel_id != 0, "peer_tunnel_id"),
        (!said.tunnel || said.local.is_some(), "local"),
        (!said.tunnel || said.remote.is_some(), "remote"),
    ];
    if let Some((_, what)) = needed.iter().find(|(is_there, _)| !is_there) {
        return Err(required(what));
    }
    if said.tunnel {
        if said.encapsulation == UDP {
            for (port, what) in [(said.ports.0, "udp_sport"), (said.ports.1, "udp_dport")] {
                if port == 0 {
                    return Err(required(what));
                }
            }
        }
        ip.change_entity(&tunnel(&said), How::empty())
            .map_err(missing)?;
    }
    if said.session {
        ip.change_entity(&session(said), How::empty())
            .map_err(missing)?;
    }
    Ok(())
}

fn tunnel(said: &Said) -> Entity {
    let mut change = about(CREATE_TUNNEL);
    let fields = &mut change.fields;
    fields.push(counted(9, said.tunnel_id));
    fields.push(counted(10, said.peer_tunnel_id));
    // L2TPv3.
    fields.push(counted(7, 3_u8));
    fields.push(counted(2, said.encapsulation));
    for (end, inet, inet6) in [(said.local, 24, 31), (said.remote, 25, 32)] {
        if let Some(end) = end {
            let id = if end.is_ipv4() { inet } else { inet6 };
            fields.push(field(id, Value::Address(to_wit(end))));
        }
    }
    if said.encapsulation == UDP {
        fields.push(counted(26, said.ports.0));
        fields.push(counted(27, said.ports.1));
        if said.checksum {
            fields.push(counted(13, 1_u8));
        }
        for (on, id) in [(said.checksums.0, 33), (said.checksums.1, 34)] {
            if !on {
                fields.push(field(id, Value::Flag));
            }
        }
    }
    change
}

fn session(said: Said) -> Entity {
    let mut change = about(CREATE_SESSION);
    let fields = &mut change.fields;
    fields.push(counted(9, said.tunnel_id));
    fields.push(counted(10, said.peer_tunnel_id));
    fields.push(counted(11, said.session_id));
    fields.push(counted(12, said.peer_session_id));
    fields.push(counted(1, ETHERNET));
    fields.push(counted(5, said.header.0));
    fields.push(counted(6, said.header.1));
    for (on, id) in [(said.sequence.1, 18), (said.sequence.0, 19)] {
        if on {
            fields.push(counted(id, 1_u8));
        }
    }
    for (cookie, id) in [(said.cookie, 15), (said.peer_cookie, 16)] {
        fields.extend(cookie.map(|cookie| field(id, Value::Bytes(cookie))));
    }
    fields.extend(said.name.map(|name| field(8, Value::Text(name))));
    change
}

pub(super) fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let said = Said::parse(words)?;
    if !said.tunnel && !said.session {
        return Err(required("tunnel or session"));
    }
    if said.tunnel && said.tunnel_id == 0 {
        return Err(required("tunnel_id"));
    }
    if said.session && said.session_id == 0 {
        return Err(required("session_id"));
    }
    let is_session = said.session_id != 0;
    let mut change = about(if is_session {
        DELETE_SESSION
    } else {
        DELETE_TUNNEL
    });
    change.fields.push(counted(9, said.tunnel_id));
    if is_session {
        change.fields.push(counted(11, said.session_id));
    }
    ip.change_entity(&change, How::empty()).map_err(missing)
}
