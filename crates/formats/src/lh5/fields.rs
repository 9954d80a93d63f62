//! Which members of structs and tables to read.

use std::collections::BTreeSet;

/// A choice of members by name; `a/b` reaches into the member `a`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Names with whether they are wanted; `None`: everything.
    chosen: Option<Vec<(String, bool)>>,
}

impl Fields {
    /// All members.
    pub fn all() -> Self {
        Self::default()
    }

    /// These and no others.
    pub fn only<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { chosen: Some(names.into_iter().map(|name| (name.into(), true)).collect()) }
    }

    /// All but these.
    pub fn except<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let chosen: Vec<(String, bool)> = names.into_iter().map(|name| (name.into(), false)).collect();
        Self { chosen: if chosen.is_empty() { None } else { Some(chosen) } }
    }

    /// Names with whether they are wanted; the first decides about those that are not named: false means all but, true only.
    pub fn chosen(names: Vec<(String, bool)>) -> Self {
        Self { chosen: Some(names) }
    }

    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.chosen.is_none()
    }

    /// What to read of each member in `members` that is wanted, in that order.
    ///
    /// # Errors
    /// Names that are no members.
    pub(super) fn of<'a>(&self, members: &'a [String]) -> Result<Vec<(&'a str, Self)>, Vec<String>> {
        let Some(chosen) = &self.chosen else {
            return Ok(members.iter().map(|name| (name.as_str(), Self::all())).collect());
        };
        let rest = chosen.first().is_some_and(|(_, wanted)| !wanted);
        let mut unknown = BTreeSet::new();
        for (name, _) in chosen {
            let head = head(name, members);
            if !members.iter().any(|member| member == head) {
                unknown.insert(head.to_owned());
            }
        }
        if !unknown.is_empty() {
            return Err(unknown.into_iter().collect());
        }
        let inside = |member: &String| {
            let mut whole = None;
            let mut deeper = Vec::new();
            for (name, wanted) in chosen {
                if name == member {
                    whole = Some(*wanted);
                } else if let Some(tail) = name.strip_prefix(member.as_str()).and_then(|tail| tail.strip_prefix('/'))
                    && head(name, members) == member
                {
                    deeper.push((tail.to_owned(), *wanted));
                }
            }
            match (whole, deeper.is_empty()) {
                (whole, true) => whole.unwrap_or(rest).then(Self::all),
                (Some(false), false) if deeper.iter().all(|(_, wanted)| !wanted) => None,
                (Some(true), false) if deeper.iter().all(|(_, wanted)| *wanted) => Some(Self::all()),
                (_, false) => Some(Self { chosen: Some(deeper) }),
            }
        };
        Ok(members.iter().filter_map(|member| inside(member).map(|fields| (member.as_str(), fields))).collect())
    }
}

/// The member that a name begins with: itself, or the part before a slash.
fn head<'a>(name: &'a str, members: &[String]) -> &'a str {
    if members.iter().any(|member| member == name) {
        return name;
    }
    name.split_once('/').map_or(name, |(head, _)| head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &Fields, members: &[&str]) -> Vec<String> {
        let members: Vec<String> = members.iter().map(|name| (*name).to_owned()).collect();
        fields.of(&members).unwrap().into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_first_value_decides_about_the_rest() {
        let members = ["a", "b", "c"];
        assert_eq!(names(&Fields::only(["c", "a"]), &members), ["a", "c"]);
        assert_eq!(names(&Fields::except(["b"]), &members), ["a", "c"]);
        assert_eq!(names(&Fields::except(Vec::<String>::new()), &members), members);
        assert_eq!(names(&Fields::only(Vec::<String>::new()), &members), Vec::<String>::new());
        assert_eq!(names(&Fields::chosen(vec![("a".into(), false), ("c".into(), true)]), &members), ["b", "c"]);
        assert_eq!(names(&Fields::chosen(vec![("a".into(), true), ("c".into(), false)]), &members), ["a"]);
    }

    #[test]
    fn slashes_reach_into_members() {
        let members: Vec<String> = ["sub", "x"].map(str::to_owned).to_vec();
        let fields = Fields::only(["sub/b/c"]);
        let found = fields.of(&members).unwrap();
        assert_eq!(found, [("sub", Fields::only(["b/c"]))]);
        let fields = Fields::except(["sub/a"]);
        let found = fields.of(&members).unwrap();
        assert_eq!(found, [("sub", Fields::except(["a"])), ("x", Fields::all())]);
    }

    #[test]
    fn names_that_are_no_members_are_told() {
        let members = ["sub".to_owned()];
        assert_eq!(Fields::only(["sbu/a", "y"]).of(&members), Err(vec!["sbu".to_owned(), "y".to_owned()]));
    }
}
