//! Whole-process time of our tools beside the system's: exec to exit, one small job each, taking turns,
//! so that whatever else the machine does meets both alike. The ratio is taken pair by pair.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{dist, marker, setup};

const STEP: &str = "bench start";
const PAIRS: usize = 100;
const WARM_UP: usize = 10;
const DOCUMENTS: [&str; 2] = ["docs/performance.md", "README.md"];
const MARKER: &str = "bench start";

/// What both sides run: for ours, `nethost` comes before it.
const JOBS: [&str; 2] = ["ping -c 1 127.0.0.1", "traceroute -n -m 1 127.0.0.1"];

/// Measures the release form and writes the table into the documentation.
pub(crate) fn start(root: &Path) -> Result<(), Failure> {
    setup::for_build(root)?;
    setup::for_tests()?;
    let nethost = dist::executables(root)?.join("nethost");
    let mut table = String::from(
        "| whole process | ours | native | ratio, median of pairs | 10th to 90th percentile |\n\
         |---|---|---|---|---|\n",
    );
    for job in JOBS {
        step::announce(&format!("{STEP}: {job}: {PAIRS} pairs, taking turns"));
        let _ = writeln!(table, "{}", Pairs::measure(&nethost, job)?.row(job));
    }
    let _ = write!(
        table,
        "\n{PAIRS} pairs each, compiled form cached, audit log on. {}",
        versions()?
    );
    println!("{table}");
    for name in DOCUMENTS {
        let path = root.join(name);
        let document = step::read(STEP, &path)?;
        let Some(updated) = marker::replace(&document, MARKER, &table) else {
            let problem =
                format!("{name} has no `<!-- {MARKER}: begin -->` and `<!-- {MARKER}: end -->`");
            return Err(Failure::new(
                STEP,
                problem,
                "put the two markers where the table belongs",
            ));
        };
        step::write(STEP, &path, updated)?;
    }
    Ok(())
}

/// What one job took, ours and the system's in turn.
struct Pairs(Vec<(Duration, Duration)>);

impl Pairs {
    fn measure(nethost: &Path, job: &str) -> Result<Pairs, Failure> {
        let mut words = job.split(' ');
        let native = words.next().unwrap_or_default();
        let quiet = |program: &Path| {
            let mut command = Command::new(program);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::inherit());
            command
        };
        let (mut ours, mut theirs) = (quiet(nethost), quiet(Path::new(native)));
        ours.arg(native);
        for word in words {
            ours.arg(word);
            theirs.arg(word);
        }
        let mut pair = || Ok((wall_time(&mut ours)?, wall_time(&mut theirs)?));
        // The first run compiles the plugin; the rest bring both into the page cache.
        for _ in 0..WARM_UP {
            pair()?;
        }
        Ok(Pairs((0..PAIRS).map(|_| pair()).collect::<Result<_, _>>()?))
    }

    fn row(&self, job: &str) -> String {
        let sorted = |of: fn(&(Duration, Duration)) -> f64| {
            let mut values: Vec<f64> = self.0.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            move |percent: usize| {
                values
                    .get(values.len() * percent / 100)
                    .copied()
                    .unwrap_or(f64::NAN)
            }
        };
        let ratio = sorted(|(ours, native)| ours.as_secs_f64() / native.as_secs_f64());
        let ours = sorted(|(ours, _)| ours.as_secs_f64() * 1e3);
        let native = sorted(|(_, native)| native.as_secs_f64() * 1e3);
        format!(
            "| `{job}` | {:.2} ms | {:.2} ms | **{:.2}** | {:.2} to {:.2} |",
            ours(50),
            native(50),
            ratio(50),
            ratio(10),
            ratio(90)
        )
    }
}

/// From before posix_spawn(3) until wait4(2) returns. A run that fails is no measurement.
fn wall_time(command: &mut Command) -> Result<Duration, Failure> {
    let start = Instant::now();
    let status = command.status();
    let took = start.elapsed();
    match status {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(Failure::new(
            STEP,
            format_args!("`{}` ended with {status}", step::shown(command)),
            "run it alone",
        )),
        Err(error) => Err(Failure::new(
            STEP,
            format_args!("`{}`: {error}", step::shown(command)),
            "run it alone",
        )),
    }
}

fn versions() -> Result<String, Failure> {
    // traceroute tells its version on standard error.
    let first_line = |command: &str| {
        let both = format!("{command} 2>&1");
        let text = step::output(STEP, Command::new("sh").args(["-c", &both]), "")?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    };
    let (ping, traceroute) = (first_line("ping -V")?, first_line("traceroute -V")?);
    let kernel = first_line("uname -sr")?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "nethost {}; {ping}; {traceroute}; {kernel}; {cores} cores.",
        env!("CARGO_PKG_VERSION")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_pair_by_pair() {
        let milliseconds = Duration::from_millis;
        // The machine slows down tenfold halfway: each pair still says 2.
        let pairs = (0..100).map(|n| if n < 50 { 1 } else { 10 });
        let pairs = Pairs(
            pairs
                .map(|n| (milliseconds(2 * n), milliseconds(n)))
                .collect(),
        );
        assert_eq!(
            pairs.row("ping"),
            "| `ping` | 20.00 ms | 10.00 ms | **2.00** | 2.00 to 2.00 |"
        );
    }
}
