//! apalis runs the engine: one worker per queue, all in one monitor.
//!
//! The only file that knows apalis. The engine decides what is fetched and what becomes of a run; apalis drives the runs
//! through its workers and their layers. Two things it does not leave to apalis, because they fit no worker: free slots
//! are counted where jobs are fetched, and an error never leaves a backend, for it would end its worker.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis::prelude::{Backend, Monitor, Task, WorkerBuilder, WorkerContext};
use apalis_core::backend::{BackendConfig, finalize::Ephemeral};
use apalis_core::error::BoxDynError;
use apalis_core::task::builder::TaskBuilder;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tower::{Layer, Service};

use crate::engine::{Engine, Ran, Run, supervise};
use crate::handler::Outcome;
use crate::queue::Queue;

/// Where the runs of a queue come from.
pub(crate) type Source = mpsc::UnboundedReceiver<Arc<Run>>;

/// Runs what `sources` bring, until `shutdown` is cancelled and all of it has ended.
pub(crate) async fn run(
    engine: Arc<Engine>,
    sources: Vec<(Queue, Source)>,
    shutdown: CancellationToken,
) -> Result<(), String> {
    let mut monitor = Monitor::new();
    for (queue, source) in sources {
        let name = format!("{queue}/{}", engine.identity);
        // A worker is made once: nothing makes it end with an error.
        let source = std::sync::Mutex::new(Some(source));
        monitor = monitor.register(move |_| {
            let source = source.lock().ok().and_then(|mut source| source.take());
            WorkerBuilder::new(name.as_str())
                .backend(Fetched { source })
                .build(Dispatch)
        });
    }
    let stopped = async move {
        shutdown.cancelled().await;
        Ok(())
    };
    monitor
        .run_with_signal(stopped)
        .await
        .map_err(|error| error.to_string())
}

/// The runs that were fetched for one queue.
struct Fetched {
    source: Option<Source>,
}

impl Backend for Fetched {
    type Task = Task<Arc<Run>>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, _: &WorkerContext) -> Poll<Option<Result<Self::Task, Infallible>>> {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        source.poll_recv(cx).map(|run| {
            run.map(|run| {
                // The worker counts the attempt when it begins.
                let before = usize::try_from(run.row.attempt).unwrap_or(1).saturating_sub(1);
                Ok(TaskBuilder::new(run).attempt(before).build())
            })
        })
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        // Runs that nobody began are given back as they are dropped.
        self.source = None;
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Fetched {
    type Args = Arc<Run>;
    type Id = uuid::Uuid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Supervise;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Supervise {
        Supervise
    }
}

/// The outermost layer: a task of its own for each run, its timeout, its panic, its outcome.
#[derive(Clone, Debug)]
struct Supervise;

impl<S> Layer<S> for Supervise {
    type Service = Supervised<S>;

    fn layer(&self, inner: S) -> Supervised<S> {
        Supervised { inner }
    }
}

#[derive(Clone, Debug)]
struct Supervised<S> {
    inner: S,
}

impl<S> Service<Task<Arc<Run>>> for Supervised<S>
where
    S: Service<Task<Arc<Run>>, Response = Ran>,
    S::Error: Into<BoxDynError>,
    S::Future: Send + 'static,
{
    type Response = ();
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<(), S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, task: Task<Arc<Run>>) -> Self::Future {
        let run = task.args.clone();
        let handling = self.inner.call(task);
        let work = async move {
            match handling.await {
                Ok(ran) => ran,
                Err(error) => Ok(Outcome::retry(error.into())),
            }
        };
        Box::pin(async move {
            supervise(run, work).await;
            Ok(())
        })
    }
}

/// The innermost service: calls the handler of the job's kind.
#[derive(Clone, Debug)]
struct Dispatch;

impl Service<Task<Arc<Run>>> for Dispatch {
    type Response = Ran;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Ran, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Arc<Run>>) -> Self::Future {
        Box::pin(async move {
            let run = task.args;
            let Some((_, handler)) = run.engine.handlers.get(run.row.kind.as_str()) else {
                return Ok(Ok(Outcome::retry("this process has no handler for it")));
            };
            Ok(handler.run(&run.row.payload, &run.context()).await)
        })
    }
}
