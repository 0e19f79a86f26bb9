//! Opening views: the trigger lives 3 s and works once, and whoever acted is looking at the screen.

use std::time::{Duration, Instant};

use slack::blocks::{View, notice};

use crate::Gateway;
use crate::answer::Trouble;

/// How long after the act a view may still open.
const TRIGGER_LIFE: Duration = Duration::from_millis(2_800);
/// How long one call may take before the next is tried.
const TRY: Duration = Duration::from_millis(1_200);
/// The pause after a call that failed at once.
const PAUSE: Duration = Duration::from_millis(100);

impl Gateway {
    /// Opens a form for whoever acted, in a task of its own: neither the acknowledgement nor the socket waits for it.
    ///
    /// Where the form cannot be made, a notice opens in its place: the trigger is a person who waits.
    pub(crate) fn open_form<F>(
        &self,
        trigger_id: String,
        what: &'static str,
        make: impl FnOnce(Self) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<View, Trouble>> + Send,
    {
        let gateway = self.clone();
        self.errands.spawn(async move {
            let view = match make(gateway.clone()).await {
                Ok(view) => view,
                Err(trouble) => notice(&match trouble {
                    Trouble::Refused(refused) => refused.to_string(),
                    Trouble::Unconfirmed => "The database does not answer. Please try again in a moment.".to_owned(),
                }),
            };
            if let Err(error) = gateway.open_view(&trigger_id, &view).await {
                tracing::warn!(%error, what, "a form could not be opened");
            }
        });
    }

    /// Opens a modal; a call that fails is tried again as long as the trigger lives.
    ///
    /// A view that an unanswered call did open cannot open twice: the trigger works once.
    pub(crate) async fn open_view(&self, trigger_id: &str, view: &View) -> slack::Result<()> {
        let began = Instant::now();
        loop {
            let tried = tokio::time::timeout(TRY, self.slack.open_view(trigger_id, view)).await;
            let left = TRIGGER_LIFE.saturating_sub(began.elapsed());
            match tried {
                Ok(Err(slack::Error::Transient { .. })) | Err(_) if left > PAUSE => tokio::time::sleep(PAUSE).await,
                Ok(Err(slack::Error::RateLimited { after, .. })) if after < left => tokio::time::sleep(after).await,
                Ok(answer) => return answer,
                Err(_) => {
                    let reason = "no answer while the trigger lived".to_owned();
                    return Err(slack::Error::Transient {
                        method: "views.open",
                        reason,
                    });
                }
            }
        }
    }
}
