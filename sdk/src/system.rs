//! Facts about this machine. Request at the gate: `system.read` with the fact's name.

use std::time::Duration;

use crate::Error;
use crate::bindings::nethost::cap::system;

/// struct utsname of uname(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uname {
    /// The kernel's name, such as `Linux`.
    pub sysname: String,
    /// The machine's own name.
    pub nodename: String,
    /// The kernel's release.
    pub release: String,
    /// The kernel's build.
    pub version: String,
    /// The hardware, such as `x86_64`.
    pub machine: String,
    /// The NIS domain name.
    pub domainname: String,
}

/// uname(2).
///
/// ```no_run
/// println!("{}", nethost_sdk::system::uname()?.release);
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`.
pub fn uname() -> Result<Uname, Error> {
    let system::UnameFacts {
        sysname,
        nodename,
        release,
        version,
        machine,
        domainname,
    } = system::uname()?;
    Ok(Uname {
        sysname,
        nodename,
        release,
        version,
        machine,
        domainname,
    })
}

/// Keys and values of os-release(5), unquoted, in the file's order.
///
/// # Errors
/// `Denied`; `NotFound`.
pub fn os_release() -> Result<Vec<(String, String)>, Error> {
    Ok(system::os_release()?)
}

/// Time since boot (CLOCK_BOOTTIME).
///
/// # Errors
/// `Denied`.
pub fn uptime() -> Result<Duration, Error> {
    Ok(Duration::from_nanos(system::uptime()?))
}

/// Releases of the kernels installed below /lib/modules, sorted.
///
/// # Errors
/// `Denied`; `NotFound`.
pub fn installed_kernels() -> Result<Vec<String>, Error> {
    Ok(system::installed_kernels()?)
}

/// A file that names the distribution.
pub use system::ReleaseFile;

/// The files of /etc that name the distribution, such as /etc/os-release and /etc/lsb-release.
///
/// # Errors
/// `Denied`.
pub fn release_files() -> Result<Vec<ReleaseFile>, Error> {
    Ok(system::release_files()?)
}

/// The text of /proc/version.
///
/// # Errors
/// `Denied`; `NotFound`.
pub fn kernel_version() -> Result<String, Error> {
    Ok(system::kernel_version()?)
}

/// The number of the process that the operator sees, and can end with a signal.
///
/// # Errors
/// `Denied`.
pub fn process() -> Result<u32, Error> {
    Ok(system::process()?)
}
