//! Tasks that no acknowledgement waits for.

use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerWaitFuture;
use tracing::Instrument;

/// Views that are being opened, answers that are being sent. What they log says which envelope they belong to.
#[derive(Clone, Debug, Default)]
pub(crate) struct BackgroundTasks(TaskTracker);

impl BackgroundTasks {
    /// Runs a task beside whatever is done now.
    pub(crate) fn spawn<F>(&self, task: F)
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.0.spawn(task.in_current_span());
    }

    /// Says that no more will come.
    pub(crate) fn close(&self) {
        self.0.close();
    }

    /// Waits for their end, after [`Self::close`].
    pub(crate) fn wait(&self) -> TaskTrackerWaitFuture<'_> {
        self.0.wait()
    }
}
