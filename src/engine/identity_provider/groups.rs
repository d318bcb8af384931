//! Which group makes someone what, in which team.

use std::{collections::BTreeMap, fmt, str::FromStr};

use domain::operator::Role;

/// `ops-admins=default:admin`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRule {
    pub group: String,
    /// The team's slug.
    pub team: String,
    pub role: Role,
}

/// The whole map: `ops-admins=default:admin, mobile=mobile-apps:viewer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(Vec<GroupRule>);

impl Groups {
    /// Every team that groups decide on, by its slug, with the highest role that one of `held` gives there.
    pub fn places(&self, held: &[String]) -> BTreeMap<&str, Option<Role>> {
        let mut places = BTreeMap::new();
        for rule in &self.0 {
            let role = held.contains(&rule.group).then_some(rule.role);
            let place = places.entry(rule.team.as_str()).or_default();
            *place = role.max(*place);
        }
        places
    }
}

impl FromStr for Groups {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rules = text.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if rules.is_empty() { Err("names no group".into()) } else { Ok(Self(rules)) }
    }
}

impl FromStr for GroupRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || format!("has {text:?}, which is no group=team:role");
        // The name of a group may have an equals sign of its own.
        let (group, place) = text.rsplit_once('=').ok_or_else(fault)?;
        let (team, role) = place.split_once(':').ok_or_else(fault)?;
        let (group, team) = (group.trim(), team.trim());
        let role = role.trim().parse().map_err(|_| format!("has {text:?}, whose role is none of viewer, operator and admin"))?;
        if group.is_empty() || team.is_empty() { Err(fault()) } else { Ok(Self { group: group.into(), team: team.into(), role }) }
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.0.iter().map(|GroupRule { group, team, role }| format!("{group}={team}:{role}"));
        f.write_str(&rules.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_highest_role_counts_and_every_team_of_the_map_is_named() {
        let groups: Groups = "/ops/admins=default:admin, ops=default:operator,cn=mobile=mobile-apps:viewer".parse().expect("a map");
        assert_eq!(groups.places(&held(&["ops", "/ops/admins"])), [("default", Some(Role::Admin)), ("mobile-apps", None)].into());
        assert_eq!(groups.places(&held(&["ops", "cn=mobile"])), [("default", Some(Role::Operator)), ("mobile-apps", Some(Role::Viewer))].into());
        assert_eq!(groups.places(&held(&["OPS"])), [("default", None), ("mobile-apps", None)].into(), "names are taken to the letter");
        assert_eq!(groups.to_string().parse(), Ok(groups));
    }

    #[test]
    fn what_is_no_map_is_refused_in_words() {
        for (text, said) in [("", "no group"), ("ops", "no group=team:role"), ("ops=default", "no group=team:role"), ("=default:admin", "no group=team:role")] {
            assert!(Groups::from_str(text).is_err_and(|fault| fault.contains(said)), "{text}");
        }
        assert!(Groups::from_str("ops=default:owner").is_err_and(|fault| fault.contains("viewer, operator and admin")));
    }
}
