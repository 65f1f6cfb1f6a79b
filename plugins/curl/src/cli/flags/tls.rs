//! TLS: whom to trust, and with what.

use super::{Flag, NO_LETTER};
use crate::cli::number;
use crate::settings::FtpTls;

/// The options.
pub(super) static FLAGS: &[Flag] = &[
    Flag::set(
        NO_LETTER,
        "ca-native",
        "",
        "Load CA certs from the OS",
        "",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::text(
        NO_LETTER,
        "cacert",
        "<file>",
        "CA certificate to verify peer against",
        "tls",
        |p, v| {
            p.op().cacert = Some(v);
        },
    ),
    Flag::text(
        NO_LETTER,
        "capath",
        "<dir>",
        "CA directory to verify peer against",
        "tls",
        |p, v| {
            p.op().capath = Some(v);
        },
    ),
    Flag::text(
        'E',
        "cert",
        "<certificate[:password]>",
        "Client certificate file and password",
        "tls",
        |p, v| {
            p.op().cert = Some(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "cert-type",
        "<type>",
        "Certificate type (DER/PEM/ENG/P12)",
        "tls",
        |_, v| number::pem(v),
    ),
    Flag::text(
        NO_LETTER,
        "ciphers",
        "<list of ciphers>",
        "SSL ciphers to use",
        "tls",
        |p, v| {
            p.op().ciphers = Some(v);
        },
    ),
    Flag::set(
        NO_LETTER,
        "false-start",
        "",
        "Enable TLS False Start",
        "tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "ftp-ssl-control",
        "",
        "Require SSL/TLS for FTP login, clear for transfer",
        "ftp tls",
        |p, on| {
            p.op().ftp_tls = if on { FtpTls::Control } else { FtpTls::No };
        },
    ),
    Flag::set(
        'k',
        "insecure",
        "",
        "Allow insecure server connections",
        "scp sftp tls",
        |p, on| {
            p.op().insecure = on;
        },
    ),
    Flag::text(
        NO_LETTER,
        "key",
        "<key>",
        "Private key file name",
        "ssh tls",
        |p, v| {
            p.op().key = Some(v);
        },
    ),
    Flag::value(
        NO_LETTER,
        "key-type",
        "<type>",
        "Private key file type (DER/PEM/ENG)",
        "tls",
        |_, v| number::pem(v),
    ),
    Flag::set(
        NO_LETTER,
        "no-alpn",
        "",
        "Disable the ALPN TLS extension",
        "http tls",
        |p, on| {
            p.op().no_alpn = !on;
        },
    ),
    Flag::set(
        NO_LETTER,
        "no-keepalive",
        "",
        "Disable TCP keepalive on the connection",
        "connection",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "no-npn",
        "",
        "Disable the NPN TLS extension",
        "http tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "no-sessionid",
        "",
        "Disable SSL session-ID reusing",
        "tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::text(
        NO_LETTER,
        "pinnedpubkey",
        "<hashes>",
        "FILE/HASHES Public key to verify peer against",
        "tls",
        |p, v| {
            p.op().pinned = Some(v);
        },
    ),
    Flag::set(NO_LETTER, "ssl", "", "Try SSL/TLS", "tls", |p, on| {
        p.op().ftp_tls = if on { FtpTls::Try } else { FtpTls::No };
    }),
    Flag::set(
        NO_LETTER,
        "ssl-allow-beast",
        "",
        "Allow security flaw to improve interop",
        "tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "ssl-no-revoke",
        "",
        "Disable cert revocation checks (Schannel)",
        "tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::set(
        NO_LETTER,
        "ssl-reqd",
        "",
        "Require SSL/TLS",
        "tls",
        |p, on| {
            p.op().ftp_tls = if on { FtpTls::All } else { FtpTls::No };
        },
    ),
    Flag::set(
        NO_LETTER,
        "ssl-revoke-best-effort",
        "",
        "Ignore missing/offline cert CRL dist points",
        "tls",
        |p, on| {
            let _ = (p, on);
        },
    ),
    Flag::value(
        NO_LETTER,
        "tls-max",
        "<VERSION>",
        "Set maximum allowed TLS version",
        "tls",
        |p, v| {
            p.op().most_tls = number::tls(v)?;
            Ok(())
        },
    ),
    Flag::text(
        NO_LETTER,
        "tls13-ciphers",
        "<ciphersuite list>",
        "TLS 1.3 cipher suites to use",
        "tls",
        |p, v| {
            p.op().ciphers13 = Some(v);
        },
    ),
    Flag::set(
        '1',
        "tlsv1",
        "",
        "Use TLSv1.0 or greater",
        "tls",
        |p, on| {
            p.op().least_tls = on.then_some(0);
        },
    ),
    Flag::set(
        NO_LETTER,
        "tlsv1.0",
        "",
        "Use TLSv1.0 or greater",
        "tls",
        |p, on| {
            p.op().least_tls = on.then_some(0);
        },
    ),
    Flag::set(
        NO_LETTER,
        "tlsv1.1",
        "",
        "Use TLSv1.1 or greater",
        "tls",
        |p, on| {
            p.op().least_tls = on.then_some(1);
        },
    ),
    Flag::set(
        NO_LETTER,
        "tlsv1.2",
        "",
        "Use TLSv1.2 or greater",
        "tls",
        |p, on| {
            p.op().least_tls = on.then_some(2);
        },
    ),
    Flag::set(
        NO_LETTER,
        "tlsv1.3",
        "",
        "Use TLSv1.3 or greater",
        "tls",
        |p, on| {
            p.op().least_tls = on.then_some(3);
        },
    ),
];
