//! A service for the commands of one namespace: root's broker, whose policy allows everything, so that what a
//! run may do is what the run's own rules say.

use super::open_folder;
use crate::command::Command;
use crate::etc::Etc;
use crate::host::{executable, sources};
use crate::namespace::Surroundings;
use crate::need::OTHER_USER;
use socket2::{Domain, SockAddr, Socket, Type};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the machine's /etc is seen.
const REAL_ETC: &str = "/srv";
/// Commands of nethost that run no plugin.
const OTHERS: [&str; 6] = ["audit", "cache", "grants", "inspect", "list", "policy"];
const POLICY: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [
    { cap = "*" },
    { cap = "*", options = ["broadcast", "dont-route", "local-port", "mark", "own-header", "privileged-port", "source"] },
    # Whatever a name leads to.
    { cap = "*", to = ["0.0.0.0/0", "::/0"] },
]
"#;

/// The services of a namespace: one for each set of files that commands in it see.
#[derive(Clone, Default)]
pub(crate) struct Services(Arc<Mutex<Vec<Arc<Service>>>>);

/// One that runs. It ends with the namespace.
pub(super) struct Service {
    /// What was asked for.
    asked: Vec<(PathBuf, &'static str)>,
    /// The same with a policy, as service and users see it.
    overlays: Vec<(PathBuf, &'static str)>,
    /// False when its policy is a test's own.
    allows_all: bool,
    folder: TempDir,
    /// What is root's alone: the log, and what belongs to it.
    records: TempDir,
    _etc: Etc,
    _keep: Sender<()>,
}

/// The service for commands in these surroundings; none where they have no network of their own.
pub(super) fn of(surroundings: &Surroundings) -> Option<Arc<Service>> {
    surroundings.network.as_ref()?;
    let all = &surroundings.services.0;
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |service: &&Arc<Service>| service.asked == surroundings.overlays;
    if let Some(service) = all.iter().find(same) {
        return Some(Arc::clone(service));
    }
    let service = Arc::new(Service::start(surroundings));
    all.push(Arc::clone(&service));
    Some(service)
}

impl Service {
    fn start(surroundings: &Surroundings) -> Self {
        let asked = surroundings.overlays.clone();
        let (folder, etc) = (open_folder(), machine_s_etc());
        let records = open_folder();
        // Below what the test lays over single files; and where it brings an /etc without a policy, above that.
        let mut overlays = asked.clone();
        overlays.insert(0, (etc.folder().to_owned(), "/etc"));
        overlays.insert(0, ("/etc".into(), REAL_ETC));
        let of_test = asked.iter().rfind(|(_, at)| *at == "/etc");
        let allows_all = !of_test.is_some_and(|(etc, _)| etc.join("nethost/policy.toml").exists());
        if allows_all {
            overlays.push((etc.folder().join("nethost"), "/etc/nethost"));
        }
        let command = Command::new(executable())
            .inside(surroundings.clone())
            .with_overlays(overlays.clone())
            .env("NETHOST_STATE_DIR", records.path().join("state"))
            .words("broker --audit")
            .arg(log_in(&records))
            .arg("--listen")
            .arg(socket_in(&folder))
            .arg("--group")
            .arg(OTHER_USER.to_string());
        let (keep, kept) = channel::<()>();
        // A program ends with the thread that started it, and a test's threads may end before the namespace.
        std::thread::spawn(move || {
            let running = command.spawn();
            let _ = kept.recv();
            drop(running);
        });
        wait_for(&socket_in(&folder));
        Self {
            asked,
            overlays,
            allows_all,
            folder,
            records,
            _etc: etc,
            _keep: keep,
        }
    }

    pub(super) fn log(&self) -> PathBuf {
        log_in(&self.records)
    }

    /// A policy that allows what a bundled plugin may do where nobody says anything: what it asks for.
    fn narrowing(&self, attended: bool, home: &Path) -> PathBuf {
        static ONE_WRITES: Mutex<()> = Mutex::new(());
        let _one = ONE_WRITES.lock().unwrap_or_else(PoisonError::into_inner);
        let home = home.display().to_string();
        let name = format!("{attended}{}.toml", home.replace('/', "-"));
        let path = self.folder.path().join(name);
        if !path.exists() {
            // The service would take its own home for the user's.
            let text = requests(attended).replace("\"~/", &format!("\"{home}/"));
            std::fs::write(&path, text).expect("a policy");
        }
        path
    }

    /// The command as a user of this service says it: the log is the service's, and what root's run would be denied
    /// without a word, a policy denies.
    pub(super) fn serves(&self, command: Command, attended: bool, home: &Path) -> Command {
        let mut arguments = command.arguments();
        if let Some(at) = arguments.iter().position(|argument| argument == "--audit") {
            arguments.drain(at..(at + 2).min(arguments.len()));
        }
        let first = arguments.first();
        let runs = !first.is_some_and(|first| OTHERS.iter().any(|other| first == other));
        let says = arguments.iter().any(|argument| argument == "--policy");
        if self.allows_all && runs && !says {
            let policy = self.narrowing(attended, home);
            arguments.splice(0..0, ["--policy".into(), policy.into_os_string()]);
        }
        let program = command.program().to_owned();
        command
            .saying(&program, &arguments)
            .with_overlays(self.overlays.clone())
            .env("NETHOST_BROKER", socket_in(&self.folder))
    }
}

/// The machine's own /etc with a policy in it. There is no place in the real one to lay that over, so that is seen
/// elsewhere, and linked to.
fn machine_s_etc() -> Etc {
    let etc = Etc::with_policy(POLICY);
    for entry in std::fs::read_dir("/etc").expect("/etc") {
        let name = entry.expect("its entry").file_name();
        let (here, there) = (etc.folder().join(&name), Path::new("/etc").join(&name));
        if ["hosts", "resolv.conf"].iter().any(|own| name == *own) {
            // Tests lay their own over these.
            std::fs::copy(there, here).expect("a copy");
        } else if !here.exists() {
            symlink(Path::new(REAL_ETC).join(&name), here).expect("a link");
        }
    }
    etc
}

/// What the bundled plugins ask for.
fn requests(attended: bool) -> String {
    let mut policy = String::from("version = 1\n");
    let folder = sources().join("../plugins");
    for entry in std::fs::read_dir(folder).expect("the plugins") {
        let file = entry.expect("a plugin").path().join("plugin.toml");
        let Ok(manifest) = std::fs::read_to_string(file) else {
            continue;
        };
        let mut parts = manifest.split("[[request]]\n");
        let head = parts.next().unwrap_or_default();
        let name = head.lines().find(|line| line.starts_with("name = "));
        policy += &format!("[[plugin]]\n{}\n", name.expect("a name"));
        for request in parts.filter(|text| attended || !text.contains("attended = true")) {
            policy += "[[plugin.allow]]\n";
            for line in request.lines() {
                if !["reason =", "attended ="]
                    .iter()
                    .any(|of| line.starts_with(of))
                {
                    policy += &format!("{line}\n");
                }
            }
        }
    }
    policy
}

fn log_in(folder: &TempDir) -> PathBuf {
    folder.path().join("audit.jsonl")
}

fn socket_in(folder: &TempDir) -> PathBuf {
    folder.path().join("socket")
}

fn wait_for(path: &Path) {
    let give_up = Instant::now() + Duration::from_secs(20);
    let address = SockAddr::unix(path).expect("a path that fits");
    loop {
        let socket = Socket::new(Domain::UNIX, Type::SEQPACKET, None).expect("a socket");
        if socket.connect(&address).is_ok() {
            return;
        }
        assert!(Instant::now() < give_up, "the service does not listen");
        std::thread::sleep(Duration::from_millis(5));
    }
}
