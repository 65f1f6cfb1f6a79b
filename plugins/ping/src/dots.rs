//! A flood's dots: one for each request, taken back by its answer. A terminal takes back nothing that a plugin has
//! printed, so on one they only become more: as many as requests were without an answer at once.

/// The dots so far.
pub(crate) struct Dots {
    on_terminal: bool,
    unanswered: usize,
    shown: usize,
}

/// What a flood shows.
pub(crate) enum Sign {
    Sent(usize),
    Answered,
    Failed,
}

impl Dots {
    pub(crate) fn new(on_terminal: bool) -> Self {
        Self {
            on_terminal,
            unanswered: 0,
            shown: 0,
        }
    }

    pub(crate) fn on_terminal(&self) -> bool {
        self.on_terminal
    }

    /// What is printed.
    pub(crate) fn of(&mut self, sign: &Sign) -> String {
        if !self.on_terminal {
            return match sign {
                Sign::Sent(count) => ".".repeat(*count),
                Sign::Answered => "\x08 \x08".into(),
                Sign::Failed => "\x08E".into(),
            };
        }
        match sign {
            Sign::Sent(count) => self.unanswered += count,
            Sign::Answered => self.unanswered = self.unanswered.saturating_sub(1),
            Sign::Failed => {
                self.unanswered = self.unanswered.saturating_sub(1);
                return "E".into();
            }
        }
        let more = self.unanswered.saturating_sub(self.shown);
        self.shown += more;
        ".".repeat(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(on_terminal: bool) -> String {
        let mut dots = Dots::new(on_terminal);
        let signs = [
            Sign::Sent(2),
            Sign::Answered,
            Sign::Sent(1),
            Sign::Answered,
            Sign::Failed,
            Sign::Sent(3),
        ];
        signs.iter().map(|sign| dots.of(sign)).collect()
    }

    #[test]
    fn answers_take_dots_back_where_that_is_possible() {
        assert_eq!(shown(false), "..\x08 \x08.\x08 \x08\x08E...");
        assert_eq!(shown(true), "..E.");
    }
}
