//! Tells the command which revision it was built from, so that results can name it.

use std::process::Command;

fn main() {
    for part in ["HEAD", "logs/HEAD"] {
        if std::path::Path::new("../../.git").join(part).exists() {
            println!("cargo:rerun-if-changed=../../.git/{part}");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
    let described = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let revision = match described {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_string(),
        // Outside of a checkout the version has to do.
        _ => "unknown".to_string(),
    };
    println!("cargo:rustc-env=GRADSTOP_REVISION={revision}");
}
