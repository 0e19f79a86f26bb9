//! What people learn of a job that is discarded: decided for every kind, so that nothing that is said gets lost in silence.

/// What people learn when a job of a kind is discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenDiscarded {
    /// Its handler's `given_up` notes a problem of the incident: the timeline has it, and the channel is told, or people by
    /// direct message where the channel cannot be.
    Problem,
    /// They are told otherwise.
    Told(&'static str),
    /// It tells nobody anything, or nobody misses it.
    Silent(&'static str),
}

use WhenDiscarded::{Problem, Silent, Told};

const COPY: WhenDiscarded = Silent("the next copy comes soon, and what is shown says how old it is");
const LOOK: WhenDiscarded = Silent("the next look comes soon");

/// Every kind of job.
pub const WHEN_DISCARDED: &[(&str, WhenDiscarded)] = &[
    ("confluence.attach_image", Problem),
    ("confluence.write_document", Problem),
    ("pagerduty.add_note", Problem),
    (
        "pagerduty.copy_on_call",
        Told("lists of who is on call say why they are old"),
    ),
    ("pagerduty.page", Problem),
    ("pagerduty.page_by_severity", Problem),
    ("pagerduty.poll_page", LOOK),
    ("pagerduty.poll_pages", LOOK),
    ("pagerduty.resolve_page", Problem),
    (
        "slack.add_rca_bookmark",
        Silent("the link is in the channel and in the panel"),
    ),
    (
        "slack.answer_mention",
        Told(
            "by direct message where the thread refuses it; a problem of the incident that it names; else the failed jobs",
        ),
    ),
    (
        "slack.archive_by_age",
        Silent("the next look at old channels enqueues it again"),
    ),
    ("slack.archive_channel", Problem),
    ("slack.archive_forgotten", LOOK),
    ("slack.ask_statuspage", Problem),
    ("slack.ask_to_reassign", Problem),
    ("slack.ask_to_unarchive", Problem),
    (
        "slack.check_page_accepted",
        Told("the message of the page is edited as soon as it is known what became of it"),
    ),
    ("slack.check_channel", LOOK),
    ("slack.check_channels", LOOK),
    (
        "slack.check_rca_channel",
        Silent("what is to be said in the channel next has it checked again"),
    ),
    ("slack.copy_channels", COPY),
    ("slack.copy_group_members", COPY),
    ("slack.copy_groups", COPY),
    ("slack.copy_people", COPY),
    ("slack.create_channel", Problem),
    ("slack.create_rca_channel", Problem),
    (
        "slack.declare_from_message",
        Told("whoever reacted to the message is mentioned in its thread, or told by direct message"),
    ),
    (
        "slack.delete_message",
        Silent("a hint that somebody has read stays where it is"),
    ),
    ("slack.delete_expired", LOOK),
    ("slack.draw_access_request", Problem),
    ("slack.draw_digest", Problem),
    ("slack.draw_home", Silent("it is drawn anew whenever it is opened")),
    ("slack.draw_panel", Problem),
    ("slack.draw_question", Problem),
    (
        "slack.draw_slack_link",
        Silent("the console says that nobody answered, and offers to ask again"),
    ),
    ("slack.draw_statuspage", Problem),
    (
        "slack.fetch_user",
        Silent("people are named by their id until the next copy"),
    ),
    ("slack.follow_pin", Problem),
    ("slack.greet_rca", Problem),
    ("slack.hint_chatter", Silent("a hint is worth nothing later")),
    ("slack.invite", Problem),
    ("slack.invite_group", Problem),
    ("slack.invite_to_rca", Problem),
    ("slack.list_stale", Silent("the next list holds the same incidents")),
    ("slack.notify_moved", Problem),
    ("slack.notify_role_lost", Problem),
    ("slack.nudge", Problem),
    ("slack.pin_panel", Problem),
    ("slack.post_update", Problem),
    ("slack.read_chat", Problem),
    ("slack.rejoin_channel", Problem),
    ("slack.remind", Told("the next reminder comes at its time")),
    ("slack.rename_channel", Problem),
    ("slack.render_page", Problem),
    ("slack.say_notices", Problem),
    ("slack.set_topic", Problem),
    ("slack.show_upstream", Problem),
    ("slack.take_over", Problem),
    ("slack.tell_access", Problem),
    ("slack.tell_declarer", Problem),
    ("slack.tell_paged", Problem),
    // It is where all others end: another problem would have no other place.
    (
        "slack.tell_problem",
        Told("the timeline in the console has the problem, and the failed jobs have the job"),
    ),
    ("slack.tell_rca_document", Problem),
    ("slack.tell_resolved", Problem),
    ("slack.tell_role", Problem),
    (
        "slack.turn_list",
        Silent("whoever pressed sees the page as it was, and presses again"),
    ),
    ("slack.upload_chat", Problem),
    ("slack.upload_rca", Problem),
    (
        "status_polling.poll_provider",
        Told("the provider is shown with the error"),
    ),
    ("status_polling.poll_providers", LOOK),
    ("statuspage.copy_components", COPY),
    ("statuspage.poll", LOOK),
    ("statuspage.publish", Problem),
    ("statuspage.send_update", Problem),
];
