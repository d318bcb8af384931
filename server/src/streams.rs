//! How many event streams are open, how many one reader may hold, and when they ought to look whether they may go on.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use domain::operator::Who;
use engine::access::{
    changes::{AccessChanges, Listener},
    limits::network,
};
use parking_lot::Mutex;

/// Of one person or token: two dozen open pages.
const PER_READER: usize = 24;
/// From one address: an office.
const PER_ADDRESS: usize = 256;
/// Of all connections ([`crate::listener::Limits`]), the rest is left for requests that end.
const ALL: usize = 768;

/// Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub struct Streams {
    open: Arc<Mutex<Open>>,
    access: AccessChanges,
}

#[derive(Default)]
struct Open {
    all: usize,
    /// People and tokens.
    readers: HashMap<Who, usize>,
    addresses: HashMap<IpAddr, usize>,
}

/// One open stream, until it is dropped.
pub struct Stream {
    streams: Streams,
    reader: Who,
    address: IpAddr,
    access: Listener,
}

impl Stream {
    /// Waits until anyone's access has changed.
    pub async fn access_changed(&mut self) {
        self.access.changed().await;
    }
}

impl Streams {
    pub fn new(access: AccessChanges) -> Self {
        Self { open: Arc::default(), access }
    }

    /// None when the reader, the address or the console holds as many as it may.
    pub fn open(&self, reader: Who, address: IpAddr) -> Option<Stream> {
        let address = network(address);
        let mut open = self.open.lock();
        let held = (open.readers.get(&reader).copied().unwrap_or_default(), open.addresses.get(&address).copied().unwrap_or_default());
        if held.0 >= PER_READER || held.1 >= PER_ADDRESS || open.all >= ALL {
            return None;
        }
        open.all += 1;
        *open.readers.entry(reader).or_default() += 1;
        *open.addresses.entry(address).or_default() += 1;
        Some(Stream { streams: self.clone(), reader, address, access: self.access.listen() })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock();
        open.all -= 1;
        let_go(&mut open.readers, self.reader);
        let_go(&mut open.addresses, self.address);
    }
}

fn let_go<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use domain::ids::ApiTokenId;

    use super::*;

    #[test]
    fn a_reader_has_a_share_and_gets_it_back() {
        let (streams, address) = (Streams::default(), IpAddr::from(Ipv4Addr::LOCALHOST));
        let (one, other) = (Who::Token(ApiTokenId::new()), Who::Token(ApiTokenId::new()));
        let mut held: Vec<_> = (0..PER_READER).map(|_| streams.open(one, address).expect("room")).collect();
        assert!(streams.open(one, address).is_none());
        held.push(streams.open(other, address).expect("another reader"));
        held.swap_remove(0);
        assert!(streams.open(one, address).is_some());
        drop(held);
        let open = streams.open.lock();
        assert!(open.all == 0 && open.readers.is_empty() && open.addresses.is_empty());
    }

    #[test]
    fn an_address_has_a_share_too() {
        let (streams, address) = (Streams::default(), IpAddr::from(Ipv4Addr::LOCALHOST));
        let held: Vec<_> = (0..2 * PER_ADDRESS).filter_map(|_| streams.open(Who::Token(ApiTokenId::new()), address)).collect();
        assert_eq!(held.len(), PER_ADDRESS);
        assert!(streams.open(Who::Token(ApiTokenId::new()), Ipv4Addr::new(192, 0, 2, 1).into()).is_some());
    }
}
