//! Makes every malformed call on sessions that the types let through: `tls_malformed ADDRESS PORT`.

use nethost_probes::{Malformed, SECOND, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::tcp::Connection;
use nethost_sdk::bindings::nethost::cap::tls::{
    ClientOptions, Failure, Identity, Session, Trust, Version,
};
use nethost_sdk::bindings::nethost::cap::types::ErrorCode;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

fn options() -> ClientOptions {
    ClientOptions {
        server_name: "server.example".into(),
        trust: Trust::Unverified,
        protocols: Vec::new(),
        least_version: Version::Tls12,
        identity: None,
    }
}

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [address, port] = args.as_slice() else {
            return Err("usage: tls_malformed ADDRESS PORT".into());
        };
        let remote = endpoint(address, port.parse().map_err(|_| "PORT is not a number")?)?;
        let mut malformed = Malformed::default();
        let connect = async || {
            let connected = Connection::connect(remote, no_options(), SECOND).await;
            connected.map_err(|error| told(&error))
        };
        let nonsense =
            || b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n".to_vec();
        let name = |name: &str| ClientOptions {
            server_name: name.into(),
            ..options()
        };
        let trust = |pem| ClientOptions {
            trust: Trust::Certificates(pem),
            ..options()
        };
        let cases = [
            ("no name", name("")),
            ("a name that is none", name("not a name")),
            ("a name with a zero byte", name("server\0.example")),
            ("no certificates", trust(Vec::new())),
            ("certificates that are none", trust(nonsense())),
            (
                "a key that is none",
                ClientOptions {
                    identity: Some(Identity {
                        certificates: nonsense(),
                        key: b"key".to_vec(),
                    }),
                    ..options()
                },
            ),
        ];
        for (what, options) in cases {
            let session = Session::client(connect().await?, options, SECOND).await;
            malformed.refused(what, session.map_err(code));
        }
        let connection = connect().await?;
        let _inward = connection.receive().map_err(|error| told(&error))?;
        let session = Session::client(connection, options(), SECOND).await;
        malformed.refused("a connection in use", session.map_err(code));
        let session = Session::client(connect().await?, options(), 0).await;
        malformed.refused("no time at all", session.map_err(code));
        Ok(malformed.exit_code())
    }
}

fn code(failure: Failure) -> ErrorCode {
    match failure {
        Failure::Connection(code) => code,
        Failure::Certificate((_, text)) | Failure::Handshake(text) => ErrorCode::Other(Some(text)),
    }
}
