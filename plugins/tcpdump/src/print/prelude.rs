//! What the file of each protocol uses.

pub(crate) use super::fields::Fields;
pub(crate) use super::octets::{Cut, Done, Octets};
pub(crate) use super::printer::{Printer, Table, bits, tok};
