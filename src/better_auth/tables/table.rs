use std::fmt;

/// One of the two tables that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Better Auth's `session`.
    Session,
    /// Better Auth's `user`.
    User,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "session",
            Self::User => "user",
        })
    }
}
