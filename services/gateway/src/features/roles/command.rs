//! Roles in words: shown, given, taken.

use domain::settings::Role;
use incidents::{CommandError, Replaces};
use slack::text::{escape, from_slack, mentioned_people};

use super::{remove_button, replace_button};
use crate::Gateway;
use crate::features::commands::{Invocation, Named, Outcome, Reply, list, named, refused};
use crate::forms::Form;

/// Shows who has the roles, or gives one to somebody.
pub(super) async fn command(gateway: &Gateway, invocation: &Invocation, typed: &str) -> Result<Outcome, CommandError> {
    let (typed, holder) = parse(typed);
    let Some((incident, settings)) = gateway.incident_here(invocation).await? else {
        let person = match holder {
            Some(Holder::Person(user)) => Some(user),
            Some(Holder::Me) => Some(invocation.user.clone()),
            _ => None,
        };
        return Ok(Outcome::which(Form::Role { typed, person }, "role"));
    };
    let held = |role: &Role| match incident.holder(&role.key) {
        Some(holder) => format!("*{}*: {}", escape(&role.label), escape(&holder.name)),
        None => format!("*{}*: nobody yet", escape(&role.label)),
    };
    if typed.is_empty() {
        let lines: Vec<_> = settings.roles.iter().map(held).collect();
        let how = "`role commander me` claims a role, `role commander @somebody` assigns it, `role commander none` \
                   clears it.";
        return Ok(format!("{}\n{how}", lines.join("\n")).into());
    }
    let Named::One(role) = named(&settings.roles, &typed, |role| (&role.key, &role.label)) else {
        let there = list(settings.roles.iter().map(|role| role.label.as_str()));
        return Ok(format!("There is no role “{}”. Options: {there}.", escape(&typed)).into());
    };
    let label = escape(&role.label);
    let user = match holder {
        None => return Ok(held(role).into()),
        Some(Holder::Stranger(name)) => {
            let name = escape(&name);
            return Ok(
                format!("Slack doesn't know {name}. Pick one of the names that Slack suggests while you type.").into(),
            );
        }
        Some(Holder::Nobody) => {
            if let Some(holder) = incident
                .holder(&role.key)
                .filter(|holder| holder.user_id != invocation.user)
            {
                return Ok(Outcome::Reply(Reply {
                    text: format!("{} is *{label}*. Remove them?", escape(&holder.name)),
                    buttons: vec![remove_button(incident.id, holder)],
                }));
            }
            let request = gateway.request_of(invocation).await?;
            let given_up =
                incidents::give_up(&gateway.pool, &request, incident.id, &role.key, Some(&invocation.user)).await;
            return refused(given_up, format!("The role *{label}* is now open."));
        }
        Some(Holder::Me) => invocation.user.clone(),
        Some(Holder::Person(user)) => user,
    };
    let request = gateway.request_of(invocation).await?;
    let replaces = Replaces::Nobody;
    let assigned = incidents::assign(&gateway.pool, &request, incident.id, &role.key, &user, replaces).await;
    if let Err(CommandError::RoleHeld { holder, .. }) = &assigned {
        return Ok(Outcome::Reply(Reply {
            text: format!("{} is already *{label}*.", escape(&holder.name)),
            buttons: vec![replace_button(incident.id, holder, &user, &invocation.user)],
        }));
    }
    let who = if user == invocation.user {
        format!("You are now *{label}*.")
    } else {
        let mut conn = gateway.pool.acquire().await?;
        let name = store::slack_users::name(&mut conn, &user).await?.unwrap_or(user);
        format!("{} is now *{label}*.", escape(&name))
    };
    refused(assigned, who)
}

/// Who is to have a role.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holder {
    /// Whoever asks.
    Me,
    /// Nobody any more.
    Nobody,
    /// Somebody in Slack.
    Person(String),
    /// A name that Slack did not recognise.
    Stranger(String),
}

/// The role that is meant, empty where none is named, and who is to have it, where that is said.
fn parse(said: &str) -> (String, Option<Holder>) {
    let plain = |text: &str| from_slack(text, |_| None).trim().to_owned();
    // A label holds spaces, and so may the name in a mention.
    if let Some(at) = said.find("<@") {
        let person = mentioned_people(&said[at..]).into_iter().next();
        return (plain(&said[..at]), person.map(Holder::Person));
    }
    let (role, last) = said.trim().rsplit_once(char::is_whitespace).unwrap_or((said, ""));
    let holder = match last.to_lowercase().as_str() {
        "me" => Holder::Me,
        "none" | "nobody" => Holder::Nobody,
        name if name.starts_with('@') => Holder::Stranger(plain(last)),
        _ => return (plain(said), None),
    };
    (plain(role), Some(holder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_and_who_gets_it() {
        let of = parse;
        assert_eq!(of(""), (String::new(), None));
        assert_eq!(of("Incident commander"), ("Incident commander".to_owned(), None));
        assert_eq!(
            of("Incident commander me"),
            ("Incident commander".to_owned(), Some(Holder::Me))
        );
        assert_eq!(of("lead none"), ("lead".to_owned(), Some(Holder::Nobody)));
        assert_eq!(
            of("technical lead <@U2|bob b>"),
            ("technical lead".to_owned(), Some(Holder::Person("U2".to_owned())))
        );
        assert_eq!(
            of("lead @nobody.knows"),
            ("lead".to_owned(), Some(Holder::Stranger("@nobody.knows".to_owned())))
        );
    }
}
