//! An ordinary program that knows nothing of nethost: `std_net tcp|udp|lookup|listen|many TARGET`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

fn attempt(what: &str, target: &str) -> std::io::Result<String> {
    match what {
        "tcp" => {
            let mut stream = TcpStream::connect(target)?;
            stream.write_all(b"over tcp\n")?;
            stream.shutdown(std::net::Shutdown::Write)?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        }
        "udp" => {
            let any = if target.starts_with('[') {
                "[::]:0"
            } else {
                "0.0.0.0:0"
            };
            let socket = UdpSocket::bind(any)?;
            socket.send_to(b"over udp", target)?;
            let mut answer = [0; 64];
            let (length, from) = socket.recv_from(&mut answer)?;
            Ok(format!(
                "{} from {from}",
                String::from_utf8_lossy(&answer[..length])
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
        "listen" => Ok(format!(
            "listening on {}",
            TcpListener::bind(target)?.local_addr()?
        )),
        _ => Err(std::io::Error::other("unknown word")),
    }
}

fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, what, target] = args.as_slice() else {
        println!("usage: std_net tcp|udp|lookup|listen|many TARGET");
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
