//! The published table.

use std::fmt::{self, Write};

use chrono::Utc;

use crate::{
    cell::Cell,
    credential::{Credential, Expected, Verdict},
    parts::{mariadb::MariaDb, postgres::Postgres, program},
    store::Store,
    strategy::Strategy,
    version::Version,
};

const LEGEND: &str = "\
Each strategy runs alone in a service with its cache off, and gets each credential. **accepted** and **refused** are its
verdicts, a refusal with the cause from the log: the answer itself never says why. *503* means that the strategy cannot
know: Better Auth on MariaDB compares tokens without case, and answers about another token. A dot: the strategy leaves
the credential to others (alone, that is a 401). An empty cell: the question does not apply, as the session cookie beside
the cache decides. A dash: impossible, for the reason below the table. A verdict holds for every version, or since the
version that it names. Better Auth 1.2.12 was tested on PostgreSQL alone, for its tables.

In Redis Better Auth keeps a copy of the user, and uses it: a ban written into the database alone does not reach the copy.
A ban by its admin plugin ends the sessions.
";

/// The versions and the answers.
pub struct Table<'a> {
    pub versions: &'a [Version],
    pub newest: &'a Version,
    /// npm's messages about newer versions that cannot be installed.
    pub tried: &'a [String],
    pub cells: &'a [Cell],
}

/// One line for a cell.
pub fn line(cell: &Cell) -> String {
    let Cell { version, store, credential, strategy, expected, found } = cell;
    let place = format!("Better Auth {} on {}", version.number(), store.name());
    format!("{place}, {}, {}: expected {expected:?}, found {found:?}", credential.name(), strategy.name())
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, green) = (self.asked().count(), self.asked().filter(|cell| cell.is_green()).count());
        writeln!(f, "# What works with what\n")?;
        writeln!(f, "Written by `tests/matrix/run` on {}.\n", Utc::now().format("%Y-%m-%d"))?;
        writeln!(f, "- Better Auth {}", joined(self.versions.iter().map(Version::number)))?;
        writeln!(f, "- {}", databases())?;
        writeln!(f, "- {asked} questions, {green} answered as expected\n")?;
        self.newest(f)?;
        f.write_str(LEGEND)?;
        Store::ALL.into_iter().try_for_each(|store| self.of_store(f, store))
    }
}

impl Table<'_> {
    fn asked(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !matches!(cell.expected, Expected::Cannot(_)))
    }

    /// The first version tested on this store.
    fn first_on(&self, store: Store) -> Option<&Version> {
        self.cells.iter().find(|cell| cell.store == store).map(|cell| &cell.version)
    }

    fn newest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tried.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "The newest Better Auth that could be installed was {}. Newer ones:\n",
            self.newest.number()
        )?;
        self.tried.iter().try_for_each(|reason| writeln!(f, "- {reason}"))?;
        writeln!(f)
    }

    fn of_store(&self, f: &mut fmt::Formatter<'_>, store: Store) -> fmt::Result {
        writeln!(f, "\n## {}\n", heading(store))?;
        writeln!(
            f,
            "| credential | {} |",
            Strategy::ALL.map(|strategy| format!("`{}`", strategy.name())).join(" | ")
        )?;
        writeln!(f, "|---|{}", "---|".repeat(Strategy::ALL.len()))?;
        let mut reasons = Vec::new();
        for credential in Credential::all() {
            let row: Vec<_> = Strategy::ALL
                .iter()
                .map(|strategy| self.verdict(store, credential, *strategy, &mut reasons))
                .collect();
            if row.iter().any(|verdict| !verdict.is_empty()) {
                writeln!(f, "| {} | {} |", credential.name(), row.join(" | "))?;
            }
        }
        writeln!(f)?;
        reasons.iter().try_for_each(|reason| writeln!(f, "- {reason}"))
    }

    /// The verdict of all versions, and since which.
    fn verdict(
        &self,
        store: Store,
        credential: Credential,
        strategy: Strategy,
        reasons: &mut Vec<String>,
    ) -> String {
        let is_asked =
            |cell: &&Cell| (cell.store, cell.credential, cell.strategy) == (store, credential, strategy);
        let cells: Vec<_> = self.cells.iter().filter(is_asked).collect();
        let mut text = String::new();
        for cell in &cells {
            let verdict = said(cell);
            if let Expected::Cannot(reason) = cell.expected {
                let reason = format!("`{}`: {reason}", strategy.name());
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            if text.is_empty() {
                text.push_str(&verdict);
            } else if !text.ends_with(&verdict) {
                write!(text, ", {}: {verdict}", cell.version.number()).expect("a string takes everything");
            }
        }
        match cells.first() {
            // An impossible case is impossible in every version.
            Some(first) if first.found.is_some() && Some(&first.version) != self.first_on(store) => {
                format!("{text}, since 1.{}", first.version.minor())
            }
            _ => text,
        }
    }
}

fn said(cell: &Cell) -> String {
    let verdict = match (&cell.found, cell.expected) {
        (None, _) => "–".into(),
        (Some(Ok(Verdict::Unclaimed)), _) => "·".into(),
        (Some(Ok(Verdict::Accepted)), _) => "**accepted**".into(),
        (Some(Ok(Verdict::Refused(cause))), _) => format!("**refused**: {cause}"),
        (Some(Ok(Verdict::Undecidable)), _) => "*503*".into(),
        (Some(Err(fault)), _) => fault.clone(),
    };
    if cell.is_green() { verdict } else { format!("WRONG: {verdict}") }
}

fn heading(store: Store) -> &'static str {
    match store {
        Store::Redis => "Redis (`secondaryStorage`), users in SQLite",
        Store::Nowhere => "No database (since Better Auth 1.4)",
        other => other.name(),
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn databases() -> String {
    let postgres = Postgres::shared().sql("postgres", "SHOW server_version");
    let mariadb = MariaDb::shared().sql("mysql", "SELECT version()");
    let redis =
        program::run(program::command(program::find("redis-server", &["/usr/sbin".into()])).arg("--version"));
    let redis =
        redis.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or_default().to_owned();
    format!("SQLite, PostgreSQL {postgres}, MariaDB {mariadb}, Redis {redis}")
}
