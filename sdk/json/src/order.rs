//! One sort for everything: the standard library's would be compiled anew for every type, some kilobytes each.

use std::cmp::Ordering;

#[cfg(test)]
mod tests;

/// The indices `0..count` in the order that `compare` gives; equal ones keep their order.
#[inline(never)]
pub fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    // Merge sort from below: runs of one, two, four … elements.
    let mut from: Vec<usize> = Vec::with_capacity(count);
    let mut to: Vec<usize> = Vec::with_capacity(count);
    for i in 0..count {
        from.push(i);
    }
    let mut width = 1;
    while width < count {
        let mut start = 0;
        while start < count {
            let middle = (start + width).min(count);
            let end = (middle + width).min(count);
            let (mut left, mut right) = (start, middle);
            while let (Some(l), Some(r)) = (from.get(left), from.get(right)) {
                if left >= middle || right >= end {
                    break;
                }
                if compare(*r, *l) == Ordering::Less {
                    to.push(*r);
                    right += 1;
                } else {
                    to.push(*l);
                    left += 1;
                }
            }
            to.extend_from_slice(from.get(left..middle).unwrap_or_default());
            to.extend_from_slice(from.get(right..end).unwrap_or_default());
            start = end;
        }
        std::mem::swap(&mut from, &mut to);
        to.clear();
        width *= 2;
    }
    from
}

/// The indices of names in their order; equal ones keep theirs.
#[inline(never)]
pub fn names(names: &[&str]) -> Vec<usize> {
    let name = |at: usize| names.get(at).copied().unwrap_or_default();
    order(names.len(), &|a, b| name(a).cmp(name(b)))
}
