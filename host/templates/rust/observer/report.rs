//! What is printed.

use std::time::Duration;

/// A length of time for people.
pub fn uptime(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, hours) {
        (0, 0) => format!("up {} min {} s", minutes % 60, time.as_secs() % 60),
        (0, _) => format!("up {hours} h {} min", minutes % 60),
        _ => format!("up {days} d {hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_have_days() {
        assert_eq!(uptime(Duration::from_secs(61)), "up 1 min 1 s");
        assert_eq!(uptime(Duration::from_secs(7260)), "up 2 h 1 min");
        assert_eq!(uptime(Duration::from_secs(90_060)), "up 1 d 1 h 1 min");
    }
}
