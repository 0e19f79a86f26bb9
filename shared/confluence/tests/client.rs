//! What the client does and what its errors mean, against the sandbox's Confluence.
#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::time::Duration;

use confluence::{Client, Config, Error};
use sandbox::{Fault, Harm, Junk, Sandbox};

async fn sandbox() -> (Sandbox, Client, String) {
    let sandbox = Sandbox::start(sandbox::Config::default()).await.unwrap();
    let client = client(&sandbox, sandbox::CONFLUENCE_TOKEN);
    let space = client.space(sandbox::CONFLUENCE_SPACE).await.unwrap().unwrap();
    (sandbox, client, space)
}

fn client(sandbox: &Sandbox, token: &str) -> Client {
    let config = Config {
        api_url: sandbox.confluence_url(),
        username: sandbox::CONFLUENCE_USERNAME.to_owned(),
        token: token.into(),
        space: sandbox::CONFLUENCE_SPACE.to_owned(),
        parent_page: None,
        automatic: false,
        timeout: Duration::from_millis(400),
    };
    Client::new(config, None).unwrap()
}

#[tokio::test]
async fn a_page_lives() {
    let (sandbox, client, space) = sandbox().await;
    assert_eq!(client.space("NONE").await, Ok(None));
    let parent = client
        .page_by_title(&space, sandbox::CONFLUENCE_PARENT)
        .await
        .unwrap()
        .unwrap();
    let page = client
        .create_page(&space, Some(&parent.id), "A & B", "<p>one</p>")
        .await
        .unwrap();
    assert_eq!((page.version, page.url.contains(&page.id)), (1, true));
    assert_eq!(
        client.create_page(&space, None, "A & B", "<p/>").await,
        Err(Error::TitleTaken)
    );
    let read = client.page_by_title(&space, "A & B").await.unwrap().unwrap();
    assert_eq!(read.body, "<p>one</p>");
    let changed = client.update_page(&read, "<p>two</p>", "mine").await.unwrap();
    assert_eq!(changed.version, 2);
    assert_eq!(
        client.update_page(&read, "<p>three</p>", "late").await,
        Err(Error::Conflict)
    );
    let read = client.page(&page.id).await.unwrap().unwrap();
    assert_eq!((read.body.as_str(), read.message.as_str()), ("<p>two</p>", "mine"));
    assert_eq!(client.page("1").await, Ok(None));
    assert_eq!(client.has_attachment(&page.id, "a.png").await, Ok(false));
    for _ in 0..2 {
        client
            .attach(&page.id, "a.png", "image/png", "bytes".into())
            .await
            .unwrap();
    }
    assert_eq!(client.has_attachment(&page.id, "a.png").await, Ok(true));
    let attached = &sandbox.confluence_pages()[0].attachments;
    assert_eq!((attached.len(), attached[0].version), (1, 2));
    let email = sandbox.look(|state| state.user("alice").unwrap().email.clone());
    assert!(client.account("alice", &email).await.unwrap().is_some());
    // Somebody else of that name, and somebody who is not there.
    assert_eq!(client.account("alice", "alice@nowhere.example").await, Ok(None));
    assert_eq!(client.account("nobody", &email).await, Ok(None));
}

#[tokio::test]
async fn a_page_opens_in_todays_editor_whatever_was_chosen_before() {
    let (sandbox, client, space) = sandbox().await;
    let page = client.create_page(&space, None, "T", "<p>one</p>").await.unwrap();
    assert_eq!(sandbox.confluence_pages()[0].editor(), None);
    for harm in [Harm::Status(500), Harm::DropBefore, Harm::DropAfter] {
        let fault = Fault::new("confluence.add_property", harm.clone()).once();
        sandbox.faults().add(fault);
        let error = client.use_current_editor(&page.id).await.unwrap_err();
        assert!(!error.had_no_effect(), "{harm:?}: {error}");
    }
    // The last of them was carried out, so nothing is left to do.
    for _ in 0..2 {
        client.use_current_editor(&page.id).await.unwrap();
    }
    assert_eq!(sandbox.confluence_pages()[0].editor(), Some("v2"));
    sandbox.set_confluence_editor(&page.id, "v1");
    client.use_current_editor(&page.id).await.unwrap();
    let now = &sandbox.confluence_pages()[0];
    assert_eq!((now.editor(), now.version), (Some("v2"), 1));
    assert!(client.use_current_editor("1").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn every_error_has_its_meaning() {
    use http_client::Error as Call;

    let (sandbox, client, space) = sandbox().await;
    let create = async |body: &str| client.create_page(&space, None, "T", body).await;
    let large = "x".repeat((5 << 20) + 1);
    assert_eq!(create(&large).await, Err(Error::TooLarge));
    assert!(matches!(create("<p>open").await, Err(Error::Call(Call::Refused(reason))) if reason.contains("xhtml")));
    let missing = client.create_page(&space, Some("1"), "T", "<p/>").await;
    assert!(missing.unwrap_err().is_not_found());
    let stranger = self::client(&sandbox, "wrong");
    let refused = stranger.space("OPS").await.unwrap_err();
    assert!(matches!(refused, Error::Call(Call::Unauthorized(_))), "{refused}");
    assert!(!format!("{refused:?} {refused}").contains("wrong"));
    for (harm, had_no_effect) in [
        (Harm::Status(500), false),
        (Harm::Status(403), true),
        (Harm::Status(404), true),
        (Harm::Status(413), true),
        (Harm::RateLimited(7), true),
        (Harm::DropBefore, false),
        (Harm::HangBefore, false),
    ] {
        sandbox
            .faults()
            .add(Fault::new("confluence.create_page", harm.clone()).once());
        let error = create("<p/>").await.unwrap_err();
        assert_eq!(error.had_no_effect(), had_no_effect, "{harm:?}: {error}");
        assert!(sandbox.confluence_pages().is_empty(), "{harm:?}");
    }
    sandbox
        .faults()
        .add(Fault::new("confluence.create_page", Harm::Junk(Junk::InvalidJson)).once());
    // It may have been made: whoever asked looks for it.
    assert!(!create("<p/>").await.unwrap_err().had_no_effect());
    assert_eq!(sandbox.confluence_pages().len(), 1);
}

/// Every method that writes, and what a lost answer means.
const WRITES: &[(&str, &str)] = &[
    (
        "post(url).json(&page)",
        "once: found by its title and the anchor in its body",
    ),
    (
        "put(url).json(&update)",
        "once: the version's number fits once, its message tells whose it is",
    ),
    (
        "put(url).multipart(parts)",
        "repeatable: a file of the same name is replaced",
    ),
    (
        "post(url).json(&property)",
        "repeatable: it is looked for first, and can be there once",
    ),
    ("put(url).json(&newer)", "repeatable: it is looked for first"),
];

#[test]
fn every_method_that_writes_has_its_row() {
    let source = include_str!("../src/client.rs");
    let calls = ["http.post(", "http.put(", "http.patch(", "http.delete("];
    let found: usize = calls.iter().map(|call| source.matches(call).count()).sum();
    assert_eq!(found, WRITES.len());
    for (call, _) in WRITES {
        assert!(source.contains(call), "{call}");
    }
}
