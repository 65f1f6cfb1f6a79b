//! TLS sessions with scripted hosts. There is no cryptography: the scenario says what the handshake finds, and the bytes
//! of the connection are passed on as they are. The requests at the gate are those of the real host.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use data_encoding::BASE64;
use wasmtime::component::{self, Accessor, Resource, StreamReader};

use super::bindings::nethost::cap::tls::{
    CertificateProblem, ClientOptions, Endpoint, Facts, Failure, Host, HostSession,
    HostSessionWithStore, Limits, Trust, Version,
};
use crate::context::{Access, Context};
use crate::network::Network;
use crate::scenario::{Problem, Tls, TlsVersion};
use crate::time::Time;
use nethost_broker::capabilities::tls::{TlsClient, TlsUnverified};
use nethost_core::{Capability, HostName};
use nethost_gate::{Gate, Permit};
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::remote_set;
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_to, invalid};

/// The cipher suites of the real host, by their names in IANA's registry.
const SUITES: &[&str] = &[
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// A session.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Session {
    connection: Connection,
    facts: Facts,
    /// As long as the session is open.
    _permit: Permitted,
}

/// With which verification it was permitted.
enum Permitted {
    Client { _permit: Permit<TlsClient> },
    Unverified { _permit: Permit<TlsUnverified> },
}

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;
type Opened = wasmtime::Result<Result<Resource<Session>, Failure>>;

/// What opening a session needs of the run.
struct Parts {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
    connection: Connection,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Connection(code)
    }
}

fn authorize<C: Capability>(
    parts: &Parts,
    op: &'static str,
    remote: SocketAddr,
    name: &str,
) -> Result<Permit<C>, Failure> {
    let request = remote_set::request(op, remote, true, None);
    let request = request.changing(vec![("server-name", name.into())]);
    Ok(parts.gate.authorize(request).map_err(ErrorCode::from)?)
}

/// Checks what the caller passes, as far as it is checked before the handshake.
fn check(options: &ClientOptions, limits: Option<&Limits>) -> Result<(), ErrorCode> {
    let name = &options.server_name;
    if HostName::new(name).is_none() && name.parse::<IpAddr>().is_err() {
        return Err(invalid(format!(
            "`{name}` is neither a host name nor an address"
        )));
    }
    if let Trust::Certificates(pem) = &options.trust
        && !has_certificate(pem)
    {
        return Err(invalid("no certificate in the trusted certificates"));
    }
    if let Some(identity) = &options.identity {
        let key = String::from_utf8_lossy(&identity.key);
        if !has_certificate(&identity.certificates) || !key.contains("PRIVATE KEY-----") {
            return Err(invalid("no client certificate with its key"));
        }
    }
    let suites = limits.map_or(&[][..], |limits| &limits.cipher_suites);
    match suites
        .iter()
        .find(|suite| !SUITES.contains(&suite.as_str()))
    {
        Some(unknown) => Err(invalid(format!("no cipher suite `{unknown}`"))),
        None => Ok(()),
    }
}

/// Whether a text has a PEM block whose content can be a certificate: a sequence in DER.
fn has_certificate(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    let inner = text
        .split_once("-----BEGIN CERTIFICATE-----")
        .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"));
    let Some((inner, _)) = inner else {
        return false;
    };
    let digits: String = inner.split_whitespace().collect();
    BASE64
        .decode(digits.as_bytes())
        .is_ok_and(|der| der.first() == Some(&0x30))
}

impl Parts {
    async fn open(
        self,
        op: &'static str,
        options: ClientOptions,
        limits: Option<&Limits>,
        timeout: u64,
    ) -> Result<Session, Failure> {
        let (local, remote) = (self.connection.local(), self.connection.remote());
        check(&options, limits)?;
        let verified = !matches!(options.trust, Trust::Unverified);
        let name = &options.server_name;
        let permit = match verified {
            true => Permitted::Client {
                _permit: authorize(&self, op, remote, name)?,
            },
            false => Permitted::Unverified {
                _permit: authorize(&self, op, remote, name)?,
            },
        };
        let found = self.network.tls_of(remote);
        let wire = self.connection.into_duplex().map_err(ErrorCode::from)?;
        let rtt = self.network.usual_rtt(remote.ip());
        self.time.after(rtt.min(timeout)).await;
        if rtt > timeout || timeout == 0 {
            return Err(ErrorCode::Timeout.into());
        }
        let tls = found.ok_or_else(|| Failure::Handshake("the peer does not speak TLS".into()))?;
        let facts = shake_hands(&tls, &options, limits, verified)?;
        Ok(Session {
            connection: Connection::new(wire, local, remote),
            facts,
            _permit: permit,
        })
    }
}

fn shake_hands(
    tls: &Tls,
    options: &ClientOptions,
    limits: Option<&Limits>,
    verified: bool,
) -> Result<Facts, Failure> {
    if let Some(why) = &tls.refuses {
        return Err(Failure::Handshake(why.clone()));
    }
    let version = match tls.version {
        TlsVersion::Tls12 => Version::Tls12,
        TlsVersion::Tls13 => Version::Tls13,
    };
    let least = options.least_version == Version::Tls13 && version == Version::Tls12;
    let most = limits
        .is_some_and(|limits| limits.most_version == Version::Tls12 && version == Version::Tls13);
    let suites = limits.map_or(&[][..], |limits| &limits.cipher_suites);
    if least || most || (!suites.is_empty() && !suites.contains(&tls.cipher_suite)) {
        let why = "the peer supports no version or cipher suite that is acceptable";
        return Err(Failure::Handshake(why.into()));
    }
    if let Some(problem) = tls.problem
        && verified
    {
        let said = format!("the scenario says so of {}", options.server_name);
        return Err(Failure::Certificate((told(problem), said)));
    }
    let mut known = tls.protocols.iter();
    Ok(Facts {
        version,
        cipher_suite: tls.cipher_suite.clone(),
        key_exchange: Some("X25519".into()),
        protocol: known.find(|one| options.protocols.contains(one)).cloned(),
        certificates: tls
            .certificates
            .iter()
            .map(|one| one.bytes().to_vec())
            .collect(),
        public_key: Vec::new(),
        verified,
    })
}

fn told(problem: Problem) -> CertificateProblem {
    match problem {
        Problem::Expired => CertificateProblem::Expired,
        Problem::NotYetValid => CertificateProblem::NotYetValid,
        Problem::WrongName => CertificateProblem::WrongName,
        Problem::UnknownIssuer => CertificateProblem::UnknownIssuer,
        Problem::Revoked => CertificateProblem::Revoked,
        Problem::BadSignature => CertificateProblem::BadSignature,
        Problem::WrongPurpose => CertificateProblem::WrongPurpose,
        Problem::Malformed => CertificateProblem::Malformed,
        Problem::Other => CertificateProblem::Other,
    }
}

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

/// Takes the connection out of the table, with what else opening a session needs.
fn taken<T: Send + 'static>(
    accessor: &Accessor<T, Access>,
    connection: Resource<Connection>,
) -> wasmtime::Result<Parts> {
    accessor.with(|mut access| {
        let run = access.get();
        let connection = run.table.delete(connection)?;
        run.limits.close_handle();
        Ok(Parts {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
            connection,
        })
    })
}

fn kept<T: Send + 'static>(
    accessor: &Accessor<T, Access>,
    opened: Result<Session, Failure>,
) -> Opened {
    match opened {
        Ok(session) => accessor
            .with(|mut access| access.get().keep(session))
            .map(Ok),
        Err(failure) => Ok(Err(failure)),
    }
}

impl<T: Send + 'static> HostSessionWithStore<T> for Access {
    async fn client(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        options: ClientOptions,
        timeout: u64,
    ) -> Opened {
        let parts = taken(accessor, connection)?;
        let opened = parts.open("session.client", options, None, timeout).await;
        kept(accessor, opened)
    }

    async fn limited_client(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        options: ClientOptions,
        limits: Limits,
        timeout: u64,
    ) -> Opened {
        let parts = taken(accessor, connection)?;
        let op = "session.limited-client";
        let opened = parts.open(op, options, Some(&limits), timeout).await;
        kept(accessor, opened)
    }

    fn receive(
        mut access: component::Access<'_, T, Self>,
        session: Resource<Session>,
    ) -> Answer<(StreamReader<u8>, Ended)> {
        let received = access.get().table.get(&session)?.connection.receive();
        stream::receive(access, received)
    }

    fn send(
        mut access: component::Access<'_, T, Self>,
        session: Resource<Session>,
        data: StreamReader<u8>,
    ) -> Answer<Ended> {
        let sender = access.get().table.get(&session)?.connection.send();
        stream::send(access, data, sender)
    }

    async fn shutdown(accessor: &Accessor<T, Self>, session: Resource<Session>) -> Answer<()> {
        let end = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(&session)?.connection.shutdown())
        })?;
        Ok(stream::shutdown(end).await)
    }
}
