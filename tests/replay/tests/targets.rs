//! Every fuzz target on every input that there is: the seeds, and what a fuzzer has left in this checkout.

// So that `use libfuzzer_sys::fuzz_target` means the stand-in.
extern crate nethost_replay as libfuzzer_sys;

use libfuzzer_sys::Target;
use nix::sched::{CloneFlags, unshare};

include!(concat!(env!("OUT_DIR"), "/targets.rs"));

/// On a thread in a network of its own, where this process may make one: what the broker's policy allows is done, if
/// only on the loopback interface.
fn test(name: &'static str, target: Target) {
    let thread = std::thread::spawn(move || {
        let _ = unshare(CloneFlags::CLONE_NEWNET);
        libfuzzer_sys::replay(name, target)
    });
    match thread.join() {
        Ok(count) => println!("{name}: {count} inputs"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
