//! What tests of the broker and of the capabilities share: a gate over a policy, and the audit records that it wrote.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use nethost_audit::{Actor, Log, Run, Settings};
use nethost_broker::CAPABILITIES;
use nethost_gate::Gate;
use nethost_policy::{Effect, Policies, Rule, Subject};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A gate, and the file that its records go to.
pub struct TestBed {
    /// The gate.
    pub gate: Arc<Gate>,
    file: PathBuf,
    state: PathBuf,
}

impl TestBed {
    /// A gate that allows what these flags say.
    pub fn allowing(flags: &[&str]) -> Self {
        Self::ruled(flags, &[])
    }

    /// The same, with flags that deny.
    pub fn ruled(allow: &[&str], deny: &[&str]) -> Self {
        let number = NUMBER.fetch_add(1, Relaxed);
        let file = std::env::temp_dir().join(format!(
            "nethost-test-bed-{}-{number}.jsonl",
            std::process::id()
        ));
        let _ = std::fs::remove_file(&file);
        let state = file.with_extension("state");
        let _ = std::fs::remove_dir_all(&state);
        let run = Run {
            run: "r".into(),
            host: "h".into(),
            boot: "b".into(),
            actor: Actor {
                uid: 0,
                user: None,
                session: None,
                gid: None,
                pid: None,
            },
            plugin: None,
            policy: None,
        };
        let names: Vec<_> = CAPABILITIES.iter().map(|one| one.name).collect();
        let rules = |effect, option, flags: &[&str]| {
            let rule = |flag: &&str| Rule::from_flag(effect, option, flag, &names).unwrap();
            flags.iter().map(rule).collect::<Vec<_>>()
        };
        let mut flags = rules(Effect::Allow, "--allow", allow);
        flags.extend(rules(Effect::Deny, "--deny", deny));
        let policies = Policies {
            flags,
            ..Policies::default()
        };
        let subject = Subject {
            name: "probe".into(),
            digest: "sha256:0".into(),
            bundled: false,
            ..Subject::default()
        };
        let settings = Settings {
            required: true,
            ..Settings::new(file.clone(), state.clone())
        };
        let log = Log::open(&settings, run).unwrap();
        Self {
            gate: Gate::new(&policies, &subject, Arc::new(log)),
            file,
            state,
        }
    }

    /// What was recorded of the run so far.
    pub fn events(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(&self.file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|record: &serde_json::Value| record["run_seq"].is_u64())
            .collect()
    }

    /// Just their names.
    pub fn names(&self) -> Vec<String> {
        self.events()
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for TestBed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
        let _ = std::fs::remove_dir_all(&self.state);
    }
}
