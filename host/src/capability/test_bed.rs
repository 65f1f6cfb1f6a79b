//! What the rooms' own tests share: a gate over a policy, and the audit records it wrote.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::audit::{Actor, Log, Plugin, Run};
use crate::bindings::nethost::cap::types::SocketOptions;
use crate::gate::Gate;
use crate::policy::{Effect, Policies, Rule, Subject};

/// Socket options with nothing set.
pub(super) fn options() -> SocketOptions {
    SocketOptions {
        interface: None,
        source: None,
        hop_limit: None,
        traffic_class: None,
        path_mtu_discovery: None,
        broadcast: false,
        dont_route: false,
        mark: None,
        buffer_size: None,
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A gate, and the file that its records go to.
pub(super) struct TestBed {
    pub(super) gate: Arc<Gate>,
    file: PathBuf,
}

impl TestBed {
    /// A gate that allows what these flags say.
    pub(super) fn allowing(flags: &[&str]) -> Self {
        let number = NUMBER.fetch_add(1, Relaxed);
        let file = std::env::temp_dir().join(format!(
            "nethost-room-{}-{number}.jsonl",
            std::process::id()
        ));
        let _ = std::fs::remove_file(&file);
        let run = Run {
            run: "r".into(),
            host: "h".into(),
            boot: "b".into(),
            actor: Actor {
                uid: 0,
                user: None,
                session: None,
            },
            plugin: Plugin {
                name: "probe".into(),
                digest: "sha256:0".into(),
            },
        };
        let names = crate::capability::request_names();
        let flags = flags
            .iter()
            .map(|flag| Rule::from_flag(Effect::Allow, "--allow", flag, &names).unwrap())
            .collect();
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
        Self {
            gate: Gate::new(&policies, &subject, Log::open(&file, true, run).unwrap()),
            file,
        }
    }

    /// The events recorded so far, as `event` and errno or `ok`.
    pub(super) fn events(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(&self.file).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Just their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.events()
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for TestBed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}
