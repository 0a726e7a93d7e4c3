//! CPython's list sort (timsort with powersort's merge order): stable, with exactly CPython's
//! sequence of comparisons, so that scripts whose `__lt__` counts, prints or contradicts itself
//! see the same. A failing or inconsistent comparison leaves a permutation of the items.
//!
//! Knows nothing of values: items are small and `Copy` (the caller sorts indices).

/// Wins in a row of one run before merging gallops.
const MIN_GALLOP: usize = 7;
const MAX_MINRUN: usize = 64;

/// Sort `items` by `less`.
pub fn timsort<T: Copy, E>(items: &mut [T], less: impl FnMut(T, T) -> Result<bool, E>) -> Result<(), E> {
    let total = items.len();
    if total < 2 {
        return Ok(());
    }
    let mut sorter = Sorter { items, less, min_gallop: MIN_GALLOP, pending: Vec::new(), temp: Vec::new() };
    let minrun = minrun(total);
    let mut low = 0;
    while low < total {
        let remaining = total - low;
        let mut length = sorter.count_run(low, remaining)?;
        if length < minrun {
            let forced = remaining.min(minrun);
            sorter.binary_sort(low, forced, length)?;
            length = forced;
        }
        sorter.found_run(length, total)?;
        sorter.pending.push(Run { base: low, length, power: 0 });
        low += length;
    }
    sorter.collapse()
}

/// Runs shorter than this are extended: `total / minrun` is a power of two or a bit less.
fn minrun(mut total: usize) -> usize {
    let mut odd = 0;
    while total >= MAX_MINRUN {
        odd |= total & 1;
        total >>= 1;
    }
    total + odd
}

/// A sorted stretch that waits to be merged.
#[derive(Clone, Copy)]
struct Run {
    base: usize,
    length: usize,
    /// The depth at which it and its right neighbour meet in the merge tree.
    power: u32,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    less: F,
    min_gallop: usize,
    pending: Vec<Run>,
    temp: Vec<T>,
}

impl<T: Copy, E, F: FnMut(T, T) -> Result<bool, E>> Sorter<'_, T, F> {
    /// The length of the run at `low`, made ascending.
    fn count_run(&mut self, low: usize, remaining: usize) -> Result<usize, E> {
        let items = &mut self.items[low..low + remaining];
        let less = &mut self.less;
        let mut n = 1;
        while n < remaining && !less(items[n], items[n - 1])? {
            n += 1;
        }
        if n == remaining {
            return Ok(n);
        }
        if n > 1 {
            if less(items[0], items[n - 1])? {
                return Ok(n);
            }
            // All equal so far: they may begin a descending run.
            items[..n].reverse();
        }
        n += 1;
        // Descending; stretches of equal items (the last `equal + 1`) are turned round in place,
        // so that turning round the whole restores their order.
        let mut equal = 0;
        while n < remaining {
            if less(items[n], items[n - 1])? {
                if equal > 0 {
                    items[n - equal - 1..n].reverse();
                    equal = 0;
                }
            } else if less(items[n - 1], items[n])? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        if equal > 0 {
            items[n - equal - 1..n].reverse();
        }
        items[..n].reverse();
        while n < remaining && !less(items[n], items[n - 1])? {
            n += 1;
        }
        Ok(n)
    }

    /// Sort `length` items from `low` on, of which the first `sorted` are sorted.
    fn binary_sort(&mut self, low: usize, length: usize, sorted: usize) -> Result<(), E> {
        let items = &mut self.items[low..low + length];
        for next in sorted.max(1)..length {
            let pivot = items[next];
            let (mut left, mut right) = (0, next);
            while left < right {
                let middle = (left + right) / 2;
                if (self.less)(pivot, items[middle])? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            items.copy_within(left..next, left + 1);
            items[left] = pivot;
        }
        Ok(())
    }

    /// Before a new run is pushed: merge what lies deeper in the merge tree.
    fn found_run(&mut self, length: usize, total: usize) -> Result<(), E> {
        let Some(&last) = self.pending.last() else { return Ok(()) };
        let power = power(last.base, last.length, length, total);
        while self.pending.len() > 1 && self.pending[self.pending.len() - 2].power > power {
            self.merge_at(self.pending.len() - 2)?;
        }
        if let Some(last) = self.pending.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    fn collapse(&mut self) -> Result<(), E> {
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].length < self.pending[at + 1].length {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    /// Merge the pending runs `at` and `at + 1`.
    fn merge_at(&mut self, at: usize) -> Result<(), E> {
        let (first, second) = (self.pending[at], self.pending[at + 1]);
        self.pending[at].length += second.length;
        self.pending.remove(at + 1);
        // What is in its place already takes no part.
        let skip =
            gallop_right(&mut self.less, self.items[second.base], &self.items[first.base..second.base], 0)?;
        let (base, left) = (first.base + skip, first.length - skip);
        if left == 0 {
            return Ok(());
        }
        let right = gallop_left(
            &mut self.less,
            self.items[second.base - 1],
            &self.items[second.base..second.base + second.length],
            second.length - 1,
        )?;
        if right == 0 {
            return Ok(());
        }
        self.temp.clear();
        if left <= right {
            self.temp.extend_from_slice(&self.items[base..base + left]);
            self.merge_low(base, left, right)
        } else {
            self.temp.extend_from_slice(&self.items[second.base..second.base + right]);
            self.merge_high(base, left, right)
        }
    }

    /// Merge `left` items from `base` on, which are in `temp`, with the `right` items behind
    /// them, from the front.
    fn merge_low(&mut self, base: usize, left: usize, right: usize) -> Result<(), E> {
        let mut merge = Low { to: base, a: 0, left, b: base + left, right };
        let outcome = self.merge_low_steps(&mut merge);
        let Low { to, a, left, b, right } = merge;
        if matches!(outcome, Ok(true)) {
            // One item of the left run remains, and it is the greatest.
            self.items.copy_within(b..b + right, to);
            self.items[to + right] = self.temp[a];
        } else {
            self.items[to..to + left].copy_from_slice(&self.temp[a..a + left]);
        }
        outcome.map(|_| ())
    }

    /// Whether the merge ended with one item of the left run remaining.
    fn merge_low_steps(&mut self, m: &mut Low) -> Result<bool, E> {
        m.take_right(self.items);
        if m.right == 0 {
            return Ok(false);
        }
        if m.left == 1 {
            return Ok(true);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.less)(self.items[m.b], self.temp[m.a])? {
                    m.take_right(self.items);
                    wins_b += 1;
                    wins_a = 0;
                    if m.right == 0 {
                        return Ok(false);
                    }
                    if wins_b >= min_gallop {
                        break;
                    }
                } else {
                    m.take_left(self.items, &self.temp, 1);
                    wins_a += 1;
                    wins_b = 0;
                    if m.left == 1 {
                        return Ok(true);
                    }
                    if wins_a >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let run = &self.temp[m.a..m.a + m.left];
                wins_a = gallop_right(&mut self.less, self.items[m.b], run, 0)?;
                if wins_a > 0 {
                    m.take_left(self.items, &self.temp, wins_a);
                    if m.left == 1 {
                        return Ok(true);
                    }
                    if m.left == 0 {
                        return Ok(false);
                    }
                }
                m.take_right(self.items);
                if m.right == 0 {
                    return Ok(false);
                }
                let run = &self.items[m.b..m.b + m.right];
                wins_b = gallop_left(&mut self.less, self.temp[m.a], run, 0)?;
                if wins_b > 0 {
                    self.items.copy_within(m.b..m.b + wins_b, m.to);
                    m.to += wins_b;
                    m.b += wins_b;
                    m.right -= wins_b;
                    if m.right == 0 {
                        return Ok(false);
                    }
                }
                m.take_left(self.items, &self.temp, 1);
                if m.left == 1 {
                    return Ok(true);
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merge `left` items from `base` on with the `right` items behind them, which are in
    /// `temp`, from the back.
    fn merge_high(&mut self, base: usize, left: usize, right: usize) -> Result<(), E> {
        let mut merge = High { to: base + left + right, base, left, right };
        let outcome = self.merge_high_steps(&mut merge);
        let High { to, base, left, right } = merge;
        if matches!(outcome, Ok(true)) {
            // One item of the right run remains, and it is the least.
            self.items.copy_within(base..base + left, to - left);
            self.items[to - left - 1] = self.temp[0];
        } else {
            self.items[to - right..to].copy_from_slice(&self.temp[..right]);
        }
        outcome.map(|_| ())
    }

    /// Whether the merge ended with one item of the right run remaining.
    fn merge_high_steps(&mut self, m: &mut High) -> Result<bool, E> {
        m.take_left(self.items, 1);
        if m.left == 0 {
            return Ok(false);
        }
        if m.right == 1 {
            return Ok(true);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.less)(self.temp[m.right - 1], self.items[m.base + m.left - 1])? {
                    m.take_left(self.items, 1);
                    wins_a += 1;
                    wins_b = 0;
                    if m.left == 0 {
                        return Ok(false);
                    }
                    if wins_a >= min_gallop {
                        break;
                    }
                } else {
                    m.take_right(self.items, &self.temp, 1);
                    wins_b += 1;
                    wins_a = 0;
                    if m.right == 1 {
                        return Ok(true);
                    }
                    if wins_b >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let run = &self.items[m.base..m.base + m.left];
                let stay = gallop_right(&mut self.less, self.temp[m.right - 1], run, m.left - 1)?;
                wins_a = m.left - stay;
                if wins_a > 0 {
                    m.take_left(self.items, wins_a);
                    if m.left == 0 {
                        return Ok(false);
                    }
                }
                m.take_right(self.items, &self.temp, 1);
                if m.right == 1 {
                    return Ok(true);
                }
                let run = &self.temp[..m.right];
                let pivot = self.items[m.base + m.left - 1];
                let stay = gallop_left(&mut self.less, pivot, run, m.right - 1)?;
                wins_b = m.right - stay;
                if wins_b > 0 {
                    m.take_right(self.items, &self.temp, wins_b);
                    if m.right == 1 {
                        return Ok(true);
                    }
                    if m.right == 0 {
                        return Ok(false);
                    }
                }
                m.take_left(self.items, 1);
                if m.left == 0 {
                    return Ok(false);
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

/// Where a merge from the front stands.
struct Low {
    /// Next place to fill.
    to: usize,
    /// Next item of the left run, in `temp`, and how many are left.
    a: usize,
    left: usize,
    /// Next item of the right run, in `items`, and how many are left.
    b: usize,
    right: usize,
}

impl Low {
    fn take_right<T: Copy>(&mut self, items: &mut [T]) {
        items[self.to] = items[self.b];
        self.to += 1;
        self.b += 1;
        self.right -= 1;
    }

    fn take_left<T: Copy>(&mut self, items: &mut [T], temp: &[T], count: usize) {
        items[self.to..self.to + count].copy_from_slice(&temp[self.a..self.a + count]);
        self.to += count;
        self.a += count;
        self.left -= count;
    }
}

/// Where a merge from the back stands.
struct High {
    /// One past the next place to fill.
    to: usize,
    /// The left run in `items`.
    base: usize,
    left: usize,
    /// How many items of the right run, in `temp`, are left.
    right: usize,
}

impl High {
    fn take_left<T: Copy>(&mut self, items: &mut [T], count: usize) {
        let end = self.base + self.left;
        items.copy_within(end - count..end, self.to - count);
        self.to -= count;
        self.left -= count;
    }

    fn take_right<T: Copy>(&mut self, items: &mut [T], temp: &[T], count: usize) {
        items[self.to - count..self.to].copy_from_slice(&temp[self.right - count..self.right]);
        self.to -= count;
        self.right -= count;
    }
}

/// The depth in the merge tree of the boundary between the run of `first` items at `start` and
/// the run of `second` items behind it, of `total`.
fn power(start: usize, first: usize, second: usize, total: usize) -> u32 {
    let mut a = 2 * start + first;
    let mut b = a + first + second;
    let mut result = 0;
    loop {
        result += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return result;
        }
        a <<= 1;
        b <<= 1;
    }
}

/// The place in the sorted `run` before all items equal to `key`; the search starts at `hint`.
fn gallop_left<T: Copy, E>(
    less: &mut impl FnMut(T, T) -> Result<bool, E>,
    key: T,
    run: &[T],
    hint: usize,
) -> Result<usize, E> {
    let (mut low, mut high);
    let (mut last, mut offset) = (0, 1);
    if less(run[hint], key)? {
        let most = run.len() - hint;
        while offset < most && less(run[hint + offset], key)? {
            last = offset;
            offset = offset * 2 + 1;
        }
        (low, high) = (hint + last + 1, hint + offset.min(most));
    } else {
        let most = hint + 1;
        while offset < most && !less(run[hint - offset], key)? {
            last = offset;
            offset = offset * 2 + 1;
        }
        (low, high) = (hint + 1 - offset.min(most), hint - last);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if less(run[middle], key)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// The place in the sorted `run` behind all items equal to `key`; the search starts at `hint`.
fn gallop_right<T: Copy, E>(
    less: &mut impl FnMut(T, T) -> Result<bool, E>,
    key: T,
    run: &[T],
    hint: usize,
) -> Result<usize, E> {
    let (mut low, mut high);
    let (mut last, mut offset) = (0, 1);
    if less(key, run[hint])? {
        let most = hint + 1;
        while offset < most && less(key, run[hint - offset])? {
            last = offset;
            offset = offset * 2 + 1;
        }
        (low, high) = (hint + 1 - offset.min(most), hint - last);
    } else {
        let most = run.len() - hint;
        while offset < most && !less(key, run[hint + offset])? {
            last = offset;
            offset = offset * 2 + 1;
        }
        (low, high) = (hint + last + 1, hint + offset.min(most));
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if less(key, run[middle])? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(high)
}
