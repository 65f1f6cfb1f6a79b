//! What one check found, and what to do about it.

/// How good or bad a finding is. The order is from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Works, with a difference that the operator should know.
    Note,
    /// Something is not there, and what needs it does not work.
    Missing,
    /// A mistake: something does not work, or is not as safe as it is meant to be.
    Wrong,
}

impl State {
    /// The word for it, in text and in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

/// A finding.
#[derive(Debug)]
pub(super) struct Finding {
    /// What was checked.
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) found: String,
    /// A command, or a sentence.
    pub(super) remedy: Option<String>,
}

impl Finding {
    fn new(
        name: &'static str,
        state: State,
        found: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self {
            name,
            state,
            found: found.into(),
            remedy,
        }
    }

    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found, None)
    }

    /// Without a remedy, if there is nothing to be done.
    pub(super) fn fact(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Note, found, None)
    }

    pub(super) fn note(
        name: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, State::Note, found, Some(remedy.into()))
    }

    pub(super) fn missing(
        name: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, State::Missing, found, Some(remedy.into()))
    }

    pub(super) fn wrong(
        name: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(name, State::Wrong, found, Some(remedy.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn states_are_in_order() {
        assert!(State::Ok < State::Note && State::Note < State::Missing);
        assert!(State::Missing < State::Wrong);
    }
}
