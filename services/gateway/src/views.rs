//! Opening views: the trigger lives 3 s and works once, and whoever acted is looking at the screen.

use std::time::{Duration, Instant};

use slack::blocks::View;

use crate::Gateway;

/// How long after the act a view may still open.
const TRIGGER_LIFE: Duration = Duration::from_millis(2_800);
/// How long one call may take before the next is tried.
const TRY: Duration = Duration::from_millis(1_200);
/// The pause after a call that failed at once.
const PAUSE: Duration = Duration::from_millis(100);

impl Gateway {
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
