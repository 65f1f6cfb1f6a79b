//! Opens a session, prints what was agreed on, says hello and prints the answer:
//! `tls_facts ADDRESS PORT NAME TRUST [PROTOCOL…]`, where TRUST is `system`, `unverified` or PEM text.

use futures::{AsyncReadExt, AsyncWriteExt};
use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::{Options, TlsStream, Trust};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [address, port, name, trust, protocols @ ..] = args.as_slice() else {
            return Err("usage: tls_facts ADDRESS PORT NAME TRUST [PROTOCOL...]".into());
        };
        let address: IpAddr = address.parse().map_err(|_| "not an address")?;
        let remote = SocketAddr::new(address, port.parse().map_err(|_| "PORT is not a number")?);
        let second = Duration::from_secs(1);
        let connection = TcpStream::connect(remote, &SocketOptions::default(), second)
            .await
            .map_err(|error| format!("connect: {error}"))?;
        let options = Options {
            trust: match trust.as_str() {
                "system" => Trust::System,
                "unverified" => Trust::Unverified,
                pem => Trust::Certificates(pem.as_bytes().to_vec()),
            },
            protocols: protocols.to_vec(),
            ..Options::for_server(name)
        };
        let mut session = match TlsStream::client(connection, &options, second).await {
            Ok(session) => session,
            Err(failure) => {
                println!("{failure:?}");
                println!("{failure}");
                return Ok(1);
            }
        };
        let facts = session.facts();
        println!("{:?} {}", facts.version, facts.cipher_suite);
        println!("protocol {:?} verified {}", facts.protocol, facts.verified);
        println!(
            "certificates {} key {}",
            facts.certificates.len(),
            facts.public_key.len()
        );
        let mut answer = String::new();
        let talked = async {
            session.write_all(b"hello").await?;
            session.close().await?;
            session.read_to_string(&mut answer).await
        };
        let talked = talked.await;
        println!("answer {answer:?}");
        if let Err(error) = talked {
            println!("failed {error}");
        }
        Ok(0)
    }
}
