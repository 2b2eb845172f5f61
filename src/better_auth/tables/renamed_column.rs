use std::str::FromStr;

use super::table::Table;

/// A column with a name of its own. Read from `"session.token=session_token"`: the table by its name at Better Auth, the
/// field by Better Auth's name for it, the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedColumn {
    pub(super) table: Table,
    pub(super) field: String,
    pub(super) column: String,
}

/// The text names no column of the session or the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {}", Self::EXPECTED)]
pub struct UnreadableColumn;

impl UnreadableColumn {
    pub(crate) const EXPECTED: &str =
        "a column such as \"session.token=session_token\" or \"user.email=email_address\"";
}

impl FromStr for RenamedColumn {
    type Err = UnreadableColumn;

    fn from_str(text: &str) -> Result<Self, UnreadableColumn> {
        let (field, column) = text.split_once('=').ok_or(UnreadableColumn)?;
        let (table, field) = field.trim().split_once('.').ok_or(UnreadableColumn)?;
        let table = match table {
            "session" => Table::Session,
            "user" => Table::User,
            _ => return Err(UnreadableColumn),
        };
        let (field, column) = (field.trim().to_owned(), column.trim().to_owned());
        let is_there = !field.is_empty() && !column.is_empty();
        is_there.then_some(Self { table, field, column }).ok_or(UnreadableColumn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_column_is_refused() {
        for text in ["", "token=t", "session.token", "account.id=x", "session.=x", "session.token=", "=."] {
            assert_eq!(text.parse::<RenamedColumn>(), Err(UnreadableColumn), "{text}");
        }
    }
}
