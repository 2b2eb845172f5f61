//! What Better Auth and this service make of session tokens as bearer.

use http::header;

use super::{
    finding::{Area, Finding},
    patient::Patient,
    secret::{Accepted, signed},
};
use crate::{
    better_auth::{Secrets, taken_back::made_up_token},
    chance::Chance,
    config::{Config, StrategyKind},
};

/// What Better Auth and this service make of session tokens as bearer.
pub async fn examine(patient: &Patient<'_>, secrets: &Secrets, accepted: &Accepted) -> Finding {
    let (routes, outbound) = (patient.site.routes(), patient.site.outbound());
    let secret = secrets.all().nth(accepted.secret).unwrap_or_default();
    let ask = async |token: &str| {
        let names = routes.taken_back(outbound, header::AUTHORIZATION, &format!("Bearer {token}")).await;
        names.map(|names| !names.is_empty())
    };
    let token = made_up_token(Chance::SYSTEM);
    match (ask(&signed(secret, &token)).await, ask(&token).await) {
        (Some(takes_signed), Some(takes_raw)) => posture(patient.config, takes_signed, takes_raw),
        _ => Finding::unknown(
            Area::Bearer,
            "Better Auth did not say whether it takes session tokens as bearer",
        )
        .remedy("Run doctor again in a minute"),
    }
}

fn posture(config: &Config, takes_signed: bool, takes_raw: bool) -> Finding {
    let raw_tokens = config.better_auth.raw_tokens;
    let key = "better_auth.raw_tokens";
    if !takes_signed && !takes_raw {
        if raw_tokens {
            return Finding::warning(
                Area::Bearer,
                "this service accepts unsigned session tokens as bearer, and Better Auth takes no bearer at all",
            )
            .key(key)
            .expected("false")
            .remedy("Set better_auth.raw_tokens = false, or add the plugin bearer() to Better Auth");
        }
        if config.in_use().contains(&StrategyKind::GetSession) {
            // Browsers send cookies, and need no more.
            return Finding::fine(
                Area::Bearer,
                "Better Auth takes no session token as bearer, so get_session refuses each with 401. If apps send theirs so, add the \
                 plugin bearer() to Better Auth",
            )
            .key("strategies");
        }
        return Finding::fine(
            Area::Bearer,
            "Better Auth takes no session token as bearer (it has no plugin bearer); here, signed ones are accepted",
        );
    }
    if raw_tokens && !takes_raw {
        return Finding::warning(
            Area::Bearer,
            "this service accepts unsigned session tokens, and Better Auth does not (`requireSignature`)",
        )
        .key(key)
        .expected("false")
        .remedy("Set better_auth.raw_tokens = false: who can read the database could act as anybody");
    }
    if takes_raw && !raw_tokens {
        return Finding::fine(
            Area::Bearer,
            "session tokens are accepted as bearer where they are signed (header `set-auth-token`); Better Auth also takes \
             unsigned ones (`token` of its sign-in), which get 401 here",
        );
    }
    Finding::fine(Area::Bearer, "Better Auth and this service accept the same session tokens as bearer")
}
