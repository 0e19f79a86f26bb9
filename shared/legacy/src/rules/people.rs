//! Who is who: 0.8.2 keeps handles and real names, of which Slack's ids are found in its copy of the people.

use std::collections::BTreeMap;

use domain::Actor;
use serde_json::Value;

/// The people of the workspace as 0.8.2 last copied them.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    by_handle: BTreeMap<String, Vec<String>>,
    by_name: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

impl Directory {
    /// Reads `opdata.slack_users`. What does not look like a person is left out.
    pub fn read(users: &Value) -> Self {
        let mut directory = Self::default();
        for user in users.as_array().into_iter().flatten() {
            let text = |key: &str| user.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            let Some(id) = text("id").filter(|id| is_user_id(id)) else {
                continue;
            };
            for (by, key) in [
                (&mut directory.by_handle, "name"),
                (&mut directory.by_name, "real_name"),
            ] {
                let known = text(key).map(|name| by.entry(name.to_owned()).or_default());
                if let Some(ids) = known
                    && !ids.iter().any(|known| known == id)
                {
                    ids.push(id.to_owned());
                }
            }
            if let Some(name) = text("real_name").or(text("name")) {
                directory.names.insert(id.to_owned(), name.to_owned());
            }
        }
        directory
    }

    /// Slack's id of the one person with this handle.
    pub fn by_handle(&self, handle: &str) -> Option<&str> {
        only(self.by_handle.get(handle))
    }

    /// Slack's id of the one person with this real name.
    pub fn by_name(&self, name: &str) -> Option<&str> {
        only(self.by_name.get(name))
    }

    /// The real name of a person.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Who acted: the person with this real name, or only the name where nobody or several have it.
    pub fn actor(&self, name: &str) -> Actor {
        match self.by_name(name) {
            Some(id) => Actor::Slack {
                user_id: id.to_owned(),
                name: name.to_owned(),
            },
            None => Actor::Named { name: name.to_owned() },
        }
    }

    /// How many people it holds.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

fn only(ids: Option<&Vec<String>>) -> Option<&str> {
    match ids?.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

fn is_user_id(id: &str) -> bool {
    matches!(id.as_bytes(), [b'U' | b'W', rest @ ..] if !rest.is_empty() && rest.len() < 30 && rest.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_several_have_stays_a_name() {
        let directory = Directory::read(&json!([
            { "id": "U1", "name": "sam.a", "real_name": "Sam Adams" },
            { "id": "U2", "name": "sam.b", "real_name": "Sam Adams" },
            { "id": "U3", "name": "eva.a", "real_name": "Eva Adams" },
        ]));
        assert_eq!(directory.by_handle("sam.b"), Some("U2"));
        assert_eq!(directory.by_name("Sam Adams"), None);
        assert_eq!(
            directory.actor("Sam Adams"),
            Actor::Named {
                name: "Sam Adams".to_owned()
            }
        );
        assert_eq!(directory.actor("Eva Adams").slack_user_id(), Some("U3"));
        assert_eq!(directory.by_handle("None"), None);
    }

    #[test]
    fn what_is_no_person_is_left_out() {
        for users in [
            json!(null),
            json!("garbage"),
            json!({ "id": "U1" }),
            json!([1, "x", { "id": 5 }, { "id": "<U1>", "name": "x" }]),
        ] {
            assert!(Directory::read(&users).is_empty(), "{users}");
        }
    }
}
