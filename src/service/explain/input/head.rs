//! The head of a request, or some of its lines.

use http::{HeaderName, Method, header};

use super::{NotUnderstood, Pasted};

/// How curl marks the lines that it sends, with `--verbose`.
const SENT: &str = "> ";

/// Whether a text begins as a head does: with a request line, a status line, or a header.
pub fn is_head(text: &str) -> bool {
    let first = lines(text).next().map(|(_, line)| line).unwrap_or_default();
    request_line(first).is_some() || is_status_line(first) || header(first).is_some()
}

/// Reads a head up to its end, or some of its lines.
pub fn read(text: &str) -> Result<Pasted, NotUnderstood> {
    let mut lines = lines(text).peekable();
    let first = lines.peek().map(|(_, line)| *line).unwrap_or_default();
    let mut pasted = Pasted::new("header lines");
    if let Some((method, target)) = request_line(first) {
        pasted.read_as = format!("the head of a {method} request");
        pasted.method = method.parse().map_err(|_| NotUnderstood::Method)?;
        look_at(target, &mut pasted);
        lines.next();
    } else if is_status_line(first) {
        "the head of an answer".clone_into(&mut pasted.read_as);
        lines.next();
    }
    for (number, line) in lines {
        if line.is_empty() {
            pasted.remark("what follows the empty line is no part of the head, and was passed over");
            break;
        }
        let (name, value) = header(line).ok_or(NotUnderstood::Header(number))?;
        add(&mut pasted, name, value, number)?;
    }
    Ok(pasted)
}

/// The lines with their numbers. Of what curl shows with `--verbose` only those that it sent.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_verbose = text.lines().any(|line| line.starts_with(SENT));
    let numbered = (1..).zip(text.lines());
    numbered.filter_map(move |(number, line)| {
        let line = if is_verbose { line.strip_prefix(SENT)? } else { line };
        Some((number, line.trim_end()))
    })
}

/// The method and the target: `GET /path HTTP/1.1`, the target perhaps a whole address, the version perhaps missing.
fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next());
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_target = target.starts_with('/') || target.contains("://") || target == "*";
    let is_version = version.is_none_or(|version| version.starts_with("HTTP/"));
    (is_method && is_target && is_version && words.next().is_none()).then_some((method, target))
}

fn is_status_line(line: &str) -> bool {
    line.starts_with("HTTP/")
}

/// The name and the value. Browsers show `:method` and its like as HTTP/2 sends them.
fn header(line: &str) -> Option<(&str, &str)> {
    let pseudo = usize::from(line.starts_with(':'));
    let colon = pseudo + line[pseudo..].find(':')?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim());
    let is_name = name[pseudo..].parse::<HeaderName>().is_ok();
    (is_name && !value.starts_with("//")).then_some((name, value))
}

fn add(pasted: &mut Pasted, name: &str, value: &str, line: usize) -> Result<(), NotUnderstood> {
    match name {
        ":method" => pasted.method = value.parse().map_err(|_| NotUnderstood::Method)?,
        ":path" => look_at(value, pasted),
        pseudo if pseudo.starts_with(':') => {}
        name => {
            let name: HeaderName = name.parse().map_err(|_| NotUnderstood::Header(line))?;
            if name == header::SET_COOKIE {
                pasted.remark(
                    "Set-Cookie is what a server sends: it was taken as the cookie that a browser sends back",
                );
                let cookie = value.split(';').next().unwrap_or_default();
                return pasted.add(header::COOKIE, cookie, "cookie");
            }
            pasted.add(name, value, "value of a header")?;
        }
    }
    Ok(())
}

/// A token in the address is a mistake worth a word.
fn look_at(target: &str, pasted: &mut Pasted) {
    if target.split_once('?').is_some_and(|(_, query)| query.contains("token")) {
        pasted.remark("the address names a token in its query, where none is ever read");
    }
}

/// What a method is where a curl line does not say it.
pub fn method(name: &str) -> Result<Method, NotUnderstood> {
    name.parse().map_err(|_| NotUnderstood::Method)
}
