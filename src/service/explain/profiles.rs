use chrono::{DateTime, Utc};

use super::{PolicyAnswer, ProfileAnswer};
use crate::{
    config::{Profile, Requirement},
    error::AuthError,
    identity::Identity,
    policy::{Policy, Unpermitted},
    problem::Problem,
};

/// What a profile of forward-auth answers to a caller, a guest, or somebody who was turned away.
pub async fn ask(
    profile: &Profile,
    caller: Result<Option<&Identity>, &AuthError>,
    now: DateTime<Utc>,
) -> ProfileAnswer {
    let answer = |status, because: String, policies| ProfileAnswer {
        profile: profile.name.clone(),
        status,
        because,
        policies,
    };
    match caller {
        Err(error) => answer(status(error), error.to_string(), Vec::new()),
        Ok(None) if profile.optional => answer(200, "guests pass".to_owned(), Vec::new()),
        Ok(None) => answer(status(&AuthError::Missing), "guests do not pass".to_owned(), Vec::new()),
        Ok(Some(identity)) => {
            let mut policies = Vec::new();
            let mut first: Option<(u16, String)> = None;
            for requirement in &profile.require {
                let unpermitted = requirement.policy.decide(identity, now).await.err();
                let because = unpermitted.as_ref().map(ToString::to_string);
                if let (Some(unpermitted), None) = (unpermitted, &first) {
                    first = Some((
                        status_of(requirement, unpermitted),
                        format!("{} does not permit it", requirement.text),
                    ));
                }
                policies.push(PolicyAnswer {
                    policy: requirement.text.clone(),
                    permits: because.is_none(),
                    because,
                });
            }
            let (status, because) =
                first.unwrap_or_else(|| (200, "all that it requires is there".to_owned()));
            answer(status, because, policies)
        }
    }
}

fn status_of(requirement: &Requirement, unpermitted: Unpermitted) -> u16 {
    let policy = requirement.policy.name().to_owned();
    status(&match unpermitted {
        Unpermitted::Denied(denial) => AuthError::Denied { policy, denial },
        Unpermitted::Undecidable(reason) => AuthError::Undecided { policy, reason },
    })
}

/// What the wire says of a failure.
pub fn status(error: &AuthError) -> u16 {
    Problem::from(error.clone()).kind().status().as_u16()
}
