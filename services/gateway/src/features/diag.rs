//! What the bot has and lacks, for whoever set it up.

use std::fmt::Write;
use std::future::{Ready, ready};

use domain::{Settings, upstream};
use incidents::CommandError;
use slack::INSTALLED_FOR_ORGANISATION;
use slack::manifest::{SCOPES, Scope, missing};
use slack::text::{escape, moment};
use store::upstream::Provider;
use url::Url;

use crate::Gateway;
use crate::environment::{Environment, Given};
use crate::feature::{Feature, command};
use crate::features::commands::{Invocation, Outcome, Source};

/// The most characters of a value that are shown.
const VALUE: usize = 120;

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("diag", diag)],
    ..Feature::NOTHING
};

/// Tells what the bot has and lacks; only by the slash command, whose answer nobody else sees.
fn diag(gateway: &Gateway, invocation: &Invocation, _: &str) -> Ready<Result<Outcome, CommandError>> {
    if let Source::Slash(opener) = &invocation.source
        && let Some(address) = &opener.response_url
    {
        tell(gateway, address.clone());
    }
    ready(Ok(Outcome::Done))
}

/// Tells it in a task of its own, because Slack is asked first.
fn tell(gateway: &Gateway, response_url: Url) {
    let gateway = gateway.clone();
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let settings = gateway.in_background(async {
            let mut conn = gateway.pool.acquire().await?;
            let settings = store::settings::load(&mut conn).await?;
            let providers = store::upstream::providers(&mut conn, &settings.providers).await?;
            let warnings = store::upstream::warnings(&mut conn).await?;
            let confluence = store::rca_documents::problem(&mut conn).await?;
            Ok((settings, (providers, warnings, confluence)))
        });
        let (settings, known) = settings.await.ok().unzip();
        let (providers, warnings, confluence) = known.unwrap_or_default();
        let granted = gateway.slack.granted_scopes().await;
        let missing = granted
            .map(|granted| missing(&granted))
            .map_err(|error| error.to_string());
        let mut text = report(settings.as_ref(), missing.as_deref(), &gateway.environment);
        for broken in providers.iter().filter_map(broken) {
            text.push_str(&broken);
        }
        let organisation = gateway
            .workspace
            .get()
            .filter(|identity| identity.is_enterprise_install);
        let organisation = organisation.map(|_| INSTALLED_FOR_ORGANISATION.to_owned());
        for warning in warnings
            .into_iter()
            .chain(gateway.connections.warning())
            .chain(organisation)
            .chain(confluence)
        {
            let _ = write!(text, "\n⚠️ {}", escape(&warning));
        }
        if let Err(error) = gateway.slack.respond(&response_url, &text).await {
            tracing::warn!(%error, "diag could not be answered");
        }
    });
}

fn report(settings: Option<&Settings>, missing: Result<&[Scope], &String>, environment: &Environment) -> String {
    let mut text = format!("incident-bot {}\n", env!("CARGO_PKG_VERSION"));
    text.push_str(match settings {
        Some(_) => "✅ The database answers.\n",
        None => "⚠️ The database does not answer.\n",
    });
    match missing {
        Err(error) => {
            let _ = writeln!(text, "⚠️ The Slack app's scopes couldn't be read: {}", escape(error));
        }
        Ok([]) => {
            let _ = writeln!(text, "✅ The Slack app has all {} scopes.", SCOPES.len());
        }
        Ok(missing) => {
            text.push_str("⚠️ The Slack app lacks scopes. Give it the current manifest and reinstall it:\n");
            for scope in missing {
                let _ = writeln!(text, "• `{}`, needed for {}", scope.name, scope.needed_for);
            }
        }
    }
    if let Some(settings) = settings {
        differing(&mut text, settings, environment);
    }
    text.push_str("*Environment of the gateway*\n");
    for (name, given) in environment.all() {
        let shown = match given {
            Given::Secret => "set, not shown".to_owned(),
            Given::Value(value) => format!("`{}`", shortened(value)),
        };
        let _ = writeln!(text, "• {name}: {shown}");
    }
    let unset: Vec<_> = environment.unset().collect();
    if !unset.is_empty() {
        let _ = writeln!(text, "Not set: {}", unset.join(", "));
    }
    text.truncate(text.trim_end().len());
    text
}

/// That the status of a provider cannot be read, where it cannot.
fn broken(provider: &Provider) -> Option<String> {
    let since = provider.failing_since?;
    let error = provider.error.as_deref().unwrap_or("reason unknown");
    Some(format!(
        "\n⚠️ The status of {} can't be read since {}: {}. This is retried automatically; incidents don't wait for it.",
        escape(upstream::label(&provider.provider)),
        moment(since),
        shortened(error.trim_end_matches('.'))
    ))
}

/// Variables fill a setting once, when it is first made; from then on the setting rules.
fn differing(text: &mut String, settings: &Settings, environment: &Environment) {
    for warning in settings.warnings() {
        let _ = writeln!(text, "⚠️ {}", escape(&warning));
    }
    for (name, variable, setting) in environment.beside_settings(settings) {
        if variable != setting {
            let setting = match setting.as_str() {
                "" => "empty".to_owned(),
                setting => format!("`{}`", shortened(setting)),
            };
            let _ = writeln!(
                text,
                "⚠️ {name} is `{}`, but the setting is {setting}. The setting takes precedence.",
                shortened(&variable)
            );
        }
    }
}

fn shortened(value: &str) -> String {
    let value = value.replace(['`', '\n'], " ");
    escape(&domain::description::cut_at_word(&value, VALUE))
}

#[cfg(test)]
mod tests {
    use config::Reader;

    use super::*;

    fn environment() -> Environment {
        let variables = [
            ("SLACK_BOT_TOKEN", "xoxb-secret"),
            ("DATABASE_URL", "postgres://somebody:secret@db/x"),
            ("INCIDENTS_DIGEST_CHANNEL", "incidents"),
            ("INCIDENT_GUIDE_LINK", "https://wiki.example/guide"),
            ("INCIDENT_AUTO_CREATE_FROM_REACT_ENABLED", "true"),
            ("INCIDENT_AUTO_CREATE_FROM_REACT_EMOJI_NAME", ":fire:"),
        ];
        Environment::read(&Reader::from_variables(
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())),
        ))
    }

    #[test]
    fn all_well_and_something_missing() {
        let settings = Settings {
            guide_link: Some("https://wiki.example/guide".to_owned()),
            declare_emoji: Some("fire".to_owned()),
            ..Settings::default()
        };
        insta::assert_snapshot!("well", report(Some(&settings), Ok(&[]), &environment()));
        let lacks = missing(&["chat:write".to_owned()]);
        insta::assert_snapshot!("missing", report(None, Ok(&lacks), &Environment::default()));
    }

    #[test]
    fn a_feed_that_cannot_be_read_is_told() {
        let provider = |failing_since, error: &str| Provider {
            provider: "github".to_owned(),
            failing_since,
            error: Some(error.to_owned()),
            ..Provider::default()
        };
        assert_eq!(broken(&provider(None, "")), None);
        let since = chrono::DateTime::from_timestamp(1_795_442_520, 0);
        insta::assert_snapshot!(
            "broken_feed",
            broken(&provider(since, "It answered with <html>.")).unwrap()
        );
    }

    #[test]
    fn a_setting_that_was_changed_is_told_and_no_secret_is() {
        let error = "no answer".to_owned();
        let report = report(Some(&Settings::default()), Err(&error), &environment());
        assert!(
            report.contains("INCIDENT_GUIDE_LINK is `https://wiki.example/guide`, but the setting is empty."),
            "{report}"
        );
        assert!(!report.contains("secret"), "{report}");
    }
}
