//! `nethost links`: tools by their own names, and that nothing which is not nethost's is touched.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::{executable, nethost, nethost_here, set_apart};
use nethost_tests::topology::Topology;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

cases! {
    first round;
    [] => {
        install_list_and_remove,
        nothing_is_changed_if_a_file_is_in_the_way,
        a_folder_that_others_may_write_to_is_refused,
        only_own_links_are_removed,
        what_path_hides_is_said,
        there_is_no_force,
    }
    [Netns] => { a_link_is_the_tool, another_name_is_a_link_too }
    [Netns] in each way => {
        a_user_makes_and_removes_links,
        another_name_brings_its_arguments,
        links_are_listed_in_each_way,
    }
}

fn links(words: &str, folder: &Path) -> Command {
    let (action, rest) = words.split_once(' ').unwrap_or((words, ""));
    nethost_here()
        .args(["links", action])
        .arg(folder)
        .words(rest)
}

/// All names of all tools.
fn names() -> Vec<String> {
    let list = nethost_here().words("list --json").succeed();
    let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    let mut names = Vec::new();
    for plugin in list.as_array().unwrap() {
        names.push(plugin["name"].as_str().unwrap().to_owned());
        let aliases = plugin["aliases"].as_array().unwrap().iter();
        names.extend(aliases.map(|alias| alias.as_str().unwrap().to_owned()));
    }
    names
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn install_list_and_remove() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = names();
    names.sort();
    let output = links("install", folder.path()).succeed();
    assert!(
        output
            .stdout
            .starts_with(&format!("{} links in", names.len())),
        "{output}"
    );
    assert!(output.stderr.contains("is not in PATH"), "{output}");
    assert_eq!(entries(folder.path()), names);
    for name in [
        "ping",
        "dig",
        "nslookup",
        "host",
        "tracepath",
        "ifconfig",
        "lsb_release",
        "mtr",
    ] {
        let target = std::fs::canonicalize(folder.path().join(name)).unwrap();
        assert_eq!(target, executable().canonicalize().unwrap());
    }
    // Again: they are there.
    let output = links("install", folder.path()).succeed();
    assert!(
        output
            .stdout
            .contains(&format!("{} were there", names.len())),
        "{output}"
    );
    let list = links("list --json", folder.path()).succeed();
    let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    let states = list["links"].as_array().unwrap();
    assert!(states.len() == names.len() && states.iter().all(|link| link["state"] == "link"));
    let output = links("remove ping dig", folder.path()).succeed();
    assert!(output.stdout.contains("2 links removed"), "{output}");
    let output = links("list", folder.path()).succeed();
    assert!(
        output
            .stdout
            .lines()
            .any(|line| line.split_whitespace().eq(["ping", "absent"])),
        "{output}"
    );
    links("remove", folder.path()).succeed();
    assert!(entries(folder.path()).is_empty());
}

fn nothing_is_changed_if_a_file_is_in_the_way() {
    let ways: [fn(&Path); 4] = [
        |path| std::fs::write(path, "mine").unwrap(),
        |path| symlink("/bin/true", path).unwrap(),
        |path| symlink("/nosuch/nethost", path).unwrap(),
        |path| std::fs::create_dir(path).unwrap(),
    ];
    for way in ways {
        let folder = tempfile::tempdir().unwrap();
        // The last name that would be made, and so the last that is looked at.
        let path = folder.path().join("whois");
        way(&path);
        let output = links("install", folder.path()).run();
        assert_eq!(output.code, 1, "{output}");
        let named = format!("nethost: {} is ", path.display());
        assert!(
            output.stderr.contains(&named) && output.stderr.contains("nothing was changed"),
            "{output}"
        );
        assert_eq!(entries(folder.path()), ["whois"]);
        // Those that are named do not need its place.
        links("install ping", folder.path()).succeed();
        assert_eq!(entries(folder.path()), ["ping", "whois"]);
    }
}

fn a_folder_that_others_may_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let output = links("install", folder.path()).run();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("others can write to"), "{output}");
    assert!(entries(folder.path()).is_empty());
    for (folder, words) in [("/nosuch", "/nosuch"), ("/etc/passwd", "not a folder")] {
        let output = links("install", Path::new(folder)).run();
        assert!(
            output.code == 2 && output.stderr.contains(words),
            "{output}"
        );
    }
}

fn only_own_links_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("curl"), "mine").unwrap();
    symlink("/bin/true", folder.path().join("dig")).unwrap();
    links("install ping", folder.path()).succeed();
    let output = links("remove", folder.path()).succeed();
    assert!(output.stdout.contains("1 links removed"), "{output}");
    for line in ["curl stays: a file", "dig stays: a link to /bin/true"] {
        assert!(output.stdout.contains(line), "{output}");
    }
    assert_eq!(entries(folder.path()), ["curl", "dig"]);
    let output = links("remove nosuch", folder.path()).run();
    assert!(
        output.code == 2 && output.stderr.contains("no tool nosuch"),
        "{output}"
    );
}

fn what_path_hides_is_said() {
    let (before, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(before.path().join("ping"), "another").unwrap();
    let path = |first: &Path, then: &Path| format!("{}:{}", first.display(), then.display());
    let output = links("install", folder.path())
        .env("PATH", path(before.path(), folder.path()))
        .succeed();
    let note = format!(
        "folders before {} in PATH have other files named ping\n",
        folder.path().display()
    );
    assert!(output.stderr.contains(&note), "{output}");
    let output = links("install", folder.path())
        .env("PATH", path(folder.path(), before.path()))
        .succeed();
    assert_eq!(output.stderr, "");
}

fn there_is_no_force() {
    let folder = tempfile::tempdir().unwrap();
    let output = links("install --force", folder.path()).run();
    assert_eq!(output.code, 2, "{output}");
    assert!(entries(folder.path()).is_empty());
}

fn a_link_is_the_tool() {
    let net = Topology::alone();
    let folder = nethost_tests::privilege::open_folder();
    links("install", folder.path()).succeed();
    // The shell finds it by its name, as an operator's does.
    let command = set_apart(net.client().command("sh"))
        .args(["-c", "PATH=$0:$PATH exec uname -s"])
        .arg(folder.path())
        .env("XDG_STATE_HOME", folder.path());
    let output = command.succeed();
    assert_eq!(output.stdout, "Linux\n");
    let output = set_apart(net.client().command(folder.path().join("ping")))
        .words("-c 1 -n 127.0.0.1")
        .succeed();
    assert!(
        output.stdout.contains("1 packets transmitted, 1 received"),
        "{output}"
    );
}

fn another_name_is_a_link_too() {
    let net = Topology::alone();
    let folder = nethost_tests::privilege::open_folder();
    links("install", folder.path()).succeed();
    for (name, words, expected) in [
        ("tracepath", "-n -m 1 127.0.0.1", "Resume:"),
        ("lsb_release", "--help", "Usage: lsb_release"),
        ("mtr", "--help", "mtr [options] hostname"),
        ("nslookup", "-version", "nslookup"),
    ] {
        let command = set_apart(net.client().command(folder.path().join(name)));
        let output = command.words(words).run();
        let printed = output.stdout.clone() + &output.stderr;
        assert!(printed.contains(expected), "{name}: {output}");
    }
}

fn a_user_makes_and_removes_links() {
    let net = Topology::alone();
    let folder = nethost_tests::privilege::open_folder();
    let own = folder.path().join("bin");
    std::fs::create_dir(&own).unwrap();
    let owner = nethost_tests::privilege::user();
    std::os::unix::fs::chown(&own, Some(owner), Some(owner)).unwrap();
    let run = |words: &str| nethost(net.client()).words(words).arg(&own).run();
    let output = run("links install");
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(entries(&own).len(), names().len());
    let output = run("links remove");
    assert_eq!(output.code, 0, "{output}");
    assert!(entries(&own).is_empty(), "{output}");
}

fn another_name_brings_its_arguments() {
    let net = Topology::alone();
    let output = nethost(net.client())
        .words("tracepath -n -m 1 127.0.0.1")
        .run();
    assert!(output.stdout.contains("Resume:"), "{output}");
    let output = nethost(net.client()).words("lsb_release --help").succeed();
    assert!(output.stdout.contains("Usage: lsb_release"), "{output}");
}

fn links_are_listed_in_each_way() {
    let net = Topology::alone();
    let folder = nethost_tests::privilege::open_folder();
    let output = nethost(net.client())
        .words("links list")
        .arg(folder.path())
        .succeed();
    assert_eq!(output.stdout.lines().count(), names().len(), "{output}");
}
