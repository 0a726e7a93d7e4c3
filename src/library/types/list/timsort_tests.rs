//! The order of comparisons, against figures from CPython; inconsistent and failing comparisons.

use super::timsort::timsort;

/// The comparisons made while sorting, folded into one number.
fn trace(items: &[i64]) -> (Vec<i64>, u64, u64) {
    let (mut sorted, mut count, mut digest) = (items.to_vec(), 0, 0u64);
    let result: Result<(), ()> = timsort(&mut sorted, |a, b| {
        count += 1;
        digest = (digest * 31 + a as u64 * 7 + b as u64) % 1_000_003;
        Ok(a < b)
    });
    result.unwrap();
    (sorted, count, digest)
}

fn numbers(seed: u64, count: usize, span: u64) -> Vec<i64> {
    let mut state = seed;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state / 65_536 % span) as i64
    };
    (0..count).map(|_| next()).collect()
}

// The figures were printed by CPython 3.13 for the same numbers, with an `__lt__` that does
// the same.
#[test]
fn compares_in_the_order_of_cpython() {
    for (seed, count, span, comparisons, digest) in include!("timsort_figures.rs") {
        let items = numbers(seed, count, span);
        let (sorted, counted, digested) = trace(&items);
        let mut expected = items;
        expected.sort();
        assert_eq!(sorted, expected);
        assert_eq!((counted, digested), (comparisons, digest), "{seed} {count} {span}");
    }
}

#[test]
fn survives_inconsistent_comparisons() {
    for count in [3usize, 70, 500, 3000] {
        let mut flip = 1u64;
        let mut items: Vec<usize> = (0..count).collect();
        let result: Result<(), ()> = timsort(&mut items, |_, _| {
            flip = flip.wrapping_mul(25_214_903_917).wrapping_add(11) % (1 << 48);
            Ok(flip >> 20 & 1 == 0)
        });
        result.unwrap();
        items.sort();
        assert_eq!(items, (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn an_error_leaves_a_permutation() {
    for limit in [0, 5, 300, 2500] {
        let mut items = numbers(9, 400, 1000).into_iter().enumerate().collect::<Vec<_>>();
        let mut left = limit;
        let result = timsort(&mut items, |a, b| {
            left -= 1;
            if left < 0 { Err(()) } else { Ok(a.1 < b.1) }
        });
        assert!(result.is_err());
        let mut places: Vec<usize> = items.iter().map(|item| item.0).collect();
        places.sort();
        assert_eq!(places, (0..400).collect::<Vec<_>>());
    }
}
