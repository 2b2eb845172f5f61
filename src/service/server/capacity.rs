use crate::config;

/// File handles kept back for everything but connections of clients: 64 calls to Better Auth at once, up to three pools of
/// 16 database connections (a SQLite connection has three files), the listeners of Redis and PostgreSQL, connections that
/// are just being closed, and what the runtime itself needs; the 32 connections of operators, and what an examination opens
/// for them beside all this.
const KEPT_BACK: u64 = 320;
/// Taken where the limit cannot be read: what most systems begin with.
const USUAL_HANDLES: u64 = 1024;
/// Nobody's memory is meant where a system permits a billion file handles; whoever means more says so.
const MOST: u64 = 16_384;
/// A quarter of few connections would be too few for an office behind one address.
const LEAST_PER_CLIENT: u64 = 64;

/// How many connections may be open at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    pub total: usize,
    pub per_client: usize,
}

impl Capacity {
    /// Raises the limit of file handles as far as the system permits, and divides it.
    pub fn secure(config: &config::Server) -> Self {
        let handles = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
            let room = room(USUAL_HANDLES);
            tracing::warn!(
                "the service cannot read the limit of file handles ({error}) and assumes {USUAL_HANDLES}, so it takes at most \
                 {room} connections"
            );
            USUAL_HANDLES
        });
        let room = room(handles);
        let wanted = u64::from(config.max_connections);
        if wanted > room {
            tracing::warn!(
                "server.max_connections = {wanted}: {handles} file handles permit only {room} connections, and the service takes \
                 {room}. Raise the hard limit of file handles (systemd: LimitNOFILE) or lower the key"
            );
        }
        Self::within(room, wanted, config.max_connections_per_client.into())
    }

    /// Zero is the default.
    fn within(room: u64, total: u64, per_client: u64) -> Self {
        let total = if total == 0 { room.min(MOST) } else { total.min(room) };
        let per_client = if per_client == 0 { (total / 4).max(LEAST_PER_CLIENT) } else { per_client };
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self { total: count(total), per_client: count(per_client.min(total)) }
    }
}

/// How many connections so many handles leave room for.
fn room(handles: u64) -> u64 {
    (handles - KEPT_BACK.min(handles / 2)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_one_clients_and_some_handles_are_kept_back() {
        let divided = |handles, total, per_client| {
            let Capacity { total, per_client } = Capacity::within(room(handles), total, per_client);
            (total, per_client)
        };
        assert_eq!(divided(1024, 0, 0), (704, 176));
        assert_eq!(divided(1 << 30, 0, 0), (16_384, 4096));
        // Few handles: half of them, and no client has more than there are.
        assert_eq!(divided(300, 0, 0), (150, 64));
        assert_eq!(divided(64, 0, 0), (32, 32));
        // As configured, within what there is.
        assert_eq!(divided(65_536, 40_000, 0), (40_000, 10_000));
        assert_eq!(divided(1024, 40_000, 0), (704, 176));
        assert_eq!(divided(1024, 100, 10), (100, 10));
        assert_eq!(divided(1024, 100, 1000), (100, 100));
    }
}
