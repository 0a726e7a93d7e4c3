//! SHA-512, which turns a text or bytes into a seed.

use num_bigint::BigUint;
use num_traits::ToPrimitive;
use std::sync::OnceLock;

/// The first 64 bits behind the point of the roots of the first primes: square roots for the
/// initial state, cube roots for the rounds.
fn constants() -> &'static ([u64; 8], [u64; 80]) {
    static CONSTANTS: OnceLock<([u64; 8], [u64; 80])> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let is_prime = |n: &u32| (2..*n).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
        let primes: Vec<u32> = (2..).filter(is_prime).take(80).collect();
        let fraction = |root: BigUint| (root % (BigUint::from(1u32) << 64u32)).to_u64().unwrap_or(0);
        let state = std::array::from_fn(|at| fraction((BigUint::from(primes[at]) << 128u32).sqrt()));
        let rounds = std::array::from_fn(|at| fraction((BigUint::from(primes[at]) << 192u32).cbrt()));
        (state, rounds)
    })
}

/// The digest of `data`.
pub fn sha512(data: &[u8]) -> [u8; 64] {
    let (initial, rounds) = constants();
    let mut state = *initial;
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 16).div_ceil(128) * 128 - 16, 0);
    padded.extend_from_slice(&(data.len() as u128 * 8).to_be_bytes());
    for block in padded.chunks_exact(128) {
        compress(&mut state, block, rounds);
    }
    let mut digest = [0; 64];
    for (bytes, word) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn compress(state: &mut [u64; 8], block: &[u8], rounds: &[u64; 80]) {
    let mut words = [0u64; 80];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(8)) {
        *word = bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    }
    for at in 16..80 {
        let (early, late) = (words[at - 15], words[at - 2]);
        let small = early.rotate_right(1) ^ early.rotate_right(8) ^ early >> 7;
        let large = late.rotate_right(19) ^ late.rotate_right(61) ^ late >> 6;
        words[at] = words[at - 16].wrapping_add(small).wrapping_add(words[at - 7]).wrapping_add(large);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, round) in words.iter().zip(rounds) {
        let mixed = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
        let chosen = e & f ^ !e & g;
        let first = h.wrapping_add(mixed).wrapping_add(chosen).wrapping_add(*round).wrapping_add(*word);
        let mixed = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
        let majority = a & b ^ a & c ^ b & c;
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(mixed).wrapping_add(majority));
    }
    for (word, add) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(add);
    }
}

#[cfg(test)]
mod tests {
    use super::sha512;

    fn hex(digest: [u8; 64]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn known_digests() {
        assert!(
            hex(sha512(b"")).starts_with("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce")
        );
        assert!(
            hex(sha512(b"abc"))
                .starts_with("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
        );
        assert!(hex(sha512(&[b'a'; 111])).starts_with("fa9121c7b32b9e01733d034cfc78cbf6"));
        assert!(hex(sha512(&[b'a'; 112])).starts_with("c01d080efd492776a1c43bd23dd99d0a"));
    }
}
