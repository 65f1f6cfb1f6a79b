//! The chain of trust: from an anchor down, zone by zone, each by the DS record that the one above has of it
//! (RFC 4035 section 5).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use nethost_sdk::Exit;

use super::anchor::{Anchors, Voucher};
use super::denial::{Denied, Proofs};
use super::link::{Link, Status};
use super::record_set::{self, Flaw, Key, RecordSet, Zone};
use crate::kind::rtype;
use crate::lookup::{Form, Globals, Lookup, Purpose};
use crate::mnemonic;
use crate::name::{self, Name};
use crate::reply::{Reply, Section};
use crate::report::{Report, Server};
use crate::session::Session;

const NOERROR: u16 = 0;
const NXDOMAIN: u16 = 3;

/// How far what a name has can be believed.
#[derive(Clone, Debug)]
pub(super) enum Trust {
    /// Signed by this zone.
    Secure(Rc<Zone>),
    /// It is proven that nothing here is signed.
    Insecure,
    /// It should be, and is not; the last link says why.
    Broken,
    /// It cannot be told.
    Unknown(String),
}

/// What is at a name, as the zone above sees it.
#[derive(Clone, Debug)]
enum Cut {
    Zone(Rc<Zone>),
    /// Nothing: the zone goes on.
    No,
    /// There is no such name, nor any below.
    NoName,
    End(Trust),
}

/// An answer, sorted.
pub(super) struct Fetched {
    pub(super) rcode: u16,
    pub(super) answer: Vec<RecordSet>,
    pub(super) authority: Vec<RecordSet>,
}

impl Fetched {
    /// Sorts a message.
    pub(super) fn of(reply: &Reply<'_>) -> Result<Self, String> {
        let sets = |section| {
            record_set::sets(reply.section(section)).map_err(|problem| problem.to_string())
        };
        match reply.rcode {
            rcode @ (NOERROR | NXDOMAIN) => Ok(Self {
                rcode,
                answer: sets(Section::Answer)?,
                authority: sets(Section::Authority)?,
            }),
            other => Err(mnemonic::rcode(other)),
        }
    }

    /// Whether the whole name is denied.
    pub(super) fn is_no_such_name(&self) -> bool {
        self.rcode == NXDOMAIN
    }

    fn find(&self, owner: &Name, rtype: u16) -> Option<&RecordSet> {
        let mut sets = self.answer.iter();
        sets.find(|set| set.rtype == rtype && set.owner == *owner)
    }

    /// Who has signed the denials.
    pub(super) fn deniers(&self) -> impl Iterator<Item = &Name> {
        let denials = |set: &&RecordSet| [rtype::NSEC, rtype::NSEC3].contains(&set.rtype);
        self.authority
            .iter()
            .filter(denials)
            .flat_map(RecordSet::signers)
    }

    /// The flaw of the SOA record that a denial comes with, if it has one.
    pub(super) fn flaw_of_authority(&self, zone: &Zone, now: u32) -> Option<(&RecordSet, Flaw)> {
        let mut authority = self.authority.iter();
        let set = authority.find(|set| set.rtype == rtype::SOA)?;
        Some((set, set.verify_as_it_is(zone, now).err()?))
    }

    /// What the authority section proves, as far as the zone has signed it.
    pub(super) fn proofs(&self, zone: &Zone, now: u32) -> Proofs {
        let mut proofs = Proofs::new(&zone.name);
        let denials = [rtype::NSEC, rtype::NSEC3];
        for set in self
            .authority
            .iter()
            .filter(|set| denials.contains(&set.rtype))
        {
            if set.verify_as_it_is(zone, now).is_ok() {
                proofs.add(set);
            }
        }
        proofs
    }
}

/// The way down, and what has been found on it.
pub(super) struct Chain<'s> {
    session: &'s Session,
    /// How the servers are asked.
    lookup: Lookup,
    servers: Vec<Server>,
    anchors: Anchors,
    known: BTreeMap<Name, Cut>,
    pub(super) links: Vec<Link>,
    /// Seconds since 1970, the lower half.
    pub(super) now: u32,
}

impl<'s> Chain<'s> {
    pub(super) fn new(
        session: &'s Session,
        lookup: &Lookup,
        servers: Vec<Server>,
        anchors: Anchors,
    ) -> Self {
        let globals = Globals {
            search: false,
            domain: None,
            ..Globals::clone(&lookup.globals)
        };
        Self {
            session,
            lookup: Lookup {
                purpose: Purpose::Validate,
                globals: Rc::new(globals),
                show_query: false,
                id: None,
                header_only: false,
                ..lookup.clone()
            },
            servers,
            anchors,
            known: BTreeMap::new(),
            links: Vec::new(),
            now: crate::rdata::encode::now() as u32,
        }
    }

    /// The zone that a name's records are signed by. The DS records at a name are those of the zone above. Where
    /// signatures name a zone, nothing is asked for below it.
    pub(super) async fn zone(
        &mut self,
        name: &Name,
        rtype: u16,
        signers: impl Iterator<Item = &Name>,
    ) -> Result<Trust, Exit> {
        let Some(top) = self.anchors.closest(name, rtype) else {
            return Ok(Trust::Unknown("no trust anchor for it".to_owned()));
        };
        let least = top.iter().count();
        let above = usize::from(rtype == rtype::DS && name.iter().count() > least);
        let most = name.iter().count() - above;
        let signer = signers
            .filter(|signer| signer.zone_of(name))
            .map(|signer| signer.iter().count())
            .max();
        let most = signer.map_or(most, |signer| signer.clamp(least, most));
        let mut zone = None;
        for labels in least..=most {
            let at = name.trim_to(labels);
            let cut = match (self.known.get(&at), &zone) {
                (Some(cut), _) => cut.clone(),
                (None, None) => self.keys(&at, self.anchors.of(&at), true).await?,
                (None, Some(above)) => self.cut(above, &at).await?,
            };
            self.known.insert(at, cut.clone());
            match cut {
                Cut::Zone(found) => zone = Some(found),
                Cut::No => {}
                Cut::NoName => break,
                Cut::End(trust) => return Ok(trust),
            }
        }
        Ok(zone.map_or(Trust::Broken, Trust::Secure))
    }

    /// Whether a zone begins at a name, by what the one above has to say.
    async fn cut(&mut self, zone: &Rc<Zone>, at: &Name) -> Result<Cut, Exit> {
        let fetched = match self.fetch(at, rtype::DS).await? {
            Ok(fetched) => fetched,
            Err(why) => return Ok(Cut::End(Trust::Unknown(why))),
        };
        if let Some(set) = fetched.find(at, rtype::DS) {
            let signature = match set.verify_as_it_is(zone, self.now) {
                Ok(signature) => signature,
                Err(flaw) => return Ok(self.broken(Link::broken(at, rtype::DS, &flaw))),
            };
            self.links.push(Link::signed(at, rtype::DS, signature, ""));
            let vouchers = set
                .data
                .iter()
                .filter_map(|data| Voucher::from_digest(data));
            return self.keys(at, vouchers.collect(), false).await;
        }
        // No zone begins at an alias. Who forges one gains nothing: the zone above must sign what is here.
        if fetched.find(at, rtype::CNAME).is_some() {
            return Ok(Cut::No);
        }
        let proofs = fetched.proofs(zone, self.now);
        let words = match proofs.deny(at, rtype::DS) {
            Some(Denied::Type { delegation: false }) => return Ok(Cut::No),
            Some(Denied::Name) => return Ok(Cut::NoName),
            Some(Denied::Type { delegation: true }) => "proven not to exist: unsigned from here on",
            Some(Denied::OptedOut) => "in an opted-out span: perhaps unsigned from here on",
            None if proofs.excessive => "denied with too many rounds of hashing: taken as unsigned",
            None => {
                let words = "neither there nor proven not to be";
                return Ok(self.broken(Link::plain(at, rtype::DS, Status::Bogus, words)));
            }
        };
        self.links
            .push(Link::plain(at, rtype::DS, Status::Insecure, words));
        Ok(Cut::End(Trust::Insecure))
    }

    /// The keys of a zone, by what vouches for one of them.
    async fn keys(&mut self, at: &Name, vouchers: Vec<Voucher>, anchor: bool) -> Result<Cut, Exit> {
        let mut usable: Vec<Voucher> = vouchers.into_iter().filter(Voucher::is_usable).collect();
        // RFC 4509 section 3.
        let weak = |voucher: &Voucher| matches!(voucher, Voucher::Digest { kind: 1, .. });
        if usable.iter().any(|voucher| !weak(voucher)) {
            usable.retain(|voucher| !weak(voucher));
        }
        if usable.is_empty() {
            let words = "of an algorithm that is not known here: taken as unsigned";
            self.links
                .push(Link::plain(at, rtype::DS, Status::Insecure, words));
            return Ok(Cut::End(Trust::Insecure));
        }
        let fetched = match self.fetch(at, rtype::DNSKEY).await? {
            Ok(fetched) => fetched,
            Err(why) => return Ok(Cut::End(Trust::Unknown(why))),
        };
        let bogus = |words| Link::plain(at, rtype::DNSKEY, Status::Bogus, words);
        let Some(set) = fetched.find(at, rtype::DNSKEY) else {
            return Ok(self.broken(bogus("the zone has none")));
        };
        let keys: Vec<Key> = set.data.iter().filter_map(|data| Key::read(data)).collect();
        let vouched = |key: &&Key| usable.iter().any(|voucher| voucher.is_for(at, key));
        let entry = Zone {
            name: at.clone(),
            keys: keys.iter().filter(vouched).cloned().collect(),
            needed: match self.lookup.globals.harden {
                true => usable.iter().filter_map(Voucher::algorithm).collect(),
                false => BTreeSet::new(),
            },
        };
        if entry.keys.is_empty() {
            let words = match anchor {
                true => "none is a trust anchor",
                false => "none matches a DS record of the zone above",
            };
            return Ok(self.broken(bogus(words)));
        }
        match set.verify_as_it_is(&entry, self.now) {
            Ok(signature) => {
                let words = match anchor {
                    true => "which is a trust anchor",
                    false => "which the DS record names",
                };
                self.links
                    .push(Link::signed(at, rtype::DNSKEY, signature, words));
            }
            Err(flaw) => return Ok(self.broken(Link::broken(at, rtype::DNSKEY, &flaw))),
        }
        Ok(Cut::Zone(Rc::new(Zone { keys, ..entry })))
    }

    fn broken(&mut self, link: Link) -> Cut {
        self.links.push(link);
        Cut::End(Trust::Broken)
    }

    /// Asks; or why there is no answer.
    async fn fetch(&self, name: &Name, rtype: u16) -> Result<Result<Fetched, String>, Exit> {
        let question = Lookup {
            name: name::text(name),
            rtype,
            idn_in: false,
            ..self.lookup.clone()
        };
        let mut what = format!("{} ", question.name);
        crate::kind::write_type(&mut what, rtype);
        let mut silent = Report::new(Form::Text);
        let servers = self.servers.clone();
        let Ok(mut engine) = self.session.engine(question, servers, &mut silent) else {
            return Ok(Err(format!("{what}: not a name")));
        };
        self.session.drive_quietly(&mut engine, &mut silent).await?;
        let bytes = engine.last.take().unwrap_or_default();
        let fetched = match Reply::parse(&bytes, false) {
            Ok(reply) => Fetched::of(&reply),
            Err(_) if bytes.is_empty() => Err("no reply".to_owned()),
            Err(problem) => Err(problem.to_string()),
        };
        Ok(fetched.map_err(|why| format!("{what}: {why}")))
    }
}
