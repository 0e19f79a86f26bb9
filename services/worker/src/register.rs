//! Which handler does which kind of job: one line each.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::payloads::{confluence, pagerduty, slack as job, status_polling, statuspage as statuspage_job};
use jobs::{NewJob, Registry};

use crate::Worker;
use crate::features::{
    access, archive, chatter, connect, declare, digest, export, from_message, groups, home, housekeeping, legacy,
    mentions, notices, nudge, on_call, paging, panel, people, pins, problems, questions, rca, reminders, rename, roles,
    stale, status, statuspage, topic, update, upstream,
};

/// How often the components of Statuspage are copied, beside when somebody opens a form.
const COMPONENTS: Duration = Duration::from_mins(5);

/// How often channels of open incidents are checked: what nobody told us of, or while we were down.
const CHANNELS: Duration = Duration::from_mins(5);

/// Which of the ticks this is: they are whole numbers of `every` after 1970.
fn turn(tick: DateTime<Utc>, every: Duration) -> u64 {
    tick.timestamp().unsigned_abs() / every.as_secs().max(1)
}

/// All handlers and periodic jobs of a worker.
pub fn registry(worker: &Worker) -> Registry {
    let hour = Duration::from_hours(1);
    let registry = Registry::new()
        .handle::<job::CreateChannel>(declare::CreateChannel(worker.clone()))
        .handle::<job::Invite>(declare::Invite(worker.clone()))
        .handle::<job::InviteGroup>(groups::InviteGroup(worker.clone()))
        .handle::<job::TellDeclarer>(declare::TellDeclarer(worker.clone()))
        .handle::<job::SetTopic>(topic::SetTopic(worker.clone()))
        .handle::<job::DrawPanel>(panel::DrawPanel(worker.clone()))
        .handle::<job::PinPanel>(panel::PinPanel(worker.clone()))
        .handle::<job::DrawDigest>(digest::DrawDigest(worker.clone()))
        .handle::<job::CopyChannels>(digest::CopyChannels(worker.clone()))
        .periodic("copy channels", hour, |_| job::CopyChannels::all())
        .handle::<job::AnswerMention>(mentions::AnswerMention(worker.clone()))
        .handle::<job::TurnList>(mentions::TurnList(worker.clone()))
        .handle::<job::DeclareFromMessage>(from_message::DeclareFromMessage(worker.clone()))
        .handle::<job::DrawHome>(home::DrawHome(worker.clone()))
        .handle::<job::CopyPeople>(people::CopyPeople(worker.clone()))
        .periodic("copy people", hour, |_| job::CopyPeople::all())
        .handle::<job::CopyGroups>(groups::CopyGroups(worker.clone()))
        .periodic("copy groups", hour, |_| job::CopyGroups::all())
        .handle::<job::CopyGroupMembers>(groups::CopyGroupMembers(worker.clone()))
        .handle::<job::DrawAccessRequest>(access::DrawAccessRequest(worker.clone()))
        .handle::<job::TellAccess>(access::TellAccess(worker.clone()))
        .handle::<job::DrawSlackLink>(connect::DrawSlackLink(worker.clone()))
        .handle::<job::FetchUser>(people::FetchUser(worker.clone()))
        .handle::<job::SayNotices>(notices::SayNotices(worker.clone()))
        .handle::<job::TellRole>(roles::TellRole(worker.clone()))
        .handle::<job::NotifyRoleLost>(roles::NotifyRoleLost(worker.clone()))
        .handle::<job::PostUpdate>(update::PostUpdate(worker.clone()))
        .handle::<job::TellResolved>(status::TellResolved(worker.clone()))
        .handle::<job::CreateRcaChannel>(rca::CreateRcaChannel(worker.clone()))
        .handle::<job::InviteToRca>(rca::InviteToRca(worker.clone()))
        .handle::<job::GreetRca>(rca::GreetRca(worker.clone()))
        .handle::<confluence::WriteDocument>(rca::WriteDocument(worker.clone()))
        .handle::<confluence::AttachImage>(rca::AttachImage(worker.clone()))
        .handle::<job::TellRcaDocument>(rca::TellRcaDocument(worker.clone()))
        .handle::<job::AddRcaBookmark>(rca::AddRcaBookmark(worker.clone()))
        .handle::<job::UploadRca>(rca::UploadRca(worker.clone()))
        .handle::<job::RenameChannel>(rename::RenameChannel(worker.clone()))
        .handle::<job::FollowPin>(pins::FollowPin(worker.clone()))
        .handle::<job::ReadChat>(export::ReadChat(worker.clone()))
        .handle::<job::UploadChat>(export::UploadChat(worker.clone()))
        .handle::<job::Remind>(reminders::Remind(worker.clone()))
        .handle::<job::Nudge>(nudge::Nudge(worker.clone()))
        .handle::<job::DrawQuestion>(questions::DrawQuestion(worker.clone()))
        .handle::<job::AskToUnarchive>(archive::AskToUnarchive(worker.clone()))
        .handle::<job::ArchiveChannel>(archive::ArchiveChannel(worker.clone()))
        .handle::<job::ArchiveByAge>(archive::ArchiveByAge(worker.clone()))
        .handle::<job::ArchiveForgotten>(archive::ArchiveForgotten(worker.clone()))
        .periodic("archive old channels", hour, |_| NewJob::new(&job::ArchiveForgotten {}))
        .handle::<job::RejoinChannel>(archive::RejoinChannel(worker.clone()))
        .handle::<job::NotifyMoved>(archive::NotifyMoved(worker.clone()))
        .handle::<job::TakeOver>(legacy::TakeOver(worker.clone()))
        .handle::<job::CheckChannel>(archive::CheckChannel(worker.clone()))
        .handle::<job::CheckRcaChannel>(archive::CheckRcaChannel(worker.clone()))
        .handle::<job::CheckChannels>(archive::CheckChannels(worker.clone()))
        .periodic("check channels", CHANNELS, |tick| {
            job::CheckChannels::of_open(turn(tick, CHANNELS))
        })
        .periodic("check channels of resolved incidents", hour, move |tick| {
            job::CheckChannels::of_resolved(turn(tick, hour))
        })
        .handle::<job::AskToReassign>(roles::AskToReassign(worker.clone()))
        .handle::<job::ListStale>(stale::ListStale(worker.clone()))
        .periodic("list forgotten incidents", hour, |tick| job::ListStale { tick }.job())
        .handle::<job::HintChatter>(chatter::HintChatter(worker.clone()))
        .handle::<job::DeleteMessage>(chatter::DeleteMessage(worker.clone()))
        .handle::<status_polling::PollProviders>(upstream::PollProviders(worker.clone()))
        .periodic("poll providers", worker.config.upstream.every, |_| {
            status_polling::PollProviders::job()
        })
        .handle::<status_polling::PollProvider>(upstream::PollProvider(worker.clone()))
        .handle::<job::ShowUpstream>(upstream::ShowUpstream(worker.clone()))
        .handle::<statuspage_job::Publish>(statuspage::Publish(worker.clone()))
        .handle::<statuspage_job::SendUpdate>(statuspage::SendUpdate(worker.clone()))
        .handle::<statuspage_job::CopyComponents>(statuspage::CopyComponents(worker.clone()))
        .handle::<statuspage_job::Poll>(statuspage::Poll(worker.clone()))
        .handle::<job::DrawStatuspage>(statuspage::DrawStatuspage(worker.clone()))
        .handle::<job::AskStatuspage>(statuspage::AskStatuspage(worker.clone()))
        .handle::<pagerduty::Page>(paging::Page(worker.clone()))
        .handle::<pagerduty::PageBySeverity>(paging::PageBySeverity(worker.clone()))
        .handle::<pagerduty::ResolvePage>(paging::ResolvePage(worker.clone()))
        .handle::<pagerduty::AddNote>(paging::AddNote(worker.clone()))
        .handle::<pagerduty::PollPages>(paging::PollPages(worker.clone()))
        .handle::<pagerduty::PollPage>(paging::PollPage(worker.clone()))
        .handle::<job::TellPaged>(paging::TellPaged(worker.clone()))
        .handle::<job::RenderPage>(paging::RenderPage(worker.clone()))
        .handle::<job::CheckPageAccepted>(paging::CheckPageAccepted(worker.clone()))
        .handle::<pagerduty::CopyOnCall>(on_call::CopyOnCall(worker.clone()))
        .merge(of_pagerduty(worker))
        .handle::<job::TellProblem>(problems::TellProblem(worker.clone()))
        .handle::<job::DeleteExpired>(housekeeping::DeleteExpired(worker.clone()))
        .periodic("delete expired", hour, |_| NewJob::new(&job::DeleteExpired {}));
    let Some(config) = &worker.config.statuspage else {
        return registry;
    };
    registry
        .periodic("copy statuspage components", COMPONENTS.max(config.every), |_| {
            statuspage_job::CopyComponents::all()
        })
        .periodic("poll statuspage", config.every, |_| statuspage_job::Poll::job())
}

/// What comes again and again where PagerDuty is switched on.
fn of_pagerduty(worker: &Worker) -> Registry {
    let registry = Registry::new();
    let Some(config) = &worker.config.pagerduty else {
        return registry;
    };
    let half_an_hour = Duration::from_mins(30);
    registry
        .periodic("copy who is on call", half_an_hour, |_| pagerduty::CopyOnCall::all())
        .periodic("look at pages", config.poll, |_| pagerduty::PollPages::job())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test]
    async fn every_payload_has_its_handler() {
        let mut reader = config::Reader::from_variables(
            [
                ("DATABASE_URL", "postgres://nobody@localhost/nothing"),
                ("SLACK_BOT_TOKEN", "xoxb-test"),
                ("INCIDENTS_DIGEST_CHANNEL", "incidents"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let worker = Worker::new(crate::Config::read(&mut reader)).unwrap();
        let handled: BTreeSet<_> = registry(&worker).kinds().collect();
        let kinds = [
            job::KINDS,
            status_polling::KINDS,
            pagerduty::KINDS,
            statuspage_job::KINDS,
            confluence::KINDS,
        ];
        let payloads: BTreeSet<_> = kinds.into_iter().flatten().copied().collect();
        assert_eq!(handled, payloads);
        let decided: BTreeSet<_> = crate::WHEN_DISCARDED.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            handled, decided,
            "for each it is decided what people learn when it is discarded"
        );
        assert_eq!(decided.len(), crate::WHEN_DISCARDED.len(), "once");
    }
}
