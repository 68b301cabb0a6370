//! How one service words requests and answers.

/// How one service words requests and answers; `Dialect::default()` is No-IP's.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Dialect {}
