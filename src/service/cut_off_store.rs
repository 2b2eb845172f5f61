//! Cut-offs that survive a restart.

use std::{mem, time::Duration};

use better_auth_verifier_entity::cut_off::{ActiveModel, Column, Entity, Model};
use chrono::DateTime;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::OnConflict,
};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{database_answer::within, lifecycle::Lifecycle, own_tables::OwnTables, readiness::FIRST_LOOK};
use crate::{
    database::is_about_value,
    revocation::{CutOff, MAX_USERS, Revocations, Unkept},
};

/// A database that hangs is given up after this.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The whole table may be read in that time.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);
/// How often a database that fails is asked again while the service stops.
const LAST_TRIES: u32 = 4;
/// One more than is known by name: those before are cut off together.
const MAX_ROWS: u64 = MAX_USERS as u64 + 1;

/// The store of cut-offs: the latest of each user.
#[derive(Clone)]
pub struct CutOffStore(OwnTables);

impl CutOffStore {
    pub fn new(database: OwnTables) -> Self {
        Self(database)
    }

    /// Keeps one. Twice does no harm.
    pub async fn keep(&self, cut_off: &CutOff) -> Result<(), DbErr> {
        let (user, at) = (cut_off.user.clone(), cut_off.at.timestamp_millis());
        let row = ActiveModel { user_id: Set(user.clone()), cut_off_at: Set(at) };
        let key = [Column::UserId, Column::CutOffAt];
        let ignored = OnConflict::columns(key).do_nothing_on(key).to_owned();
        match within(TIMEOUT, Entity::insert(row).on_conflict(ignored).exec_without_returning(&self.0)).await
        {
            Ok(_) | Err(DbErr::RecordNotInserted) => {}
            Err(error) => return Err(error),
        }
        let older = Entity::delete_many().filter(Column::UserId.eq(user)).filter(Column::CutOffAt.lt(at));
        within(TIMEOUT, older.exec(&self.0)).await.map(|_| ())
    }

    /// Tells what was kept, and keeps what feeds hear from now on. Until it has, no token is decided: a start waits for that,
    /// but not for long.
    pub async fn restore(self, revocations: &Revocations, lifecycle: &Lifecycle) {
        let unkept = revocations.keep();
        let revocations = revocations.clone();
        let (told, restored) = oneshot::channel();
        lifecycle.spawn_finishing(|stop| async move {
            if stop.run_until_cancelled(self.tell_at_last(&revocations)).await.is_some() {
                unkept.complete();
                // Nobody waits any more if it took long.
                let _ = told.send(());
            }
            self.keep_heard(unkept, &stop).await;
        });
        let _ = timeout(FIRST_LOOK, restored).await;
    }

    /// Tells what was kept, as soon as the database lets it.
    async fn tell_at_last(&self, revocations: &Revocations) {
        let mut is_away = false;
        while let Err(error) = self.tell(revocations).await {
            if !mem::replace(&mut is_away, true) {
                tracing::warn!(
                    "database.url: the service cannot read its cut-offs ({error}). JWTs and cookie caches that no other strategy \
                     decides get 503; it tries again every second and says here when it can"
                );
            }
            sleep(PAUSE).await;
        }
        if is_away {
            tracing::info!("database.url: the service has read its cut-offs");
        }
    }

    /// Keeps what feeds hear; when the service stops, what is left, unless the database fails.
    async fn keep_heard(&self, mut unkept: Unkept, stop: &CancellationToken) {
        let (mut last_tries, mut is_away) = (LAST_TRIES, false);
        loop {
            let cut_off = match unkept.try_recv() {
                Some(cut_off) => cut_off,
                None => match stop.run_until_cancelled(unkept.recv()).await {
                    Some(cut_off) => cut_off,
                    None => return,
                },
            };
            while let Err(error) = self.keep(&cut_off).await {
                if is_about_value(&error) {
                    tracing::error!(
                        "database.url: the database refuses a cut-off ({error}). It counts until this service restarts"
                    );
                    break;
                }
                if !mem::replace(&mut is_away, true) {
                    tracing::warn!(
                        "database.url: the service cannot keep its cut-offs ({error}). Until it can, a restart forgets the newest; it \
                         tries again every second and says here when it can"
                    );
                }
                if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
                    last_tries -= 1;
                    sleep(PAUSE / 4).await;
                }
                if last_tries == 0 {
                    tracing::error!(
                        "database.url: stopping with unsaved cut-offs: tokens that they ended count again after the next start"
                    );
                    return;
                }
            }
            if mem::take(&mut is_away) {
                tracing::info!("database.url: the service keeps its cut-offs again");
            }
        }
    }

    async fn tell(&self, revocations: &Revocations) -> Result<(), DbErr> {
        let latest = Entity::find().order_by_desc(Column::CutOffAt).limit(MAX_ROWS);
        let rows = within(READ_TIMEOUT, latest.all(&self.0)).await?;
        for Model { user_id, cut_off_at } in rows.into_iter().rev() {
            if let Some(at) = DateTime::from_timestamp_millis(cut_off_at) {
                revocations.cut_off(&CutOff::new(user_id, at));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::{database::Address, revocation::Feeds};

    const USERS: u32 = 50;

    #[tokio::test]
    async fn what_feeds_heard_is_kept_when_the_service_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}/own.db?mode=rwc", folder.path().display());
        let tables = OwnTables::open(&address.parse::<Address>().expect("an address"), TIMEOUT);
        tables.migrate().await.expect("its tables");
        let (store, lifecycle) = (CutOffStore::new(tables), Lifecycle::default());
        let revocations = Revocations::default();
        store.clone().restore(&revocations, &lifecycle).await;
        let feed = Feeds::new(revocations, Vec::new).open("a feed");
        for user in 0..USERS {
            feed.cut_off(&user.to_string());
        }
        assert!(lifecycle.end(Instant::now() + READ_TIMEOUT).await);

        let later = Revocations::default();
        store.restore(&later, &Lifecycle::default()).await;
        assert!((0..USERS).all(|user| later.is_cut_off(&user.to_string(), 0)));
        assert!(!later.is_cut_off("another", 0));
    }
}
