//! The golden vectors of the tests: a token of each algorithm that a real Better Auth has signed, with its keys.

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpListener,
    path::Path,
    thread,
    time::Duration,
};

use better_auth_verifier::Jwt;
use serde_json::Value;

/// The algorithms that there are vectors of.
pub const ALGORITHMS: [&str; 5] = ["EdDSA", "ES256", "ES512", "RS256", "PS256"];

/// The clock of the vectors stood at the first of January 2026.
const TEN_YEARS: Duration = Duration::from_hours(24 * 3652);

/// A token, and the keys that it is verified with.
pub struct Vector(Value);

impl Vector {
    /// That of an algorithm.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn of(algorithm: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
        let text = fs::read_to_string(folder.join(format!("jwt-{algorithm}.json"))).expect("a vector");
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    /// The token.
    ///
    /// # Panics
    ///
    /// When the vector has none.
    #[must_use]
    pub fn token(&self) -> &str {
        self.0["token"].as_str().expect("a token")
    }

    /// The public key of an Ed25519 vector, as text.
    ///
    /// # Panics
    ///
    /// When it is of another algorithm.
    #[must_use]
    pub fn x(&self) -> &str {
        self.0["jwks"]["keys"][0]["x"].as_str().expect("an Ed25519 key")
    }

    /// A strategy that verifies it, with the keys fetched from this process.
    ///
    /// # Panics
    ///
    /// When no port is free.
    #[must_use]
    pub fn strategy(&self) -> Jwt {
        let url = serve(&self.0["jwks"].to_string()).expect("a port").parse().expect("a URL");
        let issuer = self.0["baseURL"].as_str().expect("an address");
        Jwt::new(url, [issuer], [issuer]).expect("a client").with_leeway(TEN_YEARS)
    }
}

/// Answers every request with this JSON, and says where.
fn serve(body: &str) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/jwks", listener.local_addr()?);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // A head of this kind comes in one piece.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Ok(url)
}
