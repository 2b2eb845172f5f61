//! The command line.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use better_auth_verifier::{
    config::Config,
    service::{self, api::Api},
};
use clap::{Parser, Subcommand, ValueEnum};

/// Fewer cycles for each protected request than with the system's allocator.
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
    /// Print the contract
    Openapi {
        /// In which form
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
    /// Create or update the service's own tables
    Migrate,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match execute(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(Arguments { config, command }: Arguments) -> anyhow::Result<()> {
    match command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let config = load(config.as_deref())?;
            run(service::serve(config))
        }
        Command::Demo => run(service::demo::demo()),
        Command::Openapi { format } => {
            let contract = Api::contract();
            let text = match format {
                Format::Json => contract.json(),
                Format::Yaml => contract.yaml(),
            };
            Ok(io::stdout().write_all(text.as_bytes())?)
        }
        Command::Migrate => {
            let config = load(config.as_deref())?;
            run(async move { service::migrate(&config).await })
        }
    }
}

/// Reads the configuration and begins the log.
fn load(file: Option<&Path>) -> anyhow::Result<Config> {
    // A value that is no text cannot be right; as a text with marks in it, it is complained of where it is read.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let (config, warnings) = Config::load(file, variables)?;
    service::init_telemetry(&config.log);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

fn run(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    // One provider for all TLS of this process, whoever asks first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
