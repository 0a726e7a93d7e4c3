//! "Did you mean": the name among many that is most like a misspelt one, by CPython's measure.

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
/// Longer names, or more of them, get no suggestion.
const MAX_LENGTH: usize = 40;
const MAX_CANDIDATES: usize = 750;

/// The candidate nearest to `wrong`, if one is near enough.
pub fn closest<'a>(wrong: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let length = wrong.chars().count();
    if candidates.len() > MAX_CANDIDATES || length > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for &candidate in candidates {
        if candidate == wrong {
            continue;
        }
        let mut limit = (candidate.chars().count() + length + 3) * MOVE_COST / 6;
        if let Some((_, distance)) = best {
            // A candidate must be better than the best so far.
            limit = limit.min(distance - 1);
        }
        let distance = distance(wrong, candidate, limit);
        if distance <= limit && best.is_none_or(|(_, known)| distance < known) {
            best = Some((candidate, distance));
        }
    }
    best.map(|(candidate, _)| candidate)
}

fn substitution_cost(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The Levenshtein distance in which a change of case costs half; `limit + 1` if it is more
/// than `limit`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    a.drain(..prefix);
    b.drain(..prefix);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    a.truncate(a.len() - suffix);
    b.truncate(b.len() - suffix);
    if a.is_empty() || b.is_empty() {
        return MOVE_COST * (a.len() + b.len());
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    if b.len() < a.len() {
        std::mem::swap(&mut a, &mut b);
    }
    if (b.len() - a.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|index| index * MOVE_COST).collect();
    let mut result = 0;
    for (b_index, &b_char) in b.iter().enumerate() {
        let mut diagonal = b_index * MOVE_COST;
        result = diagonal;
        let mut minimum = usize::MAX;
        for (a_index, &a_char) in a.iter().enumerate() {
            let substituted = diagonal + substitution_cost(b_char, a_char);
            diagonal = row[a_index];
            result = substituted.min(result.min(diagonal) + MOVE_COST);
            row[a_index] = result;
            minimum = minimum.min(result);
        }
        if minimum > limit {
            return limit + 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_what_cpython_finds() {
        assert_eq!(closest("appendd", &["append", "extend"]), Some("append"));
        assert_eq!(closest("Append", &["append", "extend"]), Some("append"));
        assert_eq!(closest("pritn", &["print", "sprint"]), Some("print"));
        assert_eq!(closest("xyz", &["append", "extend"]), None);
        assert_eq!(closest("nam", &["name", "obj"]), Some("name"));
    }
}
