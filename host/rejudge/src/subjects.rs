//! The plugins and users of a log, with the policy as it is about each.

use std::collections::HashMap;
use std::fmt::Write;

use nethost_audit::decided::Decided;
use nethost_policy::{Judge, Policy, Subject, User};

/// So many are kept, of so many rules together, and with so many bytes of texts.
const MOST: usize = 4096;
const MOST_RULES: usize = 1 << 18;
const MOST_BYTES: usize = 16 << 20;

/// The subjects so far.
#[derive(Default)]
pub(crate) struct Subjects {
    numbers: HashMap<Box<str>, usize>,
    judges: HashMap<usize, Judge>,
    next: usize,
    bytes: usize,
    key: String,
}

impl Subjects {
    /// The number of a record's subject. Numbers are not used again.
    pub(crate) fn of(
        &mut self,
        record: &Decided<'_>,
        policy: &Policy,
        args: Option<&[String]>,
        needs_arguments: bool,
    ) -> Result<usize, &'static str> {
        let plugin = record.plugin.as_ref().ok_or("its record has no plugin")?;
        let user = record.actor.user.as_ref().map(|user| &*user.0);
        let signer = plugin.signer.as_ref().map_or("", |signer| &signer.0);
        self.key.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.key, "{} {}", record.actor.uid, user.is_some());
        let fixed = [
            user.unwrap_or_default(),
            &plugin.name,
            &plugin.digest,
            signer,
        ];
        for text in fixed {
            let _ = write!(self.key, " {} {text}", text.len());
        }
        if let Some(args) = args {
            for text in args {
                let _ = write!(self.key, " {} {text}", text.len());
            }
        } else if needs_arguments {
            self.key.push('?');
        }
        if let Some(number) = self.numbers.get(&*self.key) {
            return Ok(*number);
        }
        self.bytes += self.key.len();
        let rules = (self.numbers.len() + 1) * policy.rules.len();
        if self.numbers.len() >= MOST || self.bytes >= MOST_BYTES || rules >= MOST_RULES {
            self.numbers.clear();
            self.judges.clear();
            self.bytes = self.key.len();
        }
        let subject = Subject {
            name: plugin.name.to_string(),
            digest: plugin.digest.to_string(),
            bundled: signer == "bundled",
            signer: Some(signer.to_string())
                .filter(|signer| !signer.is_empty() && signer != "bundled"),
            args: Vec::new(),
            user: User {
                uid: record.actor.uid,
                name: user.map(Into::into),
                groups: Vec::new(),
            },
        };
        let args = if needs_arguments { args } else { Some(&[][..]) };
        self.next += 1;
        self.judges
            .insert(self.next, Judge::new(policy, &subject, args));
        self.numbers.insert(self.key.as_str().into(), self.next);
        Ok(self.next)
    }

    /// The policy as it is about a subject.
    pub(crate) fn judge(&self, subject: usize) -> Option<&Judge> {
        self.judges.get(&subject)
    }
}
