//! Look-ups by name in lists that somebody else made long: sorted once for a Pod, so that many look-ups stay cheap.

use crate::order;

/// Names and where they stand in their list.
#[derive(Debug, Default)]
pub struct Index<'d> {
    names: Vec<&'d str>,
    sorted: Vec<usize>,
}

impl<'d> Index<'d> {
    /// Of these names.
    #[inline(never)]
    pub fn new(names: Vec<&'d str>) -> Self {
        let sorted = order::names(&names);
        Index { names, sorted }
    }

    /// Of names that somebody else keeps.
    #[inline(never)]
    pub fn of(owned: &'d [String]) -> Self {
        let mut names = Vec::with_capacity(owned.len());
        for name in owned {
            names.push(name.as_str());
        }
        Self::new(names)
    }

    #[inline(never)]
    fn name(&self, sorted: usize) -> &'d str {
        self.sorted.get(sorted).and_then(|at| self.names.get(*at)).copied().unwrap_or_default()
    }

    /// How many names of the sorted ones come before this one, itself among them if `too`.
    #[inline(never)]
    fn before(&self, name: &str, too: bool) -> usize {
        let (mut from, mut to) = (0, self.sorted.len());
        while from < to {
            let middle = from + (to - from) / 2;
            let known = self.name(middle);
            if known < name || (too && known == name) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Position in the list of the first entry with this name.
    pub fn first(&self, name: &str) -> Option<usize> {
        let at = self.before(name, false);
        self.sorted.get(at).copied().filter(|_| self.name(at) == name)
    }

    /// How often the name stands in the list.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).len()
    }

    /// Positions in the list of the entries with this name, in its order.
    #[inline(never)]
    pub fn all(&self, name: &str) -> &[usize] {
        self.sorted.get(self.before(name, false)..self.before(name, true)).unwrap_or_default()
    }

    /// Does some name begin so?
    pub fn any_begins(&self, prefix: &str) -> bool {
        self.name(self.before(prefix, false)).starts_with(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_first_and_counts() {
        let index = Index::new(vec!["b", "a", "c", "a", "", "a"]);
        assert_eq!((index.first("a"), index.count("a")), (Some(1), 3));
        assert_eq!((index.first("b"), index.count("b")), (Some(0), 1));
        assert_eq!((index.first(""), index.count("")), (Some(4), 1));
        assert_eq!((index.all("a"), index.all("x")), (&[1, 3, 5][..], &[][..]));
        assert!(index.any_begins("") && index.any_begins("c") && !index.any_begins("ab") && !index.any_begins("d"));
        for absent in ["aa", "d", "0"] {
            assert_eq!((index.first(absent), index.count(absent)), (None, 0));
        }
        assert_eq!(Index::new(Vec::new()).first("a"), None);
    }
}
