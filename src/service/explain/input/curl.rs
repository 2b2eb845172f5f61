//! A curl line, as browsers copy it and people save it.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Method, header};

use super::{NotUnderstood, Pasted, head, shell_words};

/// Short options with a value, which the next word may be.
const WITH_VALUE: &str = "AbCcDdEeFHhKmoPQrTtUuwXxYyz";
/// Long options with a value that matter here; of others the value would be taken for an address, which does no harm.
const LONG_WITH_VALUE: [(&str, char); 16] = [
    ("--header", 'H'),
    ("--cookie", 'b'),
    ("--request", 'X'),
    ("--user", 'u'),
    ("--user-agent", 'A'),
    ("--referer", 'e'),
    ("--data", 'd'),
    ("--data-raw", 'd'),
    ("--data-binary", 'd'),
    ("--data-ascii", 'd'),
    ("--data-urlencode", 'd'),
    ("--json", 'd'),
    ("--form", 'F'),
    ("--form-string", 'F'),
    ("--upload-file", 'T'),
    ("--oauth2-bearer", 'B'),
];

/// What follows the command, if the line is one of curl.
pub fn arguments(text: &str) -> Option<&str> {
    let text = text.strip_prefix("$ ").unwrap_or(text);
    let rest = text.strip_prefix("curl.exe").or_else(|| text.strip_prefix("curl"))?;
    rest.starts_with([' ', '\t', '\n', '\\', '^', '`']).then_some(rest)
}

/// Reads the arguments of a curl line.
pub fn read(line: &str) -> Result<Pasted, NotUnderstood> {
    // Carets escape and continue lines at cmd.exe, backticks continue them in PowerShell.
    if line.contains("^\"") || line.contains("^\n") || line.contains("`\n") {
        return Err(NotUnderstood::OtherShell);
    }
    let mut request = Request { pasted: Pasted::new("a curl line"), method: None, has_body: false };
    let mut words = shell_words::split(line)?.into_iter();
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix("--") {
            request.long(name, &mut words)?;
        } else if let Some(cluster) = word.strip_prefix('-') {
            request.cluster(cluster, &mut words)?;
        }
    }
    Ok(request.finish())
}

/// The request that curl would send.
struct Request {
    pasted: Pasted,
    method: Option<Method>,
    has_body: bool,
}

impl Request {
    fn long(&mut self, name: &str, words: &mut impl Iterator<Item = String>) -> Result<(), NotUnderstood> {
        let (name, given) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        let option = LONG_WITH_VALUE.iter().find(|(long, _)| long.strip_prefix("--") == Some(name));
        match (option, name) {
            (Some((_, option)), _) => {
                let value = given.map(str::to_owned).or_else(|| words.next()).unwrap_or_default();
                self.option(*option, &value)
            }
            (None, "get") => self.option('G', ""),
            (None, "head") => self.option('I', ""),
            (None, _) => Ok(()),
        }
    }

    /// `-sSLH 'x: y'`: letters, of which the first with a value ends the word.
    fn cluster(
        &mut self,
        cluster: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), NotUnderstood> {
        for (at, option) in cluster.char_indices() {
            if !WITH_VALUE.contains(option) {
                self.option(option, "")?;
                continue;
            }
            let rest = &cluster[at + option.len_utf8()..];
            let value = if rest.is_empty() { words.next().unwrap_or_default() } else { rest.to_owned() };
            return self.option(option, &value);
        }
        Ok(())
    }

    fn option(&mut self, option: char, value: &str) -> Result<(), NotUnderstood> {
        match option {
            'H' => self.header(value),
            'b' if value.contains('=') => self.pasted.add(header::COOKIE, value, "cookies"),
            'b' => {
                self.pasted.remark("-b names a file of cookies, which was not read: paste its cookies");
                Ok(())
            }
            'B' => self.pasted.add(header::AUTHORIZATION, &format!("Bearer {value}"), "token"),
            'u' => {
                let basic = format!("Basic {}", BASE64_STANDARD.encode(value));
                self.pasted.add(header::AUTHORIZATION, &basic, "user")
            }
            'X' => {
                self.method = Some(head::method(value)?);
                Ok(())
            }
            'G' | 'I' => {
                self.method.get_or_insert(if option == 'G' { Method::GET } else { Method::HEAD });
                Ok(())
            }
            'T' => {
                self.method.get_or_insert(Method::PUT);
                Ok(())
            }
            'd' | 'F' => {
                self.has_body = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `Name: value`. Without a value curl leaves the header out; from a file it is not read here.
    fn header(&mut self, text: &str) -> Result<(), NotUnderstood> {
        if text.starts_with('@') {
            self.pasted.remark("-H names a file of headers, which was not read: paste its lines");
            return Ok(());
        }
        let Some((name, value)) = text.split_once(':').filter(|(_, value)| !value.trim().is_empty()) else {
            return Ok(());
        };
        let name = name.trim().parse().map_err(|_| NotUnderstood::Characters("name of a header"))?;
        self.pasted.add(name, value.trim(), "value of a header")
    }

    fn finish(self) -> Pasted {
        let Self { mut pasted, method, has_body } = self;
        let by_default = if has_body { Method::POST } else { Method::GET };
        pasted.method = method.unwrap_or(by_default);
        pasted.read_as = format!("a curl line: a {} request", pasted.method);
        pasted
    }
}
