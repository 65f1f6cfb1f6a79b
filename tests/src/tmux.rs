//! A real terminal emulator around the host: what a person would see on the window, not what was sent to it.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::command::Command;
use crate::host::shell;
use crate::namespace::Namespace;

/// A window of tmux(1) in which the host runs. Dropping it ends both.
pub struct Window {
    folder: TempDir,
}

impl Window {
    /// Runs a program in a window of this size, with variables before it; `$NETHOST` in the line is the host.
    ///
    /// # Panics
    /// When tmux cannot be started.
    #[must_use]
    pub fn start(node: &Namespace, columns: u16, rows: u16, line: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let settings =
            "set -g remain-on-exit on\nset -g status off\nset -g default-shell /bin/sh\n";
        std::fs::write(folder.path().join("conf"), settings).expect("a file");
        let at = folder.path().display();
        let script = format!(
            "tmux -f {at}/conf -S {at}/socket new-session -d -x {columns} -y {rows} 'exec env {line}'"
        );
        shell(node).arg("-c").arg(script).succeed();
        Self { folder }
    }

    fn tmux(&self, words: &str) -> Command {
        tmux(self.folder.path(), words)
    }

    /// The window as it is, with its colours if asked.
    #[must_use]
    pub fn picture(&self, with_colours: bool) -> String {
        let colours = if with_colours { "-e" } else { "" };
        self.tmux(&format!("capture-pane -p {colours}"))
            .run()
            .stdout
    }

    /// Waits until a text is on the window, and returns the whole picture.
    ///
    /// # Panics
    /// When it does not come.
    pub fn expect(&self, text: &str) -> String {
        self.wait(text, |picture| picture.contains(text))
    }

    /// Waits until the picture is as wanted.
    ///
    /// # Panics
    /// When it does not become so.
    pub fn wait(&self, what: &str, is_right: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let picture = self.picture(false);
            if is_right(&picture) {
                return picture;
            }
            let waited = start.elapsed();
            assert!(
                waited < Duration::from_secs(15),
                "no {what:?} in:\n{picture}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses keys, by tmux's names.
    pub fn press(&self, keys: &str) {
        self.tmux(&format!("send-keys {keys}")).succeed();
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let words = format!("resize-window -x {columns} -y {rows}");
        self.tmux(&words).succeed();
    }

    /// What a command of tmux prints.
    #[must_use]
    pub fn ask(&self, words: &str) -> String {
        self.tmux(words).run().stdout.trim().to_owned()
    }

    /// Waits for the end of what runs, and returns its exit status.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn status(&self) -> String {
        let start = Instant::now();
        loop {
            let told = self.ask("display-message -p #{pane_dead}:#{pane_dead_status}");
            if let Some(status) = told.strip_prefix("1:") {
                return status.to_owned();
            }
            let waited = start.elapsed();
            assert!(waited < Duration::from_secs(15), "{}", self.picture(false));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.tmux("kill-server").run();
    }
}

fn tmux(folder: &Path, words: &str) -> Command {
    Command::new("tmux")
        .arg("-S")
        .arg(folder.join("socket"))
        .words(words)
}
