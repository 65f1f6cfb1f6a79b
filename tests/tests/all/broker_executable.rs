//! `nethost-broker` with file capabilities: any user may start it, in any surroundings, and gets what the policy allows.

use crate::case::cases;
use nethost_tests::command::{Output, copy_program};
use nethost_tests::etc::Etc;
use nethost_tests::host::executable;
use nethost_tests::need::OTHER_USER;
use nethost_tests::topology::Topology;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::time::Duration;

cases! {
    first round;
    [Netns, OtherUser, Program("setcap")] => {
        surroundings_widen_nothing,
        no_variable_moves_the_home_of_the_policy,
        arguments_widen_nothing,
        words_over_the_socket_widen_nothing,
        a_socket_that_never_answers_is_given_up,
        a_socket_of_another_user_is_refused,
        as_set_user_id_root_it_refuses,
        another_user_s_log_is_not_written,
    }
    [Netns, OtherUser, Program("setcap"), Program("strace")] => { a_debugger_gets_no_privilege }
}

const POLICY: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [
    { cap = "icmp.echo", to = ["127.0.0.1"] },
    { cap = "dns.resolve" },
    { cap = "file.read", to = ["~/mine.json"] },
]
deny = [{ cap = "icmp.echo", to = ["127.0.0.2"] }]
"#;

/// An installation in a folder of its own, for a user who has nothing.
struct Installed {
    net: Topology,
    etc: Etc,
    folder: tempfile::TempDir,
}

impl Installed {
    fn new() -> Self {
        let net = Topology::alone();
        net.client().sysctl("net.ipv4.ping_group_range", "1 0");
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        for name in ["nethost", "nethost-compile", "nethost-broker"] {
            let beside = executable().with_file_name(name);
            copy_program(&beside, &folder.path().join(name));
        }
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        chown(&home, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
        let installed = Self {
            net,
            etc: Etc::with_policy(POLICY),
            folder,
        };
        let setcap = installed.net.client().command("setcap");
        let setcap = setcap.words("cap_net_raw,cap_net_admin+ep");
        setcap.arg(installed.program("nethost-broker")).succeed();
        installed
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a shell of the user's does: `$nethost` and `$broker` are the programs.
    fn shell(&self, script: &str) -> Output {
        let command = self.net.client().command("bash");
        let command = command
            .env("HOME", self.program("home"))
            .env("nethost", self.program("nethost"))
            .env("broker", self.program("nethost-broker"))
            .directory(self.program("home"))
            .arg("-c")
            .arg(script)
            .user(OTHER_USER)
            .patience(Duration::from_secs(60));
        self.etc.seen_by(command).run()
    }
}

#[track_caller]
fn gives_nothing(output: &Output, why: &str) {
    assert!(!output.stdout.contains("bytes from"), "{why}: {output}");
    assert_ne!(output.code, 0, "{why}: {output}");
}

fn surroundings_widen_nothing() {
    let installed = Installed::new();
    let output = installed.shell("exec $nethost ping -n -c 1 127.0.0.1");
    assert_eq!(output.code, 0, "what is allowed: {output}");
    std::fs::write(
        installed.program("home/mine.toml"),
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\" }]\n",
    )
    .unwrap();
    for surroundings in [
        "true",
        "export LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=/tmp LD_AUDIT=x GLIBC_TUNABLES=x RUST_BACKTRACE=full",
        "export NETHOST_STATE_DIR=/tmp XDG_STATE_HOME=/tmp NETHOST_CACHE_DIR=$HOME/cache LISTEN_FDS=1 LISTEN_PID=$$",
        "unset HOME PATH",
        "exec 0<&-",
        "exec 0<&- 2>&-",
        "exec 7</etc/passwd 99</etc/hosts",
        "umask 000",
        "cd /",
        "trap '' HUP INT QUIT TERM CHLD PIPE ALRM USR1 USR2",
        "nethost=\"env --block-signal=CHLD,TERM,INT,PIPE,ALRM $nethost\"",
        "ulimit -n 12",
        "ulimit -n 24",
        "ulimit -f 0",
        "ulimit -s 64",
        "ulimit -u 1",
        "ulimit -t 1",
        "ulimit -c unlimited",
        "ulimit -d 20000",
    ] {
        for options in ["", "--allow icmp.echo", "--policy $HOME/mine.toml"] {
            for denied in ["127.0.0.2", "127.0.0.3"] {
                let ping = format!("exec $nethost {options} ping -n -c 1 -W 1 {denied}");
                let output = installed.shell(&format!("{surroundings}; {ping}"));
                gives_nothing(&output, &format!("{surroundings}; {ping}"));
            }
        }
    }
}

/// `~/` of the system's policy is the home of /etc/passwd.
fn no_variable_moves_the_home_of_the_policy() {
    let installed = Installed::new();
    std::fs::write(installed.program("home/mine.json"), "1\n").unwrap();
    let output = installed.shell("exec $nethost jq . $HOME/mine.json");
    assert_ne!(output.code, 0, "{output}");
    assert!(output.stderr.contains("denied"), "{output}");
}

fn arguments_widen_nothing() {
    let installed = Installed::new();
    for arguments in [
        "",
        "--listen $HOME/socket",
        "--listen $HOME/socket --audit /dev/null",
        "--run",
        "--run 0",
        "--run 1",
        "--run 3",
        "--run -1",
        "--run 99999999999",
        "--run 3 --audit $HOME/log 3</etc/passwd",
        "--run 3 3</etc/passwd",
        "--run 3 3<>/dev/null",
    ] {
        let output = installed.shell(&format!("exec $broker {arguments}"));
        assert_eq!(output.code, 2, "{arguments}: {output}");
        assert!(
            output.stderr.starts_with("nethost-broker: ") && output.stderr.lines().count() == 1,
            "{arguments}: {output}"
        );
    }
    assert!(!installed.program("home/socket").exists());
    assert!(!installed.program("home/log").exists());
}

/// A user's program that starts the broker over a socket pair and says what it likes.
const CLIENT: &str = r#"
use Socket; $^F = 1000; $SIG{PIPE} = 'IGNORE'; $| = 1;
socketpair(my $ours, my $theirs, AF_UNIX, SOCK_SEQPACKET, 0) or die;
my $child = fork() // die;
if (!$child) { close $ours; exec($ENV{broker}, '--run', fileno($theirs)) or die }
close $theirs;
sub hear { my $heard = ''; recv($ours, $heard, 1 << 17, 0); $heard }
sub told { join ' ', map { ord } split //, $_[0] }
sub text { pack('C/a*', $_[0]) }
hear();
"#;

fn words_over_the_socket_widen_nothing() {
    let installed = Installed::new();
    let lies = [
        // Flags and a policy of its own.
        "text('lies') . text('sha256:0') . chr(0) . chr(0) . chr(1) . text('icmp.echo') . chr(0) . chr(0) . chr(0) . chr(0)",
        "text('lies') . text('sha256:0') . chr(0) x 4 . chr(1) . text('/etc/nethost/policy.toml') . text(qq(version = 1\n\
         [[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\" }]\n)) . chr(0) . chr(0)",
        // A signature that is none.
        "text('lies') . text('sha256:0') . chr(1) . text('nethost-signature 1') . chr(0) x 6",
        // What it says that somebody has granted.
        "text('lies') . text('sha256:0') . chr(0) x 6 . chr(1) . text('granted') . \
         text('[{\"cap\":\"icmp.echo\",\"reason\":\"x\"}]') . chr(0)",
    ];
    for lie in lies {
        let script = format!(
            "{CLIENT} send($ours, {lie}, 0); send($ours, chr(0), 0); print 'begun ', told(hear()), qq(\\n); \
             for my $host (1, 2) {{ send($ours, chr(1) . chr($host) . text('icmp.echo') . text('echo-socket.open') . \
             chr(0) . chr(0) . pack('C4', 127, 0, 0, $host) . chr(0) x 5, 0); \
             print length(hear()) > 2 ? 'refused' : 'granted', qq(\\n) }}"
        );
        std::fs::write(installed.program("home/client.pl"), script).unwrap();
        let output = installed.shell("exec perl $HOME/client.pl");
        assert_eq!(
            output.stdout, "begun 0\ngranted\nrefused\n",
            "{lie}: {output}"
        );
    }
}

fn a_socket_that_never_answers_is_given_up() {
    let installed = Installed::new();
    let script = format!("{CLIENT} waitpid($child, 0); print 'ended ', $? >> 8");
    std::fs::write(installed.program("home/client.pl"), script).unwrap();
    let output = installed.shell("exec timeout 30 perl $HOME/client.pl");
    assert_eq!(output.stdout, "ended 0", "{output}");
}

fn a_socket_of_another_user_is_refused() {
    let installed = Installed::new();
    let script = format!(
        "{}; waitpid($child, 0); print 'ended ', $? >> 8",
        CLIENT.replace(
            "exec($ENV{broker}",
            "exec('setpriv', '--reuid', $ENV{user}, '--clear-groups', $ENV{broker}"
        )
    );
    let client = installed.program("client.pl");
    std::fs::write(&client, script).unwrap();
    let command = installed.net.client().command("perl").arg(client);
    let command = command
        .env("broker", installed.program("nethost-broker"))
        .env("user", OTHER_USER.to_string())
        .patience(Duration::from_secs(30));
    let output = installed.etc.seen_by(command).run();
    assert_eq!(output.stdout, "ended 2", "{output}");
    assert!(
        output.stderr.contains("its socket leads to another user"),
        "{output}"
    );
}

fn as_set_user_id_root_it_refuses() {
    let installed = Installed::new();
    let broker = installed.program("nethost-broker");
    installed
        .net
        .client()
        .command("setcap")
        .arg("-r")
        .arg(&broker)
        .succeed();
    std::fs::set_permissions(&broker, PermissionsExt::from_mode(0o4755)).unwrap();
    let script = format!("{CLIENT} waitpid($child, 0); print 'ended ', $? >> 8");
    std::fs::write(installed.program("home/client.pl"), script).unwrap();
    let output = installed.shell("exec timeout 30 perl $HOME/client.pl");
    assert_eq!(output.stdout, "ended 2", "{output}");
    assert!(
        output.stderr.contains("set-user-ID is not supported"),
        "{output}"
    );
}

fn another_user_s_log_is_not_written() {
    let installed = Installed::new();
    let log = installed.program("log");
    std::fs::write(&log, "").unwrap();
    let output = installed.shell(&format!(
        "exec $nethost --audit {} ping -n -c 1 127.0.0.1",
        log.display()
    ));
    gives_nothing(&output, "a log of root's");
    assert_eq!(std::fs::read(&log).unwrap(), b"");
}

fn a_debugger_gets_no_privilege() {
    let installed = Installed::new();
    let output = installed.shell("exec strace -f -o /dev/null $nethost ping -n -c 1 127.0.0.1");
    gives_nothing(&output, "under strace");
    let output = installed.shell(
        "$nethost ping -n -i 0.2 127.0.0.1 >/dev/null & sleep 1; \
         read broker </proc/$!/task/$!/children; \
         timeout 5 strace -p $broker; \
         cat /proc/$broker/environ /proc/$broker/maps /proc/$broker/fd/0; kill %1; wait",
    );
    assert_eq!(output.stdout, "", "{output}");
    assert!(
        output.stderr.contains("Operation not permitted")
            && output.stderr.contains("environ: Permission denied"),
        "{output}"
    );
}
