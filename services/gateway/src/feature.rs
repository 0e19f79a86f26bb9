//! What a feature takes of what people do in Slack: each has one table, and the router reads them all.

use crate::features::commands::CommandHandler;

/// What a feature takes.
#[derive(Debug)]
pub(crate) struct Feature {
    /// The commands that it runs.
    pub(crate) commands: &'static [CommandHandler],
}

impl Feature {
    /// It takes nothing.
    pub(crate) const NOTHING: Self = Self { commands: &[] };
}

/// The handler of a command, by its name in [`slack::commands::COMMANDS`].
macro_rules! command {
    ($name:expr, $run:expr) => {
        $crate::features::commands::CommandHandler::new($name, |gateway, invocation, arguments| {
            Box::pin($run(gateway, invocation, arguments))
        })
    };
}
pub(crate) use command;
