//! Sections as Markdown.

use crate::report::sections::{Grid, Section};

pub(crate) fn write(sections: &[Section]) -> String {
    let mut text = String::from("# Results\n");
    for section in sections {
        text += &format!("\n## {}\n", section.title);
        section.notes.iter().for_each(|note| text += &format!("\n{note}\n"));
        section.grids.iter().for_each(|grid| text += &in_pipes(grid));
        if !section.list.is_empty() {
            text.push('\n');
            section.list.iter().for_each(|line| text += &format!("- {line}\n"));
        }
    }
    text
}

fn in_pipes(grid: &Grid) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule: Vec<String> =
        (0..grid.head.len()).map(|at| if at < grid.names { "---".into() } else { "---:".into() }).collect();
    let mut text = if grid.caption.is_empty() { "\n".into() } else { format!("\n### {}\n\n", grid.caption) };
    text += &line(&grid.head);
    text += &line(&rule);
    grid.rows.iter().for_each(|row| text += &line(row));
    text
}
