use std::time::Duration;

use better_auth_verifier_entity::todo;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::{Example, MaybeUndefined},
};

use sea_orm::{NotSet, Set};

use super::{Tag, json_body::JsonBody};
use crate::{
    AnyUser, Authenticated, Rate, RouteLimit,
    app::api::{
        failure::{CreateTodo, DeleteTodo, Failure, GetTodo, ListTodos, UpdateTodo},
        field::{Given, Removable},
        text::Text,
        timestamp::Timestamp,
    },
    service::todos::{Change, Cursor, Draft, Todos},
};

/// What fills the table is limited more strictly than what reads it.
struct NewTodos;

impl RouteLimit for NewTodos {
    const RATE: Option<Rate> = Some(Rate::new("new-todos", 120, Duration::from_mins(1)));
}

/// Serves everybody their own to-dos: somebody else's, unknown and ill-formed ids are all not found.
pub struct Api {
    todos: Todos,
}

impl Api {
    pub fn new(todos: Todos) -> Self {
        Self { todos }
    }
}

#[OpenApi(prefix_path = "/api/todos", tag = "Tag::Todos")]
impl Api {
    /// List to-dos
    ///
    /// Newest first. A page that is not the last names the cursor of the next.
    #[oai(path = "/", method = "get", operation_id = "listTodos")]
    async fn list(
        &self,
        auth: Authenticated,
        /// How many to-dos a page holds.
        #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<i32>,
        /// `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<TodoPage>, Failure<ListTodos>> {
        let cursor =
            cursor.0.map(|text| Cursor::decode(&text).ok_or("`cursor` is none that this API gave out"));
        let cursor = cursor.transpose().map_err(Failure::bad_request)?;
        let limit = u64::from(limit.0.unsigned_abs());
        let mut items = self.todos.list(&auth.identity.user.id, cursor, limit + 1).await?;
        let is_last = (items.len() as u64) <= limit;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_cursor = items.last().filter(|_| !is_last).map(|last| {
            Cursor { created_at: last.created_at.timestamp_millis(), id: last.id.clone() }.encode()
        });
        Ok(Json(TodoPage { items: items.into_iter().map(Todo::from).collect(), next_cursor }))
    }

    /// Create a to-do
    ///
    /// `Location` holds the new to-do's address.
    #[oai(path = "/", method = "post", operation_id = "createTodo")]
    async fn create(
        &self,
        auth: Authenticated<AnyUser, NewTodos>,
        todo: JsonBody<NewTodo>,
    ) -> Result<Created, Failure<CreateTodo>> {
        let NewTodo { title, description, completed } = todo.0;
        let draft = Draft {
            title: title.0,
            description: description.value().map(|text| text.0),
            completed: completed.value().unwrap_or(false),
        };
        let created = self.todos.create(&auth.identity.user.id, draft).await?;
        let location = format!("/api/todos/{}", created.id);
        Ok(Created::Todo(Json(created.into()), location))
    }

    /// Read a to-do
    ///
    /// Another user's to-do is answered with 404, as if there were none.
    #[oai(path = "/:id", method = "get", operation_id = "getTodo")]
    async fn get(
        &self,
        auth: Authenticated,
        /// The to-do's id.
        #[oai(example = "example_id")]
        id: Path<String>,
    ) -> Result<Json<Todo>, Failure<GetTodo>> {
        let found = self.todos.get(&auth.identity.user.id, &id).await?;
        found.map(|todo| Json(todo.into())).ok_or_else(Failure::not_found)
    }

    /// Change a to-do
    ///
    /// What is left out stays as it is; a description of `null` is removed.
    #[oai(path = "/:id", method = "patch", operation_id = "updateTodo")]
    async fn update(
        &self,
        auth: Authenticated,
        /// The to-do's id.
        #[oai(example = "example_id")]
        id: Path<String>,
        patch: JsonBody<TodoPatch>,
    ) -> Result<Json<Todo>, Failure<UpdateTodo>> {
        let change = Change {
            title: patch.0.title.value().map_or(NotSet, |text| Set(text.0)),
            description: match patch.0.description.0 {
                MaybeUndefined::Undefined => NotSet,
                MaybeUndefined::Null => Set(None),
                MaybeUndefined::Value(text) => Set(Some(text.0)),
            },
            completed: patch.0.completed.value().map_or(NotSet, Set),
        };
        let changed = self.todos.update(&auth.identity.user.id, &id, change).await?;
        changed.map(|todo| Json(todo.into())).ok_or_else(Failure::not_found)
    }

    /// Delete a to-do
    ///
    /// For good; deleting it again is 404.
    #[oai(path = "/:id", method = "delete", operation_id = "deleteTodo")]
    async fn delete(
        &self,
        auth: Authenticated,
        /// The to-do's id.
        #[oai(example = "example_id")]
        id: Path<String>,
    ) -> Result<Deleted, Failure<DeleteTodo>> {
        if self.todos.delete(&auth.identity.user.id, &id).await? {
            Ok(Deleted::NoContent)
        } else {
            Err(Failure::not_found())
        }
    }
}

fn default_limit() -> i32 {
    20
}

/// A to-do.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct Todo {
    /// Unique among all to-dos.
    id: String,
    /// What is to be done.
    title: String,
    /// More about it; absent if there is nothing more.
    description: Option<String>,
    /// Whether it is done.
    completed: bool,
    /// UTC, RFC 3339.
    created_at: Timestamp,
    /// UTC, RFC 3339.
    updated_at: Timestamp,
}

impl Example for Todo {
    fn example() -> Self {
        Self {
            id: example_id(),
            title: "Write the report".into(),
            description: Some("By Friday.".into()),
            completed: false,
            created_at: Timestamp::example(),
            updated_at: Timestamp::example(),
        }
    }
}

fn example_id() -> String {
    "01981c0e-6f3a-7d52-9f0a-3c1f5a6b7d8e".into()
}

/// A to-do to create.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct NewTodo {
    /// What is to be done; not only blanks.
    #[oai(validator(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"))]
    title: Text,
    /// More about it.
    #[oai(validator(max_length = 10000))]
    description: Given<Text>,
    /// Whether it is done already; `false` unless given.
    completed: Given<bool>,
}

impl Example for NewTodo {
    fn example() -> Self {
        let Todo { title, description, .. } = Todo::example();
        Self { title: Text(title), description: description.map(Text).into(), completed: None.into() }
    }
}

/// Changes to a to-do; what is left out stays as it is.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
struct TodoPatch {
    /// What is to be done; not only blanks.
    #[oai(validator(min_length = 1, max_length = 200, pattern = r"^[^\u0000]*[^\u0000\s][^\u0000]*$"))]
    title: Given<Text>,
    /// More about it; `null` removes it.
    #[oai(validator(max_length = 10000))]
    description: Removable<Text>,
    /// Whether it is done.
    completed: Given<bool>,
}

impl Example for TodoPatch {
    fn example() -> Self {
        Self { title: None.into(), description: None.into(), completed: Some(true).into() }
    }
}

/// A page of to-dos.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, example)]
struct TodoPage {
    /// At most as many as were asked for.
    items: Vec<Todo>,
    /// Absent on the last page.
    next_cursor: Option<String>,
}

impl Example for TodoPage {
    fn example() -> Self {
        Self { items: vec![Todo::example()], next_cursor: None }
    }
}

#[derive(ApiResponse)]
enum Created {
    /// The to-do was created.
    #[oai(status = 201)]
    Todo(
        Json<Todo>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Deleted {
    /// The to-do is gone.
    #[oai(status = 204)]
    NoContent,
}

impl From<todo::Model> for Todo {
    fn from(todo: todo::Model) -> Self {
        Self {
            id: todo.id,
            title: todo.title,
            description: todo.description,
            completed: todo.completed,
            created_at: Timestamp(*todo.created_at),
            updated_at: Timestamp(*todo.updated_at),
        }
    }
}
