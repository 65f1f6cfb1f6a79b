//! `nethost run`: from a name and arguments to an exit code.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use wasmtime::Engine;

use super::explain::Noting;
use super::{Options, ask, fail, launch, record, service};
use nethost_audit as audit;
use nethost_broker::{self as broker, Session};
use nethost_core::RecordError;
use nethost_core::User;
use nethost_core::output;
use nethost_core::system_error;
use nethost_gate::Gate;
use nethost_kit::signals::Signals;
use nethost_kit::{limits, memory};
use nethost_policy as policy;
use nethost_policy::{Names, Policies, Policy, PolicyWatch, SYSTEM_FILE, Subject};
use nethost_runner::execution::{self, FAILURE};
use nethost_runner::plugin::cache::Cache;
use nethost_runner::plugin::load::{self, Found};
use nethost_runner::{capabilities, linker, lockdown};
use nethost_service::{installed, log, still, watched_files};

/// Why a plugin does not run, or was ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error(transparent)]
    Ask(#[from] ask::Error),
    #[error("{plugin} was not run: {why}")]
    Unsigned { plugin: String, why: String },
    #[error(transparent)]
    Lockdown(#[from] lockdown::Error),
    #[error(transparent)]
    Service(#[from] service::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("{plugin}: {source}")]
    Link {
        plugin: String,
        source: linker::Error,
    },
    #[error("{operation}: {}", system_error::words(.source))]
    System {
        operation: &'static str,
        source: std::io::Error,
    },
    #[error("engine: {0:#}")]
    Engine(wasmtime::Error),
    #[error("record: {0}")]
    Draft(std::io::Error),
    #[error("{plugin}: it imports `{import}`, which no record covers; only `nethost run` runs it")]
    Unrecorded { plugin: String, import: String },
    #[error("{file}: the record is not complete: {}", system_error::words(.source))]
    NotRecorded {
        file: String,
        source: std::io::Error,
    },
}

/// Runs a plugin.
pub(super) fn run(options: &Options, typed: &str, args: Vec<String>) -> ExitCode {
    match try_run(options, typed, args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = fail(&error.to_string());
            if let Error::Ask(ask::Error::Missing { policy, .. }) = &error {
                let _ = output::error().write_all(policy.as_bytes());
            }
            code
        }
    }
}

fn try_run(options: &Options, typed: &str, args: Vec<String>) -> Result<u8, Error> {
    let system = |operation| move |source| Error::System { operation, source };
    broker::close_inherited().map_err(system("close_range"))?;
    let found = find(options, typed, &args)?;
    let args: Vec<String> = found.args.iter().cloned().chain(args).collect();
    let subject = Subject {
        name: found.name.clone(),
        digest: found.digest.clone(),
        bundled: found.bundled,
        signer: found.signer().ok().flatten(),
        args: args.clone(),
        user: User::current(),
    };
    let target = options.record.as_ref();
    let draft = target.map(record::Target::create).transpose();
    let draft = draft.map_err(Error::Draft)?;
    let mut policies = policies(options, &found)?;
    let unsigned = unsigned(&policies, &subject, &found);
    // What is refused anyway is no question.
    let settled = match &unsigned {
        Some(_) => Ok(None),
        None => ask::settle(&found, &subject, &mut policies),
    };
    let given = match settled {
        Ok(given) => given,
        Err(error) => {
            refuse(options, &policies, &subject, &error.reason())?;
            return Err(error.into());
        }
    };
    let link = match service::connect(options, &policies, &found, &subject, given.as_ref())? {
        Some(link) => link,
        // A service judges the signature itself, and records that it refuses.
        None if unsigned.is_some() => {
            let why = unsigned.unwrap_or_default();
            refuse(options, &policies, &subject, &why)?;
            let plugin = found.typed.clone();
            return Err(Error::Unsigned { plugin, why });
        }
        None => broker::start(|| {
            let log = log::open(options.audit.as_deref(), &policies, &subject)?;
            Ok::<_, Error>(Session {
                gate: Gate::new(&policies, &subject, Arc::new(log)),
                capabilities: capabilities::all(),
                args: args.clone(),
                watch: watch(&policies, &found, &subject),
                confined: policies.audit().required,
                unconfined: nethost_service::lacking(),
                journals: nethost_service::journals(&subject.name),
            })
        })
        .map_err(system("broker"))?,
    };
    let link = Arc::new(link);

    // From here on the broker is a separate process. It opens the log while this process loads the plugin.
    let compiled = found.compiled(&Cache::of_user())?;
    if draft.is_some()
        && let Some(import) = linker::unrecorded(compiled.imports())
    {
        return Err(Error::Unrecorded {
            plugin: found.typed.clone(),
            import: import.into(),
        });
    }
    let started = launch::launch(options, &args, compiled.imports());
    let launcher = started.map(broker::start_launcher).transpose();
    let launcher = launcher.map_err(system("launcher"))?;
    link.begin().map_err(system("broker"))?;
    if let Some(launcher) = launcher {
        link.lend_launcher(launcher).map_err(system("launcher"))?;
    }
    let noting = options.explain_denied.then(|| Noting::new(&link));
    let gate = match &noting {
        Some(noting) => Gate::behind(&policies, &subject, Arc::clone(noting)),
        None => Gate::behind(&policies, &subject, Arc::clone(&link)),
    };
    let limits = policies.limits(&subject);
    limits::limit_descriptors(&limits).map_err(system("setrlimit"))?;
    let last_words = |reason: &str| link.last_words(FAILURE, reason);
    memory::bound(&limits, &found.name, last_words).map_err(system("bounding memory"))?;
    let reel = draft.map(|draft| draft.begin(&found, &args)).transpose();
    let reel = reel.map_err(Error::Draft)?;
    lockdown::enter(&linker::needs(compiled.imports()), compiled.file())?;
    // Until the privileges are given up, nothing of the plugin and nothing compiled from it is in this process.
    let engine = Engine::new(&nethost_engine::config()).map_err(Error::Engine)?;
    let component = found.component(&engine, &compiled)?;
    lockdown::complete()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(system("runtime"))?;
    let signals = {
        let _within = runtime.enter();
        Signals::listen(&engine).map_err(system("signals"))?
    };
    // The start is recorded before the first instruction of the plugin.
    gate.record_start(&args, &[])?;
    let ending = runtime.block_on(execution::execute(
        &component,
        &gate,
        &link,
        &signals,
        &found,
        args,
        limits,
        reel.as_ref(),
    ));
    // A lookup that is no longer needed must not delay the end. The rest is memory. The kernel frees it at the end of
    // the process, faster than its owners can.
    std::mem::forget(runtime);

    let ended = ending.map_err(|source| Error::Link {
        plugin: found.typed.clone(),
        source,
    });
    let (exit, stopped) = match &ended {
        Ok(ending) => ending.recorded(),
        Err(error) => (FAILURE, Some(error.to_string())),
    };
    let recorded = gate.record_end(exit, stopped.as_deref());
    std::mem::forget((component, engine));
    // The end is recorded first, because a reader of the message can block it.
    if let Ok(ending) = &ended {
        ending.tell(found.called());
    }
    if let Some(noting) = noting {
        noting.tell(&policies, &subject);
    }
    recorded?;
    let ending = ended?;
    if let (Some(reel), Some(target)) = (&reel, target) {
        record::end(reel, ending.on_record(), target)?;
    }
    Ok(exit)
}

/// Finds the plugin. That an installed one, or the list of them, is not what it was is on record.
fn find(options: &Options, typed: &str, args: &[String]) -> Result<Found, Error> {
    let error = match load::find(typed) {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    let (name, digest) = match &error {
        load::Error::Installed(installed::Error::Altered { name, pinned, .. }) => {
            (name.clone(), pinned.clone())
        }
        load::Error::Installed(installed::Error::List { .. }) => (typed.to_owned(), String::new()),
        _ => return Err(error.into()),
    };
    let subject = Subject {
        name,
        digest,
        args: args.to_vec(),
        user: User::current(),
        ..Subject::default()
    };
    refuse(
        options,
        &policies_of(options)?,
        &subject,
        &error.to_string(),
    )?;
    Err(error.into())
}

/// Records a run that is refused before it starts.
fn refuse(
    options: &Options,
    policies: &Policies,
    subject: &Subject,
    reason: &str,
) -> Result<(), Error> {
    let log = log::open(options.audit.as_deref(), policies, subject)?;
    let gate = Gate::new(policies, subject, Arc::new(log));
    gate.record_start(&subject.args, &nethost_service::lacking())?;
    Ok(gate.record_end(FAILURE, Some(reason))?)
}

/// Why a policy that requires signers does not let the plugin run.
fn unsigned(policies: &Policies, subject: &Subject, found: &Found) -> Option<String> {
    let why = policies.unsigned(subject)?;
    Some(match found.signer() {
        Err(refusal) => format!("{why}: {refusal}"),
        Ok(_) => why,
    })
}

pub(super) fn policies(options: &Options, found: &Found) -> Result<Policies, Error> {
    let mut policies = policies_of(options)?;
    policies.manifest.clone_from(&found.rules);
    Ok(policies)
}

/// The policies for whatever plugin.
pub(super) fn policies_of(options: &Options) -> Result<Policies, Error> {
    let capabilities = capabilities::request_names();
    let names = Names {
        capabilities: &capabilities,
        plugins: &[],
    };
    let system = Path::new(SYSTEM_FILE);
    let mut policies = Policies::load(Some(system), options.policy.as_deref(), names)?;
    policies.chosen = policies.chosen.map(Policy::of_operator);
    policies.flags = nethost_service::flags(&options.allow, &options.deny, names)?;
    Ok(policies)
}

/// Makes the broker check regularly whether what allows this run still exists: the system's policy, the user, and the
/// permanent grants to the plugin.
fn watch(policies: &Policies, found: &Found, subject: &Subject) -> Option<PolicyWatch> {
    let mut files = watched_files();
    let grants = ask::granted_for_good(found);
    files.extend(grants.iter().map(|grants| grants.path().to_owned()));
    let (at_start, before) = (policies.clone(), subject.clone());
    let listed = User::listed(before.user.uid);
    let reload = move || {
        let capabilities = capabilities::request_names();
        let names = Names {
            capabilities: &capabilities,
            plugins: &[],
        };
        let reread = at_start.reread(Path::new(SYSTEM_FILE), names);
        let mut policies = reread.map_err(|error| error.to_string())?;
        if let Some(grants) = &grants {
            let all = grants.all().map_err(|error| error.to_string())?;
            if !all.iter().any(|one| one.version.digest == before.digest) {
                policies.granted.clear();
            }
        }
        Ok(still(policies, &before, User::current(), &listed))
    };
    Some(PolicyWatch::new(files, policies, subject, reload))
}
