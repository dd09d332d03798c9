//! Cells of other formats as the text that an export as CSV would have.

/// Ends the cell that is written last.
pub(crate) const DELIMITER: u8 = b',';

/// Appends a cell, in quotes if it needs them.
pub(crate) fn push(cell: &str, text: &mut Vec<u8>) {
    if !cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        text.extend_from_slice(cell.as_bytes());
        return;
    }
    text.push(b'"');
    for byte in cell.bytes() {
        if byte == b'"' {
            text.push(b'"');
        }
        text.push(byte);
    }
    text.push(b'"');
}

/// Appends a whole line. A row of one empty cell is not a blank line.
pub(crate) fn push_row<'a>(cells: impl IntoIterator<Item = &'a str>, text: &mut Vec<u8>) {
    let start = text.len();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(DELIMITER);
        }
        push(cell, text);
    }
    if text.len() == start {
        text.extend_from_slice(b"\"\"");
    }
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_what_they_say() {
        let mut text = Vec::new();
        push_row(["a", "", "b,\"c\"", "d\ne"], &mut text);
        push_row([""], &mut text);
        assert_eq!(text, b"a,,\"b,\"\"c\"\"\",\"d\ne\"\n\"\"\n");
    }
}
