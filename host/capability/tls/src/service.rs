//! Opens a session over a connection: validates, asks the gate, makes the handshake, and reports errors in detail.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, Error};
use tokio_rustls::TlsConnector;

use super::session::{Session, Wire};
use super::{TlsClient, TlsUnverified, trust};
use crate::bindings::nethost::cap::tls::{
    CertificateProblem, ClientOptions, Failure, Limits, Trust,
};
use nethost_core::Capability;
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::stream::{Connection, Duplex};
use nethost_kit::types::{ErrorCode, invalid};

/// The maximum duration of a handshake.
const LONGEST: Duration = Duration::from_secs(300);

/// A connection during the handshake.
struct Opening {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    wire: Arc<dyn Duplex>,
    local: SocketAddr,
    remote: SocketAddr,
    timeout: Duration,
}

/// Opens a session over a connection.
pub(super) async fn client(
    gate: &Arc<Gate>,
    connection: Connection,
    options: ClientOptions,
    timeout: u64,
) -> Result<Session, Failure> {
    limited_client(gate, connection, options, None, timeout).await
}

/// Opens a session over a connection, with further limits.
pub(super) async fn limited_client(
    gate: &Arc<Gate>,
    connection: Connection,
    options: ClientOptions,
    limits: Option<&Limits>,
    timeout: u64,
) -> Result<Session, Failure> {
    let (local, remote) = (connection.local(), connection.remote());
    let name = ServerName::try_from(options.server_name.clone()).map_err(|_| {
        let name = &options.server_name;
        invalid(format!("`{name}` is neither a host name nor an address"))
    })?;
    let wire = connection.into_duplex().map_err(ErrorCode::from)?;
    let opening = Opening {
        config: Arc::new(trust::configure(&options, limits)?),
        name,
        wire,
        local,
        remote,
        timeout: Duration::from_nanos(timeout).min(LONGEST),
    };
    let op = match limits {
        None => "session.client",
        Some(_) => "session.limited-client",
    };
    let request = remote_set::request(op, remote, true, None)
        .changing(vec![("server-name", options.server_name)]);
    match options.trust {
        Trust::Unverified => {
            let permit: Permit<TlsUnverified> = gate.authorize(request).map_err(ErrorCode::from)?;
            opening.shake_hands(permit, false).await
        }
        Trust::System | Trust::Certificates(_) => {
            let permit: Permit<TlsClient> = gate.authorize(request).map_err(ErrorCode::from)?;
            opening.shake_hands(permit, true).await
        }
    }
}

impl Opening {
    async fn shake_hands<C: Capability>(
        self,
        permit: Permit<C>,
        verified: bool,
    ) -> Result<Session, Failure> {
        let shaking = TlsConnector::from(self.config).connect(self.name, Wire(self.wire));
        let timed_out = || Err(io::Error::from_raw_os_error(libc::ETIMEDOUT));
        match tokio::time::timeout(self.timeout, shaking)
            .await
            .unwrap_or_else(|_| timed_out())
        {
            Ok(stream) => Ok(Session::new(
                stream,
                permit,
                verified,
                self.local,
                self.remote,
            )),
            Err(error) => {
                permit.failed(&error);
                Err(failure(&error))
            }
        }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Failure::Connection(code)
    }
}

/// Converts an error of the library.
fn failure(error: &io::Error) -> Failure {
    let said = error
        .get_ref()
        .and_then(|error| error.downcast_ref::<Error>());
    match said {
        Some(Error::InvalidCertificate(error)) => {
            Failure::Certificate((problem(error), error.to_string()))
        }
        Some(Error::NoCertificatesPresented) => Failure::Certificate((
            CertificateProblem::Malformed,
            "the peer sent no certificate".into(),
        )),
        Some(error) => Failure::Handshake(error.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Failure::Handshake("the peer closed the connection during the handshake".into())
        }
        None => Failure::Connection(error.into()),
    }
}

fn problem(error: &CertificateError) -> CertificateProblem {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => CertificateProblem::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => CertificateProblem::NotYetValid,
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateProblem::WrongName,
        E::UnknownIssuer => CertificateProblem::UnknownIssuer,
        E::Revoked => CertificateProblem::Revoked,
        E::BadSignature
        | E::UnsupportedSignatureAlgorithmContext { .. }
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateProblem::BadSignature
        }
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => CertificateProblem::WrongPurpose,
        E::BadEncoding => CertificateProblem::Malformed,
        _ => CertificateProblem::Other,
    }
}
