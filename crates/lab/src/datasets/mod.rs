//! Tables with labels: read from a folder, capped, made, fetched. Labels go no further than this crate.

pub(crate) mod cap;
pub(crate) mod command;
pub(crate) mod fetch;
pub(crate) mod labelled;
pub(crate) mod make;
