//! Sections as a page that needs nothing else, for a phone as well.

use crate::report::sections::{Grid, Section};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
p { max-width: 44rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 1rem 0 .25rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { position: sticky; top: 0; } tbody tr:hover { background: var(--soft); }
.name { text-align: left; }
svg { max-width: 100%; height: auto; min-width: 36rem; } svg text { fill: currentColor; }
";

pub(crate) fn write(sections: &[Section]) -> String {
    let mut body = String::new();
    for section in sections {
        body += &format!("<section><h2>{}</h2>\n", escape(&section.title));
        section.notes.iter().for_each(|note| body += &format!("<p>{}</p>\n", escape(note)));
        if let Some(figure) = &section.figure {
            body += &format!("<div class=\"wide\">{}</div>\n", figure.drawing);
        }
        section.grids.iter().for_each(|grid| body += &table(grid));
        body += "</section>\n";
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>gradstop bench</title><style>{STYLE}</style></head>\n<body><h1>Results</h1>\n{body}</body></html>\n"
    )
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
    format!(
        "<div class=\"wide\"><table>{caption}<thead>{}</thead><tbody>{rows}</tbody></table></div>\n",
        cells("th", &grid.head)
    )
}

/// Text that is no markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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
        assert!(page.contains("a&lt;b&gt;") && page.contains("&lt;script&gt;") && !page.contains("<script>"));
    }
}
