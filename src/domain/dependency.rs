//! What a connection depends on, and that nothing depends on itself.

use std::collections::{HashMap, HashSet};

use super::ids::ProfileId;

/// Connections that one may depend on.
pub const MOST_DEPENDENCIES: usize = 20;

/// Whether `connection` would depend on itself, by whatever way round, if it depended on `wanted`.
pub fn makes_a_circle(connection: ProfileId, wanted: &[ProfileId], dependencies: &HashMap<ProfileId, Vec<ProfileId>>) -> bool {
    let mut seen = HashSet::new();
    let mut next: Vec<_> = wanted.to_vec();
    while let Some(id) = next.pop() {
        if id == connection {
            return true;
        }
        if seen.insert(id) {
            next.extend(dependencies.get(&id).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn a_circle_is_found_whatever_its_way_round() {
        let id = |number: u128| Id::from_uuid(uuid::Uuid::from_u128(number));
        // 1 → 2 → 3, and 4 → 4, which no check has let in but a restored backup may hold.
        let dependencies = HashMap::from([(id(1), vec![id(2)]), (id(2), vec![id(3)]), (id(4), vec![id(4)])]);
        assert!(makes_a_circle(id(1), &[id(1)], &dependencies) && makes_a_circle(id(3), &[id(1)], &dependencies));
        assert!(!makes_a_circle(id(1), &[id(3)], &dependencies) && !makes_a_circle(id(5), &[id(1), id(4)], &dependencies));
    }
}
