//! Connects, sends a number of bytes, says that nothing more comes, and counts and compares what comes back
//! meanwhile: `tcp_stream ADDRESS PORT BYTES [back]`. Without `back` it does not wait for any.

use futures::{AsyncBufReadExt, AsyncWriteExt};
use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

/// The byte at a place: no power of two, so that a chunk in another's place shows.
fn pattern(place: usize) -> u8 {
    (place % 251) as u8
}

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [address, port, count, rest @ ..] = args.as_slice() else {
            return Err("usage: tcp_stream ADDRESS PORT BYTES [back]".into());
        };
        let address: IpAddr = address.parse().map_err(|_| "not an address")?;
        let remote = SocketAddr::new(address, port.parse().map_err(|_| "PORT is not a number")?);
        let count: usize = count.parse().map_err(|_| "BYTES is not a number")?;
        let second = Duration::from_secs(1);
        let mut stream = match TcpStream::connect(remote, &SocketOptions::default(), second).await {
            Ok(stream) => stream,
            Err(error) => {
                println!("connect {error:?}");
                return Ok(1);
            }
        };
        let info = stream.info().map_err(|error| error.to_string())?;
        println!(
            "from {} to {}",
            stream.local_endpoint(),
            stream.remote_endpoint()
        );
        println!(
            "measured {}",
            info.round_trip > Duration::ZERO && info.send_segment_size > 0
        );

        let started = Instant::now();
        let (reader, writer) = stream.split();
        let sending = async {
            // Longer than a chunk by what the pattern is long, so that each chunk is a slice of it.
            let bytes: Vec<u8> = (0..(1 << 16) + 251).map(pattern).collect();
            let mut sent = 0;
            while sent < count {
                let from = sent % 251;
                let chunk = &bytes[from..from + (count - sent).min(1 << 16)];
                writer.write_all(chunk).await?;
                sent += chunk.len();
            }
            writer.close().await
        };
        let receiving = async {
            let mut received = 0;
            while rest.first().is_some_and(|word| word == "back") {
                let bytes = reader.fill_buf().await?;
                let length = bytes.len();
                if length == 0 {
                    break;
                }
                let differs = bytes
                    .iter()
                    .zip(received..)
                    .any(|(byte, place)| *byte != pattern(place));
                if differs {
                    println!("differs near {received}");
                }
                received += length;
                reader.consume_unpin(length);
            }
            Ok(received)
        };
        match futures::try_join!(sending, receiving) {
            Ok(((), received)) => println!("sent {count} received {received}"),
            Err(error) => println!("failed {error}"),
        }
        eprintln!("{:?}", started.elapsed());
        Ok(0)
    }
}
