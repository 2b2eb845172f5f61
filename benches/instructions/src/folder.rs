use std::fs;

use tempfile::TempDir;

use crate::auth;

/// One with what the service needs for this strategy: limits that count and do not strike, and verdicts that are kept for so
/// long. `more` is what is added to the configuration.
pub fn of_service(strategy: &str, kept: &str, issuer: &str, more: &str) -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    auth::create_databases(folder.path());
    let quota = "{ requests = 1000000, window = '1s' }";
    let config = format!(
        "strategies = ['{strategy}']
         server.listen = '127.0.0.1:0'
         server.trusted_proxies = ['127.0.0.1']
         better_auth.url = '{issuer}'
         better_auth.secret = '{}'
         session_table.database_url = 'sqlite://auth.db'
         {strategy}.cache.max_age = '{kept}'
         database.url = 'sqlite://todos.db'
         jwt.cooldown = '1h'
         rate_limit = {{ client = {quota}, user = {quota}, failed = {quota} }}
         {more}
         log = {{ level = 'info', format = 'json' }}
         doctor.at_start = false
         [forward_auth.profiles.default]
        ",
        auth::SECRET
    );
    fs::write(folder.path().join("config.toml"), config)?;
    Ok(folder)
}
