//! Which differences between two places are why their answers differ.

/// Those of the differences that lead from the one answer to the other: each that does alone; where
/// none does, as few as are needed together (taking away any of them leads elsewhere). `leads` says
/// whether the first place with these differences has the answer of the second.
pub(crate) fn decisive<T: Clone>(all: &[T], leads: impl Fn(&[T]) -> bool) -> (Vec<T>, bool) {
    let alone: Vec<T> =
        all.iter().filter(|one| leads(std::slice::from_ref(*one))).cloned().collect();
    if !alone.is_empty() {
        return (alone, true);
    }
    let mut kept = all.to_vec();
    if !leads(&kept) {
        return (vec![], false);
    }
    let mut at = 0;
    while at < kept.len() {
        let taken = kept.remove(at);
        if !leads(&kept) {
            kept.insert(at, taken);
            at += 1;
        }
    }
    (kept, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_and_nothing_else() {
        let all: Vec<u32> = (0..9).collect();
        let of = |leads: &dyn Fn(&[u32]) -> bool| decisive(&all, leads);
        assert_eq!(of(&|these| these.contains(&3)), (vec![3], true));
        assert_eq!(of(&|these| these.contains(&3) || these.contains(&5)), (vec![3, 5], true));
        assert_eq!(of(&|these| these.contains(&3) && these.contains(&5)), (vec![3, 5], false));
        assert_eq!(of(&|_| false), (vec![], false));
    }
}
