//! Random numbers that belong to a path: the numbers of one path depend on nothing but the seed,
//! the cell, the draw, the evaluation and the path itself.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers:
//! as easy as 1, 2, 3"): a keyed function of a counter, without a state. The key is a hash of
//! (seed, cell, draw, evaluation), the counter is (path, attempt, 0), and each counter gives two
//! numbers of 64 bits. Neither the size of a block nor the thread that fills it can therefore
//! change a number.

/// Multipliers of the Philox4x32 round (Salmon et al. 2011, section 4.3).
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What each round adds to the two words of the key: the golden ratio and the root of 3, minus 1.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const LOW_WORD: u64 = 0xFFFF_FFFF;

/// The source of the random numbers of one draw of one cell, for every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of the draw number `draw` of the cell `cell` in the evaluation `evaluation`.
    ///
    /// The key is computed from 64-bit words, each mixed into the state as
    /// `state = mix(state ^ word)`, where `mix` is one step of SplitMix64 (Steele, Lea and
    /// Flood 2014): the seed, the length of the name in bytes, the name in little-endian words
    /// of 8 bytes filled up with zeros, and `draw + 2^32 evaluation`. Each step is a bijection of
    /// the word, so the draws and evaluations of one cell never share a key. The rule is part of
    /// the meaning of a seed and must not change.
    pub fn new(seed: u64, cell: &str, draw: u32, evaluation: u32) -> Self {
        let mut state = mix(seed);
        state = mix(state ^ cell.len() as u64);
        for piece in cell.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            state = mix(state ^ u64::from_le_bytes(word));
        }
        state = mix(state ^ (u64::from(draw) | u64::from(evaluation) << 32));
        Self { key: [state as u32, (state >> 32) as u32] }
    }

    /// Writes number 0 of the paths `first_path`, `first_path + 1`, ... as a number between 0 and
    /// 1, both excluded: an odd multiple of 2^-53.
    pub fn fill_uniform(&self, first_path: u64, out: &mut [f64]) {
        let keys = round_keys(self.key);
        for (offset, slot) in out.iter_mut().enumerate() {
            *slot = open_unit(numbers(first_path.wrapping_add(offset as u64), 0, &keys).0);
        }
    }

    /// Writes number 0 of the paths `first_path`, `first_path + 1`, ... as 64 random bits.
    pub(super) fn fill_first(&self, first_path: u64, first: &mut [u64]) {
        let keys = round_keys(self.key);
        for (offset, slot) in first.iter_mut().enumerate() {
            *slot = numbers(first_path.wrapping_add(offset as u64), 0, &keys).0;
        }
    }

    /// Writes the numbers `2 attempt` and `2 attempt + 1` of the paths from `first_path` on.
    pub(super) fn fill_pair(
        &self,
        first_path: u64,
        attempt: u32,
        first: &mut [u64],
        second: &mut [u64],
    ) {
        let keys = round_keys(self.key);
        for (offset, (first, second)) in first.iter_mut().zip(second).enumerate() {
            let path = first_path.wrapping_add(offset as u64);
            (*first, *second) = numbers(path, attempt, &keys);
        }
    }

    /// Writes the numbers `2 attempt` and `2 attempt + 1` of the given paths.
    pub(super) fn fill_listed(
        &self,
        paths: &[u64],
        attempt: u32,
        first: &mut [u64],
        second: &mut [u64],
    ) {
        let keys = round_keys(self.key);
        for ((path, first), second) in paths.iter().zip(first).zip(second) {
            (*first, *second) = numbers(*path, attempt, &keys);
        }
    }

    /// The numbers `2 attempt` and `2 attempt + 1` of a path.
    pub(super) fn pair(&self, path: u64, attempt: u32) -> (u64, u64) {
        numbers(path, attempt, &round_keys(self.key))
    }

    /// The numbers of one path one after the other, from number 0 on.
    pub fn path(&self, path: u64) -> PathStream {
        PathStream { stream: *self, path, attempt: 0, waiting: None }
    }
}

/// The numbers of one path, one after the other: see [`Stream::path`].
#[derive(Clone, Debug)]
pub struct PathStream {
    stream: Stream,
    path: u64,
    attempt: u32,
    waiting: Option<u64>,
}

impl PathStream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        if let Some(number) = self.waiting.take() {
            return number;
        }
        let (first, second) = self.stream.pair(self.path, self.attempt);
        self.attempt = self.attempt.wrapping_add(1);
        self.waiting = Some(second);
        first
    }

    /// The next number between 0 and 1, both excluded: an odd multiple of 2^-53.
    pub fn next_open(&mut self) -> f64 {
        open_unit(self.next_u64())
    }
}

/// The number between 0 and 1, both excluded, that the upper 52 of 64 random bits stand for.
///
/// The values are the odd multiples of 2^-53, so `u` and `1 - u` are equally likely and both
/// exact, and the 12 lower bits stay free for another use (see [`spare_unit`]).
#[inline(always)]
pub(super) fn open_unit(number: u64) -> f64 {
    // The bits become the fraction of a number between 1 and 2. What is subtracted is
    // 1 - 2^-53, and the result has 53 significant bits, so nothing is rounded.
    const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;
    f64::from_bits(number >> 12 | 1.0_f64.to_bits()) - BELOW_ONE
}

/// The multiple of 2^-12 in [0, 1) that the lower 12 of 64 random bits stand for.
#[inline(always)]
pub(super) fn spare_unit(number: u64) -> f64 {
    f64::from_bits((number & 0xFFF) << 40 | 1.0_f64.to_bits()) - 1.0
}

/// One step of SplitMix64: a bijection of 64 bits that spreads every bit over all.
const fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

/// The keys of the ten rounds.
#[inline(always)]
fn round_keys(key: [u32; 2]) -> [[u64; 2]; ROUNDS] {
    let mut keys = [[0; 2]; ROUNDS];
    for (round, pair) in keys.iter_mut().enumerate() {
        for word in 0..2 {
            let step = KEY_STEPS[word].wrapping_mul(round as u32);
            pair[word] = u64::from(key[word].wrapping_add(step));
        }
    }
    keys
}

/// The two numbers of 64 bits that the counter (path, attempt, 0) gives.
#[inline(always)]
fn numbers(path: u64, attempt: u32, keys: &[[u64; 2]; ROUNDS]) -> (u64, u64) {
    let [first, second, third, fourth] =
        philox([path & LOW_WORD, path >> 32, u64::from(attempt), 0], keys);
    (first | second << 32, third | fourth << 32)
}

/// Philox4x32-10 of one counter, each word in the lower half of 64 bits.
///
/// The upper halves hold rubbish between the rounds, which nothing reads: this way a product of
/// two words is one instruction in every vector unit, and the compiler runs the loops over the
/// paths above on several paths side by side.
#[inline(always)]
fn philox(counter: [u64; 4], keys: &[[u64; 2]; ROUNDS]) -> [u64; 4] {
    let [mut first, mut second, mut third, mut fourth] = counter;
    for key in keys {
        let left = (first & LOW_WORD) * MULTIPLIERS[0];
        let right = (third & LOW_WORD) * MULTIPLIERS[1];
        first = right >> 32 ^ second ^ key[0];
        second = right;
        third = left >> 32 ^ fourth ^ key[1];
        fourth = left;
    }
    [first & LOW_WORD, second & LOW_WORD, third & LOW_WORD, fourth & LOW_WORD]
}
