//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::service::{self, Session};
use crate::bindings::nethost::cap::capture::{
    Batch, CaptureOptions, CompileOptions, Host, HostSession, HostSessionWithStore, Instruction,
    Statistics,
};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};

type Shared = Resource<Arc<Session>>;
type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {
    fn compile(&mut self, expression: String, options: CompileOptions) -> Answer<Vec<Instruction>> {
        let (gate, broker) = (&self.gate, &self.broker);
        Ok(service::compile(gate, broker, expression, options))
    }
}

impl HostSession for Context {
    fn open(&mut self, interface: Option<String>, options: CaptureOptions) -> Answer<Shared> {
        let opened = Session::open(&self.gate, &self.broker, interface.as_deref(), &options);
        match opened {
            Ok(session) => self.keep(Arc::new(session)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn snapshot(&mut self, session: Shared) -> wasmtime::Result<u32> {
        Ok(self.table.get(&session)?.snapshot())
    }

    fn statistics(&mut self, session: Shared) -> Answer<Statistics> {
        Ok(self.table.get(&session)?.statistics())
    }

    fn drop(&mut self, session: Shared) -> wasmtime::Result<()> {
        self.discard(session)
    }
}

impl<T: Send + 'static> HostSessionWithStore<T> for Access {
    async fn receive(
        accessor: &Accessor<T, Self>,
        session: Shared,
        max: u32,
        timeout: u64,
    ) -> Answer<Batch> {
        let session = accessor.with(|mut access| access.get().table.get(&session).cloned())?;
        Ok(session.receive(max, timeout).await)
    }
}
