//! The store of to-dos. Every question names its owner: nobody reaches somebody else's.

mod cursor;

use std::time::Duration;

use better_auth_verifier_entity::todo::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, Unchanged, prelude::ChronoUnixTimestampMillis,
};
use uuid::Uuid;

pub use self::cursor::Cursor;
use crate::app::{database_answer::within, ids::Ids, own_tables::OwnTables};

/// A database that hangs is given up after this.
const TIMEOUT: Duration = Duration::from_secs(5);

/// To-dos in the service's own table.
#[derive(Clone, Default)]
pub struct Todos {
    tables: OwnTables,
    ids: Ids,
}

/// A to-do before it has an id.
pub struct Draft {
    pub title: String,
    pub description: Option<String>,
    pub completed: bool,
}

/// What changes; what is not set stays.
pub struct Change {
    pub title: ActiveValue<String>,
    pub description: ActiveValue<Option<String>>,
    pub completed: ActiveValue<bool>,
}

impl Todos {
    /// `ids` names new ones and reads the time.
    pub fn new(tables: OwnTables, ids: Ids) -> Self {
        Self { tables, ids }
    }

    /// The owner's newest, after `cursor` if there is one.
    pub async fn list(&self, owner: &str, cursor: Option<Cursor>, limit: u64) -> Result<Vec<Model>, DbErr> {
        let behind = cursor.map(|Cursor { created_at, id }| {
            Condition::any()
                .add(Column::CreatedAt.lt(created_at))
                .add(Condition::all().add(Column::CreatedAt.eq(created_at)).add(Column::Id.lt(id)))
        });
        let query = Entity::find()
            .filter(Column::Owner.eq(owner))
            .filter(behind.unwrap_or(Condition::all()))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(limit);
        within(TIMEOUT, query.all(&self.tables)).await
    }

    pub async fn create(&self, owner: &str, draft: Draft) -> Result<Model, DbErr> {
        let now = ChronoUnixTimestampMillis(self.ids.clock.now());
        let todo = ActiveModel {
            id: Set(self.ids.next().to_string()),
            owner: Set(owner.to_owned()),
            title: Set(draft.title),
            description: Set(draft.description),
            completed: Set(draft.completed),
            created_at: Set(now),
            updated_at: Set(now),
        };
        within(TIMEOUT, todo.insert(&self.tables)).await
    }

    pub async fn get(&self, owner: &str, id: &str) -> Result<Option<Model>, DbErr> {
        let Ok(id) = Uuid::try_parse(id) else { return Ok(None) };
        within(TIMEOUT, Entity::find().filter(own(owner, id)).one(&self.tables)).await
    }

    pub async fn update(&self, owner: &str, id: &str, change: Change) -> Result<Option<Model>, DbErr> {
        let Some(found) = self.get(owner, id).await? else { return Ok(None) };
        let Change { title, description, completed } = change;
        let updated_at = Set(ChronoUnixTimestampMillis(self.ids.clock.now()));
        let id = Unchanged(found.id);
        let todo = ActiveModel { id, title, description, completed, updated_at, ..Default::default() };
        match within(TIMEOUT, todo.update(&self.tables)).await {
            Ok(todo) => Ok(Some(todo)),
            // Deleted in between.
            Err(DbErr::RecordNotUpdated) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says whether there was anything to delete.
    pub async fn delete(&self, owner: &str, id: &str) -> Result<bool, DbErr> {
        let Ok(id) = Uuid::try_parse(id) else { return Ok(false) };
        let delete = Entity::delete_many().filter(own(owner, id));
        Ok(within(TIMEOUT, delete.exec(&self.tables)).await?.rows_affected > 0)
    }
}

fn own(owner: &str, id: Uuid) -> Condition {
    Condition::all().add(Column::Owner.eq(owner)).add(Column::Id.eq(id.to_string()))
}
