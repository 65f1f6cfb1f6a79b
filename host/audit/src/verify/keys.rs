//! Follows the keys of a log, from those that are trusted to those that they introduce.

use super::report::Verdict;
use crate::key::PublicKey;
use crate::record::Record;
use crate::trust::{Known, Trust};

/// Which signatures can be trusted so far.
#[derive(Default)]
pub(super) struct KeyChain {
    /// The last signature is a trusted key's.
    pub(super) trusted: bool,
    /// One was.
    pub(super) was_trusted: bool,
    /// The last record that a trusted key signed.
    pub(super) signed: u64,
    /// The key that is to sign next, by the word of a trusted one.
    heir: Option<PublicKey>,
}

impl KeyChain {
    /// The next signed record, before which the log has `before` as its key. Returns what is wrong.
    pub(super) fn see(
        &mut self,
        trust: &Trust,
        before: Option<PublicKey>,
        record: &Record<'_>,
    ) -> Option<(Verdict, String)> {
        let keys = record.key.as_ref()?;
        let mut found = None;
        match trust.knows(&keys.signer, record.seq) {
            Known::At => self.trusted = true,
            Known::Elsewhere => {
                self.trusted = false;
                let why = format!("key {} signed it, which was not in force then", keys.signer);
                found = Some((Verdict::Tampered, why));
            }
            // Behind what others wrote, the key that was to sign next still does.
            Known::No if self.heir == Some(keys.signer) => self.trusted = true,
            Known::No if before == Some(keys.signer) => {}
            // It vouches for itself alone.
            Known::No => {
                if self.trusted || (keys.lost.is_some() && self.was_trusted) {
                    let why = format!(
                        "from here on key {} signs, which the key before did not introduce",
                        keys.signer
                    );
                    found = Some((Verdict::Unverifiable, why));
                }
                self.trusted = false;
            }
        }
        if self.trusted {
            self.was_trusted = true;
            self.signed = record.seq;
            self.heir = Some(keys.next.unwrap_or(keys.signer));
        }
        found
    }
}
