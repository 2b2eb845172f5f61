//! Counts the instructions that a request costs. See `run`.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod budget;
mod callgrind;
mod folder;
mod forgery;
mod key_set;
mod load;

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../../tests/service/parts/auth.rs"]
mod auth;
#[path = "../../../tests/service/parts/signer.rs"]
mod signer;

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use chrono::Utc;

use self::{callgrind::Server, load::Load, signer::Signer};

/// Enough that what happens once in many requests is in it, and few enough that CI does not wait.
const REQUESTS: usize = 480;
/// What goes before and is not counted.
const FIRST: usize = 32;
const FOREVER: &str = "1h";
const NEVER: &str = "0s";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [profiles, budget, option @ ..] = arguments.as_slice() else { bail!("start me with `run`") };
    let costs = measure(&PathBuf::from(profiles))?;
    match option.first().map(String::as_str) {
        None => Ok(()),
        Some("--check") => budget::check(Path::new(budget), &costs),
        Some("--write") => budget::write(Path::new(budget), &costs),
        Some(other) => bail!("{other} is no option; there are --check and --write"),
    }
}

/// One program in one folder, and what is asked of it.
struct Measured {
    name: &'static str,
    program: &'static str,
    arguments: Vec<&'static str>,
    folder: tempfile::TempDir,
    loads: Vec<Load>,
}

fn measure(profiles: &Path) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let programs = env::current_exe()?.with_file_name("");
    println!("instructions of one request");
    let mut costs = Vec::new();
    for Measured { name, program, arguments, folder, loads } in all()? {
        let program = programs.join(program);
        let mut server = Server::start(&program, &arguments, folder.path(), profiles, name)?;
        for load in loads {
            let cost = server.cost(&load, FIRST, REQUESTS).with_context(|| load.name)?;
            println!("{:24} {cost:8}", load.name);
            costs.push((load.name, cost));
        }
    }
    Ok(costs)
}

fn all() -> anyhow::Result<[Measured; 5]> {
    let signer = Signer::new();
    let issuer = key_set::serve(&signer)?;
    // Older than the keys will be when they are fetched: a key that they do not hold is refused then.
    let token = signer.token(&issuer, "ann", Utc::now().timestamp() - 60);
    let bearers = |token: &dyn Fn(usize) -> String| {
        (0..FIRST + REQUESTS).map(|number| format!("Bearer {}", token(number))).collect::<Vec<_>>()
    };
    let load = |name, path, authorizations, status| Load { name, path, authorizations, status };
    let me = |name, authorizations, status| load(name, "/api/me", authorizations, status);
    let session = || vec![auth::bearer(auth::ANN)];
    let jwt = || vec![format!("Bearer {token}")];
    let with = |more, name, strategy, kept, loads| -> anyhow::Result<Measured> {
        let folder = folder::of_service(strategy, kept, &issuer, more)?;
        Ok(Measured { name, program: "better-auth-verifier", arguments: vec!["serve"], folder, loads })
    };
    let service = |name, strategy, kept, loads| with("", name, strategy, kept, loads);

    Ok([
        Measured {
            name: "hello",
            program: "hello",
            arguments: vec!["poem", "127.0.0.1:0", "/=13"],
            folder: tempfile::tempdir()?,
            loads: vec![load("bare Poem hello", "/", Vec::new(), 200)],
        },
        service(
            "session",
            "session_table",
            FOREVER,
            vec![me("cached session", session(), 200), load("forward-auth", "/forward-auth", session(), 200)],
        )?,
        with(
            "server.admin_listen = '127.0.0.1:0'",
            "counted",
            "session_table",
            FOREVER,
            vec![me("cached session, counted", session(), 200)],
        )?,
        service("jwt", "jwt", FOREVER, vec![me("cached JWT", jwt(), 200)])?,
        service(
            "jwt-each",
            "jwt",
            NEVER,
            vec![
                me("JWT each time", jwt(), 200),
                me("garbage", bearers(&|number| format!("garbage-{number}")), 401),
                me("unknown key", bearers(&|number| forgery::with_unknown_key(&token, number)), 401),
                me("bad signature", bearers(&|number| forgery::with_bad_signature(&token, number)), 401),
            ],
        )?,
    ])
}
