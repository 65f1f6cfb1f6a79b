//! SIP (RFC 3261).

use super::prelude::*;
use super::textual;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    textual::print(p, b, length, &textual::SIP)
}
