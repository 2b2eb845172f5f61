//! One question of the matrix, and its answer.

use crate::{
    credential::{Credential, Expected, Verdict},
    deployment::Deployment,
    form::Form,
    parts::answer::Answer,
    store::Store,
    strategy::Strategy,
    version::Version,
};

/// A question, what has to be answered, and what was.
#[derive(Clone, Debug)]
pub struct Cell {
    pub version: Version,
    pub store: Store,
    pub credential: Credential,
    pub strategy: Strategy,
    pub expected: Expected,
    /// What was answered, where it could be asked.
    pub found: Option<Result<Verdict, String>>,
}

impl Cell {
    /// Whether the answer is the expected one.
    pub fn is_green(&self) -> bool {
        match (self.expected, &self.found) {
            (Expected::Is(expected), Some(Ok(found))) => expected == *found,
            (Expected::NotItsKind, Some(Ok(found))) => *found == Verdict::Refused,
            (Expected::Cannot(_), None) => true,
            _ => false,
        }
    }
}

/// Asks everything of one version on one store.
pub async fn ask(version: &Version, store: Store) -> Vec<Cell> {
    let mut cells = Vec::new();
    for form in Form::ALL {
        // Without a database Better Auth encrypts its cookie cache, and that is all there is.
        let is_possible = form.since() <= version.minor() && (store != Store::Nowhere || form == Form::Jwe);
        if !is_possible {
            continue;
        }
        let deployment = Deployment::start(version.name(), store, form).await;
        let is_first = form == Form::Compact || store == Store::Nowhere;
        let base = Credential::BASE.into_iter().filter(|credential| is_first && is_of(store, *credential));
        let credentials: Vec<_> = base.chain(Credential::of(form)).collect();
        for strategy in Strategy::ALL {
            cells.extend(of_strategy(version, store, &deployment, strategy, &credentials).await);
        }
    }
    cells
}

/// Without a database no session can be ended, banned or changed.
fn is_of(store: Store, credential: Credential) -> bool {
    use Credential::{Banned, BannedJwt, Expired, SignedOut};
    store != Store::Nowhere || ![Banned, BannedJwt, Expired, SignedOut].contains(&credential)
}

async fn of_strategy(
    version: &Version,
    store: Store,
    deployment: &Deployment,
    strategy: Strategy,
    credentials: &[Credential],
) -> Vec<Cell> {
    let works = strategy.obstacle(store).is_none();
    let service = works.then(|| strategy.start(deployment));
    let mut cells = Vec::new();
    for &credential in credentials {
        let Some(expected) = credential.expected(strategy, store) else { continue };
        let found = match (&service, expected) {
            (_, Expected::Cannot(_)) | (None, _) => None,
            (Some(service), _) => {
                let Some((presented, user_id)) = deployment.present(credential).await else { continue };
                Some(verdict(&service.me(&presented).await, strategy, &user_id))
            }
        };
        cells.push(Cell { version: version.clone(), store, credential, strategy, expected, found });
    }
    cells
}

/// What the answer says, or what is wrong with it.
fn verdict(answer: &Answer, strategy: Strategy, user_id: &str) -> Result<Verdict, String> {
    match answer.status {
        200 if answer.body["user"]["id"] != user_id => Err(format!("another user: {}", answer.body)),
        200 if answer.body["strategy"] != strategy.name() => {
            Err(format!("another strategy: {}", answer.body))
        }
        200 => Ok(Verdict::Accepted),
        401 => Ok(Verdict::Refused),
        503 => Ok(Verdict::Undecidable),
        status => Err(format!("status {status}: {}", answer.body)),
    }
}
