//! Variables of the operator's environment. Request at the gate: `env.read` with the name of the variable.

use crate::Error;
use crate::bindings::nethost::cap::environment;

/// The value of a variable, if it is set.
///
/// ```no_run
/// let proxy = nethost_sdk::environment::read("http_proxy")?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`; `InvalidArgument` (no name of a variable).
pub fn read(name: &str) -> Result<Option<String>, Error> {
    Ok(environment::read(name)?)
}
