//! Pages that follow from a severity: the settings name the teams.
//!
//! They are written with the change that asks for them, so that the channel shows them whatever becomes of PagerDuty. A team
//! that is being called is not called twice; one that was called before is only called again by somebody.

use chrono::{DateTime, Utc};
use domain::paging::{NotSent, Page, PageState};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::NewJob;
use jobs::payloads::slack::RenderPage;
use store::PgConnection;

use super::{new_page, sending};
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

/// Pages the teams of a reopened incident's severity that were never reached; of the others the channel is told.
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
    jobs::enqueue_at(conn, now, jobs).await?;
    Ok(())
}

/// Which teams a severity pages, as id and name, and which it only says not to be paged again.
async fn plan(
    conn: &mut PgConnection,
    incident: &Incident,
    severity: &str,
    settings: &Settings,
    occasion: Occasion,
) -> Result<Vec<(Decision, (String, String))>, store::Error> {
    let names = settings.teams_paged(incident, severity);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let known = store::on_call::named_policies(conn, names).await?;
    let before = store::pages::of_incident(conn, incident.id).await?;
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
        let is_same = |page: &&Page| page.person.is_none() && is_team(page, (&team.0, &team.1));
        let earlier: Vec<_> = before.iter().filter(is_same).collect();
        match decide(&earlier, occasion) {
            Decision::Nothing => {}
            decision => plan.push((decision, team)),
        }
    }
    Ok(plan)
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
    let plan = plan(conn, incident, severity, settings, occasion).await?;
    let new = |(decision, (id, name)): &(Decision, (String, String))| {
        let page = new_page(incident.id, (id, name), Actor::System, now);
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
    let pages: Vec<_> = plan.iter().map(new).collect();
    store::pages::insert(conn, &pages).await?;
    let mut jobs = Vec::new();
    for page in &pages {
        if page.state == PageState::Waiting {
            jobs.extend(sending(page.id, now));
            continue;
        }
        let not_again = Happening::PageWithdrawn {
            whom: page.whom(),
            because: page.not_sent,
        };
        store::timeline::append(conn, incident.id, now, &Actor::System, &not_again, false).await?;
        jobs.push(RenderPage::job(page.id));
    }
    Ok(jobs)
}

/// Whether a page is of this team, given as id and name; the id is not known of every one.
fn is_team(page: &Page, (id, name): (&str, &str)) -> bool {
    (!id.is_empty() && page.policy_id == id) || page.team.to_lowercase() == name.to_lowercase()
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
        Occasion::Severity if any(Page::is_under_way) => Decision::Nothing,
        Occasion::Reopened if any(|page| page.state == PageState::Waiting) => Decision::Nothing,
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
    let still = still.any(|name| is_team(page, (name, name.trim())));
    (is_lowered && !still).then_some(NotSent::Lowered)
}

#[cfg(test)]
mod tests {
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
            (S::Triggered, D::Nothing, D::Ask),
            (S::Acknowledged, D::Nothing, D::Ask),
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
