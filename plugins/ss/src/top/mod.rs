//! `--top [SECONDS]`: connections and processes by what passes, by round-trip time, by retransmits. On a terminal it is a
//! table on the whole window; elsewhere each interval prints its table, or its lines of JSON, until the run is ended.

mod sample;
mod view;

use std::collections::HashSet;
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nethost_sdk::args::seconds;
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::terminal::{Key, Screen, StandardStream, is_terminal, window_size};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, clock, until_end};
use serde::Serialize;

use crate::failed;
use crate::options::Options;
use crate::owners::Owners;
use crate::poll::Poll;
use crate::services::Services;
use sample::{Connection, Moment, Order};
use view::Choice;

/// The shortest interval, so that it is not itself what is busiest.
const SHORTEST: f64 = 0.1;
/// Seconds between two pictures, unless asked otherwise.
pub(crate) const USUAL: f64 = 1.0;

/// The seconds of an interval.
pub(crate) fn interval(text: &str) -> Result<f64, Exit> {
    let seconds = seconds(text, "SECONDS").ok();
    let bounded = seconds.filter(|seconds| (SHORTEST..=86_400.0).contains(seconds));
    bounded.ok_or_else(|| {
        Exit::failed(
            1,
            "ss: --top: a number of seconds from 0.1 to 86400 is expected",
        )
    })
}

/// The interval as a word of its own: no filter begins with a number.
pub(crate) fn take_interval(options: &mut Options) {
    let first = options.words.first();
    if let Some(Ok(seconds)) = first.map(|word| interval(word)) {
        options.top = Some(seconds);
        options.words.remove(0);
    }
}

/// What is seen from one moment to the next.
struct Watched<'a> {
    poll: &'a Poll<'a>,
    moment: Moment,
    /// Whose the sockets are; none once that may not be asked.
    owners: Option<Owners>,
    /// The inodes whose owners were asked for.
    known: HashSet<u32>,
}

/// A line of `--json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Line<'a> {
    /// Seconds since 1970, UTC.
    time: f64,
    #[serde(flatten)]
    connection: &'a Connection,
}

impl Watched<'_> {
    fn connections(&mut self, order: Order) -> Result<Vec<Connection>, Exit> {
        let mut connections = self.moment.next(self.poll, clock::now())?;
        order.sort(&mut connections);
        self.name(&mut connections);
        Ok(connections)
    }

    /// Names the processes. They are asked for when there are sockets that were not there before.
    fn name(&mut self, connections: &mut [Connection]) {
        let Some(owners) = &mut self.owners else {
            return;
        };
        let inodes: HashSet<u32> = connections.iter().map(|one| one.inode).collect();
        if !inodes.is_subset(&self.known) {
            owners.gather();
            inodes.iter().for_each(|inode| owners.collect(*inode));
            if let Err(error) = owners.find() {
                if !matches!(error, Error::Denied(_)) {
                    complain(format_args!("ss: {error}"));
                }
                self.owners = None;
                return;
            }
        }
        self.known = inodes;
        for one in connections {
            let of_it = owners.all(one.inode).map(|(process, _)| process);
            let mut processes: Vec<String> = of_it
                .map(|process| format!("{} ({})", printable(&process.command), process.process))
                .collect();
            processes.dedup();
            one.processes = processes;
        }
    }
}

/// Shows it until the operator has seen enough.
pub(crate) async fn run(poll: &Poll<'_>, services: &Services, seconds: f64) -> Result<u8, Exit> {
    let mut watched = Watched {
        poll,
        moment: Moment::default(),
        owners: Some(Owners::default()),
        known: HashSet::new(),
    };
    let choice = Choice {
        numeric: poll.options.numeric,
        ..Choice::default()
    };
    let streams = [StandardStream::Input, StandardStream::Output];
    let shown = async {
        if !poll.options.json && streams.into_iter().all(is_terminal) {
            match Screen::open() {
                Ok(screen) => return watched.on_screen(screen, services, choice, seconds).await,
                // A terminal that cannot move its cursor.
                Err(Error::NotSupported) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        watched.in_lines(services, choice, seconds).await
    };
    // Whoever has seen enough interrupts it.
    until_end(pin!(shown)).await.unwrap_or(Ok(()))?;
    Ok(0)
}

impl Watched<'_> {
    async fn in_lines(
        &mut self,
        services: &Services,
        choice: Choice,
        seconds: f64,
    ) -> Result<(), Exit> {
        let is_json = self.poll.options.json;
        let mut output = Output::stdout(if is_json { Format::Json } else { Format::Text });
        self.connections(choice.order)?;
        loop {
            clock::wait_for(Duration::from_secs_f64(seconds)).await;
            let connections = self.connections(choice.order)?;
            if is_json {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let time = now.unwrap_or_default().as_secs_f64();
                for connection in &connections {
                    output.json(&Line { time, connection })?;
                }
            } else {
                for line in view::table(&connections, choice, services, usize::MAX) {
                    output.line(line)?;
                }
                output.text("\n")?;
            }
            output.flush()?;
        }
    }

    async fn on_screen(
        &mut self,
        screen: Screen,
        services: &Services,
        mut choice: Choice,
        seconds: f64,
    ) -> Result<(), Exit> {
        let mut connections = self.connections(choice.order)?;
        let mut due = clock::now();
        let interval = Duration::from_secs_f64(seconds);
        loop {
            let rows = window_size().map_or(24, |size| usize::from(size.rows));
            let lines = view::picture(&connections, choice, seconds, services, rows);
            screen.draw(&lines).map_err(failed)?;
            let now = clock::now();
            if due <= now {
                due = now.plus(interval);
            }
            let key = screen.next_key(due.since(now)).await;
            match key.map_err(failed)? {
                None => {
                    if !choice.paused {
                        connections = self.connections(choice.order)?;
                    }
                }
                Some(Key::Character('q' | 'Q')) => return Ok(()),
                Some(Key::Character(' ')) => choice.paused = !choice.paused,
                Some(Key::Character('p')) => choice.processes = !choice.processes,
                Some(Key::Character(key)) => {
                    if let Some(order) = Order::of_key(key) {
                        choice.order = order;
                        order.sort(&mut connections);
                    }
                }
                Some(_) => {}
            }
        }
    }
}
