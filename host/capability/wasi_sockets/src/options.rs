//! Socket options with the rules of WASI: 0 is never a valid value, and a value beyond the kernel's limits is set to
//! the nearest valid one.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::net::sockopt;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

type OptionResult<T> = Result<T, ErrorCode>;

/// The maximum of Linux for each (tcp(7)).
const LONGEST_KEEP_ALIVE: Duration = Duration::from_secs(i16::MAX as u64);
const MOST_KEEP_ALIVES: u32 = i8::MAX as u32;

/// Zero is an invalid argument for all options.
fn positive<T: Default + PartialEq>(value: T) -> OptionResult<T> {
    if value == T::default() {
        return Err(ErrorCode::InvalidArgument);
    }
    Ok(value)
}

pub(super) fn hop_limit(fd: BorrowedFd<'_>, ipv6: bool) -> OptionResult<u8> {
    if ipv6 {
        return Ok(sockopt::ipv6_unicast_hops(fd)?);
    }
    u8::try_from(sockopt::ip_ttl(fd)?).map_err(|_| ErrorCode::NotSupported)
}

pub(super) fn set_hop_limit(fd: BorrowedFd<'_>, ipv6: bool, hops: u8) -> OptionResult<()> {
    let hops = positive(hops)?;
    if ipv6 {
        return Ok(sockopt::set_ipv6_unicast_hops(fd, Some(hops))?);
    }
    Ok(sockopt::set_ip_ttl(fd, hops.into())?)
}

/// The kernel doubles the value, for its own needs (socket(7)).
fn buffer(size: usize) -> u64 {
    size as u64 / 2
}

fn buffer_to_set(size: u64) -> OptionResult<usize> {
    let most = i32::MAX as u64;
    Ok(positive(size)?.min(most) as usize)
}

pub(super) fn receive_buffer(fd: BorrowedFd<'_>) -> OptionResult<u64> {
    Ok(buffer(sockopt::socket_recv_buffer_size(fd)?))
}

pub(super) fn set_receive_buffer(fd: BorrowedFd<'_>, size: u64) -> OptionResult<()> {
    let size = buffer_to_set(size)?;
    Ok(sockopt::set_socket_recv_buffer_size(fd, size)?)
}

pub(super) fn send_buffer(fd: BorrowedFd<'_>) -> OptionResult<u64> {
    Ok(buffer(sockopt::socket_send_buffer_size(fd)?))
}

pub(super) fn set_send_buffer(fd: BorrowedFd<'_>, size: u64) -> OptionResult<()> {
    let size = buffer_to_set(size)?;
    Ok(sockopt::set_socket_send_buffer_size(fd, size)?)
}

pub(super) fn keep_alive(fd: BorrowedFd<'_>) -> OptionResult<bool> {
    Ok(sockopt::socket_keepalive(fd)?)
}

pub(super) fn set_keep_alive(fd: BorrowedFd<'_>, wanted: bool) -> OptionResult<()> {
    Ok(sockopt::set_socket_keepalive(fd, wanted)?)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whole seconds, because the kernel stores seconds.
fn keep_alive_time(nanoseconds: u64) -> OptionResult<Duration> {
    let time = Duration::from_nanos(positive(nanoseconds)?);
    Ok(time.clamp(Duration::from_secs(1), LONGEST_KEEP_ALIVE))
}

pub(super) fn keep_alive_idle(fd: BorrowedFd<'_>) -> OptionResult<u64> {
    Ok(nanoseconds(sockopt::tcp_keepidle(fd)?))
}

pub(super) fn set_keep_alive_idle(fd: BorrowedFd<'_>, time: u64) -> OptionResult<()> {
    Ok(sockopt::set_tcp_keepidle(fd, keep_alive_time(time)?)?)
}

pub(super) fn keep_alive_interval(fd: BorrowedFd<'_>) -> OptionResult<u64> {
    Ok(nanoseconds(sockopt::tcp_keepintvl(fd)?))
}

pub(super) fn set_keep_alive_interval(fd: BorrowedFd<'_>, time: u64) -> OptionResult<()> {
    Ok(sockopt::set_tcp_keepintvl(fd, keep_alive_time(time)?)?)
}

pub(super) fn keep_alive_count(fd: BorrowedFd<'_>) -> OptionResult<u32> {
    Ok(sockopt::tcp_keepcnt(fd)?)
}

pub(super) fn set_keep_alive_count(fd: BorrowedFd<'_>, count: u32) -> OptionResult<()> {
    let count = positive(count)?.min(MOST_KEEP_ALIVES);
    Ok(sockopt::set_tcp_keepcnt(fd, count)?)
}
