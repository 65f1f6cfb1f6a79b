//! A network namespace that lives as long as the test: a child holds it and ends when its pipe closes,
//! which the kernel does when this process dies, however it dies.

use crate::command::Command;
use crate::privilege::{InstallMode, Services, install_mode};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{Gid, Uid, setgid, setgroups, setsid, setuid};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;

/// A network namespace with a name for error messages.
pub struct Namespace {
    name: String,
    holder: Child,
    surroundings: Surroundings,
}

/// Where a program runs: which network, which files laid over which, as whom.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) network: Option<Arc<File>>,
    pub(crate) services: Services,
    /// Pairs of what and where, as bind mounts that only this program sees.
    pub(crate) overlays: Vec<(PathBuf, &'static str)>,
    pub(crate) user: Option<u32>,
    pub(crate) keep_network_capabilities: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            network: None,
            services: Services::default(),
            overlays: Vec::new(),
            user: None,
            keep_network_capabilities: true,
        }
    }
}

impl Namespace {
    /// A namespace with nothing in it but the loopback interface, up.
    ///
    /// # Panics
    /// When this process may not make namespaces; [`crate::need::Requirement::Netns`] tells beforehand.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let made = Self::try_new(name).expect("a network namespace");
        // Tests count their packets and compare answers, so the kernel sends none of its own accord and
        // withholds none.
        for (key, value) in [
            ("net.ipv6.conf.all.accept_dad", "0"),
            ("net.ipv6.conf.default.accept_dad", "0"),
            ("net.ipv6.conf.default.dad_transmits", "0"),
            ("net.ipv6.conf.default.accept_ra", "0"),
            ("net.ipv6.conf.default.router_solicitations", "0"),
            ("net.ipv4.icmp_ratelimit", "0"),
            ("net.ipv6.icmp.ratelimit", "0"),
        ] {
            made.sysctl(key, value);
        }
        made.up(&["lo"]);
        made
    }

    /// As [`new`](Self::new), but tells why not, and sets nothing up.
    ///
    /// # Errors
    /// EPERM where this process may not; ENOSPC where the kernel's limit is reached.
    pub fn try_new(name: &str) -> io::Result<Self> {
        let mut holder = std::process::Command::new("cat");
        holder.stdin(Stdio::piped()).stdout(Stdio::null());
        // SAFETY: unshare(2) is one system call and allocates nothing.
        unsafe { holder.pre_exec(|| Ok(unshare(CloneFlags::CLONE_NEWNET)?)) };
        let mut holder = holder.spawn()?;
        let network = match File::open(format!("/proc/{}/ns/net", holder.id())) {
            Ok(network) => network,
            Err(error) => {
                drop(holder.stdin.take());
                holder.wait()?;
                return Err(error);
            }
        };
        let surroundings = Surroundings {
            network: Some(Arc::new(network)),
            ..Surroundings::default()
        };
        Ok(Self {
            name: name.into(),
            holder,
            surroundings,
        })
    }

    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the process that holds it, by which the kernel finds it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.holder.id()
    }

    /// Lays a file over another for the programs run in here: a hosts file of its own, for instance.
    pub fn overlay(&mut self, what: impl Into<PathBuf>, over: &'static str) {
        self.surroundings.overlays.retain(|(_, path)| *path != over);
        self.surroundings.overlays.push((what.into(), over));
    }

    /// A program to run in here.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        Command::new(program).inside(self.surroundings.clone())
    }

    /// Adds nftables rules (nft(8) syntax) to the table `test` of family `inet`. The chains `forward`,
    /// `input` and `output` are there, empty and accepting.
    ///
    /// # Panics
    /// When nft refuses them.
    pub fn firewall(&self, rules: &str) {
        let mut script = String::from("table inet test {\n");
        for hook in ["forward", "input", "output"] {
            script +=
                &format!("chain {hook} {{ type filter hook {hook} priority 0; policy accept; }}\n");
        }
        script += "}\n";
        for rule in rules.lines().map(str::trim).filter(|rule| !rule.is_empty()) {
            script += &format!("add rule inet test {rule}\n");
        }
        self.command("nft").words("-f -").stdin(script).succeed();
    }

    /// Sets a sysctl of this namespace by its dotted name.
    ///
    /// # Panics
    /// When there is none of that name, or it refuses the value.
    pub fn sysctl(&self, key: &str, value: &str) {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        let written = self.inside(|| std::fs::write(&path, value));
        if let Err(error) = written {
            panic!("{}: {key} = {value}: {error}", self.name);
        }
    }

    /// Lets everyone open ping sockets (icmp(7)), or nobody. In a new network nobody may.
    pub fn ping_sockets(&self, for_everyone: bool) {
        let range = match (install_mode(), for_everyone) {
            // There it names groups that the user namespace has, and every range has one of them.
            (InstallMode::Namespace, false) => return,
            (InstallMode::Namespace, true) => "0 0",
            (_, false) => "1 0",
            (_, true) => "0 2147483647",
        };
        self.sysctl("net.ipv4.ping_group_range", range);
    }

    /// Does something on a thread that is in this namespace, such as opening a socket.
    ///
    /// # Panics
    /// When the thread cannot enter, or panics itself.
    pub fn inside<T: Send>(&self, action: impl FnOnce() -> T + Send) -> T {
        let network = self
            .surroundings
            .network
            .as_ref()
            .expect("a namespace has a network");
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(network, CloneFlags::CLONE_NEWNET).expect("setns");
                action()
            });
            thread.join().expect("the thread in the namespace")
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

impl Surroundings {
    /// Arranges for a program to find itself here. It dies with the thread that started it.
    pub(crate) fn arrange(&self, program: &mut std::process::Command, terminal: bool) {
        let here = self.clone();
        // SAFETY: between fork and exec only system calls are made; the paths are short enough for nix
        // to build their C strings on the stack.
        unsafe { program.pre_exec(move || Ok(here.enter(terminal)?)) };
    }

    /// The same for a program that stays in this process group and outlives this thread.
    pub(crate) fn surround(&self, program: &mut std::process::Command) {
        let here = self.clone();
        // SAFETY: as above.
        unsafe { program.pre_exec(move || Ok(here.reach().and_then(|()| here.become_user())?)) };
    }

    fn enter(&self, terminal: bool) -> nix::Result<()> {
        self.reach()?;
        if terminal {
            setsid()?;
            // SAFETY: TIOCSCTTY takes an integer; standard input is the terminal.
            nix::errno::Errno::result(unsafe { libc::ioctl(0.as_raw_fd(), libc::TIOCSCTTY, 0) })?;
        } else {
            nix::unistd::setpgid(nix::unistd::Pid::from_raw(0), nix::unistd::Pid::from_raw(0))?;
        }
        self.become_user()?;
        // After the change of user, which would undo it.
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)
    }

    fn reach(&self) -> nix::Result<()> {
        if let Some(network) = &self.network {
            setns(network, CloneFlags::CLONE_NEWNET)?;
        }
        if !self.overlays.is_empty() {
            unshare(CloneFlags::CLONE_NEWNS)?;
            mount(
                None::<&str>,
                "/",
                None::<&str>,
                MsFlags::MS_REC | MsFlags::MS_PRIVATE,
                None::<&str>,
            )?;
            for (what, over) in &self.overlays {
                mount(
                    Some(what),
                    *over,
                    None::<&str>,
                    MsFlags::MS_BIND,
                    None::<&str>,
                )?;
            }
        }
        Ok(())
    }

    fn become_user(&self) -> nix::Result<()> {
        if !self.keep_network_capabilities {
            for capability in [CAP_NET_ADMIN, CAP_NET_RAW] {
                // SAFETY: PR_CAPBSET_DROP takes an integer.
                nix::errno::Errno::result(unsafe {
                    libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0)
                })?;
            }
        }
        if let Some(user) = self.user {
            setgroups(&[])?;
            setgid(Gid::from_raw(user))?;
            setuid(Uid::from_raw(user))?;
        }
        Ok(())
    }
}

/// From linux/capability.h.
const CAP_NET_ADMIN: libc::c_ulong = 12;
/// From linux/capability.h.
const CAP_NET_RAW: libc::c_ulong = 13;
