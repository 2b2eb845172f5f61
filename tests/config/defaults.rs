//! What holds where nobody says otherwise.

use std::net::SocketAddr;

use better_auth_verifier::{
    Algorithm,
    config::{Cache, Config, Contact, LogFormat, Outage, StrategyKind},
};

use crate::{DEFAULTS, accepted, everything, loaded, seconds};

#[test]
fn the_defaults_are_the_documented_ones() {
    let config = accepted("");
    let defaults = loaded(DEFAULTS, &[]);
    assert_eq!(everything(&config), everything(&defaults));
    // The file at the root is also the one that lies where tests stand.
    assert_eq!(everything(&config), everything(&Config::load(None, []).unwrap().0));

    assert_eq!(config.strategies, [StrategyKind::Jwt]);
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 8000)));
    assert!(config.server.trusted_proxies.is_empty());
    assert_eq!((config.server.max_connections, config.server.max_connections_per_client), (0, 0));
    assert_eq!(config.server.max_body, 1024 * 1024);
    assert_eq!(
        [config.server.header_timeout, config.server.request_timeout, config.server.drain],
        [10, 30, 10].map(seconds)
    );
    let better_auth = &config.better_auth;
    assert_eq!(better_auth.url.as_str(), "http://localhost:3000/");
    assert_eq!(better_auth.internal_url.as_str(), "http://localhost:3000/api/auth");
    assert_eq!(better_auth.base_path, "/api/auth");
    assert!(better_auth.secrets.is_none() && !better_auth.raw_tokens && !better_auth.allow_insecure);
    assert_eq!(
        better_auth.session_cookies,
        ["__Secure-better-auth.session_token", "better-auth.session_token"]
    );
    assert_eq!(better_auth.trusted_origins, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.jwks_url.as_str(), "http://localhost:3000/api/auth/jwks");
    assert_eq!(config.kinds.jwt.issuers, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.audiences, ["http://localhost:3000"]);
    assert_eq!(config.kinds.jwt.algorithms, Algorithm::DEFAULT);
    assert_eq!(config.kinds.get_session.client_address_header, "x-forwarded-for");
    assert_eq!([config.kinds.jwt.leeway, config.kinds.jwt.cooldown], [30, 10].map(seconds));
    assert_eq!([config.kinds.jwt.refresh, config.kinds.jwt.max_stale], [300, 3600].map(seconds));
    assert_eq!(config.kinds.session_table.outage, Outage::default());
    assert_eq!(config.kinds.session_table.time_zone.to_string(), "UTC");
    assert!(config.revocation.hook_secret.is_none() && !config.revocation.persist);
    let assertion = &config.assertion;
    assert!(assertion.secret.is_none() && assertion.issuer.is_none() && !config.has_assertions());
    assert_eq!(assertion.algorithm, Algorithm::Es256);
    assert_eq!([assertion.lifetime, assertion.rotate_after], [60, 30 * 24 * 3600].map(seconds));
    assert_eq!(config.kinds.jwt.max_lifetime, None);
    assert_eq!(config.kinds.jwt.cache, Some(Cache { max_age: seconds(600), capacity: 100_000 }));
    assert_eq!(config.database.url.expose_secret(), "sqlite://verifier.db?mode=rwc");
    assert!(config.todos.enabled);
    assert_eq!(config.kinds.session_table.database_url.expose_secret(), "sqlite://verifier.db?mode=rwc");
    let cache = Some(Cache { max_age: seconds(10), capacity: 100_000 });
    assert_eq!((config.kinds.session_table.timeout, &config.kinds.session_table.cache), (seconds(3), &cache));
    assert_eq!((config.kinds.get_session.timeout, &config.kinds.get_session.cache), (seconds(3), &cache));
    assert!(config.rate_limit.enabled);
    assert_eq!(
        (config.rate_limit.client.requests.get(), config.rate_limit.client.window),
        (300, seconds(10))
    );
    assert_eq!(config.rate_limit.user, config.rate_limit.client);
    assert!(config.cors.origins.is_empty());
    assert!(config.docs.enabled && config.docs.servers.is_empty());
    assert_eq!(config.docs.contact, Contact::default());
    assert_eq!((config.log.format, config.log.level.as_str()), (LogFormat::Text, "info"));
}
