//! Gives up every privilege. The only file of this program with `unsafe`.
//!
//! Source: credentials(7), capabilities(7), PR_SET_NO_NEW_PRIVS in prctl(2), setrlimit(2),
//! close_range(2).

use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, geteuid, set_dumpable_behavior, setrlimit,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, Gid, Uid, clear_ambient_capability_set, set_capabilities,
    set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

/// `nobody` and `nogroup` on Debian, and by convention on other systems.
const NOBODY: u32 = 65534;

/// Limits for a component of the maximum size on a slow machine; a normal component needs a hundredth.
const LIMITS: [(Resource, u64); 6] = [
    (Resource::As, 4 << 30),
    (Resource::Data, 1 << 30),
    (Resource::Cpu, 120),
    (Resource::Fsize, 1 << 30),
    (Resource::Nofile, 16),
    (Resource::Core, 0),
];

/// Leaves this process without any privilege and without a way to gain one, and only with standard input, output and
/// error.
///
/// Call it first, because the credentials that it changes are those of the calling thread.
pub(crate) fn give_up_privilege() -> Result<(), String> {
    close_inherited_files()?;
    set_no_new_privs(true).map_err(failed("no_new_privs"))?;
    // Inherited files of root stay usable; the identity of root does not.
    if geteuid().is_root() {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        // In a user namespace that maps only root, there is no other identity, and root there is an ordinary user
        // outside. EINVAL and EPERM mean that: only the capabilities are dropped.
        match set_thread_groups(&[]) {
            Ok(()) | Err(Errno::PERM) => {}
            Err(errno) => return Err(failed("setgroups")(errno)),
        }
        let change = set_thread_res_gid(group, group, group)
            .and_then(|()| set_thread_res_uid(user, user, user));
        match change {
            Ok(()) | Err(Errno::INVAL | Errno::PERM) => {}
            Err(errno) => return Err(failed("setresuid")(errno)),
        }
    }
    match clear_ambient_capability_set() {
        // EINVAL: a kernel before 4.3, which has no such set.
        Ok(()) | Err(Errno::INVAL) => {}
        Err(errno) => return Err(failed("clearing ambient capabilities")(errno)),
    }
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )
    .map_err(failed("capset"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("PR_SET_DUMPABLE"))?;
    for (resource, limit) in LIMITS {
        let limit = rustix::process::getrlimit(resource)
            .maximum
            .map_or(limit, |maximum| maximum.min(limit));
        setrlimit(
            resource,
            Rlimit {
                current: Some(limit),
                maximum: Some(limit),
            },
        )
        .map_err(failed("setrlimit"))?;
    }
    Ok(())
}

/// Closes every descriptor above standard error.
fn close_inherited_files() -> Result<(), String> {
    let first: libc::c_uint = 3;
    // SAFETY: close_range(2) takes plain integers. Nothing in this process owns a descriptor above 2 yet, because this
    // is the first call of `main`.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first,
            libc::c_uint::MAX,
            0 as libc::c_uint,
        )
    };
    if outcome == 0 {
        Ok(())
    } else {
        Err(format!("close_range: {}", std::io::Error::last_os_error()))
    }
}

fn failed(operation: &'static str) -> impl Fn(Errno) -> String {
    move |errno| {
        format!(
            "giving up privilege: {operation}: {}",
            std::io::Error::from(errno)
        )
    }
}

/// The allocator of the system. If no memory is left, the process ends with one line instead of a signal.
pub(crate) struct Bounded;

/// The message for that case.
const NO_MEMORY: &[u8] = b"nethost-compile: it takes more than 1 GiB of memory to compile; a smaller component does not: \
leave out what the plugin does not need, or split it\n";

// SAFETY: the system allocator does all work; a failure ends this process.
unsafe impl std::alloc::GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        // SAFETY: the caller's guarantees are passed on.
        or_end(unsafe { std::alloc::System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: std::alloc::Layout) -> *mut u8 {
        // SAFETY: as above.
        or_end(unsafe { std::alloc::System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, at: *mut u8, layout: std::alloc::Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        or_end(unsafe { std::alloc::System.realloc(at, layout, size) })
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: std::alloc::Layout) {
        // SAFETY: as above.
        unsafe { std::alloc::System.dealloc(at, layout) }
    }
}

fn or_end(allocated: *mut u8) -> *mut u8 {
    if allocated.is_null() {
        static SAID: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        // If several threads get here, only one prints.
        while SAID.swap(true, std::sync::atomic::Ordering::Relaxed) {
            std::thread::yield_now();
        }
        // SAFETY: a constant, at its length; write(2) and _exit(2) allocate nothing.
        unsafe {
            libc::write(2, NO_MEMORY.as_ptr().cast(), NO_MEMORY.len());
            libc::_exit(1);
        }
    }
    allocated
}
