//! `+trace`: from the root down, delegation by delegation, each asked of the servers that the one above it
//! named. Addresses come from glue first, and from the system's resolver where there is none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::Serialize;

use nethost_sdk::Exit;

use crate::kind::rtype;
use crate::lookup::Lookup;
use crate::mnemonic;
use crate::name::{self, Name};
use crate::refusal::fatal;
use crate::reply::{Reply, Section, flag};
use crate::report::{Report, Server};
use crate::session::{Session, wanted};

/// Delegations in one trace; a name has at most 127 labels, and each has one.
const DEEPEST: usize = 128;
/// Name servers of one zone that are used.
const SERVERS: usize = 20;

/// The root's name servers (IANA, root hints), for when nobody else names them.
static ROOT: &[(&str, Ipv4Addr, Ipv6Addr)] = &[
    root(
        "a",
        [198, 41, 0, 4],
        [0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30],
    ),
    root(
        "b",
        [170, 247, 170, 2],
        [0x2801, 0x1b8, 0x10, 0, 0, 0, 0, 0xb],
    ),
    root("c", [192, 33, 4, 12], [0x2001, 0x500, 2, 0, 0, 0, 0, 0xc]),
    root(
        "d",
        [199, 7, 91, 13],
        [0x2001, 0x500, 0x2d, 0, 0, 0, 0, 0xd],
    ),
    root(
        "e",
        [192, 203, 230, 10],
        [0x2001, 0x500, 0xa8, 0, 0, 0, 0, 0xe],
    ),
    root(
        "f",
        [192, 5, 5, 241],
        [0x2001, 0x500, 0x2f, 0, 0, 0, 0, 0xf],
    ),
    root(
        "g",
        [192, 112, 36, 4],
        [0x2001, 0x500, 0x12, 0, 0, 0, 0, 0xd0d],
    ),
    root(
        "h",
        [198, 97, 190, 53],
        [0x2001, 0x500, 1, 0, 0, 0, 0, 0x53],
    ),
    root(
        "i",
        [192, 36, 148, 17],
        [0x2001, 0x7fe, 0, 0, 0, 0, 0, 0x53],
    ),
    root(
        "j",
        [192, 58, 128, 30],
        [0x2001, 0x503, 0xc27, 0, 0, 0, 2, 0x30],
    ),
    root("k", [193, 0, 14, 129], [0x2001, 0x7fd, 0, 0, 0, 0, 0, 1]),
    root(
        "l",
        [199, 7, 83, 42],
        [0x2001, 0x500, 0x9f, 0, 0, 0, 0, 0x42],
    ),
    root("m", [202, 12, 27, 33], [0x2001, 0xdc3, 0, 0, 0, 0, 0, 0x35]),
];

const fn root(
    letter: &'static str,
    v4: [u8; 4],
    v6: [u16; 8],
) -> (&'static str, Ipv4Addr, Ipv6Addr) {
    let [a, b, c, d] = v4;
    let [e, f, g, h, i, j, k, l] = v6;
    (
        letter,
        Ipv4Addr::new(a, b, c, d),
        Ipv6Addr::new(e, f, g, h, i, j, k, l),
    )
}

/// A delegation, for JSON; the text shows it as dig does.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Delegation {
    event: &'static str,
    zone: String,
    servers: Vec<NameServer>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NameServer {
    name: String,
    addresses: Vec<IpAddr>,
    /// The addresses came with the delegation.
    glue: bool,
}

/// What a reply means to the trace.
enum Next {
    /// The answer, or that there is none.
    End,
    /// To the servers of a zone below.
    Down(Name, Vec<Name>),
    /// The server knows nothing of the zone that it was named for.
    Lame(String),
}

/// Traces a lookup; its exit code.
pub(crate) async fn run(
    session: &Session,
    lookup: Lookup,
    servers: Vec<Server>,
    report: &mut Report,
) -> Result<u8, Exit> {
    let mut zone = Name::root();
    let mut below = root_servers(session, &lookup, servers, report).await?;
    for _ in 0..DEEPEST {
        let mut left = below;
        let next = loop {
            let asked = Lookup {
                recurse: false,
                ..lookup.clone()
            };
            let mut engine = match session.engine(asked, left.clone(), report) {
                Ok(engine) => engine,
                Err(code) => return Ok(code),
            };
            session.drive(&mut engine, report).await?;
            let answered = engine.server().cloned();
            let Some(bytes) = engine.last.take() else {
                return Ok(engine.code);
            };
            let Ok(reply) = Reply::parse(&bytes, true) else {
                return Ok(engine.code);
            };
            let next = judge(&reply, &zone, report);
            let Next::Lame(why) = next else {
                break match next {
                    Next::Down(zone, names) => {
                        let found =
                            addresses(session, &lookup, &reply, &zone, &names, report).await?;
                        Some((zone, found))
                    }
                    _ => None,
                };
            };
            let Some(answered) = answered else {
                return Ok(engine.code);
            };
            report.warning(&format!(
                "LAME SERVER {}({}) for {}: {why}",
                answered.socket(),
                answered.name,
                name::text(&zone)
            ));
            left.retain(|server| server.address != answered.address);
            if left.is_empty() {
                return Ok(engine.code);
            }
            report.blank_line();
        };
        match next {
            Some((_, servers)) if servers.is_empty() => {
                report.error("no name server of the zone has an address");
                return Ok(crate::engine::NO_REPLY);
            }
            Some((down, servers)) => {
                zone = down;
                below = servers;
            }
            None => return Ok(0),
        }
    }
    Ok(0)
}

/// Who serves the root: as the given servers say, or as built in.
async fn root_servers(
    session: &Session,
    lookup: &Lookup,
    servers: Vec<Server>,
    report: &mut Report,
) -> Result<Vec<Server>, Exit> {
    if !lookup.globals.hints {
        let question = Lookup {
            name: ".".to_owned(),
            rtype: rtype::NS,
            ..lookup.clone()
        };
        let mut engine = match session.engine(question, servers, report) {
            Ok(engine) => engine,
            Err(code) => return Err(fatal("the root is no name", code)),
        };
        session.drive(&mut engine, report).await?;
        let last = engine.last.take().unwrap_or_default();
        if let Ok(reply) = Reply::parse(&last, true) {
            let names = name_servers(&reply, Section::Answer).1;
            if !names.is_empty() {
                let root = Name::root();
                let found = addresses(session, lookup, &reply, &root, &names, report).await?;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        report.warning("no root servers from there; using the built-in ones");
    }
    let port = lookup.port();
    let both = ROOT.iter().flat_map(|(letter, v4, v6)| {
        let name = format!("{letter}.root-servers.net");
        [IpAddr::from(*v4), IpAddr::from(*v6)].map(|address| Server {
            address: SocketAddr::new(address, port),
            name: name.clone(),
        })
    });
    Ok(both
        .filter(|server| wanted(server.address.ip(), &lookup.globals))
        .collect())
}

/// The first set of NS records in a section: its owner and targets.
fn name_servers(reply: &Reply<'_>, section: Section) -> (Name, Vec<Name>) {
    let mut zone = Name::root();
    let mut names: Vec<Name> = Vec::new();
    for record in reply.section(section) {
        if record.rtype != rtype::NS || (!names.is_empty() && record.owner != zone) {
            continue;
        }
        if let Ok(target) = record.data.cursor().name() {
            zone.clone_from(&record.owner);
            names.push(target);
        }
    }
    names.truncate(SERVERS);
    (zone, names)
}

fn judge(reply: &Reply<'_>, zone: &Name, report: &mut Report) -> Next {
    let [_, answers, ..] = reply.counts;
    let authority = reply.section(Section::Authority);
    let denies = authority.iter().any(|record| record.rtype == rtype::SOA);
    if answers > 0 || denies {
        return Next::End;
    }
    let (below, names) = name_servers(reply, Section::Authority);
    if names.is_empty() {
        return match reply.has(flag::AA) {
            true => Next::End,
            false => Next::Lame(mnemonic::rcode(reply.rcode)),
        };
    }
    if below == *zone {
        report.warning("BAD (HORIZONTAL) REFERRAL");
        return Next::Lame("it refers to its own zone".to_owned());
    }
    if !zone.zone_of(&below) {
        report.warning("BAD REFERRAL");
        return Next::Lame("it refers upwards".to_owned());
    }
    Next::Down(below, names)
}

/// The addresses of a zone's servers: glue, or the system's resolver.
async fn addresses(
    session: &Session,
    lookup: &Lookup,
    reply: &Reply<'_>,
    zone: &Name,
    names: &[Name],
    report: &mut Report,
) -> Result<Vec<Server>, Exit> {
    let port = lookup.port();
    let mut servers = Vec::new();
    let mut facts = Vec::new();
    for target in names {
        let mut text = name::text(target);
        let glue: Vec<IpAddr> = reply
            .section(Section::Additional)
            .iter()
            .filter(|record| record.owner == *target)
            .filter_map(|record| {
                let mut cursor = record.data.cursor();
                match record.rtype {
                    rtype::A => cursor.u32().ok().map(|bits| Ipv4Addr::from(bits).into()),
                    rtype::AAAA => cursor.u128().ok().map(|bits| Ipv6Addr::from(bits).into()),
                    _ => None,
                }
            })
            .filter(|address| wanted(*address, &lookup.globals))
            .collect();
        if text.len() > 1 {
            text.pop();
        }
        let with_glue = !glue.is_empty();
        let found = if with_glue {
            glue
        } else {
            match session.resolve(&text, &lookup.globals, port).await {
                Ok(found) => found.into_iter().map(|endpoint| endpoint.ip()).collect(),
                Err(why) => {
                    report.plain(&why.to_string());
                    Vec::new()
                }
            }
        };
        for address in &found {
            servers.push(Server {
                address: SocketAddr::new(*address, port),
                name: text.clone(),
            });
        }
        facts.push(NameServer {
            name: text,
            addresses: found,
            glue: with_glue,
        });
    }
    report.fact(
        &Delegation {
            event: "delegation",
            zone: name::text(zone),
            servers: facts,
        },
        "",
    );
    session.shuffle(&mut servers);
    Ok(servers)
}
