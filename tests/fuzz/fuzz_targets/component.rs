//! Component inspection: any bytes give facts in bounded, plain text, or one plain line that says why
//! not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nethost_inspect::{Facts, Stated};

fuzz_target!(|bytes: &[u8]| match nethost_inspect::read(bytes) {
    Err(error) => plain(&error.to_string()),
    Ok(facts) => shown(&facts),
});

fn shown(facts: &Facts) {
    for item in facts.imports.iter().chain(&facts.exports) {
        plain(&item.name);
        item.functions.iter().for_each(|name| plain(name));
    }
    for producer in &facts.producers {
        plain(&producer.name);
        plain(&producer.version);
    }
    if let Stated::Unusable(problem) = &facts.manifest {
        plain(problem);
    }
    for line in nethost_runner::plugin::inspect::contradictions(facts) {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

fn plain(text: &str) {
    assert!(text.len() < 10_000, "{} bytes", text.len());
    assert!(!text.contains(char::is_control), "{text:?}");
}
