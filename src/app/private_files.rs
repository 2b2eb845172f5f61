//! SQLite files: whoever may read one has every session in it.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::database::Address;

/// For nobody but their user.
pub const FOLDER: u32 = 0o700;
pub const FILE: u32 = 0o600;

/// Makes the file of an address that says so, unless it is there. SQLite would let others read it.
pub fn create(address: &Address) -> io::Result<()> {
    let Some(path) = address.file_to_create() else { return Ok(()) };
    match OpenOptions::new().write(true).create_new(true).mode(FILE).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Takes a folder and the files in it from others.
pub fn tighten(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(FOLDER))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(FILE))?;
        }
    }
    Ok(())
}
