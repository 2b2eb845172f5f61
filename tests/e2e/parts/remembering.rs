//! A service that remembers for longer than any test takes: what it forgets, it was told of.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};

use super::{
    presented::Presented,
    service::Service,
    settings::Settings,
    wait::{PATIENCE, within},
};

/// In seconds.
pub const MAX_AGE: u32 = 600;

/// What is told has taken effect by then, on a busy machine, too. What is not told is remembered for minutes.
pub const PROMPTLY: Duration = Duration::from_secs(3);

/// See the module.
pub struct Remembering {
    /// The program.
    pub service: Service,
    strategy: &'static str,
    bound: Duration,
}

impl Remembering {
    /// What ends is seen by this strategy, within `bound`.
    pub fn start(settings: &Settings, strategy: &'static str, bound: Duration) -> Self {
        let max_age = format!("{MAX_AGE}s");
        let settings = settings.clone().with(&format!("{strategy}.cache.max_age"), max_age).with_admin();
        let service = settings.start();
        Self { service, strategy, bound }
    }

    /// How late the strategy sees an end.
    pub async fn freshness(&self) -> Value {
        let state = self.service.state().await;
        let mut strategies = state["strategies"].as_array().expect("a list").iter();
        let of_it = strategies.find(|strategy| strategy["name"] == self.strategy).expect("the strategy");
        of_it["freshness"].clone()
    }

    /// All of its feeds, which are these, come to this state within `bound`; answers with how late an end is seen then.
    pub async fn turns(&self, state: &str, feeds: &[&str], bound: Duration) -> f64 {
        let expected: Vec<_> = feeds.iter().map(|name| json!({ "name": name, "state": state })).collect();
        let expected = Value::from(expected);
        let turned = within(bound, async || self.freshness().await, |now| now["feeds"] == expected).await;
        turned["withinSeconds"].as_f64().expect("a number")
    }

    /// It is told by these from now on.
    pub async fn listens_to(&self, feeds: &[&str]) {
        let seconds = self.turns("listening", feeds, PATIENCE).await;
        assert!(seconds > 0.0 && seconds <= 1.0, "{seconds}");
    }

    /// Accepted, and from now on remembered; answers with who it is.
    pub async fn knows(&self, presented: &Presented) -> Value {
        let first = self.service.me(presented).await;
        assert_eq!(self.service.me(presented).await.accepted(), first.accepted());
        first.body
    }

    /// Known without asking anybody: whoever could be asked does not answer now, or would say no.
    pub async fn remembers(&self, presented: &Presented) {
        self.service.me(presented).await.accepted();
    }

    /// What comes of a round during which these were heard all the time. A machine that is too busy for a heartbeat has
    /// everything asked anew; then there is another round.
    pub async fn undisturbed<T>(&self, feeds: &[&str], round: impl AsyncFn() -> T) -> T {
        let losses = || self.service.log().matches("the revocation feed is down").count();
        let begin = Instant::now();
        loop {
            let before = losses();
            self.listens_to(feeds).await;
            let outcome = round().await;
            if losses() == before {
                return outcome;
            }
            assert!(begin.elapsed() < PATIENCE, "disturbed again and again:\n{}", self.service.log());
        }
    }

    /// Whoever is remembered is known while `holder` keeps everybody from reading, from the first statement to the second.
    pub async fn is_not_asked(
        &self,
        feeds: &[&str],
        presented: &Presented,
        holder: &DatabaseConnection,
        [lock, unlock]: [&str; 2],
    ) {
        let locked = async || {
            self.knows(presented).await;
            holder.execute_unprepared(lock).await.expect("the lock");
            let answer = self.service.me(presented).await;
            holder.execute_unprepared(unlock).await.expect("the end of the lock");
            answer
        };
        self.undisturbed(feeds, locked).await.accepted();
    }

    /// It has been told that this one has ended.
    pub async fn sees_the_end_of(&self, presented: &Presented) {
        let answer =
            within(self.bound, async || self.service.me(presented).await, |answer| answer.status != 200);
        answer.await.refused();
    }

    /// It has been told of a change: `member` of the identity, as a JSON pointer, is `now` what it should be.
    pub async fn sees(&self, presented: &Presented, member: &str, now: impl Fn(Option<&Value>) -> bool) {
        let me = async || self.service.me(presented).await;
        within(self.bound, me, |answer| now(answer.accepted().pointer(member))).await;
    }
}
