//! One question of the matrix, and its answer.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
};

use reqwest::Method;

use crate::{
    credential::{Credential, Expected, Verdict},
    deployment::Deployment,
    form::Form,
    parts::{answer::Answer, presented::Presented, service::Service},
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
                Some(judge(service, &presented, strategy, &user_id).await)
            }
        };
        cells.push(Cell { version: version.clone(), store, credential, strategy, expected, found });
    }
    cells
}

/// What the service says, or what is wrong with it.
async fn judge(
    service: &Service,
    presented: &Presented,
    strategy: Strategy,
    user_id: &str,
) -> Result<Verdict, String> {
    let request = service.request(Method::GET, "/api/me", presented);
    let answer = service.send(request.header("x-forwarded-for", next_address().to_string())).await;
    match answer.status {
        200 if answer.body["user"]["id"] != user_id => Err(format!("another user: {}", answer.body)),
        200 if answer.body["strategy"] != strategy.name() => {
            Err(format!("another strategy: {}", answer.body))
        }
        200 => Ok(Verdict::Accepted),
        401 => {
            let cause = cause(service, &answer);
            Verdict::of_cause(&cause).ok_or_else(|| format!("refused, of all causes for {cause}"))
        }
        503 => Ok(Verdict::Undecidable),
        status => Err(format!("status {status}: {}", answer.body)),
    }
}

/// Another client for each question: the log counts those of one client together when they are many.
fn next_address() -> Ipv4Addr {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 1).to_bits() + COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The answer never says why; the log does.
fn cause(service: &Service, answer: &Answer) -> String {
    let request_id = answer.body["requestId"].as_str().expect("a request id");
    let log = service.log();
    let mut lines = log.lines().filter(|line| line.contains(request_id));
    let named = lines.find_map(|line| line.split_once(r#"auth.cause=""#)?.1.split_once('"'));
    named.expect("a line with the cause of each refusal").0.to_owned()
}
