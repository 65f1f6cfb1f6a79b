//! Names of the addresses on a path, looked up while probing goes on.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use nethost_sdk::resolver;

/// How long a name may take before the address stands alone.
const PATIENCE: Duration = Duration::from_secs(3);
/// Look-ups under way at most.
const SIMULTANEOUS: usize = 16;
/// Addresses remembered at most: a path that answers with ever new ones must not fill the memory.
const REMEMBERED: usize = 4096;

/// What is known of an address's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    Pending,
    Unknown,
    Known(&'a str),
}

/// Look-ups under way and done.
pub(crate) struct Names {
    wanted: bool,
    known: BTreeMap<IpAddr, Option<Option<String>>>,
    waiting: VecDeque<IpAddr>,
    pending: FuturesUnordered<LocalBoxFuture<'static, (IpAddr, Option<String>)>>,
}

impl Names {
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            wanted,
            known: BTreeMap::new(),
            waiting: VecDeque::new(),
            pending: FuturesUnordered::new(),
        }
    }

    /// Begins to look an address up, once.
    pub(crate) fn want(&mut self, address: IpAddr) {
        if self.wanted && self.known.len() < REMEMBERED && !self.known.contains_key(&address) {
            self.known.insert(address, None);
            self.waiting.push_back(address);
            self.start();
        }
    }

    /// Turns looking up on or off; what was found is kept.
    pub(crate) fn set_wanted(&mut self, wanted: bool) {
        self.wanted = wanted;
    }

    pub(crate) fn get(&self, address: IpAddr) -> Name<'_> {
        match self.known.get(&address).filter(|_| self.wanted) {
            None => Name::Unknown,
            Some(None) => Name::Pending,
            Some(Some(None)) => Name::Unknown,
            Some(Some(Some(name))) => Name::Known(name),
        }
    }

    /// Waits until one more look-up is done; for ever when none is under way.
    pub(crate) async fn next(&mut self) {
        if let Some((address, name)) = self.pending.next().await {
            self.known.insert(address, Some(name));
            self.start();
        } else {
            poll_fn(|_| std::task::Poll::<()>::Pending).await;
        }
    }

    /// Whether look-ups are under way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }

    fn start(&mut self) {
        while self.pending.len() < SIMULTANEOUS
            && let Some(address) = self.waiting.pop_front()
        {
            self.pending.push(Box::pin(async move {
                let names = resolver::names(address, PATIENCE).await.unwrap_or_default();
                (
                    address,
                    names.into_iter().next().map(|name| printable(&name)),
                )
            }));
        }
    }
}

/// A stranger's text, safe for a terminal.
fn printable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .take(255)
        .collect()
}
