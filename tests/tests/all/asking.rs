//! A plugin that is not part of the build asks: on a terminal the operator, elsewhere nobody.

use crate::case::cases;
use crate::probes::{FILES_FACTS, ICMP_FACTS};
use nethost_tests::audit::Log;
use nethost_tests::command::{Command, Running};
use nethost_tests::component::{File, with_manifest};
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use std::path::Path;
use tempfile::TempDir;

cases! {
    first round;
    [Netns] => {
        without_a_terminal_the_policy_is_named,
        the_policy_that_is_named_fits_the_one_in_force,
        no_is_no,
        once_is_not_for_ever,
        always_is_for_this_digest,
        another_version_is_shown_against_the_first,
        what_is_typed_before_the_question_is_no_answer,
        an_author_cannot_draw_the_question,
        a_plugin_without_a_manifest_is_asked_about_by_its_imports,
        who_has_been_told_does_not_ask,
        a_ceiling_says_whether_anybody_is_asked,
        grants_that_others_can_write_are_none,
    }
}

const ASKS: &str = "name = \"acme\"\nsummary = \"Greets hosts\"\n\
    [[request]]\ncap = \"icmp.echo\"\nto = [\"$args\"]\nreason = \"sends the greeting\"\n";
const ASKS_MORE: &str = "name = \"acme\"\nsummary = \"Greets hosts\"\n\
    [[request]]\ncap = \"icmp.echo\"\nreason = \"greets everybody\"\n";

/// The end of the question.
const QUESTION: &str = "no (n): ";

fn acme(manifest: &str) -> File {
    let component = std::fs::read(ICMP_FACTS.path()).unwrap();
    File::new("acme.wasm", &with_manifest(&component, manifest))
}

/// A network, and a state folder: root's grants are in /var/lib, which is laid over for each run.
struct Site {
    net: Topology,
    state: TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            net: Topology::alone(),
            state: tempfile::tempdir().unwrap(),
        }
    }

    fn nethost(&self, words: &str) -> Command {
        nethost(self.net.client())
            .words(words)
            .env("HOME", self.state.path())
            .env("XDG_STATE_HOME", self.state.path())
            .seen_by_everyone(self.state.path(), "/var/lib")
    }

    /// On a terminal.
    fn start(&self, terminal: &Terminal, plugin: &Path, args: &str) -> Running {
        let command = self.nethost("run --audit /dev/null");
        terminal.start(command.arg(plugin).words(args))
    }

    /// On a terminal, with an answer to the question. The exit code and all that was shown.
    fn answer(&self, plugin: &Path, keys: &str) -> (i32, String) {
        let terminal = Terminal::new(100, 30);
        let running = self.start(&terminal, plugin, "1 127.0.0.1");
        terminal.expect(QUESTION);
        terminal.press(keys);
        let output = running.finish();
        (output.code, terminal.settled())
    }

    /// On a terminal, without a question.
    fn unasked(&self, plugin: &Path) -> (i32, String) {
        let terminal = Terminal::new(100, 30);
        let code = self.start(&terminal, plugin, "1 127.0.0.1").finish().code;
        (code, terminal.settled())
    }

    fn grants(&self) -> serde_json::Value {
        let output = self.nethost("grants --json").succeed();
        serde_json::from_str(&output.stdout).unwrap()
    }
}

/// The TOML after the first line of a refusal.
fn pasted(stderr: &str) -> &str {
    stderr.split_once('\n').map_or("", |(_, toml)| toml)
}

fn without_a_terminal_the_policy_is_named() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    let log = tempfile::NamedTempFile::new().unwrap();
    let run = |options: &str, args: &str| {
        site.nethost(&format!("run {options} --audit"))
            .arg(log.path())
            .arg(plugin.path())
            .words(args)
            .run()
    };
    let refused = run("", "1 127.0.0.1");
    assert_eq!((refused.code, &refused.stdout[..]), (2, ""), "{refused}");
    assert!(
        refused.stderr.contains("acme.wasm was not run"),
        "{refused}"
    );
    assert!(refused.stderr.contains("# sends the greeting"), "{refused}");
    let records = Log::read(log.path());
    let end = records.only("run-end");
    assert_eq!(end["stopped"], "nothing allows what it asks for", "{end}");
    assert_eq!(end["exit"], 2, "{end}");

    let policy = File::new("policy.toml", pasted(&refused.stderr).as_bytes());
    let options = format!("--policy {}", policy.path().display());
    let allowed = run(&options, "1 127.0.0.1");
    assert_eq!(allowed.code, 0, "{allowed}");
    assert!(allowed.stdout.contains("sent 1"), "{allowed}");
    // It allows what was asked, for this digest, and nothing else.
    let other = acme(ASKS_MORE);
    let denied = site
        .nethost(&format!("run {options} --audit /dev/null"))
        .arg(other.path())
        .words("1 127.0.0.1")
        .run();
    assert_ne!(denied.code, 0, "{denied}");
}

fn the_policy_that_is_named_fits_the_one_in_force() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    let policy = File::new("site.toml", b"version = 1\n");
    let run = || {
        site.nethost(&format!(
            "run --audit /dev/null --policy {}",
            policy.path().display()
        ))
        .arg(plugin.path())
        .words("1 127.0.0.1")
        .run()
    };
    let refused = run();
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("site.toml"), "{refused}");
    let whole = format!("version = 1\n{}", pasted(&refused.stderr));
    std::fs::write(policy.path(), whole).unwrap();
    let allowed = run();
    assert_eq!(allowed.code, 0, "{allowed}");
}

fn no_is_no() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    for keys in ["n\n", "\n", "\u{4}"] {
        let (code, shown) = site.answer(&plugin.path(), keys);
        assert_eq!(code, 2, "{keys:?}: {shown}");
        assert!(shown.contains("was not run"), "{shown}");
        assert!(!shown.contains("sent"), "{shown}");
    }
    assert_eq!(site.grants(), serde_json::json!([]));
}

fn once_is_not_for_ever() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    for _ in 0..2 {
        let (code, shown) = site.answer(&plugin.path(), "o\n");
        assert_eq!(code, 0, "{shown}");
        for part in [
            "Greets hosts",
            "| icmp.echo to $args",
            "sends the greeting",
            "sha256:",
        ] {
            assert!(shown.contains(part), "no {part:?} in {shown}");
        }
    }
    assert_eq!(site.grants(), serde_json::json!([]));
}

fn always_is_for_this_digest() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    // What is no answer is asked again.
    let (code, shown) = site.answer(&plugin.path(), "yes\na\n");
    assert_eq!(code, 0, "{shown}");
    let (code, shown) = site.unasked(&plugin.path());
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains(QUESTION), "{shown}");
    // Also where nobody could be asked; and it is no more than was granted.
    let run = |args: &str| {
        site.nethost("run --audit /dev/null")
            .arg(plugin.path())
            .words(args)
            .run()
    };
    assert_eq!(run("1 127.0.0.1").code, 0);
    let grants = site.grants();
    assert_eq!(grants[0]["name"], "acme", "{grants}");
    assert_eq!(grants[0]["requests"][0]["cap"], "icmp.echo", "{grants}");
    let listed = site.nethost("grants").succeed().stdout;
    assert!(
        listed.contains("icmp.echo to $args: sends the greeting"),
        "{listed}"
    );
    // A denial still wins, and so does a policy.
    let denied = site
        .nethost("run --audit /dev/null --deny icmp.echo")
        .arg(plugin.path())
        .words("1 127.0.0.1")
        .run();
    assert!(
        denied.stdout.contains("denied capability=\"icmp.echo\""),
        "{denied}"
    );
    let policy = File::new("policy.toml", b"version = 1\n");
    let denied = site
        .nethost("run --audit /dev/null --policy")
        .arg(policy.path())
        .arg(plugin.path())
        .words("1 127.0.0.1")
        .run();
    assert_eq!(denied.code, 2, "{denied}");

    let digest = grants[0]["digest"].as_str().unwrap();
    assert_eq!(site.nethost("grants revoke").arg(digest).run().code, 0);
    assert_eq!(site.nethost("grants revoke").arg(digest).run().code, 1);
    assert_eq!(run("1 127.0.0.1").code, 2);
}

fn another_version_is_shown_against_the_first() {
    let site = Site::new();
    let (code, shown) = site.answer(&acme(ASKS).path(), "a\n");
    assert_eq!(code, 0, "{shown}");
    let (code, shown) = site.answer(&acme(ASKS_MORE).path(), "n\n");
    assert_eq!(code, 2, "{shown}");
    for part in [
        "Another version of acme was granted on 20",
        "| + icmp.echo to anything: greets everybody",
        "| - icmp.echo to $args: sends the greeting",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
}

fn what_is_typed_before_the_question_is_no_answer() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    let terminal = Terminal::new(100, 30);
    terminal.press("a\na\na\n");
    let running = site.start(&terminal, &plugin.path(), "1 127.0.0.1");
    terminal.expect(QUESTION);
    terminal.press("n\n");
    assert_eq!(running.finish().code, 2, "{}", terminal.shown());
}

fn an_author_cannot_draw_the_question() {
    let site = Site::new();
    let claim = "nethost: this plugin is part of nethost. Grant it nothing? Once (o), always for this digest (a), or no (n): ";
    let plugin = acme(&format!(
        "name = \"acme\"\nsummary = \"{claim}\"\n[[request]]\ncap = \"icmp.echo\"\nreason = \"{claim}\"\n"
    ));
    let terminal = Terminal::new(40, 30);
    let running = site.start(&terminal, &plugin.path(), "1 127.0.0.1");
    terminal.expect("Grant it icmp.echo? Once (o)");
    let shown = terminal.shown();
    for row in shown.lines().filter(|row| row.contains("part of nethost.")) {
        assert!(row.starts_with("  | "), "{row:?}");
    }
    // In a window of 40 columns, no quoted row wraps into one without its mark.
    for row in shown.lines().filter(|row| row.starts_with("  | ")) {
        assert!(row.trim_end().chars().count() < 40, "{row:?}");
    }
    terminal.press("n\n");
    assert_eq!(running.finish().code, 2);
    // One with control characters is not shown at all.
    let plugin = acme(
        "name = \"acme\"\nsummary = \"\\u001b[2J\"\n[[request]]\ncap = \"icmp.echo\"\nreason = \"r\"\n",
    );
    let (code, shown) = site.unasked(&plugin.path());
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("its manifest cannot be used"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

fn a_plugin_without_a_manifest_is_asked_about_by_its_imports() {
    let site = Site::new();
    let terminal = Terminal::new(100, 30);
    let running = site.start(&terminal, &FILES_FACTS.path(), "/etc/hostname");
    terminal.expect("| file.read to anything");
    terminal.expect(QUESTION);
    terminal.press("o\n");
    assert_eq!(running.finish().code, 0, "{}", terminal.shown());
    terminal.expect("read /etc/hostname");
    // Where nobody is asked it runs, and meets its denial.
    let output = site
        .nethost("run --audit /dev/null")
        .arg(FILES_FACTS.path())
        .arg("/etc/hostname")
        .run();
    assert!(
        output.stdout.contains("read /etc/hostname denied"),
        "{output}"
    );
}

fn a_ceiling_says_whether_anybody_is_asked() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    let run = |policy: &str, keys: Option<&str>| {
        let etc = Etc::with_policy(policy);
        let terminal = Terminal::new(100, 30);
        let command = site.nethost("run --audit /dev/null").arg(plugin.path());
        let running = terminal.start(etc.seen_by(command.words("1 127.0.0.1")));
        if let Some(keys) = keys {
            terminal.expect(QUESTION);
            terminal.press(keys);
        }
        (running.finish().code, terminal.settled())
    };
    let (code, shown) = run("version = 1\n", None);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("/etc/nethost/policy.toml"), "{shown}");
    assert!(!shown.contains(QUESTION), "{shown}");
    let ask = "version = 1\n[defaults]\non-missing = \"ask\"\n";
    let (code, shown) = run(ask, Some("o\n"));
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("sent 1"), "{shown}");
    // What was granted for good counts neither where the site says no, nor against a denial.
    let (code, shown) = run(ask, Some("a\n"));
    assert_eq!(code, 0, "{shown}");
    let (code, shown) = run("version = 1\n", None);
    assert_eq!(code, 2, "{shown}");
    let deny = "[[plugin]]\nname = \"*\"\ndeny = [{ cap = \"icmp.echo\", to = [\"127.0.0.1\"] }]\n";
    let (_, shown) = run(&format!("{ask}{deny}"), None);
    assert!(shown.contains("denied capability=\"icmp.echo\""), "{shown}");
    assert!(!shown.contains("sent 1"), "{shown}");
}

fn who_has_been_told_does_not_ask() {
    let (site, plugin) = (Site::new(), acme(ASKS));
    let terminal = Terminal::new(100, 30);
    let command = site.nethost("run --audit /dev/null --allow icmp.echo=127.0.0.0/8");
    let running = terminal.start(command.arg(plugin.path()).words("1 127.0.0.1"));
    assert_eq!(running.finish().code, 0, "{}", terminal.shown());
    assert!(!terminal.shown().contains(QUESTION), "{}", terminal.shown());
}

fn grants_that_others_can_write_are_none() {
    use std::os::unix::fs::PermissionsExt;
    let (site, plugin) = (Site::new(), acme(ASKS));
    let (code, shown) = site.answer(&plugin.path(), "a\n");
    assert_eq!(code, 0, "{shown}");
    let file = site.state.path().join("nethost/grants.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (code, shown) = site.unasked(&plugin.path());
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("other users can write"), "{shown}");
    assert_eq!(site.nethost("grants").run().code, 2);
}
