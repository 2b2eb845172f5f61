//! The command line.

mod token;
mod usage;

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use better_auth_verifier::{
    config::{self, Config, Source, Warning, variables},
    service::{self, ExplanationForm, TriggerChange, doctor},
};
use chrono::{DateTime, Utc};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum, error::ErrorKind};

use self::token::Token;

/// It needs fewer cycles for each protected request than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Knows who is calling: verifies Better Auth's credentials.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration [default: ./config.toml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (the default)
    Serve,
    /// Run everything on embedded SQLite files, nothing else needed
    Demo,
    /// Print the OpenAPI document
    Openapi {
        /// Output format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
    /// Print the JSON Schema of the configuration, by which editors complete and check it
    Schema,
    /// Create or update the service's own tables
    Migrate {
        /// Instead install triggers on Better Auth's tables in PostgreSQL, so that sign-outs take effect at once
        #[arg(long)]
        revocation_triggers: bool,
        /// Only print the statements
        #[arg(long, requires = "revocation_triggers")]
        print: bool,
        /// Remove the triggers
        #[arg(long, requires = "revocation_triggers")]
        undo: bool,
    },
    /// Compare this configuration with the running Better Auth, and say what is wrong and what to do
    ///
    /// Reads only. It also tests a live session cookie given on standard input. The exit code is 1 if something is broken.
    Doctor {
        /// As JSON, for machines
        #[arg(long)]
        json: bool,
    },
    /// Change the keys that sign assertions, in an incident or ahead of time
    #[command(subcommand)]
    AssertionKeys(AssertionKeys),
    /// Explain one credential from standard input: what was checked and why it fails. Exits 0 whatever the verdict
    Explain {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Judge as of this time, such as 2026-01-31T12:00:00Z [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<DateTime<Utc>>,
    },
    /// Mint tokens for the strategy `shared_secret`, on standard output
    #[command(subcommand)]
    Token(Token),
}

impl Command {
    fn reads_configuration(&self) -> bool {
        matches!(
            self,
            Self::Serve
                | Self::Migrate { .. }
                | Self::Doctor { .. }
                | Self::AssertionKeys(_)
                | Self::Explain { .. }
                | Self::Token(_)
        )
    }
}

#[derive(Clone, Copy, Subcommand)]
enum AssertionKeys {
    /// Make a new key. It signs in ten minutes; assertions signed with older keys stay valid until they expire
    Rotate,
    /// Make a new key that signs at once, and withdraw all older ones: use this if a key may have leaked
    Withdraw,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

fn main() -> ExitCode {
    let Arguments { config, command } = usage::parse();
    let command = command.unwrap_or(Command::Serve);
    if config.is_some() && !command.reads_configuration() {
        let message = "this command reads no configuration: leave out --config";
        Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    match execute(command, config.as_deref()) {
        Ok(code) => code,
        Err(error) => {
            // If even this cannot be written, the exit code still says so.
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Doctor { json } => return examine(file, json),
        Command::Serve => {
            let (config, warnings) = read(file, |_| {})?;
            run(service::serve(config, warnings))?;
        }
        Command::Demo => run(service::demo())?,
        Command::Openapi { format } => {
            let text = match format {
                Format::Json => service::openapi_json(),
                Format::Yaml => service::openapi_yaml(),
            };
            io::stdout().write_all(text.as_bytes())?;
        }
        Command::Schema => io::stdout().write_all(config::json_schema().as_bytes())?,
        Command::Migrate { revocation_triggers: false, .. } => {
            let config = load(file)?;
            run(async move { say(service::migrate(&config).await?) })?;
        }
        Command::Migrate { print: true, undo, .. } => {
            let config = load(file)?;
            let triggers = service::revocation_triggers(&config)?;
            let statements = if undo { triggers.remove_sql() } else { triggers.install_sql() };
            io::stdout().write_all(statements.as_bytes())?;
        }
        Command::Migrate { undo, .. } => {
            let config = load(file)?;
            let change = if undo { TriggerChange::Remove } else { TriggerChange::Install };
            run(async move { say(service::change_triggers(&config, change).await?) })?;
        }
        Command::AssertionKeys(change) => {
            let config = load(file)?;
            run(async move {
                let done = match change {
                    AssertionKeys::Rotate => service::rotate_keys(&config).await,
                    AssertionKeys::Withdraw => service::withdraw_keys(&config).await,
                };
                say(&done?)
            })?;
        }
        Command::Explain { json, at } => {
            let form = if json { ExplanationForm::Json } else { ExplanationForm::Text };
            let config = load_quietly(file)?;
            run(async move { service::explain(config, form, at).await })?;
        }
        Command::Token(token) => {
            let token = token.mint(&load(file)?.kinds.shared_secret)?;
            writeln!(io::stdout(), "{token}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the findings of `doctor`. It writes no log: the report holds everything.
fn examine(file: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let report = match Config::load(file, variables()) {
        Ok((config, warnings)) => run(async move {
            let presented = doctor::first_line().await;
            Ok(doctor::examine(&config, warnings, presented).await)
        })?,
        Err(faults) => doctor::Report::of_faults(faults),
    };
    let in_colour =
        io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let text = if json { report.json() + "\n" } else { report.text(in_colour) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(if report.is_broken() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints the result.
fn say(done: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{done}")?)
}

/// Reads the configuration and sets up the log.
fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    Ok(read(file, |_| {})?.0)
}

/// The same, and logs only problems, unless a level is configured: the output belongs to the result.
fn load_quietly(file: Option<&Path>) -> anyhow::Result<Config> {
    let (config, _) = read(file, |config| {
        if config.origin("log.level").is_none_or(|origin| *origin == Source::Defaults) {
            "warn".clone_into(&mut config.log.level);
        }
    })?;
    Ok(config)
}

fn read(file: Option<&Path>, change: impl FnOnce(&mut Config)) -> anyhow::Result<(Config, Vec<Warning>)> {
    let (mut config, warnings) = Config::load(file, variables())?;
    change(&mut config);
    service::init_telemetry(&config.log);
    for warning in &warnings {
        tracing::warn!("{warning}");
    }
    Ok((config, warnings))
}

fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    // One provider for all TLS of this process, whichever part needs it first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(work);
    // Does not wait for blocking calls: a stuck name look-up must not outlast the drain.
    runtime.shutdown_background();
    outcome
}
