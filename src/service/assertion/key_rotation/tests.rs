use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::*;
use crate::{User, database::Address, identity::Identity, service::assertion::key_ring::LEAD};

const SECRET: &str = "a secret of the tests, 32 bytes..";
const MONTH: Duration = Duration::from_hours(30 * 24);

struct Database {
    folder: TempDir,
}

impl Database {
    async fn create() -> Self {
        let database = Self { folder: tempfile::tempdir().expect("a folder") };
        database.tables().migrate().await.expect("its tables");
        database
    }

    fn tables(&self) -> OwnTables {
        let address = format!("sqlite://{}/own.db?mode=rwc", self.folder.path().display());
        OwnTables::open(&address.parse::<Address>().expect("an address"), Duration::from_secs(5))
    }

    fn instance(&self, secret: &str, algorithm: Algorithm) -> Instance {
        let config = config::Assertion {
            secret: Some(secret.into()),
            issuer: Some("https://auth.example.test".into()),
            algorithm,
            lifetime: Duration::from_mins(1),
            rotate_after: MONTH,
        };
        let keys = KeyRotation::new(&config, self.tables()).expect("complete");
        Instance { keys, known: Vec::new() }
    }

    async fn execute(&self, sql: &str) {
        self.tables().execute_unprepared(sql).await.expect("done");
    }
}

/// One of several services on one database.
struct Instance {
    keys: KeyRotation,
    known: Vec<Model>,
}

impl Instance {
    async fn refresh(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.keys.refresh(&mut self.known, now).await
    }

    /// The key that signs.
    fn kid(&self, now: DateTime<Utc>) -> Option<String> {
        self.keys.assertions.ring().signing(self.keys.algorithm, now).map(|key| key.kid().to_owned())
    }

    fn published(&self, now: DateTime<Utc>) -> Vec<String> {
        let set = self.keys.assertions.key_set(now).unwrap_or_default();
        let keys = set["keys"].as_array().into_iter().flatten();
        keys.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
    }
}

#[tokio::test]
async fn a_key_is_rotated_with_overlap_and_published_before_it_signs() {
    let (database, start) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    for now in [start, start + MONTH / 2] {
        service.refresh(now).await.expect("refreshed");
    }
    let first = service.kid(start).expect("the first signs at once");
    assert_eq!(service.published(start), std::slice::from_ref(&first));

    let due = start + MONTH;
    service.refresh(due).await.expect("refreshed");
    let published = service.published(due);
    assert_eq!((published.len(), service.kid(due).as_ref()), (2, Some(&first)));
    let second = service.kid(due + LEAD).expect("its turn");
    assert_ne!(second, first);
    assert!(published.contains(&second));
    let later = due + LEAD + Duration::from_hours(1);
    service.refresh(later).await.expect("refreshed");
    assert_eq!(service.published(later), [second]);
    // The row goes when nobody could use it any more.
    service.refresh(due + MONTH + LEAD * 2 + Duration::from_hours(1)).await.expect("refreshed");
    assert_eq!(service.known.iter().map(|row| row.generation).collect::<Vec<_>>(), [3, 2]);
}

#[tokio::test]
async fn instances_that_race_make_one_key() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut instances: Vec<_> = (0..6).map(|_| database.instance(SECRET, Algorithm::Es256)).collect();
    for now in [now, now + MONTH] {
        let refreshed = join_all(instances.iter_mut().map(|instance| instance.refresh(now))).await;
        assert!(refreshed.iter().all(Result::is_ok), "{refreshed:?}");
    }
    let kids: Vec<_> = instances.iter().map(|instance| instance.kid(now)).collect();
    assert!(kids[0].is_some() && kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
    assert!(instances.iter().all(|instance| instance.published(now + MONTH).len() == 2));
}

#[tokio::test]
async fn what_is_withdrawn_is_gone_at_the_next_look() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    let identity = Identity::new(User::new("ann"), now + MONTH);
    let first = service.keys.assertions.assertion(&identity, "todos", now).expect("minted");

    let rotated = database.instance(SECRET, Algorithm::Es256).keys.rotate(now).await.expect("rotated");
    service.refresh(now).await.expect("refreshed");
    assert_ne!(service.kid(now), Some(rotated.kid.clone()));
    assert_eq!(service.published(now).len(), 2);
    assert_eq!(service.kid(now + LEAD), Some(rotated.kid));

    let only = database.instance(SECRET, Algorithm::Es256).keys.withdraw(now).await.expect("withdrawn");
    service.refresh(now).await.expect("refreshed");
    assert_eq!((service.published(now), service.kid(now)), (vec![only.kid.clone()], Some(only.kid)));
    assert_ne!(service.keys.assertions.assertion(&identity, "todos", now).expect("minted"), first);
}

/// However often and however fast that is, the keys do not pile up, and each that had its turn is published long enough.
#[tokio::test]
async fn a_hundred_and_fifty_rotations_leave_no_more_keys_than_are_in_use() {
    let database = Database::create().await;
    let mut service = database.instance(SECRET, Algorithm::Es256);
    let mut now = Utc::now();
    service.refresh(now).await.expect("refreshed");
    let first = service.kid(now).expect("a key");
    let rotate =
        async |now| database.instance(SECRET, Algorithm::Es256).keys.rotate(now).await.expect("rotated");
    for _ in 0..150 {
        let last = rotate(now).await;
        service.refresh(now).await.expect("refreshed");
        assert_eq!(service.published(now), [first.clone(), last.kid.clone()]);
        assert_eq!(service.kid(now).as_ref(), Some(&first));
        assert_eq!(service.kid(now + LEAD), Some(last.kid));
    }
    let most = usize::try_from(KEPT.as_secs() / LEAD.as_secs()).expect("a few") + 3;
    for _ in 0..150 {
        let before = service.kid(now + LEAD).expect("a key");
        now += LEAD;
        let last = rotate(now).await;
        service.refresh(now).await.expect("refreshed");
        assert_eq!(service.kid(now), Some(before));
        assert_eq!(service.kid(now + LEAD), Some(last.kid));
        assert!(service.known.len() <= most, "{} keys", service.known.len());
    }
    assert_eq!(service.known.len(), most - 1);
}

/// An instance whose clock is a little ahead may have signed with it.
#[tokio::test]
async fn a_key_that_is_about_to_sign_stays_when_another_is_made() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    let rotate =
        async |now| database.instance(SECRET, Algorithm::Es256).keys.rotate(now).await.expect("rotated");
    let second = rotate(now).await;
    let soon = now + LEAD - Duration::from_secs(30);
    let third = rotate(soon).await;
    service.refresh(soon).await.expect("refreshed");
    assert_eq!(service.published(soon).len(), 3);
    assert_eq!(service.kid(now + LEAD), Some(second.kid));
    assert_eq!(service.kid(soon + LEAD), Some(third.kid));
}

/// Who knows another secret, or none, has another key; neither instance takes the other's, nor its number.
#[tokio::test]
async fn a_key_of_another_secret_is_none_of_ours() {
    let (database, now) = (Database::create().await, Utc::now());
    let [mut ours, mut theirs] = [SECRET, "another secret of 32 bytes at least"]
        .map(|secret| database.instance(secret, Algorithm::EdDsa));
    for _ in 0..2 {
        ours.refresh(now).await.expect("refreshed");
        theirs.refresh(now).await.expect("refreshed");
    }
    assert_ne!(ours.kid(now), theirs.kid(now));
    assert_eq!((ours.published(now).len(), theirs.published(now).len()), (1, 1));
    assert_eq!(theirs.known.len(), 2, "each has made one");
}

#[tokio::test]
async fn who_can_write_to_the_table_slips_in_no_key() {
    for change in [
        "retires_at = retires_at + 1",
        "activates_at = activates_at - 1",
        "algorithm = 'EdDSA'",
        "kid = 'another'",
        "sealed = X'00'",
        "generation = generation + 1",
    ] {
        let (database, now) = (Database::create().await, Utc::now());
        let mut service = database.instance(SECRET, Algorithm::Es256);
        service.refresh(now).await.expect("refreshed");
        let first = service.kid(now).expect("a key");
        database.execute(&format!("UPDATE verifier_signing_key SET {change}")).await;
        let mut another = database.instance(SECRET, Algorithm::Es256);
        another.refresh(now).await.expect("refreshed");
        assert!(!another.published(now).contains(&first), "{change}");
        assert!(another.kid(now).is_some(), "{change}");
    }
}

/// A row that somebody else wrote has whatever number they like.
#[tokio::test]
async fn a_foreign_row_with_the_last_number_stops_no_new_key() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    for number in [i64::MAX, i64::MAX - 1, 2] {
        let insert = format!(
            "INSERT INTO verifier_signing_key SELECT {number}, 'foreign', algorithm, activates_at, retires_at, sealed \
             FROM verifier_signing_key WHERE generation = 1"
        );
        database.execute(&insert).await;
    }
    let rotated = database.instance(SECRET, Algorithm::Es256).keys.rotate(now).await.expect("rotated");
    assert_eq!(rotated.generation, 3);
    service.refresh(now).await.expect("refreshed");
    assert_eq!(service.kid(now + LEAD), Some(rotated.kid));
    service.refresh(now + MONTH + LEAD).await.expect("refreshed");
    assert_eq!(service.known.iter().map(|row| row.generation).collect::<Vec<_>>()[2..], [4, 3, 2]);

    let only = database.instance(SECRET, Algorithm::Es256).keys.withdraw(now).await.expect("withdrawn");
    service.refresh(now).await.expect("refreshed");
    assert_eq!((only.generation, service.published(now)), (5, vec![only.kid.clone()]));
    assert_eq!(service.known, [only], "foreign rows are gone, too");
}

/// They hide ours. No new one is made, and the error says how to get rid of them.
#[tokio::test]
async fn a_table_full_of_foreign_rows_is_cleared_by_a_withdrawal() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    database
        .execute(&format!(
            "INSERT INTO verifier_signing_key \
             WITH RECURSIVE number(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < {}) \
             SELECT n, 'foreign', 'ES256', 0, {}, X'00' FROM number",
            MAX_ROWS * 2 + 10,
            i64::from(i32::MAX) * 1000
        ))
        .await;
    let newest = format!("generation {} (kid \"foreign\")", MAX_ROWS * 2 + 10);
    let instance = || database.instance(SECRET, Algorithm::Es256);
    for error in [instance().refresh(now).await, instance().keys.rotate(now).await.map(|_| ())] {
        let error = format!("{:#}", error.expect_err("no room"));
        assert!(error.contains(&newest), "{error}");
    }
    let error = format!("{:#}", instance().refresh(now).await.expect_err("no room"));
    assert!(error.contains("assertion-keys withdraw"), "{error}");

    let only = instance().keys.withdraw(now).await.expect("withdrawn");
    service.refresh(now).await.expect("refreshed");
    assert_eq!((service.known.len(), service.kid(now)), (1, Some(only.kid)));
}

/// Nobody who runs the service could use the new key.
#[tokio::test]
async fn under_another_secret_nothing_is_rotated_and_all_is_withdrawn() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    let first = service.kid(now).expect("a key");
    let another = || database.instance("another secret of 32 bytes at least", Algorithm::Es256).keys;
    let error = another().rotate(now).await.expect_err("another secret").to_string();
    let key = format!("(1, the newest of generation 1, kid \"{first}\")");
    assert!(
        error.contains("assertion.secret opens none of the keys there") && error.contains(&key),
        "{error}"
    );
    service.refresh(now).await.expect("refreshed");
    assert_eq!((service.known.len(), service.kid(now).as_ref()), (1, Some(&first)));

    another().withdraw(now).await.expect("withdrawn");
    service.refresh(now).await.expect("refreshed");
    let second = service.kid(now).expect("one of its own");
    assert_ne!(second, first);
    // Where both are in use, each goes on with its own.
    another().rotate(now).await.expect("rotated");
    database.instance(SECRET, Algorithm::Es256).keys.rotate(now).await.expect("rotated");
}

#[tokio::test]
async fn what_signs_goes_on_while_the_database_is_away_until_it_retires() {
    let (database, now) = (Database::create().await, Utc::now());
    let mut service = database.instance(SECRET, Algorithm::Es256);
    service.refresh(now).await.expect("refreshed");
    let first = service.kid(now);
    database.execute("ALTER TABLE verifier_signing_key RENAME TO away").await;
    let end = now + MONTH * 2;
    for now in [now + MONTH, end - Duration::from_secs(1)] {
        service.refresh(now).await.expect_err("no table");
        assert_eq!(service.kid(now), first);
        assert!(first.is_some());
    }
    let identity = Identity::new(User::new("ann"), end + MONTH);
    assert!(service.keys.assertions.assertion(&identity, "todos", end).is_err());
    database.execute("ALTER TABLE away RENAME TO verifier_signing_key").await;
    service.refresh(end).await.expect("refreshed");
    assert!(service.keys.assertions.assertion(&identity, "todos", end).is_ok());
}
