//! A test with what it needs of the machine.

use crate::left_out;
use libtest_mimic::{Failed, Trial};
use nethost_tests::need::Requirement;
use nethost_tests::privilege::InstallMode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A test, its name, its needs, and the rounds that it is in.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) needs: Vec<Requirement>,
    pub(crate) rounds: Rounds,
    pub(crate) test: fn(),
}

/// The rounds that a test is in. There is one for each way to install nethost ([`InstallMode`]); the first is root's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounds {
    /// The first alone, and a user namespace's: the test arranges itself as whom nethost runs, or that makes no
    /// difference to it.
    First,
    /// The first, and all of them when all tests run in all: the test means something in each way, but what it looks
    /// at does not depend on where the privilege comes from.
    All,
    /// Always each: it depends on where the privilege comes from.
    Each,
}

impl Rounds {
    /// Whether a test is in the round of this mode. `marked` leaves only those that depend on the mode.
    pub(crate) fn contain(self, mode: InstallMode, marked: bool) -> bool {
        match self {
            Self::Each => true,
            Self::All => !marked,
            Self::First => !marked && matches!(mode, InstallMode::Root | InstallMode::Namespace),
        }
    }
}

/// True where only the tests run that are marked `in each way`.
pub(crate) fn only_marked() -> bool {
    std::env::var_os("NETHOST_TEST_MARKED").is_some_and(|value| value == "1")
}

/// All of them in the first round. In the others, which show that the way to install nethost makes no difference, every
/// twentieth.
pub(crate) fn sampled<T>(all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    all.into_iter().step_by(if only_marked() { 20 } else { 1 })
}

/// `fn cases()` of a module: its tests, in groups that need the same. A group whose tests depend on where nethost has
/// its privilege from is marked `in each way` ([`Rounds::Each`]); `first round;` before all groups is about the
/// groups that are not ([`Rounds::First`]).
macro_rules! cases {
    (first round; $($groups:tt)*) => {
        $crate::case::cases! { @groups First $($groups)* }
    };
    (@groups $otherwise:ident $($needs:tt $(in $each:ident way)? => { $($test:ident),* $(,)? })*) => {
        pub(crate) fn cases() -> Vec<$crate::case::Case> {
            #[allow(unused_imports, reason = "a module whose tests need nothing")]
            use nethost_tests::need::Requirement::*;
            // The path's first segment is this executable.
            let module = module_path!().split_once("::").map_or("", |(_, module)| module);
            let mut cases = Vec::new();
            $(
                let rounds = $crate::case::cases!(@rounds $otherwise $($each)?);
                let tests: &[(&str, fn())] = &[$((stringify!($test), $test)),*];
                cases.extend(tests.iter().map(|(test, run)| $crate::case::Case {
                    name: format!("{module}::{test}"),
                    needs: vec! $needs,
                    rounds,
                    test: *run,
                }));
            )*
            cases
        }
    };
    (@rounds $otherwise:ident each) => { $crate::case::Rounds::Each };
    (@rounds $otherwise:ident) => { $crate::case::Rounds::$otherwise };
    ($($groups:tt)*) => {
        $crate::case::cases! { @groups All $($groups)* }
    };
}
pub(crate) use cases;

/// In CI a test that cannot run is a failure.
pub(crate) fn must_run() -> bool {
    std::env::var_os("REQUIRE_NETNS").is_some_and(|value| value == "1")
}

impl Case {
    /// The test as the harness takes it.
    pub(crate) fn trial(self, mode: InstallMode) -> Trial {
        let Self {
            name, needs, test, ..
        } = self;
        if let Some(reason) = left_out::why(mode, &name, &needs) {
            eprintln!("left out: {name}: {reason}");
            return Trial::test(name, || Ok(())).with_ignored_flag(true);
        }
        let Some(reason) = needs.into_iter().find_map(Requirement::unmet) else {
            return Trial::test(name.clone(), move || {
                let _clock = Clock::start(name);
                test();
                Ok(())
            });
        };
        if must_run() {
            return Trial::test(name, move || {
                Err(Failed::from(format!("REQUIRE_NETNS=1, and {reason}")))
            });
        }
        eprintln!("skipped: {name}: {reason}");
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    }
}

/// How long tests took that have ended.
static TOOK: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());
/// So many are named.
const LONGEST: usize = 10;

/// Runs while a test does, also one that panics.
struct Clock {
    name: String,
    start: Instant,
}

impl Clock {
    fn start(name: String) -> Self {
        let start = Instant::now();
        Self { name, start }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let took = (self.start.elapsed(), std::mem::take(&mut self.name));
        TOOK.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(took);
    }
}

/// Names the tests that took longest, each on a line that `cargo xtask test` reads (xtask/src/test/summary.rs).
pub(crate) fn tell_what_took_longest() {
    let mut took = TOOK.lock().unwrap_or_else(PoisonError::into_inner);
    took.sort_unstable_by(|one, other| other.cmp(one));
    for (time, name) in took.iter().take(LONGEST) {
        println!("took {:.1} s: {name}", time.as_secs_f64());
    }
}
