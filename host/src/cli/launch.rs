//! What the tools, bundled or installed, that a plugin runs are started with: the options of nethost of this run, and the words
//! that the operator typed.

use std::ffi::OsString;

use super::Options;
use nethost_broker::Launch;
use nethost_service::catalog;
use nethost_service::installed::Installed;

/// The request of a plugin that runs other tools.
const RUNS_TOOLS: &str = "tool.run";
/// The import of such a plugin.
const INTERFACE: &str = "nethost:cap/tools";

/// What starts tools, if a component with these imports can ask for that.
pub(super) fn launch<'a>(
    options: &Options,
    args: &[String],
    mut imports: impl Iterator<Item = &'a str>,
) -> Option<Launch> {
    let versionless = |import: &str| import.split('@').next() == Some(INTERFACE);
    imports.any(versionless).then(|| Launch {
        options: words(options),
        args: args.to_vec(),
        refusal,
    })
}

/// The options, as they could have been typed.
pub(super) fn words(options: &Options) -> Vec<OsString> {
    let Options {
        policy,
        allow,
        deny,
        audit,
        // What a tool inside lacks is not the plugin's to ask for.
        explain_denied: _,
        // A tool inside is one call of the record.
        record: _,
    } = options;
    let mut words = Vec::new();
    let mut push = |name: &str, value: OsString| words.extend([name.into(), value]);
    policy.iter().for_each(|file| push("--policy", file.into()));
    allow.iter().for_each(|rule| push("--allow", rule.into()));
    deny.iter().for_each(|rule| push("--deny", rule.into()));
    audit.iter().for_each(|file| push("--audit", file.into()));
    words
}

/// Why a tool cannot be run by another one.
fn refusal(name: &str) -> Option<String> {
    let runs_tools = match catalog::find(name) {
        Some(entry) => match catalog::manifest(entry.plugin) {
            Ok(manifest) => manifest
                .request
                .iter()
                .any(|wanted| wanted.cap == RUNS_TOOLS),
            Err(_) => return Some("its manifest is damaged".into()),
        },
        None => match Installed::of_user()
            .map(|place| place.find(name))
            .transpose()
        {
            // A manifest can leave out what the plugin reaches.
            Ok(Some(Some((plugin, _)))) => {
                let mut imports = plugin.current.component.imports.iter();
                imports.any(|import| import.starts_with(INTERFACE))
            }
            Ok(_) => {
                return Some(
                    "not a tool of nethost; `nethost list` shows them, and no other program can be run"
                        .into(),
                );
            }
            Err(error) => return Some(error.to_string()),
        },
    };
    runs_tools.then(|| "it runs tools itself, so no tool may run it".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tools_of_this_build_are_run_and_none_that_runs_tools() {
        assert_eq!(refusal("ss"), None);
        assert_eq!(refusal("mtr"), None);
        for name in ["watch", "sh", "list", "--policy", "ss.wasm", "./ss", ""] {
            assert!(refusal(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_options_of_the_run_are_those_of_its_tools() {
        let options = Options {
            policy: Some("a b".into()),
            allow: vec!["x".into(), "y".into()],
            deny: vec!["z".into()],
            audit: Some("log".into()),
            explain_denied: false,
            record: None,
        };
        let typed = [
            "--policy", "a b", "--allow", "x", "--allow", "y", "--deny", "z", "--audit", "log",
        ];
        assert_eq!(words(&options), typed);
        let launched = |import| launch(&options, &[], [import].into_iter()).is_some();
        assert!(launched("nethost:cap/tools@0.1.1"));
        assert!(!launched("nethost:cap/toolsmith@0.1.1"));
    }
}
