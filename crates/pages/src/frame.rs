//! What every page is made in: a document that needs nothing else, on any screen and on paper.

use maud::{Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");

/// A whole document. Nothing in it may be fetched from anywhere: the browser is told so as well.
pub(crate) fn frame(title: &str, body: &Markup) -> String {
    html! {
        (PreEscaped("<!doctype html>\n"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
                    style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { h1 { (title) } (body) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// A drawing that stands in a file of its own.
pub(crate) fn standalone(drawing: &Markup) -> String {
    let drawing = &drawing.0;
    let (start, rest) = drawing.split_once('>').unwrap_or((drawing, ""));
    let start = start.replacen("<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"", 1);
    format!("{start}><style>\n{STYLE}</style>{rest}\n")
}
