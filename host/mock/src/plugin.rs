//! The plugin under test: compiled once, run for each case.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use nethost_kit::recorded::component::Linker;
use nethost_manifest::Wanted;
use nethost_policy::Rule;
use nethost_runner::plugin::cache::Cache;
use nethost_runner::plugin::load::{self, Found};
use nethost_service::catalog;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::context::Context;
use crate::{Error, linker};

/// How often a plugin that computes is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// A plugin that is ready to run.
pub struct Plugin {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) bundled: bool,
    /// Arguments that its alias stands for.
    pub(crate) args: Vec<String>,
    /// What its manifest asks for.
    pub(crate) rules: Vec<Rule>,
    pub(crate) component: Component,
    pub(crate) linker: Linker<Context>,
    running: Arc<AtomicBool>,
}

impl Plugin {
    /// Opens a `.wasm` file, or a bundled plugin by its name. It is compiled as `nethost run` compiles it.
    pub fn open(typed: &str) -> Result<Self, Error> {
        // The same home on every machine, before a rule names it.
        nethost_core::home::is(Some("/home/user".into()));
        let found = load::find(typed)?;
        let compiled = found.compiled(&Cache::of_user())?;
        let engine = Engine::new(&nethost_engine::config()).map_err(Error::Engine)?;
        let component = found.component(&engine, &compiled)?;
        let linked = linker::link(&engine, &component);
        let linker = linked.map_err(|source| Error::Link {
            plugin: typed.into(),
            source,
        })?;
        let rules = rules(&found)?;
        let running = Arc::new(AtomicBool::new(true));
        tick(&engine, &running);
        Ok(Self {
            name: found.name,
            digest: found.digest,
            bundled: found.bundled,
            args: found.args,
            rules,
            component,
            linker,
            running,
        })
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.running.store(false, Relaxed);
    }
}

/// Moves the epoch of the engine, so that a plugin that computes without an end is looked at.
fn tick(engine: &Engine, running: &Arc<AtomicBool>) {
    let (engine, running) = (engine.clone(), Arc::clone(running));
    std::thread::spawn(move || {
        while running.load(Relaxed) {
            std::thread::sleep(TICK);
            engine.increment_epoch();
        }
    });
}

/// What the manifest asks for, as an operator grants it who says yes. Nobody is at a terminal in a test.
fn rules(found: &Found) -> Result<Vec<Rule>, Error> {
    let facts = found.facts()?;
    let wanted = match &facts.manifest {
        nethost_inspect::Stated::Manifest(manifest) => manifest.request.clone(),
        nethost_inspect::Stated::Unusable(problem) => {
            return Err(Error::Manifest {
                plugin: found.typed.clone(),
                problem: problem.clone(),
            });
        }
        nethost_inspect::Stated::Absent => Vec::new(),
    };
    let attended = |wanted: &Wanted| !wanted.attended;
    let wanted: Vec<Wanted> = wanted.into_iter().filter(attended).collect();
    let origin = format!("plugin.toml of {}", found.name);
    catalog::rules(&wanted, &origin).map_err(|bad| Error::Manifest {
        plugin: found.typed.clone(),
        problem: bad.to_string(),
    })
}
