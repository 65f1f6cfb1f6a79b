//! The service as it is shipped: the command line of its unit, a socket from the service manager, a policy in /etc,
//! and its log and state where the machine has them. All of it is the test's own.

use crate::command::{Command, Output};
use crate::etc::Etc;
use crate::host::{executable, nethost, sources, target_directory};
use crate::namespace::Namespace;
use crate::need::OTHER_USER;
use crate::privilege::open_folder;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A service that ends with the test.
pub struct Shipped {
    _running: crate::command::Running,
    /// Its /etc.
    pub etc: Etc,
    folder: TempDir,
}

impl Shipped {
    /// Starts it with this policy. It takes systemd-socket-activate(1).
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(node: &Namespace, policy: &str) -> Self {
        let (etc, folder) = (Etc::with_policy(policy), open_folder());
        for name in ["log", "lib", "home"] {
            std::fs::create_dir(folder.path().join(name)).expect("a directory");
        }
        chown(
            folder.path().join("home"),
            Some(OTHER_USER),
            Some(OTHER_USER),
        )
        .expect("the right to give it away");
        let script = format!(
            "exec systemd-socket-activate --seqpacket -l {}/socket {}",
            folder.path().display(),
            unit_s_command()
        );
        let command = node
            .command("sh")
            .args(["-c", &script])
            .overlay(folder.path().join("log"), "/var/log")
            .overlay(folder.path().join("lib"), "/var/lib")
            .patience(Duration::from_secs(300));
        let running = etc.seen_by(command).spawn();
        let give_up = Instant::now() + Duration::from_secs(20);
        while !folder.path().join("socket").exists() {
            assert!(Instant::now() < give_up, "the service does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        // As the unit's SocketMode lets its group.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        std::fs::set_permissions(folder.path().join("socket"), open).expect("its mode");
        Self {
            _running: running,
            etc,
            folder,
        }
    }

    /// A command of nethost as a user without privilege says it, who comes to this service.
    #[must_use]
    pub fn command(&self, node: &Namespace, words: &str) -> Command {
        let home = self.home();
        let command = nethost(node)
            .env("NETHOST_BROKER", self.folder.path().join("socket"))
            .env("NETHOST_CACHE_DIR", home.join("cache"))
            .env("NETHOST_STATE_DIR", home.join("state"))
            .env("HOME", &home)
            .words(words)
            .seen_by_everyone(executable().parent().expect("a folder"), "/mnt")
            .seen_by_everyone(
                &target_directory().join("probes/wasm32-wasip2/plugin/examples"),
                "/media",
            )
            .user(OTHER_USER)
            .patience(Duration::from_secs(60));
        self.etc.seen_by(command)
    }

    /// Runs it to its end.
    #[must_use]
    pub fn run(&self, node: &Namespace, words: &str) -> Output {
        self.command(node, words).run()
    }

    /// The home of the user who comes.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The machine's /var/log, as the test sees it.
    #[must_use]
    pub fn log_folder(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The machine's /var/lib, as the test sees it.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        self.folder.path().join("lib")
    }

    /// The service's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.log_folder().join("nethost/audit.jsonl")
    }

    /// Says another policy, as an administrator does: in one step.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn set_policy(&self, text: &str) {
        replace(&self.etc.policy(), text);
    }
}

/// Puts another file in the place of one, in one step.
///
/// # Panics
/// When it cannot be written.
pub fn replace(path: &Path, text: &str) {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, text).expect("a file");
    std::fs::rename(draft, path).expect("its place");
}

/// What the unit starts, with the executable under test.
fn unit_s_command() -> String {
    let unit = sources().join("../dist/systemd/nethost-broker.service");
    let unit = std::fs::read_to_string(unit).expect("the unit");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let words = start.and_then(|start| start.strip_prefix("/usr/bin/nethost-broker"));
    let words = words.expect("the unit starts the broker");
    let broker = executable().with_file_name("nethost-broker");
    format!("{}{words}", broker.display())
}
