//! A program that uses sockets as C does: `posix_net LOCAL REMOTE` sets options, binds, connects, and asks an echo.

use std::ffi::c_int;
use std::io::{Error, Read, Write};
use std::net::{Shutdown, SocketAddrV4, TcpStream};
use std::os::fd::FromRawFd;

fn checked(result: c_int) -> std::io::Result<c_int> {
    if result < 0 {
        return Err(Error::last_os_error());
    }
    Ok(result)
}

fn address(of: SocketAddrV4) -> libc::sockaddr_in {
    // SAFETY: it is plain data for which all-zero is valid.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as libc::sa_family_t;
    address.sin_port = of.port().to_be();
    address.sin_addr.s_addr = u32::from(*of.ip()).to_be();
    address
}

/// Sets an option and asks for it again.
fn option(fd: c_int, level: c_int, name: c_int, value: c_int) -> std::io::Result<c_int> {
    let mut told: c_int = 0;
    let mut length = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: pointers and lengths describe the two integers, which outlive the calls.
    checked(unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), length) })?;
    // SAFETY: as above.
    checked(unsafe { libc::getsockopt(fd, level, name, (&raw mut told).cast(), &raw mut length) })?;
    Ok(told)
}

fn attempt(local: SocketAddrV4, remote: SocketAddrV4) -> std::io::Result<String> {
    let length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    // SAFETY: no pointers.
    let fd = checked(unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0) })?;
    let options = [
        option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)?,
        option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, 70)?,
        option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, 8)?,
        option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPCNT, 5)?,
        option(fd, libc::IPPROTO_IP, libc::IP_TTL, 77)?,
        option(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, 20_000)?,
        option(fd, libc::SOL_SOCKET, libc::SO_SNDBUF, 30_000)?,
    ];
    let (local, remote) = (address(local), address(remote));
    // SAFETY: the pointers are to addresses of this length, which outlive the calls.
    checked(unsafe { libc::bind(fd, (&raw const local).cast(), length) })?;
    // SAFETY: as above.
    checked(unsafe { libc::connect(fd, (&raw const remote).cast(), length) })?;
    // SAFETY: nobody else has it.
    let mut stream = unsafe { TcpStream::from_raw_fd(fd) };
    stream.write_all(b"as C does")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(format!(
        "{answer}, from {}, {options:?}",
        stream.local_addr()?.ip()
    ))
}

fn main() -> std::process::ExitCode {
    let args: Vec<_> = std::env::args().skip(1).map(|arg| arg.parse()).collect();
    let [Ok(local), Ok(remote)] = args[..] else {
        println!("usage: posix_net LOCAL REMOTE");
        return 2.into();
    };
    match attempt(local, remote) {
        Ok(answer) => {
            println!("{answer}");
            0.into()
        }
        Err(error) => {
            println!("failed: {error} ({:?})", error.kind());
            1.into()
        }
    }
}
