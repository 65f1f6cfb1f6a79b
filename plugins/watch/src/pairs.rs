//! Which line of the last output a line of this one continues, so that a line that comes or goes is not a change of all
//! below it.

use crate::fields::{self, Fields};

/// Where more lines have changed than this, squared, they are paired by their number.
const MOST_COMPARED: usize = 40_000;

/// A line with its fields.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) fields: Fields,
    pub(crate) is_json: bool,
}

impl Line {
    pub(crate) fn of(text: &str) -> Self {
        let json = fields::of_json(text);
        Self {
            is_json: json.is_some(),
            fields: json.unwrap_or_else(|| fields::of_words(text)),
            text: text.to_owned(),
        }
    }

    /// The text of a field.
    pub(crate) fn field(&self, way: &str) -> Option<&str> {
        self.text.get(self.fields.get(way)?.clone())
    }

    /// How many fields are the same; 0 if it is less than half of them, for then it is another line.
    fn likeness(&self, other: &Self) -> usize {
        let same = |way: &&String| self.field(way) == other.field(way);
        let same = self.fields.keys().filter(same).count();
        let most = self.fields.len().max(other.fields.len());
        if same * 2 >= most { same } else { 0 }
    }
}

/// For each line, the number of the line before that it continues.
pub(crate) fn pair(before: &[Line], after: &[Line]) -> Vec<Option<usize>> {
    let equal = |(one, other): &(&Line, &Line)| one.text == other.text;
    let start = before.iter().zip(after).take_while(equal).count();
    let (old, new) = (&before[start..], &after[start..]);
    let end = old.iter().rev().zip(new.iter().rev());
    let end = end.take_while(equal).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let mut pairs: Vec<Option<usize>> = (0..start).map(Some).collect();
    let between = match old.len() * new.len() <= MOST_COMPARED {
        true => likest(old, new),
        false => (0..new.len())
            .map(|at| (at < old.len()).then_some(at))
            .collect(),
    };
    pairs.extend(between.into_iter().map(|pair| pair.map(|at| at + start)));
    pairs.extend((before.len() - end..before.len()).map(Some));
    pairs
}

/// The pairs, in order, that have the most in common.
fn likest(old: &[Line], new: &[Line]) -> Vec<Option<usize>> {
    let width = old.len() + 1;
    let mut best = vec![0; width * (new.len() + 1)];
    let mut likeness = best.clone();
    for at in (0..new.len()).rev() {
        for from in (0..old.len()).rev() {
            let like = old[from].likeness(&new[at]);
            likeness[at * width + from] = like;
            let skipped = best[(at + 1) * width + from].max(best[at * width + from + 1]);
            let paired = if like > 0 {
                like + best[(at + 1) * width + from + 1]
            } else {
                0
            };
            best[at * width + from] = paired.max(skipped);
        }
    }
    let mut from = 0;
    let mut pairs = Vec::new();
    for at in 0..new.len() {
        // Leaves out lines of before while that loses nothing.
        while from < old.len() && best[at * width + from] == best[at * width + from + 1] {
            from += 1;
        }
        let like = likeness[at * width + from];
        let paired =
            like > 0 && best[at * width + from] == like + best[(at + 1) * width + from + 1];
        pairs.push(paired.then_some(from));
        from += usize::from(paired);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_and_go_leave_the_others_paired() {
        let lines = |texts: &[&str]| texts.iter().map(|text| Line::of(text)).collect::<Vec<_>>();
        for (before, after, pairs) in [
            (&[][..], &["a"][..], &[None][..]),
            (&["a b"], &[], &[]),
            (&["a", "b"], &["a", "b"], &[Some(0), Some(1)]),
            (
                &["id x n 1", "id y n 1"],
                &["id w n 1 2 3 4 5 6 7", "id x n 2", "id y n 2"],
                &[None, Some(0), Some(1)],
            ),
            (
                &["id x n 1", "id y n 1", "id z n 1"],
                &["id x n 2", "id z n 2"],
                &[Some(0), Some(2)],
            ),
            (
                &[r#"{"id":1,"n":1}"#, r#"{"id":2,"n":1}"#],
                &[r#"{"id":2,"n":2}"#],
                &[Some(1)],
            ),
            (&["one two"], &["three four"], &[None]),
        ] {
            assert_eq!(
                pair(&lines(before), &lines(after)),
                pairs,
                "{before:?} {after:?}"
            );
        }
        let many: Vec<String> = (0..300).map(|number| format!("{number} x")).collect();
        let many: Vec<Line> = many.iter().map(|text| Line::of(text)).collect();
        let others: Vec<Line> = (0..301)
            .map(|number| Line::of(&format!("{number} y")))
            .collect();
        let paired = pair(&many, &others);
        assert_eq!((paired[299], paired[300]), (Some(299), None));
    }
}
