//! One link of the chain, as it is shown.

use serde::Serialize;

use super::record_set::{Flaw, Signature};
use crate::kind;
use crate::mnemonic;
use crate::name::{self, Name};
use crate::rdata::encode;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Secure,
    Insecure,
    Bogus,
}

/// Records, and why they are believed or not.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Link {
    owner: String,
    #[serde(rename = "type")]
    rtype: String,
    pub(super) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignedBy>,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SignedBy {
    zone: String,
    key_tag: u16,
    algorithm: String,
    inception: String,
    expiration: String,
}

impl Link {
    /// Without a signature.
    pub(super) fn plain(
        owner: &Name,
        rtype: u16,
        status: Status,
        reason: impl Into<String>,
    ) -> Self {
        let mut kind = String::new();
        kind::write_type(&mut kind, rtype);
        Self {
            owner: name::text(owner),
            rtype: kind,
            status,
            signature: None,
            reason: reason.into(),
        }
    }

    /// With a good one; the words are about its key.
    pub(super) fn signed(owner: &Name, rtype: u16, signature: &Signature, words: &str) -> Self {
        Self {
            signature: Some(SignedBy {
                zone: name::text(&signature.signer),
                key_tag: signature.tag,
                algorithm: algorithm(signature.algorithm),
                inception: time(signature.inception),
                expiration: time(signature.expiration),
            }),
            ..Self::plain(owner, rtype, Status::Secure, words)
        }
    }

    /// With a bad one, or none.
    pub(super) fn broken(owner: &Name, rtype: u16, flaw: &Flaw) -> Self {
        let words = match flaw {
            Flaw::Unsigned => "not signed".to_owned(),
            Flaw::Signer(signer) => format!("signed by {}, another zone", name::text(signer)),
            Flaw::Algorithm(number) => format!("signed with {} only", algorithm(*number)),
            Flaw::NoKey(tag) => format!("signed by key {tag}, which the zone has not"),
            Flaw::NotYet(when) => format!("the signature is not valid before {}", time(*when)),
            Flaw::Expired(when) => format!("the signature has expired at {}", time(*when)),
            Flaw::Wrong(tag) => format!("the signature of key {tag} is wrong"),
            Flaw::Missing(number) => format!(
                "not signed with {}, which the zone above vouches for",
                algorithm(*number)
            ),
        };
        Self::plain(owner, rtype, Status::Bogus, words)
    }

    /// What is proven, or why it is not believed.
    pub(super) fn text(&self) -> String {
        let mut words = format!("; {} {}: ", self.owner, self.rtype);
        if self.status == Status::Bogus {
            words += "BROKEN: ";
        }
        if let Some(by) = &self.signature {
            let SignedBy {
                zone,
                key_tag,
                algorithm,
                expiration,
                ..
            } = by;
            words += &format!("signed by {zone} key {key_tag} ({algorithm}) until {expiration}");
            if !self.reason.is_empty() {
                words += ", ";
            }
        }
        words + &self.reason + "\n"
    }
}

fn algorithm(number: u8) -> String {
    let mut out = String::new();
    mnemonic::write(&mut out, mnemonic::ALGORITHMS, number.into());
    out
}

fn time(seconds: u32) -> String {
    let mut out = String::new();
    let _ = encode::push_time(&mut out, seconds, encode::now());
    out
}
