//! Every call that writes has an answer to “what if its answer is lost?”: a row here, or this test fails.
#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::BTreeSet;

/// Calls that write, and why doing them again does no harm. `once` ones go through the table of effects.
const CALLS: &[(&str, &str)] = &[
    ("create_incident", "once: found by its key, in whatever state"),
    ("update_incident", "repeatable: one that is resolved already is done"),
    ("add_note", "once: found by its key among the incident's notes"),
];

#[test]
fn every_call_that_writes_has_its_row() {
    let source = include_str!("../src/client.rs");
    let source: String = source.split_whitespace().collect();
    let writing: BTreeSet<_> = source
        .split("self.write(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let begun = ["http.post(", "http.put(", "http.patch(", "http.delete("];
    let begun: usize = begun.iter().map(|call| source.matches(call).count()).sum();
    let rows: BTreeSet<_> = CALLS.iter().map(|(call, _)| *call).collect();
    assert_eq!(writing, rows, "a call that writes and its row here go together");
    assert_eq!(begun, rows.len(), "what writes goes by `write`");
}
