//! Everybody's own to-dos, on each database.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::{Method, header::LOCATION};
use serde_json::{Value, json};

use crate::parts::{
    answer::Answer,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::{Presented, swapped},
    service::{self, Service},
    settings::Settings,
    site::Site,
    sql,
};

/// Somebody with to-dos.
struct Owner<'a> {
    service: &'a Service,
    presented: Presented,
}

impl Owner<'_> {
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.service.request(method, path, &self.presented);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.service.send(request).await
    }

    async fn create(&self, body: &Value) -> Answer {
        self.service.post("/api/todos", &self.presented, body).await
    }

    /// All titles, page by page.
    async fn titles(&self, limit: usize) -> Vec<String> {
        let (mut titles, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.ask(Method::GET, &format!("/api/todos?limit={limit}{cursor}"), None).await;
            let items = page.accepted()["items"].as_array().expect("a list");
            assert!(items.len() <= limit, "{page:?}");
            titles.extend(items.iter().map(|item| item["title"].as_str().expect("a title").to_owned()));
            match page.body.get("nextCursor") {
                Some(next) => {
                    assert_eq!(items.len(), limit, "{page:?}");
                    cursor = format!("&cursor={}", next.as_str().expect("a text"));
                }
                None => return titles,
            }
        }
    }
}

async fn todos_in(url: &str) {
    let site = Site::sqlite();
    let settings = Settings::of(&site.better_auth, &["session_table"]).with_todos(url);
    let migrated = service::run(&["migrate"], &settings.toml());
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let service = settings.start();
    let (ann, bob) = (site.ann().await, site.ann().await);
    let of = |session| Owner { service: &service, presented: Presented::bearer(session) };
    let (ann, bob, ann_id) = (of(&ann), of(&bob), &ann.user_id);

    one_life(&ann, &bob).await;
    pages(&ann, &bob).await;
    rules(&ann).await;

    // Somebody whose id differs by nothing but case, blanks at the end or an accent.
    let strangers = [swapped(ann_id), format!("{ann_id} "), format!("{ann_id}\u{301}")];
    for (at, stranger) in strangers.iter().enumerate() {
        let columns = r#""id", "owner", "title", "completed", "created_at", "updated_at""#;
        let insert = format!(
            "INSERT INTO \"verifier_todo\" ({columns}) VALUES ('other-{at}', '{stranger}', 'x', FALSE, 1, 1)"
        );
        sql::execute(url, &insert).await;
        let path = format!("/api/todos/other-{at}");
        ann.ask(Method::GET, &path, None).await.problem(404, "not-found");
        let change = json!({ "title": "mine" });
        ann.ask(Method::PATCH, &path, Some(&change)).await.problem(404, "not-found");
        ann.ask(Method::DELETE, &path, None).await.problem(404, "not-found");
        let title = format!(r#"SELECT "title" FROM "verifier_todo" WHERE "id" = 'other-{at}'"#);
        assert_eq!(sql::text(url, &title).await, "x");
    }
    assert!(!ann.titles(100).await.contains(&"x".to_owned()));

    // They outlive the service.
    let before = ann.titles(100).await;
    let presented = ann.presented.clone();
    service.stop();
    let service = settings.start();
    assert_eq!(Owner { service: &service, presented }.titles(100).await, before);
}

/// Created, read, changed, deleted; for anybody else it never was.
async fn one_life(ann: &Owner<'_>, bob: &Owner<'_>) {
    // 200 characters, each of four bytes or more than one code unit.
    let title = "🦀".repeat(200);
    let created = ann.create(&json!({ "title": title, "description": "naïve\nÐ 漢字" })).await;
    assert_eq!(created.status, 201, "{created:?}");
    let path = created.header(LOCATION).to_owned();
    let todo = created.body.clone();
    assert_eq!(path, format!("/api/todos/{}", todo["id"].as_str().expect("a text")));
    assert_eq!((&todo["title"], &todo["description"]), (&json!(title), &json!("naïve\nÐ 漢字")));
    assert_eq!((&todo["completed"], &todo["createdAt"]), (&json!(false), &todo["updatedAt"]));
    assert_eq!(ann.ask(Method::GET, &path, None).await.accepted(), &todo);

    let done = json!({ "completed": true });
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let body = (method == Method::PATCH).then_some(&done);
        bob.ask(method, &path, body).await.problem(404, "not-found");
    }
    assert_eq!(ann.ask(Method::GET, &path, None).await.accepted(), &todo);
    assert!(bob.titles(10).await.is_empty());

    let changed = ann.ask(Method::PATCH, &path, Some(&done)).await;
    assert_eq!((&changed.accepted()["completed"], &changed.body["title"]), (&json!(true), &json!(title)));
    assert!(changed.body["updatedAt"].as_str() > todo["updatedAt"].as_str(), "{changed:?}");
    let bare = ann.ask(Method::PATCH, &path, Some(&json!({ "title": "Milk", "description": null }))).await;
    assert_eq!(bare.accepted()["title"], "Milk");
    assert!(bare.body.get("description").is_none(), "{bare:?}");
    assert_eq!(bare.body["createdAt"], todo["createdAt"]);
    assert_eq!(ann.ask(Method::GET, &path, None).await.accepted(), &bare.body);

    let deleted = ann.ask(Method::DELETE, &path, None).await;
    assert_eq!((deleted.status, &deleted.body), (204, &Value::Null));
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let body = (method == Method::PATCH).then_some(&done);
        ann.ask(method, &path, body).await.problem(404, "not-found");
    }
}

/// Newest first, none twice and none left out, whatever comes in between.
async fn pages(ann: &Owner<'_>, bob: &Owner<'_>) {
    for number in 0..11 {
        assert_eq!(ann.create(&json!({ "title": format!("{number}") })).await.status, 201);
        assert_eq!(bob.create(&json!({ "title": "Bob's" })).await.status, 201);
    }
    let expected: Vec<_> = (0..11).rev().map(|number| number.to_string()).collect();
    for limit in [1, 4, 11, 100] {
        assert_eq!(ann.titles(limit).await, expected, "{limit} a page");
    }
    let first = ann.ask(Method::GET, "/api/todos?limit=4", None).await;
    let next =
        format!("/api/todos?limit=4&cursor={}", first.accepted()["nextCursor"].as_str().expect("a text"));
    assert_eq!(ann.create(&json!({ "title": "11" })).await.status, 201);
    let path = format!("/api/todos/{}", first.body["items"][3]["id"].as_str().expect("a text"));
    assert_eq!(ann.ask(Method::DELETE, &path, None).await.status, 204);
    let second = ann.ask(Method::GET, &next, None).await;
    assert_eq!(second.accepted()["items"][0]["title"], "6", "{second:?}");
    // A cursor says where, not whose.
    let stolen = bob.ask(Method::GET, &next, None).await;
    let items = stolen.accepted()["items"].as_array().expect("a list");
    assert!(items.iter().all(|item| item["title"] == "Bob's"), "{stolen:?}");
}

async fn rules(ann: &Owner<'_>) {
    let before = ann.titles(100).await;
    for wrong in [
        json!({ "title": "🦀".repeat(201) }),
        json!({ "title": "" }),
        json!({ "title": " \t" }),
        json!({ "title": 7 }),
        json!({ "title": null }),
        json!({}),
        json!({ "title": "Milk", "owner": "somebody" }),
        json!([]),
    ] {
        ann.create(&wrong).await.problem(400, "bad-request");
    }
    for wrong in ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor="] {
        ann.ask(Method::GET, &format!("/api/todos?{wrong}"), None).await.problem(400, "bad-request");
    }
    for ill in ["none", "00000000-0000-0000-0000-000000000000", "%27%20OR%201=1", "%F0%9F%A6%80"] {
        let answer = ann.ask(Method::GET, &format!("/api/todos/{ill}"), None).await;
        assert_eq!(answer.status, 404, "{ill}: {answer:?}");
        answer.problem(404, "not-found");
    }
    assert_eq!(ann.titles(100).await, before);
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().expect("temporary folder");
    todos_in(&format!("sqlite://{}?mode=rwc", folder.path().join("todos.db").display())).await;
}

#[tokio::test]
async fn on_postgres() {
    todos_in(&Postgres::shared().database("todos")).await;
}

#[tokio::test]
async fn on_mariadb() {
    todos_in(&MariaDb::shared().database("todos")).await;
}

/// A database of which nobody said that it speaks UTF-8.
#[tokio::test]
async fn on_mariadb_with_an_old_character_set() {
    MariaDb::shared().sql("mysql", "CREATE DATABASE latin CHARACTER SET latin1");
    todos_in(&MariaDb::shared().url("latin")).await;
}

/// A character that PostgreSQL has no place for is the client's fault, not an outage.
#[tokio::test]
async fn a_nul_is_no_outage() {
    let site = Site::sqlite();
    let folder = tempfile::tempdir().expect("temporary folder");
    for url in [
        format!("sqlite://{}?mode=rwc", folder.path().join("todos.db").display()),
        MariaDb::shared().database("nul"),
        Postgres::shared().database("nul"),
    ] {
        let settings = Settings::of(&site.better_auth, &["session_table"]).with_todos(&url);
        assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
        let (service, session) = (settings.start(), site.ann().await);
        let ann = Owner { service: &service, presented: Presented::bearer(&session) };
        ann.ask(Method::GET, "/api/todos/%00", None).await.problem(404, "not-found");
        let cursor = BASE64_URL_SAFE_NO_PAD.encode("1:\0");
        let page = ann.ask(Method::GET, &format!("/api/todos?cursor={cursor}"), None).await;
        assert!([200, 400].contains(&page.status), "{url}: {page:?}");
        for body in [json!({ "title": "a\u{0}b" }), json!({ "title": "a", "description": "\u{0}" })] {
            let created = ann.create(&body).await;
            assert!([201, 400].contains(&created.status), "{url}: {created:?}");
            if created.status == 201 {
                let read = ann.ask(Method::GET, created.header(LOCATION), None).await;
                assert_eq!(read.accepted()["title"], body["title"]);
                assert_eq!(read.body["description"], body["description"]);
            }
        }
    }
}
