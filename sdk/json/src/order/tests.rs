//! Tests of the sort: it agrees with the standard library's.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn agrees_with_a_stable_sort(values in prop::collection::vec(0_u8..20, 0..300)) {
        let found = order(values.len(), &|a, b| values[a].cmp(&values[b]));
        let mut expected: Vec<usize> = (0..values.len()).collect();
        expected.sort_by_key(|i| values[*i]);
        prop_assert_eq!(found, expected);
    }
}
