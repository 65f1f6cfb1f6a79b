//! The Landlock version of this kernel, which no crate reports without restricting the process, and how this process
//! was started.

use libc as c;

/// The ABI version of Landlock (landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION). Less than 1 if there is
/// none, or if it was disabled at boot.
pub fn landlock_version() -> i32 {
    const VERSION: c::c_ulong = 1;
    let nothing = std::ptr::null::<c::c_void>();
    // SAFETY: asked for the version, the call reads no memory and makes nothing.
    unsafe { c::syscall(c::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) as i32 }
}

/// Whether the kernel has given this process privileges that the user who started it does not have (getauxval(3),
/// AT_SECURE).
pub fn has_gained_privileges() -> bool {
    // SAFETY: it takes a number and reads what the kernel has put on the stack at the start.
    unsafe { c::getauxval(c::AT_SECURE) != 0 }
}

/// Whether something disciplines the kernel's clock (adjtimex(2)). None if the kernel does not say. It changes nothing.
pub fn clock_is_synchronised() -> Option<bool> {
    // SAFETY: all zeroes is a timex, and no mode means that nothing is set; it outlives the call.
    let state = unsafe {
        let mut clock: c::timex = std::mem::zeroed();
        c::adjtimex(&raw mut clock)
    };
    (state >= 0).then_some(state != c::TIME_ERROR)
}
