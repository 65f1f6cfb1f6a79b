//! Where a run gets its privileges: from this process, from the service of this machine, or from a broker that is an
//! executable with file capabilities.

use std::borrow::Cow;
use std::path::PathBuf;

use super::Options;
use super::ask::Given;
use nethost_broker::{self as broker, ConnectError, Granted, Hello, Link};
use nethost_core::regular;
use nethost_policy as policy;
use nethost_policy::{Policies, Subject};
use nethost_runner::plugin::load::Found;

/// The socket of `nethost broker` when the service manager starts it.
pub(super) const SOCKET: &str = "/run/nethost/broker.sock";
/// The environment variable that names another socket.
pub(super) const VARIABLE: &str = "NETHOST_BROKER";

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
    found: &Found,
    subject: &Subject,
    given: Option<&Given>,
) -> Result<Option<Link>, Error> {
    let named = named();
    let must = named.is_some();
    if !must && is_privileged() {
        return Ok(None);
    }
    if must && options.audit.is_some() {
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
        signature: found.signature.as_deref().map(Cow::Borrowed),
        args: borrowed(&subject.args),
        allow: borrowed(&options.allow),
        deny: borrowed(&options.deny),
        policy,
        audit: options
            .audit
            .as_ref()
            .map(|path| path.display().to_string().into()),
        granted: given.map(|given| Granted {
            origin: Cow::Borrowed(&given.origin),
            requests: serde_json::to_string(&given.requests)
                .unwrap_or_default()
                .into(),
            for_good: given.for_good,
        }),
    };
    if must || options.audit.is_none() {
        let path = named.unwrap_or_else(|| PathBuf::from(SOCKET));
        match Link::connect(&path, &hello) {
            Ok(link) => return Ok(Some(link)),
            // There is no service, or not for this user.
            Err(ConnectError::Socket(..)) if !must => {}
            Err(error) => return Err(error.into()),
        }
    }
    // Without any, a run does what this user may do.
    installed()
        .map(|program| broker::start_program(&program, &hello))
        .transpose()
        .map_err(Into::into)
}

/// The socket that the environment names.
pub(super) fn named() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
    named.map(PathBuf::from)
}

/// The broker beside this program, where it has file capabilities.
pub(super) fn installed() -> Option<PathBuf> {
    let program = std::env::current_exe()
        .ok()?
        .with_file_name("nethost-broker");
    let size = rustix::fs::getxattr(&program, "security.capability", &mut [0_u8; 64]);
    size.is_ok().then_some(program)
}

fn borrowed(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(|text| Cow::Borrowed(&**text)).collect()
}

/// Whether this process belongs to root, or has Linux capabilities.
pub(super) fn is_privileged() -> bool {
    rustix::process::geteuid().is_root()
        || rustix::thread::capabilities(None).is_ok_and(|sets| !sets.permitted.is_empty())
}
