//! Opens the modal.

use std::sync::Arc;

use domain::Settings;

use super::modal::view;
use crate::Gateway;

/// Opens the modal for whoever acted, in a task of its own: neither the acknowledgement nor the socket waits for it.
pub(crate) fn open(gateway: &Gateway, trigger_id: String, description: Option<String>) {
    let gateway = gateway.clone();
    let errands = gateway.errands.clone();
    errands.spawn(async move {
        let settings = settings(&gateway).await;
        let view = view(&settings, description.as_deref());
        if let Err(error) = gateway.open_view(&trigger_id, &view).await {
            tracing::warn!(%error, "the form to declare an incident could not be opened");
        }
    });
}

/// The settings; the defaults when the database does not answer, because a form that opens and then says what is wrong is
/// better than none.
async fn settings(gateway: &Gateway) -> Arc<Settings> {
    let load = async {
        let mut conn = gateway.pool.acquire().await?;
        gateway.pool.settings(&mut conn).await
    };
    // Half of the patience: the trigger must still live afterwards.
    match tokio::time::timeout(gateway.patience / 2, load).await {
        Ok(Ok(settings)) => settings,
        Ok(Err(error)) => {
            tracing::warn!(%error, "settings could not be read");
            Arc::default()
        }
        Err(_) => Arc::default(),
    }
}
