//! Finds the processes of network namespaces: compares /proc/PID/ns/net with the mounts in /run/netns.

use std::fs::Metadata;
use std::io;
use std::os::linux::fs::MetadataExt;
use std::path::Path;

/// The identity of a namespace in the kernel: device and inode of its file.
#[derive(PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let facts: Metadata = std::fs::metadata(path)?;
        Ok(Self(facts.st_dev(), facts.st_ino()))
    }
}

/// The names of the namespace of a process, or of this process without a number.
pub(super) fn names_of(named: &Path, process: Option<u32>) -> io::Result<Vec<String>> {
    let process = process.map_or_else(|| "self".to_owned(), |process| process.to_string());
    let wanted = Identity::of(Path::new(&format!("/proc/{process}/ns/net")))?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(named).into_iter().flatten() {
        let entry = entry?;
        if Identity::of(&entry.path()).is_ok_and(|found| found == wanted) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The first processes after this number that are in the namespace of this file. Processes that may not be inspected
/// are omitted.
pub(super) fn processes(namespace: &Path, after: u32, most: usize) -> io::Result<Vec<u32>> {
    let wanted = Identity::of(namespace)?;
    let mut numbers: Vec<u32> = std::fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > after)
        .collect();
    numbers.sort_unstable();
    let is_inside = |number: &u32| {
        let file = format!("/proc/{number}/ns/net");
        Identity::of(Path::new(&file)).is_ok_and(|found| found == wanted)
    };
    Ok(numbers.into_iter().filter(is_inside).take(most).collect())
}
