//! What Confluence holds, and its rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CONFLUENCE_PARENT, CONFLUENCE_SPACE, read};

const SPACE_ID: &str = "98306";
const HOME_ID: &str = "98400";
const BOT_ACCOUNT: &str = "712020:incident-bot";
const PERSON_ACCOUNT: &str = "712020:somebody";
/// The most bytes of a body, and of an attachment.
pub(super) const MOST: usize = 5 << 20;
const MOST_ATTACHED: usize = 25 << 20;
/// The property that says which editor a page opens in.
const EDITOR: &str = "editor";

/// A file that is attached to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageAttachment {
    /// Its name.
    pub name: String,
    /// Such as `image/png`.
    pub media_type: String,
    /// How many bytes it has.
    pub size: usize,
    /// Grows when it is replaced.
    pub version: i64,
    #[serde(skip)]
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Something that is kept with a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageProperty {
    /// Its id.
    pub id: String,
    /// Unique on the page, such as `editor`.
    pub key: String,
    /// Any JSON.
    pub value: Value,
    /// Grows by one with every change.
    pub version: i64,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfluencePage {
    /// Its id.
    pub id: String,
    /// Unique in the space.
    pub title: String,
    /// In storage format.
    pub body: String,
    /// Id of the page above.
    pub parent: Option<String>,
    /// Grows by one with every change.
    pub version: i64,
    /// What was said of the last change.
    pub message: String,
    /// Whose the last change was.
    pub changed_by: String,
    /// When that was.
    pub changed_at: DateTime<Utc>,
    /// Its files.
    pub attachments: Vec<PageAttachment>,
    /// What else is kept with it.
    pub properties: Vec<PageProperty>,
}

impl ConfluencePage {
    /// The editor that it opens in; the legacy one where nobody said.
    pub fn editor(&self) -> Option<&str> {
        let editor = self.properties.iter().find(|property| property.key == EDITOR)?;
        editor.value.as_str()
    }

    fn add_property(&mut self, key: &str, value: Value) {
        self.properties.push(PageProperty {
            id: format!("{}{}", self.id, self.properties.len() + 1),
            key: key.to_owned(),
            value,
            version: 1,
        });
    }
}

/// A refusal: the status and the body.
pub(super) type Refused = (u16, Value);

pub(super) fn refused(status: u16, title: &str) -> Refused {
    let error = json!({ "status": status, "code": "ERROR", "title": title, "detail": null });
    (status, json!({ "errors": [error] }))
}

/// What Confluence holds.
pub(crate) struct State {
    pages: BTreeMap<String, ConfluencePage>,
    next: u64,
    given: [String; 2],
    pub(super) may_write: bool,
}

impl Default for State {
    fn default() -> Self {
        let mut state = Self {
            pages: BTreeMap::new(),
            next: 98_400,
            given: [String::new(), String::new()],
            may_write: true,
        };
        let home = state.add("Operations", "", None, PERSON_ACCOUNT);
        let parent = state.add(CONFLUENCE_PARENT, "", Some(home.clone()), PERSON_ACCOUNT);
        state.given = [home, parent];
        state
    }
}

impl State {
    /// Empties the space; no id is given out again.
    pub(crate) fn begin_anew(&mut self) {
        let next = self.next;
        *self = Self::default();
        self.next = next;
    }

    pub(super) fn made(&self) -> impl Iterator<Item = &ConfluencePage> {
        self.pages.values().filter(|page| !self.given.contains(&page.id))
    }

    pub(super) fn page(&self, id: &str) -> Result<&ConfluencePage, Refused> {
        self.pages.get(id).ok_or_else(|| refused(404, "Not Found"))
    }

    pub(super) fn titled(&self, title: &str) -> Option<&ConfluencePage> {
        self.pages.values().find(|page| page.title == title)
    }

    pub(super) fn spaces(keys: &str) -> Value {
        let known = keys.split(',').any(|key| key == CONFLUENCE_SPACE);
        let space = json!({ "id": SPACE_ID, "key": CONFLUENCE_SPACE, "name": "Operations", "type": "global", "status": "current", "homepageId": HOME_ID });
        json!({ "results": if known { vec![space] } else { Vec::new() }, "_links": {} })
    }

    pub(super) fn is_space(id: &str) -> bool {
        id == SPACE_ID
    }

    fn add(&mut self, title: &str, body: &str, parent: Option<String>, by: &str) -> String {
        let id = self.next.to_string();
        self.next += 1;
        let page = ConfluencePage {
            id: id.clone(),
            title: title.to_owned(),
            body: body.to_owned(),
            parent,
            version: 1,
            message: String::new(),
            changed_by: by.to_owned(),
            changed_at: Utc::now(),
            attachments: Vec::new(),
            properties: Vec::new(),
        };
        self.pages.insert(id.clone(), page);
        id
    }

    pub(super) fn add_by_person(&mut self, title: &str) -> String {
        self.add(title, "<p>Mine</p>", None, PERSON_ACCOUNT)
    }

    pub(super) fn remove(&mut self, title: &str) {
        self.pages.retain(|_, page| page.title != title);
    }

    pub(super) fn edit(&mut self, id: &str, edit: impl FnOnce(&mut String)) -> bool {
        let Some(page) = self.pages.get_mut(id) else {
            return false;
        };
        edit(&mut page.body);
        page.version += 1;
        page.message.clear();
        PERSON_ACCOUNT.clone_into(&mut page.changed_by);
        page.changed_at = Utc::now();
        true
    }

    pub(super) fn create(&mut self, wanted: &Value) -> Result<ConfluencePage, Refused> {
        let text = |field: &str| wanted[field].as_str().filter(|text| !text.is_empty());
        if text("spaceId").is_none_or(|space| !Self::is_space(space)) || !self.may_write {
            return Err(refused(
                404,
                "The space does not exist, or you may not create pages in it",
            ));
        }
        let title = text("title").ok_or_else(|| refused(400, "title must be provided"))?;
        check_title(title)?;
        if self.titled(title).is_some() {
            return Err(refused(
                400,
                "A page with this title already exists: A page already exists with the same TITLE in this space",
            ));
        }
        let parent = text("parentId").map_or_else(|| HOME_ID.to_owned(), str::to_owned);
        self.page(&parent)
            .map_err(|_| refused(404, "The parent page was not found"))?;
        let body = body(wanted)?;
        let id = self.add(title, &body, Some(parent), BOT_ACCOUNT);
        Ok(self.page(&id)?.clone())
    }

    pub(super) fn update(&mut self, id: &str, wanted: &Value) -> Result<ConfluencePage, Refused> {
        let title = wanted["title"].as_str().unwrap_or_default().to_owned();
        check_title(&title)?;
        if wanted["id"].as_str() != Some(id) || wanted["status"].as_str() != Some("current") {
            return Err(refused(400, "id and status must be provided"));
        }
        if self.titled(&title).is_some_and(|page| page.id != id) {
            return Err(refused(400, "A page already exists with the same TITLE in this space"));
        }
        let body = body(wanted)?;
        let page = self.writable(id)?;
        if wanted["version"]["number"].as_i64() != Some(page.version + 1) {
            return Err(refused(409, "Version must be incremented when updating a page"));
        }
        page.title = title;
        page.body = body;
        page.version += 1;
        wanted["version"]["message"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut page.message);
        BOT_ACCOUNT.clone_into(&mut page.changed_by);
        page.changed_at = Utc::now();
        Ok(page.clone())
    }

    pub(super) fn set_editor(&mut self, id: &str, editor: &str) -> bool {
        let Some(page) = self.pages.get_mut(id) else {
            return false;
        };
        match page.properties.iter_mut().find(|property| property.key == EDITOR) {
            Some(property) => {
                property.value = json!(editor);
                property.version += 1;
            }
            None => page.add_property(EDITOR, json!(editor)),
        }
        true
    }

    pub(super) fn add_property(&mut self, id: &str, wanted: &Value) -> Result<Value, Refused> {
        let page = self.writable(id)?;
        let key = wanted["key"].as_str().unwrap_or_default();
        if key.is_empty() || wanted["value"].is_null() {
            return Err(refused(400, "key and value must be provided"));
        }
        if page.properties.iter().any(|property| property.key == key) {
            return Err(refused(409, "The content has a property with this key already"));
        }
        page.add_property(key, wanted["value"].clone());
        Ok(page.properties.last().map(shown_property).unwrap_or_default())
    }

    pub(super) fn update_property(&mut self, id: &str, property: &str, wanted: &Value) -> Result<Value, Refused> {
        let page = self.writable(id)?;
        let found = page.properties.iter_mut().find(|one| one.id == property);
        let found = found.ok_or_else(|| refused(404, "Not Found"))?;
        if wanted["key"].as_str() != Some(found.key.as_str()) || wanted["value"].is_null() {
            return Err(refused(400, "key and value must be provided"));
        }
        if wanted["version"]["number"].as_i64() != Some(found.version + 1) {
            return Err(refused(409, "Version must be incremented when updating a property"));
        }
        found.value = wanted["value"].clone();
        found.version += 1;
        Ok(shown_property(found))
    }

    fn writable(&mut self, id: &str) -> Result<&mut ConfluencePage, Refused> {
        let may_write = self.may_write;
        let page = self.pages.get_mut(id).filter(|_| may_write);
        page.ok_or_else(|| refused(404, "Not Found"))
    }

    pub(super) fn attach(&mut self, id: &str, name: &str, media_type: &str, bytes: &[u8]) -> Result<Value, Refused> {
        if !self.may_write {
            let message = "User not permitted to attach files";
            return Err((403, json!({ "statusCode": 403, "message": message })));
        }
        let page = self.pages.get_mut(id).ok_or_else(|| refused(404, "Not Found"))?;
        if bytes.len() > MOST_ATTACHED {
            return Err((413, json!({ "message": "too large" })));
        }
        let before = page.attachments.iter().position(|one| one.name == name);
        let version = before.map_or(1, |place| page.attachments.remove(place).version + 1);
        page.attachments.push(PageAttachment {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size: bytes.len(),
            version,
            bytes: bytes.to_vec(),
        });
        Ok(
            json!({ "results": [{ "id": format!("att{}", page.attachments.len()), "type": "attachment", "title": name }], "size": 1 }),
        )
    }
}

/// A property as the API shows it.
pub(super) fn shown_property(property: &PageProperty) -> Value {
    json!({
        "id": property.id, "key": property.key, "value": property.value,
        "version": { "number": property.version, "message": "", "minorEdit": false, "authorId": BOT_ACCOUNT },
    })
}

/// A page as the API shows it.
pub(super) fn show(page: &ConfluencePage, site: &str, with_body: bool) -> Value {
    let mut shown = json!({
        "id": page.id, "status": "current", "title": page.title, "spaceId": SPACE_ID, "parentId": page.parent,
        "parentType": "page", "authorId": BOT_ACCOUNT,
        "version": {
            "number": page.version, "message": page.message, "minorEdit": false, "authorId": page.changed_by,
            "createdAt": page.changed_at.to_rfc3339(),
        },
        "_links": {
            "base": format!("{site}/wiki"),
            "webui": format!("/spaces/{CONFLUENCE_SPACE}/pages/{}", page.id),
        },
    });
    if with_body {
        shown["body"] = json!({ "storage": { "representation": "storage", "value": page.body } });
    }
    shown
}

fn check_title(title: &str) -> Result<(), Refused> {
    if title.is_empty() || title.chars().count() > 255 || title.chars().any(char::is_control) {
        return Err(refused(400, "The title is not valid"));
    }
    Ok(())
}

/// The body as it is kept: well-formed, its macros with what Confluence adds to them.
fn body(wanted: &Value) -> Result<String, Refused> {
    let body = &wanted["body"];
    let (Some("storage"), Some(value)) = (body["representation"].as_str(), body["value"].as_str()) else {
        return Err(refused(400, "body must be provided in storage representation"));
    };
    if value.len() > MOST {
        return Err(refused(413, "Request too large"));
    }
    read::parse(&read::whole(value)).map_err(|error| refused(400, &format!("Error parsing xhtml: {error}")))?;
    Ok(value.replace(
        "<ac:structured-macro ac:name=",
        "<ac:structured-macro ac:schema-version=\"1\" ac:macro-id=\"0a1b\" ac:name=",
    ))
}
