//! `nethost policy check`: mistakes, rules without effect, and which rule decides a request.

mod network;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::super::{FAILURE, Options};
use nethost_broker::Broker;
use nethost_core::InterfaceBy;
use nethost_core::User;
use nethost_core::home;
use nethost_core::output;
use nethost_core::text;
use nethost_core::{AbsolutePath, CanonicalAddr, HostName, Interface, ResolvedName};
use nethost_core::{Request, Target, TargetKind};
use nethost_core::{address, file, hosts};
use nethost_policy as policy;
use nethost_policy::{
    Considered, Decision, Effect, Error, InForce, Names, Policies, Problem, Quota, Severity,
    Subject, Terms, quantity,
};
use nethost_runner::capabilities;
use nethost_runner::plugin::load;

/// What to check, and the request to decide.
#[derive(Args)]
pub(in crate::cli) struct Question {
    /// The policy file; by default the policy in force
    file: Option<PathBuf>,
    /// The plugin that makes the request: the name of a bundled plugin, or a .wasm file; by default any plugin
    #[arg(long, value_name = "PLUGIN", requires = "cap")]
    plugin: Option<String>,
    /// The name of the request, such as icmp.echo
    #[arg(long, value_name = "CAP")]
    cap: Option<String>,
    /// The target: an address, ADDRESS:PORT, a network, NETWORK:PORT, a name, a path
    #[arg(long, value_name = "TARGET", requires = "cap")]
    to: Option<String>,
    /// The interface that the request names
    #[arg(long, value_name = "NAME", requires = "cap")]
    interface: Option<String>,
    /// A name that the target was resolved from
    #[arg(long, value_name = "NAME", requires = "to")]
    name: Vec<String>,
    /// The user, by name or id; by default you
    #[arg(long, value_name = "USER", requires = "cap")]
    user: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// What the operator typed: the value of `$args`
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

/// A decision and how it came about.
enum Answer {
    /// Of one target.
    One {
        request: Box<Request>,
        decision: Decision,
        /// The report-only rule that would deny it, if it is allowed.
        reported: Option<Arc<str>>,
        considered: Vec<Considered>,
    },
    /// Of each host of a network.
    Network(network::Answer),
    /// The plugin does not run, for this reason.
    NotRun(String),
}

impl Answer {
    fn is_yes(&self) -> bool {
        match self {
            Self::One { decision, .. } => matches!(decision, Decision::Allowed(_)),
            Self::Network(network) => network.allows_all(),
            Self::NotRun(_) => false,
        }
    }
}

/// Answers the question.
pub(super) fn check(options: &Options, question: &Question) -> io::Result<u8> {
    let capabilities = capabilities::request_names();
    let plugins: Vec<&str> = nethost_bundle::PLUGINS
        .iter()
        .map(|plugin| plugin.name)
        .collect();
    let names = Names {
        capabilities: &capabilities,
        plugins: &plugins,
    };
    let mut output = output::output();
    let policies = match policies(options, question, names) {
        Ok(policies) => policies,
        Err(error) => {
            report(&mut output, question, error.problems(), None)?;
            return Ok(FAILURE);
        }
    };
    let files = [&policies.ceiling, &policies.chosen];
    let problems: Vec<Problem> = files
        .into_iter()
        .flatten()
        .flat_map(|policy| policy::unreachable(policy, names))
        .collect();
    let answer = match &question.cap {
        Some(cap) => Some(answer(policies, question, cap, names)?),
        None => None,
    };
    report(&mut output, question, &problems, answer.as_ref())?;
    Ok(u8::from(answer.is_some_and(|answer| !answer.is_yes())))
}

fn policies(options: &Options, question: &Question, names: Names<'_>) -> Result<Policies, Error> {
    let mut policies = match &question.file {
        // Without the system's policy, because the file may be about to become that policy.
        Some(file) => Policies::of_candidate(file, names),
        None => {
            let system = Path::new(policy::SYSTEM_FILE);
            Policies::load(Some(system), options.policy.as_deref(), names)
        }
    }?;
    policies.flags = nethost_service::flags(&options.allow, &options.deny, names)?;
    Ok(policies)
}

fn answer(
    mut policies: Policies,
    question: &Question,
    cap: &str,
    names: Names<'_>,
) -> io::Result<Answer> {
    policy::known_capability(cap, names.capabilities).map_err(io::Error::other)?;
    let mut subject = Subject {
        args: question.args.clone(),
        user: match &question.user {
            None => User::current(),
            Some(name) => User::known(name).ok_or_else(|| {
                io::Error::other(format!("/etc/passwd has no user {}", text::line(name)))
            })?,
        },
        ..Subject::default()
    };
    if let Some(plugin) = &question.plugin {
        let found = load::find(plugin).map_err(io::Error::other)?;
        policies.manifest.clone_from(&found.rules);
        subject.name.clone_from(&found.name);
        subject.digest.clone_from(&found.digest);
        subject.bundled = found.bundled;
        subject.signer = found.signer().ok().flatten();
    }
    if let (Some(_), Some(why)) = (&question.plugin, policies.unsigned(&subject)) {
        return Ok(Answer::NotRun(why));
    }
    let target = question.to.as_deref();
    let target = target.map_or(Ok(Target::Local("")), |text| target_of(cap, text));
    let interface = question.interface.as_deref().map(interface).transpose()?;
    let request = Request::new("", target?).on_interface(interface);
    let resolved = question
        .name
        .iter()
        .map(|name| led_by(name, &request.target));
    let resolved: Vec<ResolvedName> = resolved.collect::<io::Result<_>>()?;
    let in_force: InForce = policies.in_force(&subject);
    if let Some(set) = question
        .to
        .as_deref()
        .and_then(|text| network::hosts(cap, text))
    {
        let answer = network::answer(&in_force, cap, &request, set?, &resolved);
        return Ok(Answer::Network(answer));
    }
    let decision = in_force.decide(cap, &request, &resolved);
    let reported = match decision {
        Decision::Allowed(_) => in_force.reported(cap, &request, &resolved).cloned(),
        Decision::Denied(_) => None,
    };
    Ok(Answer::One {
        decision,
        reported,
        considered: in_force.consider(cap, &request, &resolved),
        request: Box::new(request),
    })
}

fn bad(text: &str, what: &str) -> io::Error {
    io::Error::other(format!("`{}` is not {what}", text::line(text)))
}

/// The target of a request of this capability.
fn target_of(cap: &str, text: &str) -> io::Result<Target> {
    let is_about = |kind| {
        let declared = capabilities::declared(cap);
        declared.is_some_and(|declared| declared.targets.contains(&kind))
    };
    if let Some(address) = address::parse(text) {
        return Ok(match is_about(TargetKind::Fact) {
            true => Target::address_of(address.ip()),
            false => Target::remote(address.ip(), None),
        });
    }
    if let Ok(endpoint) = text.parse::<std::net::SocketAddr>() {
        return Ok(match is_about(TargetKind::Listen) {
            true => Target::listen(endpoint),
            false => Target::remote(endpoint.ip(), Some(endpoint.port())),
        });
    }
    if let Some((network, _)) = network::parse(text) {
        return Ok(Target::network(network));
    }
    if text.starts_with(['/', '.', '~']) {
        let path = home::expand(text);
        let path = AbsolutePath::new(&std::env::current_dir()?, &path);
        let path = path.ok_or_else(|| bad(text, "a path"))?;
        if file::is_closed(&path) {
            return Err(bad(
                text,
                "the path of a file: it leads through a magic link, or through links without end",
            ));
        }
        return Ok(Target::Path(file::resolve(&path)));
    }
    HostName::new(text).map(Target::Name).ok_or_else(|| {
        bad(
            text,
            "an address, ADDRESS:PORT, a network, NETWORK:PORT, a name or a path",
        )
    })
}

/// An interface of this machine, or one of another machine with this name.
fn interface(text: &str) -> io::Result<Interface> {
    let broker = Broker::in_process();
    let found = broker.interface(&None, &InterfaceBy::Name(text.into()));
    found
        .or_else(|_| Interface::named(text, Vec::new()))
        .map_err(|_| bad(text, "an interface"))
}

fn led_by(text: &str, target: &Target) -> io::Result<ResolvedName> {
    let name = HostName::new(text).ok_or_else(|| bad(text, "a host's name"))?;
    let address = target.address().map(CanonicalAddr::new);
    let from_hosts_file = address.is_some_and(|address| hosts::addresses(&name).contains(&address));
    Ok(ResolvedName {
        name,
        from_hosts_file,
    })
}

fn report(
    output: &mut impl Write,
    question: &Question,
    problems: &[Problem],
    answer: Option<&Answer>,
) -> io::Result<()> {
    if question.json {
        let mut object =
            json!({ "problems": problems.iter().map(problem_json).collect::<Vec<_>>() });
        if let Some(answer) = answer {
            object["answer"] = answer_json(answer);
        }
        serde_json::to_writer_pretty(&mut *output, &object)?;
        return writeln!(output);
    }
    for problem in problems {
        writeln!(output, "{problem}")?;
    }
    match answer {
        Some(answer) => answer_text(output, answer),
        None if problems.is_empty() => writeln!(output, "no mistakes, no rules without effect"),
        None => Ok(()),
    }
}

fn answer_text(output: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let (decision, reported, considered) = match answer {
        Answer::Network(network) => return network.write(output),
        Answer::NotRun(why) => return writeln!(output, "denied: the plugin does not run: {why}"),
        Answer::One {
            decision,
            reported,
            considered,
            ..
        } => (decision, reported, considered),
    };
    decision_text(output, decision, "")?;
    if let Some(rule) = reported {
        writeln!(output, "  would be denied by {}", text::line(rule))?;
    }
    for rule in considered {
        let effect = effect(rule.effect);
        let why = rule.not.as_deref().unwrap_or("covers it");
        writeln!(
            output,
            "  {effect:<5} {}: {}",
            text::line(&rule.origin),
            text::line(why)
        )?;
    }
    Ok(())
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
        Effect::Report => "report",
    }
}

/// A decision, behind what it is about.
fn decision_text(output: &mut impl Write, decision: &Decision, about: &str) -> io::Result<()> {
    match decision {
        Decision::Allowed(terms) => {
            writeln!(output, "{about}allowed by {}", text::line(&terms.rule))?;
            for (rule, quota) in &terms.quotas {
                writeln!(
                    output,
                    "  {} ({})",
                    quota_fields(quota).join(", "),
                    text::line(rule)
                )?;
            }
            for (field, value) in &terms.forced {
                writeln!(output, "  {field}: {}", text::line(value))?;
            }
            if let Some(until) = terms.until {
                writeln!(output, "  until {until}")?;
            }
        }
        Decision::Denied(refusal) => {
            writeln!(output, "{about}denied: {}", text::line(&refusal.rule))?;
            writeln!(output, "  to allow it: {}", text::line(&refusal.remedy))?;
        }
    }
    Ok(())
}

fn quota_fields(quota: &Quota) -> Vec<String> {
    let rate = quota.rate.map(|rate| format!("rate = \"{rate}\""));
    let packets = quota.packets.map(|packets| format!("packets = {packets}"));
    let bytes = quota
        .bytes
        .map(|bytes| format!("bytes = \"{}\"", quantity::shown_bytes(bytes)));
    [rate, packets, bytes].into_iter().flatten().collect()
}

fn problem_json(problem: &Problem) -> Value {
    let (line, column) = problem.place.unzip();
    json!({
        "severity": match problem.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "file": problem.origin,
        "line": line,
        "column": column,
        "message": problem.message,
    })
}

fn answer_json(answer: &Answer) -> Value {
    let (request, decision, reported, considered) = match answer {
        Answer::Network(network) => return network.json(),
        Answer::NotRun(why) => return json!({ "decision": "denied", "rule": why }),
        Answer::One {
            request,
            decision,
            reported,
            considered,
        } => (request, decision, reported, considered),
    };
    let considered = considered.iter().map(|rule| {
        json!({
            "rule": &*rule.origin,
            "effect": effect(rule.effect),
            "covers": rule.not.is_none(),
            "because": rule.not,
        })
    });
    let mut object = decision_json(decision);
    if let Some(rule) = reported {
        object["reported"] = (&**rule).into();
    }
    object["target"] = request.target.to_string().into();
    object["considered"] = considered.collect::<Vec<_>>().into();
    object
}

fn decision_json(decision: &Decision) -> Value {
    match decision {
        Decision::Allowed(Terms {
            rule,
            source,
            quotas,
            until,
            forced,
        }) => json!({
            "decision": "allowed",
            "rule": &**rule,
            "grant": source,
            "quotas": quotas.iter().map(|(rule, quota)| json!({
                "rule": &**rule,
                "rate": quota.rate.map(|rate| rate.to_string()),
                "packets": quota.packets,
                "bytes": quota.bytes,
            })).collect::<Vec<_>>(),
            "until": until.map(|until| until.to_string()),
            "forced": forced.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        }),
        Decision::Denied(refusal) => json!({
            "decision": "denied",
            "rule": refusal.rule,
            "remedy": refusal.remedy,
            "missing": refusal.missing,
        }),
    }
}
