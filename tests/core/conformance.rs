//! Every strategy against every form of token, good and bad, in every carrier: who claims it, and what becomes of it.
//!
//! A new strategy joins by its line in `deployment.rs`, a new form by its row in `credentials.rs`.

mod claims;
mod credentials;
mod deployment;
mod table;
mod users;

use std::{collections::HashSet, fs, time::Duration};

use better_auth_verifier::{Cached, Carrier, Chain, Credential, Form, Forms, NotMine, Strategy, Verdict};
use chrono::Utc;

use self::{
    claims::contradictions,
    credentials::{Group, groups},
    deployment::Deployment,
    table::{cell, written},
    users::{BEA, BOB},
};
use crate::parts::outcome;

const COMMITTED: &str = include_str!("conformance/table.md");

fn rows(groups: &[Group]) -> impl Iterator<Item = (&str, &Credential)> {
    groups.iter().flat_map(|group| &group.rows).map(|(title, credential)| (title.as_str(), credential))
}

#[tokio::test]
async fn the_committed_table_is_what_the_strategies_do() {
    let deployment = Deployment::start().await;
    let current = written(&groups(&deployment.signer), &deployment.strategies().await).await;
    let written = concat!(env!("CARGO_TARGET_TMPDIR"), "/conformance.md");
    fs::write(written, &current).expect("a file");
    let differing: Vec<_> =
        current.lines().filter(|line| !COMMITTED.lines().any(|old| old == *line)).collect();
    assert!(
        current == COMMITTED,
        "tests/core/conformance/table.md is not what the strategies do. If their verdicts are meant to change, look at the \
         lines that differ, and copy {written} over it:\n{}",
        differing.join("\n")
    );
}

#[tokio::test]
async fn every_form_has_a_row() {
    let deployment = Deployment::start().await;
    let groups = groups(&deployment.signer);
    let shown: HashSet<_> =
        rows(&groups).flat_map(|(_, credential)| credential.forms().iter()).map(|(form, _)| form).collect();
    assert_eq!(shown, Form::ALL.iter().copied().collect());
    let carriers: HashSet<_> = rows(&groups).map(|(_, credential)| credential.carrier()).collect();
    assert_eq!(carriers, Carrier::ALL.iter().copied().collect());
}

#[cfg(feature = "config")]
#[tokio::test]
async fn every_kind_of_strategy_has_a_column() {
    use better_auth_verifier::config::StrategyKind;

    let columns = Deployment::start().await.strategies().await;
    let shown: HashSet<_> = columns.iter().map(|(_, strategy)| strategy.name()).collect();
    assert_eq!(shown, StrategyKind::ALL.iter().map(|kind| kind.name()).collect());
}

#[tokio::test]
async fn what_a_strategy_says_of_its_forms_is_what_it_claims() {
    let deployment = Deployment::start().await;
    let groups = groups(&deployment.signer);
    let (plain, raw) = (deployment.strategies().await, deployment.with_raw_tokens().await);
    for (title, strategy) in plain.iter().chain(&raw) {
        assert_eq!(contradictions(strategy, &groups), [""; 0], "{title}");
    }
}

/// Names some forms and claims others.
struct Liar {
    named: Forms,
    claimed: Forms,
}

impl Strategy for Liar {
    fn name(&self) -> &'static str {
        "liar"
    }

    fn forms(&self) -> Forms {
        self.named
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        let is_claimed = !self.claimed.overlap(credential.forms()).is_empty();
        is_claimed.then_some(()).ok_or(NotMine::Other("none of what it claims"))
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        unreachable!("nobody asks a liar")
    }
}

#[tokio::test]
async fn a_strategy_that_claims_more_or_less_than_it_says_is_found_out() {
    let deployment = Deployment::start().await;
    let groups = groups(&deployment.signer);
    let jwts = Forms::of(&[Form::Jwt], &[Carrier::Header]);
    let more = jwts.with(&[Form::Jwe], &[Carrier::Cookie]);
    let found = |named, claimed| contradictions(&Liar { named, claimed }, &groups);
    assert_eq!(found(jwts, jwts), [""; 0]);
    assert_eq!(found(more, jwts), ["never claims: a JWE in cookie"]);
    let unnamed = found(jwts, more);
    assert!(
        !unnamed.is_empty() && unnamed.iter().all(|line| line == "claims unnamed: JWE in cookie"),
        "{unnamed:?}"
    );
}

#[tokio::test]
async fn raw_tokens_are_all_that_their_switch_adds() {
    let deployment = Deployment::start().await;
    let (groups, plain) = (groups(&deployment.signer), deployment.strategies().await);
    for (title, with_raw) in deployment.with_raw_tokens().await {
        let (_, without) = plain.iter().find(|(other, _)| *other == title).expect("a column");
        for (row, credential) in rows(&groups) {
            let cells = (cell(&with_raw, credential).await, cell(without, credential).await);
            if credential.forms().iter().any(|(form, _)| form == Form::RawToken) {
                let is_judged =
                    cells.0.starts_with("verified") || ["banned", "unknown-session"].contains(&&*cells.0);
                assert!(is_judged && cells.1 == "-", "{title}: {row}: {cells:?}");
            } else {
                assert_eq!(cells.0, cells.1, "{title}: {row}");
            }
        }
    }
}

/// The strategies themselves vouch: the chain applies the rule, also to what a cache remembers.
#[tokio::test]
async fn c2_a_banned_user_is_refused_whoever_vouched() {
    let deployment = Deployment::start().await;
    let groups = groups(&deployment.signer);
    for (title, strategy) in deployment.strategies().await {
        let cached = Cached::new(strategy.clone(), Duration::from_mins(1), 100);
        let chains = [Chain::default().push(strategy.clone()), Chain::default().push(cached)];
        let mut vouched_for = HashSet::new();
        for (row, credential) in rows(&groups).filter(|(_, credential)| strategy.claims(credential).is_ok()) {
            let Ok(identity) = strategy.verify(credential).await else { continue };
            let (user, is_banned) = (identity.user.id.clone(), identity.user.is_banned(Utc::now()));
            let expected = if is_banned { "refused: banned".into() } else { format!("verified {user}") };
            for chain in &chains {
                for time in ["first", "again"] {
                    assert_eq!(outcome(chain, credential).await, expected, "{title}: {row}, {time}");
                }
            }
            assert_eq!((is_banned, identity.user.ban.is_some()), (user == BEA, [BEA, BOB].contains(&&*user)));
            vouched_for.insert(user);
        }
        for user in [BEA, BOB] {
            assert!(vouched_for.contains(user), "{title} never vouched for {user}: does it know of bans?");
        }
    }
}
