//! Reads markup as a browser would, and fails where it is not well formed.

/// An element with the text that stands in it directly.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| &value[..])
    }
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Every element in the order of their starts. Each must end where it has to, but for those that never do.
pub(crate) fn elements(html: &str) -> Vec<Element> {
    let (mut all, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut rest = html.trim_start_matches("<!doctype html>\n");
    while !rest.is_empty() {
        // What stands in these is not markup.
        let inside = open.last().map_or("", |&at| &all[at].name[..]);
        let raw = ["style", "script"].contains(&inside);
        let end = if raw { format!("</{inside}") } else { "<".into() };
        let at = rest.find(&end).unwrap_or(rest.len());
        if let Some(&inner) = open.last() {
            all[inner].text += &plain(&rest[..at]);
        }
        let Some(tag) = rest[at..].strip_prefix('<') else { break };
        let (tag, behind) = tag.split_once('>').expect("a tag ends");
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            let ended = open.pop().map(|at| &all[at].name[..]);
            assert_eq!(ended, Some(name), "before {:.60}", rest);
            continue;
        }
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut element = Element { name: name.into(), attributes: Vec::new(), text: String::new() };
        while !attributes.is_empty() {
            let (name, value) = attributes.split_once("=\"").unwrap_or_else(|| panic!("no value: {tag}"));
            let (value, behind) = value.split_once('"').expect("a value ends");
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-:".contains(&byte)), "{name}");
            element.attributes.push((name.into(), plain(value)));
            attributes = behind.trim_start();
        }
        if name != "meta" {
            open.push(all.len());
        }
        all.push(element);
    }
    assert!(open.is_empty(), "{} elements do not end", open.len());
    all
}
