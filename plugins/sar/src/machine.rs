//! Activities of the machine: processors, memory, and what waits for them.

use crate::activity::{Activity, Figures, How, column};
use crate::network::one;
use crate::sample::Sample;

const SHARE: How = How::Share;

/// -u.
pub(crate) static CPU: Activity = Activity {
    name: "CPU",
    items: Some(("CPU", 7)),
    columns: &[
        column("%user", SHARE),
        column("%nice", SHARE),
        column("%system", SHARE),
        column("%iowait", SHARE),
        column("%steal", SHARE),
        column("%idle", SHARE),
    ],
    files: &["stat"],
    figures: processors,
};

/// `cpu0 user nice system idle iowait irq softirq steal guest guest_nice`, in ticks. Guests are users too.
fn processors(sample: &Sample) -> Vec<Figures> {
    let lines = sample.text("stat").lines();
    lines
        .filter_map(|line| {
            let mut words = line.strip_prefix("cpu")?.split_whitespace();
            let item = match line.starts_with("cpu ") {
                true => "all",
                false => words.next()?,
            };
            let ticks: Vec<i64> = words.map(|word| word.parse().unwrap_or_default()).collect();
            let get = |place: usize| ticks.get(place).copied().unwrap_or_default();
            Some(Figures {
                item: item.to_owned(),
                values: vec![
                    get(0),
                    get(1),
                    get(2) + get(5) + get(6),
                    get(4),
                    get(7),
                    get(3),
                ],
            })
        })
        .collect()
}

/// -r.
pub(crate) static MEMORY: Activity = Activity {
    name: "MEMORY",
    items: None,
    columns: &[
        column("kbmemfree", How::Kilobytes),
        column("kbavail", How::Kilobytes),
        column("kbmemused", How::Kilobytes),
        column("%memused", How::Percent),
        column("kbbuffers", How::Kilobytes),
        column("kbcached", How::Kilobytes),
        column("kbcommit", How::Kilobytes),
        column("%commit", How::Percent),
        column("kbactive", How::Kilobytes),
        column("kbinact", How::Kilobytes),
        column("kbdirty", How::Kilobytes),
    ],
    files: &["meminfo"],
    figures: |sample| {
        let get = |field| sample.field("meminfo", field);
        let total = get("MemTotal");
        let taken = get("MemFree") + get("Buffers") + get("Cached") + get("Slab");
        let used = (total - taken).max(0);
        let share = |part: i64, whole: i64| match whole {
            0 => 0,
            whole => (part as f64 * 10_000.0 / whole as f64).round() as i64,
        };
        let commit = get("Committed_AS");
        one(&[
            get("MemFree"),
            get("MemAvailable"),
            used,
            share(used, total),
            get("Buffers"),
            get("Cached"),
            commit,
            share(commit, total + get("SwapTotal")),
            get("Active"),
            get("Inactive"),
            get("Dirty"),
        ])
    },
};

/// -q.
pub(crate) static QUEUE: Activity = Activity {
    name: "QUEUE",
    items: None,
    columns: &[
        column("runq-sz", How::Whole),
        column("plist-sz", How::Whole),
        column("ldavg-1", How::Hundredths),
        column("ldavg-5", How::Hundredths),
        column("ldavg-15", How::Hundredths),
        column("blocked", How::Whole),
    ],
    files: &["loadavg", "stat"],
    figures: |sample| {
        // `0.20 0.18 0.12 1/80 11206`
        let words: Vec<&str> = sample.text("loadavg").split_whitespace().collect();
        let average = |place: usize| {
            let number = words.get(place).and_then(|word| word.parse::<f64>().ok());
            (number.unwrap_or_default() * 100.0).round() as i64
        };
        let (running, all) = words
            .get(3)
            .and_then(|word| word.split_once('/'))
            .unwrap_or(("0", "0"));
        let running: i64 = running.parse().unwrap_or_default();
        one(&[
            // Whoever reads this is running.
            (running - 1).max(0),
            all.parse().unwrap_or_default(),
            average(0),
            average(1),
            average(2),
            sample.field("stat", "procs_blocked"),
        ])
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_kernel() {
        let sample = Sample::of(&[
            (
                "stat",
                "cpu  1 2 3 4 5 6 7 8 0 0\ncpu1 1 0 0 9\nprocs_blocked 2\n",
            ),
            ("loadavg", "0.20 1.5 0.12 3/80 11206\n"),
            (
                "meminfo",
                "MemTotal: 1000 kB\nMemFree: 250 kB\nActive: 7 kB\nActive(anon): 9 kB\n",
            ),
        ]);
        let cpu = processors(&sample);
        assert_eq!(cpu[0].values, [1, 2, 16, 5, 8, 4]);
        assert_eq!((&*cpu[1].item, cpu[1].values[5]), ("1", 9));
        assert_eq!((QUEUE.figures)(&sample)[0].values, [2, 80, 20, 150, 12, 2]);
        let memory = &(MEMORY.figures)(&sample)[0].values;
        assert_eq!(memory[..4], [250, 0, 750, 7500]);
        assert_eq!(memory[8], 7);
    }
}
