//! What somebody hands over on standard input: never on the command line, where every user of the machine could read it.

use std::{
    io::{self, BufRead, BufReader, IsTerminal, Read},
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

/// Whoever sends something does so by then. What starts this command may leave an open pipe that never says anything.
const PATIENCE: Duration = Duration::from_secs(5);
/// As much as a head may hold.
const MAX_BYTES: u64 = 64 * 1024;

/// The first line, unless standard input is a terminal, or empty, or silent.
pub async fn first_line() -> Option<String> {
    if io::stdin().is_terminal() {
        return None;
    }
    let (read, line) = oneshot::channel();
    // A thread of its own: nothing waits for it when the program ends.
    thread::spawn(move || {
        let mut text = String::new();
        let limited = io::stdin().take(MAX_BYTES);
        if BufReader::new(limited).read_line(&mut text).is_ok() {
            let _ = read.send(text);
        }
    });
    timeout(PATIENCE, line).await.ok()?.ok().filter(|line| !line.trim().is_empty())
}
