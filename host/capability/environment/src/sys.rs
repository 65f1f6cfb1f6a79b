//! The environment of this process (environ(7)).

use super::EnvRead;
use nethost_gate::Permit;

/// The permitted variable.
pub(super) fn variable(permit: &Permit<EnvRead>, name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    permit.count_received(value.len());
    Some(value)
}
