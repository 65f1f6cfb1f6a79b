//! Queries that prove who asks: with a shared key (TSIG, RFC 8945), which proves the answers too, or with a
//! private key (SIG(0), RFC 2931).

mod key_file;
mod mac;
mod sig0;
pub(crate) mod tsig;

use std::fmt;

use nethost_sdk::Exit;
use nethost_sdk::output::{complain, show};

use crate::engine::INTERNAL;
use crate::lookup::Globals;
use crate::refusal::fatal;
use crate::reply::HEADER;

/// What signs queries.
pub(crate) enum Signer {
    Shared(tsig::Key),
    Private(sig0::Key),
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    Algorithm,
    Secret,
    Private,
    Name,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "algorithm is unsupported",
            Self::Secret => "bad base64 encoding",
            Self::Private => "no private key of its algorithm",
            Self::Name => "not a legal name",
        })
    }
}

impl Signer {
    /// The key of `-k` or `-y`. One that is none is told about, and not used. What is an error says that the gate
    /// denies the file.
    pub(crate) fn of(globals: &Globals) -> Result<Option<Self>, Exit> {
        if let Some(path) = &globals.key_file {
            return match key_file::read(path) {
                Ok(signer) => Ok(Some(signer)),
                Err(key_file::Unreadable::Denied(denied)) => Err(fatal(denied, INTERNAL)),
                Err(key_file::Unreadable::Because(why)) => {
                    let shown = nethost_sdk::text::printable(path);
                    complain(format_args!("Couldn't read key from {shown}: {why}"));
                    Ok(None)
                }
            };
        }
        let Some(text) = &globals.key else {
            return Ok(None);
        };
        match tsig::Key::from_text(text) {
            Ok(key) => Ok(Some(Self::Shared(key))),
            Err(error) => {
                let name = nethost_sdk::text::printable(&text.name);
                show(format_args!(";; Couldn't create key {name}: {error}\n"))?;
                Ok(None)
            }
        }
    }

    /// How many octets a signature adds to a query.
    pub(crate) fn overhead(&self) -> usize {
        match self {
            Self::Shared(key) => key.overhead(),
            Self::Private(key) => key.overhead(),
        }
    }

    /// Signs a query. Servers answer with a signature of their own to a shared key alone: what is returned
    /// starts the chain that these continue.
    pub(crate) fn sign(&self, message: &mut Vec<u8>, now: u64) -> Option<tsig::Chain> {
        match self {
            Self::Shared(key) => Some(key.sign(message, now)),
            Self::Private(key) => {
                key.sign(message, now);
                None
            }
        }
    }
}

/// One record more or less in the additional section.
fn count_additional(message: &mut [u8], by: i32) {
    if let Some(place) = message.get_mut(10..HEADER)
        && let [high, low] = place
    {
        let count = i32::from(u16::from_be_bytes([*high, *low])) + by;
        place.copy_from_slice(&(count as u16).to_be_bytes());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
