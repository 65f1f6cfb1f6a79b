//! `ip xfrm state add`, `update` and `allocspi`.

use nethost_sdk::netlink::{
    AttributeValue as Value, Entity, EntityKind, Field, How, SecurityAssociation,
};

use super::key::{encapsulation, key, offload};
use super::named::{is_for, listed};
use super::parse::{self, Id, Limits, Selector, required};
use crate::entity::{entity, field};
use crate::ip::Ip;
use crate::words::{Done, Words, failed, number, usage, wrong};

/// XFRM_MSG_….
pub(super) const ADD: u16 = 0x10;
pub(super) const UPDATE: u16 = 0x1a;
const ALLOCATE: u16 = 0x16;
/// XFRMA_….
const ENCAPSULATION: u16 = 4;
const REPLAY_STATE: u16 = 10;
const CARE_OF: u16 = 14;
pub(super) const MARK: u16 = 21;
const PADDING: u16 = 22;
const REPLAY: u16 = 23;
const EXTRA_FLAGS: u16 = 24;
const OFFLOAD: u16 = 28;
const OUTPUT_MARK: u16 = 29;
const OUTPUT_MASK: u16 = 30;
const INTERFACE: u16 = 31;

/// XFRM_STATE_….
const FLAGS: &[(u32, &str)] = &[
    (1, "noecn"),
    (2, "decap-dscp"),
    (4, "nopmtudisc"),
    (8, "wildrecv"),
    (16, "icmp"),
    (32, "af-unspec"),
    (64, "align4"),
    (ESN, "esn"),
];
const ESN: u32 = 128;
/// XFRM_SA_XFLAG_….
const EXTRA: &[(u32, &str)] = &[(1, "dont-encap-dscp"), (2, "oseq-may-wrap")];

/// The algorithms by their words: XFRMA_ALG_….
const ALGORITHMS: &[(&str, u16)] = &[
    ("aead", AEAD),
    ("auth", AUTHENTICATION),
    ("enc", ENCRYPTION),
    ("comp", COMPRESSION),
    ("auth-trunc", TRUNCATED),
];
const AUTHENTICATION: u16 = 1;
const ENCRYPTION: u16 = 2;
const COMPRESSION: u16 = 3;
const AEAD: u16 = 18;
const TRUNCATED: u16 = 20;

const ESP: u8 = 50;
const AH: u8 = 51;
const COMP: u8 = 108;

/// What was said of an association.
#[derive(Default)]
struct Said {
    id: Id,
    selector: Selector,
    limits: Limits,
    mode: u8,
    request: u32,
    sequence: u32,
    window: u32,
    flags: u32,
    range: (u32, u32),
    /// Sent and received so far, the upper halves last.
    counters: [u32; 4],
    fields: Vec<Field>,
}

impl Said {
    fn has(&self, algorithm: u16) -> bool {
        self.fields.iter().any(|field| field.id == algorithm)
    }

    fn set(&mut self, id: u16, value: Value) {
        self.fields.push(field(id, value));
    }

    /// The words that `add`, `update` and `allocspi` have in common.
    fn take_common(&mut self, words: &mut Words, family: u8, word: &str) -> Done<bool> {
        match word {
            "src" | "dst" | "proto" | "spi" => {
                if self.id.is_there {
                    return Err(wrong(word, "unknown"));
                }
                self.id.take(words, family)?;
                self.id.check(true)?;
                return Ok(true);
            }
            "mode" => {
                words.next();
                self.mode = parse::mode(words)?;
            }
            "mark" => {
                words.next();
                if let Some(mark) = parse::mark(words)? {
                    self.set(MARK, Value::Bytes(mark));
                }
            }
            "reqid" => {
                words.next();
                self.request = number(&words.need()?, "REQID value is invalid")?;
            }
            "seq" => {
                words.next();
                let sequence: u32 = number(&words.need()?, "SEQ value is invalid")?;
                self.sequence = u32::from_ne_bytes(sequence.to_be_bytes());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn take(&mut self, ip: &mut Ip, words: &mut Words, word: &str) -> Done<bool> {
        if self.take_common(words, ip.options.family, word)? {
            return Ok(true);
        }
        if let Some((_, kind)) = ALGORITHMS.iter().find(|(name, _)| *name == word) {
            words.next();
            self.algorithm(words, *kind, word)?;
            return Ok(true);
        }
        words.next();
        let long = |words: &mut Words, what: &str| -> Done<u32> {
            number(
                &words.need()?,
                &format!("value after \"{what}\" is invalid"),
            )
        };
        match word {
            "replay-window" => self.window = long(words, word)?,
            "replay-oseq" => self.counters[0] = long(words, word)?,
            "replay-seq" => self.counters[1] = long(words, word)?,
            "replay-oseq-hi" => self.counters[2] = long(words, word)?,
            "replay-seq-hi" => self.counters[3] = long(words, word)?,
            "flag" => self.flags |= parse::flags(words, FLAGS, "FLAG value is invalid")?,
            "extra-flag" => {
                let flags = parse::flags(words, EXTRA, "\"EXTRA-FLAG\" is invalid")?;
                self.set(EXTRA_FLAGS, Value::Number(flags.into()));
            }
            "sel" => {
                if !self.selector.take(ip, words, 0)? {
                    return Err(required("SELECTOR"));
                }
            }
            "limit" => self.limits.take(words)?,
            "encap" => {
                let bytes = encapsulation(words)?;
                self.set(ENCAPSULATION, Value::Bytes(bytes));
            }
            "coa" => {
                let address = crate::words::address(&words.need()?, ip.options.family)?;
                let octets = parse::address(Some(address)).to_vec();
                self.set(CARE_OF, Value::Bytes(octets));
            }
            "offload" => {
                let bytes = offload(ip, words)?;
                self.set(OFFLOAD, Value::Bytes(bytes));
            }
            "output-mark" => {
                let mark = long(words, word)?;
                self.set(OUTPUT_MARK, Value::Number(mark.into()));
                if words.peek() == Some("mask") {
                    words.next();
                    let mask: u32 = number(&words.need()?, "mask value is invalid")?;
                    self.set(OUTPUT_MASK, Value::Number(mask.into()));
                }
            }
            "if_id" => {
                let id = long(words, word)?;
                self.set(INTERFACE, Value::Number(id.into()));
            }
            "tfcpad" => {
                let length = long(words, word)?;
                self.set(PADDING, Value::Number(length.into()));
            }
            _ => return Err(wrong(word, "unknown")),
        }
        Ok(true)
    }

    /// struct xfrm_algo and the like: a name of 64 octets, the length of the key in bits, another length for some, the key.
    fn algorithm(&mut self, words: &mut Words, kind: u16, word: &str) -> Done {
        let clashes: &[u16] = match kind {
            AEAD => &[AEAD, ENCRYPTION, AUTHENTICATION, TRUNCATED],
            ENCRYPTION => &[ENCRYPTION, AEAD],
            COMPRESSION => &[COMPRESSION],
            _ => &[AUTHENTICATION, TRUNCATED, AEAD],
        };
        if clashes.iter().any(|clash| self.has(*clash)) {
            return Err(crate::words::duplicate("ALGO-TYPE", word));
        }
        let name = words.next().ok_or_else(|| required("ALGO-NAME"))?;
        let key = match kind {
            COMPRESSION => Vec::new(),
            _ => key(&words.next().ok_or_else(|| required("ALGO-KEYMAT"))?)?,
        };
        let length = match kind {
            AEAD => Some("ALGO-ICV-LEN"),
            TRUNCATED => Some("ALGO-TRUNC-LEN"),
            _ => None,
        };
        let mut bytes = name.into_bytes();
        bytes.resize(63, 0);
        bytes.push(0);
        bytes.extend((key.len() as u32 * 8).to_ne_bytes());
        if let Some(what) = length {
            let text = words.next().ok_or_else(|| required(what))?;
            let length: u32 = number(&text, &format!("{what} value is invalid"))?;
            bytes.extend(length.to_ne_bytes());
        }
        bytes.extend(key);
        self.set(kind, Value::Bytes(bytes));
        Ok(())
    }

    fn check(&self) -> Done {
        if self.flags & ESN != 0 && self.window == 0 {
            return Err(usage("Error: esn flag set without replay-window."));
        }
        const MOST: u32 = 4096;
        if self.window > MOST {
            return Err(usage(format!(
                "Error: replay-window ({}) > XFRMA_REPLAY_ESN_MAX ({MOST}).",
                self.window
            )));
        }
        if !self.id.is_there {
            return Err(failed(1, "Not enough information: ID is required"));
        }
        let name = super::show::protocol(self.id.protocol);
        let unfit = |what: &str| {
            failed(
                1,
                format!("ALGO-TYPE value{what} invalid with XFRM-PROTO value \"{name}\""),
            )
        };
        let missing = |what: &str| {
            failed(
                1,
                format!("ALGO-TYPE value {what} is required with XFRM-PROTO value \"{name}\""),
            )
        };
        let is_mode_of_ipsec = match self.id.protocol {
            ESP => matches!(self.mode, 0 | 1 | 4),
            AH | COMP => matches!(self.mode, 0 | 1),
            _ => true,
        };
        if !is_mode_of_ipsec {
            return Err(failed(
                1,
                format!("MODE value is invalid with XFRM-PROTO value \"{name}\""),
            ));
        }
        match self.id.protocol {
            ESP if self.has(COMPRESSION) => Err(unfit(" \"comp\" is")),
            AH if self.has(ENCRYPTION) || self.has(AEAD) || self.has(COMPRESSION) => {
                Err(unfit("s \"enc\", \"aead\", and \"comp\" are"))
            }
            COMP if [ENCRYPTION, AEAD, AUTHENTICATION, TRUNCATED]
                .iter()
                .any(|kind| self.has(*kind)) =>
            {
                Err(unfit(
                    "s \"enc\", \"aead\", \"auth\", and \"auth-trunc\" are",
                ))
            }
            ESP if !self.has(ENCRYPTION) && !self.has(AEAD) => Err(missing("\"enc\" or \"aead\"")),
            AH if !self.has(AUTHENTICATION) && !self.has(TRUNCATED) => {
                Err(missing("\"auth\" or \"auth-trunc\""))
            }
            COMP if !self.has(COMPRESSION) => Err(missing("\"comp\"")),
            _ => Ok(()),
        }
    }

    /// struct xfrm_usersa_info.
    fn header(&self, family: u8) -> Vec<u8> {
        let family = match self.id.family() {
            0 => family,
            family => family,
        };
        let mut header = if self.selector.is_there {
            self.selector.octets(0)
        } else {
            Selector::default().octets(0)
        };
        header.extend(parse::address(self.id.destination));
        header.extend(self.id.index.to_be_bytes());
        header.extend([self.id.protocol, 0, 0, 0]);
        header.extend(parse::address(self.id.source));
        header.extend(self.limits.octets());
        // What was used so far, and what was wrong.
        header.resize(204, 0);
        header.extend(self.sequence.to_ne_bytes());
        header.extend(self.request.to_ne_bytes());
        header.extend(u16::from(family).to_ne_bytes());
        let window = if self.is_extended() { 0 } else { self.window };
        header.extend([self.mode, window as u8, self.flags as u8]);
        header.resize(224, 0);
        header
    }

    /// Whether the window does not fit into 32 bits.
    fn is_extended(&self) -> bool {
        self.flags & ESN != 0 || self.window > 32
    }
}

pub(super) fn about(command: u16, header: &[u8], fields: Vec<Field>) -> Entity {
    let mut about = entity(EntityKind::Security, command, header);
    about.fields = fields;
    about
}

/// `add` and `update`.
pub(super) fn put(ip: &mut Ip, words: &mut Words, command: u16, how: How) -> Done {
    let mut said = Said::default();
    while let Some(word) = words.peek().map(str::to_owned) {
        said.take(ip, words, &word)?;
    }
    said.check()?;
    if said.is_extended() {
        // struct xfrm_replay_state_esn: how many words its map has, counters, and the window.
        let words = said.window.div_ceil(32);
        let mut bytes = words.to_ne_bytes().to_vec();
        bytes.extend(said.counters.map(u32::to_ne_bytes).concat());
        bytes.extend(said.window.to_ne_bytes());
        said.set(REPLAY, Value::Bytes(bytes));
    } else if let [sent, received, ..] = said.counters
        && (sent, received) != (0, 0)
    {
        // struct xfrm_replay_state.
        let bytes = [sent, received, 0].map(u32::to_ne_bytes).concat();
        said.set(REPLAY_STATE, Value::Bytes(bytes));
    }
    let header = said.header(ip.options.family);
    ip.change_entity(&about(command, &header, said.fields), how)
}

/// `allocspi`: the kernel makes an association without keys and chooses its number, which is shown.
pub(super) fn allocate(ip: &mut Ip, words: &mut Words) -> Done {
    let mut said = Said::default();
    while let Some(word) = words.peek().map(str::to_owned) {
        if said.take_common(words, ip.options.family, &word)? {
            continue;
        }
        words.next();
        match word.as_str() {
            "min" => said.range.0 = number(&words.need()?, "value after \"min\" is invalid")?,
            "max" => said.range.1 = number(&words.need()?, "value after \"max\" is invalid")?,
            _ => return Err(wrong(&word, "unknown")),
        }
    }
    if !said.id.is_there {
        return Err(failed(1, "Not enough information: ID is required"));
    }
    match said.range {
        (0, 0) => {
            said.range = if said.id.protocol == COMP {
                (0x100, 0xffff)
            } else {
                (0x100, 0x0fff_ffff)
            };
        }
        (0, _) => return Err(failed(1, "\"min\" is missing")),
        (_, 0) => return Err(failed(1, "\"max\" is missing")),
        (least, most) if least > most => {
            return Err(failed(1, "\"min\" value must be less than \"max\" value"));
        }
        _ => {}
    }
    let mut header = said.header(ip.options.family);
    header.extend(said.range.0.to_ne_bytes());
    header.extend(said.range.1.to_ne_bytes());
    let before = listed(ip)?;
    let change = about(ALLOCATE, &header, std::mem::take(&mut said.fields));
    ip.change_entity(&change, How::empty())?;
    let known = |one: &SecurityAssociation| {
        let mut before = before.iter();
        before.any(|known| known.index == one.index && is_for(known, &said.id))
    };
    let found = listed(ip)?;
    let mut found = found.iter().filter(|one| is_for(one, &said.id));
    let made = found.find(|one| one.request == said.request && !known(one));
    match made {
        Some(made) => super::association::show(ip, std::slice::from_ref(made)),
        None => Ok(()),
    }
}
