//! The title: interval and command on the left, host and time on the right, cut to the width of the window.

use unicode_width::UnicodeWidthChar;

/// The rows that the title and the blank row below it take.
pub(crate) const ROWS: usize = 2;

/// The title as procps 4.0.2 prints it. Where it is too wide, the command is cut first, then the left side, then all.
pub(crate) fn title(width: usize, seconds: f64, command: &str, host: &str, time: &str) -> String {
    let left = format!("Every {seconds:.1}s: ");
    let right = format!("{host}: {time}");
    // procps counts the line end of ctime(3).
    let (left_width, right_width) = (columns(&left), columns(&right) + 1);
    if width < right_width {
        return String::new();
    }
    let mut row = Row::blank(width);
    if right_width + left_width < width {
        row.put(0, &left);
        let room = width - right_width - left_width;
        if (2..4).contains(&room) {
            row.put(width - right_width - 4, "... ");
        } else if room >= 4 {
            if columns(command) > room {
                row.put(left_width, &cut(command, room - 4));
                row.put(width - right_width - 4, "... ");
            } else {
                row.put(left_width, command);
            }
        }
    }
    row.put(width - right_width + 1, &right);
    row.text()
}

/// The time as ctime(3) prints it.
pub(crate) fn time(now: jiff::civil::DateTime) -> String {
    now.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As many characters as have room.
fn cut(text: &str, room: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    text.chars().take_while(fits).collect()
}

/// Characters by their columns. A wide one is followed by nothing.
struct Row(Vec<String>);

impl Row {
    fn blank(width: usize) -> Self {
        Self(vec![" ".into(); width])
    }

    fn put(&mut self, mut column: usize, text: &str) {
        for character in text.chars() {
            let width = character.width().unwrap_or(0);
            if let Some(cell) = self.0.get_mut(column).filter(|_| width > 0) {
                *cell = character.into();
            }
            if width > 1
                && let Some(covered) = self.0.get_mut(column + 1)
            {
                covered.clear();
            }
            column += width;
        }
    }

    fn text(&self) -> String {
        self.0.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "Sun Nov 29 22:32:19 2026";

    fn of(width: usize, command: &str) -> String {
        title(width, 1.0, command, "vm", TIME)
    }

    #[test]
    fn it_is_cut_to_the_window() {
        assert_eq!(
            of(80, "date"),
            format!("Every 1.0s: date{:36}vm: {TIME}", "")
        );
        let cut = format!("Every 1.0s: ss -t...  vm: {TIME}");
        assert_eq!(of(50, "ss -t4 state syn-sent"), cut);
        assert_eq!(of(29, "date"), format!(" vm: {TIME}"));
        assert_eq!(of(28, "date"), "");
        assert_eq!(of(0, "date"), "");
        for width in 0..120 {
            let title = of(width, "日本語日本語日本語日本語 ss");
            assert!(
                columns(&title) == width || title.is_empty(),
                "{width}: {title:?}"
            );
        }
    }

    #[test]
    fn the_time_is_that_of_ctime() {
        let at = jiff::civil::date(2026, 3, 1).at(4, 5, 6, 0);
        assert_eq!(time(at), "Sun Mar  1 04:05:06 2026");
    }
}
