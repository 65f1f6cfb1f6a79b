//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{self, Accessor, Resource, StreamReader};

use super::{Session, service};
use crate::bindings::nethost::cap::tls::{
    ClientOptions, Endpoint, Facts, Failure, Host, HostSession, HostSessionWithStore, Limits,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_to};

impl Host for Context {}

impl HostSession for Context {
    fn facts(&mut self, session: Resource<Session>) -> wasmtime::Result<Facts> {
        Ok(self.table.get(&session)?.facts.clone())
    }

    fn local_endpoint(&mut self, session: Resource<Session>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&session)?.connection.local()))
    }

    fn remote_endpoint(&mut self, session: Resource<Session>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&session)?.connection.remote()))
    }

    fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.discard(session)
    }
}

impl<T: Send + 'static> HostSessionWithStore<T> for Access {
    async fn client(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        options: ClientOptions,
        timeout: u64,
    ) -> wasmtime::Result<Result<Resource<Session>, Failure>> {
        let (gate, connection) = accessor.with(|mut access| {
            let run = access.get();
            wasmtime::error::Ok((Arc::clone(&run.gate), run.take(connection)?))
        })?;
        match service::client(&gate, connection, options, timeout).await {
            Ok(session) => accessor
                .with(|mut access| access.get().keep(session))
                .map(Ok),
            Err(failure) => Ok(Err(failure)),
        }
    }

    async fn limited_client(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        options: ClientOptions,
        limits: Limits,
        timeout: u64,
    ) -> wasmtime::Result<Result<Resource<Session>, Failure>> {
        let (gate, connection) = accessor.with(|mut access| {
            let run = access.get();
            wasmtime::error::Ok((Arc::clone(&run.gate), run.take(connection)?))
        })?;
        let session = service::limited_client(&gate, connection, options, Some(&limits), timeout);
        match session.await {
            Ok(session) => accessor
                .with(|mut access| access.get().keep(session))
                .map(Ok),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn receive(
        mut access: component::Access<'_, T, Self>,
        session: Resource<Session>,
    ) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>> {
        let received = access.get().table.get(&session)?.connection.receive();
        stream::receive(access, received)
    }

    fn send(
        mut access: component::Access<'_, T, Self>,
        session: Resource<Session>,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<Result<Ended, ErrorCode>> {
        let sender = access.get().table.get(&session)?.connection.send();
        stream::send(access, data, sender)
    }

    async fn shutdown(
        accessor: &Accessor<T, Self>,
        session: Resource<Session>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let end = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(&session)?.connection.shutdown())
        })?;
        Ok(stream::shutdown(end).await)
    }
}
