//! Which connections are open, whose they are, and which one goes when there is no room for another.
//!
//! An address has a share of all connections. Whoever holds a connection without a request under way is the first to go: the one that has waited
//! longest. Where every connection is busy, a few more are let in that may ask whether the console lives, and nothing else.

use std::{collections::HashMap, convert::Infallible, net::IpAddr, sync::Arc, time::Instant};

use engine::access::limits::network;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Limits;

/// Connections beyond the limit, for probes alone.
const RESERVE: usize = 32;

/// The connections of one listener.
pub struct Admission {
    limits: Limits,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Entry>,
}

struct Entry {
    network: IpAddr,
    /// Since when no request is under way, if none is.
    waits_since: Option<Instant>,
    is_reserved: bool,
    /// Dropped with the entry, which ends the connection.
    _stays: oneshot::Sender<Infallible>,
}

/// Room for one connection, until it is dropped.
pub struct Room {
    admission: Arc<Admission>,
    id: u64,
    /// It may only ask whether the console lives.
    pub is_reserved: bool,
}

/// A request under way, until it is dropped.
pub struct Busy(Arc<Room>);

impl Admission {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, table: Mutex::default() })
    }

    /// Room for a connection from `peer`, and what resolves when another one needs it more. None when not even the reserve has room.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<(Room, oneshot::Receiver<Infallible>)> {
        let network = network(peer);
        let mut table = self.table.lock();
        let is_reserved = !self.make_room(&mut table, peer, network);
        if is_reserved && table.count(|entry| entry.is_reserved) >= RESERVE && !table.evict(|entry| entry.is_reserved) {
            return None;
        }
        let (stays, evicted) = oneshot::channel();
        let id = table.next;
        table.next += 1;
        table.open.insert(id, Entry { network, waits_since: Some(Instant::now()), is_reserved, _stays: stays });
        Some((Room { admission: Arc::clone(self), id, is_reserved }, evicted))
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.table.lock().open.len()
    }

    fn make_room(&self, table: &mut Table, peer: IpAddr, network: IpAddr) -> bool {
        let is_theirs = |entry: &Entry| !entry.is_reserved && entry.network == network;
        // All the clients of a proxy come from its one address.
        if !self.limits.trusted_proxies.contain(peer) && table.count(is_theirs) >= self.limits.per_address {
            return table.evict(is_theirs);
        }
        table.count(|entry| !entry.is_reserved) < self.limits.connections || table.evict(|entry| !entry.is_reserved)
    }
}

impl Table {
    fn count(&self, is_meant: impl Fn(&Entry) -> bool) -> usize {
        self.open.values().filter(|entry| is_meant(entry)).count()
    }

    /// Ends the one of those meant that has waited longest; false when all are busy.
    fn evict(&mut self, is_meant: impl Fn(&Entry) -> bool) -> bool {
        let waiting = self.open.iter().filter(|(_, entry)| is_meant(entry)).filter_map(|(id, entry)| Some((entry.waits_since?, *id)));
        let Some((_, longest)) = waiting.min() else { return false };
        self.open.remove(&longest).is_some()
    }
}

impl Room {
    /// A request has arrived.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.set_waiting(None);
        Busy(Arc::clone(self))
    }

    fn set_waiting(&self, since: Option<Instant>) {
        if let Some(entry) = self.admission.table.lock().open.get_mut(&self.id) {
            entry.waits_since = since;
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.admission.table.lock().open.remove(&self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set_waiting(Some(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(connections: usize, per_address: usize) -> Limits {
        Limits { connections, per_address, ..Limits::default() }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn at_its_share_an_address_loses_the_connection_that_waited_longest() {
        let admission = Admission::new(limits(10, 2));
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        let (_other, mut others) = admission.admit(there).expect("room");
        let (busy, mut first) = admission.admit(here).expect("room");
        let busy = Arc::new(busy);
        let _request = busy.begin();
        let (_silent, mut second) = admission.admit(here).expect("room");
        let (third, _) = admission.admit(here).expect("room");
        assert!(!third.is_reserved);
        assert!(second.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed), "the silent one went");
        assert!(first.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty), "the busy one stays");
        assert!(others.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty), "and so does that of another");
    }

    #[test]
    fn where_all_are_busy_there_is_room_for_probes_alone_and_not_without_end() {
        let admission = Admission::new(limits(4, 2));
        let here = address("2001:db8::1");
        let room = |text| Arc::new(admission.admit(address(text)).expect("room").0);
        let held: Vec<_> = ["2001:db8::1", "2001:db8::2"].map(room).into();
        let _busy: Vec<_> = held.iter().map(Room::begin).collect();
        let mut reserve: Vec<_> = (0..RESERVE).map(|_| Arc::new(admission.admit(here).expect("room").0)).collect();
        assert!(reserve.iter().all(|room| room.is_reserved), "one network, one share");
        reserve.push(room("2001:db8::3"));
        assert!(reserve.iter().all(|room| room.is_reserved), "a probe that was not asked yet makes room");
        let _asked: Vec<_> = reserve.iter().map(Room::begin).collect();
        assert!(admission.admit(here).is_none());
        assert!(!room("192.0.2.1").is_reserved, "another address has its own share");
    }

    #[test]
    fn what_is_closed_makes_room() {
        let admission = Admission::new(limits(1, 1));
        let room = Arc::new(admission.admit(address("192.0.2.1")).expect("room").0);
        let request = room.begin();
        assert!(admission.admit(address("192.0.2.1")).expect("room").0.is_reserved);
        drop((request, room));
        assert!(!admission.admit(address("192.0.2.1")).expect("room").0.is_reserved);
    }

    #[test]
    fn the_clients_of_a_trusted_proxy_do_not_share_one_share() {
        let limits = Limits { trusted_proxies: "192.0.2.1".parse().expect("a proxy"), ..limits(4, 1) };
        let admission = Admission::new(limits);
        let rooms: Vec<_> = (0..3).map(|_| Arc::new(admission.admit(address("192.0.2.1")).expect("room").0)).collect();
        let _busy: Vec<_> = rooms.iter().map(Room::begin).collect();
        assert!(rooms.iter().all(|room| !room.is_reserved));
        assert!(!admission.admit(address("192.0.2.1")).expect("room").0.is_reserved);
    }
}
