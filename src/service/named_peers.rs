use std::{net::IpAddr, sync::OnceLock};

/// Enough for the proxies of a deployment.
const MAX: usize = 4;

/// Peers that the log has named, so that it names none twice. Anybody can become one: a look takes no lock, and there is room
/// for a few.
#[derive(Default)]
pub struct NamedPeers([OnceLock<IpAddr>; MAX]);

impl NamedPeers {
    /// Whether the log has not named this peer yet and still has room to. The peer counts as named from now on.
    pub fn is_new(&self, peer: IpAddr) -> bool {
        for place in &self.0 {
            if place.set(peer).is_ok() {
                return true;
            }
            if place.get() == Some(&peer) {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_named_once_and_not_too_many_are() {
        let named = NamedPeers::default();
        let is_new = |last: u8| named.is_new(IpAddr::from([192, 0, 2, last]));
        assert_eq!([1, 1, 2, 1, 2].map(is_new), [true, false, true, false, false]);
        assert_eq!([3, 4, 5, 4].map(is_new), [true, true, false, false]);
    }
}
