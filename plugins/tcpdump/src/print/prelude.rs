//! What the file of each protocol uses.

pub use super::octets::{Cut, Done, Octets};
pub use super::printer::{Printer, Table, bits, tok};
