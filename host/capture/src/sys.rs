//! What the crate `pcap` does not do: compiling for the mask of a network, and a handle from a descriptor; and the
//! system calls that prepare this process. The only file of this program with `unsafe`.

use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use pcap::{Activated, Capture, Offline};

/// struct bpf_program of pcap/bpf.h.
#[repr(C)]
struct Program {
    count: c_uint,
    instructions: *mut Instruction,
}

/// struct bpf_insn of pcap/bpf.h.
#[repr(C)]
struct Instruction {
    code: u16,
    jump_true: u8,
    jump_false: u8,
    operand: u32,
}

/// BPF_RET | BPF_K
const RETURN: u16 = 6;

// libpcap, which the crate `pcap` links. The handle is a struct that only libpcap knows.
unsafe extern "C" {
    fn pcap_compile(
        handle: *mut Opaque,
        program: *mut Program,
        expression: *const c_char,
        optimize: c_int,
        netmask: u32,
    ) -> c_int;
    fn pcap_geterr(handle: *mut Opaque) -> *const c_char;
}

/// A `pcap_t`.
#[repr(C)]
struct Opaque {
    _private: [u8; 0],
}

/// Opens the capture file that a descriptor reads.
pub(crate) fn open_file(file: OwnedFd) -> Result<Capture<Offline>, pcap::Error> {
    // SAFETY: the descriptor is open, and the handle owns it from now on.
    unsafe { Capture::from_raw_fd(file.into_raw_fd()) }
}

/// Compiles an expression. What libpcap allocates is never freed: this process ends at once. The snapshot length that
/// the handle has can be replaced in the program by another; it stands only where a packet is accepted.
pub(crate) fn compile<T: Activated>(
    handle: &Capture<T>,
    expression: &[u8],
    netmask: u32,
    optimize: bool,
    snapshot: Option<(u32, u32)>,
) -> Result<Vec<u8>, String> {
    let expression = CString::new(expression).map_err(|_| "illegal character: \\x00".to_owned())?;
    let handle: *mut Opaque = handle.as_ptr().cast();
    let mut program = Program {
        count: 0,
        instructions: std::ptr::null_mut(),
    };
    // SAFETY: the handle is open, the expression ends in NUL, and the program is in this frame.
    let done = unsafe {
        pcap_compile(
            handle,
            &raw mut program,
            expression.as_ptr(),
            optimize.into(),
            netmask,
        )
    };
    if done != 0 {
        // SAFETY: the message ends in NUL, and is part of the handle.
        let message = unsafe { CStr::from_ptr(pcap_geterr(handle)) };
        return Err(message.to_string_lossy().into_owned());
    }
    let instructions = match program.instructions.is_null() {
        true => &[],
        // SAFETY: libpcap has allocated this many, and they are never freed.
        false => unsafe {
            std::slice::from_raw_parts(program.instructions, program.count as usize)
        },
    };
    let encoded = |step: &Instruction| {
        let operand = match snapshot {
            Some((of_handle, wanted)) if step.code == RETURN && step.operand == of_handle => wanted,
            _ => step.operand,
        };
        let [a, b] = step.code.to_be_bytes();
        let [c, d, e, f] = operand.to_be_bytes();
        [a, b, step.jump_true, step.jump_false, c, d, e, f]
    };
    Ok(instructions.iter().flat_map(encoded).collect())
}

/// Closes every descriptor above standard error.
pub(crate) fn close_inherited_files() -> io::Result<()> {
    // SAFETY: close_range(2) takes plain integers. Nothing in this process owns a descriptor above 2 yet.
    match unsafe { libc::syscall(libc::SYS_close_range, 3, c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Enters a new network namespace, in which the loopback interface is up.
pub(crate) fn enter_empty_network() -> io::Result<()> {
    // SAFETY: unshare(2) takes a plain integer; this process has a single thread.
    let mut done = unsafe { libc::unshare(libc::CLONE_NEWNET) };
    if done != 0 {
        // SAFETY: as above. An ordinary user has all privileges in a user namespace of its own.
        done = unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET) };
    }
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    // SAFETY: a request of zeros is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(*b"lo") {
        *to = from as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_LOOPBACK) as i16;
    // SAFETY: the request is in this frame and names an interface.
    let done = unsafe {
        libc::ioctl(
            socket.as_raw_fd(),
            libc::SIOCSIFFLAGS as _,
            &raw const request,
        )
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
