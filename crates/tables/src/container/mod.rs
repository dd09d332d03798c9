//! What a table is wrapped in: compression, archives, workbooks, JSON, encodings of text; and what is not a table.

pub(crate) mod archive;
pub(crate) mod compression;
pub(crate) mod converted;
mod csv;
pub(crate) mod encoding;
pub(crate) mod foreign;
pub(crate) mod json;
mod lines;
pub(crate) mod members;
pub(crate) mod workbook;
