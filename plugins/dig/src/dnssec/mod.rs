//! `+validate`: checks an answer against the chain of trust down from an anchor, shows each link, and where it
//! breaks. What is checked is what the servers gave with CD set, so that they may not have thrown it away.

mod algorithm;
mod anchor;
mod chain;
mod denial;
mod link;
mod record_set;

#[cfg(test)]
pub(crate) use algorithm::verify;

use nethost_sdk::{Error, Exit, files};
use serde::Serialize;

use crate::engine::{INTERNAL, NO_REPLY};
use crate::kind::{self, rtype};
use crate::lookup::Lookup;
use crate::name::{self, Name};
use crate::refusal::fatal;
use crate::reply::Reply;
use crate::report::{Report, Server};
use crate::session::Session;
use anchor::Anchors;
use chain::{Chain, Fetched, Trust};
use denial::{Denied, Span};
use link::{Link, Status};
use record_set::{Flaw, RecordSet};

/// The exit code of an answer that must not be believed.
const BOGUS: u8 = 1;
/// Sets of records in one answer, and aliases in a row.
const MOST_SETS: usize = 32;

/// What there is to say about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Secure,
    Insecure,
    Bogus,
    Indeterminate,
}

/// All about it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Validation {
    event: &'static str,
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    verdict: Verdict,
    /// The answer is that there is none.
    negative: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    links: Vec<Link>,
}

/// Looks up and validates; the exit code.
pub(crate) async fn run(
    session: &Session,
    lookup: Lookup,
    servers: Vec<Server>,
    report: &mut Report,
) -> Result<u8, Exit> {
    let anchors = anchors(&lookup)?;
    let mut chain = Chain::new(session, &lookup, servers.clone(), anchors);
    let (rtype, short) = (lookup.rtype, lookup.globals.short);
    let mut engine = match session.engine(lookup, servers, report) {
        Ok(engine) => engine,
        Err(code) => return Ok(code),
    };
    session.drive(&mut engine, report).await?;
    let Some(bytes) = engine.last.take() else {
        return Ok(engine.code);
    };
    let fetched = Reply::parse(&bytes, false).map_err(|problem| problem.to_string());
    let fetched = fetched.and_then(|reply| Fetched::of(&reply));
    let mut examination = Examination {
        chain: &mut chain,
        verdict: Verdict::Secure,
        negative: false,
        reason: None,
    };
    match &fetched {
        Ok(fetched) => examination.answer(fetched, engine.name(), rtype).await?,
        Err(why) => examination.unknown(why),
    }
    let Examination {
        verdict,
        negative,
        reason,
        ..
    } = examination;
    let mut kind = String::new();
    kind::write_type(&mut kind, rtype);
    let validation = Validation {
        event: "validation",
        name: name::text(engine.name()),
        rtype: kind,
        verdict,
        negative,
        reason,
        links: chain.links,
    };
    report.fact(&validation, &validation.text(short));
    Ok(match validation.verdict {
        Verdict::Secure | Verdict::Insecure => engine.code,
        Verdict::Bogus => BOGUS,
        Verdict::Indeterminate => NO_REPLY,
    })
}

/// Sorts a message as validation does, whatever it says.
pub(crate) fn read(reply: &Reply<'_>) {
    std::hint::black_box(Fetched::of(reply).is_ok());
}

/// Those of `-a`, or the root's; and of these the ones that `+root` lets count.
fn anchors(lookup: &Lookup) -> Result<Anchors, Exit> {
    let fatal = |message: String| fatal(message, INTERNAL);
    let (anchors, source) = match &lookup.globals.anchors {
        None => (Anchors::root(), "the built-in anchors".into()),
        Some(path) => {
            let shown = nethost_sdk::text::printable(path);
            let bytes = files::read(path).map_err(|error| match error {
                denied @ Error::Denied(_) => fatal(denied.to_string()),
                other => fatal(format!("couldn't read trust anchors '{shown}': {other}")),
            })?;
            let read = Anchors::parse(&String::from_utf8_lossy(&bytes)).map_err(|line| {
                let line = nethost_sdk::text::printable(&line);
                fatal(format!("{shown}: not a trust anchor: {line}"))
            })?;
            (read, shown)
        }
    };
    let Some(zone) = &lookup.globals.root else {
        return Ok(anchors);
    };
    let shown = nethost_sdk::text::printable(zone);
    let zone = name::parse(zone, None)
        .map_err(|error| fatal(format!("'{shown}' is not a legal name ({error})")))?;
    anchors.only(&zone.name).ok_or_else(|| {
        fatal(format!(
            "{source}: no trust anchor for '{shown}'; name a file with one: -a FILE"
        ))
    })
}

/// An answer under examination: it is as good as the worst of its parts.
struct Examination<'c, 's> {
    chain: &'c mut Chain<'s>,
    verdict: Verdict,
    negative: bool,
    reason: Option<String>,
}

impl Examination<'_, '_> {
    fn unknown(&mut self, why: &str) {
        self.verdict = Verdict::Indeterminate;
        self.reason = Some(why.to_owned());
    }

    fn broken(&mut self, link: Link) {
        self.chain.links.push(link);
        self.verdict = Verdict::Bogus;
    }

    async fn answer(&mut self, fetched: &Fetched, asked: &Name, rtype: u16) -> Result<(), Exit> {
        if fetched.answer.len() > MOST_SETS {
            self.unknown("too many kinds of records in one answer");
            return Ok(());
        }
        for set in &fetched.answer {
            self.set(fetched, set).await?;
            if matches!(self.verdict, Verdict::Bogus | Verdict::Indeterminate) {
                return Ok(());
            }
        }
        // A question about aliases themselves, or about everything, ends where it began.
        let name = match rtype {
            rtype::CNAME | rtype::ANY => asked.clone(),
            _ => aliased(fetched, asked),
        };
        let answered = fetched
            .answer
            .iter()
            .any(|set| set.owner == name && [set.rtype, rtype::ANY].contains(&rtype));
        if !answered {
            self.negative = true;
            self.denial(fetched, &name, rtype).await?;
        }
        Ok(())
    }

    async fn set(&mut self, fetched: &Fetched, set: &RecordSet) -> Result<(), Exit> {
        let zone = match self
            .chain
            .zone(&set.owner, set.rtype, set.signers())
            .await?
        {
            Trust::Secure(zone) => zone,
            other => {
                self.settle(other);
                return Ok(());
            }
        };
        let signature = match set.verify(&zone, self.chain.now) {
            Ok(signature) => signature,
            Err(Flaw::Unsigned) if is_synthesized(fetched, set) => return Ok(()),
            Err(flaw) => {
                self.broken(Link::broken(&set.owner, set.rtype, &flaw));
                return Ok(());
            }
        };
        let expanded = set.is_expanded(signature);
        let words = if expanded { "from a wildcard" } else { "" };
        let link = Link::signed(&set.owner, set.rtype, signature, words);
        self.chain.links.push(link);
        let labels = usize::from(signature.labels);
        let proofs = fetched.proofs(&zone, self.chain.now);
        if !expanded || proofs.excessive {
            return Ok(());
        }
        match proofs.allows_wildcard(&set.owner, labels) {
            Some(Span::Empty) => {}
            Some(Span::OptedOut) => {
                let words = "from a wildcard, in an opted-out span";
                let link = Link::plain(&set.owner, set.rtype, Status::Insecure, words);
                self.chain.links.push(link);
                self.verdict = Verdict::Insecure;
            }
            None => {
                let words =
                    "a wildcard has answered, and nothing proves that the name itself is not there";
                self.broken(Link::plain(&set.owner, set.rtype, Status::Bogus, words));
            }
        }
        Ok(())
    }

    /// That there is no such name, or nothing of that type.
    async fn denial(&mut self, fetched: &Fetched, name: &Name, rtype: u16) -> Result<(), Exit> {
        let zone = match self.chain.zone(name, rtype, fetched.deniers()).await? {
            Trust::Secure(zone) => zone,
            other => {
                self.settle(other);
                return Ok(());
            }
        };
        let proofs = fetched.proofs(&zone, self.chain.now);
        let insecure = |words| Link::plain(name, rtype, Status::Insecure, words);
        let secure = |words| Link::plain(name, rtype, Status::Secure, words);
        let link = match (proofs.deny(name, rtype), fetched.is_no_such_name()) {
            (Some(Denied::Name), true) => secure("proven not to exist, nor the name"),
            (Some(Denied::Type { .. }), false) => secure("proven not to exist"),
            (Some(Denied::OptedOut), _) => insecure("in an opted-out span"),
            _ if proofs.excessive => insecure("denied with too many rounds of hashing"),
            _ => {
                let words = "neither there nor proven not to be";
                self.broken(Link::plain(name, rtype, Status::Bogus, words));
                return Ok(());
            }
        };
        if link.status == Status::Insecure {
            self.verdict = Verdict::Insecure;
        } else if let Some((set, flaw)) = fetched.flaw_of_authority(&zone, self.chain.now) {
            self.broken(Link::broken(&set.owner, set.rtype, &flaw));
            return Ok(());
        }
        self.chain.links.push(link);
        Ok(())
    }

    fn settle(&mut self, trust: Trust) {
        match trust {
            Trust::Secure(_) => {}
            Trust::Insecure => self.verdict = Verdict::Insecure,
            Trust::Broken => self.verdict = Verdict::Bogus,
            Trust::Unknown(why) => self.unknown(&why),
        }
    }
}

/// Where the aliases of an answer lead.
fn aliased(fetched: &Fetched, asked: &Name) -> Name {
    let mut name = asked.clone();
    for _ in 0..MOST_SETS {
        let mut sets = fetched.answer.iter();
        let alias = sets.find(|set| set.rtype == rtype::CNAME && set.owner == name);
        let target = alias.and_then(|set| set.data.first());
        match target.map(|data| crate::wire::Cursor::new(data).name()) {
            Some(Ok(target)) => name = target,
            _ => break,
        }
    }
    name
}

/// Whether an alias is what a DNAME of the answer makes of its owner (RFC 6672 section 5.3.1); the DNAME itself is
/// verified like all others.
fn is_synthesized(fetched: &Fetched, set: &RecordSet) -> bool {
    let mut above = fetched.answer.iter().filter(|other| {
        other.rtype == rtype::DNAME && other.owner != set.owner && other.owner.zone_of(&set.owner)
    });
    set.rtype == rtype::CNAME
        && above.any(|dname| {
            let (owner, upper) = (name::canonical(&set.owner), name::canonical(&dname.owner));
            let kept = owner.len().saturating_sub(upper.len());
            let front = owner.get(..kept).unwrap_or_default();
            let made = dname.data.iter().map(|target| [front, target].concat());
            made.eq(set.data.iter().cloned())
        })
}

impl Validation {
    /// The links, and the verdict in delv's words.
    fn text(&self, short: bool) -> String {
        let mut out = String::new();
        if !short {
            out.push_str(";; CHAIN OF TRUST:\n");
            self.links
                .iter()
                .for_each(|link| out.push_str(&link.text()));
            out.push('\n');
        }
        let negative = if self.negative {
            "negative response, "
        } else {
            ""
        };
        out += &match (&self.verdict, &self.reason) {
            (Verdict::Secure, _) => format!("; {negative}fully validated\n"),
            (Verdict::Insecure, _) => format!("; {}unsigned answer\n", negative),
            (Verdict::Bogus, _) => ";; resolution failed: broken trust chain\n".to_owned(),
            (Verdict::Indeterminate, why) => {
                let why = why.as_deref().unwrap_or_default();
                format!(
                    ";; resolution failed: {}\n",
                    nethost_sdk::text::printable(why)
                )
            }
        };
        if !short {
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn set(owner: &str, rtype: u16, target: &str) -> RecordSet {
        let name = |text| name::parse(text, None).unwrap().name;
        RecordSet {
            owner: name(owner),
            rtype,
            data: vec![name::canonical(&name(target))],
            ..RecordSet::default()
        }
    }

    #[test]
    fn an_alias_that_a_dname_makes_needs_no_signature() {
        let dname = set("d.test", rtype::DNAME, "www.example");
        let alias = |owner, target| set(owner, rtype::CNAME, target);
        let answer = |alias: &RecordSet| Fetched {
            rcode: 0,
            answer: vec![dname.clone(), alias.clone()],
            authority: Vec::new(),
        };
        for (owner, target, good) in [
            ("a.d.test", "a.www.example", true),
            ("A.b.d.test", "a.b.www.example", true),
            ("a.d.test", "b.www.example", false),
            ("a.e.test", "a.www.example", false),
            ("d.test", "www.example", false),
        ] {
            let alias = alias(owner, target);
            assert_eq!(is_synthesized(&answer(&alias), &alias), good, "{owner}");
        }
    }
}
