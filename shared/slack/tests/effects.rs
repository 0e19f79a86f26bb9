//! Every method that writes has an answer to “what if its answer is lost?”: a row here, or this test fails.

use std::collections::BTreeSet;
use std::path::Path;

/// Methods that are posted to, and why doing them again does no harm. `once` ones go through the table of effects.
const METHODS: &[(&str, &str)] = &[
    ("auth.test", "changes nothing"),
    ("apps.connections.open", "gives another address, which nobody uses"),
    ("bookmarks.add", "once: the channel's bookmarks are listed first"),
    ("chat.postEphemeral", "at most once: never repeated after a send"),
    ("chat.delete", "repeatable: message_not_found is done"),
    ("chat.postMessage", "once: found by its key in the metadata"),
    ("chat.update", "repeatable"),
    ("conversations.archive", "repeatable: already_archived is done"),
    (
        "conversations.create",
        "once: found by its name among the bot's own channels",
    ),
    ("conversations.invite", "repeatable: already_in_channel is done"),
    ("conversations.join", "repeatable"),
    ("conversations.open", "repeatable: gives the same conversation"),
    (
        "conversations.rename",
        "repeatable: on name_taken the channel is asked for its name",
    ),
    ("conversations.setTopic", "repeatable"),
    (
        "files.completeUploadExternal",
        "once: found by the file's name in the channel's history",
    ),
    ("pins.add", "repeatable: already_pinned is done"),
    ("pins.remove", "repeatable: no_pin is done"),
    ("reactions.add", "repeatable: already_reacted is done"),
    ("reactions.remove", "repeatable: no_reaction is done"),
    ("response_url", "at most once: never repeated"),
    ("upload", "repeatable: nobody sees a file before it is shared"),
    ("views.open", "at most once: the trigger works once"),
    ("views.publish", "repeatable"),
    ("views.push", "at most once: the trigger works once"),
    ("views.update", "repeatable"),
];

#[test]
fn every_method_that_writes_has_its_row() {
    let mut posted = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(source).unwrap() {
        // A folder holds snapshots.
        let Ok(text) = std::fs::read_to_string(file.unwrap().path()) else {
            continue;
        };
        let text: String = text.split_whitespace().collect();
        for call in text.split("self.post").skip(1) {
            posted.extend(call.split('"').nth(1).map(str::to_owned));
        }
        posted.extend(
            text.split("letmethod=\"")
                .skip(1)
                .filter_map(|rest| Some(rest.split('"').next()?.to_owned())),
        );
    }
    let rows: BTreeSet<_> = METHODS.iter().map(|(method, _)| (*method).to_owned()).collect();
    assert_eq!(posted, rows, "a method that writes and its row here go together");
}
