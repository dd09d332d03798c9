//! Sections as a page that needs nothing else, for a phone as well.

use gradstop_pages::{escape, frame};

use crate::report::sections::{Grid, Section};

pub(crate) fn write(sections: &[Section]) -> String {
    let mut body = String::new();
    for section in sections {
        body += &format!("<section><h2>{}</h2>\n", escape(&section.title));
        section.notes.iter().for_each(|note| body += &format!("<p>{}</p>\n", escape(note)));
        if let Some(figure) = &section.figure {
            body += &scrolled(&section.title, &figure.drawing);
        }
        section.grids.iter().for_each(|grid| body += &table(grid));
        body += "</section>\n";
    }
    frame("Results of gradstop bench", &body)
}

fn table(grid: &Grid) -> String {
    let cells = |tag: &str, cells: &[String]| {
        let cell = |(at, text): (usize, &String)| {
            let class = if at < grid.names { " class=\"name\"" } else { "" };
            format!("<{tag}{class}>{}</{tag}>", escape(text))
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let caption = match grid.caption.as_str() {
        "" => String::new(),
        caption => format!("<caption>{}</caption>", escape(caption)),
    };
    let rows: String = grid.rows.iter().map(|row| cells("td", row)).collect();
    let table =
        format!("<table>{caption}<thead>{}</thead><tbody>{rows}</tbody></table>", cells("th", &grid.head));
    let name = if grid.caption.is_empty() { "Table" } else { &grid.caption };
    scrolled(name, &table)
}

/// Content that may be wider than the screen, and can be scrolled by key.
fn scrolled(name: &str, content: &str) -> String {
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{content}</div>\n",
        escape(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let grid = Grid {
            caption: String::new(),
            names: 1,
            head: vec!["a<b>".into()],
            rows: vec![vec!["<script>".into()]],
        };
        let section = Section { title: "&".into(), notes: vec![], grids: vec![grid], figure: None };
        let page = write(&[section]);
        assert!(
            page.contains("a&lt;b&gt;")
                && page.contains("&lt;script&gt;")
                && !page.contains("<td class=\"name\"><script>")
        );
    }
}
