//! Answers that a plugin or the deployment's own configuration has changed.

use better_auth_verifier::{AdditionalFields, Chain, Identity};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    get_session::{live, strategy, vector},
    parts::{
        bearer, chain,
        log::Log,
        outcome,
        server::{Answer, Server},
        vector::text,
    },
};

async fn asking(answer: &Value) -> (Server, Chain) {
    let server = Server::start(Answer::json(answer)).await;
    let chain = chain(strategy(&server));
    (server, chain)
}

async fn judge(chain: &Chain) -> String {
    outcome(chain, &bearer(text(&vector(), "/wire"))).await
}

/// What is told of a session with these members more.
async fn identity(user: Value, session: Value, fields: AdditionalFields) -> Identity {
    let mut answer = live(&vector());
    for (name, patch) in [("user", user), ("session", session)] {
        let members = answer[name].as_object_mut().expect("an object");
        members.extend(patch.as_object().expect("an object").clone());
    }
    let server = Server::start(Answer::json(&answer)).await;
    let chain = chain(strategy(&server).with_fields(fields));
    chain.judge(&bearer(text(&vector(), "/wire"))).await.verdict.expect("verified")
}

fn errors(log: &Log) -> Vec<String> {
    let lines = log.judgements().into_iter().filter(|line| line.level == Level::ERROR);
    lines.map(|line| line.text).collect()
}

#[tokio::test]
async fn h4_another_shape_is_undecidable_and_the_remedy_is_told_once() {
    let (log, _guard) = Log::collect();
    let ours = live(&vector());
    let (server, chain) = asking(&json!({ "id": "ann", "roles": ["admin"] })).await;
    // Whoever asks why uses up no line of the log.
    let examined = bearer(text(&vector(), "/wire")).examined();
    assert_eq!(outcome(&chain, &examined).await, "undecidable");
    assert!(errors(&log).is_empty());
    for _ in 0..3 {
        assert_eq!(judge(&chain).await, "undecidable");
    }
    let told = errors(&log);
    assert_eq!(told.len(), 1, "{told:?}");
    for word in ["customSession", "`session`", "`user`", "another strategy"] {
        assert!(told[0].contains(word), "{told:?}");
    }
    for other in [
        json!({ "user": ours["user"], "roles": ["admin"] }),
        json!({ "user": ours["user"], "session": null }),
        json!({ "user": [], "session": ours["session"] }),
        json!({ "data": ours }),
    ] {
        server.answers(Answer::json(&other));
        assert_eq!(judge(&chain).await, "undecidable", "{other}");
    }
    assert_eq!(errors(&log), [""; 0]);
    server.answers(Answer::json(&ours));
    assert!(judge(&chain).await.starts_with("verified"), "it recovers");
}

#[tokio::test]
async fn an_outage_is_not_taken_for_another_shape() {
    let (log, _guard) = Log::collect();
    for answer in [
        Answer::Ok("<html>".into()),
        Answer::Ok("[]".into()),
        Answer::Status(500, String::new()),
        Answer::Close,
    ] {
        let server = Server::start(answer).await;
        assert_eq!(judge(&chain(strategy(&server))).await, "undecidable");
    }
    assert_eq!(errors(&log), [""; 0]);
}

#[tokio::test]
async fn c6_what_an_unreadable_answer_holds_is_not_logged() {
    let (log, _guard) = Log::collect();
    let vector = vector();
    let secret = text(&vector, "/token").to_owned();
    let (server, chain) = asking(&json!({ "token": secret, "mail": "ann@example.test" })).await;
    judge(&chain).await;
    server.answers(Answer::Ok(format!("{secret} ann@example.test")));
    let error =
        chain.judge(&bearer(text(&vector, "/wire"))).await.verdict.expect_err("undecidable").to_string();
    let lines: String = log.take().into_iter().map(|line| line.text).chain([error]).collect();
    assert!(!lines.contains(&secret) && !lines.contains("ann@example.test"), "{lines}");
}

#[tokio::test]
async fn a_session_with_more_beside_it_is_accepted() {
    let mut answer = live(&vector());
    answer["roles"] = json!(["admin"]);
    answer["dark"] = json!(true);
    answer["session"]["nested"] = json!({ "session": null, "user": null });
    answer["user"]["session"] = json!("x");
    let (_server, chain) = asking(&answer).await;
    assert_eq!(judge(&chain).await, format!("verified {}", text(&vector(), "/getSession/user/id")));
}

#[tokio::test]
async fn listed_fields_are_carried_as_they_are_and_others_stay_inside() {
    let field = |text: &str| text.parse().expect("a field");
    let user = ["plan", "credits:number", "beta:boolean", "trialEndsAt:date", "tags:json", "none", "absent"];
    let fields = AdditionalFields::new(user.map(field), ["device", "theme:json"].map(field));
    let identity = identity(
        json!({ "plan": "pro", "credits": 7.5, "beta": false, "trialEndsAt": "2026-01-01T00:00:00.000Z",
                "tags": ["a", { "b": 1 }], "none": null, "passwordHint": "hush" }),
        json!({ "device": "phone", "theme": { "dark": true }, "geo": "hush" }),
        fields.expect("no token"),
    )
    .await;
    assert_eq!(
        Value::Object((*identity.user.fields).clone()),
        json!({ "plan": "pro", "credits": 7.5, "beta": false, "trialEndsAt": "2026-01-01T00:00:00.000Z",
                "tags": ["a", { "b": 1 }] })
    );
    let session = identity.session.expect("a session");
    assert_eq!(
        Value::Object((*session.fields).clone()),
        json!({ "device": "phone", "theme": { "dark": true } })
    );
}

#[tokio::test]
async fn the_organization_and_team_that_were_chosen_are_told() {
    let none = AdditionalFields::default;
    let chosen = json!({ "activeOrganizationId": "org", "activeTeamId": "team" });
    let session = identity(json!({}), chosen, none()).await.session.expect("a session");
    assert_eq!(session.active_organization_id.as_deref(), Some("org"));
    assert_eq!(session.active_team_id.as_deref(), Some("team"));
    for nothing in [json!(null), json!("")] {
        let chosen =
            json!({ "activeOrganizationId": nothing, "activeTeamId": nothing, "impersonatedBy": nothing });
        let session = identity(json!({}), chosen, none()).await.session.expect("a session");
        assert_eq!((&session.active_organization_id, &session.active_team_id), (&None, &None));
        assert_eq!(session.impersonated_by, None);
    }
}

#[tokio::test]
async fn facts_of_plugins_are_told_and_unknown_without_them() {
    let none = AdditionalFields::default;
    let user = identity(json!({}), json!({}), none()).await.user;
    assert_eq!((user.anonymous, user.two_factor_enabled, user.phone_number_verified), (None, None, None));
    assert_eq!((&user.username, &user.display_username, &user.phone_number), (&None, &None, &None));
    let facts = json!({
        "isAnonymous": true, "twoFactorEnabled": false, "username": "ann", "displayUsername": "Ann",
        "phoneNumber": "+49", "phoneNumberVerified": 1, "id": 7, "emailVerified": 1,
    });
    let user = identity(facts, json!({ "id": 12 }), none()).await.user;
    assert_eq!((user.anonymous, user.two_factor_enabled), (Some(true), Some(false)));
    assert_eq!((user.username.as_deref(), user.display_username.as_deref()), (Some("ann"), Some("Ann")));
    assert_eq!((user.phone_number.as_deref(), user.phone_number_verified), (Some("+49"), Some(true)));
    assert_eq!((user.id.as_str(), user.email_verified), ("7", true));
}

/// Up to 1.5 Better Auth makes no id for a session that only its secondary storage holds.
#[tokio::test]
async fn a_session_without_an_id_is_a_session() {
    let identity = identity(json!({}), json!({ "id": null }), AdditionalFields::default()).await;
    assert_eq!(identity.session.expect("a session").id, None);
}
