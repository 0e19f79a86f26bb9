//! Ten thousand incidents and ten thousand people: everything opens at once, from what is known here.

use std::time::{Duration, Instant};

use sandbox::{Submission, View};
use testing::System;

/// Far above what it takes; the bench has the exact figure.
const AT_ONCE: Duration = Duration::from_secs(1);

const MANY: &str = "
    INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                           resolved_at, channel_name, channel_id)
    SELECT gen_random_uuid(), 'Shop ' || n, 'It sells nothing', 'sev3',
           CASE WHEN n % 66 = 1 AND n <= 9900 THEN 'investigating' ELSE 'resolved' END, false,
           jsonb_build_object('kind', 'slack', 'user_id', 'U' || n, 'name', 'person'), now() - n * interval '1 minute', now(),
           CASE WHEN n % 66 = 1 AND n <= 9900 THEN NULL ELSE now() END, 'shop-' || n, 'CSHOP' || n
    FROM generate_series(1, 10000) n;
    INSERT INTO slack_users (id, name) SELECT 'U' || n, 'person' || n FROM generate_series(1, 10000) n;
    INSERT INTO role_holders (incident_id, role, slack_user_id, since)
    SELECT id, 'incident_commander', 'U7', now() FROM incidents;
    ANALYZE incidents, slack_users, role_holders;
";

#[tokio::test(flavor = "multi_thread")]
async fn everything_opens_within_slacks_limits_from_what_is_known_here() {
    let system = System::start().await;
    system.execute(MANY).await;
    assert_eq!(system.count("incidents WHERE resolved_at IS NULL").await, 150);
    let alice = system.sandbox.person("alice");
    alice.invite_bot("general");
    system.settled().await;
    system.sandbox.clear_calls();

    let opened = async |act: &str| -> View {
        let began = Instant::now();
        let answer = match act.strip_prefix('/') {
            Some(words) => alice.slash("/incident", words, "general").await,
            None => alice.shortcut(act).await,
        };
        let view = alice.view_of(&answer).await;
        assert!(began.elapsed() < AT_ONCE, "{act} took {:?}", began.elapsed());
        view
    };
    opened("open_incident_modal").await;
    for words in ["/status monitoring", "/sev sev1", "/role commander me"] {
        opened(words).await;
    }
    let form = opened("open_incident_general_update_modal").await;
    let began = Instant::now();
    let fields = [("Incident", "🟨 Shop 9835"), ("Message", "Still looking")];
    let sent = alice.submit(&form, fields).await;
    assert!(matches!(sent, Submission::Closed), "{sent:?}");
    assert!(began.elapsed() < 2 * AT_ONCE, "the search took {:?}", began.elapsed());

    let began = Instant::now();
    let list = alice.slash("/incident", "list all", "general").await;
    let list = list.payload.expect("a list");
    assert!(began.elapsed() < AT_ONCE);
    assert_eq!(list["text"], "10000 incidents, open ones first");
    let began = Instant::now();
    alice.open_home();
    let home = system.sandbox.wait_until(|state| state.home("alice").cloned()).await;
    assert!(began.elapsed() < AT_ONCE, "the home took {:?}", began.elapsed());
    assert!(home.blocks().len() <= 100);

    let methods: Vec<_> = system.sandbox.calls().into_iter().map(|call| call.method).collect();
    let asks = |method: &&String| matches!(method.split('.').next_back(), Some("list" | "info"));
    // Slack knows no channel of these incidents: one that a message was refused for is looked at.
    let asked: Vec<_> = methods.iter().filter(asks).collect();
    let refused = methods.iter().filter(|method| *method == "chat.postMessage").count();
    assert!(asked.len() < refused, "{methods:?}");
    assert!(
        asked.iter().all(|method| *method == "conversations.info"),
        "{methods:?}"
    );
    system.end().await;
}
