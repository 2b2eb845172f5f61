//! The command line.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use better_auth_verifier::{config::Config, service};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Fewer cycles for each protected request than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Knows who is calling: verifies Better Auth's credentials.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    serve: Source,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the configuration is.
#[derive(Args)]
struct Source {
    /// The configuration [default: ./config.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (the default)
    Serve(Source),
    /// Run everything on embedded SQLite files, nothing else needed
    Demo,
    /// Print the OpenAPI document
    Openapi {
        /// Output format
        #[arg(long, value_enum, default_value = "json")]
        format: Format,
    },
    /// Create or update the service's own tables
    Migrate(Source),
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

fn execute(Arguments { serve, command }: Arguments) -> anyhow::Result<()> {
    match command.unwrap_or(Command::Serve(serve)) {
        Command::Serve(source) => {
            let config = load(&source)?;
            run(service::serve(config))
        }
        Command::Demo => run(service::demo()),
        Command::Openapi { format } => {
            let text = match format {
                Format::Json => service::openapi_json(),
                Format::Yaml => service::openapi_yaml(),
            };
            Ok(io::stdout().write_all(text.as_bytes())?)
        }
        Command::Migrate(source) => {
            let config = load(&source)?;
            run(async move { service::migrate(&config).await })
        }
    }
}

/// Reads the configuration and begins the log.
fn load(source: &Source) -> anyhow::Result<Config> {
    // A value that is not UTF-8 keeps replacement characters, so that the key that reads it reports it.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let (config, warnings) = Config::load(source.config.as_deref(), variables)?;
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
