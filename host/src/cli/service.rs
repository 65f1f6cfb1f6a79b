//! Where a run gets its privileges: from this process, or from the service of this machine.

use std::borrow::Cow;
use std::path::PathBuf;

use super::Options;
use nethost_broker::{ConnectError, Hello, Link};
use nethost_core::regular;
use nethost_policy as policy;
use nethost_policy::{Policies, Subject};

/// The socket of `nethost broker` when the service manager starts it.
const SOCKET: &str = "/run/nethost/broker.sock";
/// The environment variable that names another socket.
const VARIABLE: &str = "NETHOST_BROKER";

/// Why the named service cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("broker: {0}")]
    Connect(#[from] ConnectError),
    #[error("--audit: the service keeps the log of this run; leave it out")]
    Audit,
    #[error("--policy: {0}: {1}")]
    Policy(String, std::io::Error),
}

/// The service that the environment names. Otherwise, for a user without privileges, the service of the machine, if
/// there is one that the user may use.
pub(super) fn connect(
    options: &Options,
    policies: &Policies,
    subject: &Subject,
) -> Result<Option<Link>, Error> {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
    let must = named.is_some();
    if !must && (is_privileged() || options.audit.is_some()) {
        return Ok(None);
    }
    if options.audit.is_some() {
        return Err(Error::Audit);
    }
    let policy = match (&options.policy, &policies.chosen) {
        (Some(path), Some(_)) => {
            let shown = path.display().to_string();
            let text = regular::text(path, policy::LONGEST)
                .map_err(|error| Error::Policy(shown.clone(), error))?;
            Some((Cow::Owned(shown), Cow::Owned(text)))
        }
        _ => None,
    };
    let hello = Hello {
        plugin: Cow::Borrowed(&subject.name),
        digest: Cow::Borrowed(&subject.digest),
        args: borrowed(&subject.args),
        allow: borrowed(&options.allow),
        deny: borrowed(&options.deny),
        policy,
    };
    let path = named.map_or_else(|| PathBuf::from(SOCKET), PathBuf::from);
    match Link::connect(&path, &hello) {
        Ok(link) => Ok(Some(link)),
        // Without a service, or if this user may not use it, a run does what this user may do.
        Err(ConnectError::Socket(..)) if !must => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn borrowed(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(|text| Cow::Borrowed(&**text)).collect()
}

/// Whether this process belongs to root, or has Linux capabilities.
fn is_privileged() -> bool {
    rustix::process::geteuid().is_root()
        || rustix::thread::capabilities(None).is_ok_and(|sets| !sets.permitted.is_empty())
}
