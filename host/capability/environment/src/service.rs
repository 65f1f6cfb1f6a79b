//! Reads one variable for each request.

use std::sync::Arc;

use super::{EnvRead, sys};
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// The value of a variable, if it is set.
pub(super) fn read(gate: &Arc<Gate>, name: &str) -> Result<Option<String>, ErrorCode> {
    let variable = is_variable(name).then(|| ObjectName::new(name)).flatten();
    let variable = variable.ok_or_else(|| invalid("not the name of a variable"))?;
    let permit: Permit<EnvRead> = gate.authorize(Request::new("read", Target::Object(variable)))?;
    Ok(sys::variable(&permit, name))
}

/// As a shell takes them.
fn is_variable(name: &str) -> bool {
    let digit = name.starts_with(|first: char| first.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && !digit && name.bytes().all(plain)
}
