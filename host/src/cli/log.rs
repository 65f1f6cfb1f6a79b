//! From what the operator and the policies say to the audit log of a run.

use std::io;
use std::path::{Path, PathBuf};

use super::Options;
use crate::broker::Peer;
use crate::capability;
use crate::plugin::load::Found;
use nethost_audit as audit;
use nethost_audit::{Log, Settings};
use nethost_core::User;
use nethost_policy as policy;
use nethost_policy::{Names, Policies, SYSTEM_FILE, Subject};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error(
        "the policy requires an audit log and there is no HOME to keep one in; name one with --audit"
    )]
    NoLog,
    #[error("--audit: {policy} names the audit log, {}; leave it out", log.display())]
    OtherLog { log: PathBuf, policy: String },
    #[error("audit log: {0}")]
    System(#[from] io::Error),
}

/// The log of a run of this plugin.
pub(super) fn open(
    options: &Options,
    policies: &Policies,
    found: &Found,
    user: &User,
) -> Result<Log, Error> {
    let run = this_run(
        Some(plugin(&found.name, &found.digest, found.bundled)),
        user,
    )?;
    open_for(options, policies, run)
}

/// The log of a run that a service serves to somebody else.
pub(super) fn open_for_peer(
    options: &Options,
    policies: &Policies,
    subject: &Subject,
    peer: &Peer,
) -> Result<Log, Error> {
    let plugin = plugin(&subject.name, &subject.digest, subject.bundled);
    let mut run = this_run(Some(plugin), &subject.user)?;
    run.actor = audit::Actor {
        uid: peer.uid,
        user: subject.user.name.clone(),
        session: peer.session(),
        gid: Some(peer.gid),
        pid: u32::try_from(peer.pid).ok(),
    };
    open_for(options, policies, run)
}

fn plugin(name: &str, digest: &str, bundled: bool) -> audit::Plugin {
    audit::Plugin {
        name: name.into(),
        version: bundled.then(|| env!("CARGO_PKG_VERSION").to_owned()),
        digest: digest.into(),
        signer: bundled.then(|| "bundled".to_owned()),
    }
}

fn open_for(options: &Options, policies: &Policies, mut run: audit::Run) -> Result<Log, Error> {
    run.policy = policies.digest();
    match path(options, policies)? {
        Some(path) => Ok(Log::open(&settings(options, policies, path)?, run)?),
        None if policies.audit().required => Err(Error::NoLog),
        None => Ok(Log::off()),
    }
}

/// The policies that say how the log is kept, for work on the log itself.
pub(super) fn policies(options: &Options) -> Result<Policies, Error> {
    let capabilities = capability::request_names();
    let names = Names {
        capabilities: &capabilities,
        plugins: &[],
    };
    let system = Path::new(SYSTEM_FILE);
    Ok(Policies::load(
        Some(system),
        options.policy.as_deref(),
        names,
    )?)
}

/// The log that the policy or the operator names, or this user's.
pub(super) fn path(options: &Options, policies: &Policies) -> Result<Option<PathBuf>, Error> {
    if let Some(site) = &policies.ceiling
        && let Some(file) = &site.audit.file
    {
        return match &options.audit {
            Some(other) if other != file => Err(Error::OtherLog {
                log: file.clone(),
                policy: site.origin.clone(),
            }),
            _ => Ok(Some(file.clone())),
        };
    }
    let chosen = options.audit.clone().or_else(|| policies.audit().file);
    Ok(chosen.or_else(audit::default_path))
}

/// How the log at this path is kept.
pub(super) fn settings(
    options: &Options,
    policies: &Policies,
    path: PathBuf,
) -> Result<Settings, Error> {
    let rules = policies.audit();
    let state = audit::state_of(&path)?;
    Ok(Settings {
        required: rules.required || options.audit.is_some(),
        // Whoever has no place to keep things is not told so each time; root has one.
        by_default: options.audit.is_none()
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
pub(super) fn this_run(plugin: Option<audit::Plugin>, user: &User) -> io::Result<audit::Run> {
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
            // 4294967295 is the kernel's "none".
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
