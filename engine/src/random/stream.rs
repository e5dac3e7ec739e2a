//! Random numbers that belong to a path: the numbers of one path depend on nothing but the seed,
//! the cell, the draw, the evaluation and the path itself.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers:
//! as easy as 1, 2, 3"): a keyed function of a counter, without a state. The key is a hash of
//! (seed, cell, draw, evaluation), and each counter gives two numbers of 64 bits.
//!
//! Number 0 of a path is for draws that need no other: the counter (path / 2, 0, part) gives those
//! of two neighbours. Numbers 1 and 2 and so on in pairs, for draws by attempts, come from the
//! counters (path, attempt, part). Neither the size of a block nor the thread that fills it can
//! therefore change a number.

/// Multipliers of the Philox4x32 round (Salmon et al. 2011, section 4.3).
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What each round adds to the two words of the key: the golden ratio and the root of 3, minus 1.
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const LOW_WORD: u64 = 0xFFFF_FFFF;
/// What the part of a counter is increased by where it gives the numbers 0 of two paths.
const NEIGHBOURS: u32 = 2;

/// The source of the random numbers of one draw of one cell, for every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    part: u32,
    /// 1 if odd paths mirror the path before, else 0.
    mirror: u64,
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
        Self { key: [state as u32, (state >> 32) as u32], part: 0, mirror: 0 }
    }

    /// A seed of its own for each name, from one seed: what is drawn with it is independent of what is
    /// drawn with the seed itself, and with those of other names. It has 53 bits, so that every format
    /// holds it exactly.
    ///
    /// ```
    /// use engine::random::Stream;
    /// assert_eq!(Stream::seed_of(7, "tama"), Stream::seed_of(7, "tama"));
    /// assert_ne!(Stream::seed_of(7, "tama"), Stream::seed_of(7, "kobe"));
    /// ```
    #[must_use]
    pub fn seed_of(seed: u64, name: &str) -> u64 {
        let Stream { key: [low, high], .. } = Stream::new(seed, name, 0, u32::MAX);
        mix(u64::from(low) | u64::from(high) << 32) >> 11
    }

    /// The stream in which every odd path has the complement of the numbers of the path before:
    /// u becomes 1 − u in [`fill_uniform`](Self::fill_uniform), and every other number likewise.
    #[must_use]
    pub fn antithetic(self) -> Self {
        Self { mirror: 1, ..self }
    }

    /// The numbers of the second half of a draw that is made in two: independent of this stream.
    pub(super) fn second_half(&self) -> Self {
        Self { part: 1, ..*self }
    }

    /// Writes number 0 of the paths `first_path`, `first_path + 1`, ... as a number between 0 and
    /// 1, both excluded: an odd multiple of 2^-53.
    #[inline(always)]
    pub fn fill_uniform(&self, first_path: u64, out: &mut [f64]) {
        let keys = round_keys(self.key);
        let part = self.part + NEIGHBOURS;
        let neighbours = |path: u64| {
            let (even, odd) = numbers(path >> 1, 0, part, &keys);
            if self.mirror == 1 { (even, !even) } else { (even, odd) }
        };
        let alone = |path: u64| {
            let (even, odd) = neighbours(path);
            open_unit(if path & 1 == 0 { even } else { odd })
        };
        let (start, rest) = out.split_at_mut(out.len().min((first_path & 1) as usize));
        for slot in start.iter_mut() {
            *slot = alone(first_path);
        }
        let first_path = first_path.wrapping_add(start.len() as u64);
        let (pairs, end) = rest.as_chunks_mut::<2>();
        let next = first_path.wrapping_add(2 * pairs.len() as u64);
        for (offset, pair) in pairs.iter_mut().enumerate() {
            let (even, odd) = neighbours(first_path.wrapping_add(2 * offset as u64));
            *pair = [open_unit(even), open_unit(odd)];
        }
        for slot in end {
            *slot = alone(next);
        }
    }

    /// Writes number 1 of the paths `first_path`, `first_path + 1`, ... as 64 random bits.
    #[inline(always)]
    pub(super) fn fill_first(&self, first_path: u64, first: &mut [u64]) {
        let keys = round_keys(self.key);
        for (offset, slot) in first.iter_mut().enumerate() {
            *slot = self.numbers(first_path.wrapping_add(offset as u64), 0, &keys).0;
        }
    }

    /// Writes the numbers `2 attempt + 1` and `2 attempt + 2` of the paths from `first_path` on.
    #[inline(always)]
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
            (*first, *second) = self.numbers(path, attempt, &keys);
        }
    }

    /// Writes the numbers `2 attempt + 1` and `2 attempt + 2` of the given paths.
    #[inline(always)]
    pub(super) fn fill_listed(
        &self,
        paths: &[u64],
        attempt: u32,
        first: &mut [u64],
        second: &mut [u64],
    ) {
        let keys = round_keys(self.key);
        for ((path, first), second) in paths.iter().zip(first).zip(second) {
            (*first, *second) = self.numbers(*path, attempt, &keys);
        }
    }

    /// The numbers `2 attempt + 1` and `2 attempt + 2` of a path.
    pub(super) fn pair(&self, path: u64, attempt: u32) -> (u64, u64) {
        self.numbers(path, attempt, &round_keys(self.key))
    }

    /// The two numbers of 64 bits that the counter (path, attempt, part) gives.
    #[inline(always)]
    fn numbers(&self, path: u64, attempt: u32, keys: &[[u64; 2]; ROUNDS]) -> (u64, u64) {
        let flip = 0_u64.wrapping_sub(path & self.mirror);
        let (first, second) = numbers(path & !self.mirror, attempt, self.part, keys);
        (first ^ flip, second ^ flip)
    }

    /// The numbers of one path one after the other, from number 1 on.
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

/// The two numbers of 64 bits that the counter (path, attempt, part) gives; `path` is half of it for
/// the numbers 0.
#[inline(always)]
fn numbers(path: u64, attempt: u32, part: u32, keys: &[[u64; 2]; ROUNDS]) -> (u64, u64) {
    let counter = [path & LOW_WORD, path >> 32, u64::from(attempt), u64::from(part)];
    let [first, second, third, fourth] = philox(counter, keys);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_known_answers_of_random123() {
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        for (counter, key, expected) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([LOW_WORD; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
        ] {
            assert_eq!(philox(counter, &round_keys(key)), expected);
        }
    }

    #[test]
    fn the_key_of_a_stream_never_changes() {
        for (stream, expected) in [
            (Stream::new(0, "", 0, 0), [0x38fc_be91, 0x2382_75bc]),
            (Stream::new(1, "cost", 0, 0), [0x77ae_d3f4, 0xfc60_76ba]),
            (Stream::new(u64::MAX, "Kosten für 2026 成果", 7, 3), [0xd388_2385, 0x19d6_28ab]),
        ] {
            assert_eq!(stream.key, expected);
        }
    }

    #[test]
    fn names_that_differ_in_zeros_or_in_length_give_different_streams() {
        let names = ["", "\0", "\0\0", "a", "a\0", "12345678", "12345678\0", "123456781"];
        let mut keys: Vec<[u32; 2]> = names.map(|name| Stream::new(3, name, 0, 0).key).into();
        keys.extend([Stream::new(3, "a", 1, 0).key, Stream::new(3, "a", 0, 1).key]);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), names.len() + 2);
    }

    #[test]
    fn a_path_has_the_same_numbers_in_a_block_and_alone() {
        let stream = Stream::new(42, "cell", 1, 2);
        for first_path in [0, 3, u64::from(u32::MAX) - 2, u64::MAX - 3] {
            let mut uniform = [0.0; 9];
            let (mut first, mut second) = ([0; 9], [0; 9]);
            let (mut listed_first, mut listed_second) = ([0; 9], [0; 9]);
            let paths: [u64; 9] = std::array::from_fn(|path| first_path.wrapping_add(path as u64));
            stream.fill_uniform(first_path, &mut uniform);
            for (path, number) in paths.iter().zip(uniform) {
                let mut alone = [0.0];
                stream.fill_uniform(*path, &mut alone);
                assert_eq!(alone, [number]);
            }
            for attempt in 0..2 {
                stream.fill_pair(first_path, attempt, &mut first, &mut second);
                stream.fill_listed(&paths, attempt, &mut listed_first, &mut listed_second);
                assert_eq!((first, second), (listed_first, listed_second));
                for (index, path) in paths.iter().enumerate() {
                    let mut alone = stream.path(*path);
                    let numbers = [(); 4].map(|()| alone.next_u64());
                    let start = 2 * attempt as usize;
                    assert_eq!(numbers[start..start + 2], [first[index], second[index]]);
                    // Number 0 is none of the others.
                    assert!(numbers.iter().all(|number| open_unit(*number) != uniform[index]));
                }
            }
            stream.fill_pair(first_path, 0, &mut first, &mut second);
            let mut listed = [0; 9];
            stream.fill_first(first_path, &mut listed);
            assert_eq!(first, listed);
        }
    }

    #[test]
    fn both_halves_of_a_stream_differ_in_every_number() {
        let stream = Stream::new(42, "cell", 1, 2);
        let numbers = |stream: Stream| (0..50).map(move |path| stream.pair(path, 3));
        assert_eq!(stream.second_half().key, stream.key);
        let same = numbers(stream).zip(numbers(stream.second_half())).filter(|(a, b)| a == b);
        assert_eq!(same.count(), 0);
    }

    #[test]
    fn odd_paths_mirror_the_path_before() {
        let (plain, stream) = (Stream::new(42, "cell", 1, 2), Stream::new(42, "cell", 1, 2));
        let stream = stream.antithetic();
        let mut uniform = [0.0; 7];
        stream.fill_uniform(10, &mut uniform);
        for (offset, path) in (10_u64..17).enumerate() {
            let even = plain.pair(path & !1, 3);
            let odd = path % 2 == 1;
            let expected = if odd { (!even.0, !even.1) } else { even };
            assert_eq!(stream.pair(path, 3), expected);
            if odd {
                assert_eq!(uniform[offset], 1.0 - uniform[offset - 1]);
            }
        }
    }

    #[test]
    fn the_unit_interval_is_open_and_symmetric() {
        assert_eq!(open_unit(0), f64::EPSILON / 2.0);
        assert_eq!(open_unit(u64::MAX), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(open_unit(1 << 63), 0.5 + f64::EPSILON / 2.0);
        assert_eq!(open_unit(!(1 << 63)), 1.0 - open_unit(1 << 63));
        assert_eq!(spare_unit(u64::MAX), 4095.0 / 4096.0);
        assert_eq!(spare_unit(!0xFFF), 0.0);
    }

    #[test]
    fn the_numbers_are_uniform_and_successive_paths_are_unrelated() {
        let mut numbers = vec![0.0; 200_000];
        Stream::new(2, "uniform", 0, 0).fill_uniform(0, &mut numbers);
        let mut counts = [[0.0_f64; 16]; 16];
        for pair in numbers.windows(2) {
            counts[(pair[0] * 16.0) as usize][(pair[1] * 16.0) as usize] += 1.0;
        }
        let expected = 199_999.0 / 256.0;
        let statistic: f64 =
            counts.as_flattened().iter().map(|count| (count - expected).powi(2) / expected).sum();
        // The 0.01 and 99.99 per cent points of the chi-square distribution with 255 degrees.
        assert!((178.0..349.0).contains(&statistic), "{statistic}");
    }
}
