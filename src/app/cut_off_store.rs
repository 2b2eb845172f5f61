//! Cut-offs that survive a restart.

use std::time::Duration;

use better_auth_verifier_entity::cut_off::{ActiveModel, Column, Entity, Model};
use chrono::DateTime;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::OnConflict,
};

use super::{database_answer::within, own_tables::OwnTables};
use crate::{
    database::Address,
    revocation::{CutOff, MAX_USERS, Revocations},
};

/// A database that hangs is given up after this.
const TIMEOUT: Duration = CutOffStore::TIMEOUT;
/// The whole table may be read in that time.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// One more than is known by name: those before are cut off together.
const MAX_ROWS: u64 = MAX_USERS as u64 + 1;

/// The store of cut-offs: the latest of each user.
#[derive(Clone)]
pub struct CutOffStore {
    database: OwnTables,
    address: Address,
}

impl CutOffStore {
    /// A database that does not answer by then is given up.
    pub const TIMEOUT: Duration = Duration::from_secs(3);

    /// In the database at this address.
    pub fn new(database: OwnTables, address: Address) -> Self {
        Self { database, address }
    }

    /// Whether both keep in the same place.
    pub fn is(&self, other: &Self) -> bool {
        self.address == other.address
    }

    /// Keeps one. Twice does no harm.
    pub async fn keep(&self, cut_off: &CutOff) -> Result<(), DbErr> {
        let (user, at) = (cut_off.user.clone(), cut_off.at.timestamp_millis());
        let row = ActiveModel { user_id: Set(user.clone()), cut_off_at: Set(at) };
        let key = [Column::UserId, Column::CutOffAt];
        let ignored = OnConflict::columns(key).do_nothing_on(key).to_owned();
        match within(TIMEOUT, Entity::insert(row).on_conflict(ignored).exec_without_returning(&self.database))
            .await
        {
            Ok(_) | Err(DbErr::RecordNotInserted) => {}
            Err(error) => return Err(error),
        }
        let older = Entity::delete_many().filter(Column::UserId.eq(user)).filter(Column::CutOffAt.lt(at));
        within(TIMEOUT, older.exec(&self.database)).await.map(|_| ())
    }

    /// Tells what was kept.
    pub async fn tell(&self, revocations: &Revocations) -> Result<(), DbErr> {
        let latest = Entity::find().order_by_desc(Column::CutOffAt).limit(MAX_ROWS);
        let rows = within(READ_TIMEOUT, latest.all(&self.database)).await?;
        for Model { user_id, cut_off_at } in rows.into_iter().rev() {
            if let Some(at) = DateTime::from_timestamp_millis(cut_off_at) {
                revocations.cut_off(&CutOff::new(user_id, at));
            }
        }
        Ok(())
    }
}
