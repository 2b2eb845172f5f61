//! Verifies one Ed25519 signature with aws-lc for half a second, and prints how many nanoseconds of a processor one
//! verification takes.

use std::fs;

use anyhow::Context;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

const NANOSECONDS: u64 = 500_000_000;
/// As long as what a JWT of Better Auth signs.
const MESSAGE: [u8; 560] = [b'm'; 560];

fn main() -> anyhow::Result<()> {
    let pair = Ed25519KeyPair::generate()?;
    let key = UnparsedPublicKey::new(&ED25519, pair.public_key());
    let signature = pair.sign(&MESSAGE);
    let begin = processor_time()?;
    let mut verified = 0;
    let mut taken = 0;
    while taken < NANOSECONDS {
        for _ in 0..100 {
            key.verify(&MESSAGE, signature.as_ref())?;
        }
        verified += 100;
        taken = processor_time()? - begin;
    }
    println!("{}", taken / verified);
    Ok(())
}

/// Nanoseconds that Linux has charged to this thread.
fn processor_time() -> anyhow::Result<u64> {
    const FILE: &str = "/proc/self/schedstat";
    let text = fs::read_to_string(FILE).context(FILE)?;
    Ok(text.split(' ').next().context(FILE)?.parse()?)
}
