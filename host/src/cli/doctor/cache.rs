//! The compiled forms of the bundled plugins: who can write to them, and whether their seals hold.

use super::finding::Finding;
use super::place;
use nethost_runner::plugin::cache::Cache;

pub(super) fn findings() -> Vec<Finding> {
    vec![folder(), forms()]
}

fn folder() -> Finding {
    const NAME: &str = "folder";
    let cache = Cache::of_user();
    let shown = cache.folder().display();
    match place::writable(cache.folder()) {
        Ok(()) => Finding::ok(NAME, format!("{shown}, this user's alone")),
        Err(place::Obstacle::Owner(words)) => Finding::wrong(
            NAME,
            format!("{words}; so each start compiles the plugin again"),
            format!(
                "let only root and this user write to {shown} and above, or set NETHOST_CACHE_DIR"
            ),
        ),
        Err(obstacle) => Finding::note(
            NAME,
            format!(
                "{}: what is not compiled yet is compiled at each start",
                obstacle.found()
            ),
            "set NETHOST_CACHE_DIR to a folder of this user, or install the compiled plugins in /usr/libexec/nethost/compiled",
        ),
    }
}

/// As a run looks for them: what was installed, then the cache.
fn forms() -> Finding {
    const NAME: &str = "compiled plugins";
    let places: Vec<Cache> = Cache::installed()
        .into_iter()
        .chain([Cache::of_user()])
        .collect();
    let missing: Vec<&str> = nethost_bundle::PLUGINS
        .iter()
        .filter(|plugin| {
            !places
                .iter()
                .any(|place| place.get(plugin.digest).is_some())
        })
        .map(|plugin| plugin.name)
        .collect();
    let all = nethost_bundle::PLUGINS.len();
    if missing.is_empty() {
        return Finding::ok(NAME, format!("{all} of {all}, and their seals hold"));
    }
    Finding::note(
        NAME,
        format!(
            "{} of {all}; at their first start these are compiled: {}",
            all - missing.len(),
            missing.join(", ")
        ),
        "`nethost cache fill`",
    )
}
