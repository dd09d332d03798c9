//! Changes to a tree of settings: names and values from a file or the command line.

use serde_json::Value;

use crate::error::Error;

/// Puts `changes` over `tree`, name by name; every name must be there already.
pub(crate) fn merge(tree: &mut Value, changes: &Value) -> Result<(), Error> {
    merge_under(tree, changes, "")
}

fn merge_under(tree: &mut Value, changes: &Value, path: &str) -> Result<(), Error> {
    let (Value::Object(tree), Value::Object(changes)) = (tree, changes) else {
        let (got, wanted) = (changes.to_string(), "a table of names and values".to_string());
        return Err(Error::Setting { parameter: path.into(), got, wanted });
    };
    let names: Vec<String> = tree.keys().cloned().collect();
    for (name, change) in changes {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match tree.get_mut(name) {
            Some(old @ Value::Object(_)) => merge_under(old, change, &path)?,
            Some(old) => *old = change.clone(),
            None => {
                let got = "no setting of that name".into();
                let wanted = format!("one of {}", names.join(", "));
                return Err(Error::Setting { parameter: path, got, wanted });
            }
        }
    }
    Ok(())
}
