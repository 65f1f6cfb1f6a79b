//! The guest: qemu in software emulation, bounded in time.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::kernel::Kernel;
use super::{STEP, failed};
use crate::step::{self, Failure};

/// In the kernel's emulated time everything takes ten times as long.
const LIMIT: Duration = Duration::from_secs(1200);
/// How much of the log is shown.
const LAST_LINES: usize = 40;

/// What a guest wrote.
pub(super) struct Told {
    /// The console: the kernel's messages.
    pub(super) log: String,
    /// What the commands printed.
    pub(super) results: String,
}

/// Boots the guest and waits until it is off.
pub(super) fn boot(folder: &Path, kernel: &Kernel, initramfs: &Path) -> Result<Told, Failure> {
    let [log, results] = ["console", "results"].map(|name| folder.join(name));
    let mut qemu = Command::new("qemu-system-x86_64");
    qemu.args([
        "-accel", "tcg", "-cpu", "max", "-m", "2048", "-display", "none",
    ])
    .args(["-nodefaults", "-no-reboot", "-append"])
    .arg("console=ttyS0 quiet panic=-1")
    .arg("-kernel")
    .arg(&kernel.image)
    .arg("-initrd")
    .arg(initramfs)
    .stdin(Stdio::null());
    for file in [&log, &results] {
        qemu.arg("-serial").arg(format!("file:{}", file.display()));
    }
    let child = qemu.spawn();
    let mut child = child.map_err(|error| failed(Path::new("qemu-system-x86_64"), &error))?;
    let is_off = wait(&mut child).map_err(|error| failed(folder, &error))?;
    let told = Told {
        log: last_lines(&read(&log)?),
        results: read(&results)?,
    };
    if is_off {
        return Ok(told);
    }
    eprintln!("The guest's log:\n{}", told.log);
    let problem = format!("the guest was not done in {} s", LIMIT.as_secs());
    Err(Failure::new(STEP, problem, "its log is above"))
}

/// Whether it ended in time; it is ended otherwise.
fn wait(child: &mut Child) -> std::io::Result<bool> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

fn read(path: &Path) -> Result<String, Failure> {
    Ok(step::read(STEP, path)?.replace('\r', ""))
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
