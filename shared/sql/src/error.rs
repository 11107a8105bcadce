//! Why a store did not do what was asked.

/// Nothing was written, unless the error is [`StoreError::Transient`]: then a commit may have got
/// through whose reply was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The engine is busy or away: the same request, with the same key, may be sent again.
    #[error("the store did not answer: {0}")]
    Transient(String),
    /// The request can never be carried out.
    #[error("the store refused: {0}")]
    Rejected(String),
    /// The engine's answer makes no sense: ours.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
}
