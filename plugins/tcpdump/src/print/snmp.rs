//! SNMP, versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412).

use super::asn1::{self, Element, Kind, parse};
use super::prelude::*;

const ERRORS: &Table = &[
    (0, "noError"),
    (1, "tooBig"),
    (2, "noSuchName"),
    (3, "badValue"),
    (4, "readOnly"),
    (5, "genErr"),
    (6, "noAccess"),
    (7, "wrongType"),
    (8, "wrongLength"),
    (9, "wrongEncoding"),
    (10, "wrongValue"),
    (11, "noCreation"),
    (12, "inconsistentValue"),
    (13, "resourceUnavailable"),
    (14, "commitFailed"),
    (15, "undoFailed"),
    (16, "authorizationError"),
    (17, "notWritable"),
    (18, "inconsistentName"),
];
const TRAPS: &Table = &[
    (0, "coldStart"),
    (1, "warmStart"),
    (2, "linkDown"),
    (3, "linkUp"),
    (4, "authenticationFailure"),
    (5, "egpNeighborLoss"),
    (6, "enterpriseSpecific"),
];
const TRAP: u8 = 4;
const BULK: u8 = 5;

/// Why a message is not printed to its end.
enum Stop {
    Cut,
    /// What is wrong has been said.
    Said,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

type Part<T = ()> = Result<T, Stop>;

/// The elements that are left.
struct Elements<'a> {
    b: &'a [u8],
    left: usize,
}

impl<'a> Elements<'a> {
    fn of(element: &Element<'a>) -> Self {
        Self {
            b: element.v,
            left: element.v.len(),
        }
    }

    fn next(&mut self, p: &mut Printer) -> Part<Element<'a>> {
        let element = parse(p, self.b, self.left)?.ok_or(Stop::Said)?;
        self.b = self.b.tail(element.size);
        self.left -= element.size;
        Ok(element)
    }

    /// The next one, which has to be of a kind.
    fn of_kind(
        &mut self,
        p: &mut Printer,
        right: fn(Kind) -> bool,
        wrong: &str,
    ) -> Part<Element<'a>> {
        let element = self.next(p)?;
        if right(element.kind) {
            return Ok(element);
        }
        p.text(wrong);
        element.print(p);
        Err(Stop::Said)
    }

    fn integer(&mut self, p: &mut Printer, wrong: &str) -> Part<i32> {
        let element = self.of_kind(p, |kind| matches!(kind, Kind::Integer(_)), wrong)?;
        match element.kind {
            Kind::Integer(number) => Ok(number),
            _ => Err(Stop::Said),
        }
    }

    fn text(&mut self, p: &mut Printer, wrong: &str) -> Part<&'a [u8]> {
        Ok(self.of_kind(p, |kind| kind == Kind::Text, wrong)?.v)
    }

    fn sequence(&mut self, p: &mut Printer, wrong: &str) -> Part<Elements<'a>> {
        let element = self.of_kind(p, |kind| kind == Kind::Sequence, wrong)?;
        Ok(Elements::of(&element))
    }

    fn extra(&self, p: &mut Printer, behind: &str) {
        if self.left > 0 {
            write!(p, "[{} extra after {behind}]", self.left);
        }
    }
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "snmp";
    p.text(" ");
    match message(p, Elements { b, left: length }) {
        Ok(()) | Err(Stop::Said) => Ok(()),
        Err(Stop::Cut) => Err(Cut),
    }
}

fn message(p: &mut Printer, mut all: Elements<'_>) -> Part {
    let mut e = all.sequence(p, "[!init SEQ]")?;
    all.extra(p, "iSEQ");
    let version = e.integer(p, "[version!=INT]")?;
    let name = match version {
        0 => "SNMPv1",
        1 => "SNMPv2c",
        3 => "SNMPv3",
        _ => {
            write!(p, "SNMP [version = {version}]");
            return Ok(());
        }
    };
    if p.v(1) {
        write!(p, "{{ {name} ");
    }
    let inner = match version {
        3 => version_3(p, &mut e),
        _ => community(p, &mut e, version),
    };
    if let Err(Stop::Cut) = inner {
        return Err(Stop::Cut);
    }
    if p.v(1) {
        p.text("} ");
    }
    Ok(())
}

fn community(p: &mut Printer, e: &mut Elements<'_>, version: i32) -> Part {
    let community = e.text(p, "[comm!=STR]")?;
    if community != b"public" {
        p.text("C=");
        asn1::text(p, community);
        p.text(" ");
    }
    unit(p, e, version)
}

fn unit(p: &mut Printer, e: &mut Elements<'_>, version: i32) -> Part {
    let unit = e.next(p)?;
    if unit.kind != Kind::Unit {
        p.text("[no PDU]");
        return Ok(());
    }
    e.extra(p, "PDU");
    if p.v(1) {
        p.text("{ ");
    }
    unit.print(p);
    p.text(" ");
    if version == 0 && matches!(unit.id, 5..=8) {
        p.text("[v2 PDU in v1 message]");
        return Ok(());
    }
    if version == 1 && unit.id == TRAP {
        p.text("[v1 PDU in v2 message]");
        return Ok(());
    }
    let mut inner = Elements::of(&unit);
    let done = match unit.id {
        TRAP => trap(p, &mut inner),
        id => request(p, &mut inner, id),
    };
    if let Err(Stop::Cut) = done {
        return Err(Stop::Cut);
    }
    if p.v(1) {
        p.text(" } ");
    }
    Ok(())
}

fn error_name(code: i32) -> String {
    match u32::try_from(code) {
        Ok(code) => tok(ERRORS, code, "err=%u").into_owned(),
        Err(_) => format!("err={}", code.cast_unsigned()),
    }
}

fn request(p: &mut Printer, e: &mut Elements<'_>, id: u8) -> Part {
    let number = e.integer(p, "[reqId!=INT]")?;
    if p.v(1) {
        write!(p, "R={number} ");
    }
    let asks = matches!(id, 0 | 1 | 3 | 6 | 7 | 8);
    let status = e.integer(p, "[errorStatus!=INT]")?;
    let mut error = 0;
    match status {
        _ if id == BULK => write!(p, " N={status}"),
        0 => {}
        _ if asks => write!(p, "[errorStatus({})!=0]", error_name(status)),
        _ => {
            write!(p, " {}", error_name(status));
            error = status;
        }
    }
    match e.integer(p, "[errorIndex!=INT]")? {
        index if id == BULK => write!(p, " M={index}"),
        0 if error != 0 => p.text("[errorIndex==0]"),
        0 => {}
        index if asks => write!(p, "[errorIndex({index})!=0]"),
        index if error == 0 => write!(p, "[errorIndex({index}) w/o errorStatus]"),
        index => write!(p, "@{index}"),
    }
    bindings(p, e, id)
}

fn trap(p: &mut Printer, e: &mut Elements<'_>) -> Part {
    p.text(" ");
    let enterprise = e.of_kind(p, |kind| kind == Kind::Object, "[enterprise!=OID]")?;
    enterprise.print(p);
    p.text(" ");
    let agent = e.of_kind(p, |kind| kind == Kind::Address, "[agent-addr!=INETADDR]")?;
    agent.print(p);
    let generic = e.integer(p, "[generic-trap!=INT]")?;
    match u32::try_from(generic) {
        Ok(generic) => write!(p, " {}", tok(TRAPS, generic, "gt=%d")),
        Err(_) => write!(p, " gt={generic}"),
    }
    match e.integer(p, "[specific-trap!=INT]")? {
        specific if generic == 6 => write!(p, " s={specific}"),
        0 => {}
        specific => write!(p, "[specific-trap({specific})!=0]"),
    }
    p.text(" ");
    let wrong = "[time-stamp!=TIMETICKS]";
    let time = e.of_kind(p, |kind| matches!(kind, Kind::Unsigned(_)), wrong)?;
    time.print(p);
    bindings(p, e, TRAP)
}

fn bindings(p: &mut Printer, e: &mut Elements<'_>, id: u8) -> Part {
    let mut list = e.sequence(p, "[!SEQ of varbind]")?;
    e.extra(p, "SEQ of varbind");
    while list.left > 0 {
        p.text(" ");
        let mut binding = list.sequence(p, "[!varbind]")?;
        let name = binding.of_kind(p, |kind| kind == Kind::Object, "[objName!=OID]")?;
        name.print(p);
        let asks = matches!(id, 0 | 1 | BULK);
        p.text(if asks { "" } else { "=" });
        let value = binding.next(p)?;
        if value.kind != Kind::Null {
            p.text(if asks { "[objVal!=NULL]" } else { "" });
            value.print(p);
        }
    }
    Ok(())
}

fn version_3(p: &mut Printer, e: &mut Elements<'_>) -> Part {
    let mut head = e.sequence(p, "[!message]")?;
    if p.v(1) {
        p.text("{ ");
    }
    head.integer(p, "[msgID!=INT]")?;
    head.integer(p, "[msgMaxSize!=INT]")?;
    let flags = head.text(p, "[msgFlags!=STR]")?;
    if flags.len() != 1 {
        write!(p, "[msgFlags size {}]", flags.len());
        return Ok(());
    }
    let flags = flags.u8(0)?;
    if !matches!(flags, 0 | 1 | 3 | 4 | 5 | 7) {
        write!(p, "[msgFlags=0x{flags:02X}]");
        return Ok(());
    }
    p.text("F=");
    for (bit, letter) in [(1, "a"), (2, "p"), (4, "r")] {
        p.text(if flags & bit != 0 { letter } else { "" });
    }
    p.text(" ");
    let model = head.integer(p, "[msgSecurityModel!=INT]")?;
    head.extra(p, "message SEQ");
    if p.v(1) {
        p.text("} ");
    }
    if model != 3 {
        write!(p, "[security model {model}]");
        return Ok(());
    }
    if p.v(1) {
        p.text("{ USM ");
    }
    let security = e.text(p, "[msgSecurityParameters!=STR]")?;
    let inner = Elements {
        b: security,
        left: security.len(),
    };
    if let Err(Stop::Cut) = user(p, inner) {
        return Err(Stop::Cut);
    }
    if p.v(1) {
        p.text("} { ScopedPDU ");
    }
    if let Err(Stop::Cut) = scoped(p, e) {
        return Err(Stop::Cut);
    }
    if p.v(1) {
        p.text("} ");
    }
    Ok(())
}

fn user(p: &mut Printer, mut all: Elements<'_>) -> Part {
    let mut e = all.sequence(p, "[!usm]")?;
    e.text(p, "[msgAuthoritativeEngineID!=STR]")?;
    for (wrong, letter) in [
        ("[msgAuthoritativeEngineBoots!=INT]", "B"),
        ("[msgAuthoritativeEngineTime!=INT]", "T"),
    ] {
        let number = e.integer(p, wrong)?;
        if p.v(1) {
            write!(p, "{letter}={number} ");
        }
    }
    let name = e.text(p, "[msgUserName!=STR]")?;
    p.text("U=");
    asn1::text(p, name);
    p.text(" ");
    e.text(p, "[msgAuthenticationParameters!=STR]")?;
    e.text(p, "[msgPrivacyParameters!=STR]")?;
    e.extra(p, "usm SEQ");
    Ok(())
}

fn scoped(p: &mut Printer, e: &mut Elements<'_>) -> Part {
    let mut e = e.sequence(p, "[!scoped PDU]")?;
    let engine = e.text(p, "[contextEngineID!=STR]")?;
    p.text("E=");
    asn1::octets(p, engine);
    p.text(" ");
    let name = e.text(p, "[contextName!=STR]")?;
    p.text("C=");
    asn1::text(p, name);
    p.text(" ");
    unit(p, &mut e, 3)
}
