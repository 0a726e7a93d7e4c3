//! Decisions taken from bytes, so that a fuzzer that changes bytes changes decisions.

/// Bytes that are used up; then every decision is the first one.
pub struct Choices<'d> {
    data: &'d [u8],
    at: usize,
}

impl<'d> Choices<'d> {
    pub fn new(data: &'d [u8]) -> Choices<'d> {
        Choices { data, at: 0 }
    }

    /// Whether all bytes have been used.
    pub fn is_spent(&self) -> bool {
        self.at >= self.data.len()
    }

    pub fn byte(&mut self) -> u8 {
        let byte = self.data.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound <= 256 {
            return self.byte() as usize % bound.max(1);
        }
        (self.byte() as usize | (self.byte() as usize) << 8) % bound
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
