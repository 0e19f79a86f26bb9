//! Pages that follow from a severity: the settings name the teams.
//!
//! They are written with the change that asks for them, so that the channel shows them whatever becomes of PagerDuty. A team
//! that is being called is not called twice; one that was called before is only called again by somebody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::paging::{NotSent, Page, PageState, Team, Urgency, listed};
use domain::settings::Severity;
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::RenderPage;
use queue::NewJob;
use store::PgConnection;
use store::posted_messages::{self, Kind};

use super::{new_page, sending, superseded};
use crate::change::Change;
use crate::{CommandError, JobCommandError};

/// What teams are paged after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occasion {
    /// The severity is new, or was raised.
    Severity,
    /// The incident was reopened.
    Reopened,
}

/// Pages the teams of a new incident's severity. Gives the jobs; the incident is written already.
pub(crate) async fn for_new_incident(
    conn: &mut PgConnection,
    incident: &Incident,
    settings: &Settings,
) -> Result<Vec<NewJob>, store::Error> {
    let now = incident.declared_at;
    page_teams(conn, incident, &incident.severity, settings, Occasion::Severity, now).await
}

/// Pages the teams of a severity that is worse than the one before.
pub(crate) async fn on_severity_raised(change: &mut Change, severity: &str) -> Result<(), CommandError> {
    if !change.settings.is_raised(&change.incident, severity) {
        return Ok(());
    }
    page(change, severity, Occasion::Severity).await
}

/// Pages the teams of a reopened incident's severity that were never reached. Of everybody else whose page ended because the
/// incident was resolved, the channel is told that they were not paged again.
pub(crate) async fn on_reopened(change: &mut Change) -> Result<(), CommandError> {
    let severity = change.incident.severity.clone();
    page(change, &severity, Occasion::Reopened).await
}

async fn page(change: &mut Change, severity: &str, occasion: Occasion) -> Result<(), CommandError> {
    let (incident, settings, now) = (change.incident.clone(), change.settings.clone(), change.request().now);
    for job in page_teams(change.conn(), &incident, severity, &settings, occasion, now).await? {
        change.job(job);
    }
    Ok(())
}

/// The same for a job of the release before, in its transaction.
pub async fn page_by_severity(
    conn: &mut PgConnection,
    id: IncidentId,
    severity: &str,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    // It was lowered or resolved meanwhile.
    if incident.severity != severity || incident.is_resolved() {
        return Ok(());
    }
    let settings = store::settings::load(conn).await?;
    let jobs = page_teams(conn, &incident, severity, &settings, Occasion::Severity, now).await?;
    queue::enqueue_at(conn, now, jobs).await?;
    Ok(())
}

/// The names of the teams that each severity would page now if it were chosen, by key of the severity.
pub async fn teams_to_page(
    conn: &mut PgConnection,
    incident: &Incident,
    settings: &Settings,
) -> Result<HashMap<String, Vec<String>>, store::Error> {
    let paging = paging(incident, settings);
    if paging.is_empty() {
        return Ok(HashMap::new());
    }
    let before = store::pages::of_incident(conn, incident.id).await?;
    would_page(conn, &paging, &before).await
}

/// Whom each severity of the settings would page for an incident that is yet to be declared, as its key and its teams with
/// those who are called, in words; none where PagerDuty is not switched on. A private incident pages nobody by itself.
pub async fn called_by_severities(
    conn: &mut PgConnection,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<(String, Vec<String>)>, store::Error> {
    let named: Vec<_> = settings
        .severities
        .iter()
        .flat_map(|severity| severity.page_teams.clone())
        .collect();
    if named.is_empty() || !store::on_call::state(conn).await?.enabled {
        return Ok(Vec::new());
    }
    let teams = store::on_call::named_teams(conn, &named, now).await?;
    let called = |name: &String| {
        let is = |team: &&Team| team.id == *name || team.name.to_lowercase() == name.trim().to_lowercase();
        let team = teams.iter().find(is)?;
        let people: Vec<_> = team.first().iter().map(|person| person.name.clone()).collect();
        let called = match team.unpageable() {
            Some(reason) => format!("cannot be paged: {reason}"),
            None => listed(&people),
        };
        Some(format!("{} ({called})", team.name))
    };
    let lines = settings.severities.iter().filter_map(|severity| {
        let called: Vec<_> = severity.page_teams.iter().filter_map(called).collect();
        (!called.is_empty()).then(|| (severity.key.clone(), called))
    });
    Ok(lines.collect())
}

/// The same by the settings alone, while it is not known which incident is meant.
pub async fn teams_of_severities(
    conn: &mut PgConnection,
    settings: &Settings,
) -> Result<HashMap<String, Vec<String>>, store::Error> {
    let pages = |severity: &&Severity| !severity.page_teams.is_empty();
    let paging: Vec<_> = settings.severities.iter().filter(pages).collect();
    would_page(conn, &paging, &[]).await
}

async fn would_page(
    conn: &mut PgConnection,
    paging: &[&Severity],
    before: &[Page],
) -> Result<HashMap<String, Vec<String>>, store::Error> {
    if paging.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<_> = paging.iter().flat_map(|severity| severity.page_teams.clone()).collect();
    let known = store::on_call::named_policies(conn, &names).await?;
    Ok(to_page(paging, &known, before))
}

/// The severities that page teams when they are chosen.
fn paging<'a>(incident: &Incident, settings: &'a Settings) -> Vec<&'a Severity> {
    let paging = |severity: &&Severity| {
        settings.is_raised(incident, &severity.key) && !settings.teams_paged(incident, &severity.key).is_empty()
    };
    settings.severities.iter().filter(paging).collect()
}

/// The teams that severities which are worse would page, by their keys.
fn to_page(paging: &[&Severity], known: &[(String, String)], before: &[Page]) -> HashMap<String, Vec<String>> {
    let paged = |severity: &&Severity| {
        let plan = plan(&severity.page_teams, known, before, Occasion::Severity);
        let names: Vec<_> = plan.into_iter().map(|(_, (_, name))| name).collect();
        (!names.is_empty()).then(|| (severity.key.clone(), names))
    };
    paging.iter().filter_map(paged).collect()
}

/// Which teams a severity pages, as id and name, and which it only says not to be paged again.
///
/// `names` are those of the settings, `known` the teams of PagerDuty that have them, `before` the incident's pages.
fn plan(
    names: &[String],
    known: &[(String, String)],
    before: &[Page],
    occasion: Occasion,
) -> Vec<(Decision, (String, String))> {
    let mut plan: Vec<(Decision, (String, String))> = Vec::new();
    for name in names {
        let is_named =
            |(id, policy): &&(String, String)| id == name || policy.to_lowercase() == name.trim().to_lowercase();
        // Without a copy, or with one from before the team was there, PagerDuty is asked when the page is sent.
        let team = known.iter().find(is_named).cloned();
        let team = team.unwrap_or_else(|| (String::new(), name.trim().to_owned()));
        if plan.iter().any(|(_, planned)| *planned == team) {
            continue;
        }
        // A page of low urgency wakes nobody.
        let is_same =
            |page: &&Page| page.person.is_none() && page.urgency == Urgency::High && page.is_of_team(&team.0, &team.1);
        let earlier: Vec<_> = before.iter().filter(is_same).collect();
        match decide(&earlier, occasion) {
            Decision::Nothing => {}
            decision => plan.push((decision, team)),
        }
    }
    plan
}

/// Writes the pages of a severity and gives their jobs. The incident is locked, or new.
async fn page_teams(
    conn: &mut PgConnection,
    incident: &Incident,
    severity: &str,
    settings: &Settings,
    occasion: Occasion,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    let names = settings.teams_paged(incident, severity);
    if names.is_empty() && occasion == Occasion::Severity {
        return Ok(Vec::new());
    }
    let known = store::on_call::named_policies(conn, names).await?;
    let mut before = store::pages::of_incident(conn, incident.id).await?;
    if occasion == Occasion::Reopened {
        forget_old(conn, &mut before, now).await?;
    }
    let new = |(decision, (id, name)): (Decision, (String, String))| {
        let page = new_page(incident.id, (&id, &name), Actor::System, now);
        match decision {
            Decision::Page => Page {
                severity: Some(severity.to_owned()),
                ..page
            },
            Decision::Ask | Decision::Nothing => Page {
                state: PageState::Withdrawn,
                not_sent: Some(NotSent::Again),
                ..page
            },
        }
    };
    let plan = plan(names, &known, &before, occasion);
    let mut pages: Vec<_> = plan.into_iter().map(new).collect();
    if let (Occasion::Reopened, Some(resolved_at)) = (occasion, incident.resolved_at) {
        let unsaid = unsaid(conn, incident, &before).await?;
        pages.extend(not_paged_again(&before, &pages, &unsaid, resolved_at, now));
    }
    write(conn, incident.id, &before, &pages, now).await
}

/// Writes `pages` beside those of `before`, and gives the jobs that send them, or say that they are not sent.
async fn write(
    conn: &mut PgConnection,
    incident: IncidentId,
    before: &[Page],
    pages: &[Page],
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    store::pages::insert(conn, pages).await?;
    let mut jobs = superseded(before, pages);
    for page in pages {
        if page.state == PageState::Waiting {
            jobs.extend(sending(page, now));
            continue;
        }
        let not_again = Happening::PageWithdrawn {
            whom: page.whom(),
            because: page.not_sent,
        };
        store::timeline::append(conn, incident, now, &Actor::System, &not_again, false).await?;
        jobs.push(RenderPage { page: page.id }.job(incident));
    }
    Ok(jobs)
}

/// Pages that nobody has looked at in PagerDuty for days, because the incident was resolved, count as over.
async fn forget_old(conn: &mut PgConnection, pages: &mut [Page], now: DateTime<Utc>) -> Result<(), store::Error> {
    let since = now - store::pages::LOOKED_AT;
    let is_old = |page: &&mut Page| page.state.is_open() && page.triggered_at.is_some_and(|at| at < since);
    for page in pages.iter_mut().filter(is_old) {
        store::pages::resolved(conn, page.id, now).await?;
        page.state = PageState::Resolved;
        page.resolved_at = Some(now);
    }
    Ok(())
}

/// Says that a page which we have ended with the incident is not sent again, where the incident was reopened meanwhile. Gives
/// the jobs; the incident is locked.
pub(super) async fn ended_too_late(
    conn: &mut PgConnection,
    incident: &Incident,
    ended: &Page,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, store::Error> {
    if incident.is_resolved() {
        return Ok(Vec::new());
    }
    let before = store::pages::of_incident(conn, incident.id).await?;
    if ended.is_superseded(&before) {
        return Ok(Vec::new());
    }
    write(conn, incident.id, &before, &[not_again(ended, now)], now).await
}

/// The pages that were not sent and whose messages have yet to be posted: they need not be said again.
async fn unsaid(
    conn: &mut PgConnection,
    incident: &Incident,
    before: &[Page],
) -> Result<Vec<uuid::Uuid>, store::Error> {
    let mut unsaid = Vec::new();
    // Messages of pages that are over do not come along into another channel.
    if incident.channel_number > 1 {
        return Ok(unsaid);
    }
    for page in before.iter().filter(|page| page.state == PageState::Withdrawn) {
        if posted_messages::get(conn, Kind::Page, page.id, "").await?.is_none() {
            unsaid.push(page.id);
        }
    }
    Ok(unsaid)
}

/// The pages that say of those whose page ended with the incident that they are not paged again. `new` are paged, or said
/// not to be, already; `unsaid` are ids of pages that are about to be said not to be.
fn not_paged_again(
    before: &[Page],
    new: &[Page],
    unsaid: &[uuid::Uuid],
    resolved_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Page> {
    let is_to_tell = |page: &&Page| {
        page.ended_with(resolved_at)
            && !unsaid.contains(&page.id)
            && !page.is_superseded(before)
            && !new.iter().any(|new| new.covers(page))
    };
    let again = before.iter().filter(is_to_tell);
    again.map(|page| not_again(page, now)).collect()
}

/// The same page once more, which is not sent unless somebody says so.
fn not_again(page: &Page, now: DateTime<Utc>) -> Page {
    Page {
        person: page.person.clone(),
        urgency: page.urgency,
        message: page.message.clone(),
        state: PageState::Withdrawn,
        not_sent: Some(match page.state {
            // PagerDuty never had it.
            PageState::Withdrawn => page.not_sent.unwrap_or(NotSent::Resolved),
            _ => NotSent::Again,
        }),
        ..new_page(page.incident, (&page.policy_id, &page.team), Actor::System, now)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Page,
    /// Say that it was not paged again, with a button.
    Ask,
    Nothing,
}

/// What becomes of a team that was paged before like this.
fn decide(earlier: &[&Page], occasion: Occasion) -> Decision {
    let any = |is: fn(&Page) -> bool| earlier.iter().any(|page| is(page));
    match occasion {
        // PagerDuty still calls them, or somebody has it.
        _ if any(Page::is_under_way) => Decision::Nothing,
        // Whether people are to be woken once more is for somebody to say who knows why it is open again.
        Occasion::Reopened if any(|page| page.pagerduty_id.is_some()) => Decision::Ask,
        _ => Decision::Page,
    }
}

/// Why a page that PagerDuty does not have is not needed any more, by the incident as it is now.
pub(super) fn not_needed(incident: &Incident, page: &Page, settings: &Settings) -> Option<NotSent> {
    if incident.is_resolved() {
        return Some(NotSent::Resolved);
    }
    let wanted_for = page.severity.as_ref()?;
    let is_lowered = settings.severity_rank(wanted_for) < settings.severity_rank(&incident.severity);
    let mut still = settings.teams_paged(incident, &incident.severity).iter();
    let still = still.any(|name| page.is_of_team(name, name.trim()));
    (is_lowered && !still).then_some(NotSent::Lowered)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::paging::Callee;
    use uuid::Uuid;

    use super::*;

    fn incident(severity: &str) -> Incident {
        let declared_at = DateTime::UNIX_EPOCH;
        Incident {
            id: IncidentId::generate(),
            title: String::new(),
            description: String::new(),
            severity: severity.to_owned(),
            status: "investigating".to_owned(),
            private: false,
            declared_by: Actor::System,
            declared_at,
            updated_at: declared_at,
            resolved_at: None,
            revision: 1,
            channel_name: String::new(),
            channel_id: None,
            panel_ts: None,
            digest: None,
            channel_number: 1,
            archived_at: None,
            channel_lost: None,
            rca_channel: None,
            rca_channel_lost: None,
            rca_document_url: None,
            last_update: None,
            roles: Vec::new(),
        }
    }

    fn page(state: PageState, severity: Option<&str>) -> Page {
        let is_there = matches!(
            state,
            PageState::Triggered | PageState::Acknowledged | PageState::Resolved
        );
        Page {
            state,
            pagerduty_id: is_there.then(|| "Q1".to_owned()),
            severity: severity.map(str::to_owned),
            ..new_page(
                IncidentId::generate(),
                ("P1", "Payments"),
                Actor::System,
                DateTime::UNIX_EPOCH,
            )
        }
    }

    #[test]
    fn who_was_paged_before_is_paged_again_or_said_not_to_be() {
        use {Decision as D, Occasion as O, PageState as S};
        for (state, raised, reopened) in [
            (S::Waiting, D::Nothing, D::Nothing),
            (S::Triggered, D::Nothing, D::Nothing),
            (S::Acknowledged, D::Nothing, D::Nothing),
            (S::Resolved, D::Page, D::Ask),
            (S::Failed, D::Page, D::Page),
            (S::Withdrawn, D::Page, D::Page),
        ] {
            let before = page(state, Some("sev1"));
            assert_eq!(decide(&[&before], O::Severity), raised, "{state:?}");
            assert_eq!(decide(&[&before], O::Reopened), reopened, "{state:?}");
        }
        assert_eq!(decide(&[], O::Reopened), D::Page);
    }

    #[test]
    fn what_a_severity_would_page_is_known_before() {
        let mut settings = Settings::default();
        let teams = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        settings.severities[0].page_teams = teams(&["payments", "Platform"]);
        settings.severities[1].page_teams = teams(&["Payments"]);
        settings.severities[2].page_teams = teams(&["Search"]);
        let known = [("P1".to_owned(), "Payments".to_owned())];
        let would = |incident: &Incident, before: &[Page]| to_page(&paging(incident, &settings), &known, before);
        let is_to_page = |severity: &str, names: &[&str]| (severity.to_owned(), teams(names));
        assert_eq!(
            would(&incident("sev3"), &[]),
            HashMap::from([
                is_to_page("sev1", &["Payments", "Platform"]),
                is_to_page("sev2", &["Payments"])
            ])
        );
        let called = page(PageState::Triggered, None);
        assert_eq!(
            would(&incident("sev3"), &[called]),
            HashMap::from([is_to_page("sev1", &["Platform"])])
        );
        let nobody = HashMap::new();
        assert_eq!(would(&incident("sev1"), &[]), nobody);
        let private = Incident {
            private: true,
            ..incident("sev3")
        };
        assert_eq!(would(&private, &[]), nobody);
        let over = Incident {
            resolved_at: Some(DateTime::UNIX_EPOCH),
            ..incident("sev3")
        };
        assert_eq!(would(&over, &[]), nobody);
    }

    #[test]
    fn only_a_page_that_wakes_the_team_is_one_of_its_severity() {
        let names = ["payments".to_owned()];
        let planned = |page: Page| plan(&names, &[], &[page], Occasion::Severity).len();
        let high = page(PageState::Triggered, None);
        assert_eq!(planned(high.clone()), 0);
        let low = Page {
            urgency: Urgency::Low,
            ..high.clone()
        };
        assert_eq!(planned(low), 1);
        let erin = Page {
            person: Some(erin()),
            ..high
        };
        assert_eq!(planned(erin), 1);
    }

    fn erin() -> Callee {
        Callee {
            user_id: "E1".to_owned(),
            name: "erin".to_owned(),
        }
    }

    #[test]
    fn whoever_is_not_paged_again_is_said() {
        let resolved_at = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let now = resolved_at + TimeDelta::hours(1);
        let over = |minutes| Page {
            resolved_at: Some(resolved_at + TimeDelta::minutes(minutes)),
            message: "Cards are refused".to_owned(),
            ..page(PageState::Resolved, None)
        };
        let told = |before: &[Page], new: &[Page]| {
            let told = not_paged_again(before, new, &[], resolved_at, now);
            let told = told
                .into_iter()
                .map(|page| (page.whom(), page.not_sent.unwrap(), page.message));
            told.collect::<Vec<_>>()
        };
        let again = ("Payments".to_owned(), NotSent::Again, "Cards are refused".to_owned());
        assert_eq!(told(&[over(1)], &[]), std::slice::from_ref(&again));
        // Somebody resolved it long before.
        assert_eq!(told(&[over(-30)], &[]), []);
        // The severity pages the team.
        assert_eq!(told(&[over(1)], &[page(PageState::Waiting, Some("sev1"))]), []);
        // It is being called by another page.
        assert_eq!(told(&[over(1), page(PageState::Triggered, None)], &[]), []);
        let never = Page {
            person: Some(erin()),
            not_sent: Some(NotSent::Resolved),
            ..page(PageState::Withdrawn, None)
        };
        let not_paged = ("erin (Payments)".to_owned(), NotSent::Resolved, String::new());
        assert_eq!(told(&[over(1), never.clone()], &[]), [again, not_paged]);
        // What there was no channel for yet is said once, when there is one.
        let unsaid = [never.id];
        assert_eq!(
            not_paged_again(std::slice::from_ref(&never), &[], &unsaid, resolved_at, now),
            []
        );
        // Of what was said before only the last is said once more.
        let said = Page {
            id: Uuid::now_v7(),
            paged_at: resolved_at,
            ..never.clone()
        };
        assert_eq!(told(&[never, said], &[]).len(), 1);
    }

    #[test]
    fn a_page_is_needed_while_the_severity_asks_for_it() {
        let mut settings = Settings::default();
        settings.severities[0].page_teams = vec!["payments".to_owned()];
        let needed = |incident: &Incident, severity: Option<&str>, settings: &Settings| {
            not_needed(incident, &page(PageState::Waiting, severity), settings)
        };
        assert_eq!(needed(&incident("sev1"), Some("sev1"), &settings), None);
        assert_eq!(
            needed(&incident("sev3"), Some("sev1"), &settings),
            Some(NotSent::Lowered)
        );
        // Somebody asked for it.
        assert_eq!(needed(&incident("sev3"), None, &settings), None);
        let resolved = Incident {
            resolved_at: Some(DateTime::UNIX_EPOCH),
            ..incident("sev1")
        };
        assert_eq!(needed(&resolved, None, &settings), Some(NotSent::Resolved));
        // The milder one pages the same team.
        settings.severities[2].page_teams = vec!["P1".to_owned()];
        assert_eq!(needed(&incident("sev3"), Some("sev1"), &settings), None);
    }
}
