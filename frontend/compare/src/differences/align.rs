//! Aligns two lists.

/// Pairs the items of two lists. Equal items at the beginning and at the end are paired with each other, and the items between them
/// in order. If one list has an additional item in the middle, the result has one difference and not one for each following item.
pub(super) fn align<T>(
    first: &[T],
    second: &[T],
    equal: impl Fn(&T, &T) -> bool,
) -> Vec<(Option<usize>, Option<usize>)> {
    let shorter = first.len().min(second.len());
    let start = (0..shorter).take_while(|at| equal(&first[*at], &second[*at])).count();
    let from_end = |list: &[T], at: usize| list.len() - 1 - at;
    let end = (0..shorter - start)
        .take_while(|at| equal(&first[from_end(first, *at)], &second[from_end(second, *at)]))
        .count();
    let (first_end, second_end) = (first.len() - end, second.len() - end);
    let mut pairs: Vec<_> = (0..start).map(|at| (Some(at), Some(at))).collect();
    let longer = (first_end - start).max(second_end - start);
    pairs.extend((start..start + longer).map(|at| {
        let within = |end: usize| (at < end).then_some(at);
        (within(first_end), within(second_end))
    }));
    pairs.extend((0..end).map(|at| (Some(first_end + at), Some(second_end + at))));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_more_is_one_difference() {
        let check = |first: &str, second: &str, expect: &[(Option<usize>, Option<usize>)]| {
            assert_eq!(align(first.as_bytes(), second.as_bytes(), |a, b| a == b), expect, "{first} {second}");
        };
        check("", "", &[]);
        check("ab", "aXb", &[(Some(0), Some(0)), (None, Some(1)), (Some(1), Some(2))]);
        check("aYb", "aXb", &[(Some(0), Some(0)), (Some(1), Some(1)), (Some(2), Some(2))]);
        check("aa", "a", &[(Some(0), Some(0)), (Some(1), None)]);
        check("a", "", &[(Some(0), None)]);
    }
}
