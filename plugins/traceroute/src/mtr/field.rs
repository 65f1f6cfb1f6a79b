//! The columns of mtr: the letter that `-o` names each by, its heading, its width and its figure.

use super::hop::Hop;

/// What mtr shows unless told otherwise.
pub(super) const USUAL: &str = "LS NABWV";
/// What the key `j` shows instead.
pub(super) const JITTER: &str = "DR AGJMXI";
/// Fields at most, as in the native one.
pub(super) const MOST: usize = 20;

/// One column.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) letter: char,
    pub(super) title: &'static str,
    pub(super) width: usize,
    form: Form,
    figure: fn(&Hop) -> f64,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Behind a space, so wide, with one digit behind the point.
    Time(usize),
    /// Behind a space, so wide.
    Count(usize),
    Percent,
    /// Nothing but a space; in CSV the drops.
    Space,
}

const fn time(letter: char, title: &'static str, width: usize, figure: fn(&Hop) -> f64) -> Field {
    Field {
        letter,
        title,
        width: width + 1,
        form: Form::Time(width),
        figure,
    }
}

const fn count(letter: char, title: &'static str, width: usize, figure: fn(&Hop) -> f64) -> Field {
    Field {
        letter,
        title,
        width: width + 1,
        form: Form::Count(width),
        figure,
    }
}

/// Milliseconds of nanoseconds.
fn ms(nanos: f64) -> f64 {
    nanos / 1e6
}

static FIELDS: &[Field] = &[
    Field {
        letter: ' ',
        title: " ",
        width: 1,
        form: Form::Space,
        figure: |hop| hop.dropped() as f64,
    },
    Field {
        letter: 'L',
        title: "Loss%",
        width: 6,
        form: Form::Percent,
        figure: Hop::loss,
    },
    count('D', "Drop", 4, |hop| hop.dropped() as f64),
    count('R', "Rcv", 5, |hop| hop.received as f64),
    count('S', "Snt", 5, |hop| hop.sent as f64),
    time('N', "Last", 5, |hop| ms(hop.last as f64)),
    time('B', "Best", 5, |hop| ms(hop.best as f64)),
    time('A', "Avg", 5, |hop| ms(hop.average())),
    time('W', "Wrst", 5, |hop| ms(hop.worst as f64)),
    time('V', "StDev", 5, |hop| ms(hop.deviation())),
    time('G', "Gmean", 5, |hop| ms(hop.geometric_mean())),
    time('J', "Jttr", 4, |hop| ms(hop.jitter.now as f64)),
    time('M', "Javg", 4, |hop| ms(hop.jitter.mean)),
    time('X', "Jmax", 4, |hop| ms(hop.jitter.worst as f64)),
    time('I', "Jint", 4, |hop| ms(hop.jitter.between as f64)),
];

/// The field of a letter.
pub(super) fn find(letter: char) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.letter == letter)
}

/// The fields of an order; letters that name none are left out.
pub(super) fn of(order: &str) -> Vec<&'static Field> {
    order.chars().filter_map(find).collect()
}

impl Field {
    /// Whether it is nothing but a space between others.
    pub(super) fn is_space(&self) -> bool {
        matches!(self.form, Form::Space)
    }

    /// The figure, to sort by.
    pub(super) fn figure(&self, hop: &Hop) -> f64 {
        (self.figure)(hop)
    }

    /// As the table has it.
    pub(super) fn cell(&self, hop: &Hop) -> String {
        let figure = (self.figure)(hop);
        match self.form {
            Form::Time(width) => format!(" {figure:width$.1}"),
            Form::Count(width) => format!(" {figure:width$.0}"),
            Form::Percent => format!(" {figure:4.1}%"),
            Form::Space => " ".into(),
        }
    }

    /// As CSV has it.
    pub(super) fn plain(&self, hop: &Hop) -> String {
        let figure = (self.figure)(hop);
        match self.form {
            Form::Time(_) | Form::Percent => format!("{figure:.2}"),
            Form::Count(_) | Form::Space => format!("{figure:.0}"),
        }
    }

    /// As JSON has it: thousandths of a millisecond.
    pub(super) fn value(&self, hop: &Hop) -> serde_json::Value {
        let figure = (self.figure)(hop);
        match self.form {
            Form::Time(_) => ((figure * 1000.0).round() / 1000.0).into(),
            Form::Percent => figure.into(),
            Form::Count(_) | Form::Space => (figure as u64).into(),
        }
    }
}

/// A line of fields behind its first column. As in the native one each begins at its place, over what the one before
/// left there: so a loss of 100.0 has no percent sign, unless it is the last.
pub(super) fn row(line: &mut String, fields: &[&Field], cell: impl Fn(&Field) -> String) {
    let mut end = line.chars().count();
    for field in fields {
        let fits: String = line.chars().take(end).collect();
        *line = fits;
        line.push_str(&cell(field));
        end += field.width;
    }
}

/// The heading of the fields.
pub(super) fn heading(line: &mut String, fields: &[&Field]) {
    row(line, fields, |field| {
        format!("{:>1$}", field.title, field.width)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    /// Seen from mtr 0.95.
    #[test]
    fn fields_stand_where_mtr_has_them() {
        let mut hop = Hop::default();
        for (sent, time) in [(1, 100_000), (2, 500_000), (3, 100_000)] {
            hop.sent = sent;
            hop.record(IpAddr::from([192, 0, 2, 1]), Some(time), &[]);
        }
        let fields = of("LSDR NBAWVGJMXI");
        let mut head = String::new();
        heading(&mut head, &fields);
        assert_eq!(
            head,
            " Loss%   Snt Drop   Rcv   Last  Best   Avg  Wrst StDev Gmean Jttr Javg Jmax Jint"
        );
        let mut line = String::new();
        row(&mut line, &fields, |field| field.cell(&hop));
        assert_eq!(line.len(), head.len());
        assert!(
            line.starts_with("  0.0%     3    0     3    0.1   0.1   0.2   0.5   0.2   0.2  0.4")
        );
        let mut silent = Hop::default();
        silent.sent = 2;
        for (order, expected) in [("LS", " 100.0     2"), ("SL", "     2 100.0%")] {
            let mut line = String::new();
            row(&mut line, &of(order), |field| field.cell(&silent));
            assert_eq!(line, expected);
        }
        let space = find(' ').map(|field| field.plain(&silent));
        assert_eq!(space.as_deref(), Some("2"), "the drops");
    }
}
