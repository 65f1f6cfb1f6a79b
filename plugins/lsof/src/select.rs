//! Which files are listed. Each option selects; a file is listed when one of them selects it, or with -a when all do. What
//! begins with `^` excludes, whatever else selects.

use std::collections::HashSet;

use nethost_sdk::procfs::{Process, Thread};

use crate::named::NamedFiles;
use crate::options::{Descriptor, Options, Tasks};
use crate::row::Row;
use crate::state;

/// What the options look for, and what of it was found.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    options: &'a Options,
    named: &'a mut NamedFiles,
    /// The file systems of other machines.
    remote: HashSet<(u32, u32)>,
    found: HashSet<Sought>,
}

/// Whose files they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    pub(crate) process: &'a Process,
    pub(crate) thread: Option<&'a Thread>,
    /// Threads of it are listed by themselves.
    pub(crate) has_threads: bool,
}

/// Something that an option looks for, by its place among those of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sought {
    Command(usize),
    Pid(usize),
    Group(usize),
    Internet(usize),
    AnyInternet,
    Remote,
    Thread,
    State(u8),
}

impl<'a> Selection<'a> {
    pub(crate) fn new(
        options: &'a Options,
        named: &'a mut NamedFiles,
        remote: HashSet<(u32, u32)>,
    ) -> Self {
        Self {
            options,
            named,
            remote,
            found: HashSet::new(),
        }
    }

    /// Whether files of a process may be listed.
    pub(crate) fn admits(&self, of: Of<'_>) -> bool {
        let o = self.options;
        !self.is_excluded(of.process)
            && (!o.and
                || self
                    .of_process(of)
                    .into_iter()
                    .all(|chosen| chosen != Some(false)))
    }

    fn is_excluded(&self, process: &Process) -> bool {
        let o = self.options;
        o.pids.excluded.contains(&process.process)
            || o.groups.excluded.contains(&process.group)
            || o.users.excluded.contains(&process.user)
            || o.commands
                .excluded
                .iter()
                .any(|name| name.names(&process.command))
    }

    /// What each option about processes says. None where there is no such option.
    fn of_process(&self, whose: Of<'_>) -> [Option<bool>; 5] {
        let (o, process) = (self.options, whose.process);
        let of = |has: bool, chosen: bool| has.then_some(chosen);
        [
            of(
                !o.commands.included.is_empty(),
                o.commands
                    .included
                    .iter()
                    .any(|name| name.names(&process.command)),
            ),
            of(
                !o.pids.included.is_empty(),
                o.pids.included.contains(&process.process),
            ),
            of(
                !o.groups.included.is_empty(),
                o.groups.included.contains(&process.group),
            ),
            of(
                !o.users.included.is_empty(),
                o.users.included.contains(&process.user),
            ),
            // With -a, a process that has threads is one of them.
            of(
                o.tasks == Tasks::Listed,
                whose.thread.is_some() || (o.and && whose.has_threads),
            ),
        ]
    }

    /// Notes which processes that were looked for are there.
    pub(crate) fn note(&mut self, process: &Process) {
        let o = self.options;
        if self.is_excluded(process) {
            return;
        }
        for (place, name) in o.commands.included.iter().enumerate() {
            if name.names(&process.command) {
                self.found.insert(Sought::Command(place));
            }
        }
        let sought = [
            (&o.pids, process.process, Sought::Pid as fn(usize) -> Sought),
            (&o.groups, process.group, Sought::Group),
        ];
        for (set, number, kind) in sought {
            if let Some(place) = set.included.iter().position(|known| *known == number) {
                self.found.insert(kind(place));
            }
        }
    }

    /// Whether a file is listed.
    pub(crate) fn selects(&mut self, of: Of<'_>, row: &mut Row) -> bool {
        let o = self.options;
        if self.is_excluded(of.process) {
            return false;
        }
        if o.descriptors.excluded.iter().any(|one| is(one, row)) {
            return false;
        }
        let mut choices: Vec<Option<bool>> = self.of_process(of).to_vec();
        if !o.descriptors.included.is_empty() {
            choices.push(Some(o.descriptors.included.iter().any(|one| is(one, row))));
        }
        if o.selects_internet() {
            choices.push(Some(self.is_internet(row)));
        }
        if o.unix {
            choices.push(Some(row.is_unix));
        }
        if o.network_files {
            let remote = row
                .device_numbers
                .is_some_and(|device| self.remote.contains(&device));
            if remote {
                self.found.insert(Sought::Remote);
            }
            choices.push(Some(remote));
        }
        if let Some(below) = o.links_below {
            choices.push(Some(row.links.is_some_and(|links| links < below)));
        }
        if !o.names.is_empty() || !o.folders.is_empty() {
            choices.push(Some(self.named.take(row)));
        }
        let mut choices = choices.into_iter().flatten().peekable();
        let nothing = choices.peek().is_none();
        let chosen = match o.and {
            true => choices.all(|chosen| chosen),
            false => nothing || choices.any(|chosen| chosen),
        };
        let listed = chosen && self.has_state(row);
        if listed && of.thread.is_some() {
            self.found.insert(Sought::Thread);
        }
        listed
    }

    fn has_state(&mut self, row: &Row) -> bool {
        let states = &self.options.states;
        let Some(inet) = &row.internet else {
            return true;
        };
        if inet.protocol != crate::sockets::Protocol::Tcp {
            return true;
        }
        if states.included.contains(&inet.state) {
            self.found.insert(Sought::State(inet.state));
        }
        let included = states.included.is_empty() || states.included.contains(&inet.state);
        included && !states.excluded.contains(&inet.state)
    }

    fn is_internet(&mut self, row: &Row) -> bool {
        let Some(inet) = &row.internet else {
            return false;
        };
        if !self.has_state(row) {
            return false;
        }
        let mut selected = self.options.any_internet;
        if selected {
            self.found.insert(Sought::AnyInternet);
        }
        for (place, selector) in self.options.internet.iter().enumerate() {
            if selector.selects(inet) {
                self.found.insert(Sought::Internet(place));
                selected = true;
            }
        }
        selected
    }

    /// What was looked for and not found, in lsof's words and order.
    pub(crate) fn missing(&self) -> Vec<String> {
        let o = self.options;
        let is_missing = |sought: &Sought| !self.found.contains(sought);
        let mut missing = Vec::new();
        fn each<T>(
            list: &[T],
            kind: fn(usize) -> Sought,
            missing: impl Fn(&Sought) -> bool,
            mut tell: impl FnMut(&T),
        ) {
            for (place, item) in list.iter().enumerate() {
                if missing(&kind(place)) {
                    tell(item);
                }
            }
        }
        each(&o.commands.included, Sought::Command, is_missing, |name| {
            missing.push(name.missing());
        });
        missing.extend(self.named.missing());
        let addresses = o.internet.iter().enumerate().rev();
        for (_, selector) in addresses.filter(|(place, _)| is_missing(&Sought::Internet(*place))) {
            missing.push(format!("Internet address not located: {}", selector.text));
        }
        if o.any_internet && is_missing(&Sought::AnyInternet) {
            missing.push("no Internet files located".into());
        }
        for state in 1..=state::LAST {
            if o.states.included.contains(&state) && is_missing(&Sought::State(state)) {
                let name = state::name(state).unwrap_or_default();
                missing.push(format!("TCP state not located: {name}"));
            }
        }
        if o.network_files && is_missing(&Sought::Remote) {
            missing.push("no NFS files located".into());
        }
        each(&o.pids.included, Sought::Pid, is_missing, |pid| {
            missing.push(format!("process ID not located: {pid}"));
        });
        if o.tasks == Tasks::Listed && is_missing(&Sought::Thread) {
            missing.push("no tasks located".into());
        }
        each(&o.groups.included, Sought::Group, is_missing, |group| {
            missing.push(format!("process group ID not located: {group}"));
        });
        missing
    }
}

fn is(descriptor: &Descriptor, row: &Row) -> bool {
    match descriptor {
        Descriptor::Name(name) if name == "fd" => row.number.is_some(),
        Descriptor::Name(name) => row.descriptor.eq_ignore_ascii_case(name),
        Descriptor::Numbers(first, last) => row
            .number
            .is_some_and(|number| (*first..=*last).contains(&number)),
    }
}
