//! The keys that Better Auth publishes: whether they can be had, and whether what they sign is accepted.

use http::StatusCode;
use reqwest::Url;

use super::{
    finding::{Area, Finding},
    patient::Patient,
    site::{Answer, Site},
};
use crate::{
    config::Config,
    jose::{Algorithm, key_set::KeySet},
};

/// Where Better Auth's documentation has moved them to (`jwks.jwksPath`).
const MOVED: &str = ".well-known/jwks.json";

/// Fetches the key set as the strategies do.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let url = &patient.config.kinds.jwt.jwks_url;
    // Of its own: it may be on another host, and by another scheme.
    let Ok(site) = Site::new(url, patient.clock) else { return Vec::new() };
    match site.get_url(url).await {
        Ok(answer) if answer.status == StatusCode::OK => match KeySet::read(&answer.body) {
            Ok((set, passed_over)) => of_set(patient.config, &set, passed_over),
            Err(_) => vec![no_key_set(patient, url, &answer).await],
        },
        Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
            vec![Finding::unknown(Area::KeySet, format!("{url} answers that it is asked too often"))
                .remedy("Run doctor again in a minute")]
        }
        Ok(answer) => vec![no_key_set(patient, url, &answer).await],
        Err(error) => vec![
            Finding::broken(Area::KeySet, format!("the key set at {url} cannot be fetched: {error}"))
                .key("jwt.jwks_url")
                .remedy(
                    "Set jwt.jwks_url to where this machine reaches Better Auth's keys; empty, it is {internal_url or \
                     url}{base_path}/jwks",
                ),
        ],
    }
}

async fn no_key_set(patient: &Patient<'_>, url: &Url, answer: &Answer) -> Finding {
    let finding = Finding::broken(Area::KeySet, format!("{url} answers with {}", answer.in_words()))
        .key("jwt.jwks_url")
        .expected("200 with a JWKS document");
    let moved = patient.site.get(MOVED, &[]).await;
    if moved.is_ok_and(|moved| moved.status == StatusCode::OK && KeySet::read(&moved.body).is_ok()) {
        let url = format!("{}/{MOVED}", patient.site.base().as_str().trim_end_matches('/'));
        return finding.remedy(format!("Set jwt.jwks_url = {url:?}: there Better Auth publishes them"));
    }
    finding.remedy(
        "Add the plugin jwt() to Better Auth, or take \"jwt\" out of strategies. Where the plugin has `jwks.jwksPath` or \
         `jwks.remoteUrl`, set jwt.jwks_url to that address",
    )
}

fn of_set(config: &Config, set: &KeySet, passed_over: Vec<String>) -> Vec<Finding> {
    let mut findings: Vec<_> = passed_over
        .into_iter()
        .map(|reason| {
            Finding::warning(Area::KeySet, format!("a published key cannot be used: {reason}"))
                .key("jwt.jwks_url")
                .remedy(
                    "Whatever is signed with it is refused here: look at Better Auth's `jwks.keyPairConfig`",
                )
        })
        .collect();
    findings.push(accepted(config, set));
    findings
}

/// Whether what the keys sign is accepted.
fn accepted(config: &Config, set: &KeySet) -> Finding {
    let accepted = &config.kinds.jwt.algorithms;
    let usable = |among: &[Algorithm]| -> Vec<Algorithm> {
        let fits = |one: &Algorithm| set.fitting(*one, among).next().is_some();
        among.iter().copied().filter(fits).collect()
    };
    let fitting: usize = accepted.iter().map(|one| set.fitting(*one, accepted).count()).sum();
    let published: Vec<_> =
        Algorithm::ALL.iter().copied().filter(|one| set.fitting(*one, &[*one]).next().is_some()).collect();
    if set.len() == 0 {
        return Finding::broken(Area::KeySet, "Better Auth publishes no key that can be used")
            .key("jwt.jwks_url")
            .remedy("Sign somebody in and call Better Auth's /token once, which makes a key; then run doctor again");
    }
    if fitting == set.len() {
        let found = format!("{} published keys, for {}", set.len(), names(&usable(accepted)));
        return Finding::fine(Area::KeySet, found).key("jwt.algorithms");
    }
    let expected = format!("a key of one of {}", names(accepted));
    let left = set.len() - fitting;
    let could_be_several =
        published.iter().filter(|one| accepted.contains(one)).count() > usable(accepted).len();
    let (found, remedy) = if could_be_several {
        let found = format!(
            "{left} of {} published keys name no `alg` and could be for several of those accepted",
            set.len()
        );
        let remedy = format!(
            "Leave in jwt.algorithms only the one that Better Auth signs with; these keys could be for {}",
            names(&published)
        );
        (found, remedy)
    } else {
        let others: Vec<_> = published.iter().copied().filter(|one| !accepted.contains(one)).collect();
        let found = format!(
            "{left} of {} published keys are for {}, which is not accepted",
            set.len(),
            names(&others)
        );
        let all = [accepted.as_slice(), &others].concat();
        let listed: Vec<_> = all.iter().map(|one| format!("\"{one}\"")).collect();
        (found, format!("Set jwt.algorithms = [{}]", listed.join(", ")))
    };
    let finding = if fitting == 0 {
        Finding::broken(Area::KeySet, found)
    } else {
        Finding::warning(Area::KeySet, found)
    };
    finding.key("jwt.algorithms").expected(expected).remedy(remedy)
}

fn names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ")
}
