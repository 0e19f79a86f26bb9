//! Opening views: the trigger lives 3 s and works once, and whoever acted is looking at the screen.

use std::time::{Duration, Instant};

use slack::blocks::View;

use crate::Gateway;
use crate::answer::Trouble;

/// How long after the act a view may still open.
const TRIGGER_LIFE: Duration = Duration::from_millis(2_800);
/// How long one call may take before the next is tried.
const TRY: Duration = Duration::from_millis(1_200);
/// The pause after a call that failed at once.
const PAUSE: Duration = Duration::from_millis(100);

/// How long somebody looks at a modal that is to change.
const UPDATE_LIFE: Duration = Duration::from_secs(15);
/// Slack's code for a trigger that opened a view before.
const USED_TRIGGER: &str = "exchanged_trigger_id";

/// A view that is not known to be open.
#[derive(Debug)]
pub(crate) struct NotShown {
    /// The answer to the last call.
    pub(crate) error: slack::Error,
    /// Whether a call without an answer may have opened it.
    pub(crate) may_be_open: bool,
}

impl Gateway {
    /// Opens a modal, on top of the one that the trigger came from or alone; a call that fails is tried again as long as the
    /// trigger lives.
    ///
    /// A view that an unanswered call did open cannot open twice: the trigger works once, and the next call is told that it
    /// was used.
    pub(crate) async fn show_view(&self, trigger_id: &str, view: &View, on_top: bool) -> Result<(), NotShown> {
        let mut unanswered = false;
        loop {
            let call = async {
                if on_top {
                    self.slack.push_view(trigger_id, view).await
                } else {
                    self.slack.open_view(trigger_id, view).await
                }
            };
            let tried = tokio::time::timeout(TRY, call).await;
            let was_unanswered = unanswered;
            unanswered |= match &tried {
                Ok(Err(error)) => error.is_transient(),
                Ok(Ok(())) => false,
                Err(_) => true,
            };
            let left = TRIGGER_LIFE.saturating_sub(self.deadline.received().elapsed());
            match tried {
                Ok(Err(error)) if error.is_transient() && left > PAUSE => tokio::time::sleep(PAUSE).await,
                Err(_) if left > PAUSE => tokio::time::sleep(PAUSE).await,
                Ok(Err(slack::Error::RateLimited { after, .. })) if after < left => tokio::time::sleep(after).await,
                Ok(Ok(())) => return Ok(()),
                // Nobody else uses the trigger: the call before opened the view.
                Ok(Err(error)) if was_unanswered && error.code() == Some(USED_TRIGGER) => return Ok(()),
                Ok(Err(error)) => {
                    // Any other refusal would have met the calls before as well.
                    let is_late = error.code().is_none_or(|code| code.contains("trigger"));
                    let may_be_open = unanswered && is_late;
                    return Err(NotShown { error, may_be_open });
                }
                Err(_) => {
                    let error = slack::Error::Transient {
                        method: "views.open",
                        reason: "no answer while the trigger lived".to_owned(),
                    };
                    return Err(NotShown {
                        error,
                        may_be_open: true,
                    });
                }
            }
        }
    }

    /// Puts other content into a modal that somebody looks at, in a task of its own; a call that fails is tried again for
    /// as long as they would wait.
    pub(crate) fn update_form<F>(&self, view_id: String, make: impl FnOnce(Self) -> F + Send + 'static)
    where
        F: Future<Output = Result<View, Trouble>> + Send,
    {
        let gateway = self.with_new_deadline();
        self.errands.spawn(async move {
            let Ok(view) = make(gateway.clone()).await else {
                return;
            };
            let began = Instant::now();
            loop {
                let left = UPDATE_LIFE.saturating_sub(began.elapsed());
                let pause = match gateway.slack.update_view(&view_id, &view).await {
                    Err(error) if error.is_transient() => PAUSE,
                    Err(slack::Error::RateLimited { after, .. }) => after,
                    Ok(()) => return,
                    // Mostly because they closed it meanwhile.
                    Err(error) => return tracing::debug!(%error, "a modal could not be updated"),
                };
                if pause >= left {
                    return tracing::warn!("a modal could not be updated in time");
                }
                tokio::time::sleep(pause).await;
            }
        });
    }
}
