//! An ordinary program that knows nothing of nethost: `std_net WORD TARGET`, where the word says what to do there.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

const WORDS: &str = "tcp|much|udp|udp-connected|lookup|many|bind|listen|twice|serve|serve-udp";

fn any(target: &str) -> &'static str {
    if target.starts_with('[') {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    }
}

/// One datagram, as text, and who sent it.
fn received(socket: &UdpSocket) -> std::io::Result<(String, std::net::SocketAddr)> {
    let mut bytes = [0; 64];
    let (length, from) = socket.recv_from(&mut bytes)?;
    Ok((String::from_utf8_lossy(&bytes[..length]).into_owned(), from))
}

fn attempt(what: &str, target: &str) -> std::io::Result<String> {
    match what {
        "tcp" => {
            let mut stream = TcpStream::connect(target)?;
            stream.write_all(b"over tcp\n")?;
            stream.shutdown(Shutdown::Write)?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        }
        "much" => {
            // More than fits into what the kernel keeps at once.
            let mut stream = TcpStream::connect(target)?;
            stream.write_all(&vec![b'x'; 1 << 20])?;
            stream.shutdown(Shutdown::Write)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(format!("{} bytes", answer.len()))
        }
        "udp" => {
            let socket = UdpSocket::bind(any(target))?;
            socket.send_to(b"over udp", target)?;
            let (answer, from) = received(&socket)?;
            Ok(format!("{answer} from {from}"))
        }
        "udp-connected" => {
            let socket = UdpSocket::bind(any(target))?;
            socket.connect(target)?;
            let port = socket.local_addr()?.port();
            socket.send(b"connected")?;
            let mut answer = [0; 64];
            let length = socket.recv(&mut answer)?;
            let answer = String::from_utf8_lossy(&answer[..length]);
            Ok(format!(
                "{answer} from {}, {}",
                socket.peer_addr()?,
                port != 0
            ))
        }
        "lookup" => {
            let addresses: Vec<_> = target
                .to_socket_addrs()?
                .map(|found| found.ip().to_string())
                .collect();
            Ok(addresses.join(" "))
        }
        "many" => {
            let sockets: Result<Vec<_>, _> = (0..500).map(|_| UdpSocket::bind(target)).collect();
            Ok(format!("{} sockets", sockets?.len()))
        }
        "bind" => {
            let socket = UdpSocket::bind(target)?;
            Ok(format!("to {}", socket.local_addr()?))
        }
        "listen" => Ok(format!(
            "listening on {}",
            TcpListener::bind(target)?.local_addr()?
        )),
        "twice" => {
            let first = TcpListener::bind(target)?;
            let again = TcpListener::bind(first.local_addr()?);
            again.map(|_| "bound twice".into())
        }
        "serve" => {
            let listener = TcpListener::bind(target)?;
            println!("ready at {}", listener.local_addr()?);
            let (mut stream, peer) = listener.accept()?;
            let mut asked = String::new();
            stream.read_to_string(&mut asked)?;
            stream.write_all(asked.to_uppercase().as_bytes())?;
            Ok(format!("{asked} to {}", peer.ip()))
        }
        "serve-udp" => {
            let socket = UdpSocket::bind(target)?;
            println!("ready at {}", socket.local_addr()?);
            let (asked, from) = received(&socket)?;
            socket.send_to(asked.to_uppercase().as_bytes(), from)?;
            Ok(format!("{asked} to {}", from.ip()))
        }
        _ => Err(std::io::Error::other("unknown word")),
    }
}

fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, what, target] = args.as_slice() else {
        println!("usage: std_net {WORDS} TARGET");
        return 2.into();
    };
    match attempt(what, target) {
        Ok(answer) => {
            println!("{what} {answer}");
            0.into()
        }
        Err(error) => {
            println!("{what} failed: {error} ({:?})", error.kind());
            1.into()
        }
    }
}
