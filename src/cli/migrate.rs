//! `ddnsd migrate`.
use super::arguments::Migrate;
use super::{Arguments, Exit};
pub(super) fn main(_: &Arguments, _: &Migrate) -> Exit {
    Exit::Temporary
}
