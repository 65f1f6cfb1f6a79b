//! All ratios in one table, taken out of the tables of the single benchmarks.

use std::fmt::Write as _;

/// One line for each row with a ratio, then what was measured with.
pub(super) fn of(tables: &[(&str, String)]) -> String {
    let mut summary = String::from("| benchmark | what | ratio |\n|---|---|---|\n");
    let mut notes = String::new();
    for (name, table) in tables {
        for line in table.lines() {
            if let Some((what, ratio)) = row(line) {
                let _ = writeln!(summary, "| {name} | {what} | **{ratio}** |");
            } else if !line.is_empty() && !line.starts_with('|') {
                let _ = write!(notes, "\n- {name}: {line}");
            }
        }
    }
    summary + &notes
}

/// What a row is about, and its ratio, which is the cell in bold.
fn row(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let what = cells.next()?;
    let ratio = cells.find_map(|cell| cell.strip_prefix("**")?.strip_suffix("**"))?;
    Some((what, ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ratio_is_in_it_and_every_note() {
        let table = "| whole | ours | ratio |\n|---|---|---|\n| `ping` | 2 ms | **1.50** |\n| lone | 3 ns |\n\nMedians.";
        let summary = of(&[("start", table.to_owned()), ("flood", table.to_owned())]);
        assert!(summary.contains("| start | `ping` | **1.50** |\n| flood | `ping` | **1.50** |\n"));
        assert!(summary.ends_with("\n- start: Medians.\n- flood: Medians."));
        assert!(!summary.contains("lone"));
    }
}
