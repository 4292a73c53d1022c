//! How many connections there may be: in all, and from one address.

use crate::limits::Limits;
use crate::watch::Refused;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The places that there are.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    each: BTreeMap<IpAddr, usize>,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    host: IpAddr,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_each: limits.connections_per_address,
            taken: Mutex::default(),
        })
    }

    /// A place for somebody from there, where there is one.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refused> {
        let host = host(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.most {
            return Err(Refused::Full);
        }
        let each = taken.each.entry(host).or_default();
        if *each >= self.most_each {
            return Err(Refused::FullForAddress);
        }
        *each += 1;
        taken.all += 1;
        Ok(Place {
            places: Arc::clone(self),
            host,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &self.places.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(each) = taken.each.get_mut(&self.host) {
            *each -= 1;
            if *each == 0 {
                taken.each.remove(&self.host);
            }
        }
    }
}

/// What of an address names a host: of IPv6 the network, in which a host has as many addresses as it likes (RFC 8981).
pub(crate) fn host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_for_all_and_for_each() {
        let limits = Limits {
            connections: 3,
            connections_per_address: 2,
            ..Limits::default()
        };
        let places = Places::new(&limits);
        let take = |address: &str| places.take(address.parse().unwrap());
        let first = take("2001:db8::1").unwrap();
        let _second = take("2001:db8::ffff:2").unwrap();
        assert_eq!(take("2001:db8::3").unwrap_err(), Refused::FullForAddress);
        let _other = take("192.0.2.1").unwrap();
        assert_eq!(take("192.0.2.2").unwrap_err(), Refused::Full);
        drop(first);
        assert!(take("::ffff:192.0.2.1").is_ok());
        assert!(take("2001:db8::3").is_ok());
        let taken = places.taken.lock().unwrap();
        assert_eq!((taken.all, taken.each.len()), (2, 2));
    }
}
