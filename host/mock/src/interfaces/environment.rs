//! Variables of the scenario's environment.

use super::bindings::nethost::cap::environment::Host;
use crate::context::Context;
use nethost_broker::capabilities::environment::EnvRead;
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::Permit;
use nethost_kit::types::{ErrorCode, invalid};

impl Host for Context {
    fn read(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, ErrorCode>> {
        Ok(read(self, &name))
    }
}

fn read(run: &Context, name: &str) -> Result<Option<String>, ErrorCode> {
    let digit = name.starts_with(|first: char| first.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_variable = !name.is_empty() && !digit && name.bytes().all(plain);
    let variable = is_variable.then(|| ObjectName::new(name)).flatten();
    let variable = variable.ok_or_else(|| invalid("not the name of a variable"))?;
    let request = Request::new("read", Target::Object(variable));
    let _permit: Permit<EnvRead> = run.gate.authorize(request)?;
    Ok(run.environment.get(name).cloned())
}
