//! Opens the audit log of a run, as the operator and the policies require. The operator can name its file.

use std::io;
use std::path::{Path, PathBuf};

use nethost_audit as audit;
use nethost_audit::{Log, Settings};
use nethost_broker::Peer;
use nethost_core::User;
use nethost_policy::{Policies, Subject};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be opened.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// A log is required.
    #[error(
        "the policy requires an audit log and there is no HOME to keep one in; name one with --audit"
    )]
    NoLog,
    /// The policy requires another log.
    #[error("--audit: {policy} names the audit log, {}; leave it out", log.display())]
    OtherLog {
        /// The policy's.
        log: PathBuf,
        /// Which policy.
        policy: String,
    },
    /// The system does not report who runs what.
    #[error("audit log: {0}")]
    System(#[from] io::Error),
}

/// The log of a run of this plugin by this user. The operator may have named a file.
pub fn open(named: Option<&Path>, policies: &Policies, subject: &Subject) -> Result<Log, Error> {
    let run = this_run(Some(plugin(subject)), &subject.user)?;
    open_for(named, policies, run)
}

/// The log of a run that a service serves for another user.
pub fn open_for_peer(
    named: Option<&Path>,
    policies: &Policies,
    subject: &Subject,
    peer: &Peer,
) -> Result<Log, Error> {
    let mut run = this_run(Some(plugin(subject)), &subject.user)?;
    run.actor = audit::Actor {
        uid: peer.uid,
        user: subject.user.name.clone(),
        session: peer.session(),
        gid: Some(peer.gid),
        pid: u32::try_from(peer.pid).ok(),
    };
    open_for(named, policies, run)
}

/// The log for what nethost does without a run of a plugin: it installs or removes one, or it undoes changes.
pub fn open_about(
    named: Option<&Path>,
    policies: &Policies,
    plugin: Option<audit::Plugin>,
) -> Result<Log, Error> {
    let run = this_run(plugin, &User::current())?;
    open_for(named, policies, run)
}

fn plugin(subject: &Subject) -> audit::Plugin {
    let bundled = |text: &str| subject.bundled.then(|| text.to_owned());
    audit::Plugin {
        name: subject.name.clone(),
        version: bundled(env!("CARGO_PKG_VERSION")),
        digest: subject.digest.clone(),
        signer: bundled("bundled").or_else(|| subject.signer.clone()),
    }
}

fn open_for(named: Option<&Path>, policies: &Policies, mut run: audit::Run) -> Result<Log, Error> {
    run.policy = policies.digest();
    match path(named, policies)? {
        Some(path) => Ok(Log::open(&settings(named, policies, path)?, run)?),
        None if policies.audit().required => Err(Error::NoLog),
        None => Ok(Log::off()),
    }
}

/// The log that the policy or the operator names, or that of this user.
pub fn path(named: Option<&Path>, policies: &Policies) -> Result<Option<PathBuf>, Error> {
    if let Some(site) = &policies.ceiling
        && let Some(file) = &site.audit.file
    {
        return match named {
            Some(other) if other != file => Err(Error::OtherLog {
                log: file.clone(),
                policy: site.origin.clone(),
            }),
            _ => Ok(Some(file.clone())),
        };
    }
    let chosen = named.map(Path::to_owned).or_else(|| policies.audit().file);
    Ok(chosen.or_else(audit::default_path))
}

/// The settings of the log at this path.
pub fn settings(
    named: Option<&Path>,
    policies: &Policies,
    path: PathBuf,
) -> Result<Settings, Error> {
    let rules = policies.audit();
    let state = audit::state_of(&path)?;
    Ok(Settings {
        required: rules.required || named.is_some(),
        // A user without a place for state is not warned at each run. Root has one.
        by_default: named.is_none()
            && rules.file.is_none()
            && !rustix::process::geteuid().is_root(),
        must_last: rules.required,
        sync: rules.sync.unwrap_or_default(),
        rotate: rules.rotate.unwrap_or(audit::ROTATE),
        keep: rules.keep,
        keep_for: rules.keep_for,
        site_policy: policies.ceiling.as_ref().map(|site| site.digest.clone()),
        ..Settings::new(path, state)
    })
}

/// Who runs what, for the audit log.
pub fn this_run(plugin: Option<audit::Plugin>, user: &User) -> io::Result<audit::Run> {
    let read = |path| {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    Ok(audit::Run {
        run: format!("{:032x}", u128::from_ne_bytes(random)),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        boot: read("/proc/sys/kernel/random/boot_id"),
        actor: audit::Actor {
            uid: user.uid,
            user: user.name.clone(),
            // 4294967295 means "none" in the kernel.
            session: read("/proc/self/sessionid")
                .parse()
                .ok()
                .filter(|session| *session != u32::MAX),
            gid: None,
            pid: None,
        },
        plugin,
        policy: None,
    })
}
