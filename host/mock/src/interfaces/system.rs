//! Facts about the machine of the scenario.

use super::bindings::nethost::cap::system::{Host, ReleaseFile, UnameFacts};
use crate::context::Context;
use nethost_broker::capabilities::system::SystemRead;
use nethost_core::{Request, Target};
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

/// Asks the gate for a fact, and then reads it.
fn fact<T>(
    run: &Context,
    name: &'static str,
    read: impl FnOnce(&Context) -> Result<T, ErrorCode>,
) -> Answer<T> {
    let permit: Result<Permit<SystemRead>, _> =
        run.gate.authorize(Request::new(name, Target::Local(name)));
    Ok(match permit {
        Ok(_permit) => read(run),
        Err(denial) => Err(denial.into()),
    })
}

fn release(run: &Context) -> String {
    let named = run.system.release.clone();
    named.unwrap_or_else(|| "6.1.0-mock".into())
}

impl Host for Context {
    fn uname(&mut self) -> Answer<UnameFacts> {
        fact(self, "uname", |run| {
            let nodename = run.system.nodename.clone();
            Ok(UnameFacts {
                sysname: "Linux".into(),
                nodename: nodename.unwrap_or_else(|| "mock".into()),
                release: release(run),
                version: "#1 SMP".into(),
                machine: "x86_64".into(),
                domainname: "(none)".into(),
            })
        })
    }

    fn os_release(&mut self) -> Answer<Vec<(String, String)>> {
        fact(self, "os-release", |run| {
            let text = run.system.os_release.as_ref().ok_or(ErrorCode::NotFound)?;
            let lines = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.starts_with('#'));
            let pairs = lines.filter_map(|line| line.split_once('='));
            let plain = |value: &str| value.trim_matches(['"', '\'']).to_owned();
            Ok(pairs
                .map(|(key, value)| (key.into(), plain(value)))
                .collect())
        })
    }

    fn uptime(&mut self) -> Answer<u64> {
        fact(self, "uptime", |run| {
            let named = run.system.uptime.map(|uptime| uptime.0);
            Ok(named.map_or_else(
                || run.time.monotonic(),
                |uptime| uptime.saturating_add(run.time.elapsed()),
            ))
        })
    }

    fn installed_kernels(&mut self) -> Answer<Vec<String>> {
        fact(self, "installed-kernels", |run| Ok(vec![release(run)]))
    }

    fn release_files(&mut self) -> Answer<Vec<ReleaseFile>> {
        fact(self, "release-files", |run| {
            let text = run.system.os_release.iter();
            let file = |text: &String| ReleaseFile {
                path: "/etc/os-release".into(),
                text: text.clone(),
            };
            Ok(text.map(file).collect())
        })
    }

    fn kernel_version(&mut self) -> Answer<String> {
        fact(self, "kernel-version", |run| {
            Ok(format!("Linux version {} (mock) #1 SMP\n", release(run)))
        })
    }

    fn process(&mut self) -> Answer<u32> {
        fact(self, "process", |_| Ok(4242))
    }
}
