//! Waiting for a state.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Long enough for a machine under heavy load: a test that gets there has failed, it is not late.
const DEADLINE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(10);

/// Asks again and again until the probe answers with something.
///
/// ```ignore
/// let channel = wait_for("the channel", async || sandbox.channel("inc-checkout").await).await;
/// ```
///
/// # Panics
/// After a minute, naming what was waited for.
pub async fn wait_for<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {DEADLINE:?} in vain for {what}");
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_as_soon_as_the_probe_does() {
        let mut asked = 0;
        let found = wait_for("the third answer", async || {
            asked += 1;
            (asked == 3).then_some("here")
        })
        .await;
        assert_eq!(found, "here");
        assert_eq!(asked, 3);
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "in vain for something that never comes")]
    async fn gives_up_with_the_name_of_what_was_missing() {
        wait_for("something that never comes", async || None::<()>).await;
    }
}
