//! `--plot`: round trips over time on the whole window.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures::stream::LocalBoxStream;
use nethost_sdk::plot::{Sample, graph, scale};
use nethost_sdk::terminal::{self, Key, Screen, Span, Style, window_size};
use nethost_sdk::{Error, Exit};

use crate::failed;
use crate::report::{Summary, ms, six_digits};

/// Packets that are remembered: more than a window has columns.
const MOST: usize = 2000;
/// Between two pictures, in nanoseconds.
const REFRESH: u64 = 100_000_000;
/// Width of the scale at the left.
const SCALE: usize = 10;
const KEYS: &str = "Keys: q quit  space pause";

/// The picture, and the packets in it.
pub(crate) struct Plot {
    screen: Rc<Screen>,
    title: String,
    /// What went wrong last.
    message: Option<String>,
    samples: VecDeque<(u16, Sample)>,
    paused: bool,
    changed: bool,
    due: u64,
}

impl Plot {
    /// Takes the window; none where there is no terminal that can show a picture.
    pub(crate) fn open(title: String) -> Result<Option<Self>, Exit> {
        match Screen::open() {
            Ok(screen) => Ok(Some(Self {
                screen: Rc::new(screen),
                title,
                message: None,
                samples: VecDeque::new(),
                paused: false,
                changed: true,
                due: 0,
            })),
            Err(Error::NotSupported) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Keys as they are pressed.
    pub(crate) fn keys(&self) -> LocalBoxStream<'static, Result<Key, Error>> {
        terminal::keys(Some(Rc::clone(&self.screen)))
    }

    /// A packet was sent. One before it that has no answer yet counts as lost until it comes.
    pub(crate) fn sent(&mut self, number: u64) {
        if let Some((_, before @ Sample::Pending)) = self.samples.back_mut() {
            *before = Sample::Lost;
        }
        self.samples.push_back((number as u16, Sample::Pending));
        if self.samples.len() > MOST {
            self.samples.pop_front();
        }
        self.changed = true;
    }

    /// A packet was answered.
    pub(crate) fn answered(&mut self, sequence: u16, trip: Option<Duration>) {
        let found = self.samples.iter_mut().rev();
        let found = found.into_iter().find(|(number, _)| *number == sequence);
        if let (Some((_, sample)), Some(trip)) = (found, trip)
            && !matches!(sample, Sample::Value(_))
        {
            *sample = Sample::Value(trip.as_secs_f64() * 1000.0);
        }
        self.changed = true;
    }

    /// Something went wrong.
    pub(crate) fn tell(&mut self, message: String) {
        self.message = Some(message);
        self.changed = true;
    }

    /// The window has another size.
    pub(crate) fn resized(&mut self) {
        self.changed = true;
    }

    /// Obeys a key; whether it was the one to quit.
    pub(crate) fn press(&mut self, key: Key) -> bool {
        match key {
            Key::Character('q' | 'Q') => return true,
            Key::Character(' ') => self.paused = !self.paused,
            _ => {}
        }
        self.due = 0;
        self.changed = true;
        false
    }

    /// When the next picture is due, if there is something new.
    pub(crate) fn due(&self) -> Option<u64> {
        (self.changed && !self.paused).then_some(self.due)
    }

    /// Draws the picture if it is due. A pause is told once, and then the picture stays.
    pub(crate) fn draw(&mut self, now: u64, summary: &Summary) -> Result<(), Exit> {
        if !self.changed || now < self.due || (self.paused && self.due != 0) {
            return Ok(());
        }
        let (columns, rows) = window_size().map_or((80, 24), |size| (size.columns, size.rows));
        let lines = self.picture(summary, columns.into(), rows.into());
        self.screen.draw(&lines).map_err(failed)?;
        self.changed = false;
        self.due = now + REFRESH;
        Ok(())
    }

    fn picture(&self, summary: &Summary, columns: usize, rows: usize) -> Vec<Vec<Span>> {
        let paused = if self.paused { "  (paused)" } else { "" };
        let last = self
            .samples
            .iter()
            .rev()
            .find_map(|(_, sample)| match sample {
                Sample::Value(value) => Some(*value),
                Sample::Pending | Sample::Lost => None,
            });
        // The last packet may still be answered.
        let under_way = matches!(self.samples.back(), Some((_, Sample::Pending)));
        let below = match &self.message {
            Some(message) => Span::new(message, Style::Yellow),
            None => Span::new(KEYS, Style::Dim),
        };
        let mut lines = vec![
            vec![Span::new(format!("{}{paused}", self.title), Style::Bold)],
            vec![Span::plain(figures(summary, under_way, last))],
            vec![below],
        ];
        let room = columns.saturating_sub(SCALE).min(MOST);
        let skipped = self.samples.len().saturating_sub(room);
        let samples: Vec<Sample> = self.samples.iter().skip(skipped).map(|(_, s)| *s).collect();
        let greatest = scale(&samples);
        let height = rows.saturating_sub(lines.len());
        for (row, mut spans) in graph(&samples, greatest, height).into_iter().enumerate() {
            let label = match row {
                0 => format!("{} ms", six_digits(greatest)),
                row if row + 1 == height => "0".into(),
                _ => String::new(),
            };
            let width = SCALE - 2;
            spans.insert(0, Span::new(format!("{label:>width$} |"), Style::Dim));
            lines.push(spans);
        }
        lines
    }
}

/// The figures so far, in one line. A packet that is under way is not lost.
fn figures(summary: &Summary, under_way: bool, last: Option<f64>) -> String {
    let Summary {
        transmitted,
        received,
        ..
    } = summary;
    let decided = transmitted.saturating_sub(u64::from(under_way));
    let lost = decided.saturating_sub(*received);
    let loss = match decided {
        0 => 0.0,
        decided => 100.0 * lost as f64 / decided as f64,
    };
    let loss = six_digits((loss * 100.0).round() / 100.0);
    let mut line = format!("{transmitted} sent, {received} received, {loss}% loss");
    if let (Some(trips), Some(last)) = (&summary.trips, last) {
        let [min, avg, max, mdev] = [trips.min, trips.avg, trips.max, trips.mdev].map(ms);
        line += &format!("  last {last:.3} ms, min/avg/max/mdev {min}/{avg}/{max}/{mdev} ms");
    }
    line
}
