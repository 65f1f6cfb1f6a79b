//! SOA: seven fields, explained one a line when written over several.

use super::{Presenter, Problem, encode};

const FIELDS: [&str; 5] = ["serial", "refresh", "retry", "expire", "minimum"];

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    p.name()?;
    p.push(" ");
    p.name()?;
    p.open();
    let explained = p.style.multiline && p.style.comments;
    for (place, field) in FIELDS.iter().enumerate() {
        let number = p.u32()?;
        if explained {
            p.number(format_args!("{number:<10} ; {field}"));
            if place > 0 {
                p.push(" (");
                encode::push_ttl(p.out, number, true);
                p.push(")");
            }
        } else {
            p.number(number);
        }
        if explained || place < 4 {
            p.line_break();
        }
    }
    if p.style.multiline {
        p.push(")");
    }
    Ok(())
}
