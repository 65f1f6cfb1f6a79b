//! `ip xfrm policy add`, `update`, `delete`, `deleteall`, `get`, `flush`, `set`, `setdefault` and `getdefault`.

use nethost_sdk::netlink::{
    AttributeValue as Value, Entity, EntityKind, Field, How, SecurityPolicy,
};

use super::named::nothing_is_no_error;
use super::parse::{self, Id, Limits, Selector, required};
use crate::entity::{entity, field};
use crate::ip::{Ip, answer};
use crate::words::{Done, INET, Words, failed, number, usage, wrong};

/// XFRM_MSG_….
pub(super) const ADD: u16 = 0x13;
pub(super) const UPDATE: u16 = 0x19;
const DELETE: u16 = 0x14;
const FLUSH: u16 = 0x1d;
const SET_THRESHOLDS: u16 = 0x24;
const SET_DEFAULT: u16 = 0x27;
const GET_DEFAULT: u16 = 0x28;
/// XFRMA_….
const TEMPLATES: u16 = 5;
const TYPE: u16 = 16;
const MARK: u16 = 21;
const INTERFACE: u16 = 31;

const DIRECTIONS: [&str; 3] = ["in", "out", "fwd"];
/// XFRM_POLICY_LOCALOK and XFRM_POLICY_ICMP.
const FLAGS: &[(u32, &str)] = &[(1, "localok"), (2, "icmp")];

/// What was said of a policy.
#[derive(Default)]
struct Said {
    selector: Selector,
    limits: Limits,
    direction: Option<u8>,
    index: Option<u32>,
    priority: u32,
    action: u8,
    flags: u32,
    templates: Vec<u8>,
    fields: Vec<Field>,
}

impl Said {
    /// The words that all have.
    fn take(&mut self, ip: &mut Ip, words: &mut Words, word: &str) -> Done<bool> {
        match word {
            "dir" => {
                words.next();
                if self.direction.is_some() {
                    return Err(crate::words::duplicate("dir", word));
                }
                let text = words.need()?;
                let place = DIRECTIONS.iter().position(|known| *known == text);
                let place = place.ok_or_else(|| wrong(&text, "DIR value is invalid"))?;
                self.direction = Some(place as u8);
            }
            "mark" => {
                words.next();
                let mark = parse::mark(words)?;
                self.fields
                    .extend(mark.map(|mark| field(MARK, Value::Bytes(mark))));
            }
            "index" => {
                words.next();
                self.index = Some(number(&words.need()?, "INDEX value is invalid")?);
            }
            "ptype" => {
                words.next();
                let kind = kind(words)?;
                self.fields.push(field(TYPE, Value::Bytes(kind)));
            }
            "if_id" => {
                words.next();
                let id: u32 = number(&words.need()?, "IF_ID value is invalid")?;
                self.fields.push(field(INTERFACE, Value::Number(id.into())));
            }
            _ if !self.selector.is_there => {
                return self.selector.take(ip, words, ip.options.family);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn direction(&self) -> Done<u8> {
        self.direction
            .ok_or_else(|| failed(1, "Not enough information: DIR is required."))
    }
}

/// struct xfrm_userpolicy_type.
fn kind(words: &mut Words) -> Done<Vec<u8>> {
    let text = words.need()?;
    let kind = match text.as_str() {
        "main" => 0,
        "sub" => 1,
        _ => return Err(wrong(&text, "PTYPE value is invalid")),
    };
    Ok(vec![kind, 0, 0, 0, 0, 0])
}

fn about(command: u16, header: &[u8], fields: Vec<Field>) -> Entity {
    let mut about = entity(EntityKind::Security, command, header);
    about.fields = fields;
    about
}

fn family(ip: &Ip) -> u8 {
    match ip.options.family {
        0 => INET,
        family => family,
    }
}

/// `add` and `update`.
pub(super) fn put(ip: &mut Ip, words: &mut Words, command: u16, how: How) -> Done {
    let mut said = Said::default();
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "action" => {
                words.next();
                let text = words.need()?;
                said.action = match text.as_str() {
                    "allow" => 0,
                    "block" => 1,
                    _ => return Err(wrong(&text, "ACTION value is invalid")),
                };
            }
            "priority" => {
                words.next();
                said.priority = number(&words.need()?, "PRIORITY value is invalid")?;
            }
            "flag" => {
                words.next();
                said.flags |= parse::flags(words, FLAGS, "FLAG value is invalid")?;
            }
            "limit" => {
                words.next();
                said.limits.take(words)?;
            }
            "tmpl" => {
                words.next();
                let otherwise = match said.selector.family() {
                    0 => ip.options.family,
                    family => family,
                };
                said.templates.extend(template(words, otherwise)?);
            }
            word => {
                if !said.take(ip, words, word)? {
                    return Err(crate::words::duplicate("unknown", word));
                }
            }
        }
    }
    let direction = said.direction()?;
    if !said.templates.is_empty() {
        let templates = std::mem::take(&mut said.templates);
        said.fields.push(field(TEMPLATES, Value::Bytes(templates)));
    }
    // struct xfrm_userpolicy_info.
    let mut header = said.selector.octets(family(ip));
    header.extend(said.limits.octets());
    header.extend([0; 32]);
    header.extend(said.priority.to_ne_bytes());
    header.extend(said.index.unwrap_or_default().to_ne_bytes());
    header.extend([direction, said.action, said.flags as u8, 0]);
    header.extend([0; 4]);
    ip.change_entity(&about(command, &header, said.fields), how)
}

/// struct xfrm_user_tmpl.
fn template(words: &mut Words, otherwise: u8) -> Done<Vec<u8>> {
    let (mut id, mut mode, mut request, mut optional) = (Id::default(), 0, 0_u32, 0_u8);
    let mut any = false;
    if words.is_empty() {
        words.need()?;
    }
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "mode" => {
                words.next();
                mode = parse::mode(words)?;
            }
            "reqid" => {
                words.next();
                request = number(&words.need()?, "REQID value is invalid")?;
            }
            "level" => {
                words.next();
                let text = words.need()?;
                optional = match text.as_str() {
                    "required" => 0,
                    "use" => 1,
                    _ => return Err(wrong(&text, "LEVEL value is invalid")),
                };
            }
            _ if id.is_there => break,
            _ => {
                if !id.take(words, 0)? {
                    break;
                }
                id.check(true)?;
            }
        }
        any = true;
    }
    if !any {
        return Err(required("TMPL"));
    }
    let family = match id.family() {
        0 => otherwise,
        family => family,
    };
    let mut bytes = parse::address(id.destination).to_vec();
    bytes.extend(id.index.to_be_bytes());
    bytes.extend([id.protocol, 0, 0, 0]);
    bytes.extend(u16::from(family).to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(parse::address(id.source));
    bytes.extend(request.to_ne_bytes());
    bytes.extend([mode, 0, optional, 0]);
    // Any algorithm.
    bytes.extend([0xff; 12]);
    Ok(bytes)
}

/// The words of `delete` and `get`.
fn named(ip: &mut Ip, words: &mut Words) -> Done<Said> {
    let mut said = Said::default();
    while let Some(word) = words.peek().map(str::to_owned) {
        if !said.take(ip, words, &word)? {
            return Err(wrong(&word, "unknown"));
        }
    }
    said.direction()?;
    match (said.selector.is_there, said.index) {
        (false, None) => Err(failed(
            1,
            "Not enough information: either SELECTOR or INDEX is required.",
        )),
        (true, Some(_)) => Err(crate::words::second("SELECTOR", "INDEX")),
        _ => Ok(said),
    }
}

/// struct xfrm_userpolicy_id.
fn identity(selector: Vec<u8>, index: u32, direction: u8) -> Vec<u8> {
    let mut header = selector;
    header.extend(index.to_ne_bytes());
    header.extend([direction, 0, 0, 0]);
    header
}

pub(super) fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let said = named(ip, words)?;
    let selector = said.selector.octets(family(ip));
    let header = identity(selector, said.index.unwrap_or_default(), said.direction()?);
    ip.change_entity(&about(DELETE, &header, said.fields), How::empty())
}

pub(super) fn get(ip: &mut Ip, words: &mut Words) -> Done {
    let said = named(ip, words)?;
    let direction = said.direction()?;
    let wanted = said.selector.octets(family(ip));
    let found = super::all(ip.kernel()?.security_policies())?;
    let mut found = found.iter().filter(|policy| {
        policy.direction == direction
            && match said.index {
                Some(index) => policy.index == index,
                None => super::policy::selector_octets(&policy.selector) == wanted,
            }
    });
    match found.next() {
        Some(policy) => super::policy::show(ip, std::slice::from_ref(policy)),
        None => Err(failed(2, "RTNETLINK answers: No such file or directory")),
    }
}

/// All that a filter lets through, one by one.
pub(super) fn delete_all(ip: &mut Ip, found: &[SecurityPolicy]) -> Done {
    for policy in found {
        let selector = super::policy::selector_octets(&policy.selector);
        let header = identity(selector, policy.index, policy.direction);
        // With another mark, interface or type it is another one.
        let kept = policy.attributes.iter().filter_map(|attribute| {
            let id = u16::try_from(attribute.id).ok()?;
            let is_key = matches!(id, MARK | INTERFACE | TYPE);
            is_key.then(|| field(id, attribute.value.clone()))
        });
        let change = about(DELETE, &header, kept.collect());
        ip.change_entity(&change, How::empty())?;
    }
    Ok(())
}

pub(super) fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    let mut fields = Vec::new();
    while let Some(word) = words.next() {
        if word != "ptype" {
            return Err(wrong(&word, "unknown"));
        }
        fields.push(field(TYPE, Value::Bytes(kind(words)?)));
    }
    let done = ip.change_entity(&about(FLUSH, &[], fields), How::empty());
    nothing_is_no_error(done)
}

/// `set hthresh4 LOCAL REMOTE hthresh6 LOCAL REMOTE`: from which prefix lengths on policies are hashed.
pub(super) fn set(ip: &mut Ip, words: &mut Words) -> Done {
    let mut fields = Vec::new();
    while let Some(word) = words.next() {
        let (id, most) = match word.as_str() {
            "hthresh4" => (3, 32),
            "hthresh6" => (4, 128),
            _ => return Err(wrong(&word, "unknown")),
        };
        let mut bytes = Vec::new();
        for side in ["lbits", "rbits"] {
            let text = words.need()?;
            let why = format!("{word} {} value is invalid", side.to_uppercase());
            let length: u8 = number(&text, &why)?;
            if length > most {
                return Err(wrong(&text, &why));
            }
            bytes.push(length);
        }
        fields.push(field(id, Value::Bytes(bytes)));
    }
    let change = about(SET_THRESHOLDS, &u32::MAX.to_ne_bytes(), fields);
    ip.change_entity(&change, How::empty())
}

/// XFRM_USERPOLICY_….
const DEFAULTS: [&str; 3] = ["unspec", "block", "accept"];

/// The order of struct xfrm_userpolicy_default.
const SIDES: [&str; 3] = ["in", "fwd", "out"];

pub(super) fn set_default(ip: &mut Ip, words: &mut Words) -> Done {
    let mut header = [0_u8; 3];
    while let Some(word) = words.next() {
        let place = SIDES.iter().position(|side| *side == word);
        let place = place.ok_or_else(|| wrong(&word, "unknown direction"))?;
        let text = words.need()?;
        if header[place] != 0 {
            return Err(crate::words::duplicate(&word, &word));
        }
        let action = DEFAULTS.iter().position(|name| *name == text);
        let action = action.filter(|action| *action != 0);
        let why = format!("{word} policy value is invalid");
        header[place] = action.ok_or_else(|| wrong(&text, &why))? as u8;
    }
    ip.change_entity(&about(SET_DEFAULT, &header, Vec::new()), How::empty())
}

pub(super) fn get_default(ip: &mut Ip) -> Done {
    let found = ip.entities(&about(GET_DEFAULT, &[0; 3], Vec::new()), false)?;
    let found = found.map_err(|error| answer(&error))?;
    let header = found.first().map(|one| one.header.clone());
    let header = header.ok_or_else(|| usage("Error: cannot get default policies"))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    ip.out.open_object();
    ip.out.text(format_args!("Default policies:\n"));
    for (side, action) in SIDES.iter().zip(header) {
        let name = DEFAULTS.get(usize::from(action)).unwrap_or(&"unknown");
        let text = format!("{side}:");
        ip.out.any(side, *name, format_args!(" {text:<4} {name}\n"));
    }
    ip.out.close_object();
    ip.out.end();
    Ok(())
}
