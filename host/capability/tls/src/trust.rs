//! The trusted certificates: those of the system, those of the plugin, or no verification.

use std::sync::{Arc, LazyLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme, SupportedProtocolVersion};

use crate::bindings::nethost::cap::tls as wit;
use nethost_kit::types::{ErrorCode, invalid};

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(ring::default_provider()));

/// Read once, when first needed. Certificates that cannot be read are missing, so they verify nothing.
static SYSTEM: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// The configuration of a session.
pub(super) fn configure(
    options: &wit::ClientOptions,
    limits: Option<&wit::Limits>,
) -> Result<ClientConfig, ErrorCode> {
    let most = limits.map_or(wit::Version::Tls13, |limits| limits.most_version);
    let versions: &[&SupportedProtocolVersion] = match (options.least_version, most) {
        (wit::Version::Tls12, wit::Version::Tls13) => {
            &[&rustls::version::TLS13, &rustls::version::TLS12]
        }
        (wit::Version::Tls12, wit::Version::Tls12) => &[&rustls::version::TLS12],
        (wit::Version::Tls13, wit::Version::Tls13) => &[&rustls::version::TLS13],
        (wit::Version::Tls13, wit::Version::Tls12) => {
            return Err(invalid("the newest version is older than the oldest"));
        }
    };
    let builder = ClientConfig::builder_with_provider(provider(limits)?)
        .with_protocol_versions(versions)
        .map_err(|error| invalid(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(&options.trust)?);
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => builder
            .with_client_auth_cert(
                certificates(&identity.certificates)?,
                PrivateKeyDer::from_pem_slice(&identity.key)
                    .map_err(|error| invalid(format!("the key: {error}")))?,
            )
            .map_err(|error| invalid(format!("the client's certificate and key: {error}")))?,
    };
    config.alpn_protocols = options
        .protocols
        .iter()
        .map(|name| name.clone().into_bytes())
        .collect();
    config.enable_sni = limits.is_none_or(|limits| limits.sends_name);
    Ok(config)
}

/// The algorithms, without the cipher suites that are not acceptable.
fn provider(limits: Option<&wit::Limits>) -> Result<Arc<CryptoProvider>, ErrorCode> {
    let Some(limits) = limits.filter(|limits| !limits.cipher_suites.is_empty()) else {
        return Ok(Arc::clone(&PROVIDER));
    };
    let mut provider = CryptoProvider::clone(&PROVIDER);
    let known = std::mem::take(&mut provider.cipher_suites);
    for name in &limits.cipher_suites {
        let found = known.iter().find(|suite| {
            let own = suite.suite().as_str();
            own.is_some_and(|own| own.replacen("TLS13_", "TLS_", 1) == *name)
        });
        match found {
            Some(suite) => provider.cipher_suites.push(*suite),
            None => return Err(invalid(format!("no cipher suite `{name}` here"))),
        }
    }
    Ok(Arc::new(provider))
}

fn verifier(trust: &wit::Trust) -> Result<Arc<dyn ServerCertVerifier>, ErrorCode> {
    let roots = match trust {
        wit::Trust::Unverified => return Ok(Arc::new(Anybody(algorithms()))),
        wit::Trust::System if SYSTEM.is_empty() => {
            return Err(invalid(
                "this system has no trusted certificates; install ca-certificates",
            ));
        }
        wit::Trust::System => Arc::clone(&SYSTEM),
        wit::Trust::Certificates(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(pem)? {
                roots
                    .add(certificate)
                    .map_err(|error| invalid(format!("a trusted certificate: {error}")))?;
            }
            Arc::new(roots)
        }
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&PROVIDER));
    match verifier.build() {
        Ok(verifier) => Ok(verifier),
        Err(error) => Err(ErrorCode::Other(Some(error.to_string()))),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ErrorCode> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(format!("certificates in PEM: {error}")))?;
    match certificates.is_empty() {
        true => Err(invalid("no certificate in the PEM text")),
        false => Ok(certificates),
    }
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    PROVIDER.signature_verification_algorithms
}

/// Accepts any certificate, but still requires proof that the peer has its key.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
