use sea_orm::DbBackend;

use crate::better_auth::tables::{Dialect, Naming, Table, literal};

/// The table, the function and the triggers.
const NAME: &str = "verifier_revocation";
/// A session that waits for a lock makes others wait behind it.
const BEGIN: &str = "BEGIN;\nSET LOCAL lock_timeout = '5s';\nSET LOCAL client_min_messages = 'warning';\n";

/// The triggers by which PostgreSQL records ended and changed sessions, and nothing else: they write ids into a table of
/// their own, never a token, and keep them for some minutes. A failure inside them never fails the write that fired
/// them.
///
/// Only the triggers write that table, and only roles that may read the sessions read it: a role that may do no more than
/// connect can neither end a session here nor learn of one. `NOTIFY` could not promise that: every role may send one.
///
/// `CREATE TRIGGER` needs a role that owns the tables.
pub struct Triggers {
    /// The prefix of our names: the schema and a dot, or nothing.
    home: String,
    session: String,
    user: String,
    session_columns: String,
    user_columns: String,
}

impl Triggers {
    /// For tables of these names.
    #[must_use]
    pub fn new(naming: &Naming) -> Self {
        let dialect = Dialect(DbBackend::Postgres);
        let columns = |table, kind: &str, fields: &[&str]| {
            let names = fields.iter().map(|field| naming.column(table, field).into_owned());
            let names: Vec<_> =
                [kind.to_owned()].into_iter().chain(names).map(|name| literal(&name)).collect();
            names.join(", ")
        };
        let schema = naming.schema(Table::Session).map(|schema| format!("{}.", dialect.quote(schema)));
        Self {
            home: schema.unwrap_or_default(),
            session: dialect.name(naming, Table::Session),
            user: dialect.name(naming, Table::User),
            session_columns: columns(Table::Session, "session", &["id", "userId", "expiresAt"]),
            user_columns: columns(Table::User, "user", &["id", "role", "banned", "banExpires"]),
        }
    }

    /// The statements that install them, or install them anew.
    #[must_use]
    pub fn install_sql(&self) -> String {
        let Self { home, session, user, session_columns, user_columns } = self;
        let (function, table) = (format!("{home}{NAME}()"), format!("{home}{NAME}"));
        let body = BODY.trim().replace("{NAME}", NAME);
        let secure = SECURE
            .trim()
            .replace("{NAME}", NAME)
            .replace("{table}", &literal(&table))
            .replace("{function}", &literal(&function))
            .replace("{session}", &literal(session));
        let remove = self.remove();
        format!(
            "{BEGIN}\
             CREATE TABLE IF NOT EXISTS {table} (\n  \
             transaction bigint NOT NULL DEFAULT txid_current(),\n  \
             at timestamptz NOT NULL DEFAULT clock_timestamp(),\n  \
             oldest bigint NOT NULL DEFAULT txid_snapshot_xmin(txid_current_snapshot()),\n  \
             session text,\n  \"user\" text,\n  cut_off boolean NOT NULL DEFAULT false\n);\n\
             CREATE INDEX IF NOT EXISTS {NAME}_transaction ON {table} (transaction);\n\
             CREATE INDEX IF NOT EXISTS {NAME}_at ON {table} (at);\n\
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n\
             DROP POLICY IF EXISTS {NAME} ON {table};\n\
             CREATE OR REPLACE FUNCTION {function} RETURNS trigger\n\
             LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' AS $function$\n{body}\n$function$;\n\
             DO $secure$\n{secure}\n$secure$;\n\
             {remove}\
             CREATE TRIGGER {NAME} AFTER UPDATE OR DELETE ON {session}\n  \
             FOR EACH ROW EXECUTE PROCEDURE {home}{NAME}({session_columns});\n\
             CREATE TRIGGER {NAME} AFTER UPDATE OR DELETE ON {user}\n  \
             FOR EACH ROW EXECUTE PROCEDURE {home}{NAME}({user_columns});\n\
             CREATE TRIGGER {NAME}_truncate AFTER TRUNCATE ON {session}\n  \
             FOR EACH STATEMENT EXECUTE PROCEDURE {function};\n\
             CREATE TRIGGER {NAME}_truncate AFTER TRUNCATE ON {user}\n  \
             FOR EACH STATEMENT EXECUTE PROCEDURE {function};\n\
             COMMIT;\n"
        )
    }

    /// The statements that remove all of it.
    #[must_use]
    pub fn remove_sql(&self) -> String {
        let Self { home, .. } = self;
        format!(
            "{BEGIN}{}DROP FUNCTION IF EXISTS {home}{NAME}();\nDROP TABLE IF EXISTS {home}{NAME};\nCOMMIT;\n",
            self.remove()
        )
    }

    fn remove(&self) -> String {
        let drop = |table: &str| {
            format!(
                "DROP TRIGGER IF EXISTS {NAME} ON {table};\n\
                 DROP TRIGGER IF EXISTS {NAME}_truncate ON {table};\n"
            )
        };
        drop(&self.session) + &drop(&self.user)
    }

    /// Asks whether all four triggers exist and are enabled; for the name in SQL of the table that they write to, if they own it;
    /// whether this role may read it; and whether this is a replica, whose snapshots do not show running transactions. Any role
    /// may ask.
    pub(super) fn inspect_sql(&self) -> String {
        let (session, user) = (literal(&self.session), literal(&self.user));
        format!(
            "SELECT (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgenabled IN ('O', 'A') \
             AND tgname IN ('{NAME}', '{NAME}_truncate') \
             AND tgrelid IN (to_regclass({session}), to_regclass({user}))) = 4, \
             quote_ident(nspname) || '.' || quote_ident(relname), \
             has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), pg_is_in_recovery() \
             FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_trigger t \
             ON tgrelid = to_regclass({session}) AND tgname = '{NAME}' \
             LEFT JOIN pg_catalog.pg_proc p ON p.oid = tgfoid AND prosecdef \
             LEFT JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace \
             LEFT JOIN pg_catalog.pg_class c \
             ON relnamespace = n.oid AND relname = '{NAME}' AND relkind = 'r' AND relowner = proowner"
        )
    }

    /// Asks `table` for rows that are new since `seen`, the snapshot in an earlier answer; the answer begins with its own snapshot
    /// and the time. Transactions end in another order than they begin in, so neither a number nor a time could show what is new.
    /// Rows that came with the backup of another server do not count: their transaction numbers may still lie ahead on this
    /// server.
    pub(super) fn news_sql(table: &str, seen: Option<&str>) -> String {
        let new = seen.map_or_else(
            || "true".to_owned(),
            |seen| {
                let seen = format!("{}::txid_snapshot", literal(seen));
                format!("transaction >= txid_snapshot_xmin({seen}) AND NOT txid_visible_in_snapshot(transaction, {seen})")
            },
        );
        let milliseconds = |at: &str| format!("CAST(floor(extract(epoch FROM {at}) * 1000) AS bigint)");
        format!(
            "SELECT txid_current_snapshot()::text, {}, r.at IS NOT NULL, session, \"user\", cut_off, {} \
             FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM {table} WHERE {new} \
             AND transaction < txid_snapshot_xmax(txid_current_snapshot())) AS r ON true",
            milliseconds("clock_timestamp()"),
            milliseconds("r.at"),
        )
    }
}

/// Only the triggers write the table, whatever default privileges say: writing it ends sessions. Roles that may read
/// the sessions may read it. A trigger that another role has put on a table of its own must not write it, either.
///
/// The policy names the table of the sessions by a text, or that table could not be dropped.
const SECURE: &str = "
DECLARE
  home text;
  sessions text;
  stranger text;
BEGIN
  SELECT quote_ident(nspname) INTO home FROM pg_catalog.pg_proc JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
    WHERE pg_proc.oid = {function}::regprocedure;
  SELECT format('%I.%I', nspname, relname) INTO sessions
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE c.oid = {session}::regclass;
  EXECUTE format('ALTER FUNCTION %s.{NAME}() SET search_path = %s, pg_temp', home, home);
  FOR stranger IN
    SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END FROM (
      SELECT relowner AS owner, (aclexplode(relacl)).grantee FROM pg_catalog.pg_class WHERE oid = {table}::regclass
      UNION ALL SELECT proowner, 0 FROM pg_catalog.pg_proc WHERE oid = {function}::regprocedure
      UNION ALL SELECT proowner, (aclexplode(proacl)).grantee FROM pg_catalog.pg_proc
        WHERE oid = {function}::regprocedure
    ) AS granted WHERE grantee <> owner
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s.{NAME} FROM %s', home, stranger);
    EXECUTE format('REVOKE ALL ON FUNCTION %s.{NAME}() FROM %s', home, stranger);
  END LOOP;
  EXECUTE format('CREATE POLICY {NAME} ON %s.{NAME} FOR SELECT '
    'USING (has_any_column_privilege(to_regclass(%L), ''SELECT''))', home, sessions);
  EXECUTE format('GRANT SELECT ON %s.{NAME} TO PUBLIC', home);
  SELECT tgrelid::regclass INTO stranger FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_class c ON c.oid = tgrelid
    JOIN pg_catalog.pg_proc p ON p.oid = tgfoid
    WHERE p.oid = {function}::regprocedure AND NOT pg_has_role(proowner, relowner, 'USAGE') LIMIT 1;
  IF stranger IS NOT NULL THEN
    RAISE EXCEPTION 'somebody else has a trigger on table % that calls this function: drop it first', stranger;
  END IF;
END
";

/// Rows are kept for as long as a listener may be away, counted from the end of their transaction, which may come long after
/// `at`. `oldest` proves it: it is the oldest transaction that was running when its row was written, so every transaction older
/// than the `oldest` of a row of five minutes ago had ended by then. A row with a time in the future comes from another
/// server's backup and proves nothing.
///
/// A trigger that adds a row removes up to a hundred, and skips rows that others are removing; never where that could make
/// a transaction conflict with another.
const BODY: &str = "
DECLARE
  before jsonb;
  after jsonb;
  of_session text;
  of_user text;
  is_cut_off boolean;
  expired boolean := false;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO {NAME} DEFAULT VALUES;
    RETURN NULL;
  END IF;
  before := to_jsonb(OLD);
  IF TG_OP = 'UPDATE' THEN
    after := to_jsonb(NEW);
    IF before = after THEN
      RETURN NULL;
    END IF;
  END IF;
  IF TG_ARGV[0] = 'session' THEN
    -- Who tidies up ends nothing. A time without a zone is read as UTC, and may be meant in any.
    IF after IS NULL THEN
      BEGIN
        expired := (before ->> TG_ARGV[3])::timestamptz < now() - CASE
          WHEN before ->> TG_ARGV[3] ~ '([+-][0-9]+(:[0-9]+)?|Z)$' THEN interval '0'
          ELSE interval '14 hours'
        END;
      EXCEPTION WHEN OTHERS THEN
        NULL;
      END;
    END IF;
    of_session := before ->> TG_ARGV[1];
    of_user := before ->> TG_ARGV[2];
    is_cut_off := CASE WHEN after IS NULL THEN expired IS NOT TRUE ELSE
      before -> TG_ARGV[2] IS DISTINCT FROM after -> TG_ARGV[2]
      OR COALESCE((after ->> TG_ARGV[3]) < (before ->> TG_ARGV[3]), false) END;
  ELSE
    of_user := before ->> TG_ARGV[1];
    is_cut_off := after IS NULL
      OR before -> TG_ARGV[2] IS DISTINCT FROM after -> TG_ARGV[2]
      OR before -> TG_ARGV[3] IS DISTINCT FROM after -> TG_ARGV[3]
      OR before -> TG_ARGV[4] IS DISTINCT FROM after -> TG_ARGV[4];
  END IF;
  IF octet_length(of_session) > 255 OR octet_length(of_user) > 255 THEN
    -- Nobody holds names of any length: everything is asked anew.
    INSERT INTO {NAME} DEFAULT VALUES;
  ELSE
    INSERT INTO {NAME} (session, \"user\", cut_off) VALUES (of_session, of_user, is_cut_off);
  END IF;
  IF current_setting('transaction_isolation') = 'read committed' THEN
    BEGIN
      DELETE FROM {NAME} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {NAME} WHERE transaction < (
          SELECT oldest FROM {NAME} WHERE at < clock_timestamp() - interval '5 minutes'
          AND oldest <= txid_snapshot_xmin(txid_current_snapshot()) ORDER BY at DESC LIMIT 1)
        ORDER BY transaction LIMIT 100 FOR UPDATE SKIP LOCKED));
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    INSERT INTO {NAME} DEFAULT VALUES;
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  RETURN NULL;
END
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_identifiers_and_as_texts() {
        let naming = Naming::default().with_schema("a\"b").with_tables("ses'sions", "users");
        let triggers = Triggers::new(&naming);
        let install = triggers.install_sql();
        assert!(install.contains(r#"ON "a""b"."ses'sions""#), "{install}");
        assert!(install.contains(r#"FUNCTION "a""b".verifier_revocation()"#), "{install}");
        assert!(install.contains(r#"E'"a""b"."ses''sions"'::regclass"#), "{install}");
        assert!(
            triggers.inspect_sql().contains(r#"to_regclass(E'"a""b"."ses''sions"')"#),
            "{}",
            triggers.inspect_sql()
        );
        let snake = Triggers::new(&Naming::default().with_snake_case(true)).install_sql();
        assert!(snake.contains("(E'session', E'id', E'user_id', E'expires_at')"), "{snake}");
        assert!(snake.contains("(E'user', E'id', E'role', E'banned', E'ban_expires')"), "{snake}");
    }
}
