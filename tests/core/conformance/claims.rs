//! What a strategy says of its forms, held against what it claims.

use std::collections::HashMap;

use better_auth_verifier::{NotMine, Strategy};

use super::credentials::Group;

/// Where the two differ, among these rows. A strategy may look closer than at the form, but of each form that it names it
/// has to claim something.
pub fn contradictions(strategy: &impl Strategy, groups: &[Group]) -> Vec<String> {
    let (mut found, mut claimed) = (Vec::new(), HashMap::new());
    for (title, credential) in groups.iter().flat_map(|group| &group.rows) {
        let (named, claims) = (strategy.forms().overlap(credential.forms()), strategy.claims(credential));
        let (carrier, title) = (credential.carrier().name(), title.trim_start_matches("- "));
        match claims {
            Ok(()) if named.is_empty() => found.push(format!("claims unnamed: {title} in {carrier}")),
            Err(NotMine::Form { .. }) if !named.is_empty() => {
                found.push(format!("disowns what it names: {title} in {carrier}"));
            }
            _ => {}
        }
        for pair in named.iter() {
            *claimed.entry(pair).or_insert(false) |= claims.is_ok();
        }
    }
    let idle = claimed.into_iter().filter(|(_, is_claimed)| !is_claimed);
    found.extend(idle.map(|((form, carrier), _)| format!("never claims: {form} in {}", carrier.name())));
    found
}
