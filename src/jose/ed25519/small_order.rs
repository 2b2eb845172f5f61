//! Points with which some signatures are right for every message: aws-lc takes them for keys (RFC 8032 section 5.1).

/// The upper half of the field's prime, and its lower half.
const PRIME: (u128, u128) = (u128::MAX >> 1, u128::MAX - 18);

/// The y coordinates of the eight points of small order, in halves, as they can be written: 0 and 1 also with the prime added.
/// libsodium refuses the same.
const SMALL_ORDER: [(u128, u128); 7] = [
    (0, 0),
    (0, 1),
    (PRIME.0, PRIME.1 - 1),
    PRIME,
    (PRIME.0, PRIME.1 + 1),
    (0x05FC_536D_8802_38B1_3933_C6D3_05AC_DFD5, 0xF098_EFF2_89F4_C345_B027_B2C2_8F95_E826),
    (0x7A03_AC92_77FD_C74E_C6CC_392C_FA53_202A, 0x0F67_100D_760B_3CBA_4FD8_4D3D_706A_17C7),
];

/// Whether a key is a point of small order, in whichever encoding.
pub fn has_small_order(key: [u8; 32]) -> bool {
    let half = |at: usize| {
        key[at..].iter().take(16).rev().fold(0, |number, octet| (number << 8) | u128::from(*octet))
    };
    // The highest bit is the sign of x.
    SMALL_ORDER.contains(&(half(16) & PRIME.0, half(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All encodings of the points of the torsion subgroup, worked out apart from the list above: each y with both signs.
    const TORSION: [&str; 7] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    fn key(hex: &str) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal"))
    }

    #[test]
    fn s3_points_of_small_order_are_known_in_all_their_encodings() {
        for hex in TORSION {
            let mut key = key(hex);
            assert!(has_small_order(key), "{hex}");
            key[31] ^= 0x80;
            assert!(has_small_order(key), "{hex} with the other sign");
            for at in [0, 8, 15, 16, 24, 31] {
                let mut other = key;
                other[at] ^= 0x10;
                assert!(!has_small_order(other), "{hex} changed at {at}");
            }
        }
    }
}
