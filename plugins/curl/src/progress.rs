//! How far a transfer is: its times, its counts, and the meter that shows them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use nethost_sdk::clock::{self, Mark};

use crate::trace::Stderr;

/// The moments of a transfer, since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) name: Duration,
    pub(crate) connected: Duration,
    pub(crate) secured: Duration,
    pub(crate) requesting: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) redirects: Duration,
    pub(crate) total: Duration,
}

/// What is counted; transfer, meter and watch share it.
pub(crate) struct Progress {
    pub(crate) start: Cell<Mark>,
    pub(crate) times: RefCell<Times>,
    pub(crate) down: Cell<u64>,
    pub(crate) down_total: Cell<Option<u64>>,
    pub(crate) up: Cell<u64>,
    pub(crate) up_total: Cell<Option<u64>>,
    /// Whether there is a connection.
    pub(crate) is_connected: Cell<bool>,
    meter: Meter,
    shown: Cell<u64>,
    last: Cell<(Mark, u64)>,
    recent: RefCell<Vec<(Mark, u64)>>,
}

/// What is shown.
#[derive(Clone)]
pub(crate) enum Meter {
    Off,
    Numbers(Stderr),
    Bar(Stderr),
}

const HEAD: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";

impl Progress {
    pub(crate) fn new(meter: Meter) -> Rc<Self> {
        let now = clock::now();
        Rc::new(Self {
            start: Cell::new(now),
            times: RefCell::default(),
            down: Cell::new(0),
            down_total: Cell::new(None),
            up: Cell::new(0),
            up_total: Cell::new(None),
            is_connected: Cell::new(false),
            meter,
            shown: Cell::new(0),
            last: Cell::new((now, 0)),
            recent: RefCell::default(),
        })
    }

    /// Since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        clock::now().since(self.start.get())
    }

    /// Notes a moment.
    pub(crate) fn note(&self, moment: impl FnOnce(&mut Times, Duration)) {
        moment(&mut self.times.borrow_mut(), self.elapsed());
    }

    /// Something came.
    pub(crate) fn received(&self, count: usize) {
        self.down.set(self.down.get() + count as u64);
        if self.shows() {
            self.tick(false);
        }
    }

    /// Something was sent.
    pub(crate) fn sent(&self, count: usize) {
        self.up.set(self.up.get() + count as u64);
        if self.shows() {
            self.tick(false);
        }
    }

    fn shows(&self) -> bool {
        !matches!(self.meter, Meter::Off)
    }

    /// Shows the head, before anything else.
    pub(crate) fn begin(&self) {
        match &self.meter {
            Meter::Numbers(stderr) => {
                stderr.write(HEAD);
                self.show(stderr);
            }
            Meter::Off | Meter::Bar(_) => {}
        }
    }

    /// Shows how far it is, once a second.
    pub(crate) fn tick(&self, ends: bool) {
        let now = clock::now();
        let seconds = now.since(self.start.get()).as_secs();
        if !ends && seconds == self.shown.get() {
            return;
        }
        self.shown.set(seconds);
        match &self.meter {
            Meter::Off => {}
            Meter::Numbers(stderr) => self.show(stderr),
            Meter::Bar(stderr) => self.bar(stderr),
        }
    }

    /// The last state, and a line end.
    pub(crate) fn end(&self) {
        self.tick(true);
        match &self.meter {
            Meter::Off => {}
            Meter::Numbers(stderr) | Meter::Bar(stderr) => stderr.write("\n"),
        }
    }

    fn speed(&self, count: u64) -> u64 {
        let micros = self.elapsed().as_micros().max(1);
        u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    /// What came within the last five seconds.
    fn current(&self) -> u64 {
        let now = clock::now();
        let done = self.down.get() + self.up.get();
        let mut recent = self.recent.borrow_mut();
        if recent
            .last()
            .is_none_or(|(mark, _)| now.since(*mark).as_millis() > 900)
        {
            recent.push((now, done));
            if recent.len() > 6 {
                recent.remove(0);
            }
        }
        let first = *recent.first().unwrap_or(&self.last.get());
        let micros = now.since(first.0).as_micros();
        if micros == 0 || recent.len() < 2 {
            return self.speed(self.down.get()).max(self.speed(self.up.get()));
        }
        let moved = u128::from(done.saturating_sub(first.1));
        u64::try_from(moved * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    fn show(&self, stderr: &Stderr) {
        let (down, up) = (self.down.get(), self.up.get());
        let (down_total, up_total) = (self.down_total.get(), self.up_total.get());
        let (down_speed, up_speed) = (self.speed(down), self.speed(up));
        let percent = |done: u64, total: Option<u64>| match total {
            Some(total) if total > 0 => {
                u64::try_from(u128::from(done) * 100 / u128::from(total)).unwrap_or(100)
            }
            _ => 0,
        };
        let time = |total: Option<u64>, speed: u64| match (total, speed) {
            (Some(total), 1..) => total / speed,
            _ => 0,
        };
        let total_time = time(down_total, down_speed).max(time(up_total, up_speed));
        let spent = self.elapsed().as_secs();
        let expected = down_total.unwrap_or(down) + up_total.unwrap_or(up);
        let whole = match (down_total, up_total) {
            (None, None) => 0,
            _ => percent(down + up, Some(expected)),
        };
        let left = if total_time > 0 {
            total_time.saturating_sub(spent)
        } else {
            0
        };
        stderr.write(format!(
            "\r{whole:3} {}  {:3} {}  {:3} {}  {}  {} {} {} {} {}",
            size(expected),
            percent(down, down_total),
            size(down),
            percent(up, up_total),
            size(up),
            size(down_speed),
            size(up_speed),
            hours(total_time),
            hours(spent),
            hours(left),
            size(self.current())
        ));
    }

    fn bar(&self, stderr: &Stderr) {
        let width = 79;
        let done = self.down.get() + self.up.get();
        let total = self.down_total.get().unwrap_or(0) + self.up_total.get().unwrap_or(0);
        if total == 0 {
            return;
        }
        let part = (done as f64 / total as f64).min(1.0);
        let room = width - 7;
        let hashes = "#".repeat((part * room as f64) as usize);
        stderr.write(format!("\r{hashes:<room$} {:5.1}%", part * 100.0));
    }
}

/// Five characters.
fn size(bytes: u64) -> String {
    const K: u64 = 1 << 10;
    const M: u64 = 1 << 20;
    const G: u64 = 1 << 30;
    const T: u64 = 1 << 40;
    const P: u64 = 1 << 50;
    match bytes {
        0..100_000 => format!("{bytes:5}"),
        _ if bytes < 10_000 * K => format!("{:4}k", bytes / K),
        _ if bytes < 100 * M => format!("{:2}.{}M", bytes / M, bytes % M / (M / 10)),
        _ if bytes < 10_000 * M => format!("{:4}M", bytes / M),
        _ if bytes < 100 * G => format!("{:2}.{}G", bytes / G, bytes % G / (G / 10)),
        _ if bytes < 10_000 * G => format!("{:4}G", bytes / G),
        _ if bytes < 10_000 * T => format!("{:4}T", bytes / T),
        _ => format!("{:4}P", bytes / P),
    }
}

fn hours(seconds: u64) -> String {
    match seconds {
        0 => "--:--:--".into(),
        _ if seconds < 360_000 => format!(
            "{:2}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ),
        _ if seconds / 86_400 <= 999 => {
            format!("{:3}d {:02}h", seconds / 86_400, seconds % 86_400 / 3600)
        }
        _ => format!("{:7}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_five_characters_wide() {
        for bytes in [
            0,
            99_999,
            100_000,
            1 << 24,
            1 << 30,
            1 << 37,
            1 << 45,
            1 << 60,
        ] {
            assert_eq!(size(bytes).len(), 5, "{bytes}");
        }
        assert_eq!(hours(3661), " 1:01:01");
        assert_eq!(hours(0), "--:--:--");
    }
}
