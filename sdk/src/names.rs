//! Reverse lookups of addresses, in the background and cached.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::IpAddr;
use std::task::Poll;
use std::time::Duration;

use futures::future::LocalBoxFuture;

use crate::{Error, resolver};

/// The maximum length of a displayed name.
const LONGEST: usize = 255;

/// The state of an address's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// The lookup is under way.
    Pending,
    /// It has none, or no lookup was started.
    Unknown,
    /// This one.
    Known(&'a str),
}

impl<'a> Name<'a> {
    /// The name, if there is one.
    #[must_use]
    pub fn known(self) -> Option<&'a str> {
        match self {
            Self::Known(name) => Some(name),
            Self::Pending | Self::Unknown => None,
        }
    }
}

/// The settings of lookups.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The timeout of a lookup, after which the address is shown without a name.
    pub patience: Duration,
    /// The maximum number of concurrent lookups.
    pub at_once: usize,
    /// The maximum number of cached addresses, so that a network that answers with ever new addresses cannot exhaust
    /// the memory.
    pub remembered: usize,
    /// Selects useful names. The first useful name of an address is used.
    pub accept: fn(&str) -> bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(5),
            at_once: 16,
            remembered: 4096,
            accept: |_| true,
        }
    }
}

type Found = Result<Vec<String>, Error>;
type LookUp = fn(IpAddr, Duration) -> LocalBoxFuture<'static, Found>;

/// The names of addresses. Each is looked up once, with a limited number of concurrent lookups and a limited cache.
/// Names are untrusted: characters other than visible ASCII are replaced by `?`, and a name is cut after 255
/// characters.
///
/// ```no_run
/// # async fn example() {
/// use nethost_sdk::names::{Name, Names, Settings};
///
/// let mut names = Names::new(Settings::default());
/// let address = "192.0.2.1".parse().unwrap();
/// // Beside other work:
/// names.want(address);
/// while names.get(address) == Name::Pending {
///     names.next().await;
/// }
/// // Or at once:
/// let name = names.find(address).await;
/// # }
/// ```
pub struct Names {
    settings: Settings,
    look_up: LookUp,
    enabled: bool,
    /// By address.
    known: Vec<(IpAddr, State)>,
    waiting: VecDeque<IpAddr>,
    under_way: Vec<(IpAddr, LocalBoxFuture<'static, State>)>,
}

/// How far an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Pending,
    Nameless,
    /// Nobody could tell.
    Failed,
    Named(String),
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names")
            .field("enabled", &self.enabled)
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

impl Names {
    /// Names from the system's resolver.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::from(settings, |address, patience| {
            Box::pin(resolver::names(address, patience))
        })
    }

    /// No lookups, as for `-n`, until [`Self::set_enabled`].
    #[must_use]
    pub fn none() -> Self {
        let mut names = Self::new(Settings::default());
        names.enabled = false;
        names
    }

    fn from(settings: Settings, look_up: LookUp) -> Self {
        Self {
            settings,
            look_up,
            enabled: true,
            known: Vec::new(),
            waiting: VecDeque::new(),
            under_way: Vec::new(),
        }
    }

    /// Turns lookups on or off. Cached names are kept.
    pub fn set_enabled(&mut self, enabled: bool) {
        self.enabled = enabled;
    }

    /// Whether the answer was that an address has no name: not where nobody could tell.
    #[must_use]
    pub fn is_nameless(&self, address: IpAddr) -> bool {
        let known = self.place(address).ok().and_then(|at| self.known.get(at));
        self.enabled && known.is_some_and(|(_, state)| *state == State::Nameless)
    }

    /// Starts the lookup of an address, once.
    pub fn want(&mut self, address: IpAddr) {
        if self.enabled
            && self.known.len() < self.settings.remembered
            && let Err(place) = self.place(address)
        {
            self.known.insert(place, (address, State::Pending));
            self.waiting.push_back(address);
            self.start();
        }
    }

    /// The current state.
    #[must_use]
    pub fn get(&self, address: IpAddr) -> Name<'_> {
        match self.place(address) {
            Ok(place) if self.enabled => match self.known.get(place) {
                Some((_, State::Pending)) => Name::Pending,
                Some((_, State::Named(name))) => Name::Known(name),
                Some((_, State::Nameless | State::Failed)) | None => Name::Unknown,
            },
            _ => Name::Unknown,
        }
    }

    /// Waits until a lookup is done. Never returns if none is under way. The future can be dropped and called again.
    pub async fn next(&mut self) {
        // There are only a few, so each is polled.
        let (place, found) = poll_fn(|context| {
            for (place, (_, look_up)) in self.under_way.iter_mut().enumerate() {
                if let Poll::Ready(found) = look_up.as_mut().poll(context) {
                    return Poll::Ready((place, found));
                }
            }
            Poll::Pending
        })
        .await;
        let (address, _) = self.under_way.swap_remove(place);
        if let Ok(place) = self.place(address)
            && let Some((_, state)) = self.known.get_mut(place)
        {
            *state = found;
        }
        self.start();
    }

    /// Whether look-ups are under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Waits for the name of an address. If the cache is full, the name is not cached.
    pub async fn find(&mut self, address: IpAddr) -> Option<String> {
        self.want(address);
        if self.enabled && self.place(address).is_err() {
            return match self.look_up(address).await {
                State::Named(name) => Some(name),
                State::Pending | State::Nameless | State::Failed => None,
            };
        }
        while self.get(address) == Name::Pending {
            self.next().await;
        }
        self.get(address).known().map(str::to_owned)
    }

    /// Waits for the names of all these addresses, with concurrent lookups. [`Self::get`] returns them afterwards.
    pub async fn find_all(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        addresses.into_iter().for_each(|address| self.want(address));
        while self.is_busy() {
            self.next().await;
        }
    }

    /// The position of an address among the known ones, or where it would be inserted.
    fn place(&self, address: IpAddr) -> Result<usize, usize> {
        self.known
            .binary_search_by(|(other, _)| other.cmp(&address))
    }

    fn start(&mut self) {
        while self.under_way.len() < self.settings.at_once.max(1)
            && let Some(address) = self.waiting.pop_front()
        {
            self.under_way.push((address, self.look_up(address)));
        }
    }

    fn look_up(&self, address: IpAddr) -> LocalBoxFuture<'static, State> {
        let (found, accept) = (
            (self.look_up)(address, self.settings.patience),
            self.settings.accept,
        );
        Box::pin(async move {
            let names = match found.await {
                Ok(names) => names,
                Err(Error::NameUnresolvable) => return State::Nameless,
                Err(_) => return State::Failed,
            };
            let visible = |c: char| if c.is_ascii_graphic() { c } else { '?' };
            let name = names.into_iter().find(|name| accept(name));
            name.map_or(State::Nameless, |name| {
                State::Named(name.chars().map(visible).take(LONGEST).collect())
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::Ipv4Addr;

    use futures::FutureExt;

    use super::*;

    /// 10.0.0.x has a name; other addresses have none, and 10.9.x.x is refused.
    fn look_up(address: IpAddr, _: Duration) -> LocalBoxFuture<'static, Found> {
        let IpAddr::V4(v4) = address else {
            return ready_with(Err(Error::NameUnresolvable));
        };
        ready_with(match v4.octets() {
            [10, 0, 0, 7] => Ok(vec!["evil\x1b[2J name\u{202e}".into()]),
            [10, 0, 0, 8] => Ok(vec!["x".repeat(1000)]),
            [10, 0, ..] => Ok(vec![format!("host{}", v4.octets()[3])]),
            [10, 9, ..] => Err(Error::AccessDenied),
            _ => Ok(Vec::new()),
        })
    }

    fn ready_with(found: Found) -> LocalBoxFuture<'static, Found> {
        Box::pin(async { found })
    }

    /// Never answers.
    fn silent(_: IpAddr, _: Duration) -> LocalBoxFuture<'static, Found> {
        Box::pin(std::future::pending())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn find(names: &mut Names, text: &str) -> Option<String> {
        names.find(address(text)).now_or_never().unwrap()
    }

    #[test]
    fn names_are_found_once_and_made_visible() {
        let mut names = Names::from(Settings::default(), look_up);
        assert_eq!(names.get(address("10.0.0.1")), Name::Unknown);
        assert_eq!(find(&mut names, "10.0.0.1").as_deref(), Some("host1"));
        assert_eq!(names.get(address("10.0.0.1")), Name::Known("host1"));
        assert_eq!(find(&mut names, "10.9.0.1"), None);
        assert!(!names.is_nameless(address("10.9.0.1")), "nobody could tell");
        assert_eq!(find(&mut names, "192.0.2.9"), None);
        assert!(names.is_nameless(address("192.0.2.9")));
        assert_eq!(
            find(&mut names, "10.0.0.7").as_deref(),
            Some("evil?[2J?name?")
        );
        assert_eq!(find(&mut names, "10.0.0.8").unwrap().len(), 255);
        names.set_enabled(false);
        assert_eq!(names.get(address("10.0.0.1")), Name::Unknown);
        assert_eq!(find(&mut names, "10.0.0.2"), None);
        names.set_enabled(true);
        assert_eq!(names.get(address("10.0.0.1")), Name::Known("host1"));
    }

    #[test]
    fn look_ups_are_few_at_a_time() {
        let settings = Settings {
            at_once: 3,
            ..Settings::default()
        };
        let mut names = Names::from(settings, silent);
        for last in 0..10 {
            names.want(Ipv4Addr::new(10, 0, 0, last).into());
        }
        assert_eq!(names.under_way.len(), 3);
        assert_eq!(names.get(address("10.0.0.9")), Name::Pending);
        assert!(names.next().now_or_never().is_none());
        let mut names = Names::from(settings, look_up);
        let all = (0..10).map(|last| Ipv4Addr::new(10, 0, 0, last).into());
        assert!(names.find_all(all).now_or_never().is_some());
        assert_eq!(names.get(address("10.0.0.9")), Name::Known("host9"));
    }

    #[test]
    fn memory_is_bounded_and_names_still_found() {
        let mut names = Names::from(Settings::default(), look_up);
        let all = (0..5000_u32).map(|number| Ipv4Addr::from(0xc000_0000 + number).into());
        assert!(names.find_all(all).now_or_never().is_some());
        assert_eq!(names.known.len(), 4096);
        assert_eq!(find(&mut names, "10.0.0.1").as_deref(), Some("host1"));
        assert_eq!(names.known.len(), 4096);
    }
}
