//! The steps from a new socket to a connection or a listener. Each step is started, and finished in a later call.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;

use tokio::net::TcpStream;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

use super::connection::{Carrier, Connection};
use super::listener::Listener;
use super::socket::{Socket, State, bound_to};
use crate::readiness::{For, is_ready};
use crate::{TcpListen, address, code};
use nethost_broker::is_anonymous;
use nethost_core::address::remote as canonical;
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Bind,
    Connect,
    Listen,
}

impl Socket {
    fn start(&mut self, step: Step) -> Result<(), ErrorCode> {
        match self.started {
            Some(_) => Err(ErrorCode::ConcurrencyConflict),
            None => {
                self.started = Some(step);
                Ok(())
            }
        }
    }

    fn finish(&mut self, step: Step) -> Result<(), ErrorCode> {
        if self.started != Some(step) {
            return Err(ErrorCode::NotInProgress);
        }
        self.started = None;
        Ok(())
    }

    fn if_none_started<T>(
        &mut self,
        step: Step,
        act: impl FnOnce(&mut Self) -> Result<T, ErrorCode>,
    ) -> Result<T, ErrorCode> {
        self.start(step)?;
        act(self).inspect_err(|_| self.started = None)
    }

    pub(crate) fn start_bind(&mut self, local: SocketAddr) -> Result<(), ErrorCode> {
        self.if_none_started(Step::Bind, |socket| socket.bind(local))
    }

    fn bind(&mut self, local: SocketAddr) -> Result<(), ErrorCode> {
        let State::Idle(kept, copy) = &self.state else {
            return Err(ErrorCode::InvalidState);
        };
        if bound_to(copy).is_some() {
            return Err(ErrorCode::InvalidState);
        }
        if !address::is_unicast(local.ip()) || !address::is_of_family(local.ip(), self.ipv6) {
            return Err(ErrorCode::InvalidArgument);
        }
        let permit = match is_anonymous(local) {
            true => None,
            false => Some(permitted(&self.gate, "tcp-socket.bind", local)?),
        };
        kept.bind(permit.as_ref()).map_err(|error| {
            permit.iter().for_each(|permit| permit.failed(&error));
            code(&error)
        })?;
        self.bound = permit;
        Ok(())
    }

    pub(crate) fn finish_bind(&mut self) -> Result<(), ErrorCode> {
        self.finish(Step::Bind)
    }

    pub(crate) fn start_connect(&mut self, remote: SocketAddr) -> Result<(), ErrorCode> {
        self.if_none_started(Step::Connect, |socket| socket.connect(remote))
    }

    fn connect(&mut self, remote: SocketAddr) -> Result<(), ErrorCode> {
        if !matches!(self.state, State::Idle(..)) {
            return Err(ErrorCode::InvalidState);
        }
        if !address::is_unicast(remote.ip()) || !address::is_remote(remote, self.ipv6) {
            return Err(ErrorCode::InvalidArgument);
        }
        let remote = canonical(remote);
        let State::Idle(kept, _) = &self.state else {
            return Err(ErrorCode::InvalidState);
        };
        let interface = kept.interface_to(remote)?;
        let request = remote_set::request("tcp-socket.connect", remote, true, interface);
        let permit = self.gate.authorize(request);
        let permit = permit.map_err(|_denial| ErrorCode::AccessDenied)?;
        // Only one attempt is possible.
        let before = std::mem::replace(&mut self.state, State::Closed(ErrorCode::Unknown));
        let State::Idle(kept, copy) = before else {
            return Err(ErrorCode::InvalidState);
        };
        let dialled = kept
            .connect(&permit)
            .and_then(|()| TcpStream::from_std(copy.into()));
        self.state = match dialled {
            Ok(stream) => State::Connecting(stream, permit),
            Err(error) => {
                permit.failed(&error);
                State::Closed(code(&error))
            }
        };
        self.ended()
    }

    /// The reason why the attempt failed, if it did.
    fn ended(&self) -> Result<(), ErrorCode> {
        match self.state {
            State::Closed(error) => Err(error),
            _ => Ok(()),
        }
    }

    pub(crate) fn finish_connect(&mut self) -> Result<Arc<Connection>, ErrorCode> {
        if self.started != Some(Step::Connect) {
            return Err(ErrorCode::NotInProgress);
        }
        if matches!(&self.state, State::Connecting(stream, _) if !is_ready(stream.as_fd(), For::Sending))
        {
            return Err(ErrorCode::WouldBlock);
        }
        self.started = None;
        let before = std::mem::replace(&mut self.state, State::Closed(ErrorCode::Unknown));
        let State::Connecting(stream, permit) = before else {
            self.state = before;
            return Err(ErrorCode::InvalidState);
        };
        if let Some(error) = stream.take_error().unwrap_or_else(Some) {
            permit.failed(&error);
            let error = code(&error);
            self.state = State::Closed(error);
            return Err(error);
        }
        let connection = Arc::new(Connection::new(stream, Carrier::Dialled(permit)));
        self.state = State::Connected(Arc::clone(&connection));
        Ok(connection)
    }

    pub(crate) fn start_listen(&mut self) -> Result<(), ErrorCode> {
        self.if_none_started(Step::Listen, Self::listen)
    }

    fn listen(&mut self) -> Result<(), ErrorCode> {
        let State::Idle(_, copy) = &self.state else {
            return Err(ErrorCode::InvalidState);
        };
        let local = bound_to(copy).ok_or(ErrorCode::InvalidState)?;
        let is_local =
            |permit: &mut Permit<TcpListen>| permit.request().target == Target::listen(local);
        // The permit to bind is a permit to listen there, unless the kernel has chosen the port.
        let permit = match self.bound.take_if(is_local) {
            Some(permit) => permit,
            None => permitted(&self.gate, "tcp-socket.listen", local)?,
        };
        let before = std::mem::replace(&mut self.state, State::Closed(ErrorCode::Unknown));
        let State::Idle(kept, copy) = before else {
            return Err(ErrorCode::InvalidState);
        };
        let listening = Listener::new(&self.gate, kept, copy, permit, self.backlog);
        self.state = match listening {
            Ok(listener) => State::Listening(listener),
            Err(error) => State::Closed(code(&error)),
        };
        self.ended()
    }

    pub(crate) fn finish_listen(&mut self) -> Result<(), ErrorCode> {
        self.finish(Step::Listen)
    }
}

fn permitted(
    gate: &Arc<Gate>,
    op: &'static str,
    local: SocketAddr,
) -> Result<Permit<TcpListen>, ErrorCode> {
    gate.authorize(Request::new(op, Target::listen(local)))
        .map_err(|_denial| ErrorCode::AccessDenied)
}
