//! A test with what it needs of the machine.

use crate::left_out;
use libtest_mimic::{Failed, Trial};
use nethost_tests::need::Need;
use nethost_tests::privilege::Way;

/// A test, its name, and its needs.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) needs: Vec<Need>,
    pub(crate) test: fn(),
}

/// `fn cases()` of a module: its tests, in groups that need the same.
macro_rules! cases {
    ($($needs:tt => { $($test:ident),* $(,)? })*) => {
        pub(crate) fn cases() -> Vec<$crate::case::Case> {
            #[allow(unused_imports, reason = "a module whose tests need nothing")]
            use nethost_tests::need::Need::*;
            // The path's first segment is this executable.
            let module = module_path!().split_once("::").map_or("", |(_, module)| module);
            vec![$($($crate::case::Case {
                name: format!("{module}::{}", stringify!($test)),
                needs: vec! $needs,
                test: $test,
            }),*),*]
        }
    };
}
pub(crate) use cases;

/// In CI a test that cannot run is a failure.
pub(crate) fn must_run() -> bool {
    std::env::var_os("REQUIRE_NETNS").is_some_and(|value| value == "1")
}

impl Case {
    /// The test as the harness takes it.
    pub(crate) fn trial(self, way: Way) -> Trial {
        let Self { name, needs, test } = self;
        if let Some(reason) = left_out::why(way, &name, &needs) {
            eprintln!("left out: {name}: {reason}");
            return Trial::test(name, || Ok(())).with_ignored_flag(true);
        }
        let Some(reason) = needs.into_iter().find_map(Need::unmet) else {
            return Trial::test(name, move || {
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
