//! Sets of records and the signatures over them, in canonical form (RFC 4034 sections 3 and 6).

use std::collections::{BTreeMap, BTreeSet};

use super::algorithm;
use crate::kind::rtype;
use crate::name::{self, Name};
use crate::rdata::{self, fields};
use crate::reply::Record;
use crate::wire::{Cursor, Problem};

/// More keys and signatures than this are not tried for one set (CVE-2023-50387).
const MOST_TRIES: usize = 16;

/// A key of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The DNSKEY record's data.
    pub(super) data: Vec<u8>,
    pub(super) tag: u16,
    pub(super) algorithm: u8,
}

impl Key {
    /// A key that signs zone data: neither revoked nor for something else (RFC 4034 section 2.1.1, RFC 5011).
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        match data {
            [high, low, 3, algorithm, _, ..] if high & 1 == 1 && low & 0x80 == 0 => Some(Self {
                data: data.to_vec(),
                tag: rdata::key::tag(data),
                algorithm: *algorithm,
            }),
            _ => None,
        }
    }
}

/// A zone whose keys are believed.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) name: Name,
    pub(super) keys: Vec<Key>,
    /// Algorithms of which each must have signed, where that is asked for: those that the zone above vouches for.
    pub(super) needed: BTreeSet<u8>,
}

/// An RRSIG record.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) algorithm: u8,
    pub(super) labels: u8,
    pub(super) expiration: u32,
    pub(super) inception: u32,
    pub(super) tag: u16,
    pub(super) signer: Name,
    /// What of the record is signed itself.
    head: Vec<u8>,
    bytes: Vec<u8>,
}

/// Records of one owner and type.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordSet {
    pub(super) owner: Name,
    pub(super) rtype: u16,
    pub(super) class: u16,
    /// In canonical form and order, each once.
    pub(super) data: Vec<Vec<u8>>,
    pub(super) signatures: Vec<Signature>,
}

/// Why a set is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Unsigned,
    /// Signed by another zone than the one that the records are in.
    Signer(Name),
    Algorithm(u8),
    NoKey(u16),
    NotYet(u32),
    Expired(u32),
    Wrong(u16),
    /// Not signed with an algorithm that the zone above vouches for.
    Missing(u8),
}

/// Sorts a section into its sets, in the order of their first records.
pub(super) fn sets(section: &[Record<'_>]) -> Result<Vec<RecordSet>, Problem> {
    let mut places: BTreeMap<(&Name, u16), usize> = BTreeMap::new();
    let mut sets: Vec<RecordSet> = Vec::new();
    for record in section {
        let mut cursor = record.data.cursor();
        let signature = match record.rtype {
            rtype::RRSIG => Some(Signature::read(&mut cursor)?),
            _ => None,
        };
        let rtype = signature
            .as_ref()
            .map_or(record.rtype, |(covered, _)| *covered);
        let place = *places.entry((&record.owner, rtype)).or_insert_with(|| {
            sets.push(RecordSet {
                owner: record.owner.clone(),
                rtype,
                class: record.class,
                ..RecordSet::default()
            });
            sets.len() - 1
        });
        let Some(set) = sets.get_mut(place) else {
            continue;
        };
        match signature {
            Some((_, signature)) => set.signatures.push(signature),
            None => set
                .data
                .push(fields::canonical(record.rtype, record.class, cursor)?),
        }
    }
    for set in &mut sets {
        set.data.sort();
        set.data.dedup();
    }
    // Signatures without what they sign say nothing.
    sets.retain(|set| !set.data.is_empty());
    Ok(sets)
}

impl Signature {
    /// The type covered, and the rest.
    fn read(cursor: &mut Cursor<'_>) -> Result<(u16, Self), Problem> {
        let fixed = cursor.peek().get(..18).ok_or(Problem::Short)?;
        let covered = cursor.u16()?;
        let (algorithm, labels, _) = (cursor.u8()?, cursor.u8()?, cursor.u32()?);
        let (expiration, inception, tag) = (cursor.u32()?, cursor.u32()?, cursor.u16()?);
        let signer = cursor.name()?;
        let head = [fixed, &name::canonical(&signer)].concat();
        let bytes = cursor.rest().to_vec();
        let signature = Self {
            algorithm,
            labels,
            expiration,
            inception,
            tag,
            signer,
            head,
            bytes,
        };
        Ok((covered, signature))
    }

    /// The original time to live, as it is signed.
    fn ttl(&self) -> &[u8] {
        self.head.get(4..8).unwrap_or_default()
    }
}

impl RecordSet {
    /// The first signature that a key of the zone has made and that holds now.
    pub(super) fn verify(&self, zone: &Zone, now: u32) -> Result<&Signature, Flaw> {
        let mut flaw = Flaw::Unsigned;
        let mut tries = 0;
        let mut good = None;
        let mut missing = zone.needed.clone();
        for signature in &self.signatures {
            match self.verify_one(signature, zone, now, &mut tries) {
                Ok(()) => {
                    missing.remove(&signature.algorithm);
                    let good = *good.get_or_insert(signature);
                    if missing.is_empty() {
                        return Ok(good);
                    }
                }
                Err(found) => flaw = found,
            }
        }
        Err(match (good, missing.first()) {
            (Some(_), Some(algorithm)) => Flaw::Missing(*algorithm),
            _ => flaw,
        })
    }

    /// The zones that its signatures name.
    pub(super) fn signers(&self) -> impl Iterator<Item = &Name> {
        self.signatures.iter().map(|signature| &signature.signer)
    }

    /// The same for what a wildcard must not stand for: keys, their digests, and denials.
    pub(super) fn verify_as_it_is(&self, zone: &Zone, now: u32) -> Result<&Signature, Flaw> {
        match self.verify(zone, now) {
            Ok(signature) if self.is_expanded(signature) => Err(Flaw::Wrong(signature.tag)),
            verified => verified,
        }
    }

    fn verify_one(
        &self,
        signature: &Signature,
        zone: &Zone,
        now: u32,
        tries: &mut usize,
    ) -> Result<(), Flaw> {
        if signature.signer != zone.name || !zone.name.zone_of(&self.owner) {
            return Err(Flaw::Signer(signature.signer.clone()));
        }
        if !algorithm::is_supported(signature.algorithm) {
            return Err(Flaw::Algorithm(signature.algorithm));
        }
        if now.wrapping_sub(signature.inception).cast_signed() < 0 {
            return Err(Flaw::NotYet(signature.inception));
        }
        if signature.expiration.wrapping_sub(now).cast_signed() < 0 {
            return Err(Flaw::Expired(signature.expiration));
        }
        let message = self.signed(signature).ok_or(Flaw::Wrong(signature.tag))?;
        let mut flaw = Flaw::NoKey(signature.tag);
        let fits = |key: &&Key| key.tag == signature.tag && key.algorithm == signature.algorithm;
        for key in zone.keys.iter().filter(fits) {
            *tries += 1;
            let public = key.data.get(4..).unwrap_or_default();
            if *tries <= MOST_TRIES
                && algorithm::verify(key.algorithm, public, &message, &signature.bytes)
            {
                return Ok(());
            }
            flaw = Flaw::Wrong(signature.tag);
        }
        Err(flaw)
    }

    /// What is signed (RFC 4034 section 3.1.8.1); none where the owner has fewer labels than were signed.
    fn signed(&self, signature: &Signature) -> Option<Vec<u8>> {
        let labels = labels(&self.owner);
        let owner = match usize::from(signature.labels) {
            signed if signed > labels => return None,
            signed if signed < labels => {
                let above = self.owner.trim_to(signed);
                [b"\x01*".as_slice(), &name::canonical(&above)].concat()
            }
            _ => name::canonical(&self.owner),
        };
        let mut message = signature.head.clone();
        for data in &self.data {
            message.extend_from_slice(&owner);
            message.extend_from_slice(&self.rtype.to_be_bytes());
            message.extend_from_slice(&self.class.to_be_bytes());
            message.extend_from_slice(signature.ttl());
            message.extend_from_slice(&(data.len() as u16).to_be_bytes());
            message.extend_from_slice(data);
        }
        Some(message)
    }

    /// Whether it came into being from a wildcard, by what the signature says of its labels.
    pub(super) fn is_expanded(&self, signature: &Signature) -> bool {
        usize::from(signature.labels) < labels(&self.owner)
    }
}

/// The labels of a name as RRSIG counts them: without the root and without a leading asterisk.
fn labels(name: &Name) -> usize {
    let all = name.iter().count();
    let asterisk = name.iter().next() == Some(b"*".as_slice());
    all - usize::from(asterisk)
}
