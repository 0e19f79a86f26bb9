//! What a call that did not work means.

use thiserror::Error;

/// Why a call did not work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The call itself did not work, or was refused without a meaning of its own.
    #[error(transparent)]
    Call(#[from] http_client::Error),
    /// Another page of the space has this title. Nothing was done.
    #[error("a page with this title already exists")]
    TitleTaken,
    /// Somebody changed the page meanwhile. Nothing was done.
    #[error("somebody has changed the page in the meantime")]
    Conflict,
    /// There is no Confluence Cloud at the address. Nothing was done.
    #[error(
        "this is not Confluence Cloud: CONFLUENCE_API_URL has to be the address of a site, such as \
         https://company.atlassian.net"
    )]
    NotCloud,
    /// It is larger than Confluence takes. Nothing was done.
    #[error("it is larger than Confluence accepts")]
    TooLarge,
}

impl Error {
    /// Whether Confluence certainly did nothing.
    pub fn had_no_effect(&self) -> bool {
        match self {
            Self::Call(error) => error.had_no_effect(),
            Self::TitleTaken | Self::Conflict | Self::TooLarge | Self::NotCloud => true,
        }
    }

    /// Whether what was asked for is not there, or may not be seen, which Confluence does not tell apart.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Call(http_client::Error::NotFound))
    }
}
