//! Single files.

use super::{allowed, denied, malformed};
use crate::case::cases;
use crate::probes::{FILES_FACTS, FILES_MALFORMED};
use nethost_tests::host::invoke;
use nethost_tests::strace::opens;
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed, a_link_does_not_lead_out }
    [Netns] => { arguments_are_a_scope, is_malformed }
    [Netns, OtherUser] => { the_kernel_has_the_last_word }
}

fn is_denied() {
    let net = Topology::alone();
    let run = denied(
        net.client(),
        FILES_FACTS,
        "/etc/shadow",
        "file.read",
        "/etc/shadow",
    );
    assert!(
        opens(&run.calls, "/etc/shadow").is_empty(),
        "{:#?}",
        run.calls
    );
    // What is not there is denied in the same words: a plugin cannot learn of it.
    denied(
        net.client(),
        FILES_FACTS,
        "/no/such/file",
        "file.read",
        "/no/such/file",
    );
}

fn is_allowed() {
    let net = Topology::alone();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "twelve bytes").unwrap();
    let path = file.path().display();
    let run = allowed(
        net.client(),
        &format!("--allow file.read={path}"),
        FILES_FACTS,
        &format!("{path} /etc/hostname"),
    );
    assert!(
        run.output.stdout.contains(&format!("read {path} 12\n")),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.contains("read /etc/hostname denied"),
        "{}",
        run.output
    );
    assert_eq!(
        run.log.only("denied")["target"]["resolved"],
        "/etc/hostname"
    );
    let run = allowed(
        net.client(),
        "--allow file.read",
        FILES_FACTS,
        "/no/such/file",
    );
    assert!(
        run.output.stdout.contains("ErrorCode::NotFound"),
        "{}",
        run.output
    );
}

fn arguments_are_a_scope() {
    let net = Topology::alone();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    let run = allowed(
        net.client(),
        "--allow file.read=$args",
        FILES_FACTS,
        &format!("{path}"),
    );
    assert!(
        run.output.stdout.contains(&format!("read {path} 0\n")),
        "{}",
        run.output
    );
}

fn is_malformed() {
    let net = Topology::alone();
    malformed(
        net.client(),
        "--allow file.read",
        FILES_MALFORMED,
        "/ /dev/zero /dev/null /tmp /proc/self",
    );
}

fn a_link_does_not_lead_out() {
    let net = Topology::alone();
    let folder = tempfile::tempdir().unwrap();
    let (typed, link) = (folder.path().join("typed"), folder.path().join("link"));
    std::fs::write(&typed, "five!").unwrap();
    std::os::unix::fs::symlink(&typed, &link).unwrap();
    let (folder, typed, link) = (folder.path().display(), typed.display(), link.display());
    // The file that the operator typed has one path, whatever leads there.
    for (typed, read) in [
        (format!("{typed}"), format!("{link}")),
        (format!("{typed}"), format!("{folder}/./nowhere/..//typed")),
        (format!("{link}"), format!("{folder}/typed")),
    ] {
        let args = format!("{typed} !{read}");
        let run = allowed(net.client(), "--allow file.read=$args", FILES_FACTS, &args);
        let told = format!("read {read} 5\n");
        assert!(run.output.stdout.contains(&told), "{}", run.output);
    }
    let other = "/etc/hostname";
    for (typed, read) in [
        (format!("{typed}"), other.to_owned()),
        (format!("{link}"), format!("/proc/self/root{typed}")),
        (format!("{folder}"), format!("{folder}/typed")),
    ] {
        let args = format!("{typed} !{read}");
        let run = allowed(net.client(), "--allow file.read=$args", FILES_FACTS, &args);
        let denied = format!("read {read} denied capability=\"file.read\"");
        assert!(run.output.stdout.contains(&denied), "{}", run.output);
        assert_eq!(run.log.only("denied")["target"]["resolved"], read);
    }
    let run = allowed(
        net.client(),
        "--allow file.read=$args",
        FILES_FACTS,
        &format!("{link}"),
    );
    assert!(
        run.output.stdout.contains(&format!("read {link} 5\n")),
        "a link that was typed is followed: {}",
        run.output
    );
}

fn the_kernel_has_the_last_word() {
    let net = Topology::alone();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    let run =
        invoke(net.client(), "--allow file.read", FILES_FACTS.path(), &path).run_as_other_user();
    assert!(
        run.output.stdout.contains("ErrorCode::AccessDenied"),
        "{}",
        run.output
    );
}
