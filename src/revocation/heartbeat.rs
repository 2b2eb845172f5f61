//! How soon a store sends its events, and how its silence is noticed.

use std::time::Duration;

/// The delay of a store's events, unless the network or the machine is overloaded.
pub const LAG: Duration = Duration::from_millis(100);
/// The time between two tests of a connection that carries events. A connection that is silently gone is noticed within this
/// and [`HEARTBEAT_TIMEOUT`], that is within a second.
pub const HEARTBEAT: Duration = Duration::from_millis(250);
/// The longest wait for the answer.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(500);
