//! What of Landlock this kernel has: no crate tells without restricting somebody. And how this process was started.

use libc as c;

/// The version of Landlock's interface (landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION); less than 1
/// where there is none, or where it was switched off at boot.
pub(crate) fn landlock_version() -> i32 {
    const VERSION: c::c_ulong = 1;
    let nothing = std::ptr::null::<c::c_void>();
    // SAFETY: asked for the version, the call reads no memory and makes nothing.
    unsafe { c::syscall(c::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) as i32 }
}

/// Whether this executable has given its process privileges that whoever started it has not (getauxval(3), AT_SECURE).
pub fn has_gained_privileges() -> bool {
    // SAFETY: it takes a number and reads what the kernel has put on the stack at the start.
    unsafe { c::getauxval(c::AT_SECURE) != 0 }
}
