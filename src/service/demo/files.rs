use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::user::random_text;
use crate::{
    app::private_files::{FILE, FOLDER, tighten},
    config::Config,
};

/// The demo's folder: two databases, a secret and a password, for nobody but their user to read.
pub struct Files {
    folder: PathBuf,
    secret: String,
    password: String,
}

impl Files {
    /// Opens the folder, and makes what is missing in it.
    pub fn open() -> anyhow::Result<Self> {
        let folder = cache_folder().context("there is no home directory to keep them in")?;
        let folder = folder.join("better-auth-verifier").join("demo");
        let context = || format!("cannot write to {}", folder.display());
        DirBuilder::new().recursive(true).mode(FOLDER).create(&folder).with_context(context)?;
        // They may have been made under another mask, or copied.
        tighten(&folder).with_context(context)?;
        let secret = kept(&folder.join("secret"), 48).with_context(context)?;
        let password = kept(&folder.join("password"), 16).with_context(context)?;
        Ok(Self { folder, secret, password })
    }

    /// What Better Auth signs with.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Where it is.
    pub fn secret_file(&self) -> PathBuf {
        self.folder.join("secret")
    }

    /// The user's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Better Auth's database.
    pub fn better_auth(&self) -> PathBuf {
        self.folder.join("better-auth.db")
    }

    /// Its address, which creates it.
    pub fn better_auth_url(&self) -> String {
        format!("{}?mode=rwc", self.url("better-auth.db"))
    }

    /// The configuration of a service on these files. Its log tells of refused requests and of faults alone: what else a service
    /// says at start would bury the line to paste.
    pub fn configuration(&self, listen: SocketAddr) -> anyhow::Result<Config> {
        // Serialised, so that no character of a path can leave its string.
        let text = |text: String| serde_json::Value::from(text).to_string();
        let toml = format!(
            "strategies = [\"session_table\"]\n\
             server.listen = {}\n\
             better_auth.secret = {}\n\
             database.url = {}\n\
             session_table.database_url = {}\n\
             session_table.cache.max_age = \"0s\"\n\
             server.trusted_proxies = [\"127.0.0.1\"]\n\
             forward_auth.profiles.default.optional = false\n\
             doctor.at_start = false\n\
             log.level = \"warn,better_auth_verifier::audit=info\"\n",
            text(listen.to_string()),
            text(self.secret.clone()),
            text(format!("{}?mode=rwc", self.url("todos.db"))),
            text(self.url("better-auth.db")),
        );
        Ok(Config::from_toml(&toml)?)
    }

    fn url(&self, name: &str) -> String {
        // The path stands in a URL: a `?` or `%` in it would mean something else.
        let path = self.folder.join(name);
        let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        format!("sqlite://{path}")
    }
}

/// Where this user's programs keep what can be made again.
fn cache_folder() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    named.or_else(|| Some(std::env::home_dir()?.join(below_home)))
}

/// A random text that stays the same once it is written.
fn kept(path: &Path, length: usize) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) if text.len() == length => return Ok(text),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let text = random_text(length);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(text)
}
