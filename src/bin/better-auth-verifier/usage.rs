//! What is said of wrong usage. clap quotes an argument that it does not know; one that may be a credential is never repeated.

use std::env;

use clap::{CommandFactory, Error, Parser};

/// Session tokens, keys and JWTs are longer. So are some words of this command line, which are letters and hyphens alone.
const LONGEST_WORD: usize = 16;

/// Reads the arguments of this process. Prints what is wrong with them and exits where they cannot be read.
pub fn parse<T: Parser>() -> T {
    T::try_parse().unwrap_or_else(|error| hiding_credentials::<T>(error).exit())
}

fn hiding_credentials<T: CommandFactory>(error: Error) -> Error {
    let text = error.to_string();
    let arguments: Vec<_> = env::args_os().skip(1).map(|one| one.to_string_lossy().into_owned()).collect();
    // `--token=eyJ…` as well.
    let mut parts = arguments.iter().flat_map(|argument| argument.split('='));
    if !parts.any(|part| may_be_credential(part) && text.contains(part)) {
        return error;
    }
    let message = "an argument that is not known here, and is not repeated as it may be a credential. Give credentials on standard \
                   input: `better-auth-verifier explain < request.txt`. The users of this machine can see arguments, and the shell \
                   remembers them: if it was a live token, sign that session out";
    T::command().error(error.kind(), message)
}

fn may_be_credential(argument: &str) -> bool {
    let is_word = argument.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    argument.len() > LONGEST_WORD && !is_word
}
