//! Whether a person of the console is who was asked.

use crate::Gateway;
use crate::pressed::{Action, Pressed};

/// Answers the question for whoever pressed. Their direct message shows what became of it.
pub(crate) async fn answer(gateway: &Gateway, pressed: &Pressed, action: &Action, is_me: bool) {
    let Ok(link) = action.value().parse() else {
        return gateway.unreadable(pressed, action);
    };
    let request = pressed.request(gateway, action);
    let answered = incidents::answer_slack_link(&gateway.pool, &request, link, is_me);
    if let Err(trouble) = gateway.confirm(answered).await {
        gateway.whisper(pressed, trouble.of_press());
    }
}
