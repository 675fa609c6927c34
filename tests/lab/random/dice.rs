//! A pseudo-random sequence that stays the same for ever, so that a seed means the same
//! environments in every version.
//!
//! SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014). A
//! crate's generator may change its sequence between versions; these ten lines cannot.

/// A sequence of pseudo-random choices.
pub struct Dice(u64);

impl Dice {
    /// The sequence of one environment of a seed: it does not depend on the environments before it.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut outer = Self(seed);
        let mut inner = Self(outer.next() ^ number);
        Self(inner.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is small: the bias does not matter.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Some of these, at least one.
    pub fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        let mut some: Vec<T> = of.iter().copied().filter(|_| self.chance(30)).collect();
        if some.is_empty() {
            some.push(self.pick(of));
        }
        some
    }
}
