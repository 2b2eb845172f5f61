//! Minting tokens for services and teams.

use std::{
    io::{self, Read},
    time::Duration,
};

use anyhow::{Context, anyhow};
use better_auth_verifier::{User, config::kinds::SharedSecret};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};

/// Longer than any token.
const MAX_INPUT: u64 = 64 * 1024;
/// A token cannot be revoked.
const MAX_LIFETIME: Duration = Duration::from_hours(365 * 24);

#[derive(Subcommand)]
pub enum Token {
    /// A token that proves who is calling
    Access {
        #[command(flatten)]
        holder: Holder,
        #[command(flatten)]
        lifetime: Lifetime,
    },
    /// A token that buys access tokens
    Refresh {
        #[command(flatten)]
        holder: Holder,
        #[command(flatten)]
        lifetime: Lifetime,
    },
    /// Trade the refresh token on standard input for an access token
    Exchange {
        #[command(flatten)]
        lifetime: Lifetime,
    },
}

/// The user or service that a token is for.
#[derive(Args)]
pub struct Holder {
    /// Id of the user or service
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    subject: String,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Its e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Its role, or several separated by commas
    #[arg(long)]
    role: Option<String>,
}

#[derive(Args)]
pub struct Lifetime {
    /// How long the token lives, such as 15m [default: as configured]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lifetime: Option<Duration>,
}

impl Token {
    /// The token that was asked for.
    pub fn mint(self, config: &SharedSecret) -> anyhow::Result<String> {
        let shared = config.strategy().map_err(anyhow::Error::msg)?;
        match self {
            Self::Access { holder, lifetime } => {
                Ok(shared.access_token(&holder.into(), lifetime.or(config.access_lifetime)))
            }
            Self::Refresh { holder, lifetime } => {
                Ok(shared.refresh_token(&holder.into(), lifetime.or(config.refresh_lifetime)))
            }
            Self::Exchange { lifetime } => {
                let refresh_token =
                    io::read_to_string(io::stdin().take(MAX_INPUT)).context("standard input")?;
                let exchanged = shared.exchange(refresh_token.trim(), lifetime.or(config.access_lifetime));
                exchanged
                    .map_err(|refusal| anyhow!("the refresh token on standard input is refused: {refusal}"))
            }
        }
    }
}

impl Lifetime {
    fn or(self, configured: Duration) -> Duration {
        self.lifetime.unwrap_or(configured)
    }
}

impl From<Holder> for User {
    fn from(Holder { subject, name, email, role }: Holder) -> Self {
        let mut user = Self::new(subject);
        (user.name, user.email, user.role) =
            (name.map(Into::into), email.map(Into::into), role.map(Into::into));
        user
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let lifetime = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let sensible = Duration::from_secs(1)..=MAX_LIFETIME;
    if sensible.contains(&lifetime) { Ok(lifetime) } else { Err("from a second to a year".to_owned()) }
}
