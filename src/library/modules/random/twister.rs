//! The Mersenne Twister MT19937, seeded and read as CPython does.

const LENGTH: usize = 624;
const MIDDLE: usize = 397;

/// The state of a generator.
#[derive(Clone)]
pub struct Twister {
    words: [u32; LENGTH],
    /// The next word to hand out.
    index: usize,
}

impl Twister {
    fn from_word(seed: u32) -> Twister {
        let mut words = [0; LENGTH];
        words[0] = seed;
        for index in 1..LENGTH {
            let last: u32 = words[index - 1];
            words[index] = 1_812_433_253u32.wrapping_mul(last ^ last >> 30).wrapping_add(index as u32);
        }
        Twister { words, index: LENGTH }
    }

    /// Seeded by the words of an integer, the lowest first; there is at least one.
    pub fn from_key(key: &[u32]) -> Twister {
        let mut twister = Twister::from_word(19_650_218);
        let words = &mut twister.words;
        let (mut at, mut key_at) = (1, 0);
        let mix = |words: &[u32; LENGTH], at: usize, factor: u32| {
            let last = words[at - 1];
            words[at] ^ (last ^ last >> 30).wrapping_mul(factor)
        };
        for _ in 0..LENGTH.max(key.len()) {
            words[at] = mix(words, at, 1_664_525).wrapping_add(key[key_at]).wrapping_add(key_at as u32);
            at += 1;
            if at >= LENGTH {
                words[0] = words[LENGTH - 1];
                at = 1;
            }
            key_at = (key_at + 1) % key.len();
        }
        for _ in 0..LENGTH - 1 {
            words[at] = mix(words, at, 1_566_083_941).wrapping_sub(at as u32);
            at += 1;
            if at >= LENGTH {
                words[0] = words[LENGTH - 1];
                at = 1;
            }
        }
        words[0] = 0x8000_0000;
        twister
    }

    /// From what [`state`](Self::state) returned; `None` if it cannot be a state.
    pub fn from_state(state: &[u32]) -> Option<Twister> {
        let (&index, words) = state.split_last()?;
        let words = words.try_into().ok()?;
        let index = index as usize;
        (index <= LENGTH).then_some(Twister { words, index })
    }

    /// The words and the index.
    pub fn state(&self) -> impl Iterator<Item = u32> {
        self.words.iter().copied().chain([self.index as u32])
    }

    fn refill(&mut self) {
        let words = &mut self.words;
        for at in 0..LENGTH {
            let bits = words[at] & 0x8000_0000 | words[(at + 1) % LENGTH] & 0x7fff_ffff;
            let twist = if bits & 1 != 0 { 0x9908_b0df } else { 0 };
            words[at] = words[(at + MIDDLE) % LENGTH] ^ bits >> 1 ^ twist;
        }
        self.index = 0;
    }

    /// The next 32 bits.
    #[inline]
    pub fn next_word(&mut self) -> u32 {
        if self.index >= LENGTH {
            self.refill();
        }
        let mut word = self.words[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    /// A float from 0 to below 1 with 53 random bits.
    #[inline]
    pub fn next_float(&mut self) -> f64 {
        let (upper, lower) = (self.next_word() >> 5, self.next_word() >> 6);
        (f64::from(upper) * 67_108_864.0 + f64::from(lower)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `count` random bits, from 1 to 64.
    #[inline]
    pub fn next_bits(&mut self, count: u32) -> u64 {
        if count <= 32 {
            return u64::from(self.next_word() >> (32 - count));
        }
        let lower = u64::from(self.next_word());
        lower | u64::from(self.next_word() >> (64 - count)) << 32
    }

    /// `count` random bits as words, the lowest first.
    pub fn next_words(&mut self, count: u64) -> Vec<u32> {
        let length = count.div_ceil(32) as usize;
        let mut words: Vec<u32> = (0..length).map(|_| self.next_word()).collect();
        let rest = (count % 32) as u32;
        if let (Some(last), true) = (words.last_mut(), rest != 0) {
            *last >>= 32 - rest;
        }
        words
    }
}
