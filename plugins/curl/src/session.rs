//! What transfers of one run share: kept connections, cookies, names that were resolved.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;

use crate::conn::{Conn, Key};
use crate::http::cookies::Jar;

/// The state of a run.
#[derive(Default)]
pub(crate) struct Session {
    pool: RefCell<Vec<Conn>>,
    pub(crate) cookies: RefCell<Jar>,
    pub(crate) names: RefCell<HashMap<String, Vec<IpAddr>>>,
    /// Variables of the environment that were asked for.
    pub(crate) variables: RefCell<HashMap<String, Option<String>>>,
    numbers: Cell<u64>,
    /// New connections since it was last set to 0.
    pub(crate) connects: Cell<u64>,
}

/// So many connections are kept.
const MOST: usize = 64;

impl Session {
    /// A kept connection.
    pub(crate) fn take(&self, key: &Key) -> Option<Conn> {
        let mut pool = self.pool.borrow_mut();
        let at = pool.iter().rposition(|conn| conn.key == *key)?;
        Some(pool.remove(at))
    }

    /// Keeps a connection.
    pub(crate) fn put(&self, conn: Conn) {
        let mut pool = self.pool.borrow_mut();
        if pool.len() >= MOST {
            pool.remove(0);
        }
        pool.push(conn);
    }

    /// Takes leave of servers that want to hear of it.
    pub(crate) async fn close(&self) {
        let pool = std::mem::take(&mut *self.pool.borrow_mut());
        for mut conn in pool.into_iter().filter(|conn| conn.ftp.is_some()) {
            crate::ftp::quit(&mut conn).await;
        }
    }

    /// The number of another connection.
    pub(crate) fn next_number(&self) -> u64 {
        let number = self.numbers.get();
        self.numbers.set(number + 1);
        number
    }
}
