//! Proofs that something is not there: NSEC (RFC 4035 section 5.4) and NSEC3 (RFC 5155 section 8). The records
//! have been verified before they come here, and are of one zone.

use sha1::{Digest, Sha1};

use super::record_set::RecordSet;
use crate::kind::rtype;
use crate::name::{self, Name};
use crate::wire::Cursor;

/// More rounds of hashing prove nothing here (RFC 9276 section 3.2).
pub(super) const MOST_ITERATIONS: u16 = 150;
const SHA1: u8 = 1;
const OPT_OUT: u8 = 1;

/// What a proof says of a name and a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no such name.
    Name,
    /// The name has no such record; whether it is where a zone begins (it has NS and no SOA).
    Type { delegation: bool },
    /// There may be an unsigned zone at the name or above it, of which the proof says nothing.
    OptedOut,
}

/// What is between a name and the wildcard that answered for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Empty,
    /// Perhaps an unsigned zone, of which the proof says nothing (RFC 5155 section 9.2).
    OptedOut,
}

/// The proofs of one answer.
pub(super) struct Proofs {
    zone: Name,
    plain: Vec<Nsec>,
    hashed: Vec<Nsec3>,
    /// Some were hashed so often that nobody need follow.
    pub(super) excessive: bool,
}

struct Nsec {
    owner: Name,
    next: Name,
    types: Types,
}

struct Nsec3 {
    hash: Vec<u8>,
    next: Vec<u8>,
    opt_out: bool,
    iterations: u16,
    salt: Vec<u8>,
    types: Types,
}

/// The types at a name.
struct Types(Vec<u8>);

impl Types {
    fn has(&self, code: u16) -> bool {
        let [window, bit] = code.to_be_bytes();
        let mut cursor = Cursor::new(&self.0);
        while let (Ok(number), Ok(bits)) = (cursor.u8(), cursor.text()) {
            if number == window {
                let byte = bits.get(usize::from(bit / 8)).copied().unwrap_or_default();
                return byte & (0x80 >> (bit % 8)) != 0;
            }
        }
        false
    }

    /// A zone begins here, and these are the types on the upper side of the cut.
    fn is_delegation(&self) -> bool {
        self.has(rtype::NS) && !self.has(rtype::SOA)
    }

    /// Nothing below can be denied by who has only handed it on.
    fn leads_away(&self) -> bool {
        self.is_delegation() || self.has(rtype::DNAME)
    }

    /// The upper side of a cut knows of DS alone, and its lower side of all but DS.
    fn deny(&self, wanted: u16) -> Option<Denied> {
        let delegation = self.is_delegation();
        let is_lower_side = wanted == rtype::DS && self.has(rtype::SOA);
        let here = !self.has(wanted) && !self.has(rtype::CNAME) && !is_lower_side;
        (here && (wanted == rtype::DS || !delegation)).then_some(Denied::Type { delegation })
    }
}

impl Proofs {
    pub(super) fn new(zone: &Name) -> Self {
        Self {
            zone: zone.clone(),
            plain: Vec::new(),
            hashed: Vec::new(),
            excessive: false,
        }
    }

    /// Takes in a verified set, if it is one that proves something.
    pub(super) fn add(&mut self, set: &RecordSet) {
        for data in &set.data {
            match set.rtype {
                rtype::NSEC => {
                    // One that leads out of the zone is not a part of it.
                    let own = |nsec: &Nsec| self.zone.zone_of(&nsec.next);
                    self.plain.extend(Nsec::read(set, data).filter(own));
                }
                rtype::NSEC3 => match Nsec3::read(set, data) {
                    Some(record) if record.iterations > MOST_ITERATIONS => self.excessive = true,
                    record => self.hashed.extend(record),
                },
                _ => {}
            }
        }
    }

    /// What is proven of a name and a type; none where nothing is.
    pub(super) fn deny(&self, name: &Name, wanted: u16) -> Option<Denied> {
        // No zone is above the root.
        if wanted == rtype::DS && name.is_root() {
            return Some(Denied::Type { delegation: false });
        }
        self.deny_plain(name, wanted)
            .or_else(|| self.deny_hashed(name, wanted))
    }

    /// Whether it is proven that there is nothing between a name and the wildcard that answered for it, which
    /// has so many labels without its asterisk: none where nothing proves it.
    pub(super) fn allows_wildcard(&self, name: &Name, labels: usize) -> Option<Span> {
        if self.plain.iter().any(|nsec| nsec.covers(name)) {
            return Some(Span::Empty);
        }
        let next_closer = name.trim_to(labels + 1);
        self.covering(&next_closer)
            .map(|covering| match covering.opt_out {
                true => Span::OptedOut,
                false => Span::Empty,
            })
    }

    fn deny_plain(&self, name: &Name, wanted: u16) -> Option<Denied> {
        if let Some(nsec) = self.plain.iter().find(|nsec| nsec.owner == *name) {
            return nsec.types.deny(wanted);
        }
        let covering = self.plain.iter().find(|nsec| nsec.covers(name))?;
        // Between two names and above the second: an empty place in the tree.
        if name.zone_of(&covering.next) {
            return Some(Denied::Type { delegation: false });
        }
        let encloser = deeper(common(name, &covering.owner), common(name, &covering.next));
        let wildcard = encloser.prepend_label(b"*".as_slice()).ok()?;
        if let Some(nsec) = self.plain.iter().find(|nsec| nsec.owner == wildcard) {
            return nsec.types.deny(wanted);
        }
        let no_wildcard = self.plain.iter().any(|nsec| nsec.covers(&wildcard));
        no_wildcard.then_some(Denied::Name)
    }

    fn deny_hashed(&self, name: &Name, wanted: u16) -> Option<Denied> {
        if let Some(record) = self.matching(name) {
            return record.types.deny(wanted);
        }
        let most = name.iter().count();
        let least = self.zone.iter().count();
        // The closest encloser: the longest ancestor that is known to be.
        let (labels, encloser) = (least..most).rev().find_map(|labels| {
            let ancestor = name.trim_to(labels);
            Some((labels, self.matching(&ancestor)?))
        })?;
        if encloser.types.leads_away() {
            return None;
        }
        let covering = self.covering(&name.trim_to(labels + 1))?;
        let wildcard = name.trim_to(labels).prepend_label(b"*".as_slice()).ok()?;
        if let Some(record) = self.matching(&wildcard) {
            let denied = record.types.deny(wanted)?;
            // RFC 5155 section 9.2: whatever is proven with it is not secure.
            return Some(match covering.opt_out {
                true => Denied::OptedOut,
                false => denied,
            });
        }
        if covering.opt_out {
            return Some(Denied::OptedOut);
        }
        self.covering(&wildcard).map(|_| Denied::Name)
    }

    fn matching(&self, name: &Name) -> Option<&Nsec3> {
        self.search(name, |record, hash| record.hash == hash)
    }

    fn covering(&self, name: &Name) -> Option<&Nsec3> {
        self.search(name, |record, hash| {
            let (after, before) = (*hash > *record.hash, *hash < *record.next);
            match record.hash < record.next {
                true => after && before,
                // The last one of the zone.
                false => after || before,
            }
        })
    }

    /// All records of a zone hash alike, so a name is hashed once.
    fn search(&self, name: &Name, fits: impl Fn(&Nsec3, &[u8]) -> bool) -> Option<&Nsec3> {
        let first = self.hashed.first()?;
        let hash = hash(name, first.iterations, &first.salt);
        self.hashed.iter().find(|record| {
            (record.iterations, &record.salt) == (first.iterations, &first.salt)
                && fits(record, &hash)
        })
    }
}

impl Nsec {
    fn read(set: &RecordSet, data: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(data);
        let next = cursor.name().ok()?;
        Some(Self {
            owner: set.owner.clone(),
            next,
            types: Types(cursor.rest().to_vec()),
        })
    }

    /// Whether a name would stand between this one and the next.
    fn covers(&self, name: &Name) -> bool {
        if self.types.leads_away() && self.owner.zone_of(name) {
            return false;
        }
        let (after, before) = (*name > self.owner, *name < self.next);
        match self.owner < self.next {
            true => after && before,
            false => after,
        }
    }
}

impl Nsec3 {
    fn read(set: &RecordSet, data: &[u8]) -> Option<Self> {
        let label = set.owner.iter().next()?.to_ascii_uppercase();
        let mut cursor = Cursor::new(data);
        let (algorithm, flags, iterations) =
            (cursor.u8().ok()?, cursor.u8().ok()?, cursor.u16().ok()?);
        let (salt, next) = (cursor.text().ok()?, cursor.text().ok()?);
        (algorithm == SHA1 && flags & !OPT_OUT == 0).then_some(())?;
        Some(Self {
            hash: data_encoding::BASE32HEX_NOPAD.decode(&label).ok()?,
            next: next.to_vec(),
            opt_out: flags & OPT_OUT != 0,
            iterations,
            salt: salt.to_vec(),
            types: Types(cursor.rest().to_vec()),
        })
    }
}

/// RFC 5155 section 5.
fn hash(name: &Name, iterations: u16, salt: &[u8]) -> Vec<u8> {
    let mut digest = Sha1::digest([&name::canonical(name), salt].concat());
    for _ in 0..iterations {
        digest = Sha1::digest([digest.as_slice(), salt].concat());
    }
    digest.to_vec()
}

/// The deepest name that both are below.
fn common(name: &Name, other: &Name) -> Name {
    let most = name.iter().count();
    let found = (0..=most).rev().map(|labels| name.trim_to(labels));
    let mut found = found.filter(|ancestor| ancestor.zone_of(other));
    found.next().unwrap_or_else(Name::root)
}

fn deeper(one: Name, other: Name) -> Name {
    match one.iter().count() >= other.iter().count() {
        true => one,
        false => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MX: u16 = 15;

    fn name(text: &str) -> Name {
        name::parse(text, None).unwrap().name
    }

    /// A bitmap of types below 256.
    fn types(codes: &[u16]) -> Vec<u8> {
        let mut bits = [0; 32];
        for code in codes {
            bits[usize::from(code / 8)] |= 0x80 >> (code % 8);
        }
        [&[0, 32], bits.as_slice()].concat()
    }

    fn nsec(owner: &str, next: &str, codes: &[u16]) -> RecordSet {
        RecordSet {
            owner: name(owner),
            rtype: rtype::NSEC,
            data: vec![[name::wire(&name(next)), types(codes)].concat()],
            ..RecordSet::default()
        }
    }

    fn proofs(sets: &[RecordSet]) -> Proofs {
        let mut proofs = Proofs::new(&name("test"));
        sets.iter().for_each(|set| proofs.add(set));
        proofs
    }

    #[test]
    fn the_hash_is_that_of_the_rfc() {
        // RFC 5155 appendix A.
        let hash = |text: &str| {
            let hash = super::hash(&name(text), 12, &[0xaa, 0xbb, 0xcc, 0xdd]);
            data_encoding::BASE32HEX_NOPAD.encode(&hash).to_lowercase()
        };
        assert_eq!(hash("example"), "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
        assert_eq!(hash("*.w.EXAMPLE"), "r53bq7cc2uvmubfu5ocmm6pers9tk9en");
    }

    #[test]
    fn a_name_between_two_is_denied_with_its_wildcard() {
        let apex = nsec("test", "b.test", &[rtype::NS, rtype::SOA]);
        let last = nsec("b.test", "test", &[rtype::A]);
        let both = proofs(&[apex.clone(), last]);
        assert_eq!(both.deny(&name("c.test"), rtype::A), Some(Denied::Name));
        assert_eq!(both.deny(&name("b.test"), rtype::A), None);
        let nothing = Some(Denied::Type { delegation: false });
        assert_eq!(both.deny(&name("b.test"), MX), nothing);
        // The wildcard is not denied by the second one.
        let last = nsec("b.test", "test", &[rtype::A]);
        assert_eq!(proofs(&[last]).deny(&name("c.test"), rtype::A), None);
        // An empty place in the tree.
        let gap = proofs(&[nsec("a.test", "x.y.test", &[rtype::A])]);
        assert_eq!(gap.deny(&name("y.test"), rtype::A), nothing);
    }

    #[test]
    fn a_delegation_denies_nothing_below_itself() {
        let cut = proofs(&[nsec("a.test", "b.test", &[rtype::NS])]);
        assert_eq!(cut.deny(&name("x.a.test"), rtype::A), None);
        let unsigned = Some(Denied::Type { delegation: true });
        assert_eq!(cut.deny(&name("a.test"), rtype::DS), unsigned);
        assert_eq!(cut.deny(&name("a.test"), rtype::A), None);
        assert_eq!(cut.allows_wildcard(&name("x.a.test"), 1), None);
        let empty = Some(Span::Empty);
        assert_eq!(cut.allows_wildcard(&name("ab.test"), 1), empty);
    }

    #[test]
    fn what_leads_out_of_the_zone_proves_nothing() {
        let out = proofs(&[nsec("a.test", "z.example", &[rtype::A])]);
        assert_eq!(out.deny(&name("a.test"), MX), None);
        assert_eq!(out.deny(&name("b.test"), MX), None);
    }

    #[test]
    fn the_lower_side_of_a_cut_does_not_deny_its_digest() {
        let apex = proofs(&[nsec("a.test", "b.test", &[rtype::NS, rtype::SOA])]);
        assert_eq!(apex.deny(&name("a.test"), rtype::DS), None);
        let nothing = Some(Denied::Type { delegation: false });
        assert_eq!(apex.deny(&name("a.test"), MX), nothing);
        assert_eq!(apex.deny(&Name::root(), rtype::DS), nothing);
    }

    #[test]
    fn a_wildcard_in_an_opted_out_span_is_not_secure() {
        let owner = |text: &str| {
            let hash = data_encoding::BASE32HEX_NOPAD.encode(&super::hash(&name(text), 0, &[]));
            name(&format!("{hash}.test"))
        };
        let record = |at: Name, next: &[u8], flags: u8, codes: &[u16]| RecordSet {
            owner: at,
            rtype: rtype::NSEC3,
            data: vec![[&[1, flags, 0, 0, 0, 20], next, &types(codes)].concat()],
            ..RecordSet::default()
        };
        // One hash that covers all others, with and without Opt-Out.
        let all = |flags| {
            let at = name(&format!("{}.test", "0".repeat(32)));
            record(at, &[0xff; 20], flags, &[])
        };
        let wildcard = record(owner("*.test"), &[0xff; 20], 0, &[rtype::A]);
        let apex = record(owner("test"), &[0xff; 20], 0, &[rtype::SOA, rtype::NS]);
        for (flags, span, denied) in [
            (0, Span::Empty, Denied::Type { delegation: false }),
            (1, Span::OptedOut, Denied::OptedOut),
        ] {
            // The first that covers a name counts.
            let proofs = proofs(&[all(flags), apex.clone(), wildcard.clone()]);
            assert_eq!(proofs.allows_wildcard(&name("x.test"), 1), Some(span));
            assert_eq!(proofs.deny(&name("x.test"), MX), Some(denied));
            assert_eq!(proofs.deny(&name("x.test"), rtype::A), None);
        }
    }
}
