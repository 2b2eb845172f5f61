//! Warns about SQLite files that other users can read: such a file exposes every session.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::database::Address;

const GROUP_AND_OTHERS: u32 = 0o077;
const OTHERS: u32 = 0o007;
/// SQLite makes its files beside the main one with the same mode, but does not change their mode later.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Warns that others may read the file of an address, or that the file does not exist.
pub(crate) fn inspect(key: &str, address: &Address) {
    for concern in concerns(address) {
        tracing::warn!("{key}: {concern}");
    }
}

/// The concern that others may read the file of an address, or that the file does not exist.
pub(crate) fn concerns(address: &Address) -> Vec<String> {
    let Some(path) = address.file() else { return Vec::new() };
    let mut concerns = Vec::new();
    if fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let path = std::path::absolute(path).unwrap_or(path.to_owned());
        let path = path.display();
        concerns.push(format!(
            "there is no such file: {path}. A relative path starts in the folder from which this process was started"
        ));
    }
    for path in beside(path) {
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let mode = metadata.mode() & 0o777;
        if let Some(change) = change(mode, is_ours(&metadata)) {
            let path = path.display();
            concerns.push(format!(
                "other users of this machine have access to {path} (mode {mode:o}): restrict it with chmod {change}"
            ));
        }
    }
    concerns
}

/// What keeps others out of a file. A file of another user, Better Auth's, is read through its group: that right stays.
fn change(mode: u32, is_ours: bool) -> Option<&'static str> {
    let (too_many, change) = if is_ours { (GROUP_AND_OTHERS, "600") } else { (OTHERS, "o-rwx") };
    (mode & too_many != 0).then_some(change)
}

/// Whether the user of this process owns a file. Where there is no `/proc`, that is assumed.
fn is_ours(file: &Metadata) -> bool {
    fs::metadata("/proc/self").map_or(true, |process| process.uid() == file.uid())
}

fn beside(path: &Path) -> impl Iterator<Item = PathBuf> {
    BESIDE.iter().map(move |end| {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        path.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_through_which_the_service_reads_is_no_stranger() {
        assert_eq!(change(0o600, true), None);
        assert_eq!(change(0o640, true), Some("600"));
        assert_eq!(change(0o660, false), None);
        assert_eq!(change(0o644, false), Some("o-rwx"));
    }
}
