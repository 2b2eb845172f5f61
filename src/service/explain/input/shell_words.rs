//! The words of a line, as a POSIX shell splits it. `$'…'`, which browsers write, is bash's: no kept crate reads it.

use std::{iter::Peekable, str::Chars};

use super::NotUnderstood;

/// Splits a line into words. A variable or a command in it stays as it is written.
pub fn split(line: &str) -> Result<Vec<String>, NotUnderstood> {
    let mut rest = line.chars().peekable();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    while let Some(one) = rest.next() {
        match one {
            '\\' => match rest.next() {
                // The line goes on.
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '\'' => single(&mut rest, word.get_or_insert_default())?,
            '"' => double(&mut rest, word.get_or_insert_default())?,
            '$' if rest.next_if_eq(&'\'').is_some() => ansi_c(&mut rest, word.get_or_insert_default())?,
            '\n' | ' ' | '\t' => words.extend(word.take()),
            // What follows is another command.
            ';' | '|' | '&' => break,
            one => word.get_or_insert_default().push(one),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Result<(), NotUnderstood> {
    loop {
        match rest.next().ok_or(NotUnderstood::OpenQuotation)? {
            '\'' => return Ok(()),
            one => word.push(one),
        }
    }
}

fn double(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Result<(), NotUnderstood> {
    loop {
        match rest.next().ok_or(NotUnderstood::OpenQuotation)? {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or(NotUnderstood::OpenQuotation)? {
                '\n' => {}
                escaped @ ('$' | '`' | '"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            one => word.push(one),
        }
    }
}

/// Bash's `$'…'`, with the escapes of C.
fn ansi_c(rest: &mut Peekable<Chars<'_>>, word: &mut String) -> Result<(), NotUnderstood> {
    loop {
        match rest.next().ok_or(NotUnderstood::OpenQuotation)? {
            '\'' => return Ok(()),
            '\\' => {
                let escaped = rest.next().ok_or(NotUnderstood::OpenQuotation)?;
                word.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'e' | 'E' => '\u{1b}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    'x' => number(rest, 16, 2),
                    'u' => number(rest, 16, 4),
                    'U' => number(rest, 16, 8),
                    digit @ '0'..='7' => octal(rest, digit),
                    same => same,
                });
            }
            one => word.push(one),
        }
    }
}

/// The character of a number, of which there are at most `digits`.
fn number(rest: &mut Peekable<Chars<'_>>, radix: u32, digits: usize) -> char {
    let mut number = 0;
    for _ in 0..digits {
        let Some(digit) = rest.peek().and_then(|digit| digit.to_digit(radix)) else { break };
        number = number * radix + digit;
        rest.next();
    }
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn octal(rest: &mut Peekable<Chars<'_>>, first: char) -> char {
    let mut number = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let Some(digit) = rest.peek().and_then(|digit| digit.to_digit(8)) else { break };
        number = number * 8 + digit;
        rest.next();
    }
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}
