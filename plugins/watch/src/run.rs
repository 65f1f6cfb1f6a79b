//! Runs the tool at its times, until something ends it.

use futures::future::{Either, select};
use futures::stream::{self, LocalBoxStream};
use futures::{FutureExt, StreamExt, select_biased};
use nethost_sdk::clock::{Mark, now, wait_until};
use nethost_sdk::terminal::{Key, Screen, keys};
use nethost_sdk::tools::{self, Finished, Words};
use nethost_sdk::{Error, Exit, Signal, interrupted, terminated};

use crate::flags::Options;
use crate::view::{Change, View};

/// The exit code of procps 4.0.2 for -e.
const COMMAND_FAILED: u8 = 8;

/// What the operator does.
enum Event {
    /// SIGINT or SIGTERM, which end it without an error, as with procps.
    End,
    Resized,
}

/// How a pause ended.
enum Pause {
    Over,
    End,
    Key(Key),
}

pub(crate) async fn run(options: &Options, first: u32) -> Result<u8, Exit> {
    let mut view = View::open(options)?;
    let mut events = events();
    let words = match options.as_words {
        true => Words::AsTyped,
        false => Words::Split,
    };
    let mut due = now();
    let mut unchanged = 0;
    loop {
        view.begin();
        let Some(finished) = until_end(tools::run(first, words), &mut events).await else {
            return Ok(0);
        };
        let finished = finished.map_err(|error| refused(&error))?;
        let failed = finished.exit != 0;
        let froze = failed && options.exit_on_error;
        let change = view.show(options, &finished, froze)?;
        if failed && options.beep {
            view.beep()?;
        }
        if froze {
            return Ok(match view.screen() {
                Some(screen) => until_key(screen, &mut events).await?,
                None => COMMAND_FAILED,
            });
        }
        if is_over(options, change, &mut unchanged) {
            return Ok(0);
        }
        due = match options.precise {
            true => due.plus(options.interval()),
            false => now().plus(options.interval()),
        };
        loop {
            match pause(due, &view, &mut events).await? {
                Pause::Over => break,
                Pause::End => return Ok(0),
                Pause::Key(key) => view.press(key, options)?,
            }
        }
    }
}

/// Whether -g or -q end it. The first run counts as unchanged for -q, as with procps.
fn is_over(options: &Options, change: Change, unchanged: &mut i32) -> bool {
    let changed = options.exit_on_change && change == Change::Changed;
    let Some(most) = options.exit_unchanged else {
        return changed;
    };
    let counts = changed || change != Change::Changed;
    let over = counts && *unchanged == most;
    *unchanged = if counts {
        unchanged.saturating_add(1)
    } else {
        0
    };
    over
}

fn refused(error: &Error) -> Exit {
    let text = match error {
        // The text names what is wrong.
        Error::InvalidArgument(what) => what.clone(),
        error => error.to_string(),
    };
    Exit::failed(1, format!("watch: {text}"))
}

fn events() -> LocalBoxStream<'static, Event> {
    let signals = stream::unfold((), |()| async {
        loop {
            match interrupted().await {
                Signal::Interrupt => return Some((Event::End, ())),
                Signal::WindowChange => return Some((Event::Resized, ())),
                Signal::Quit => {}
            }
        }
    });
    let end = stream::once(async {
        terminated().await;
        Event::End
    });
    stream::select(signals, end).boxed_local()
}

/// The result of some work, unless the operator ends it. The window is looked at before the next run anyway.
async fn until_end(
    work: impl Future<Output = Result<Finished, Error>>,
    events: &mut LocalBoxStream<'_, Event>,
) -> Option<Result<Finished, Error>> {
    let mut work = Box::pin(work);
    loop {
        match select(work, events.next()).await {
            Either::Left((done, _)) => return Some(done),
            Either::Right((Some(Event::Resized), rest)) => work = rest,
            Either::Right((Some(Event::End) | None, _)) => return None,
        }
    }
}

/// Waits for the next run. A key `q`, which newer versions of procps know, ends it; a blank and another size of the window
/// make the next run start at once.
async fn pause(
    until: Mark,
    view: &View,
    events: &mut LocalBoxStream<'_, Event>,
) -> Result<Pause, Exit> {
    let mut over = Box::pin(wait_until(until).fuse());
    let mut keys = keys(view.screen());
    loop {
        select_biased! {
            event = events.next().fuse() => match event {
                Some(Event::Resized) if view.screen().is_some() => return Ok(Pause::Over),
                Some(Event::Resized) => {}
                Some(Event::End) | None => return Ok(Pause::End),
            },
            key = keys.next().fuse() => match key {
                Some(Ok(Key::Character('q'))) => return Ok(Pause::End),
                Some(Ok(Key::Character(' '))) => return Ok(Pause::Over),
                Some(Ok(key)) => return Ok(Pause::Key(key)),
                None => {}
                Some(Err(error)) => return Err(refused(&error)),
            },
            () = over => return Ok(Pause::Over),
        }
    }
}

/// The exit code after a key that ends the frozen window of -e, or after a signal.
async fn until_key(screen: &Screen, events: &mut LocalBoxStream<'_, Event>) -> Result<u8, Exit> {
    let mut keys = keys(Some(screen));
    loop {
        select_biased! {
            event = events.next().fuse() => match event {
                Some(Event::Resized) => {}
                Some(Event::End) | None => return Ok(0),
            },
            key = keys.next().fuse() => match key {
                Some(Err(error)) => return Err(refused(&error)),
                Some(Ok(_)) | None => return Ok(COMMAND_FAILED),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many runs it is over.
    fn ends(options: &Options, changes: &[Change]) -> Option<usize> {
        let mut unchanged = 0;
        let over = |change: &Change| is_over(options, *change, &mut unchanged);
        changes.iter().position(over).map(|at| at + 1)
    }

    #[test]
    fn changes_and_their_absence_end_it_as_with_procps() {
        use Change::{Changed, First, Same};
        let mut options = Options::default();
        assert_eq!(ends(&options, &[First, Same, Changed]), None);
        options.exit_on_change = true;
        assert_eq!(ends(&options, &[First, Same, Changed]), Some(3));
        options.exit_on_change = false;
        for (most, changes, after) in [
            (0, &[First, Same][..], Some(1)),
            (1, &[First, Same], Some(2)),
            (2, &[First, Same, Same], Some(3)),
            (1, &[First, Changed, Same, Same], Some(4)),
            (1, &[First, Changed, Changed], None),
            (-1, &[First, Same, Same, Same], None),
        ] {
            options.exit_unchanged = Some(most);
            assert_eq!(ends(&options, changes), after, "{most} {changes:?}");
        }
    }
}
