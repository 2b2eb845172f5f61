//! A loopback port nobody uses.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the range the kernel takes outgoing connections from: a server that is stopped finds its port free again.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// Answers with another port each time it is asked.
pub fn free() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Test processes that run beside each other begin at different places.
    let begin = u16::try_from(std::process::id() * 50 % u32::from(COUNT)).expect("less than COUNT");
    for _ in 0..COUNT {
        let port = FIRST + (begin + TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST} on");
}
