//! Cut-offs that survive a restart.

use std::time::Duration;

use better_auth_verifier_entity::cut_off::{ActiveModel, Column, Entity, Model};
use chrono::DateTime;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::OnConflict,
};
use tokio::time::{sleep, timeout};

use crate::revocation::{CutOff, Revocations};

/// A database that hangs is given up after this.
const TIMEOUT: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_secs(1);
/// One more than is known by name: those before are cut off together.
const MAX_ROWS: u64 = 100_001;

/// The store of cut-offs: a row for each user.
#[derive(Clone)]
pub struct CutOffs(DatabaseConnection);

impl CutOffs {
    pub fn new(database: DatabaseConnection) -> Self {
        Self(database)
    }

    /// Keeps one. Twice does no harm.
    pub async fn keep(&self, cut_off: &CutOff) -> Result<(), DbErr> {
        let (user, second) = (cut_off.user.clone(), cut_off.at.timestamp());
        let row = ActiveModel { user_id: Set(user.clone()), second: Set(second) };
        let key = [Column::UserId, Column::Second];
        let ignored = OnConflict::columns(key).do_nothing_on(key).to_owned();
        match within(Entity::insert(row).on_conflict(ignored).exec_without_returning(&self.0)).await {
            Ok(_) | Err(DbErr::RecordNotInserted) => {}
            Err(error) => return Err(error),
        }
        let older = Entity::delete_many().filter(Column::UserId.eq(user)).filter(Column::Second.lt(second));
        within(older.exec(&self.0)).await.map(|_| ())
    }

    /// Tells what was kept, and keeps what feeds hear from now on. Until it has, no token is decided.
    pub fn restore(self, revocations: &Revocations) {
        let Some(mut heard) = revocations.keep() else { return };
        let revocations = revocations.clone();
        tokio::spawn(async move {
            while let Err(error) = self.tell(&revocations).await {
                tracing::warn!(%error, "database.url: the cut-offs cannot be read, so no token can be decided");
                sleep(PAUSE).await;
            }
            revocations.complete();
            while let Some(cut_off) = heard.recv().await {
                while let Err(error) = self.keep(&cut_off).await {
                    tracing::warn!(%error, "database.url: a cut-off cannot be kept yet");
                    sleep(PAUSE).await;
                }
            }
        });
    }

    async fn tell(&self, revocations: &Revocations) -> Result<(), DbErr> {
        let latest = Entity::find().order_by_desc(Column::Second).limit(MAX_ROWS);
        let rows = within(latest.all(&self.0)).await?;
        for Model { user_id, second } in rows.into_iter().rev() {
            if let Some(at) = DateTime::from_timestamp(second, 0) {
                revocations.cut_off(&CutOff::new(user_id, at));
            }
        }
        Ok(())
    }
}

async fn within<T>(work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let late = || DbErr::Custom(format!("no answer within {TIMEOUT:?}"));
    timeout(TIMEOUT, work).await.unwrap_or_else(|_| Err(late()))
}
