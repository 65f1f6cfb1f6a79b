//! Rx: the calls of AFS, and their acknowledgements.

use super::prelude::*;
use super::rx_form::{Stop, form};
use super::rx_names::*;
use super::transport::Ip;

/// The number of a call, its client, its server, and the port and number of the service.
pub(crate) type Key = (u32, [u8; 4], [u8; 4], u16, u16);

/// A service of AFS.
struct Service {
    port: u16,
    name: &'static str,
    calls: &'static Table,
    /// Whether its calls may be Ubik's.
    ubik: bool,
    /// The forms of calls and of replies.
    forms: (&'static Table, &'static Table),
}

const SERVICES: &[Service] = &[
    Service {
        port: 7000,
        name: "fs",
        calls: FILES,
        ubik: false,
        forms: (FILE_CALLS, FILE_REPLIES),
    },
    Service {
        port: 7001,
        name: "cb",
        calls: CALLBACKS,
        ubik: false,
        forms: (&[(204, "%F %C"), (214, "afsuuid %x")], &[(213, "%x")]),
    },
    Service {
        port: 7002,
        name: "pt",
        calls: PROTECTION,
        ubik: true,
        forms: (PROTECTION_CALLS, PROTECTION_REPLIES),
    },
    Service {
        port: 7003,
        name: "vldb",
        calls: LOCATIONS,
        ubik: true,
        forms: (LOCATION_CALLS, LOCATION_REPLIES),
    },
    Service {
        port: 7004,
        name: "kauth",
        calls: AUTHENTICATION,
        ubik: true,
        forms: (AUTHENTICATION_CALLS, &[]),
    },
    Service {
        port: 7005,
        name: "vol",
        calls: VOLUMES,
        ubik: false,
        forms: (VOLUME_CALLS, VOLUME_REPLIES),
    },
    Service {
        port: 7007,
        name: "bos",
        calls: SERVERS,
        ubik: false,
        forms: (SERVER_CALLS, &[]),
    },
];

const FILE_CALLS: &Table = &[
    (130, "%f offset %u length %u"),
    (131, "%f"),
    (132, "%f"),
    (143, "%f"),
    (144, "%f"),
    (145, "%f"),
    (156, "%f"),
    (157, "%f"),
    (158, "%f"),
    (135, "%f %a"),
    (133, "%f %a offset %u length %u flen %u"),
    (134, "%f %A"),
    (137, "%f %s %a"),
    (141, "%f %s %a"),
    (136, "%f %s"),
    (142, "%f %s"),
    (138, "old %f %s new %f %s"),
    (139, "%f %s link to %s"),
    (140, "%f %s link to %f"),
    (148, "%s"),
    (149, "volid %u"),
    (150, "volid %u"),
    (154, "volname %s"),
    (155, "%F"),
    (65536, "%F"),
    (65537, "%f offset %q length %q"),
    (65538, "%f %a offset %q length %q flen %q"),
    (65541, "addr %u"),
];
const FILE_REPLIES: &Table = &[
    (131, "%A"),
    (137, "new %f"),
    (141, "new %f"),
    (151, "root volume %s"),
    (153, "%d"),
];
const PROTECTION_CALLS: &Table = &[
    (500, "%4 id %i oldid %i"),
    (501, "id %i"),
    (506, "id %i"),
    (508, "id %i"),
    (512, "id %i"),
    (514, "id %i"),
    (517, "id %i"),
    (518, "id %i"),
    (519, "id %i"),
    (530, "id %i"),
    (502, "pos %i"),
    (503, "uid %i gid %i"),
    (507, "uid %i gid %i"),
    (515, "uid %i gid %i"),
    (504, "%N"),
    (505, "ids: %I"),
    (509, "%4 flag %i oid %i"),
    (511, "id %i gflag %i"),
    (513, "id %i %4 oldid %i newid %i"),
    (520, "id %i %4"),
];
const PROTECTION_REPLIES: &Table = &[
    (504, "ids: %I"),
    (505, "%N"),
    (508, "%I"),
    (514, "%I"),
    (517, "%I"),
    (518, "%I"),
    (519, "%I"),
    (510, "maxuid %i maxgid %i"),
];
const LOCATION_CALLS: &Table = &[
    (501, "%n"),
    (517, "%n"),
    (502, "volid %i %t"),
    (503, "volid %i %t"),
    (507, "volid %i %t"),
    (508, "volid %i %t"),
    (509, "volid %i %t"),
    (518, "volid %i %t"),
    (504, "%5"),
    (519, "%5"),
    (524, "%5"),
    (527, "%5"),
    (505, "bump %i"),
    (506, "volid %i %t %n"),
    (520, "volid %i %t %n"),
    (510, "index %i"),
    (521, "index %i"),
];
const LOCATION_REPLIES: &Table = &[
    (510, "count %i nextindex %i %o"),
    (503, "%o"),
    (504, "%o"),
    (505, "newvol %u"),
    (521, "count %i nextindex %i %w"),
    (529, "count %i nextindex %i %w"),
    (518, "%w"),
    (519, "%w"),
    (526, "%W"),
    (527, "%W"),
];
const AUTHENTICATION_CALLS: &Table = &[
    (1, "principal %4 %4"),
    (21, "principal %4 %4"),
    (22, "principal %4 %4"),
    (2, "principal %4 %4"),
    (5, "principal %4 %4"),
    (6, "principal %4 %4"),
    (7, "principal %4 %4"),
    (8, "principal %4 %4"),
    (14, "principal %4 %4"),
    (15, "principal %4 %4"),
    (3, "kvno %i domain %4 %K principal %4 %4"),
    (23, "kvno %i domain %4 %K principal %4 %4"),
    (4, "principal %4 %4 kvno %i"),
    (12, "name %4"),
];
const VOLUME_CALLS: &Table = &[
    (100, "partition %u name %s type %u parent %u"),
    (101, "trans %u"),
    (107, "trans %u"),
    (102, "totrans %u flags %u"),
    (103, "fromtrans %u fromdate %d %D desttrans %i"),
    (104, "trans %u"),
    (105, "trans %u purgevol %u newtype %u newname %s"),
    (106, "trans %u flags %u"),
    (108, "vol %u partition %u flags %u"),
    (109, "fromtrans %u fromdate %d"),
    (655_537, "fromtrans %u fromdate %d"),
    (110, "index %u"),
    (111, "tid %u newsite %u"),
    (112, "tid"),
    (113, "tid"),
    (114, "name %s type %u pid %u cloneid %u"),
    (116, "partition %u flags %u"),
    (117, "tid %u name %s type %u pid %u clone %u backup %u"),
    (119, "name %s"),
    (120, "tid %u"),
    (121, "partid %u volid %u"),
    (122, "partid %u volid %u"),
    (124, "partid %u volid %u"),
    (125, "partid %u volid %u"),
    (65536, "partid %u volid %u"),
    (123, "tid %u date %d"),
    (126, "tid %u"),
    (128, "fromtrans %u fromdate %d %M"),
    (65538, "fromtrans %u fromdate %d flags %u"),
];
const VOLUME_REPLIES: &Table = &[
    (100, "volid %u trans %u"),
    (104, "%u"),
    (105, "newvol %u"),
    (107, "%u"),
    (108, "trans %u"),
    (110, "volume %u partition %u"),
    (112, "%s"),
    (
        113,
        "volid %u nextuniq %u type %u parentid %u clone %u backup %u restore %u maxquota %u minquota %u owner %u create %d access %d update %d expire %d backup %d copy %d",
    ),
    (116, "%L"),
    (121, "%L"),
];
const SERVER_CALLS: &Table = &[
    (80, "type %s instance %s"),
    (81, "%s"),
    (83, "%s"),
    (85, "%s"),
    (87, "%s"),
    (88, "%s"),
    (93, "%s"),
    (96, "%s"),
    (97, "%s"),
    (104, "%s"),
    (106, "%s"),
    (108, "%s"),
    (112, "%s"),
    (114, "%s"),
    (82, "%s status %i"),
    (98, "%s status %i"),
    (86, "%s num %i"),
    (84, "%i"),
    (89, "%i"),
    (90, "%i"),
    (91, "%i"),
    (92, "%i"),
    (95, "%i"),
    (105, "%s size %i flags %i date %i"),
];
const UBIK_CALLS: &Table = &[
    (10000, "syncsite %y votestart %d dbversion %v tid %v"),
    (10003, "site %u"),
    (20000, "tid %v"),
    (20001, "tid %v"),
    (20007, "tid %v"),
    (20008, "tid %v"),
    (20010, "tid %v"),
    (20002, "tid %v file %i pos %i length %i %k"),
    (20003, "tid %v file %i pos %i"),
    (20005, "file %i"),
    (20006, "file %i length %i dbversion %v"),
    (20009, "tid %v file %i length %i"),
    (20012, "tid %v oldversion %v newversion %v"),
];
const UBIK_REPLIES: &Table = &[(10000, "vote no"), (20004, "dbversion %v")];

const FLAGS: &[(u8, u8, &str)] = &[
    (1, 0, "client-init"),
    (2, 0, "req-ack"),
    (4, 0, "last-pckt"),
    (8, 0, "more-pckts"),
    (16, 0, "free-pckt"),
    (32, 2, "slow-start"),
    (32, 1, "jumbogram"),
];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    (source, destination): (u16, u16),
    ip: Ip<'_>,
) -> Done {
    p.protocol = "rx";
    if !b.has(28) {
        write!(p, " [|rx] ({length})");
        return Ok(());
    }
    let (kind, flags, sequence) = (b.u8(20)?, b.u8(21)?, b.be32(12)?);
    p.text(" rx ");
    p.name(KINDS, kind, "type %u");
    if p.v(1) {
        if p.v(2) {
            write!(p, " cid {:08x} call# {}", b.be32(4)?, b.be32(8)?);
        }
        write!(p, " seq {sequence} ser {}", b.be32(16)?);
        if p.v(3) {
            write!(p, " secindex {} serviceid {}", b.u8(23)?, b.be16(26)?);
        }
        if p.v(2) {
            let mut before = " ";
            for (bit, only, name) in FLAGS {
                if flags & bit != 0 && (*only == 0 || kind == *only) {
                    write!(p, "{before}<{name}>");
                    before = ",";
                }
            }
        }
    }
    let from_client = flags & 1 != 0;
    if kind == 1 && sequence == 1 && from_client {
        if let Ok(opcode) = b.be32(28) {
            let key = key(b, ip, destination, false)?;
            p.rx_calls.insert(key, opcode);
        }
        if let Some(service) = SERVICES.iter().find(|service| service.port == destination) {
            call(p, b, length, service)?;
        }
    } else if !from_client && (kind == 1 && sequence == 1 || kind == 4) {
        let key = key(b, ip, source, true)?;
        let opcode = p.rx_calls.find(&key);
        let service = SERVICES.iter().find(|service| service.port == source);
        if let Some((opcode, service)) = opcode.zip(service) {
            reply(p, b, length, service, opcode)?;
        }
    } else if kind == 2 && length >= 28 {
        acknowledgement(p, b.tail(28))?;
    }
    write!(p, " ({length})");
    Ok(())
}

fn key(b: &[u8], ip: Ip<'_>, port: u16, reply: bool) -> Done<Key> {
    let (source, destination) = (ip.header.array(12)?, ip.header.array(16)?);
    let (client, server) = if reply {
        (destination, source)
    } else {
        (source, destination)
    };
    Ok((b.be32(8)?, client, server, port, b.be16(26)?))
}

fn is_ubik(opcode: u32) -> bool {
    matches!(opcode, 10000..=10007 | 20000..=20013)
}

/// The form of a call or reply.
fn find(forms: &'static Table, opcode: u32) -> &'static str {
    let found = forms.iter().find(|(number, _)| *number == opcode);
    found.map_or("", |(_, form)| *form)
}

fn body(p: &mut Printer, b: &[u8], words: &str, name: &str) -> Done {
    match form(p, b, words) {
        Err(Stop::Cut) => Err(Cut),
        Err(Stop::Short) => {
            write!(p, " [|{name}]");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn call(p: &mut Printer, b: &[u8], length: usize, service: &Service) -> Done {
    if length <= 28 {
        return Ok(());
    }
    let opcode = b.be32(28)?;
    let ubik = service.ubik && is_ubik(opcode);
    let (calls, forms) = match ubik {
        true => (UBIK, UBIK_CALLS),
        false => (service.calls, service.forms.0),
    };
    write!(
        p,
        " {}{} call ",
        service.name,
        if ubik { " ubik" } else { "" }
    );
    p.name(calls, opcode, "op#%u");
    let name = if ubik { "ubik" } else { service.name };
    body(p, b.tail(32), find(forms, opcode), name)
}

fn reply(p: &mut Printer, b: &[u8], length: usize, service: &Service, opcode: u32) -> Done {
    let least = if matches!(service.name, "pt" | "vldb") {
        28
    } else {
        29
    };
    if length < least {
        return Ok(());
    }
    let ubik = service.ubik && is_ubik(opcode);
    let (calls, forms) = match ubik {
        true => (UBIK, UBIK_REPLIES),
        false => (service.calls, service.forms.1),
    };
    write!(
        p,
        " {}{} reply ",
        service.name,
        if ubik { " ubik" } else { "" }
    );
    p.name(calls, opcode, "op#%u");
    let v = b.tail(28);
    let name = if ubik { "ubik" } else { service.name };
    if b.u8(20)? == 1 {
        return body(p, v, find(forms, opcode), name);
    }
    if service.name == "fs" {
        let error = v.be32(0)?;
        p.text(" error ");
        p.name(ERRORS, error, "#%d");
        return Ok(());
    }
    let words = match (ubik, opcode) {
        (true, 10000) => "vote yes until %d",
        _ => "errcode %i",
    };
    body(p, v, words, name)
}

fn acknowledgement(p: &mut Printer, b: &[u8]) -> Done {
    if !b.has(18) {
        p.text(" [|ack]");
        return Ok(());
    }
    if p.v(3) {
        write!(p, " bufspace {} maxskew {}", b.be16(0)?, b.be16(2)?);
    }
    let (first, serial, reason) = (b.be32(4)?, b.be32(12)?, b.u8(16)?);
    write!(p, " first {first} serial {serial} reason ");
    p.name(REASONS, reason, "#%u");
    let count = usize::from(b.u8(17)?);
    let Ok(known) = b.octets(18, count) else {
        p.text(" [|ack]");
        return Ok(());
    };
    runs(p, known, first, 1, " acked ");
    runs(p, known, first, 0, " nacked ");
    if !p.v(2) {
        return Ok(());
    }
    let mut at = 18 + count + 3;
    for name in ["ifmtu", "maxmtu", "rwind", "maxpackets"] {
        let Ok(number) = b.be32(at) else { break };
        write!(p, " {name} {number}");
        at += 4;
    }
    Ok(())
}

/// The numbers of packets of a kind, those that follow each other with a dash.
fn runs(p: &mut Printer, known: &[u8], first: u32, kind: u8, before: &str) {
    let mut before = before;
    let mut number = first;
    for run in known.chunk_by(|a, b| a == b) {
        let last = number.wrapping_add(run.len() as u32 - 1);
        if run.first() == Some(&kind) {
            write!(p, "{before}{number}");
            if last != number {
                write!(p, "-{last}");
            }
            before = ",";
        }
        number = last.wrapping_add(1);
    }
}
