use sea_orm::DbBackend;

use crate::strategy::session_table::{dialect::Dialect, naming::Naming, table::Table};

/// The channel, the function and the triggers.
pub const NAME: &str = "verifier_revocation";
/// Whoever waits for a lock has others wait behind it.
const BEGIN: &str = "BEGIN;\nSET LOCAL lock_timeout = '5s';\nSET LOCAL client_min_messages = 'warning';\n";
/// What the messages begin with by which a listener hears itself.
pub const ECHO: &str = "echo ";

/// The triggers by which PostgreSQL tells of sessions and users that have ended or changed, and nothing else: they tell
/// ids, never a token, and what goes wrong in them never fails the write that they are about.
///
/// `CREATE TRIGGER` needs a role that owns the tables.
pub struct Triggers {
    function: String,
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
            function: format!("{}{NAME}", schema.unwrap_or_default()),
            session: dialect.name(naming, Table::Session),
            user: dialect.name(naming, Table::User),
            session_columns: columns(Table::Session, "session", &["id", "userId", "expiresAt"]),
            user_columns: columns(Table::User, "user", &["id", "role", "banned", "banExpires"]),
        }
    }

    /// The statements that install them, or install them anew.
    #[must_use]
    pub fn install_sql(&self) -> String {
        let Self { function, session, user, session_columns, user_columns } = self;
        let body = BODY.trim().replace("{NAME}", NAME);
        let remove = self.remove();
        format!(
            "{BEGIN}\
             CREATE OR REPLACE FUNCTION {function}() RETURNS trigger\n\
             LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$\n{body}\n$function$;\n\
             {remove}\
             CREATE TRIGGER {NAME} AFTER UPDATE OR DELETE ON {session}\n  \
             FOR EACH ROW EXECUTE PROCEDURE {function}({session_columns});\n\
             CREATE TRIGGER {NAME} AFTER UPDATE OR DELETE ON {user}\n  \
             FOR EACH ROW EXECUTE PROCEDURE {function}({user_columns});\n\
             CREATE TRIGGER {NAME}_truncate AFTER TRUNCATE ON {session}\n  \
             FOR EACH STATEMENT EXECUTE PROCEDURE {function}();\n\
             CREATE TRIGGER {NAME}_truncate AFTER TRUNCATE ON {user}\n  \
             FOR EACH STATEMENT EXECUTE PROCEDURE {function}();\n\
             COMMIT;\n"
        )
    }

    /// The statements that remove all of it.
    #[must_use]
    pub fn remove_sql(&self) -> String {
        format!("{BEGIN}{}DROP FUNCTION IF EXISTS {}();\nCOMMIT;\n", self.remove(), self.function)
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

    /// Asks whether all four are there and enabled, whether the queue of notifications has room, and for the tables'
    /// schemas; and tells the channel something, which is an answer, too, and the last is who did. Any role may ask, but not on a replica.
    pub(super) fn check(&self) -> String {
        let (session, user) = (literal(&self.session), literal(&self.user));
        format!(
            "SELECT (SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgenabled IN ('O', 'A') \
             AND tgname IN ('{NAME}', '{NAME}_truncate') \
             AND tgrelid IN (to_regclass({session}), to_regclass({user}))) = 4, \
             pg_notification_queue_usage() < 0.4, \
             (SELECT array_agg(n.nspname::text) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid IN (to_regclass({session}), to_regclass({user}))), \
             e.echo, pg_notify('{NAME}', e.echo), pg_backend_pid() \
             FROM (SELECT '{ECHO}' || pg_backend_pid() || ' ' || clock_timestamp() AS echo OFFSET 0) e"
        )
    }
}

/// A queue that is full would fail the commit, and nothing in a trigger can keep it from that: so they fall silent before,
/// and those who listen look at the queue themselves.
const BODY: &str = "
DECLARE
  before jsonb;
  after jsonb;
  message jsonb;
  expired boolean := false;
BEGIN
  IF pg_notification_queue_usage() >= 0.5 THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM pg_notify('{NAME}', '');
    RETURN NULL;
  END IF;
  before := to_jsonb(OLD);
  IF TG_OP = 'UPDATE' THEN
    after := to_jsonb(NEW);
    IF before = after THEN
      RETURN NULL;
    END IF;
  END IF;
  message := jsonb_build_object('schema', TG_TABLE_SCHEMA);
  IF TG_ARGV[0] = 'session' THEN
    -- Who tidies up ends nothing. A time without a zone may be meant in any.
    IF after IS NULL THEN
      BEGIN
        expired := (before ->> TG_ARGV[3])::timestamptz < now() - CASE
          WHEN before ->> TG_ARGV[3] ~ '[+-][0-9]+(:[0-9]+)?$' THEN interval '0'
          ELSE interval '14 hours'
        END;
      EXCEPTION WHEN OTHERS THEN
        NULL;
      END;
    END IF;
    message := message || jsonb_build_object(
      'session', before ->> TG_ARGV[1],
      'user', before ->> TG_ARGV[2],
      'cutOff', CASE WHEN after IS NULL THEN expired IS NOT TRUE ELSE
        before -> TG_ARGV[2] IS DISTINCT FROM after -> TG_ARGV[2]
        OR (after ->> TG_ARGV[3]) < (before ->> TG_ARGV[3]) END);
  ELSE
    message := message || jsonb_build_object(
      'user', before ->> TG_ARGV[1],
      'cutOff', after IS NULL
        OR before -> TG_ARGV[2] IS DISTINCT FROM after -> TG_ARGV[2]
        OR before -> TG_ARGV[3] IS DISTINCT FROM after -> TG_ARGV[3]
        OR before -> TG_ARGV[4] IS DISTINCT FROM after -> TG_ARGV[4]);
  END IF;
  PERFORM pg_notify('{NAME}', message::text);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    PERFORM pg_notify('{NAME}', '');
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  RETURN NULL;
END
";

fn literal(text: &str) -> String {
    // With a backslash in it the plain form would depend on the server's settings.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

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
        assert!(triggers.check().contains(r#"to_regclass(E'"a""b"."ses''sions"')"#), "{}", triggers.check());
        let snake = Triggers::new(&Naming::default().with_snake_case(true)).install_sql();
        assert!(snake.contains("(E'session', E'id', E'user_id', E'expires_at')"), "{snake}");
        assert!(snake.contains("(E'user', E'id', E'role', E'banned', E'ban_expires')"), "{snake}");
    }
}
