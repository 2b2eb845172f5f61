//! How soon a store tells, and how it is found out that it has fallen silent.

use std::time::Duration;

/// What a store that tells of changes takes for it, unless the network or the machine is overloaded.
pub const LAG: Duration = Duration::from_millis(100);
/// How often a connection that tells is asked whether it is there. One that has silently gone is found out within this
/// and [`HEARTBEAT_TIMEOUT`], that is within a second.
pub const HEARTBEAT: Duration = Duration::from_millis(250);
/// How long it may take to answer.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(500);
