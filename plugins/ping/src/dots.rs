//! The dots of a flood: one for each request, erased by its reply. Only the host can erase on a terminal, so dots
//! that are printed and erased between two updates are combined first.

/// What is not printed yet.
#[derive(Debug, Default)]
pub(crate) struct Dots {
    on_terminal: bool,
    erased: u32,
    text: String,
}

/// What a flood shows.
pub(crate) enum Sign {
    Sent(usize),
    Answered,
    Failed,
    NotSent,
}

impl Dots {
    pub(crate) fn new(on_terminal: bool) -> Self {
        Self {
            on_terminal,
            ..Self::default()
        }
    }

    pub(crate) fn on_terminal(&self) -> bool {
        self.on_terminal
    }

    pub(crate) fn add(&mut self, sign: &Sign) {
        match sign {
            Sign::Sent(count) => self.text.extend(std::iter::repeat_n('.', *count)),
            Sign::NotSent => self.text.push('E'),
            Sign::Answered if self.on_terminal => self.erase(),
            Sign::Answered => self.text.push_str("\x08 \x08"),
            Sign::Failed if self.on_terminal => {
                self.erase();
                self.text.push('E');
            }
            Sign::Failed => self.text.push_str("\x08E"),
        }
    }

    fn erase(&mut self) {
        if self.text.pop().is_none() {
            self.erased += 1;
        }
    }

    /// How many printed dots to erase, and what to print afterwards.
    pub(crate) fn take(&mut self) -> (u32, String) {
        (
            std::mem::take(&mut self.erased),
            std::mem::take(&mut self.text),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_take_dots_back() {
        let signs = [
            Sign::Sent(2),
            Sign::Answered,
            Sign::Sent(1),
            Sign::Answered,
            Sign::Failed,
            Sign::Answered,
            Sign::Answered,
            Sign::Sent(3),
            Sign::NotSent,
        ];
        let shown = |on_terminal| {
            let mut dots = Dots::new(on_terminal);
            signs.iter().for_each(|sign| dots.add(sign));
            dots.take()
        };
        let piped = "..\x08 \x08.\x08 \x08\x08E\x08 \x08\x08 \x08...E";
        assert_eq!(shown(false), (0, piped.into()));
        assert_eq!(shown(true), (1, "...E".into()));
    }
}
